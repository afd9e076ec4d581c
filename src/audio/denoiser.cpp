#include "audio/denoiser.hpp"

#include "core/stop.hpp"

#include <algorithm>
#include <array>
#include <chasqui/error.hpp>

#ifdef CHASQUI_HAVE_RNNOISE
#include <rnnoise.h>
#endif

namespace chasqui::audio {

#ifdef CHASQUI_HAVE_RNNOISE

namespace {

constexpr std::size_t frame_samples = 480;
constexpr float full_scale = 32'768.0F;  // RNNoise works on 16-bit values in floats
constexpr float dry_share = 0.25F;

}  // namespace

struct Denoiser::State {
  State() : rnnoise(rnnoise_create(nullptr)) {
    if (rnnoise == nullptr) throw Failure(Errc::internal, "rnnoise: cannot create its state");
  }
  ~State() { rnnoise_destroy(rnnoise); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  DenoiseState* rnnoise;
};

bool denoiser_available() noexcept {
  return true;
}

Denoiser::Denoiser() : state_(std::make_unique<State>()) {}

std::vector<float> Denoiser::process(std::span<const float> sound, std::size_t begin, std::size_t end,
                                     const std::stop_token& stop) {
  rnnoise_init(state_->rnnoise, nullptr);
  std::vector<float> out(end - begin);
  std::array<float, frame_samples> in{};
  std::array<float, frame_samples> wet{};
  for (std::size_t at = 0; at < end + delay_samples; at += frame_samples) {
    core::throw_if_stopped(stop);
    const std::size_t here = at < sound.size() ? std::min(frame_samples, sound.size() - at) : 0;
    in.fill(0.0F);
    for (std::size_t i = 0; i < here; ++i) in[i] = sound[at + i] * full_scale;
    rnnoise_process_frame(state_->rnnoise, wet.data(), in.data());
    for (std::size_t i = 0; i < frame_samples; ++i) {
      if (at + i < begin + delay_samples || at + i >= end + delay_samples) continue;
      const std::size_t source = at + i - delay_samples;
      const float dry = source < sound.size() ? sound[source] : 0.0F;
      out[source - begin] = dry_share * dry + (1 - dry_share) / full_scale * wet[i];
    }
  }
  return out;
}

#else

struct Denoiser::State {};

bool denoiser_available() noexcept {
  return false;
}

Denoiser::Denoiser() {
  throw Failure(Errc::unavailable, "denoising was asked for, but this build has no RNNoise; use --denoise off");
}

std::vector<float> Denoiser::process(std::span<const float> sound, std::size_t begin, std::size_t end,
                                     const std::stop_token&) {
  const auto wanted = sound.subspan(begin, end - begin);
  return {wanted.begin(), wanted.end()};
}

#endif

Denoiser::~Denoiser() = default;
Denoiser::Denoiser(Denoiser&&) noexcept = default;
Denoiser& Denoiser::operator=(Denoiser&&) noexcept = default;

}  // namespace chasqui::audio
