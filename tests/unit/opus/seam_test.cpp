#include "opus/decoder.hpp"
#include "unit/opus/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace chasqui::opus {
namespace {

constexpr std::size_t segment = 5'760 * 17;  // 2 s, which falls into syllables as well as pauses
constexpr std::size_t segments = 12;  // SILK is chaotic: with half of them their noise depends by 2 dB on a rounding

/// Each segment by an encoder of its own, primed or not, joined into one stream.
std::vector<Packet> piecewise(std::span<const std::int16_t> pcm, const std::vector<EncoderSettings>& settings,
                              bool primed) {
  std::vector<Packet> all;
  for (std::size_t i = 0; i < segments; ++i) {
    const std::size_t begin = i * segment;
    const std::size_t priming = primed ? std::min<std::size_t>(begin, priming_samples) : 0;
    const auto& before = settings[(i + settings.size() - 1) % settings.size()];
    const auto& now = settings[i % settings.size()];
    const bool changes = before.mode != now.mode || before.bandwidth != now.bandwidth;
    const auto packets = encode_segment(pcm.subspan(begin - priming, priming), pcm.subspan(begin, segment), now,
                                        changes ? Onset::fresh : Onset::continuing);
    all.insert(all.end(), packets.begin(), packets.end());
  }
  return join_packets(all);
}

/// Energy of the difference to the original, aligned by the lookahead, over energy of the original, in dB; within
/// `reach` samples after each seam, or everywhere else.
struct Noise {
  double at_seams_db;
  double elsewhere_db;
  double largest_step;  ///< between neighbouring samples within 2.5 ms of a seam, over the largest elsewhere
};

Noise noise(std::span<const std::int16_t> pcm, const std::vector<float>& sound) {
  constexpr std::size_t reach = 2'880;
  const auto lag = static_cast<std::size_t>(encoder_lookahead());
  double error[2] = {0, 0};
  double energy[2] = {1, 1};
  double step[2] = {0, 0};
  for (std::size_t n = segment - reach; n + 1 + lag < sound.size(); ++n) {
    const std::size_t place = n % segment;
    const std::size_t near = place < reach ? 1 : 0;
    const double original = pcm[n];
    error[near] += std::pow(sound[n + lag] * 32'768 - original, 2);
    energy[near] += original * original;
    const std::size_t edge = place < 120 || place > segment - 120 ? 1 : 0;
    step[edge] = std::max(step[edge], static_cast<double>(std::abs(sound[n + lag + 1] - sound[n + lag])));
  }
  return {10 * std::log10(error[1] / energy[1]), 10 * std::log10(error[0] / energy[0]), step[1] / step[0]};
}

class Seams : public testing::Test {
 protected:
  const std::vector<std::int16_t> pcm_ = test::voice(segment * segments);

  [[nodiscard]] Noise measure(const std::vector<EncoderSettings>& settings, bool primed) const {
    return noise(pcm_, decode_packets(piecewise(pcm_, settings, primed), {}).value());
  }
};

TEST_F(Seams, AreNotHeard) {
  const std::vector<EncoderSettings> rows{
      {.bitrate_kbps = 8, .mode = Mode::silk},
      {.bitrate_kbps = 8, .mode = Mode::silk, .frame_ms = 20},
      {.bitrate_kbps = 8, .mode = Mode::silk, .frame_ms = 40},
      {.bitrate_kbps = 14, .bandwidth = Bandwidth::wide, .mode = Mode::silk},
      {.bitrate_kbps = 24, .bandwidth = Bandwidth::full, .mode = Mode::hybrid},
      {.bitrate_kbps = 32, .bandwidth = Bandwidth::full, .mode = Mode::celt, .signal = Signal::music}};
  for (const auto& settings : rows) {
    const auto whole = decode_packets(join_packets(encode_segment({}, pcm_, settings)), {}).value();
    const Noise one = noise(pcm_, whole);
    const Noise many = measure({settings}, true);
    SCOPED_TRACE(testing::Message() << name(settings.mode) << ' ' << settings.frame_ms << " ms: one encoder "
                                    << one.at_seams_db << " dB at the seams, " << one.elsewhere_db
                                    << " elsewhere; many " << many.at_seams_db << ", " << many.elsewhere_db << "; step "
                                    << many.largest_step);
    EXPECT_LT(many.at_seams_db, one.at_seams_db + 1.5);
    EXPECT_LT(many.elsewhere_db, one.elsewhere_db + 0.5);
    EXPECT_LT(many.largest_step, 1);
  }
}

TEST_F(Seams, PrimingIsWhatMakesThemSo) {
  const EncoderSettings settings{.bitrate_kbps = 8, .mode = Mode::silk};
  EXPECT_GT(measure({settings}, false).at_seams_db, measure({settings}, true).at_seams_db + 0.5);
}

TEST_F(Seams, MayChangeTheSettings) {
  const std::vector<EncoderSettings> silk{{.bitrate_kbps = 7, .mode = Mode::silk},
                                          {.bitrate_kbps = 12, .mode = Mode::silk},
                                          {.bitrate_kbps = 9, .mode = Mode::silk, .frame_ms = 20}};
  const std::vector<EncoderSettings> all{
      {.bitrate_kbps = 8, .mode = Mode::silk},
      {.bitrate_kbps = 16, .bandwidth = Bandwidth::wide, .mode = Mode::silk, .frame_ms = 40},
      {.bitrate_kbps = 32, .bandwidth = Bandwidth::full, .mode = Mode::celt, .signal = Signal::music},
      {.bitrate_kbps = 24, .bandwidth = Bandwidth::full, .mode = Mode::hybrid, .frame_ms = 20}};
  for (const auto& settings : {silk, all}) {
    const auto packets = piecewise(pcm_, settings, true);
    std::int64_t samples = 0;
    for (const auto& packet : packets) samples += packet.samples;
    EXPECT_EQ(samples, std::ssize(pcm_));
    const Noise found = noise(pcm_, decode_packets(packets, {}).value());
    SCOPED_TRACE(testing::Message() << found.at_seams_db << " dB at the seams, " << found.elsewhere_db
                                    << " elsewhere; step " << found.largest_step);
    EXPECT_LT(found.at_seams_db, found.elsewhere_db + 3);
    EXPECT_LT(found.largest_step, 1);
  }
}

TEST_F(Seams, DoNotShiftTheSound) {
  // The correlation with the original is largest at the lookahead in every segment.
  const auto sound = decode_packets(piecewise(pcm_, {{.bitrate_kbps = 12, .mode = Mode::silk}}, true), {}).value();
  for (std::size_t i = 0; i < segments; ++i) {
    double best = 0;
    int best_lag = -1;
    for (int lag = 280; lag < 345; ++lag) {
      double sum = 0;
      for (std::size_t n = i * segment; n < (i + 1) * segment - 400; ++n)
        sum += pcm_[n] * static_cast<double>(sound[n + static_cast<std::size_t>(lag)]);
      if (sum > best) {
        best = sum;
        best_lag = lag;
      }
    }
    EXPECT_NEAR(best_lag, encoder_lookahead(), 3) << i;  // 0.06 ms: a narrowband peak is broad
  }
}

TEST(Features, AreUsedOnlyWhereTheyExist) {
  const DecoderFeatures features = decoder_features();
  const auto pcm = test::voice(48'000);
  const auto packets =
      encode_segment({}, std::span(pcm).first(2'880 * 16), {.bitrate_kbps = 9, .bandwidth = Bandwidth::wide});
  const auto stock = decode_packets(packets, {}).value();
  struct Row {
    ListenerDecoder listener;
    bool exists;
  };
  for (const auto& [listener, exists] : {Row{{.enhancement = Enhancement::lace}, features.lace},
                                         Row{{.enhancement = Enhancement::nolace}, features.nolace},
                                         Row{{.bandwidth_extension = true}, features.bandwidth_extension}}) {
    const auto sound = decode_packets(packets, listener);
    ASSERT_EQ(sound.has_value(), exists);
    if (exists) {
      EXPECT_EQ(sound->size(), stock.size());
      EXPECT_NE(*sound, stock);
    } else {
      EXPECT_EQ(sound.error().code, Errc::unavailable);
    }
  }
}

TEST(Gain, IsThatOfTheHeader) {
  const auto pcm = test::voice(48'000);
  const auto packets = encode_segment({}, std::span(pcm).first(2'880 * 16), {});
  auto plain = PacketDecoder::create({}).value();
  auto louder = PacketDecoder::create({}, 1, 256 * 6).value();
  std::vector<float> one;
  std::vector<float> other;
  for (const auto& packet : packets) {
    ASSERT_TRUE(plain.decode(packet.bytes, one));
    ASSERT_TRUE(louder.decode(packet.bytes, other));
  }
  for (std::size_t i = 0; i < one.size(); ++i) ASSERT_NEAR(other[i], one[i] * std::pow(10, 6.0 / 20), 1e-3);
}

TEST(Concealment, KeepsTheTime) {
  const auto pcm = test::voice(48'000);
  const auto packets = encode_segment({}, std::span(pcm).first(2'880 * 16), {});
  auto decoder = PacketDecoder::create({}).value();
  std::vector<std::int16_t> out;
  EXPECT_TRUE(decoder.decode(packets[0].bytes, out));
  EXPECT_FALSE(decoder.decode({}, out));
  const std::vector<std::uint8_t> invalid{3 << 3 | 1, 1, 2, 3};  // two equal frames in three bytes
  EXPECT_FALSE(decoder.decode(invalid, out));
  EXPECT_EQ(out.size(), 2'880U + 5'760U);
  decoder.conceal(12'345, out);
  decoder.conceal(std::int64_t{48'000} * 3, out);
  EXPECT_EQ(out.size(), 2'880U + 5'760U + 12'345U + 144'000U);
}

}  // namespace
}  // namespace chasqui::opus
