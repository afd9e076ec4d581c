#include "audio/level.hpp"

#include "audio/analysis.hpp"
#include "core/pcm.hpp"
#include "dsp/vector_math.hpp"

#include <iterator>

namespace chasqui::audio {
namespace {

constexpr std::size_t step = core::sample_rate_hz / 100;  // levels are measured every 10 ms
constexpr float steps_per_s = 100;
constexpr float silence_dbfs = -70;

std::vector<float> step_powers(std::span<const float> mono) {
  std::vector<float> powers;
  for (std::size_t at = 0; at + step <= mono.size(); at += step)
    powers.push_back(dsp::dot(&mono[at], &mono[at], step) / step);
  if (powers.empty() && !mono.empty())
    powers.push_back(dsp::dot(mono.data(), mono.data(), mono.size()) / static_cast<float>(mono.size()));
  return powers;
}

std::vector<float> smoothed_db(std::span<const float> powers) {
  constexpr std::size_t reach = 2;
  std::vector<float> db(powers.size());
  for (std::size_t i = 0; i < powers.size(); ++i) {
    const std::size_t from = i < reach ? 0 : i - reach;
    const std::size_t to = std::min(i + reach + 1, powers.size());
    db[i] = to_db(static_cast<double>(mean(powers.subspan(from, to - from))));
  }
  return db;
}

struct ActiveLevel {
  float level_db;
  float threshold_db;
};

float mean_level_above(std::span<const float> powers, std::span<const float> db, float threshold_db, float otherwise) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < powers.size(); ++i) {
    if (db[i] < threshold_db) continue;
    sum += static_cast<double>(powers[i]);
    ++count;
  }
  return count == 0 ? otherwise : to_db(sum / static_cast<double>(count));
}

/// ITU-T P.56 method B in spirit: the level of what lies within 15.9 dB below that level; where the noise itself does,
/// the threshold is raised above the floor by 40 % of the range.
ActiveLevel active_level(std::span<const float> powers, std::span<const float> db, float floor_db) {
  constexpr float margin_db = 15.9F;
  float level = to_db(static_cast<double>(mean(powers)));
  for (int round = 0; round < 8; ++round) {
    const float next = mean_level_above(powers, db, level - margin_db, level);
    if (next == level) break;
    level = next;
  }
  const float range = level - floor_db;
  float threshold = std::max(level - margin_db, silence_dbfs);
  if (range > 6 && floor_db + 0.4F * range > threshold) {
    threshold = floor_db + 0.4F * range;
    level = mean_level_above(powers, db, threshold, level);
  }
  return {level, threshold};
}

float longest_run_below(std::span<const float> db, float threshold_db) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const float level : db) {
    run = level < threshold_db ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return static_cast<float>(longest) / steps_per_s;
}

/// Share of 10 ms steps whose amplitude is under half the mean amplitude of their second (Saunders 1996).
float low_energy_share(std::span<const float> powers) {
  constexpr std::size_t second = 100;
  std::size_t low = 0;
  for (std::size_t at = 0; at < powers.size(); at += second) {
    const auto part = powers.subspan(at, std::min(second, powers.size() - at));
    double amplitude = 0;
    for (const float power : part)
      amplitude += std::sqrt(static_cast<double>(power)) / static_cast<double>(part.size());
    for (const float power : part) low += std::sqrt(static_cast<double>(power)) < 0.5 * amplitude;
  }
  return powers.empty() ? 0 : static_cast<float>(low) / static_cast<float>(powers.size());
}

float peak_of(std::span<const float> mono) {
  return dsp::highest(mono.size(), [mono](std::size_t i) { return mono[i]; });
}

/// Share of samples in runs of at least 3 at 98 % or more of the piece's peak.
float clipping_share(std::span<const float> mono, float peak) {
  if (peak <= 1e-5F) return 0;
  const float limit = 0.98F * peak;
  std::size_t clipped = 0;
  std::size_t run = 0;
  const auto end_run = [&] {
    if (run >= 3) clipped += run;
    run = 0;
  };
  for (std::size_t at = 0; at < mono.size(); at += step) {
    const auto part = mono.subspan(at, std::min(step, mono.size() - at));
    if (peak_of(part) < limit) {
      end_run();
      continue;
    }
    for (const float sample : part) {
      if (std::abs(sample) >= limit)
        ++run;
      else
        end_run();
    }
  }
  end_run();
  return static_cast<float>(clipped) / static_cast<float>(mono.size());
}

