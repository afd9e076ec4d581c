#include "server/range.hpp"

#include "server/text.hpp"

#include <algorithm>
#include <charconv>

namespace chasqui::server {
namespace {

constexpr std::size_t most_ranges = 16;

bool parse(std::string_view text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

/// One of "a-b", "a-", "-n". False: malformed. An unsatisfiable one has no length.
bool parse_one(std::string_view text, std::uint64_t size, ByteRange& range) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return false;
  const auto first = text.substr(0, dash);
  const auto last = text.substr(dash + 1);
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  range = {};
  if (first.empty()) {
    if (!parse(last, end)) return false;
    const auto length = std::min(end, size);
    range = {size - length, length};
    return true;
  }
  if (!parse(first, begin)) return false;
  if (last.empty())
    end = size == 0 ? 0 : size - 1;
  else if (!parse(last, end) || end < begin)
    return false;
  if (begin >= size) return true;
  range = {begin, std::min(end, size - 1) - begin + 1};
  return true;
}

}  // namespace

RangeAnswer ranges_of(std::string_view header, std::uint64_t size) {
  const auto equals = header.find('=');
  if (equals == std::string_view::npos || lower(trimmed(header.substr(0, equals))) != "bytes") return {};
  auto list = header.substr(equals + 1);
  RangeAnswer answer{RangeAnswer::Kind::parts, {}};
  std::uint64_t sum = 0;
  std::size_t asked = 0;
  for (;;) {
    const auto comma = list.find(',');
    const auto text = trimmed(list.substr(0, comma));
    ByteRange range;
    if (!text.empty()) {
      if (!parse_one(text, size, range) || ++asked > most_ranges) return {};
      sum += range.length;
      if (range.length > 0) answer.ranges.push_back(range);
    }
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  if (asked == 0 || (sum > size && asked > 1)) return {};
  if (answer.ranges.empty()) return {RangeAnswer::Kind::unsatisfiable, {}};
  return answer;
}

bool names_etag(std::string_view list, std::string_view etag, bool weakly) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto one = trimmed(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    if (one == "*") return true;
    if (one.starts_with("W/")) {
      if (!weakly) continue;
      one.remove_prefix(2);
    }
    if (one == etag) return true;
  }
  return false;
}

}  // namespace chasqui::server
