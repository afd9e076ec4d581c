#include "dsp/resampler.hpp"

#include "core/pcm.hpp"
#include "dsp/decimate.hpp"
#include "dsp/vector_math.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chasqui/error.hpp>
#include <cmath>
#include <numbers>
#include <numeric>

namespace chasqui::dsp {
namespace {

/// Modified Bessel function of the first kind, order 0, by its power series (Abramowitz & Stegun 9.6.12). The standard
/// library's goes through lgamma, which writes the global signgam and so is not for several threads.
double bessel_i0(double x) {
  double term = 1;
  double sum = 1;
  for (int k = 1; term > 1e-17 * sum; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

constexpr int highest_rate_hz = 768'000;
constexpr int highest_ratio_term = 50'000;

/// Of n/d; its zeros are zero.
double sinc(int n, int d) {
  if (n == 0) return 1;
  if (n % d == 0) return 0;
  const double x = std::numbers::pi * n / d;
  return std::sin(x) / x;
}

// GNU Octave signal package, resample.m: design after Oppenheim & Schafer, "Discrete-Time Signal Processing", 7.5.
std::vector<double> kaiser_sinc(int p, int q) {
  constexpr double rejection_db = 60;
  const double cutoff = 1.0 / (2.0 * std::max(p, q));
  const double roll_off = cutoff / 10;
  const auto half = static_cast<int>(std::ceil((rejection_db - 8) / (28.714 * roll_off)));
  const double beta = 0.1102 * (rejection_db - 8.7);
  std::vector<double> taps(2 * static_cast<std::size_t>(half) + 1);
  for (int t = -half; t <= half; ++t) {
    const double x = static_cast<double>(t) / half;
    const double kaiser = bessel_i0(beta * std::sqrt(std::max(0.0, 1 - x * x)));
    const int position = t + half;
    taps[static_cast<std::size_t>(position)] = kaiser * sinc(t, std::max(p, q));
  }
  const double sum = std::accumulate(taps.begin(), taps.end(), 0.0);
  for (double& tap : taps) tap *= p / sum;
  return taps;
}

}  // namespace

struct Resampler::Filter {
  Filter(int up, int down) : p(up), q(down) {
    if (p == q) return;
    const auto taps = kaiser_sinc(p, q);
    half = static_cast<int>(taps.size() / 2);
    length = static_cast<int>(((taps.size() + p - 1) / p + lanes - 1) / lanes * lanes);  // so that dot leaves no rest
    phases.assign(static_cast<std::size_t>(p) * length, 0.0F);
    // Phase f holds taps f, f + p, ... reversed, so that each output is one dot product over rising input.
    for (std::size_t tap = 0; tap < taps.size(); ++tap) {
      const std::size_t phase = tap % p;
      const std::size_t place = static_cast<std::size_t>(length) - 1 - tap / p;
      phases[phase * length + place] = static_cast<float>(taps[tap]);
    }
  }

  int p;
  int q;
  int half = 0;
  int length = 0;  // taps per phase
  std::vector<float> phases;
};

Resampler::Resampler(int from_hz, int to_hz) {
  if (from_hz < 1 || to_hz < 1 || from_hz > highest_rate_hz || to_hz > highest_rate_hz)
    throw Failure(Errc::input_unsupported, fmt::format("cannot resample from {} Hz to {} Hz", from_hz, to_hz));
  const int divisor = std::gcd(from_hz, to_hz);
  if (std::max(from_hz, to_hz) / divisor > highest_ratio_term)
    throw Failure(
        Errc::input_unsupported,
        fmt::format("the ratio of {} Hz to {} Hz is too odd to resample; convert to 48000 Hz first", from_hz, to_hz));
  filter_ = std::make_shared<const Filter>(to_hz / divisor, from_hz / divisor);
  history_begin_ = -filter_->length;
  history_.assign(static_cast<std::size_t>(filter_->length), 0.0F);
}

/// With a single phase.
void Resampler::produce_decimated(std::vector<float>& output, std::int64_t end) {
  const auto count = static_cast<std::size_t>(end - produced_);
  const auto oldest =
      static_cast<std::size_t>(produced_ * filter_->q + filter_->half - filter_->length + 1 - history_begin_);
  const std::size_t begin = output.size();
  output.resize(begin + count);
  decimate(std::span<const float>(history_).subspan(oldest), static_cast<std::size_t>(filter_->q), filter_->phases,
           std::span(output).subspan(begin), scratch_);
  produced_ = end;
}

void Resampler::produce(std::vector<float>& output, std::int64_t end) {
  const Filter& filter = *filter_;
  const auto length = static_cast<std::size_t>(filter.length);
  if (filter.p == 1 && produced_ < end) produce_decimated(output, end);
  for (; produced_ < end; ++produced_) {
    const std::int64_t position = produced_ * filter.q + filter.half;
    const std::int64_t newest = position / filter.p;
    const auto phase = static_cast<std::size_t>(position % filter.p);
    const auto oldest = static_cast<std::size_t>(newest - filter.length + 1 - history_begin_);
    output.push_back(dot(filter.phases.data() + phase * length, history_.data() + oldest, length));
  }
  const std::int64_t needed = (produced_ * filter.q + filter.half) / filter.p - filter.length + 1;
  const auto spent = std::min<std::int64_t>(needed - history_begin_, static_cast<std::int64_t>(history_.size()));
  if (spent > 0) {
    history_.erase(history_.begin(), history_.begin() + spent);
    history_begin_ += spent;
  }
}

void Resampler::push(std::span<const float> input, std::vector<float>& output) {
  consumed_ += static_cast<std::int64_t>(input.size());
  if (filter_->p == filter_->q) {
    output.insert(output.end(), input.begin(), input.end());
    return;
  }
  history_.insert(history_.end(), input.begin(), input.end());
  // The last output whose newest input sample is here: (i q + half) / p <= consumed - 1.
  const std::int64_t limit = consumed_ * filter_->p - filter_->half;
  produce(output, std::max(produced_, limit <= 0 ? 0 : (limit - 1) / filter_->q + 1));
}

void Resampler::push_pcm(std::span<const std::int16_t> input, std::vector<float>& output) {
  std::array<float, 8'192> block;
  while (!input.empty()) {
    const std::size_t count = std::min(block.size(), input.size());
    std::ranges::transform(input.first(count), block.begin(), core::as_float);
    push(std::span(block).first(count), output);
    input = input.subspan(count);
  }
}

void Resampler::finish(std::vector<float>& output) {
  if (filter_->p == filter_->q) return;
  history_.insert(history_.end(), static_cast<std::size_t>(filter_->length) + 1, 0.0F);
  produce(output, (consumed_ * filter_->p + filter_->q - 1) / filter_->q);
}

std::vector<float> resample(std::span<const float> input, int from_hz, int to_hz) {
  constexpr std::size_t block = 1 << 16;
  Resampler resampler(from_hz, to_hz);
  std::vector<float> output;
  output.reserve(input.size() * static_cast<std::size_t>(to_hz) / static_cast<std::size_t>(from_hz) + 2);
  for (std::size_t begin = 0; begin < input.size(); begin += block)
    resampler.push(input.subspan(begin, std::min(block, input.size() - begin)), output);
  resampler.finish(output);
  return output;
}

}  // namespace chasqui::dsp
