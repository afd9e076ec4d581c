#include "audio/fft.hpp"

#include <fftw3.h>
#include <fmt/format.h>

#include <algorithm>
#include <chasqui/error.hpp>
#include <mutex>
#include <new>

namespace chasqui::audio {
namespace {

fftwf_complex* raw(std::complex<float>* values) {
  return reinterpret_cast<fftwf_complex*>(values);
}

}  // namespace

std::mutex& fftw_planner_mutex() {
  static std::mutex mutex;
  return mutex;
}

struct RealFft::Impl {
  std::size_t size;
  fftwf_plan forward = nullptr;
  fftwf_plan inverse = nullptr;

  explicit Impl(std::size_t n) : size(n) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    const std::lock_guard lock(fftw_planner_mutex());
    if (forward != nullptr) fftwf_destroy_plan(forward);
    if (inverse != nullptr) fftwf_destroy_plan(inverse);
  }
};

void RealFft::Workspace::Free::operator()(void* memory) const noexcept {
  fftwf_free(memory);
}

RealFft::Workspace::Workspace(std::size_t size) : size_(size) {
  time_.reset(static_cast<float*>(fftwf_malloc(sizeof(float) * size)));
  spectrum_.reset(static_cast<std::complex<float>*>(fftwf_malloc(sizeof(std::complex<float>) * (size / 2 + 1))));
  if (!time_ || !spectrum_) throw std::bad_alloc();
  std::ranges::fill(time(), 0.0F);
  std::ranges::fill(spectrum(), std::complex<float>());
}

RealFft::RealFft(std::size_t size) : impl_(std::make_unique<Impl>(size)) {
  const Workspace scratch(size);
  float* const time = scratch.time().data();
  fftwf_complex* const spectrum = raw(scratch.spectrum().data());
  const std::lock_guard lock(fftw_planner_mutex());
  impl_->forward = fftwf_plan_dft_r2c_1d(static_cast<int>(size), time, spectrum, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
  impl_->inverse = fftwf_plan_dft_c2r_1d(static_cast<int>(size), spectrum, time, FFTW_ESTIMATE);
  if (impl_->forward == nullptr || impl_->inverse == nullptr)
    throw Failure(Errc::internal, fmt::format("FFTW makes no plan for {} points", size));
}

RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;
RealFft::~RealFft() = default;

std::size_t RealFft::size() const noexcept {
  return impl_->size;
}

RealFft::Workspace RealFft::workspace() const {
  return Workspace(impl_->size);
}

void RealFft::forward(Workspace& workspace) const noexcept {
  fftwf_execute_dft_r2c(impl_->forward, workspace.time_.get(), raw(workspace.spectrum_.get()));
}

void RealFft::inverse(Workspace& workspace) const noexcept {
  fftwf_execute_dft_c2r(impl_->inverse, raw(workspace.spectrum_.get()), workspace.time_.get());
}

}  // namespace chasqui::audio
