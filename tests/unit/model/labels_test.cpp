#include "model/labels.hpp"

#include "made_labels.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chasqui/error.hpp>
#include <filesystem>
#include <fstream>

namespace chasqui::model {
namespace {

class LabelsTest : public testing::Test {
 protected:
  void write(const std::string& text) const { std::ofstream(path_) << text; }

  [[nodiscard]] Error error_of(const std::string& text) const {
    write(text);
    try {
      static_cast<void>(read_labels(path_));
    } catch (const Failure& failure) {
      return failure.error();
    }
    return {Errc::internal, "nothing was thrown"};
  }

  chasqui::test::TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "labels.csv";
};

TEST_F(LabelsTest, SurviveBeingWritten) {
  const auto labels = made_labels(2, 2);
  std::string text = label_header() + "\n";
  for (const auto& label : labels) text += to_line(label) + "\n";
  write(text);
  const auto back = read_labels(path_);
  ASSERT_EQ(back.size(), labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    EXPECT_EQ(back[i].origin, labels[i].origin);
    EXPECT_EQ(back[i].candidate, labels[i].candidate);
    EXPECT_EQ(back[i].segment.features.values, labels[i].segment.features.values);
    EXPECT_NEAR(back[i].worst_mos, labels[i].worst_mos, 1e-4);
    EXPECT_EQ(to_line(back[i]), to_line(labels[i]));
  }
}

TEST_F(LabelsTest, NameWhatIsWrong) {
  const auto label = made_labels(1, 1).front();
  const std::string header = label_header() + "\n";
  const auto with = [&](double mos) {
    auto changed = label;
    changed.worst_mos = mos;
    return header + to_line(changed) + "\n";
  };
  struct Row {
    std::string text, part;
  };
  std::string without = header;
  without.replace(without.find("snr_db"), 6, "sound");
  for (const auto& [text, part] :
       {Row{with(std::nan("")), "line 2: worst_mos is 'nan'"}, Row{with(7), "worst_mos is '7"},
        Row{header + "a,b\n", "line 2: 2 fields"}, Row{without, "column snr_db is missing"},
        Row{header.substr(0, header.size() - 1) + ",more\n", "not those of this version"}}) {
    const auto error = error_of(text);
    EXPECT_EQ(error.code, Errc::input_corrupt) << part;
    EXPECT_THAT(error.message, testing::HasSubstr(part));
  }
}

TEST_F(LabelsTest, MustExist) {
  try {
    static_cast<void>(read_labels(path_));
    ADD_FAILURE() << "read a file that is not there";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), Errc::input_missing);
  }
}

}  // namespace
}  // namespace chasqui::model
