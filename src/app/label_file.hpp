#pragma once

#include "core/unique_fd.hpp"
#include "model/labels.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace chasqui::app {

/// A file of labels that grows segment by segment, so that a run that is broken off loses at most the segment under way
/// and the next run goes on behind it.
class LabelFile {
 public:
  /// What is there stays, but for a segment that is not whole at the end. Throws Failure(input_corrupt) when it is no
  /// file of labels, or of another version; output_unwritable.
  explicit LabelFile(std::filesystem::path path);

  /// Indices of the segments that a recording has here already.
  [[nodiscard]] const std::set<std::size_t>& done(const std::string& sha256) const;
  /// All labels of one segment; on disk when it returns.
  void append(const std::vector<model::Label>& labels);
  [[nodiscard]] std::size_t labels() const noexcept { return labels_; }

 private:
  void write(std::string_view text);

  std::filesystem::path path_;
  core::UniqueFd fd_;
  std::map<std::string, std::set<std::size_t>> done_;
  std::size_t labels_ = 0;
};

}  // namespace chasqui::app
