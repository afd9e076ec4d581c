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
    {snr_db, 13.5F, 12.32F, -1.277F, 0.256F},
    {level_spread_db, 3.429F, 1.248F, 0.473F, 0.846F},
    {flatness_db, -15.96F, 6.092F, -0.167F, -0.450F},
    {flux_db, 3.751F, 1.37F, -0.674F, -2.065F},
    {bed_tonality, 0.2275F, 0.1997F, 1.376F, 2.011F},
    {bed_flatness_db, -12.58F, 6.678F, -1.006F, -1.158F},
    {pitch_change_st_per_s, 57.95F, 53.96F, 0.427F, 0.432F},
    {hnr_db, 7.127F, 3.235F, -1.202F, -1.114F},
    {modulation_share, 0.4717F, 0.1391F, 0.187F, -0.365F},
    {modulation_depth, 0.7167F, 0.4336F, 0.606F, -0.926F},
    {syllable_rate_hz, 3.466F, 1.687F, 1.140F, -0.032F},
    {beat_strength, 0.2933F, 0.2342F, 1.603F, 2.960F},
});
constexpr float mixed_bias = 1.147F;
constexpr float music_bias = 0.448F;
constexpr float speech_margin = 1.0F;  // taking speech for something else costs more than the reverse

}  // namespace

SegmentClass classify(const Features& features) noexcept {
  if (features[level_dbfs] < silence_dbfs) return SegmentClass::silence;
  float mixed = mixed_bias - speech_margin;
  float music = music_bias - speech_margin;
  for (const auto& term : terms) {
    const float value = std::clamp((features[term.feature] - term.mean) / term.deviation, -3.0F, 3.0F);
    mixed += term.mixed * value;
    music += term.music * value;
  }
  if (music > 0 && music > mixed) return SegmentClass::music;
  return mixed > 0 ? SegmentClass::mixed : SegmentClass::speech;
}

}  // namespace chasqui::audio
