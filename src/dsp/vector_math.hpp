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

/// Outputs of `decimate_block`.
inline constexpr std::size_t decimated_block = 32;

/// A filter that keeps every rows-th output: out[i] = the sum over t < taps of filter[t] * sound[i * rows + t], i in
/// [0, decimated_block). The sound comes dealt out: its sample s is deal[(s % rows) * row_length + s / rows], and rows
/// must be readable as far as all outputs need. A sum's value does not depend on where in a block it stands. Taps that
/// are zero, as a third of those of a sinc for every third sample, cost nothing.
void decimate_block(const float* deal, std::size_t rows, std::size_t row_length, const float* filter, std::size_t taps,
                    float* out);

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
