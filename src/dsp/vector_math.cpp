#include "dsp/vector_math.hpp"

#include <cstring>

// Chosen when the program is loaded, by what the processor has. Without fused multiply-add, so that every choice gives
// the same sums. Sanitizers are not yet up when the choice is made.
#if defined(__x86_64__) && !defined(CHASQUI_SANITIZED)
#define CHASQUI_WIDEST_VECTORS [[gnu::target_clones("avx2", "default")]]
#else
#define CHASQUI_WIDEST_VECTORS
#endif

namespace chasqui::dsp {
namespace {

constexpr std::size_t width = 8;
using Vector [[gnu::vector_size(width * sizeof(float))]] = float;

/// One step of every lane. Not a function: those that return vectors differ between processors in how.
struct Term {
  Vector vector;
  explicit Term(const float* a, const float* b) {
    Vector other;
    std::memcpy(&vector, a, sizeof vector);
    std::memcpy(&other, b, sizeof other);
    vector *= other;
  }
};

struct Scaled {
  Vector vector;
  explicit Scaled(const float* a, float weight) {
    std::memcpy(&vector, a, sizeof vector);
    vector *= weight;
  }
};

}  // namespace

CHASQUI_WIDEST_VECTORS float dot(const float* a, const float* b, std::size_t count) {
  Vector first{};
  Vector second{};
  Vector third{};
  Vector fourth{};
  const std::size_t whole = count - count % lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    first += Term(a + i, b + i).vector;
    second += Term(a + i + width, b + i + width).vector;
    third += Term(a + i + 2 * width, b + i + 2 * width).vector;
    fourth += Term(a + i + 3 * width, b + i + 3 * width).vector;
  }
  const Vector eight = (first + second) + (third + fourth);
  float sum = ((eight[0] + eight[1]) + (eight[2] + eight[3])) + ((eight[4] + eight[5]) + (eight[6] + eight[7]));
  for (std::size_t i = whole; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

CHASQUI_WIDEST_VECTORS void decimate_block(const float* deal, std::size_t rows, std::size_t row_length,
                                           const float* filter, std::size_t taps, float* out) {
  static_assert(decimated_block == 4 * width);
  Vector first{};
  Vector second{};
  Vector third{};
  Vector fourth{};
  for (std::size_t row = 0; row < rows; ++row) {
    const float* sound = deal + row * row_length;
    for (std::size_t tap = row; tap < taps; tap += rows, ++sound) {
      const float weight = filter[tap];
      if (weight == 0) continue;
      first += Scaled(sound, weight).vector;
      second += Scaled(sound + width, weight).vector;
      third += Scaled(sound + 2 * width, weight).vector;
      fourth += Scaled(sound + 3 * width, weight).vector;
    }
  }
  std::memcpy(out, &first, sizeof first);
  std::memcpy(out + width, &second, sizeof second);
  std::memcpy(out + 2 * width, &third, sizeof third);
  std::memcpy(out + 3 * width, &fourth, sizeof fourth);
}

}  // namespace chasqui::dsp