/// Crossings per ms within active steps.
float zero_crossings(std::span<const float> mono, std::span<const float> db, float threshold_db) {
  std::size_t crossings = 0;
  std::size_t samples = 0;
  for (std::size_t i = 0; i < db.size() && (i + 1) * step <= mono.size(); ++i) {
    if (db[i] < threshold_db) continue;
    const auto part = mono.subspan(i * step, step);
    int here = 0;
    for (std::size_t k = 1; k < step; ++k) here += static_cast<int>(part[k] < 0) ^ static_cast<int>(part[k - 1] < 0);
    crossings += static_cast<std::size_t>(here);
    samples += step - 1;
  }
  return samples == 0 ? 0 : static_cast<float>(crossings) * 48 / static_cast<float>(samples);
}

/// Median of the fall over the 100 ms after each active stretch of at least 100 ms; reverberation makes it shallow.
float decay(std::span<const float> db, float threshold_db) {
  constexpr std::size_t reach = 10;
  std::vector<float> falls;
  std::size_t active = 0;
  for (std::size_t i = 0; i + reach / 2 < db.size(); ++i) {
    if (db[i] >= threshold_db) {
      ++active;
      continue;
    }
    if (active >= reach) falls.push_back((db[i - reach / 2] - db[i + reach / 2]) * steps_per_s / reach);
    active = 0;
  }
  return quantile(std::move(falls), 0.5);
}

float spread_of_active(std::span<const float> db, float threshold_db) {
  std::vector<float> active;
  std::ranges::copy_if(db, std::back_inserter(active), [=](float level) { return level >= threshold_db; });
  return deviation(active);
}

std::vector<std::uint8_t> active_frames(std::span<const float> db, float threshold_db, std::size_t frames) {
  std::vector<std::uint8_t> active(frames);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    const std::size_t from = 2 * frame;
    const std::size_t to = std::min(from + 4, db.size());
    active[frame] = from < to && mean(db.subspan(from, to - from)) >= threshold_db;
  }
  return active;
}

}  // namespace

LevelTrack measure_level(std::span<const float> mono, Features& features) {
  const auto powers = step_powers(mono);
  LevelTrack track{.db = smoothed_db(powers), .active = {}, .threshold_db = silence_dbfs};
  const float floor_db = track.db.empty() ? -100 : quantile(track.db, 0.1);
  const auto [level_db, threshold_db] = active_level(powers, track.db, floor_db);
  const float peak = peak_of(mono);
  const float peak_db = to_db(static_cast<double>(peak) * static_cast<double>(peak));
  const auto active = std::ranges::count_if(track.db, [=](float db) { return db >= threshold_db; });

  using enum FeatureId;
  features[level_dbfs] = level_db;
  features[peak_dbfs] = peak_db;
  features[crest_db] = peak_db - level_db;
  features[noise_floor_dbfs] = floor_db;
  features[snr_db] = std::max(level_db - floor_db, 0.0F);
  features[level_spread_db] = spread_of_active(track.db, threshold_db);
  features[activity_share] = track.db.empty() ? 0 : static_cast<float>(active) / static_cast<float>(track.db.size());
  features[longest_pause_s] = longest_run_below(track.db, threshold_db);
  features[low_energy_share] = audio::low_energy_share(powers);
  features[clipping_share] = audio::clipping_share(mono, peak);
  features[zero_crossings_khz] = zero_crossings(mono, track.db, threshold_db);
  features[decay_db_per_s] = decay(track.db, threshold_db);
  track.threshold_db = threshold_db;
  track.active = active_frames(track.db, threshold_db, frame_count(mono.size()));
  return track;
}

}  // namespace chasqui::audio
