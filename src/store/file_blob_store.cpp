#include "store/file_blob_store.hpp"

#include "store/temporary_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace chasqui::store {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_remembered = 100'000;

void sync_folder(const fs::path& folder) {
  const core::UniqueFd file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.valid() || ::fsync(file.get()) != 0) fail_on(folder, "sync", errno);
}

class FileBlobWriter final : public BlobWriter {
 public:
  FileBlobWriter(FileBlobStore& store, const fs::path& folder) : store_(store), folder_(folder), file_(folder) {}

  void write(std::span<const std::byte> bytes) override { file_.write(bytes); }
  [[nodiscard]] std::uint64_t size() const noexcept override { return file_.size(); }
  BlobFacts commit() override {
    if (::fsync(file_.descriptor()) != 0) fail_on(folder_, "sync", errno);
    return store_.link(file_.descriptor(), file_.sha256());
  }

 private:
  FileBlobStore& store_;
  fs::path folder_;
  TemporaryFile file_;
};

}  // namespace

FileBlobStore::FileBlobStore(fs::path folder, fs::path corrupt)
    : folder_(std::move(folder)), corrupt_(std::move(corrupt)) {
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    std::error_code gone;
    if (const auto size = entry.is_regular_file(gone) ? entry.file_size(gone) : 0; !gone) used_ += size;
  }
}

fs::path FileBlobStore::path(const BlobId& id) const {
  return folder_ / id.substr(0, 2) / id;
}

FileBlobStore::Identity FileBlobStore::identity(int file) {
  struct stat facts{};
  if (::fstat(file, &facts) != 0) return {};
  const auto nanoseconds = [](const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; };
  return {facts.st_ino, static_cast<std::uint64_t>(facts.st_size), nanoseconds(facts.st_ctim),
          nanoseconds(facts.st_mtim)};
}

bool FileBlobStore::known_good(const BlobId& id, const Identity& identity) {
  const std::lock_guard lock(mutex_);
  const auto found = checked_.find(id);
  return found != checked_.end() && found->second.first == identity;
}

void FileBlobStore::remember(const BlobId& id, const Identity& identity) {
  forget(id);
  const std::lock_guard lock(mutex_);
  order_.push_front(id);
  checked_[id] = {identity, order_.begin()};
  if (order_.size() > most_remembered) {
    checked_.erase(order_.back());
    order_.pop_back();
  }
}

void FileBlobStore::forget(const BlobId& id) {
  const std::lock_guard lock(mutex_);
  const auto found = checked_.find(id);
  if (found == checked_.end()) return;
  order_.erase(found->second.second);
  checked_.erase(found);
}

std::unique_ptr<BlobWriter> FileBlobStore::create() {
  return std::make_unique<FileBlobWriter>(*this, folder_);
}

BlobFacts FileBlobStore::link(int file, const BlobId& id) {
  const auto target = path(id);
  const auto size = identity(file).size;
  std::error_code error;
  if (fs::create_directory(target.parent_path(), error); error) fail_on(target.parent_path(), "make", error.value());
  if (open(id)) {
    // So that a sweep that is under way takes it for new.
    ::utimensat(AT_FDCWD, target.c_str(), nullptr, 0);
    return {id, size};
  }
  const auto self = fmt::format("/proc/self/fd/{}", file);
  if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, target.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    if (errno != EEXIST) fail_on(target, "create", errno);  // EEXIST: another thread had the same bytes
    return {id, size};
  }
  sync_folder(target.parent_path());
  sync_folder(folder_);
  used_ += size;
  return {id, size};
}

BlobFacts FileBlobStore::adopt(const fs::path& file) {
  const core::UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened.valid()) fail_on(file, "open", errno);
  const auto id = sha256_of(opened.get());
  if (id.empty() || ::fsync(opened.get()) != 0) fail_on(file, "sync", errno);
  return link(opened.get(), id);
}

Result<std::shared_ptr<const OpenBlob>> FileBlobStore::open(const BlobId& id) {
  const auto absent = [&] {
    return std::unexpected(Error{Errc::not_found, fmt::format("stored file {} is gone", id)});
  };
  if (!is_blob_id(id)) return absent();
  auto blob = std::make_shared<OpenBlob>();
  blob->file.reset(::open(path(id).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!blob->file.valid()) {
    if (errno == EMFILE || errno == ENFILE) return std::unexpected(Error{Errc::busy, "too many files are open"});
    return absent();
  }
  const auto now = identity(blob->file.get());
  blob->facts = {id, now.size};
  if (known_good(id, now)) return blob;
  if (sha256_of(blob->file.get()) == id) {
    remember(id, now);
    return blob;
  }
  std::error_code error;
  fs::rename(path(id), corrupt_ / id, error);
  if (!error) used_ -= std::min<std::uint64_t>(used_, now.size);
  forget(id);
  return std::unexpected(Error{Errc::storage_corrupt, fmt::format("stored file {} is damaged; it was set aside in {}/",
                                                                  id, corrupt_.filename().string())});
}

Result<BlobFacts> FileBlobStore::stat(const BlobId& id) {
  std::error_code error;
  const auto size = is_blob_id(id) ? fs::file_size(path(id), error) : 0;
  if (!is_blob_id(id) || error)
    return std::unexpected(Error{Errc::not_found, fmt::format("stored file {} is gone", id)});
  return BlobFacts{id, size};
}

void FileBlobStore::remove(const BlobId& id) {
  if (!is_blob_id(id)) return;
  std::error_code error;
  const auto size = fs::file_size(path(id), error);
  if (error) return;
  if (fs::remove(path(id), error)) used_ -= std::min<std::uint64_t>(used_, size);
  forget(id);
}

std::size_t FileBlobStore::sweep(const std::function<bool(const BlobId&)>& wanted, core::Time before) {
  std::vector<BlobId> unwanted;
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    struct stat facts{};
    if (::lstat(entry.path().c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
    const auto changed = core::from_millis(facts.st_ctim.tv_sec * 1000 + facts.st_ctim.tv_nsec / 1'000'000);
    const auto id = entry.path().filename().string();
    if (is_blob_id(id) && changed < before && !wanted(id)) unwanted.push_back(id);
  }
  for (const auto& id : unwanted) remove(id);
  return unwanted.size();
}

}  // namespace chasqui::store
