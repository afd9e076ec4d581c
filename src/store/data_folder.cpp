#include "store/data_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chasqui/error.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>

namespace chasqui::store {
namespace {

namespace fs = std::filesystem;

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder))
    throw Failure(Errc::output_unwritable,
                  fmt::format("{}: cannot make this folder: {}; choose another with --data", folder.string(),
                              error ? error.message() : "something else has this name"));
}

}  // namespace

DataFolder::DataFolder(fs::path root) : root_(std::move(root)) {
  const mode_t before = ::umask(0077);
  try {
    for (const auto& folder : {root_, blobs(), cache(), uploads(), work(), corrupt()}) make_folder(folder);
  } catch (...) {
    ::umask(before);
    throw;
  }
  const fs::path lock = root_ / "lock";
  lock_.reset(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  const int error = errno;
  ::umask(before);
  if (!lock_.valid())
    throw Failure(Errc::output_unwritable, fmt::format("{}: cannot write here: {}; choose another with --data",
                                                       root_.string(), std::generic_category().message(error)));
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
    throw Failure(
        Errc::conflict,
        fmt::format("{}: another chasqui is at work here; end it, or choose another with --data", root_.string()));
  // What was being made when the last process ended will be made anew.
  for (const auto& entry : fs::directory_iterator(work())) fs::remove_all(entry.path());
}

std::uint64_t DataFolder::free_bytes() const {
  std::error_code error;
  const auto space = fs::space(root_, error);
  return error ? 0 : space.available;
}

}  // namespace chasqui::store
