#include "dsp/decimate.hpp"

#include "dsp/vector_math.hpp"

#include <algorithm>
#include <array>

namespace chasqui::dsp {
namespace {

// Outputs whose sound, dealt out, stays in the cache.
constexpr std::size_t portion = 16 * decimated_block;

}  // namespace

/// Many outputs at once: three times as fast as one dot product for each.
void decimate(std::span<const float> sound, std::size_t factor, std::span<const float> filter, std::span<float> out,
              std::vector<float>& scratch) {
  const std::size_t row_length = portion + (filter.size() + factor - 1) / factor;
  scratch.resize(factor * row_length);
  std::array<float, portion> filtered{};
  for (std::size_t begin = 0; begin < out.size(); begin += portion) {
    const std::size_t count = std::min(portion, out.size() - begin);
    const auto needed = sound.subspan(begin * factor, (count - 1) * factor + filter.size());
    for (std::size_t row = 0; row < factor; ++row) {
      float* at = &scratch[row * row_length];
      for (std::size_t s = row; s < needed.size(); s += factor) *at++ = needed[s];
      std::fill(at, scratch.data() + (row + 1) * row_length, 0.0F);
    }
    for (std::size_t first = 0; first < count; first += decimated_block)
      decimate_block(scratch.data() + first, factor, row_length, filter.data(), filter.size(), &filtered[first]);
    std::copy_n(filtered.begin(), count, out.begin() + static_cast<std::ptrdiff_t>(begin));
  }
}

}  // namespace chasqui::dsp
