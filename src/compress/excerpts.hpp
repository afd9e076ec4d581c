#pragma once

#include "audio/conditioner.hpp"
#include "opus/decoder.hpp"
#include "quality/window_scores.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::compress {

/// A place to listen to, in samples at core::sample_rate_hz.
struct Excerpt {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::optional<quality::WindowScore> window;  ///< why this place; nothing where no window was scored
};

/// Up to three places of 8 s that do not overlap: around the windows with the least MOS, worst first; where none was
/// scored, spread evenly. A recording that is shorter is one place. Among equals the earlier.
std::vector<Excerpt> choose_excerpts(std::span<const quality::WindowScore> windows, std::int64_t length);

/// What the encoder got there, as a WAV file at 24 kHz.
std::vector<std::byte> conditioned_wav(const audio::ConditionedEpisode& episode, const Excerpt& excerpt);

/// What a listener hears there of an Ogg Opus file, one WAV file at 24 kHz per excerpt. Decodes all of the file, for
/// what is heard depends on what came before, and keeps the excerpts. Throws Failure; a stop throws Errc::cancelled.
std::vector<std::vector<std::byte>> heard_wavs(const std::filesystem::path& ogg_opus, std::span<const Excerpt> excerpts,
                                               const opus::ListenerDecoder& listener, const std::stop_token& stop);

}  // namespace chasqui::compress
