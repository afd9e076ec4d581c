#include "model/folds.hpp"

#include "made_labels.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace chasqui::model {
namespace {

TEST(Folds, KeepASpeakerTogether) {
  const auto labels = made_labels(7, 3);
  const auto folds = make_folds(labels, 3);
  std::map<std::string, std::set<std::size_t>> of_speaker;
  for (std::size_t i = 0; i < labels.size(); ++i) of_speaker[labels[i].origin.speaker].insert(folds[i]);
  for (const auto& [speaker, found] : of_speaker) EXPECT_EQ(found.size(), 1U) << speaker;
  EXPECT_EQ(std::set<std::size_t>(folds.begin(), folds.end()).size(), 3U);
}

TEST(Folds, KeepTogetherWhatIsTiedOverOthers) {
  auto labels = made_labels(4, 1);
  const std::size_t each = labels.size() / 4;
  const std::string both("a;b");
  const std::string second("b");
  const std::string there("there");
  const std::string around("there;elsewhere");
  for (std::size_t i = 0; i < each; ++i) {
    labels[i].origin.speaker = both;  // first voice and second share b
    labels[each + i].origin.speaker = second;
    labels[each + i].origin.source = there;  // second and third share a place
    labels[2 * each + i].origin.source = around;
  }
  const auto folds = make_folds(labels, 2);
  EXPECT_EQ(folds[0], folds[each]);
  EXPECT_EQ(folds[each], folds[2 * each]);
  EXPECT_NE(folds[0], folds[3 * each]);
}

TEST(Folds, GoByFileWhereNothingIsKnown) {
  auto labels = made_labels(2, 1);
  for (auto& label : labels) {
    label.origin.speaker.clear();
    label.origin.source.clear();
  }
  const auto folds = make_folds(labels, 2);
  EXPECT_NE(folds.front(), folds.back());
}

}  // namespace
}  // namespace chasqui::model
