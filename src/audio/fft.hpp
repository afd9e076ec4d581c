#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>

namespace chasqui::audio {

/// Guards FFTW's planner, which is one state per process: every maker of plans in this program takes it.
std::mutex& fftw_planner_mutex();

/// One FFTW plan for real input of a fixed size, and its inverse. FFTW's planner is not thread-safe: plans are made and
/// destroyed under one lock, here and nowhere else, with FFTW_ESTIMATE so that the same plan comes out every time.
/// Executing is safe from any number of threads, each with its own Workspace.
class RealFft {
 public:
  /// Buffers with the alignment the plan expects; values persist between calls.
  class Workspace {
   public:
    [[nodiscard]] std::span<float> time() const noexcept { return {time_.get(), size_}; }
    [[nodiscard]] std::span<std::complex<float>> spectrum() const noexcept { return {spectrum_.get(), size_ / 2 + 1}; }

   private:
    friend class RealFft;
    struct Free {
      void operator()(void* memory) const noexcept;
    };
    explicit Workspace(std::size_t size);

    std::size_t size_;
    std::unique_ptr<float[], Free> time_;
    std::unique_ptr<std::complex<float>[], Free> spectrum_;
  };

  /// `size` is even. Throws Failure(internal) when FFTW makes no plan.
  explicit RealFft(std::size_t size);
  RealFft(RealFft&&) noexcept;
  RealFft& operator=(RealFft&&) noexcept;
  ~RealFft();

  [[nodiscard]] std::size_t size() const noexcept;
  /// Filled with zeros.
  [[nodiscard]] Workspace workspace() const;
  /// time -> spectrum, unscaled: X[k] = sum x[n] exp(-2 pi i k n / size). Leaves time as it was.
  void forward(Workspace& workspace) const noexcept;
  /// spectrum -> time, unscaled (size times the input). Destroys spectrum.
  void inverse(Workspace& workspace) const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace chasqui::audio
