#include "app/label_file.hpp"

#include "compress/labeller.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chasqui/error.hpp>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/file.h>
#include <utility>

namespace chasqui::app {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const char* doing) {
  const int reason = errno;
  const bool full = reason == ENOSPC || reason == EDQUOT;
  throw Failure(
      full ? Errc::disk_full : Errc::output_unwritable,
      fmt::format("{}: cannot {}: {}", path.string(), doing, std::strerror(reason)));  // NOLINT(concurrency-mt-unsafe)
}

std::string read_whole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// `text` without its last `lines` lines, and without one that has no end.
std::string_view without_last(std::string_view text, std::size_t lines) {
  text = text.substr(0, text.rfind('\n') + 1);
  for (; lines > 0 && !text.empty(); --lines) text = text.substr(0, text.rfind('\n', text.size() - 2) + 1);
  return text;
}

bool same_segment(const model::Label& a, const model::Label& b) {
  return a.origin.sha256 == b.origin.sha256 && a.segment_index == b.segment_index;
}

/// How many labels at the end belong to a segment that is not whole.
std::size_t torn(const std::vector<model::Label>& labels) {
  const auto last = std::find_if(labels.rbegin(), labels.rend(),
                                 [&](const model::Label& label) { return !same_segment(label, labels.back()); });
  const auto count = static_cast<std::size_t>(last - labels.rbegin());
  return count == compress::labels_per_segment(labels.back().segment.kind) ? 0 : count;
}

}  // namespace

LabelFile::LabelFile(fs::path path) : path_(std::move(path)) {
  fd_.reset(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd_.valid()) fail(path_, "be opened");
  if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0)
    throw Failure(Errc::output_unwritable,
                  fmt::format("{}: another run writes to it; wait or name another", path_.string()));
  const std::string text = read_whole(path_);
  const std::string header = model::label_header() + "\n";
  const bool begun = header.starts_with(text);  // nothing, or a first line that was broken off
  const auto lines = begun ? std::string_view() : without_last(text, 0);
  auto labels = begun ? std::vector<model::Label>() : model::parse_labels(lines, path_.string());
  const auto keep = [&](std::string_view start) {
    if (::ftruncate(fd_.get(), static_cast<off_t>(start.size())) != 0 || ::lseek(fd_.get(), 0, SEEK_END) < 0)
      fail(path_, "be cut");
  };
  keep(lines);
  if (begun) write(header);
  if (labels.empty()) return;
  const std::size_t rest = torn(labels);
  keep(without_last(lines, rest));
  labels.resize(labels.size() - rest);
  labels_ = labels.size();
  for (const auto& label : labels) done_[label.origin.sha256].insert(label.segment_index);
}

const std::set<std::size_t>& LabelFile::done(const std::string& sha256) const {
  static const std::set<std::size_t> none;
  const auto found = done_.find(sha256);
  return found == done_.end() ? none : found->second;
}

void LabelFile::append(const std::vector<model::Label>& labels) {
  std::string text;
  for (const auto& label : labels) text += model::to_line(label) + "\n";
  write(text);
  labels_ += labels.size();
}

void LabelFile::write(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path_, "be written");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fdatasync(fd_.get()) != 0) fail(path_, "be written to disk");
}

}  // namespace chasqui::app
