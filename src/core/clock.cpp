#include "core/clock.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace chasqui::core {
namespace {

std::tm utc(Time time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

Clock system_clock() {
  return [] { return std::chrono::floor<Millis>(std::chrono::system_clock::now()); };
}

std::int64_t to_millis(Time time) noexcept {
  return time.time_since_epoch().count();
}

Time from_millis(std::int64_t millis) noexcept {
  return Time(Millis(millis));
}

std::string timestamp(Time time) {
  const auto parts = utc(time);
  const auto millis = (time - std::chrono::floor<std::chrono::seconds>(time)).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, millis);
}

std::string http_date(Time time) {
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto parts = utc(time);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days.at(parts.tm_wday), parts.tm_mday,
                     months.at(parts.tm_mon), parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::optional<Time> parse_http_date(std::string_view text) {
  const std::string whole(text);
  for (const auto* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    std::tm parts{};
    const char* end = ::strptime(whole.c_str(), form, &parts);
    if (end == whole.c_str() + whole.size()) return Time(std::chrono::seconds(::timegm(&parts)));
  }
  return std::nullopt;
}

}  // namespace chasqui::core
