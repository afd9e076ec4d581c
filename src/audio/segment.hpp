#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace chasqui::audio {

/// What a piece is made of. `mixed` is speech over music, or speech and music after each other. Noise alone (rain, sea,
/// machines) counts as speech: the gate then measures it as speech, and only clear music is treated as music.
enum class SegmentClass : std::uint8_t { speech, music, mixed, silence };
std::string_view name(SegmentClass kind) noexcept;

/// Version of the feature table below; a model trained on another version must not be used.
inline constexpr int feature_table_version = 1;

/// Index into Features::values; feature_table() says what each means.
enum class FeatureId : std::uint8_t {
  level_dbfs,
  peak_dbfs,
  crest_db,
  noise_floor_dbfs,
  snr_db,
  level_spread_db,
  activity_share,
  longest_pause_s,
  low_energy_share,
  clipping_share,
  zero_crossings_khz,
  decay_db_per_s,
  centroid_hz,
  centroid_spread_hz,
  rolloff_hz,
  bandwidth_hz,
  tilt_db_per_octave,
  share_below_300_hz,
  share_300_1000_hz,
  share_1000_2000_hz,
  share_2000_4000_hz,
  share_4000_8000_hz,
  share_8000_16000_hz,
  flatness_db,
  entropy,
  flux_db,
  tonality,
  bed_tonality,
  bed_flatness_db,
  pitch_hz,
  pitch_spread_st,
  pitch_change_st_per_s,
  voiced_share,
  voiced_run_s,
  hnr_db,
  modulation_share,
  modulation_peak_hz,
  modulation_depth,
  syllable_rate_hz,
  beat_strength,
};
inline constexpr std::size_t feature_count = 40;  // kept equal to the table's size by a static_assert

struct FeatureInfo {
  std::string_view name;
  std::string_view unit;
  std::string_view meaning;  ///< one line, with the source of the formula
};

/// The table that documents Features::values, index by index.
std::span<const FeatureInfo> feature_table() noexcept;

struct Features {
  std::array<float, feature_count> values{};

  float operator[](FeatureId id) const noexcept { return values[static_cast<std::size_t>(id)]; }
  float& operator[](FeatureId id) noexcept { return values[static_cast<std::size_t>(id)]; }
};

/// A piece of the conditioned episode, in samples at core::sample_rate_hz; begin is a multiple of core::packet_grid.
struct Segment {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  SegmentClass kind = SegmentClass::speech;
  bool denoised = false;
  Features features;
};

}  // namespace chasqui::audio
