#include "quality/estoi.hpp"

#include "core/stop.hpp"
#include "dsp/fft.hpp"
#include "dsp/resampler.hpp"
#include "dsp/vector_math.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <numeric>

namespace chasqui::quality {
namespace {

constexpr std::size_t frame_size = estoi_frame;
constexpr std::size_t hop = estoi_hop;
constexpr std::size_t fft_size = 512;
constexpr std::size_t bands = 15;
constexpr std::size_t segment = estoi_segment_frames;
constexpr double lowest_centre_hz = 150;
constexpr double digital_silence_db = -100;  // 120 dB below full scale
constexpr double quietest_speech_db = -60;   // 80 dB below full scale, root mean square

using Frame = std::array<float, frame_size>;

// hanning(256) as MATLAB defines it: without the zeros at both ends.
Frame hann_window() {
  Frame window{};
  for (std::size_t i = 0; i < frame_size; ++i)
    window[i] = static_cast<float>(
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i + 1) / static_cast<double>(frame_size + 1)));
  return window;
}

void multiply(const float* signal, const Frame& window, float* out) {
  for (std::size_t i = 0; i < frame_size; ++i) out[i] = signal[i] * window[i];
}

// The frames of a signal, resampled to 10 kHz block by block, so that memory does not grow with length.
class FrameStream {
 public:
  FrameStream(std::span<const float> signal, int sample_rate_hz)
      : rest_(signal), resampler_(sample_rate_hz, estoi_rate_hz) {}

  /// 256 samples, valid until the next call; null after the last frame. As published, a frame counts only when at least
  /// one more sample follows it.
  const float* next() {
    position_ += started_ ? hop : 0;
    started_ = true;
    while (buffer_.size() <= position_ + frame_size)
      if (!refill()) return nullptr;
    return buffer_.data() + position_;
  }

 private:
  bool refill() {
    constexpr std::size_t block = 1 << 15;
    if (finished_) return false;
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(std::min(position_, buffer_.size())));
    position_ = 0;
    const std::size_t count = std::min(block, rest_.size());
    resampler_.push(rest_.first(count), buffer_);
    rest_ = rest_.subspan(count);
    if (rest_.empty()) {
      resampler_.finish(buffer_);
      finished_ = true;
    }
    return true;
  }

  std::span<const float> rest_;
  dsp::Resampler resampler_;
  std::vector<float> buffer_;
  std::size_t position_ = 0;
  bool started_ = false;
  bool finished_ = false;
};

struct BandEdges {
  std::array<std::size_t, bands> begin;
  std::array<std::size_t, bands> end;
};

// One-third octave bands as sets of FFT bins: each edge is moved to the nearest bin.
BandEdges third_octave_bands() {
  const auto nearest_bin = [](double hz) {
    const double bin = hz * static_cast<double>(fft_size) / estoi_rate_hz;
    return static_cast<std::size_t>(std::ceil(bin - 0.5));
  };
  BandEdges edges{};
  for (std::size_t band = 0; band < bands; ++band) {
    const auto k = static_cast<double>(band);
    edges.begin[band] = nearest_bin(lowest_centre_hz * std::exp2((2 * k - 1) / 6));
    edges.end[band] = nearest_bin(lowest_centre_hz * std::exp2((2 * k + 1) / 6));
  }
  return edges;
}

// Turns the kept frames of one signal into third-octave amplitudes. Overlap-add of the kept frames and the new framing
// are merged: frame j of the joined signal is made of the kept frames j - 1, j and j + 1.
class JoinedSpectra {
 public:
  JoinedSpectra()
      : window_(hann_window()), edges_(third_octave_bands()), fft_(fft_size), time_(fft_size), spectrum_(fft_.bins()) {}

