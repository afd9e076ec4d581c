#include "core/made_folder.hpp"

#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <chasqui/error.hpp>
#include <fstream>
#include <optional>

namespace chasqui::core {
namespace {

namespace fs = std::filesystem;

class MadeFolderTest : public testing::Test {
 protected:
  chasqui::test::TemporaryFolder temporary_;
  fs::path folder_ = temporary_.path();
};

TEST_F(MadeFolderTest, GoesAgainWhenNothingCameIntoIt) {
  for (const char* name : {"a", "a/b/c", "a/b/", "a//b", "a/./b", "a/../b/c"}) {
    {
      const MadeFolder folder(folder_ / name);
      EXPECT_TRUE(fs::is_directory(folder_ / name)) << name;
    }
    EXPECT_TRUE(fs::is_empty(folder_)) << name;
  }
}

TEST_F(MadeFolderTest, StaysWithWhatCameIntoIt) {
  {
    const MadeFolder folder(folder_ / "a/b");
    std::ofstream(folder_ / "a/x") << "x";
  }
  EXPECT_TRUE(fs::exists(folder_ / "a/x"));
  EXPECT_FALSE(fs::exists(folder_ / "a/b"));
}

TEST_F(MadeFolderTest, LeavesWhatWasThere) {
  fs::create_directories(folder_ / "mine");
  {
    const MadeFolder folder(folder_ / "mine");
  }
  {
    const MadeFolder folder(folder_ / "mine/b");
  }
  {
    const MadeFolder folder("");
  }
  EXPECT_TRUE(fs::is_empty(folder_ / "mine"));
}

TEST_F(MadeFolderTest, StaysForAnotherThatHoldsIt) {
  std::optional<MadeFolder> first(std::in_place, folder_ / "a/b");
  const MadeFolder second(folder_ / "a/b");
  first.reset();
  EXPECT_TRUE(fs::is_directory(folder_ / "a/b"));
  {
    const MadeFolder above(folder_ / "c");
    std::optional<MadeFolder> below(std::in_place, folder_ / "c/d");
    below.reset();
    EXPECT_TRUE(fs::is_directory(folder_ / "c"));
  }
  EXPECT_FALSE(fs::exists(folder_ / "c"));
  first.emplace(folder_ / "e/f");
  {
    const MadeFolder above(folder_ / "e");
    first.reset();
    EXPECT_TRUE(fs::is_directory(folder_ / "e"));
  }
}

TEST_F(MadeFolderTest, RefusesWhatCannotBeOneAndLeavesNothing) {
  std::ofstream(folder_ / "file") << "x";
  fs::create_symlink("nowhere", folder_ / "link");
  for (const char* name : {"file", "file/a", "link", "link/a"})
    EXPECT_THROW(MadeFolder{folder_ / name}, Failure) << name;
  EXPECT_THROW(MadeFolder(folder_ / "a" / std::string(300, 'x')), Failure);
  EXPECT_FALSE(fs::exists(folder_ / "a"));
}

}  // namespace
}  // namespace chasqui::core
