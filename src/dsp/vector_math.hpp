#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace chasqui::dsp {

/// Sums are taken in this many independent lanes: compilers may not reorder additions, so that vectors have to be spelt
/// out; the result does not depend on compiler or processor.
inline constexpr std::size_t lanes = 32;

/// The inner product of a[0..count) and b[0..count).
float dot(const float* a, const float* b, std::size_t count);

/// The largest |value(i)| of i in [0, count); 0 of none.
template <typename Value>
float highest(std::size_t count, Value value) noexcept {
  constexpr std::size_t width = 8;
  std::array<float, width> partial{};
  const std::size_t whole = count - count % width;
  const auto raise = [](float& most, float candidate) {
    const float size = std::abs(candidate);
    most = most > size ? most : size;
  };
  for (std::size_t i = 0; i < whole; i += width)
    for (std::size_t lane = 0; lane < width; ++lane) raise(partial[lane], value(i + lane));
  for (std::size_t i = whole; i < count; ++i) raise(partial[0], value(i));
  float most = 0;
  for (const float size : partial) raise(most, size);
  return most;
}

inline float energy(const float* a, std::size_t count) {
  return dot(a, a, count);
}

}  // namespace chasqui::dsp