  /// The next kept frame. Gives true when, with it, the frame before is complete and its amplitudes are in `out`.
  bool push(const float* frame, std::array<float, bands>& out) {
    Frame windowed;
    multiply(frame, window_, windowed.data());
    const bool complete = count_++ > 0;
    if (complete) {
      for (std::size_t i = 0; i < hop; ++i) {
        time_[i] = head_[i] * window_[i];
        time_[hop + i] = (tail_[i] + windowed[i]) * window_[hop + i];
      }
      amplitudes(out);
      for (std::size_t i = 0; i < hop; ++i) head_[i] = tail_[i] + windowed[i];
    } else {
      std::copy_n(windowed.begin(), hop, head_.begin());
    }
    std::copy_n(windowed.begin() + hop, hop, tail_.begin());
    return complete;
  }

 private:
  void amplitudes(std::array<float, bands>& out) {
    fft_.forward(time_, spectrum_);
    for (std::size_t band = 0; band < bands; ++band) {
      float power = 0;
      for (std::size_t bin = edges_.begin[band]; bin < edges_.end[band]; ++bin) power += std::norm(spectrum_[bin]);
      out[band] = std::sqrt(power);
    }
  }

  Frame window_;
  BandEdges edges_;
  dsp::RealFft fft_;
  dsp::AlignedVector<float> time_;  // the second half stays zero: the padding to 512
  dsp::AlignedVector<std::complex<float>> spectrum_;
  std::array<float, hop> head_{};  // first half of the joined frame under way
  std::array<float, hop> tail_{};  // second half of the newest kept frame
  std::size_t count_ = 0;
};

// The last 30 or more frames, band by band, so that a segment's rows are contiguous.
class BandHistory {
 public:
  void push(const std::array<float, bands>& frame) {
    if (size_ == capacity) {
      for (auto& row : rows_) std::copy(row.end() - static_cast<std::ptrdiff_t>(segment - 1), row.end(), row.begin());
      size_ = segment - 1;
    }
    for (std::size_t band = 0; band < bands; ++band) rows_[band][size_] = frame[band];
    ++size_;
  }
  [[nodiscard]] bool has_segment() const { return size_ >= segment; }
  [[nodiscard]] const float* newest_row(std::size_t band) const { return rows_[band].data() + size_ - segment; }

 private:
  static constexpr std::size_t capacity = 512;
  std::array<std::array<float, capacity>, bands> rows_{};
  std::size_t size_ = 0;
};

using Row = std::array<float, segment>;

// To zero mean and unit norm; a constant row becomes zeros. (pystoi adds noise of 1e-16 so as not to divide by zero.)
void normalise_row(const float* in, Row& out) {
  float sum = 0;
  for (std::size_t i = 0; i < segment; ++i) sum += in[i];
  const float mean = sum / static_cast<float>(segment);
  for (std::size_t i = 0; i < segment; ++i) out[i] = in[i] - mean;
  const float power = std::accumulate(out.begin(), out.end(), 0.0F, [](float acc, float x) { return acc + x * x; });
  const float scale = 1 / std::sqrt(std::max(power, std::numeric_limits<float>::min()));
  for (float& value : out) value *= scale;
}

// Equations 3 to 8 of the paper for the newest 30 frames. Normalising columns and correlating them is the same as
// taking each pair of columns' correlation coefficient.
float segment_score(const BandHistory& reference, const BandHistory& degraded) {
  Row x, y, sum_x{}, sum_y{}, sum_xx{}, sum_yy{}, sum_xy{};
  for (std::size_t band = 0; band < bands; ++band) {
    normalise_row(reference.newest_row(band), x);
    normalise_row(degraded.newest_row(band), y);
    for (std::size_t i = 0; i < segment; ++i) {
      sum_x[i] += x[i];
      sum_y[i] += y[i];
      sum_xx[i] += x[i] * x[i];
      sum_yy[i] += y[i] * y[i];
      sum_xy[i] += x[i] * y[i];
    }
  }
  constexpr float n = bands;
  constexpr float tiny = 1e-14F;  // squares of unit-norm rows: below this only rounding is left
  float total = 0;
  for (std::size_t i = 0; i < segment; ++i) {
    const float variance_x = std::max(sum_xx[i] - sum_x[i] * sum_x[i] / n, tiny);
    const float variance_y = std::max(sum_yy[i] - sum_y[i] * sum_y[i] / n, tiny);
    total += (sum_xy[i] - sum_x[i] * sum_y[i] / n) / std::sqrt(variance_x * variance_y);
  }
  return total / static_cast<float>(segment);
}

