#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chasqui::server {

struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

struct RangeAnswer {
  enum class Kind : std::uint8_t { whole, parts, unsatisfiable } kind = Kind::whole;
  std::vector<ByteRange> ranges;
};

/// What a Range header asks of `size` bytes (RFC 9110 section 14). What is malformed or in another unit is ignored, as
/// it should be; more than 16 ranges, or overlapping ones that ask for more than there is, get the whole.
RangeAnswer ranges_of(std::string_view header, std::uint64_t size);

/// Whether the entity tag `etag` (with its quotes) is in a list like `"a", W/"b"` or `*`. `weakly`: W/ does not matter.
bool names_etag(std::string_view list, std::string_view etag, bool weakly);

}  // namespace chasqui::server
