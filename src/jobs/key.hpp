#pragma once

#include "core/clock.hpp"

#include <chasqui/error.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace chasqui::jobs {

/// submit: hand in and manage one's own. read: list, watch and fetch. admin: everybody's, and all of the above.
enum class Scope : std::uint8_t { submit, read, admin };
const char* name(Scope scope) noexcept;
/// "submit,read" and the like. Errc::usage.
Result<std::set<Scope>> scopes_named(std::string_view text);
std::string text(const std::set<Scope>& scopes);

/// Who may do what. The secret itself is shown once and stored nowhere, only its hash.
struct Key {
  std::string id;
  std::string label;
  std::string hash;
  std::set<Scope> scopes;
  core::Time created;
  std::optional<core::Time> expires;
  std::optional<core::Time> revoked;

  [[nodiscard]] bool allows(Scope scope) const { return scopes.contains(scope) || scopes.contains(Scope::admin); }
  [[nodiscard]] bool valid_at(core::Time now) const { return !revoked && (!expires || *expires > now); }
};

/// "chasqui_<id>_<secret>", as its holder sends it.
struct NewKey {
  Key key;
  std::string text;
};
NewKey make_key(std::string label, std::set<Scope> scopes, std::optional<core::Time> expires, core::Time now);

/// The id within a key's text; nothing when it is none.
std::optional<std::string> key_id(std::string_view text);

class KeyRepository {
 public:
  virtual ~KeyRepository() = default;
  virtual void add(const Key& key) = 0;
  virtual std::vector<Key> list() = 0;
  virtual std::optional<Key> find(const std::string& id) = 0;
  /// Answers whether there was one that was not revoked.
  virtual bool revoke(const std::string& id, core::Time now) = 0;
};

/// The key that `text` is, if it is one that is valid now.
std::optional<Key> authenticate(KeyRepository& keys, std::string_view text, core::Time now);

}  // namespace chasqui::jobs
