#include "store/blob_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <unistd.h>

namespace chasqui::store {

std::vector<std::byte> read(const OpenBlob& blob, std::uint64_t offset, std::size_t length) {
  std::vector<std::byte> bytes(length);
  std::size_t at = 0;
  while (at < length) {
    const ssize_t got = ::pread(blob.file.get(), bytes.data() + at, length - at, static_cast<off_t>(offset + at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      throw Failure(Errc::input_unreadable, fmt::format("stored file {}: cannot read: {}", blob.facts.id,
                                                        std::generic_category().message(errno)));
    if (got == 0) break;
    at += static_cast<std::size_t>(got);
  }
  bytes.resize(at);
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
