#pragma once

#include <array>
#include <cstddef>

namespace chasqui::quality {

/// Sums in this many independent lanes, so that compilers vectorise without being allowed to reorder additions; the
/// result does not depend on the compiler.
inline constexpr std::size_t lanes = 16;

template <typename T>
float sum_of_lanes(const std::array<T, lanes>& partial) {
  T sum = 0;
  for (const T value : partial) sum += value;
  return sum;
}

/// The inner product of a[0..count) and b[0..count).
inline float dot(const float* a, const float* b, std::size_t count) {
  std::array<float, lanes> partial{};
  const std::size_t whole = count - count % lanes;
  for (std::size_t i = 0; i < whole; i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane) partial[lane] += a[i + lane] * b[i + lane];
  float sum = sum_of_lanes(partial);
  for (std::size_t i = whole; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

inline float energy(const float* a, std::size_t count) {
  return dot(a, a, count);
}

}  // namespace chasqui::quality
