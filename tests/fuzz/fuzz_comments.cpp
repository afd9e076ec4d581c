#include "opus/comments.hpp"

#include <cstdint>
#include <cstdlib>

/// Whatever is read must survive being written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace opus = chasqui::opus;
  const auto comments = opus::parse_comments({data, size});
  if (!comments) return 0;
  for (const auto& line : comments->lines)
    if (opus::to_utf8(line) != line) std::abort();
  const auto again = opus::parse_comments(opus::serialize(*comments));
  if (!again || *again != *comments) std::abort();
  return 0;
}
