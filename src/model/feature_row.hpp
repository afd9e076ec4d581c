#pragma once

#include "audio/segment.hpp"
#include "opus/packet.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace chasqui::model {

/// A setting of the encoder as the model knows it.
struct Candidate {
  opus::Bandwidth bandwidth = opus::Bandwidth::narrow;
  opus::Mode mode = opus::Mode::silk;
  double kbps = 8;  ///< as asked of the encoder

  friend bool operator==(const Candidate&, const Candidate&) = default;
};

/// Version of the row below; a model that was trained on another is not used. It takes in audio::feature_table_version.
inline constexpr int row_version = 100 * audio::feature_table_version + 1;

/// The features of the segment, its class as 0 or 1 for each of speech, music and mixed, its seconds, and the
/// candidate: bandwidth as its upper edge in kHz, CELT as 0 or 1, log2 of the bitrate in kb/s.
inline constexpr std::size_t row_width = audio::feature_count + 7;
/// The column in which more is never worse.
inline constexpr std::size_t bitrate_column = row_width - 1;

using Row = std::array<float, row_width>;
Row feature_row(const audio::Segment& segment, const Candidate& candidate) noexcept;

/// Names of the columns, in their order.
std::vector<std::string> row_names();

}  // namespace chasqui::model
