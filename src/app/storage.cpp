#include "app/storage.hpp"

#include "app/blob_backend.hpp"
#include "app/service_settings.hpp"
#include "core/random.hpp"
#include "store/file_blob_store.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <system_error>

namespace chasqui::app {
namespace {

namespace fs = std::filesystem;

void make(const fs::path& folder, std::string_view key) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw Failure(Errc::output_unwritable,
                  fmt::format("{}: cannot be made: {}; see {}", folder.string(), error.message(), key));
}

core::UniqueFd locked(const fs::path& folder) {
  core::UniqueFd lock(::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.valid() && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) lock.reset();
  return lock;
}

/// What processes that were killed left: nobody holds their lock any more.
void clear_left_over(const fs::path& work) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(work, ignored)) {
    if (const auto lock = locked(entry.path()); lock.valid()) fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

Storage::Storage(const core::Config& config, std::stop_token stop)
    : data_(data_folder(config)),
      shared_(config.text("service.shared_folder")),
      work_(data_.work()),
      uploads_(config.text("uploads.folder")) {
  if (uploads_.empty() && !shared_.empty()) uploads_ = shared_ / "uploads";
  if (uploads_.empty()) uploads_ = data_.uploads();
  make(uploads_, config.text("uploads.folder").empty() ? "service.shared_folder" : "uploads.folder");
  if (config.text("data.blobs") == "s3") shared_.clear();
  if (shared_.empty()) {
    blobs_ = open_blobs(config, data_, std::move(stop));
    return;
  }
  for (const auto* name : {"blobs", "corrupt", "work"}) make(shared_ / name, "service.shared_folder");
  clear_left_over(shared_ / "work");
  // Until it is locked, another process that starts may take it for left over.
  for (int tries = 0; !work_lock_.valid() || !fs::exists(work_ / "lock"); ++tries) {
    if (tries == 100)
      throw Failure(Errc::output_unwritable,
                    fmt::format("{}: cannot lock files; see service.shared_folder", (shared_ / "work").string()));
    work_ = shared_ / "work" / core::random_hex(8);
    make(work_, "service.shared_folder");
    work_lock_ = locked(work_);
  }
  blobs_ = std::make_unique<store::FileBlobStore>(shared_ / "blobs", shared_ / "corrupt");
}

Storage::~Storage() {
  std::error_code ignored;
  if (!shared_.empty()) fs::remove_all(work_, ignored);
}

std::uint64_t Storage::free_bytes() const {
  if (shared_.empty()) return data_.free_bytes();
  std::error_code error;
  const auto space = fs::space(shared_, error);
  return error ? 0 : space.available;
}

}  // namespace chasqui::app
