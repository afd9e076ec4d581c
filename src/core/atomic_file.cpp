#include "core/atomic_file.hpp"

#include <climits>
#include <fmt/format.h>

#include <cerrno>
#include <chasqui/error.hpp>
#include <fcntl.h>
#include <random>
#include <system_error>

namespace chasqui::core {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& target, const char* doing, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  throw Failure(full ? Errc::disk_full : Errc::output_unwritable,
                fmt::format("{}: cannot {}: {}{}", target.string(), doing, std::generic_category().message(error),
                            full ? "; free some room or choose another place with -o" : ""));
}

fs::path folder_of(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path() : fs::path(".");
}

fs::path hidden_name(const fs::path& target) {
  std::random_device random;
  return folder_of(target) / fmt::format(".{}.{:08x}.part", target.filename().string(), random());
}

void write_all(int fd, std::span<const std::byte> bytes, std::size_t offset, const fs::path& target) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      fail(target, "write", errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::size_t>(written);
  }
}

}  // namespace

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)) {
  std::error_code ignored;
  const auto there = fs::status(target_, ignored);
  if (fs::is_directory(there)) fail(target_, "create", EISDIR);
  if (fs::exists(there) && !fs::is_regular_file(there))
    throw Failure(
        Errc::output_unwritable,
        fmt::format("{}: is not a file but a device or a pipe, and stays; choose another name", target_.string()));
  if (target_.filename().native().size() > NAME_MAX) fail(target_, "create", ENAMETOOLONG);
  fd_.reset(::open(folder_of(target_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
  if (fd_.valid()) return;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) fail(target_, "create", errno);
  temporary_ = hidden_name(target_);
  fd_.reset(::open(temporary_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666));
  if (!fd_.valid()) {
    temporary_.clear();
    fail(target_, "create", errno);
  }
}

AtomicFile::~AtomicFile() {
  if (fd_.valid() && !temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write_all(fd_.get(), bytes, size_, target_);
  size_ += bytes.size();
}

void AtomicFile::write(std::string_view text) {
  write(std::as_bytes(std::span(text)));
}

void AtomicFile::write_at(std::span<const std::byte> bytes, std::size_t offset) {
  write_all(fd_.get(), bytes, offset, target_);
  size_ = std::max(size_, offset + bytes.size());
}

void AtomicFile::commit() {
  if (::fsync(fd_.get()) != 0) fail(target_, "write to disk", errno);
  if (temporary_.empty()) {
    // linkat cannot replace, so the file gets a hidden name first, for the moment until the rename.
    const fs::path hidden = hidden_name(target_);
    const std::string self = fmt::format("/proc/self/fd/{}", fd_.get());
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, hidden.c_str(), AT_SYMLINK_FOLLOW) != 0)
      fail(target_, "create", errno);
    temporary_ = hidden;
  }
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(target_, "replace", errno);
  temporary_.clear();
  fd_.reset();
  const UniqueFd folder(::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || ::fsync(folder.get()) != 0) fail(target_, "sync the folder of", errno);
}

}  // namespace chasqui::core
