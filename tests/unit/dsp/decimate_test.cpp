#include "dsp/decimate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace chasqui::dsp {
namespace {

std::vector<float> wave(std::size_t count, double step) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(std::sin(step * static_cast<double>(i * i)));
  return values;
}

TEST(Decimate, IsTheFilterAtEveryFactorthPlace) {
  auto filter = wave(219, 0.01);
  for (std::size_t t = 0; t < filter.size(); t += 3) filter[t] = 0;
  std::vector<float> scratch;
  for (const std::size_t factor : {1, 3, 6}) {
    for (const std::size_t count : {0, 1, 31, 32, 33, 511, 512, 513, 1'500}) {
      const auto sound = wave(count == 0 ? 0 : (count - 1) * factor + filter.size(), 0.003);
      std::vector<float> out(count);
      decimate(sound, factor, filter, out, scratch);
      for (std::size_t i = 0; i < count; ++i) {
        double sum = 0;
        for (std::size_t t = 0; t < filter.size(); ++t)
          sum += static_cast<double>(filter[t]) * static_cast<double>(sound[i * factor + t]);
        ASSERT_NEAR(out[i], sum, 1e-4) << "output " << i << " of " << count << ", factor " << factor;
      }
    }
  }
}

TEST(Decimate, DoesNotDependOnHowManyAreAskedFor) {
  const auto filter = wave(96, 0.02);
  const auto sound = wave(6 * 999 + filter.size(), 0.001);
  std::vector<float> scratch;
  std::vector<float> all(1'000);
  decimate(sound, 6, filter, all, scratch);
  for (const std::size_t from : {1, 40, 700}) {
    std::vector<float> part(77);
    decimate(std::span(sound).subspan(6 * from), 6, filter, part, scratch);
    for (std::size_t i = 0; i < part.size(); ++i) ASSERT_EQ(part[i], all[from + i]);
  }
}

}  // namespace
}  // namespace chasqui::dsp
