#include "server/multipart.hpp"

#include "core/utf8.hpp"
#include "server/problem.hpp"
#include "server/text.hpp"

#include <algorithm>

namespace chasqui::server {
namespace {

constexpr std::size_t most_head_bytes = 8 * 1024;
constexpr std::size_t most_bytes_around = 8 * 1024;  // before the first boundary, and after the last
constexpr unsigned most_form_parts = 64;

[[noreturn]] void refuse(const char* why) {
  throw Refusal(Trouble::bad_request, std::string("multipart/form-data: ") + why);
}

PartHead parse_head(std::string_view text) {
  PartHead head;
  bool named = false;
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    const auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) refuse("a part's header has a line without ':'");
    if (lower(trimmed(line.substr(0, colon))) != "content-disposition") continue;
    const auto value = line.substr(colon + 1);
    const auto name = header_parameter(value, "name");
    if (media_type(value) != "form-data" || !name) refuse("a part without form-data and a name");
    named = true;
    head.name = *name;
    if (const auto file = header_parameter(value, "filename")) {
      head.is_file = true;
      head.file_name = core::as_utf8(file->substr(file->find_last_of("/\\") + 1));
    }
  }
  if (!named) refuse("a part without Content-Disposition");
  return head;
}

}  // namespace

MultipartReader::MultipartReader(std::string_view boundary, Sink sink) : sink_(std::move(sink)) {
  if (boundary.empty() || boundary.size() > 70) refuse("the boundary must have 1 to 70 characters");
  delimiter_ = "\r\n--" + std::string(boundary);
  held_ = "\r\n";  // so that the first boundary looks like the others
}

void MultipartReader::take(std::string_view bytes) {
  held_ += bytes;
  while (step()) {
  }
}

bool MultipartReader::step() {
  switch (state_) {
    case State::before: {
      const auto at = held_.find(delimiter_);
      if (at == std::string::npos) {
        if (held_.size() > most_bytes_around) refuse("the boundary of the header is not in the body");
        return false;
      }
      held_.erase(0, at + delimiter_.size());
      state_ = State::head;
      return true;
    }
    case State::head:
      return take_head();
    case State::data:
      return take_data();
    case State::after:
      after_ += held_.size();
      held_.clear();
      if (after_ > most_bytes_around) refuse("the body goes on after its last boundary");
      return false;
  }
  return false;
}

/// What follows a delimiter: "--" ends all, else blanks, CRLF, header lines, an empty line.
bool MultipartReader::take_head() {
  if (held_.size() < 2) return false;
  if (held_.starts_with("--")) {
    state_ = State::after;
    return true;
  }
  const auto line = held_.find("\r\n");
  if (line == std::string::npos || held_.find("\r\n\r\n", line) == std::string::npos) {
    if (held_.size() > most_head_bytes) refuse("a part's header is too long");
    return false;
  }
  if (held_.find_first_not_of(" \t") != line) refuse("something follows a boundary on its line");
  if (++parts_ > most_form_parts) refuse("too many parts");
  const auto end = held_.find("\r\n\r\n", line);
  if (end > most_head_bytes) refuse("a part's header is too long");
  const auto head =
      parse_head(end == line ? std::string_view{} : std::string_view(held_).substr(line + 2, end - line - 2));
  held_.erase(0, end + 4);
  state_ = State::data;
  sink_.begin(head);
  return true;
}

bool MultipartReader::take_data() {
  const auto at = held_.find(delimiter_);
  if (at != std::string::npos) {
    if (at > 0) sink_.data(std::string_view(held_).substr(0, at));
    held_.erase(0, at + delimiter_.size());
    state_ = State::head;
    sink_.end();
    return true;
  }
  // The end may be the beginning of a delimiter.
  if (held_.size() >= delimiter_.size()) {
    const auto safe = held_.size() - delimiter_.size() + 1;
    sink_.data(std::string_view(held_).substr(0, safe));
    held_.erase(0, safe);
  }
  return false;
}

}  // namespace chasqui::server
