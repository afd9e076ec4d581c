#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace chasqui::audio {

enum class SegmentClass : std::uint8_t { speech, music, mixed, silence };
std::string_view name(SegmentClass kind) noexcept;

/// Version of the feature table below; a model trained on another version must not be used.
inline constexpr int feature_table_version = 1;

struct FeatureInfo {
  std::string_view name;
  std::string_view unit;
  std::string_view meaning;  ///< one line, with the source of the formula
};

/// The table that documents Features::values, index by index.
std::span<const FeatureInfo> feature_table() noexcept;
inline constexpr std::size_t feature_count = 32;  // kept equal to the table's size by a static_assert

struct Features {
  std::array<float, feature_count> values{};
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
