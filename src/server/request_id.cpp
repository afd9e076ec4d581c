#include "server/request_id.hpp"

#include "core/random.hpp"

#include <algorithm>
#include <string_view>

namespace chasqui::server {
namespace {

constexpr std::size_t longest = 64;
constexpr std::size_t trace_id_at = 3;
constexpr std::size_t trace_id_digits = 32;
constexpr std::size_t traceparent_digits = 55;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_harmless(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
}

/// https://www.w3.org/TR/trace-context/#traceparent-header: 00-TRACE-PARENT-FLAGS; all zeroes are no trace.
std::string_view trace_id(std::string_view text) {
  if (text.size() != traceparent_digits || !text.starts_with("00-") || text[35] != '-' || text[52] != '-') return {};
  const auto id = text.substr(trace_id_at, trace_id_digits);
  const bool valid = std::ranges::all_of(id, is_hex) && !std::ranges::all_of(id, [](char c) { return c == '0'; });
  return valid ? id : std::string_view();
}

}  // namespace

std::string request_id(const Request& request) {
  const auto given = request.header("x-request-id").value_or("");
  if (!given.empty() && given.size() <= longest && std::ranges::all_of(given, is_harmless)) return std::string(given);
  const auto trace = trace_id(request.header("traceparent").value_or(""));
  return trace.empty() ? core::random_hex(request_id_bytes) : std::string(trace);
}

}  // namespace chasqui::server
