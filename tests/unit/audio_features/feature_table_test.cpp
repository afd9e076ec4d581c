#include "audio/segment.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace chasqui::audio {
namespace {

TEST(FeatureTable, IsWhatTheDocumentSays) {
  std::vector<std::string> rows;
  std::ifstream document(CHASQUI_DOCS "/features.md");
  bool inside = false;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("## ")) inside = line == "## Features";
    if (inside && line.starts_with("| ")) rows.push_back(line);
  }
  std::vector<std::string> expected = {"| name | unit | meaning |"};
  for (const auto& info : feature_table())
    expected.push_back(fmt::format("| {} | {} | {} |", info.name, info.unit, info.meaning));
  EXPECT_EQ(rows, expected);
}

TEST(FeatureTable, NamesEachIndexOnce) {
  std::set<std::string_view> names;
  for (const auto& info : feature_table()) names.insert(info.name);
  EXPECT_EQ(names.size(), feature_count);
  const auto named = [](FeatureId id) { return feature_table()[static_cast<std::size_t>(id)].name; };
  EXPECT_EQ(named(FeatureId::level_dbfs), "level_dbfs");
  EXPECT_EQ(named(FeatureId::bandwidth_hz), "bandwidth_hz");
  EXPECT_EQ(named(FeatureId::pitch_hz), "pitch_hz");
  EXPECT_EQ(named(FeatureId::beat_strength), "beat_strength");
}

}  // namespace
}  // namespace chasqui::audio
