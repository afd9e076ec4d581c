#include "model/feature_row.hpp"

#include "core/pcm.hpp"

#include <algorithm>
#include <cmath>

namespace chasqui::model {
namespace {

float upper_edge_khz(opus::Bandwidth bandwidth) noexcept {
  switch (bandwidth) {
    case opus::Bandwidth::narrow:
      return 4;
    case opus::Bandwidth::medium:
      return 6;
    case opus::Bandwidth::wide:
      return 8;
    case opus::Bandwidth::superwide:
      return 12;
    case opus::Bandwidth::full:
      return 20;
  }
  return 0;
}

}  // namespace

Row feature_row(const audio::Segment& segment, const Candidate& candidate) noexcept {
  Row row{};
  auto* next = std::ranges::copy(segment.features.values, row.begin()).out;
  for (const auto kind : {audio::SegmentClass::speech, audio::SegmentClass::music, audio::SegmentClass::mixed})
    *next++ = segment.kind == kind ? 1.0F : 0.0F;
  *next++ = static_cast<float>(segment.end - segment.begin) / core::sample_rate_hz;
  *next++ = upper_edge_khz(candidate.bandwidth);
  *next++ = candidate.mode == opus::Mode::celt ? 1.0F : 0.0F;
  *next++ = static_cast<float>(std::log2(candidate.kbps));
  return row;
}

std::vector<std::string> row_names() {
  std::vector<std::string> names;
  for (const auto& feature : audio::feature_table()) names.emplace_back(feature.name);
  for (const char* name : {"is_speech", "is_music", "is_mixed", "seconds", "upper_edge_khz", "is_celt", "log2_kbps"})
    names.emplace_back(name);
  return names;
}

}  // namespace chasqui::model
