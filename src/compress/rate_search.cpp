#include "compress/rate_search.hpp"

#include "core/pcm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace chasqui::compress {
namespace {

constexpr double part_s = static_cast<double>(core::packet_grid) / core::sample_rate_hz;
constexpr double largest_step = 0.5;  // octaves
constexpr double margin_mos =
    0.01;  // and more for each miss by little: small changes of bitrate give small, chaotic ones of score
constexpr double close_enough_mos = 0.06;  // on average over the segment
constexpr double worth_while = 0.005;      // of the bytes
constexpr int most_raises = 6;

/// By how much the windows over each part exceed the target: the least of them. Nothing where none is scored.
std::vector<std::optional<double>> slack_of_parts(const Probe& probe, double target, std::size_t parts) {
  std::vector<std::optional<double>> slack(parts);
  for (const auto& window : probe.windows) {
    if (!window.mos) continue;
    const double excess = *window.mos - target;
    for (auto part = static_cast<std::size_t>(window.begin_s / part_s);
         part < parts && static_cast<double>(part) * part_s < window.end_s; ++part)
      slack[part] = std::min(slack[part].value_or(excess), excess);
  }
  return slack;
}

double worst_of(const std::vector<std::optional<double>>& slack) {
  double worst = std::numeric_limits<double>::infinity();
  for (const auto& part : slack) worst = std::min(worst, part.value_or(worst));
  return worst;
}

double mean_of(const std::vector<std::optional<double>>& slack) {
  double sum = 0;
  for (const auto& part : slack) sum += part.value_or(0);
  return sum / static_cast<double>(std::max<std::size_t>(slack.size(), 1));
}

}  // namespace

Found find_cheapest(const SegmentProber& prober, const opus::EncoderSettings& settings, opus::Onset onset,
                    const SearchOptions& options) {
  std::vector<float> kbps(prober.parts(), static_cast<float>(options.start_kbps));
  const auto change = [&](std::size_t part, double octaves) {
    const double changed =
        static_cast<double>(kbps[part]) * std::exp2(std::clamp(octaves, -largest_step, largest_step));
    kbps[part] = static_cast<float>(std::clamp(changed, options.lowest_kbps, options.highest_kbps));
  };
  Found found;
  found.onset = onset;
  double margin = margin_mos;
  double nearest = -std::numeric_limits<double>::infinity();
  for (int raises = 0; found.probes < options.most_probes || (!found.reached && raises++ < most_raises);) {
    auto settings_now = settings;
    settings_now.bitrate_kbps = static_cast<double>(kbps.front());
    Probe probe = prober.probe(settings_now, onset, kbps);
    ++found.probes;
    const auto slack = slack_of_parts(probe, options.target_mos, kbps.size());
    const double worst = worst_of(slack);
    const bool reached = worst >= 0;
    const std::int64_t before = found.best.bytes;
    const bool better = found.reached ? reached && probe.bytes < before : reached || worst > nearest;
    const bool done =
        reached &&
        (mean_of(slack) < close_enough_mos ||
         (found.reached && static_cast<double>(before - probe.bytes) < worth_while * static_cast<double>(before)));
    const auto tried = kbps;
    if (worst < 0) margin += std::min(-worst, 0.05);
    for (std::size_t part = 0; part < kbps.size(); ++part) {
      if (const auto excess = slack[part])
        change(part, -(*excess - margin) / options.mos_per_octave);
      else
        kbps[part] = static_cast<float>(options.lowest_kbps);
    }
    if (better) {
      found.best = std::move(probe);
      found.reached = reached;
      nearest = worst;
    }
    if (done || kbps == tried) break;
  }
  if (!found.reached) {
    kbps.assign(kbps.size(), static_cast<float>(options.highest_kbps));
    auto at_the_top = settings;
    at_the_top.bitrate_kbps = options.highest_kbps;
    Probe probe = prober.probe(at_the_top, onset, kbps);
    ++found.probes;
    const double worst = worst_of(slack_of_parts(probe, options.target_mos, kbps.size()));
    if (worst >= nearest) {
      found.best = std::move(probe);
      found.reached = worst >= 0;
      nearest = worst;
    }
  }
  found.shortfall = found.reached ? 0 : -nearest;
  return found;
}

}  // namespace chasqui::compress
