#include "dsp/fft.hpp"

#include "unit/quality/signals.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <thread>

namespace chasqui::dsp {
namespace {

std::complex<double> naive_bin(std::span<const float> time, std::size_t k) {
  std::complex<double> sum = 0;
  for (std::size_t n = 0; n < time.size(); ++n)
    sum += static_cast<double>(time[n]) *
           std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k * n) / static_cast<double>(time.size()));
  return sum;
}

TEST(RealFft, IsTheDiscreteFourierTransformAtAnySizeAndAlignment) {
  for (const std::size_t size : {1U, 2U, 7U, 60U, 512U, 1280U}) {
    for (const std::size_t offset : {0U, 1U}) {
      auto storage = quality::test::noise(size + offset, 1);
      const auto time = std::span(storage).subspan(offset);
      const RealFft fft(size);
      std::vector<std::complex<float>> spectrum(fft.bins());
      fft.forward(time, spectrum);
      for (std::size_t k = 0; k < fft.bins(); ++k)
        EXPECT_NEAR(std::abs(naive_bin(time, k) - std::complex<double>(spectrum[k])), 0, 1e-4) << size << " " << k;
      std::vector<float> back(size);
      fft.inverse(spectrum, back);
      for (std::size_t n = 0; n < size; ++n) EXPECT_NEAR(back[n] / static_cast<float>(size), time[n], 1e-6);
    }
  }
}

TEST(RealFft, MayBeMadeAndRunInManyThreads) {
  const auto time = quality::test::noise(512, 1);
  const RealFft shared(512);
  std::vector<std::complex<float>> expected(shared.bins());
  shared.forward(time, expected);
  std::vector<std::vector<std::complex<float>>> results(8, expected);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) {
      threads.emplace_back([&] {
        for (std::size_t i = 0; i < 50; ++i) {
          const RealFft own(512 + i);
          shared.forward(time, result);
        }
      });
    }
  }
  for (const auto& result : results) EXPECT_EQ(result, expected);
}

}  // namespace
}  // namespace chasqui::dsp
