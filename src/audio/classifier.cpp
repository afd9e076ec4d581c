#include "audio/features.hpp"

namespace chasqui::audio {

SegmentClass classify(const Features& features) noexcept {
  using enum FeatureId;
  return features[level_dbfs] < -60 ? SegmentClass::silence : SegmentClass::speech;
}

}  // namespace chasqui::audio
