#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::quality {

/// ESTOI's own time base: 10 kHz, frames of 256 samples every 128.
inline constexpr int estoi_rate_hz = 10'000;
inline constexpr int estoi_hop = 128;
inline constexpr int estoi_frame = 256;
inline constexpr int estoi_segment_frames = 30;
inline constexpr double estoi_dynamic_range_db = 40;

/// Extended short-time objective intelligibility of a whole recording, 1 at best, about 0 for unrelated sound.
/// Jensen & Taal, "An Algorithm for Predicting the Intelligibility of Speech Masked by Modulated Noise Maskers",
/// IEEE/ACM Trans. Audio, Speech and Language Processing 24 (11), 2016; as pystoi 0.4 does with extended=True.
/// Both signals mono, sample-aligned, any scale, at the same rate; the longer one is cut. Nothing when fewer than 30
/// frames (about 0.4 s) of the reference are within 40 dB of its loudest frame. Here and below, a stop request ends it
/// with Failure(cancelled), soon after.
std::optional<double> estoi(std::span<const float> reference, std::span<const float> degraded, int sample_rate_hz,
                            const std::stop_token& stop = {});

/// Levels of the frames of a signal at 10 kHz, in dB (of the norm of a Hann-windowed frame; full scale is about 20 dB).
std::vector<float> estoi_frame_levels(std::span<const float> signal, int sample_rate_hz,
                                      const std::stop_token& stop = {});

/// The level above which a frame counts as speech: 40 dB below the level that 1 % of the frames reach. Unlike the
/// published rule, 40 dB below the single loudest frame, one click does not make the rest of an episode silent;
/// and what is below -80 dBFS is never speech, so that near-silence is not scored.
double estoi_speech_threshold_db(std::span<const float> frame_levels_db);

/// The course of ESTOI along a recording. Frames of silence are removed and what is left is joined, as published;
/// segment i is the 30 joined frames from i on. Its score is the average over the frames of the correlation between
/// reference and degraded spectral columns after normalisation of rows and columns.
struct EstoiTrack {
  std::vector<std::uint32_t> speech_frames;  ///< the frame numbers kept, rising; frame f begins at f * 128 / 10 000 s
  std::vector<float> segment_scores;         ///< size max(0, speech_frames.size() - 30)

  /// The mean over all segments: what `estoi` gives.
  [[nodiscard]] std::optional<double> mean() const;
};

/// `threshold_db`: frames whose reference level is at most this are removed.
EstoiTrack estoi_track(std::span<const float> reference, std::span<const float> degraded, int sample_rate_hz,
                       double threshold_db, const std::stop_token& stop = {});

}  // namespace chasqui::quality
