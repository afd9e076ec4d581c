#include "opus/pieces.hpp"

#include "opus/decoder.hpp"
#include "support.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace chasqui::opus::test {
namespace {

constexpr std::int64_t second = core::sample_rate_hz;

OggOpusReader reader_of(const std::vector<std::uint8_t>& file) {
  auto source = [&file, at = std::size_t{0}](std::span<std::byte> out) mutable -> Result<std::size_t> {
    const auto size = std::min(out.size(), file.size() - at);
    std::memcpy(out.data(), file.data() + at, size);
    at += size;
    return size;
  };
  return value_or_throw(OggOpusReader::open(std::move(source), "memory"));
}

std::vector<std::int16_t> sound_of(const std::vector<std::uint8_t>& file) {
  std::vector<std::int16_t> sound;
  const auto take = [&](std::span<const std::int16_t> part) { sound.insert(sound.end(), part.begin(), part.end()); };
  value_or_throw(decode_stream(reader_of(file), {}, take));
  return sound;
}

std::vector<std::vector<std::uint8_t>> cut(const std::vector<std::uint8_t>& file, std::span<const Piece> pieces) {
  std::vector<std::vector<std::uint8_t>> files(pieces.size());
  value_or_throw(cut_pieces(reader_of(file), pieces, 1, pieces.size(), [&](std::size_t i) {
    return [&to = files[i]](std::span<const std::byte> bytes) {
      const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
      to.insert(to.end(), data, data + bytes.size());
    };
  }));
  return files;
}

std::vector<std::uint8_t> made(std::int64_t length, const Comments& comments = {"vendor", {"TITLE=Title"}}) {
  const auto packets = encode_whole(voice(static_cast<std::size_t>(length)), {.bitrate_kbps = 8});
  return ogg_file(packets, length, comments);
}

TEST(Chapters, AreReadAsTheyAreWritten) {
  const std::vector<ChapterMark> marks{{0, 0, "Uno"}, {70 * second, 0, "Dos"}, {3 * 3600 * second + 480, 0, "Tres"}};
  const auto read = chapters({"", comment_lines({}, marks)});
  ASSERT_EQ(read.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read[i].begin, marks[i].begin);
    EXPECT_EQ(read[i].title, marks[i].title);
  }
  EXPECT_EQ(read[0].end, 70 * second);
}

TEST(Chapters, NonsenseIsPassedOver) {
  const Comments comments{"",
                          {"CHAPTER000=nada", "CHAPTER001=00:00:70", "CHAPTER002=0x:00:01.000", "CHAPTER003NAME=x",
                           "CHAPTER=00:00:01.000", "CHAPTER004=00:00:02.000", "CHAPTER005=00:00:01.500"}};
  const auto read = chapters(comments);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].begin, second * 3 / 2);
  EXPECT_EQ(read[0].end, 2 * second);
}

struct Plan {
  const char* name;
  std::int64_t seconds;
  std::vector<ChapterMark> chapters;
  std::vector<std::int64_t> pauses;  // in seconds
  std::vector<Piece> pieces;         // in seconds
};

TEST(PlanPieces, Table) {
  const std::vector<Plan> plans{
      {"short", 100, {}, {50}, {{0, 100, "T"}}},
      {"divided evenly at pauses",
       600,
       {},
       {195, 204, 390, 409},
       {{0, 204, "T (1/3)"}, {204, 409, "T (2/3)"}, {409, 600, "T (3/3)"}}},
      {"no pause near", 500, {}, {10, 230}, {{0, 250, "T (1/2)"}, {250, 500, "T (2/2)"}}},
      {"chapters",
       500,
       {{0, 0, "A"}, {100, 0, "B"}},
       {295},
       {{0, 100, "A"}, {100, 295, "B (1/2)"}, {295, 500, "B (2/2)"}}},
      {"before the first chapter", 100, {{40, 0, "A"}}, {}, {{0, 40, "T"}, {40, 100, "A"}}},
      {"one that lasts no time, one behind the end",
       100,
       {{0, 0, "A"}, {0, 0, "B"}, {100, 0, "C"}},
       {},
       {{0, 100, "B"}}},
      {"a chapter without name", 100, {{0, 0, ""}, {50, 0, "B"}}, {}, {{0, 50, "T"}, {50, 100, "B"}}},
  };
  for (auto plan : plans) {
    for (auto& chapter : plan.chapters) chapter.begin *= second;
    for (auto& pause : plan.pauses) pause *= second;
    for (auto& piece : plan.pieces) piece = {piece.begin * second, piece.end * second, piece.title};
    EXPECT_EQ(plan_pieces(plan.seconds * second, plan.chapters, plan.pauses, "T"), plan.pieces) << plan.name;
  }
}

TEST(CutPieces, PlayExactlyTheirSamples) {
  const auto length = 7 * second + 12'345;
  const auto file = made(length);
  const auto whole = sound_of(file);
  ASSERT_EQ(value_or_throw(played_samples(reader_of(file))), length);
  const std::vector<Piece> pieces{{0, second, "a"},
                                  {second, second + 1, "b"},
                                  {second + 1, 4 * second + 777, "c"},
                                  {4 * second + 777, length, "d"}};
  const auto files = cut(file, pieces);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto sound = sound_of(files[i]);
    ASSERT_EQ(static_cast<std::int64_t>(sound.size()), pieces[i].end - pieces[i].begin) << i;
    int most = 0;
    for (std::size_t n = 0; n < sound.size(); ++n)
      most = std::max(most, std::abs(sound[n] - whole[static_cast<std::size_t>(pieces[i].begin) + n]));
    EXPECT_LE(most, i == 0 ? 0 : 300) << i;
    EXPECT_GE(reader_of(files[i]).head().pre_skip, i == 0 ? 0 : preroll_samples) << i;
  }
}

TEST(CutPieces, AloneAsTogether) {
  const auto file = made(6 * second);
  const std::vector<Piece> pieces{{0, 2 * second, "a"}, {2 * second, 6 * second, "b"}};
  const auto both = cut(file, pieces);
  std::vector<std::uint8_t> second_alone;
  value_or_throw(cut_pieces(reader_of(file), std::span(pieces).subspan(1), 2, 2, [&](std::size_t) {
    return [&](std::span<const std::byte> bytes) {
      const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
      second_alone.insert(second_alone.end(), data, data + bytes.size());
    };
  }));
  EXPECT_EQ(second_alone, both[1]);
}

TEST(CutPieces, TheirComments) {
  const auto file = made(3 * second, {"vendor",
                                      {"ARTIST=Ana", "TITLE=Todo", "CHAPTER000=00:00:00.000", "CHAPTER000NAME=x",
                                       "METADATA_BLOCK_PICTURE=AAAA"}});
  const auto comments = reader_of(cut(file, std::vector<Piece>{{0, second, "Parte"}})[0]).comments();
  EXPECT_EQ(comments.lines,
            (std::vector<std::string>{"ARTIST=Ana", "TITLE=Parte", "ALBUM=Todo", "TRACKNUMBER=1", "TRACKTOTAL=1"}));
  EXPECT_EQ(comments.vendor, "vendor");
}

TEST(CutPieces, AStreamThatEndsEarlyIsAnError) {
  const auto file = made(3 * second);
  const std::vector<Piece> pieces{{0, 4 * second, "a"}};
  const auto done =
      cut_pieces(reader_of(file), pieces, 1, 1, [](std::size_t) { return [](std::span<const std::byte>) {}; });
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, Errc::input_corrupt);
}

}  // namespace
}  // namespace chasqui::opus::test
