#include "jobs/key.hpp"

#include "core/log.hpp"
#include "core/random.hpp"

#include <fmt/format.h>

#include <array>

namespace chasqui::jobs {
namespace {

constexpr std::array scopes{Scope::submit, Scope::read, Scope::admin};
constexpr std::string_view prefix = "chasqui_";

}  // namespace

const char* name(Scope scope) noexcept {
  switch (scope) {
    case Scope::submit:
      return "submit";
    case Scope::read:
      return "read";
    case Scope::admin:
      return "admin";
  }
  return "";
}

Result<std::set<Scope>> scopes_named(std::string_view text) {
  std::set<Scope> named;
  for (;;) {
    const auto comma = text.find(',');
    const auto part = text.substr(0, comma);
    const auto before = named.size();
    for (const auto scope : scopes) {
      if (part == name(scope)) named.insert(scope);
    }
    if (named.size() == before)
      return std::unexpected(Error{Errc::usage, fmt::format("scope '{}': should be submit, read or admin, each once",
                                                            core::printable(part, 60))});
    if (comma == std::string_view::npos) return named;
    text.remove_prefix(comma + 1);
  }
}

std::string text(const std::set<Scope>& set) {
  std::string joined;
  for (const auto scope : set) joined += fmt::format("{}{}", joined.empty() ? "" : ",", name(scope));
  return joined;
}

NewKey make_key(std::string label, std::set<Scope> set, std::optional<core::Time> expires, core::Time now) {
  const auto id = core::random_hex(6);
  const auto secret = core::random_hex(24);
  const auto whole = fmt::format("{}{}_{}", prefix, id, secret);
  return {{id, std::move(label), core::secret_hash(whole), std::move(set), now, expires, std::nullopt}, whole};
}

std::optional<std::string> key_id(std::string_view text) {
  if (!text.starts_with(prefix) || text.size() > 200) return std::nullopt;
  text.remove_prefix(prefix.size());
  const auto end = text.find('_');
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(text.substr(0, end));
}

std::optional<Key> authenticate(KeyRepository& keys, std::string_view text, core::Time now) {
  const auto id = key_id(text);
  if (!id) return std::nullopt;
  auto key = keys.find(*id);
  if (!key || !core::same_secret(key->hash, core::secret_hash(text)) || !key->valid_at(now)) return std::nullopt;
  return key;
}

}  // namespace chasqui::jobs
