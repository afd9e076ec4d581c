#include "store/blob_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <unistd.h>

namespace chasqui::store {

std::size_t read_at(int file, std::uint64_t offset, std::span<std::byte> bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t got = ::pread(file, bytes.data() + at, bytes.size() - at, static_cast<off_t>(offset + at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      throw Failure(Errc::input_unreadable,
                    fmt::format("a stored file cannot be read: {}", std::generic_category().message(errno)));
    if (got == 0) break;
    at += static_cast<std::size_t>(got);
  }
  return at;
}

std::vector<std::byte> read(const OpenBlob& blob, std::uint64_t offset, std::size_t length) {
  std::vector<std::byte> bytes(length);
  bytes.resize(read_at(blob.file.get(), offset, bytes));
  return bytes;
}

std::string read_text(const OpenBlob& blob) {
  const auto bytes = read(blob, 0, blob.facts.bytes);
  std::string text(bytes.size(), '\0');
  std::transform(bytes.begin(), bytes.end(), text.begin(), [](std::byte byte) { return static_cast<char>(byte); });
  return text;
}

std::filesystem::path path_of(const OpenBlob& blob) {
  return fmt::format("/proc/self/fd/{}", blob.file.get());
}

}  // namespace chasqui::store
