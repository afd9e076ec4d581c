#include "core/atomic_file.hpp"

#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <chasqui/error.hpp>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

namespace chasqui::core {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public testing::Test {
 protected:
  [[nodiscard]] std::string content(const fs::path& path) const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] auto files() const { return std::distance(fs::directory_iterator(folder_), {}); }

  chasqui::test::TemporaryFolder temporary_;
  fs::path folder_ = temporary_.path();
};

TEST_F(AtomicFileTest, AppearsOnlyOnCommitAndReplaces) {
  const fs::path target = folder_ / "out.opus";
  std::ofstream(target) << "old";
  AtomicFile file(target);
  file.write("new content");
  EXPECT_EQ(content(target), "old");
  file.commit();
  EXPECT_EQ(content(target), "new content");
  EXPECT_EQ(files(), 1);
}

TEST_F(AtomicFileTest, LeavesNothingWhenAbandoned) {
  {
    AtomicFile(folder_ / "out.opus").write("half");
  }
  EXPECT_EQ(files(), 0);
}

TEST_F(AtomicFileTest, PatchesWhatWasWritten) {
  AtomicFile file(folder_ / "out.bin");
  file.write("....data");
  file.write_at(std::as_bytes(std::span("head", 4)), 0);
  file.commit();
  EXPECT_EQ(content(folder_ / "out.bin"), "headdata");
}

TEST_F(AtomicFileTest, HasTheModeThatTheProcessAsksFor) {
  const mode_t before = ::umask(0027);
  AtomicFile file(folder_ / "out.opus");
  ::umask(before);
  file.commit();
  EXPECT_EQ(fs::status(folder_ / "out.opus").permissions(), fs::perms(0640));
}

TEST_F(AtomicFileTest, DoesNotReplaceWhatIsNotAFile) {
  const fs::path pipe = folder_ / "pipe", link = folder_ / "link";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  fs::create_symlink("/dev/null", link);
  for (const auto& target : {pipe, link}) EXPECT_THROW(AtomicFile{target}, Failure) << target;
  EXPECT_TRUE(fs::is_fifo(pipe));
  EXPECT_TRUE(fs::is_symlink(link));
}

TEST_F(AtomicFileTest, NamesTheTargetThatCannotBeWritten) {
  try {
    AtomicFile file(folder_ / "missing" / "out.opus");
    FAIL() << "expected a Failure";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), Errc::output_unwritable);
    EXPECT_NE(std::string(failure.what()).find("missing/out.opus"), std::string::npos);
  }
}

}  // namespace
}  // namespace chasqui::core
