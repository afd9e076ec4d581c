#pragma once

#include "jobs/key.hpp"
#include "server/hosts.hpp"
#include "server/rate_limit.hpp"
#include "server/request.hpp"
#include "server/settings.hpp"
#include "server/task.hpp"

#include <optional>
#include <string>
#include <unordered_map>

namespace chasqui::server {

/// Who asks. A key that was sent and is not valid never gets so far.
struct Principal {
  std::optional<jobs::Key> key;
  std::string address;

  /// As jobs name their owner; empty without a key.
  [[nodiscard]] std::string owner() const { return key ? key->id : ""; }
  [[nodiscard]] bool is_admin() const { return key && key->allows(jobs::Scope::admin); }
};

/// Held while a body is taken in, so that memory for bodies is bounded.
class UploadSlot {
 public:
  explicit UploadSlot(std::size_t& taken) : taken_(taken) { ++taken_; }
  ~UploadSlot() { --taken_; }
  UploadSlot(const UploadSlot&) = delete;
  UploadSlot& operator=(const UploadSlot&) = delete;

 private:
  std::size_t& taken_;
};

/// Keys, scopes and rates. Of the reactor's thread.
class Access {
 public:
  Access(const Settings& settings, const Services& services, Blocking& blocking);

  /// By `Authorization: Bearer`, for reading also by `Basic`. Throws Refusal: wrong_key, too_many.
  Task<Principal> identify(const Request& request);
  /// The same for the text of a key that came otherwise, as in a form; empty: no key.
  Task<Principal> identify(std::string key_text, std::string address);

  /// Each throws Refusal: no_key, forbidden.
  void may_read(const Principal& principal) const;
  void may_submit(const Principal& principal) const;
  /// May change what `owner` submitted.
  void may_change(const Principal& principal, const std::string& owner) const;
  void is_admin(const Principal& principal) const;
  /// Counts a submission. Throws Refusal: too_many.
  void count_submission(const Principal& principal);
  /// Throws Refusal: busy, when too many bodies are on their way.
  [[nodiscard]] UploadSlot begin_upload();
  /// Where everybody may submit, a page of somebody else's must not do so in a visitor's name.
  void refuse_foreign_page(const Request& request, const Principal& principal) const;
  /// Throws Refusal: wrong_host, when the request is for a name that is not this service's.
  void refuse_foreign_host(const Request& request) const;

 private:
  struct Known {
    jobs::Key key;
    core::Time until;
  };
  const Settings& settings_;
  const Services& services_;
  Blocking& blocking_;
  Hosts hosts_;
  RateLimit requests_, submissions_;
  std::size_t uploads_ = 0;
  std::unordered_map<std::string, Known> known_;  // by the hash of the whole key, for a moment
};

}  // namespace chasqui::server
