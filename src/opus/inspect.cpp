#include "opus/inspect.hpp"

#include "core/pcm.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace chasqui::opus {
namespace {

double to_seconds(std::int64_t samples) {
  return static_cast<double>(samples) / core::sample_rate_hz;
}

double kbps(std::int64_t bytes, double seconds) {
  return seconds > 0 ? static_cast<double>(bytes) * 8 / 1000 / seconds : 0;
}

/// Collects stretches of a given length; a packet counts where it begins.
class RateCurve {
 public:
  explicit RateCurve(std::int64_t step) : step_(step) {}

  void add(const PacketView& packet, std::size_t bytes) {
    if (samples_ >= step_) close();
    bytes_ += static_cast<std::int64_t>(bytes);
    samples_ += packet.samples();
    mode_[static_cast<std::size_t>(packet.toc.mode)] += packet.samples();
    bandwidth_[static_cast<std::size_t>(packet.toc.bandwidth)] += packet.samples();
  }

  std::vector<RatePoint> finish() {
    if (samples_ > 0) close();
    return std::move(points_);
  }

 private:
  template <std::size_t size>
  static std::size_t largest(const std::array<std::int64_t, size>& values) {
    return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
  }

  void close() {
    points_.push_back({.begin_seconds = to_seconds(begin_),
                       .seconds = to_seconds(samples_),
                       .kbps = kbps(bytes_, to_seconds(samples_)),
                       .mode = static_cast<Mode>(largest(mode_)),
                       .bandwidth = static_cast<Bandwidth>(largest(bandwidth_))});
    begin_ += samples_;
    samples_ = 0;
    bytes_ = 0;
    mode_ = {};
    bandwidth_ = {};
  }

  std::int64_t step_;
  std::int64_t begin_ = 0;
  std::int64_t samples_ = 0;
  std::int64_t bytes_ = 0;
  std::array<std::int64_t, 4> mode_{};
  std::array<std::int64_t, 5> bandwidth_{};
  std::vector<RatePoint> points_;
};

/// Counts in samples; divided into shares at the end.
struct Totals {
  std::int64_t time = 0;
  std::int64_t silent = 0;
  std::int64_t stereo = 0;
  std::array<std::int64_t, 4> mode{};
  std::array<std::int64_t, 5> bandwidth{};
  std::map<int, std::int64_t> frame;

  void add(const PacketView& packet) {
    const int samples = packet.samples();
    time += samples;
    mode[static_cast<std::size_t>(packet.toc.mode)] += samples;
    bandwidth[static_cast<std::size_t>(packet.toc.bandwidth)] += samples;
    frame[packet.toc.frame_samples] += samples;
    if (packet.toc.stereo) stereo += samples;
    silent += packet.toc.frame_samples * std::ranges::count_if(packet.frames, [](auto f) { return f.size() <= 1; });
  }

  void to_shares(Inspection& facts) const {
    const auto share = [&](std::int64_t samples) { return static_cast<double>(samples) / static_cast<double>(time); };
    std::ranges::transform(mode, facts.mode_share.begin(), share);
    std::ranges::transform(bandwidth, facts.bandwidth_share.begin(), share);
    for (const auto& [samples, sum] : frame) facts.frame_share[samples] = share(sum);
    facts.dtx_share = share(silent);
    facts.stereo_share = share(stereo);
  }
};

void conclude(Inspection& facts, const OggOpusReader& reader, std::int64_t kept) {
  facts.container = reader.stats();
  facts.samples = std::max<std::int64_t>(kept - facts.head.pre_skip, 0);
  facts.seconds = to_seconds(facts.samples);
  facts.average_kbps = kbps(facts.container.bytes, facts.seconds);
  facts.packets_kbps = kbps(facts.container.packet_bytes, facts.seconds);
  facts.container_bytes = facts.container.bytes - facts.container.packet_bytes;
  facts.container_share = static_cast<double>(facts.container_bytes) / static_cast<double>(facts.container.bytes);
}

}  // namespace

Result<Inspection> inspect(OggOpusReader reader, double step_seconds) {
  constexpr std::int64_t longest_packet = 5'760;
  const double step = std::clamp(step_seconds * core::sample_rate_hz, double{longest_packet}, 1e12);
  Inspection facts;
  facts.head = reader.head();
  facts.comments = reader.comments();
  facts.serial = reader.serial();
  RateCurve curve(std::llround(step));
  Totals totals;
  std::int64_t kept = 0;
  for (;;) {
    const auto next = reader.next();
    if (!next) return std::unexpected(next.error());
    const auto& packet = *next;
    if (!packet) break;
    const auto& bytes = packet->bytes;
    kept += packet->keep;
    facts.lost_samples += packet->lost;
    const auto view = parse_packet(bytes);
    if (!view) {
      ++facts.invalid_packets;
      continue;
    }
    curve.add(*view, bytes.size());
    totals.add(*view);
    ++facts.frames_per_packet[static_cast<int>(view->frames.size())];
    facts.smallest_packet =
        totals.time == view->samples() ? bytes.size() : std::min(facts.smallest_packet, bytes.size());
    facts.largest_packet = std::max(facts.largest_packet, bytes.size());
  }
  if (totals.time == 0) return std::unexpected(Error{Errc::input_empty, "the Opus stream has no sound"});
  conclude(facts, reader, kept);
  totals.to_shares(facts);
  facts.rate = curve.finish();
  return facts;
}

}  // namespace chasqui::opus
