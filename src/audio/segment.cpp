#include "audio/segment.hpp"

namespace chasqui::audio {

std::string_view name(SegmentClass kind) noexcept {
  switch (kind) {
    case SegmentClass::speech:
      return "speech";
    case SegmentClass::music:
      return "music";
    case SegmentClass::mixed:
      return "mixed";
    case SegmentClass::silence:
      return "silence";
  }
  return "speech";
}

}  // namespace chasqui::audio
