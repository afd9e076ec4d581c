#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace chasqui::dsp {

/// Memory that SIMD code may load without penalty.
template <typename T>
struct AlignedAllocator {
  using value_type = T;
  static constexpr std::align_val_t alignment{64};

  AlignedAllocator() = default;
  template <typename U>
  explicit(false) AlignedAllocator(const AlignedAllocator<U>& /*other*/) noexcept {}

  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), alignment)); }
  void deallocate(T* memory, std::size_t /*count*/) noexcept { ::operator delete(memory, alignment); }

  template <typename U>
  friend bool operator==(const AlignedAllocator& /*a*/, const AlignedAllocator<U>& /*b*/) noexcept {
    return true;
  }
};

template <typename T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

/// Discrete Fourier transform of real float signals of one size, by FFTW.
/// Plans are estimated, not measured, so that results are the same in every run. Making and destroying plans is
/// serialised within the process; `forward` and `inverse` may run in any number of threads on one object.
/// Buffers may have any alignment; those of an AlignedVector are faster.
class RealFft {
 public:
  /// `size` >= 1; 2^a 3^b 5^c is fast.
  explicit RealFft(std::size_t size);
  RealFft(RealFft&&) noexcept;
  RealFft& operator=(RealFft&&) noexcept;
  ~RealFft();

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t bins() const noexcept { return size_ / 2 + 1; }

  /// spectrum[k] = sum over n of time[n] exp(-2 pi i k n / size); size() samples in, bins() values out.
  void forward(std::span<const float> time, std::span<std::complex<float>> spectrum) const;
  /// The inverse times size(); overwrites `spectrum`.
  void inverse(std::span<std::complex<float>> spectrum, std::span<float> time) const;

 private:
  struct Plans;
  std::size_t size_;
  std::unique_ptr<Plans> plans_;
};

}  // namespace chasqui::dsp
