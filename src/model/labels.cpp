#include "model/labels.hpp"

#include "core/pcm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chasqui/error.hpp>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <utility>

namespace chasqui::model {
namespace {

constexpr std::array text_columns{"file", "sha256", "speaker", "source", "licence"};
constexpr std::array class_names{audio::SegmentClass::speech, audio::SegmentClass::music, audio::SegmentClass::mixed,
                                 audio::SegmentClass::silence};
constexpr std::array bandwidths{opus::Bandwidth::narrow, opus::Bandwidth::medium, opus::Bandwidth::wide,
                                opus::Bandwidth::superwide, opus::Bandwidth::full};
constexpr std::array modes{opus::Mode::silk, opus::Mode::hybrid, opus::Mode::celt};

std::vector<std::string> column_names() {
  std::vector<std::string> names(text_columns.begin(), text_columns.end());
  for (const char* name : {"segment", "begin_s", "end_s", "class"}) names.emplace_back(name);
  for (const auto& feature : audio::feature_table()) names.emplace_back(feature.name);
  for (const char* name : {"bandwidth", "mode", "kbps", "actual_kbps", "worst_mos", "worst_estoi"})
    names.emplace_back(name);
  return names;
}

/// Takes the fields of a line one after the other.
class LineReader {
 public:
  LineReader(std::vector<std::string> fields, const std::vector<std::string>& columns, std::string where)
      : fields_(std::move(fields)), columns_(columns), where_(std::move(where)) {
    if (fields_.size() != columns_.size())
      throw Failure(Errc::input_corrupt,
                    fmt::format("{}: {} fields where {} belong", where_, fields_.size(), columns_.size()));
  }

  std::string text() { return std::move(fields_[next_++]); }

  double number(double least, double most) {
    const std::string& field = fields_[next_++];
    double value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size() || !(value >= least && value <= most))
      throw Failure(Errc::input_corrupt, fmt::format("{}: {} is '{}', not a number from {} to {}", where_,
                                                     columns_[next_ - 1], field, least, most));
    return value;
  }

  template <typename Value, std::size_t count>
  Value one_of(const std::array<Value, count>& values) {
    const std::string& field = fields_[next_++];
    for (const Value value : values)
      if (name(value) == field) return value;
    throw Failure(Errc::input_corrupt,
                  fmt::format("{}: {} is '{}', which is none of its values", where_, columns_[next_ - 1], field));
  }

 private:
  std::vector<std::string> fields_;
  const std::vector<std::string>& columns_;
  std::string where_;
  std::size_t next_ = 0;
};

std::int64_t to_samples(double seconds) {
  return std::llround(seconds * core::sample_rate_hz);
}

Label read_line(LineReader line) {
  constexpr double any = std::numeric_limits<float>::max();
  constexpr double longest_s = 1e6;
  Label label;
  label.origin = {line.text(), line.text(), line.text(), line.text(), line.text()};
  label.segment_index = static_cast<std::size_t>(line.number(0, 1e6));
  label.segment.begin = to_samples(line.number(0, longest_s));
  label.segment.end = to_samples(line.number(0, longest_s));
  label.segment.kind = line.one_of(class_names);
  for (float& value : label.segment.features.values) value = static_cast<float>(line.number(-any, any));
  label.candidate.bandwidth = line.one_of(bandwidths);
  label.candidate.mode = line.one_of(modes);
  label.candidate.kbps = line.number(1, 510);
  label.actual_kbps = line.number(0, 2000);
  label.worst_mos = line.number(0, 5);
  label.worst_estoi = line.number(-1, 1);
  return label;
}

void check_header(const std::vector<std::string>& found, const std::vector<std::string>& wanted,
                  std::string_view path) {
  for (const auto& name : wanted)
    if (std::ranges::find(found, name) == found.end())
      throw Failure(Errc::input_corrupt,
                    fmt::format("{}: the column {} is missing; make it again with `chasqui label`", path, name));
  if (found != wanted)
    throw Failure(
        Errc::input_corrupt,
        fmt::format("{}: its columns are not those of this version; make it again with `chasqui label`", path));
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out + '"';
}

std::vector<std::string> split_line(std::string_view line) {
  std::vector<std::string> fields(1);
  bool in_quotes = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_quotes && c == '"' && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[i++];
    else if (c == '"')
      in_quotes = !in_quotes;
    else if (c == ',' && !in_quotes)
      fields.emplace_back();
    else if (c != '\r')
      fields.back() += c;
  }
  return fields;
}

std::string label_header() {
  return fmt::format("{}", fmt::join(column_names(), ","));
}

std::string to_line(const Label& label) {
  const auto& o = label.origin;
  std::string line = fmt::format("{},{},{},{},{}", csv_field(o.file), o.sha256, csv_field(o.speaker),
                                 csv_field(o.source), csv_field(o.licence));
  line +=
      fmt::format(",{},{},{},{}", label.segment_index, static_cast<double>(label.segment.begin) / core::sample_rate_hz,
                  static_cast<double>(label.segment.end) / core::sample_rate_hz, name(label.segment.kind));
  for (const float value : label.segment.features.values) line += fmt::format(",{}", value);
  line += fmt::format(",{},{},{},{:.3f},{:.4f},{:.5f}", name(label.candidate.bandwidth), name(label.candidate.mode),
                      label.candidate.kbps, label.actual_kbps, label.worst_mos, label.worst_estoi);
  return line;
}

std::vector<Label> parse_labels(std::string_view text, std::string_view name) {
  const auto next_line = [&text] {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
  };
  const auto columns = column_names();
  check_header(split_line(next_line()), columns, name);
  std::vector<Label> labels;
  for (std::size_t number = 2; !text.empty(); ++number)
    labels.push_back(read_line({split_line(next_line()), columns, fmt::format("{}: line {}", name, number)}));
  return labels;
}

std::vector<Label> read_labels(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw Failure(Errc::input_missing, fmt::format("{}: does not exist", path.string()));
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty())
    throw Failure(Errc::input_unreadable, fmt::format("{}: is empty, or cannot be read", path.string()));
  return parse_labels(text, path.string());
}

}  // namespace chasqui::model
