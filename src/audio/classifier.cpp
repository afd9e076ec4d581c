#include "audio/features.hpp"

#include <algorithm>
#include <array>

namespace chasqui::audio {
namespace {

using enum FeatureId;

constexpr float silence_dbfs = -60;  // active level; conditioned speech lies at about -16

/// One term of the logistic model: the feature is standardised by mean and deviation, held within +-3, and weighted.
struct Term {
  FeatureId feature;
  float mean;
  float deviation;
  float mixed;  // weights of the log-odds against speech
  float music;
};

// Multinomial logistic regression (L2, C = 0.3), fitted as docs/features.md tells. No feature in it knows the level.
constexpr auto terms = std::to_array<Term>({
    {snr_db, 20.67F, 17.00F, -0.356F, -0.119F},
    {level_spread_db, 4.001F, 1.269F, 0.019F, 0.689F},
    {flatness_db, -17.45F, 5.422F, 0.198F, -0.274F},
    {flux_db, 4.082F, 1.213F, -1.095F, -2.089F},
    {bed_tonality, 0.2033F, 0.1904F, 1.019F, 1.526F},
    {bed_flatness_db, -11.96F, 5.830F, -1.163F, -1.254F},
    {pitch_change_st_per_s, 57.93F, 45.94F, 0.222F, 0.283F},
    {hnr_db, 7.677F, 2.919F, -0.604F, -0.123F},
    {modulation_share, 0.5034F, 0.1254F, 0.391F, -0.309F},
    {modulation_depth, 0.8485F, 0.4032F, 0.166F, -1.093F},
    {syllable_rate_hz, 4.119F, 1.555F, 0.561F, -0.648F},
    {beat_strength, 0.2555F, 0.2047F, 0.605F, 1.987F},
});
constexpr float mixed_bias = 0.093F;
constexpr float music_bias = -1.890F;

}  // namespace

SegmentClass classify(const Features& features) noexcept {
  if (features[level_dbfs] < silence_dbfs) return SegmentClass::silence;
  float mixed = mixed_bias;
  float music = music_bias;
  for (const auto& term : terms) {
    const float value = std::clamp((features[term.feature] - term.mean) / term.deviation, -3.0F, 3.0F);
    mixed += term.mixed * value;
    music += term.music * value;
  }
  if (music > 0 && music > mixed) return SegmentClass::music;
  return mixed > 0 ? SegmentClass::mixed : SegmentClass::speech;
}

}  // namespace chasqui::audio
