#include "store/temporary_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chasqui/error.hpp>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace chasqui::store {
namespace {

constexpr std::size_t copy_block_bytes = 256 * 1024;

}  // namespace

void fail_on(const std::filesystem::path& path, const char* doing, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  throw Failure(full ? Errc::disk_full : Errc::output_unwritable,
                fmt::format("{}: cannot {}: {}", path.string(), doing, std::generic_category().message(error)));
}

std::string sha256_of(int file) {
  core::Sha256 sha;
  std::vector<std::byte> block(copy_block_bytes);
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(file, block.data(), block.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {};
    if (got == 0) return sha.hex();
    sha.update(std::span(block).first(static_cast<std::size_t>(got)));
    at += got;
  }
}

TemporaryFile::TemporaryFile(std::filesystem::path folder)
    : folder_(std::move(folder)), file_(::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)) {
  if (!file_.valid()) fail_on(folder_, "write", errno);
}

void TemporaryFile::write(std::span<const std::byte> bytes) {
  sha_.update(bytes);
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_on(folder_, "write", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    size_ += static_cast<std::uint64_t>(written);
  }
}

const std::string& TemporaryFile::sha256() {
  if (sha256_.empty()) sha256_ = sha_.hex();
  return sha256_;
}

}  // namespace chasqui::store
