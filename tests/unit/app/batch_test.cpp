#include "app/batch.hpp"

#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace chasqui::app {
namespace {

namespace fs = std::filesystem;

class BatchTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "year1/week2");
    for (const char* name : {"a.mp3", "b.wav", "notes.txt", "year1/week2/a.MP3"}) std::ofstream(folder_ / name) << "x";
  }

  [[nodiscard]] std::string at(const char* name) const { return (folder_ / name).string(); }
  [[nodiscard]] static Errc refused(const std::vector<std::string>& inputs, const std::string& output,
                                    bool recursive = false) {
    try {
      plan_batch(inputs, output, recursive, "opus");
    } catch (const Failure& failure) {
      return failure.code();
    }
    return Errc::internal;
  }

  chasqui::test::TemporaryFolder temporary_;
  fs::path folder_ = temporary_.path();
};

TEST_F(BatchTest, NamesTheOutput) {
  const auto only = [](const std::vector<Job>& jobs) { return jobs.at(0).output; };
  EXPECT_EQ(only(plan_batch({at("a.mp3")}, "", false, "opus")), folder_ / "a.opus");
  EXPECT_EQ(only(plan_batch({at("a.mp3")}, at("lesson.ogg"), false, "opus")), folder_ / "lesson.ogg");
  EXPECT_EQ(only(plan_batch({at("a.mp3")}, at("year1"), false, "caf")), folder_ / "year1/a.caf");
  EXPECT_EQ(only(plan_batch({at("a.mp3")}, at("new/"), false, "opus")), folder_ / "new/a.opus");
}

TEST_F(BatchTest, WalksFoldersAndKeepsTheirStructure) {
  const auto jobs = plan_batch({folder_.string()}, at("out"), true, "opus");
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(jobs[2].input, folder_ / "year1/week2/a.MP3");
  EXPECT_EQ(jobs[2].output, folder_ / "out/year1/week2/a.opus");
}

TEST_F(BatchTest, NamesWhatIsFoundAfterTheFolderHoweverThatIsWritten) {
  fs::create_directory_symlink("year1", folder_ / "link");
  fs::create_symlink("../../a.mp3", folder_ / "year1/week2/b.mp3");
  const std::vector<fs::path> expected{"week2/a.MP3", "week2/b.mp3"};
  for (const char* name : {"year1", "year1/", "year1//", "year1/.", "year1/week2/..", "./year1", "link", "link/"})
    EXPECT_EQ(recordings_below(at(name)), expected) << name;
}

TEST_F(BatchTest, RefusesWhatWouldLoseAFile) {
  std::ofstream(folder_ / "own.opus") << "x";
  EXPECT_EQ(refused({at("own.opus")}, ""), Errc::usage);
  EXPECT_EQ(refused({at("a.mp3"), at("year1/week2/a.MP3")}, at("out")), Errc::usage);
  EXPECT_EQ(refused({folder_.string()}, at("out")), Errc::usage);
  EXPECT_EQ(refused({at("year1/none")}, ""), Errc::internal);  // a missing file is found out by the decoder
  fs::create_directories(folder_ / "empty");
  EXPECT_EQ(refused({at("empty")}, "", true), Errc::input_missing);
}

}  // namespace
}  // namespace chasqui::app