float level_db(const float* frame, const Frame& window) {
  Frame windowed;
  multiply(frame, window, windowed.data());
  const double norm = std::sqrt(static_cast<double>(dsp::energy(windowed.data(), frame_size)));
  return static_cast<float>(20 * std::log10(norm + std::numeric_limits<double>::epsilon()));
}

}  // namespace

std::optional<double> EstoiTrack::mean() const {
  if (segment_scores.empty()) return std::nullopt;
  const double sum = std::accumulate(segment_scores.begin(), segment_scores.end(), 0.0);
  return sum / static_cast<double>(segment_scores.size());
}

std::vector<float> estoi_frame_levels(std::span<const float> signal, int sample_rate_hz, const std::stop_token& stop) {
  const Frame window = hann_window();
  std::vector<float> levels;
  FrameStream frames(signal, sample_rate_hz);
  while (const float* frame = frames.next()) {
    core::throw_if_stopped(stop);
    levels.push_back(level_db(frame, window));
  }
  return levels;
}

double estoi_speech_threshold_db(std::span<const float> frame_levels_db) {
  if (frame_levels_db.empty()) return quietest_speech_db;
  std::vector<float> levels(frame_levels_db.begin(), frame_levels_db.end());
  const auto loud = levels.end() - 1 - static_cast<std::ptrdiff_t>(levels.size() / 100);
  std::nth_element(levels.begin(), loud, levels.end());
  return std::max(*loud - estoi_dynamic_range_db, quietest_speech_db);
}

EstoiTrack estoi_track(std::span<const float> reference, std::span<const float> degraded, int sample_rate_hz,
                       double threshold_db, const std::stop_token& stop) {
  const std::size_t length = std::min(reference.size(), degraded.size());
  FrameStream reference_frames(reference.first(length), sample_rate_hz);
  FrameStream degraded_frames(degraded.first(length), sample_rate_hz);
  JoinedSpectra reference_spectra;
  JoinedSpectra degraded_spectra;
  BandHistory x;
  BandHistory y;
  const Frame window = hann_window();
  EstoiTrack track;
  std::array<float, bands> amplitudes{};
  for (std::uint32_t frame = 0;; ++frame) {
    core::throw_if_stopped(stop);
    const float* reference_frame = reference_frames.next();
    const float* degraded_frame = degraded_frames.next();
    if (reference_frame == nullptr || degraded_frame == nullptr) break;
    if (level_db(reference_frame, window) <= threshold_db) continue;
    track.speech_frames.push_back(frame);
    if (!reference_spectra.push(reference_frame, amplitudes)) {
      degraded_spectra.push(degraded_frame, amplitudes);
      continue;
    }
    x.push(amplitudes);
    degraded_spectra.push(degraded_frame, amplitudes);
    y.push(amplitudes);
    if (x.has_segment()) track.segment_scores.push_back(segment_score(x, y));
  }
  return track;
}

std::optional<double> estoi(std::span<const float> reference, std::span<const float> degraded, int sample_rate_hz,
                            const std::stop_token& stop) {
  const auto common = reference.first(std::min(reference.size(), degraded.size()));
  const auto levels = estoi_frame_levels(common, sample_rate_hz, stop);
  if (levels.empty()) return std::nullopt;
  const double threshold = *std::max_element(levels.begin(), levels.end()) - estoi_dynamic_range_db;
  return estoi_track(reference, degraded, sample_rate_hz, std::max(threshold, digital_silence_db), stop).mean();
}

}  // namespace chasqui::quality
