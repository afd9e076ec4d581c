#include "server/router.hpp"

#include "server/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chasqui::server {
namespace {

using Parameters = std::map<std::string, std::string, std::less<>>;

std::string_view next_segment(std::string_view& path) {
  const auto end = path.find('/');
  const auto segment = path.substr(0, end);
  path = end == std::string_view::npos ? std::string_view{} : path.substr(end + 1);
  return segment;
}

bool match_segment(std::string_view pattern, std::string_view encoded, Parameters& parameters) {
  const auto brace = pattern.find('{');
  if (brace == std::string_view::npos) return pattern == encoded;
  const auto close = pattern.find('}');
  const auto before = pattern.substr(0, brace);
  const auto after = pattern.substr(close + 1);
  if (encoded.size() < before.size() + after.size() || !encoded.starts_with(before) || !encoded.ends_with(after))
    return false;
  auto value = percent_decoded(encoded.substr(before.size(), encoded.size() - before.size() - after.size()));
  // A decoded '/' would be a path within a name.
  if (!value || value->empty() || value->find('/') != std::string::npos) return false;
  parameters.insert_or_assign(std::string(pattern.substr(brace + 1, close - brace - 1)), *std::move(value));
  return true;
}

bool match(std::string_view pattern, std::string_view path, Parameters& parameters) {
  if (std::ranges::count(pattern, '/') != std::ranges::count(path, '/')) return false;
  for (auto left = std::ranges::count(path, '/') + 1; left > 0; --left) {
    if (!match_segment(next_segment(pattern), next_segment(path), parameters)) return false;
  }
  return true;
}

}  // namespace

Router::Match Router::find(std::string_view method, std::string_view path) const {
  const auto wanted = method == "HEAD" ? "GET" : method;
  Match found;
  for (const auto& route : routes_) {
    if (route.method != method && (route.method != wanted || found.route != nullptr)) continue;
    Parameters parameters;
    if (!match(route.pattern, path, parameters)) continue;
    found.route = &route;
    found.parameters = std::move(parameters);
    if (route.method == method) return found;
  }
  if (found.route != nullptr) return found;
  for (const auto& route : routes_) {
    Parameters ignored;
    if (!match(route.pattern, path, ignored)) continue;
    found.allow += fmt::format("{}{}", found.allow.empty() ? "" : ", ", route.method);
    if (route.method == "GET") found.allow += ", HEAD";
  }
  return found;
}

}  // namespace chasqui::server
