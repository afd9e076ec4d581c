#pragma once

#include "audio/segment.hpp"
#include "model/feature_row.hpp"

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace chasqui::model {

/// Where a recording comes from. Recordings of one speaker or one source stay together when a model is checked.
struct Origin {
  std::string file;    ///< name, for people
  std::string sha256;  ///< of its bytes
  std::string speaker;
  std::string source;
  std::string licence;  ///< empty: not stated

  friend bool operator==(const Origin&, const Origin&) = default;
};

/// What one setting did to one segment.
struct Label {
  Origin origin;
  std::size_t segment_index = 0;
  audio::Segment segment;
  Candidate candidate;
  double actual_kbps = 0;
  double worst_mos = 0;    ///< of the windows of the segment
  double worst_estoi = 0;  ///< likewise
};

/// The first line of a file of labels: names of columns.
std::string label_header();
/// One line, without its end. Texts that hold a comma, a quote or a line end are quoted (RFC 4180).
std::string to_line(const Label& label);
/// What a text with a header and whole lines holds; may be none. `name` is for errors: Failure(input_corrupt) naming
/// line, column and what is wrong with it (a column missing or not known, no number, NaN, out of range).
std::vector<Label> parse_labels(std::string_view text, std::string_view name);
/// The same of a file; also throws Failure: input_missing, input_unreadable.
std::vector<Label> read_labels(const std::filesystem::path& path);

/// A field as a line holds it.
std::string csv_field(std::string_view text);
/// Fields of one line (RFC 4180, without line ends inside fields).
std::vector<std::string> split_line(std::string_view line);

}  // namespace chasqui::model
