#include "dsp/fft.hpp"

#include <fftw3.h>

#include <cassert>
#include <chasqui/error.hpp>
#include <mutex>

namespace chasqui::dsp {
namespace {

/// FFTW's planner is one state per process.
std::mutex& planner_mutex() {
  static std::mutex mutex;
  return mutex;
}

fftwf_complex* raw(std::complex<float>* values) {
  return reinterpret_cast<fftwf_complex*>(values);
}

bool aligned(const void* a, const void* b) {
  const auto offset = [](const void* p) { return fftwf_alignment_of(static_cast<float*>(const_cast<void*>(p))); };
  return offset(a) == 0 && offset(b) == 0;
}

struct Direction {
  fftwf_plan fast = nullptr;  // for aligned buffers
  fftwf_plan any = nullptr;

  [[nodiscard]] fftwf_plan select(const void* a, const void* b) const { return aligned(a, b) ? fast : any; }
};

}  // namespace

struct RealFft::Plans {
  explicit Plans(std::size_t size) {
    AlignedVector<float> time(size);
    AlignedVector<std::complex<float>> spectrum(size / 2 + 1);
    const int n = static_cast<int>(size);
    const std::lock_guard lock(planner_mutex());
    forward.fast = fftwf_plan_dft_r2c_1d(n, time.data(), raw(spectrum.data()), FFTW_ESTIMATE);
    forward.any = fftwf_plan_dft_r2c_1d(n, time.data(), raw(spectrum.data()), FFTW_ESTIMATE | FFTW_UNALIGNED);
    inverse.fast = fftwf_plan_dft_c2r_1d(n, raw(spectrum.data()), time.data(), FFTW_ESTIMATE);
    inverse.any = fftwf_plan_dft_c2r_1d(n, raw(spectrum.data()), time.data(), FFTW_ESTIMATE | FFTW_UNALIGNED);
  }
  Plans(const Plans&) = delete;
  Plans& operator=(const Plans&) = delete;
  ~Plans() {
    const std::lock_guard lock(planner_mutex());
    for (auto* plan : {forward.fast, forward.any, inverse.fast, inverse.any})
      if (plan != nullptr) fftwf_destroy_plan(plan);
  }

  [[nodiscard]] bool whole() const { return forward.fast && forward.any && inverse.fast && inverse.any; }

  Direction forward;
  Direction inverse;
};

RealFft::RealFft(std::size_t size) : size_(size) {
  assert(size >= 1 && size <= (std::size_t{1} << 30));
  plans_ = std::make_unique<Plans>(size);
  if (!plans_->whole()) throw Failure(Errc::internal, "FFTW could not plan a transform");
}
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;
RealFft::~RealFft() = default;

void RealFft::forward(std::span<const float> time, std::span<std::complex<float>> spectrum) const {
  assert(time.size() == size() && spectrum.size() == bins());
  // Out-of-place real-to-complex transforms keep their input, whatever the C signature says.
  auto* input = const_cast<float*>(time.data());
  fftwf_execute_dft_r2c(plans_->forward.select(input, spectrum.data()), input, raw(spectrum.data()));
}

void RealFft::inverse(std::span<std::complex<float>> spectrum, std::span<float> time) const {
  assert(time.size() == size() && spectrum.size() == bins());
  fftwf_execute_dft_c2r(plans_->inverse.select(spectrum.data(), time.data()), raw(spectrum.data()), time.data());
}

}  // namespace chasqui::dsp
