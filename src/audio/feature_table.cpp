#include "audio/segment.hpp"

#include <array>

namespace chasqui::audio {
namespace {

constexpr auto table = std::to_array<FeatureInfo>({
    {"level_dbfs", "dBFS",
     "RMS of the active steps of 10 ms; active after ITU-T P.56: within 15.9 dB below this level"},
    {"peak_dbfs", "dBFS", "largest sample"},
    {"crest_db", "dB", "peak over level"},
    {"noise_floor_dbfs", "dBFS", "10th percentile of the 10 ms levels smoothed over 50 ms; -100 is digital silence"},
    {"snr_db", "dB", "level over noise floor"},
    {"level_spread_db", "dB", "standard deviation of the smoothed levels of active steps"},
    {"activity_share", "1", "share of active steps"},
    {"longest_pause_s", "s", "longest run of inactive steps"},
    {"low_energy_share", "1", "share of steps under half the mean amplitude of their second (Saunders 1996)"},
    {"clipping_share", "1",
     "share of samples in runs of 3 or more at 98 % of the peak; high also for steady low tones"},
    {"zero_crossings_khz", "1/ms", "zero crossings in active steps"},
    {"decay_db_per_s", "dB/s",
     "median fall in the 100 ms around the ends of active stretches; reverberation lowers it"},
    {"centroid_hz", "Hz",
     "centre of gravity of the long-term power spectrum of active frames (40 ms, Hann), to 16 kHz"},
    {"centroid_spread_hz", "Hz", "standard deviation of the centroids of the active frames"},
    {"rolloff_hz", "Hz", "frequency under which 85 % of the long-term power lie"},
    {"bandwidth_hz", "Hz",
     "up to where the 95th percentile of the active frames stands 6 dB out of its floor, within 65 dB of its peak"},
    {"tilt_db_per_octave", "dB/octave", "slope of a line through the third-octave densities from 200 Hz to 6.3 kHz"},
    {"share_below_300_hz", "1", "share of the long-term power below 300 Hz"},
    {"share_300_1000_hz", "1", "share of the long-term power from 300 to 1000 Hz"},
    {"share_1000_2000_hz", "1", "share of the long-term power from 1 to 2 kHz"},
    {"share_2000_4000_hz", "1", "share of the long-term power from 2 to 4 kHz"},
    {"share_4000_8000_hz", "1", "share of the long-term power from 4 to 8 kHz"},
    {"share_8000_16000_hz", "1", "share of the long-term power from 8 to 16 kHz"},
    {"flatness_db", "dB", "geometric over arithmetic mean of the power bins from 200 Hz to 4 kHz; white noise: -2.5"},
    {"entropy", "1", "entropy of the normalised power bins from 200 Hz to 4 kHz, over that of a flat spectrum"},
    {"flux_db", "dB", "mean absolute change of 40 band levels from one active frame to the next, 20 ms later"},
    {"tonality", "1", "share of the power below 5 kHz in partials that have stood still (25 Hz) for 120 ms"},
    {"bed_tonality", "1", "tonality of the quietest fifth of the frames: music under speech shows in its pauses"},
    {"bed_flatness_db", "dB", "flatness of the quietest fifth of the frames: noise under speech shows in its pauses"},
    {"pitch_hz", "Hz",
     "median of voiced frames by normalised cross-correlation (Talkin 1995), 60 to 420 Hz; 0: unvoiced"},
    {"pitch_spread_st", "semitones", "half the distance between the 16th and 84th percentile of the pitch"},
    {"pitch_change_st_per_s", "semitones/s", "mean absolute change of the pitch between voiced frames 20 ms apart"},
    {"voiced_share", "1", "share of active frames with a correlation of 0.6 or more at the period"},
    {"voiced_run_s", "s", "mean length of voiced stretches"},
    {"hnr_db", "dB",
     "harmonics to noise below 3 kHz, mean of voiced frames: r/(1-r) of the correlation (Boersma 1993)"},
    {"modulation_share", "1", "share of 2 to 8 Hz in the modulation, 0.75 to 20 Hz, of the 300-4000 Hz amplitude"},
    {"modulation_peak_hz", "Hz", "strongest modulation rate of that amplitude (Houtgast and Steeneken 1985)"},
    {"modulation_depth", "1", "standard deviation over mean of that amplitude"},
    {"syllable_rate_hz", "1/s",
     "voiced level peaks with a dip of 3 dB before, per active second (de Jong, Wempe 2009)"},
    {"beat_strength", "1", "highest normalised autocorrelation of the onset strength at 0.3 to 1 s"},
});
static_assert(table.size() == feature_count);

}  // namespace

std::span<const FeatureInfo> feature_table() noexcept {
  return table;
}

}  // namespace chasqui::audio
