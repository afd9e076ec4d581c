#include "audio/spool.hpp"

#include "unit/audio_conditioner/sounds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chasqui/error.hpp>
#include <csignal>
#include <filesystem>
#include <sys/resource.h>

namespace chasqui::audio {
namespace {

using namespace sounds;

TEST(Spool, KeepsThePrecisionOfQuietSound) {
  for (const double level : {10.0, 0.5, 1e-3, 1e-6}) {
    const Sound sound = noise(level, 3);
    Spool spool({});
    for (std::size_t at = 0; at < sound.size(); at += 1'000)
      spool.append(std::span(sound).subspan(at, std::min<std::size_t>(1'000, sound.size() - at)));
    spool.flush();
    ASSERT_EQ(spool.length(), std::ssize(sound));
    Sound back;
    Sound block;
    for (std::size_t i = 0; i < spool.blocks(); ++i) {
      spool.read_block(i, block);
      back.insert(back.end(), block.begin(), block.end());
    }
    ASSERT_EQ(back.size(), sound.size());
    EXPECT_LT(decibels(rms(back + -1.0 * sound) / rms(sound)), -90) << level;
  }
}

TEST(Spool, ReadsZerosOutside) {
  Spool spool({});
  spool.append(Sound(100, 0.5F));
  spool.flush();
  spool.write_final(0, std::vector<std::int16_t>(100, 7));
  struct Case {
    std::int64_t begin;
    std::size_t count;
    std::ptrdiff_t sevens;
  };
  for (const Case c : {Case{0, 100, 100}, Case{-10, 20, 10}, Case{95, 20, 5}, Case{-10, 200, 100}, Case{-50, 20, 0},
                       Case{100, 10, 0}, Case{1'000, 10, 0}, Case{50, 0, 0}}) {
    std::vector<std::int16_t> out(c.count, 99);
    spool.read_final(c.begin, out);
    EXPECT_EQ(std::ranges::count(out, 7), c.sevens) << c.begin;
    EXPECT_EQ(std::ranges::count(out, 0), std::ssize(out) - c.sevens) << c.begin;
  }
}

TEST(ToInt16, RoundsAndClips) {
  EXPECT_EQ(to_int16(0.0F), 0);
  EXPECT_EQ(to_int16(1.0F), 32'767);
  EXPECT_EQ(to_int16(-1.0F), -32'768);
  EXPECT_EQ(to_int16(-5.0F), -32'768);
  EXPECT_EQ(to_int16(0.5F), 16'384);
}

TEST(Spool, SaysWhichFolderIsFullAndWhatToDo) {
  // A limit on the size of files stands for a full disk: it ends a write in the same way.
  ASSERT_NE(std::signal(SIGXFSZ, SIG_IGN), SIG_ERR);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{.rlim_cur = 200'000, .rlim_max = before.rlim_max};
  const std::string folder = std::filesystem::temp_directory_path();
  Spool spool(folder);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  try {
    spool.append(noise(0.1, 5));
    ADD_FAILURE() << "must not fit";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), Errc::disk_full);
    EXPECT_NE(std::string(failure.what()).find(folder), std::string::npos) << failure.what();
    EXPECT_NE(std::string(failure.what()).find("TMPDIR"), std::string::npos) << failure.what();
  }
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, SIG_DFL);
}

TEST(Spool, NamesAFolderThatCannotBeUsed) {
  try {
    const Spool spool("/nonexistent/folder");
    ADD_FAILURE() << "must not open";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), Errc::output_unwritable);
    EXPECT_NE(std::string(failure.what()).find("/nonexistent/folder"), std::string::npos);
  }
}

}  // namespace
}  // namespace chasqui::audio
