#pragma once

#include "core/pcm.hpp"
#include "model/labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace chasqui::model {

/// Labels that follow a rule: noisy segments need more, narrowband tops out. `segments` for each of `speakers` voices.
inline std::vector<Label> made_labels(std::size_t speakers, std::size_t segments) {
  std::mt19937 lot(7);
  std::uniform_real_distribution<float> between(0, 1);
  std::vector<Label> labels;
  for (std::size_t speaker = 0; speaker < speakers; ++speaker)
    for (std::size_t index = 0; index < segments; ++index) {
      Label label;
      label.origin = {.file = fmt::format("voice, \"{}\".wav", speaker),
                      .sha256 = fmt::format("{:064x}", speaker + 1),
                      .speaker = fmt::format("voice {}", speaker),
                      .source = fmt::format("place {}", speaker),
                      .licence = "CC0"};
      label.segment_index = index;
      label.segment.begin = static_cast<std::int64_t>(index) * 10 * core::sample_rate_hz;
      label.segment.end = label.segment.begin + std::int64_t{10} * core::sample_rate_hz;
      for (float& value : label.segment.features.values) value = between(lot);
      const double snr = 40 * static_cast<double>(between(lot));
      label.segment.features[audio::FeatureId::snr_db] = static_cast<float>(snr);
      for (const auto bandwidth : {opus::Bandwidth::narrow, opus::Bandwidth::wide})
        for (const double kbps : {5.0, 7.0, 10.0, 14.0, 20.0, 28.0}) {
          label.candidate = {bandwidth, opus::Mode::silk, kbps};
          const bool wide = bandwidth == opus::Bandwidth::wide;
          const double octaves = std::log2(kbps / (wide ? 9 : 7)) - (40 - snr) / 40;
          label.worst_mos = std::clamp(2.5 + octaves, 1.0, wide ? 4.4 : 3.5);
          label.worst_estoi = label.worst_mos / 5;
          label.actual_kbps = kbps * 0.97;
          labels.push_back(label);
        }
    }
  return labels;
}

}  // namespace chasqui::model
