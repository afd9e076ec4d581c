#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace chasqui::core {

/// A moment as it is stored and shown: UTC, in milliseconds.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Millis = std::chrono::milliseconds;

/// Whatever needs to know the time is given one of these, so that tests move it by hand.
using Clock = std::function<Time()>;

Clock system_clock();

/// Milliseconds since 1970.
std::int64_t to_millis(Time time) noexcept;
Time from_millis(std::int64_t millis) noexcept;

/// RFC 3339, e.g. "2026-03-01T12:00:00.000Z".
std::string timestamp(Time time);
/// RFC 9110 section 5.6.7, e.g. "Sun, 01 Mar 2026 12:00:00 GMT".
std::string http_date(Time time);
/// The same read back, in any of the three forms that it has had; nothing: in none.
std::optional<Time> parse_http_date(std::string_view text);

}  // namespace chasqui::core
