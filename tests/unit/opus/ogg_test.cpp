#include "opus/decoder.hpp"
#include "opus/inspect.hpp"
#include "opus/ogg_pages.hpp"
#include "opus/ogg_reader.hpp"
#include "opus/ogg_writer.hpp"
#include "unit/opus/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ogg/ogg.h>

#include <algorithm>
#include <random>

namespace chasqui::opus {
namespace {

using Bytes = std::vector<std::uint8_t>;

OggPages::Source source_of(const Bytes& file, std::size_t step = 4096) {
  return [&file, step, at = std::size_t{0}](std::span<std::byte> out) mutable -> Result<std::size_t> {
    const std::size_t count = std::min({out.size(), step, file.size() - at});
    std::ranges::copy(std::as_bytes(std::span(file)).subspan(at, count), out.begin());
    at += count;
    return count;
  };
}

Result<OggOpusReader> open(const Bytes& file, std::size_t step = 4096) {
  return OggOpusReader::open(source_of(file, step), "test.opus");
}

struct Content {
  std::vector<AudioPacket> packets;
  ReadStats stats;
  std::int64_t kept = 0;
};

Content read_all(OggOpusReader reader) {
  Content content;
  while (auto packet = reader.next().value()) {
    content.kept += packet->keep;
    content.packets.push_back(std::move(*packet));
  }
  content.stats = reader.stats();
  return content;
}

/// Begin and size of each page.
std::vector<std::pair<std::size_t, std::size_t>> page_places(const Bytes& file) {
  std::vector<std::pair<std::size_t, std::size_t>> places;
  OggPages pages(source_of(file));
  std::size_t at = 0;
  while (const auto page = pages.next().value()) {
    places.emplace_back(at, page->bytes);
    at += page->bytes;
  }
  return places;
}

/// Recomputes the checksum of the page at `place` after its bytes were changed.
void fix_checksum(Bytes& file, std::pair<std::size_t, std::size_t> place) {
  const std::size_t header = 27U + file[place.first + 26];
  ogg_page page{file.data() + place.first, static_cast<long>(header), file.data() + place.first + header,
                static_cast<long>(place.second - header)};
  ogg_page_checksum_set(&page);
}

/// A page with one packet, as another program might write it.
Bytes raw_page(const Bytes& body, std::uint8_t flags, std::int64_t granule, std::uint32_t serial, std::uint32_t number,
               std::optional<Bytes> lacing = std::nullopt) {
  if (!lacing) {
    lacing = Bytes(body.size() / 255, 255);
    lacing->push_back(static_cast<std::uint8_t>(body.size() % 255));
  }
  Bytes page{'O', 'g', 'g', 'S', 0, flags};
  const auto put = [&](std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) page.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  };
  put(static_cast<std::uint64_t>(granule), 8);
  put(serial, 4);
  put(number, 4);
  put(0, 4);
  page.push_back(static_cast<std::uint8_t>(lacing->size()));
  page.insert(page.end(), lacing->begin(), lacing->end());
  page.insert(page.end(), body.begin(), body.end());
  fix_checksum(page, {0, page.size()});
  return page;
}

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

constexpr std::uint8_t continued = 1;
constexpr std::uint8_t first = 2;
constexpr std::uint8_t last = 4;

Bytes head_page(std::uint32_t serial = 7) {
  return raw_page(serialize(OpusHead{.pre_skip = 312, .input_sample_rate_hz = 48'000}), first, 0, serial, 0);
}
Bytes tags_page(std::uint32_t serial = 7) {
  return raw_page(serialize(Comments{"v", {}}), 0, 0, serial, 1);
}

class OggFile : public testing::Test {
 protected:
  static constexpr std::int64_t length = 48'000 * 3 + 1'234;
  const std::vector<std::int16_t> pcm_ = test::voice(length);
  const std::vector<Packet> packets_ = join_packets(test::encode_whole(pcm_, {.bitrate_kbps = 8}));
  const Bytes file_ = test::ogg_file(packets_, length);
};

TEST_F(OggFile, GivesBackWhatWasWritten) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{100}, std::size_t{4096}}) {
    auto reader = open(file_, step).value();
    EXPECT_EQ(reader.head().pre_skip, encoder_lookahead());
    EXPECT_EQ(reader.head().channels, 1);
    EXPECT_EQ(reader.comments(), (Comments{"vendor", {"TITLE=Title"}}));
    const Content content = read_all(std::move(reader));
    ASSERT_EQ(content.packets.size(), packets_.size());
    for (std::size_t i = 0; i < packets_.size(); ++i) {
      EXPECT_EQ(content.packets[i].bytes, packets_[i].bytes);
      EXPECT_EQ(content.packets[i].samples, packets_[i].samples);
      EXPECT_EQ(content.packets[i].lost, 0);
    }
    EXPECT_EQ(content.kept, length + encoder_lookahead());
    EXPECT_EQ(content.stats.bytes, static_cast<std::int64_t>(file_.size()));
    EXPECT_EQ(content.stats.pages, 3);
    EXPECT_FALSE(content.stats.truncated);
    EXPECT_FALSE(content.stats.chained);
    EXPECT_EQ(content.stats.skipped_bytes, 0);
  }
}

TEST_F(OggFile, IsDeterministic) {
  EXPECT_EQ(test::ogg_file(packets_, length), file_);
}

TEST(OggWriter, EndsExactlyForManyLengths) {
  const auto pcm = test::voice(20'000);
  for (std::int64_t length = 1; length <= 20'000; length += 487) {
    const auto packets = join_packets(test::encode_whole(std::span(pcm).first(static_cast<std::size_t>(length)),
                                                         {.bitrate_kbps = 8, .complexity = 0}));
    std::int64_t heard = 0;
    const auto report = decode_stream(open(test::ogg_file(packets, length)).value(), {},
                                      FloatSink([&](std::span<const float> sound) { heard += std::ssize(sound); }));
    EXPECT_EQ(report.value().samples, length);
    EXPECT_EQ(heard, length);
  }
}

TEST(OggWriter, FillsPages) {
  // Large packets need several lacing values and run over page ends.
  const auto pcm = test::voice(48'000 * 40);
  for (const double kbps : {8.0, 64.0}) {
    EncoderSettings settings{.bitrate_kbps = kbps, .complexity = 0};
    if (kbps > 20) settings = {.bitrate_kbps = kbps, .bandwidth = Bandwidth::full, .mode = Mode::celt, .complexity = 0};
    const auto file = test::ogg_file(join_packets(test::encode_whole(pcm, settings)), 48'000 * 40);
    OggPages pages(source_of(file));
    std::vector<OggPage> all;
    std::uint32_t number = 0;
    std::int64_t granule = 0;
    while (const auto page = pages.next().value()) {
      EXPECT_EQ(page->number, number++);
      if (page->number >= 2) {
        if (!page->ends_stream) {
          EXPECT_EQ(page->lacing.size(), 255U);
        }
        EXPECT_GT(page->granule, granule);
        granule = page->granule;
      }
      all.push_back(*page);
    }
    EXPECT_EQ(granule, 48'000 * 40 + encoder_lookahead());
    EXPECT_TRUE(all.back().ends_stream);
    EXPECT_EQ(pages.bytes_skipped(), 0);
  }
}

TEST(OggWriter, LargeCommentsSpanPagesWithoutGranule) {
  const Comments comments{"v", {"METADATA_BLOCK_PICTURE=" + std::string(200'000, 'A')}};
  const auto pcm = test::voice(48'000);
  const auto file = test::ogg_file(test::encode_whole(pcm, {}), 48'000, comments);
  OggPages pages(source_of(file));
  std::vector<std::int64_t> granules;
  while (const auto page = pages.next().value()) granules.push_back(page->granule);
  EXPECT_THAT(granules, testing::ElementsAre(0, -1, -1, -1, 0, 48'000 + encoder_lookahead()));
  EXPECT_EQ(open(file).value().comments(), comments);
}

TEST(OggWriter, RefusesWhatCannotBeRight) {
  const auto packets = test::encode_whole(test::voice(5'760), {});
  EXPECT_THROW(test::ogg_file(packets, 0), Failure);        // ends long before the last packet
  EXPECT_THROW(test::ogg_file(packets, 100'000), Failure);  // longer than what is there
  EXPECT_THROW(test::ogg_file({}, 0), Failure);
  EXPECT_THROW(test::ogg_file(std::vector<Packet>{{packets[0].bytes, 960}}, 500), Failure);
}

TEST_F(OggFile, SurvivesTruncationAtEveryByte) {
  const std::size_t headers = page_places(file_)[2].first;
  for (std::size_t size = 0; size < file_.size(); ++size) {
    const Bytes part(file_.begin(), file_.begin() + static_cast<std::ptrdiff_t>(size));
    auto reader = open(part);
    ASSERT_EQ(reader.has_value(), size >= headers) << size;
    if (!reader) {
      EXPECT_EQ(reader.error().code, size == 0                            ? Errc::input_empty
                                     : size < page_places(file_)[1].first ? Errc::input_unsupported
                                                                          : Errc::input_corrupt);
      continue;
    }
    const auto content = read_all(std::move(*reader));
    EXPECT_TRUE(content.stats.truncated);
    EXPECT_EQ(content.packets.size(), 0U);
  }
}

TEST_F(OggFile, SurvivesFlippedBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 400; ++round) {
    Bytes damaged = file_;
    for (int i = 0; i < 1 + round % 5; ++i)
      damaged[random() % damaged.size()] ^= static_cast<std::uint8_t>(1 + random() % 255);
    auto reader = open(damaged);
    if (reader) {
      EXPECT_LE(read_all(std::move(*reader)).kept, 48'000 * 4);
    }
  }
}

TEST_F(OggFile, SurvivesFlippedBytesUnderGoodChecksums) {
  const auto places = page_places(file_);
  std::mt19937 random(2);
  for (int round = 0; round < 400; ++round) {
    Bytes damaged = file_;
    const auto& place = places[random() % places.size()];
    const std::size_t header = 27U + damaged[place.first + 26];
    // Anywhere but the segment table, whose sum must fit the page.
    const std::size_t at = random() % 2 == 0 ? 5 + random() % 17 : header + random() % (place.second - header);
    damaged[place.first + at] = static_cast<std::uint8_t>(random());
    fix_checksum(damaged, place);
    auto reader = open(damaged);
    if (!reader) continue;
    std::int64_t heard = 0;
    const auto report =
        decode_stream(std::move(*reader), {}, FloatSink([&](std::span<const float> s) { heard += std::ssize(s); }));
    ASSERT_TRUE(report);
    EXPECT_LE(heard, std::int64_t{48'000} * 3'700 * 2);
  }
}

TEST(OggReader, MissingPageIsConcealedInPlace) {
  const std::int64_t length = 48'000 * 70;
  const auto pcm = test::voice(length);
  Bytes file = test::ogg_file(join_packets(test::encode_whole(pcm, {.bitrate_kbps = 7, .complexity = 0})), length);
  const auto places = page_places(file);
  ASSERT_EQ(places.size(), 5U);
  file.erase(file.begin() + static_cast<std::ptrdiff_t>(places[3].first),
             file.begin() + static_cast<std::ptrdiff_t>(places[3].first + places[3].second));
  std::int64_t heard = 0;
  const auto report =
      decode_stream(open(file).value(), {}, FloatSink([&](std::span<const float> s) { heard += std::ssize(s); }));
  // The granule of the last page says where the stream ends, not where its packets begin, so the trimmed samples of the
  // last packet shift into the hole: the place is right to within one packet, the length nearly.
  EXPECT_EQ(report->container.holes, 1);
  EXPECT_EQ(report->concealed_packets, 0);
  EXPECT_NEAR(static_cast<double>(report->concealed_samples), 255 * 5'760, 5'760);
  EXPECT_NEAR(static_cast<double>(heard), static_cast<double>(length), 5'760);
}

TEST_F(OggFile, IgnoresOtherStreams) {
  const auto places = page_places(file_);
  const auto page = [&](std::size_t i) {
    return Bytes(file_.begin() + static_cast<std::ptrdiff_t>(places[i].first),
                 file_.begin() + static_cast<std::ptrdiff_t>(places[i].first + places[i].second));
  };
  const Bytes other = raw_page({0x01, 'v', 'o', 'r', 'b', 'i', 's'}, first, 0, 99, 0);
  const Bytes data = raw_page(Bytes(500, 1), 0, 1'000, 99, 1);
  for (const Bytes& mixed :
       {other + page(0) + data + page(1) + data + page(2) + data, page(0) + other + page(1) + data + page(2)}) {
    const auto content = read_all(open(mixed).value());
    EXPECT_EQ(content.packets.size(), packets_.size());
    EXPECT_GE(content.stats.foreign_pages, 2);
    EXPECT_FALSE(content.stats.truncated);
    EXPECT_FALSE(content.stats.chained);
  }
}

TEST_F(OggFile, ReadsTheFirstLinkOfAChain) {
  const auto content = read_all(open(file_ + file_).value());
  EXPECT_EQ(content.packets.size(), packets_.size());
  EXPECT_TRUE(content.stats.chained);
  EXPECT_FALSE(content.stats.truncated);
}

TEST_F(OggFile, SkipsWhatPrecedesThePages) {
  const auto content = read_all(open(Bytes(3'000, 'x') + file_).value());
  EXPECT_EQ(content.packets.size(), packets_.size());
  EXPECT_EQ(content.stats.skipped_bytes, 3'000);
}

TEST_F(OggFile, AnEmptyLastPageMayTrim) {
  Bytes file = head_page() + tags_page();
  std::int64_t granule = 0;
  std::uint32_t number = 2;
  for (const auto& packet : packets_) file = file + raw_page(packet.bytes, 0, granule += packet.samples, 7, number++);
  const auto content = read_all(open(file + raw_page({}, last, granule - 1'000, 7, number, Bytes{})).value());
  EXPECT_EQ(content.stats.end_trim, 1'000);
  EXPECT_EQ(content.packets.back().keep, packets_.back().samples - 1'000);
}

TEST_F(OggFile, StreamCutOutOfALongerOneBeginsLater) {
  const std::int64_t granule = 1'000'000 + packets_[0].samples;
  const auto content = read_all(open(head_page() + tags_page() + raw_page(packets_[0].bytes, 0, granule, 7, 9) +
                                     raw_page(packets_[1].bytes, last, granule + packets_[1].samples, 7, 10))
                                    .value());
  EXPECT_EQ(content.stats.start_granule, 1'000'000);
  EXPECT_EQ(content.kept, packets_[0].samples + packets_[1].samples);
}

TEST(OggReader, NamesWhatIsWrong) {
  const Bytes head = serialize(OpusHead{.pre_skip = 312});
  const auto changed = [&](std::size_t at, std::uint8_t value) {
    Bytes packet = head;
    packet[at] = value;
    return raw_page(packet, first, 0, 7, 0) + tags_page();
  };
  struct Row {
    Bytes file;
    Errc code;
    const char* words;
  };
  const std::vector<Row> rows{
      {{}, Errc::input_empty, "empty"},
      {Bytes(5'000, 'x'), Errc::input_unsupported, "not an Ogg file"},
      {Bytes(2'000'000, 'x') + head_page(), Errc::input_unsupported, "not an Ogg file"},
      {changed(8, 16), Errc::input_unsupported, "version 16"},
      {changed(9, 0), Errc::input_corrupt, "no channels"},
      {changed(9, 3), Errc::input_corrupt, "3 channels"},
      {changed(18, 1), Errc::input_unsupported, "family 1"},
      {raw_page(Bytes(head.begin(), head.begin() + 18), first, 0, 7, 0), Errc::input_corrupt, "18 bytes"},
      {raw_page({0x01, 'v', 'o', 'r', 'b', 'i', 's'}, first, 0, 1, 0) + raw_page({1}, 0, 0, 1, 1),
       Errc::input_unsupported, "Vorbis"},
      {raw_page({0x7f, 'F', 'L', 'A', 'C'}, first, 0, 1, 0), Errc::input_unsupported, "FLAC"},
      {tags_page(), Errc::input_corrupt, "does not begin"},
      {head_page(), Errc::input_corrupt, "ends before"},
      {head_page() + raw_page(head, first, 0, 7, 0), Errc::input_corrupt, "same serial"},
      {head_page() + raw_page({'x'}, 0, 0, 7, 1), Errc::input_corrupt, "OpusTags"},
      {head_page() + raw_page({}, last, 0, 7, 1, Bytes{}), Errc::input_corrupt, "before its comment header"},
      {head_page() + raw_page(Bytes(510, 'x'), 0, -1, 7, 1, Bytes{255, 255}) +
           raw_page(Bytes(9, 'x'), continued, 0, 7, 3),
       Errc::input_corrupt, "damaged"}};
  for (const auto& row : rows) {
    const auto reader = open(row.file);
    ASSERT_FALSE(reader) << row.words;
    EXPECT_EQ(reader.error().code, row.code) << row.words;
    EXPECT_THAT(reader.error().message,
                testing::AllOf(testing::StartsWith("test.opus: "), testing::HasSubstr(row.words)));
  }
  EXPECT_EQ(OggOpusReader::open("/nonexistent/x.opus").error().code, Errc::input_missing);
  EXPECT_EQ(OggOpusReader::open("/").error().code, Errc::input_unreadable);
}

TEST(OggReader, PassesOnWhatTheSourceSays) {
  const auto broken = OggOpusReader::open(
      [](std::span<std::byte>) -> Result<std::size_t> { return std::unexpected(Error{Errc::cancelled, "stopped"}); },
      "x");
  EXPECT_EQ(broken.error().code, Errc::cancelled);
}

TEST(OggReader, NeverHoldsAPacketOverItsLimit) {
  // An audio packet of 130 KiB over two pages is dropped, the next one is read.
  const auto packet = test::encode_whole(test::voice(2'000), {}).front();
  const Bytes full(255 * 255, 0x18);
  const auto all = Bytes(255, 255);
  const auto content = read_all(
      open(head_page() + tags_page() + raw_page(full, 0, -1, 7, 2, all) + raw_page(full, continued, -1, 7, 3, all) +
           raw_page({0x18, 1}, continued, 2'880, 7, 4) + raw_page(packet.bytes, last, 5'760, 7, 5))
          .value());
  ASSERT_EQ(content.packets.size(), 1U);
  EXPECT_EQ(content.packets[0].bytes, packet.bytes);
  EXPECT_EQ(content.stats.broken_packets, 1);
  // The same for comments: more than 8 MiB of them.
  Bytes endless = head_page();
  for (std::uint32_t i = 0; i < 140; ++i) endless = endless + raw_page(full, i == 0 ? 0 : continued, -1, 7, 1 + i, all);
  EXPECT_THAT(open(endless).error().message, testing::HasSubstr("8 MiB"));
}

TEST_F(OggFile, InspectionAddsUp) {
  const auto facts = inspect(open(file_).value(), 1.0).value();
  EXPECT_EQ(facts.samples, length);
  EXPECT_EQ(facts.container.packets, std::ssize(packets_));
  std::int64_t payload = 0;
  for (const auto& packet : packets_) payload += std::ssize(packet.bytes);
  EXPECT_EQ(facts.container_bytes, std::ssize(file_) - payload);
  EXPECT_DOUBLE_EQ(facts.mode_share[static_cast<std::size_t>(Mode::silk)], 1);
  EXPECT_DOUBLE_EQ(facts.bandwidth_share[static_cast<std::size_t>(Bandwidth::narrow)], 1);
  EXPECT_THAT(facts.frame_share, testing::ElementsAre(testing::Pair(2'880, 1.0)));
  EXPECT_EQ(facts.frames_per_packet.at(2),
            packets_.back().samples == 5'760 ? std::ssize(packets_) : std::ssize(packets_) - 1);
  EXPECT_NEAR(facts.average_kbps, static_cast<double>(file_.size()) * 8 / 1000 / (static_cast<double>(length) / 48'000),
              1e-9);
  double seconds = 0;
  double bits = 0;
  for (const auto& point : facts.rate) {
    EXPECT_DOUBLE_EQ(point.begin_seconds, seconds);
    seconds += point.seconds;
    bits += point.kbps * point.seconds;
  }
  EXPECT_EQ(facts.rate.size(), 3U);
  EXPECT_NEAR(bits * 1000 / 8, static_cast<double>(payload), 1e-6);
  EXPECT_EQ(inspect(open(head_page() + tags_page()).value()).error().code, Errc::input_empty);
}

}  // namespace
}  // namespace chasqui::opus
