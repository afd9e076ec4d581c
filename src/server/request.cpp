#include "server/request.hpp"

#include "server/text.hpp"

#include <algorithm>

namespace chasqui::server {

std::optional<std::string_view> Request::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const auto& field) { return field.first == name; });
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

Result<void> parse_target(std::string_view target, Request& request) {
  const auto wrong = [](std::string why) { return std::unexpected(Error{Errc::usage, std::move(why)}); };
  if (target.starts_with("http://") || target.starts_with("https://")) {  // RFC 9112 section 3.2.2
    const auto slash = target.find('/', target.find("://") + 3);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  if (target.empty() || (target.front() != '/' && target != "*")) return wrong("the target is not a path");
  const auto mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark == std::string_view::npos) return {};
  auto fields = parse_form(target.substr(mark + 1));
  if (!fields) return std::unexpected(fields.error());
  request.query = *std::move(fields);
  return {};
}

}  // namespace chasqui::server
