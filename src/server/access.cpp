#include "server/access.hpp"

#include "core/random.hpp"
#include "server/problem.hpp"
#include "server/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chasqui::server {
namespace {

using namespace std::chrono_literals;

constexpr core::Millis key_trusted_for = 2s;  // so long may a revoked key still work
constexpr std::size_t most_known_keys = 4096;

std::string host_of(std::string_view origin) {
  const auto scheme = origin.find("://");
  return lower(scheme == std::string_view::npos ? origin : origin.substr(scheme + 3));
}

/// Of `Authorization: Bearer KEY`; or of `Basic`, in which browsers ask for a key where reading needs one. They send
/// that with every request, also with those that another site's page makes them send: it counts for reading only.
std::string key_in(const Request& request) {
  const auto header = request.header("authorization");
  if (!header) return {};
  const auto blank = std::min(header->find(' '), header->size());
  const auto scheme = lower(header->substr(0, blank));
  const auto value = trimmed(header->substr(blank));
  if (scheme == "bearer" && !value.empty()) return std::string(value);
  const auto login = scheme == "basic" ? base64_decoded(value) : std::nullopt;
  if (!login || login->find(':') == std::string::npos)
    throw Refusal(Trouble::wrong_key, "the header should be `Authorization: Bearer KEY`");
  const bool reads = request.method == "GET" || request.method == "HEAD";
  return reads ? login->substr(login->find(':') + 1) : std::string();
}

}  // namespace

Access::Access(const Settings& settings, const Services& services, Blocking& blocking)
    : settings_(settings),
      services_(services),
      blocking_(blocking),
      hosts_(settings),
      requests_(static_cast<double>(settings.requests_per_minute), 60s),
      submissions_(static_cast<double>(settings.submissions_per_hour), 3600s) {}

Task<Principal> Access::identify(const Request& request) {
  if (!requests_.take(request.address, std::chrono::steady_clock::now()))
    throw Refusal(Trouble::too_many, fmt::format("{} requests a minute are allowed", settings_.requests_per_minute));
  auto principal = co_await identify(key_in(request), request.address);
  co_return principal;
}

Task<Principal> Access::identify(std::string key_text, std::string address) {
  Principal principal{std::nullopt, std::move(address)};
  if (key_text.empty()) co_return principal;
  const auto hash = core::secret_hash(key_text);
  const auto now = services_.clock();
  const auto found = known_.find(hash);
  if (found != known_.end() && found->second.until > now && found->second.key.valid_at(now)) {
    principal.key = found->second.key;
    co_return principal;
  }
  auto& keys = services_.keys;
  auto work = [&keys, key_text, now] { return jobs::authenticate(keys, key_text, now); };
  principal.key = co_await blocking_.run(std::move(work));
  if (!principal.key) throw Refusal(Trouble::wrong_key, "this key is not known, or has expired or been revoked");
  if (known_.size() >= most_known_keys) known_.clear();
  known_.insert_or_assign(hash, Known{*principal.key, now + key_trusted_for});
  co_return principal;
}

void Access::may_read(const Principal& principal) const {
  if (settings_.public_read) return;
  if (!principal.key) throw Refusal(Trouble::no_key, "send a key with scope read: `Authorization: Bearer KEY`");
  if (!principal.key->allows(jobs::Scope::read) && !principal.key->allows(jobs::Scope::submit))
    throw Refusal(Trouble::forbidden, "this key lacks the scope read");
}

void Access::may_submit(const Principal& principal) const {
  if (principal.key && principal.key->allows(jobs::Scope::submit)) return;
  if (settings_.open_submit) return;
  if (!principal.key)
    throw Refusal(Trouble::no_key,
                  "send a key with scope submit: `Authorization: Bearer KEY`; `chasqui keys add` makes one");
  throw Refusal(Trouble::forbidden, "this key lacks the scope submit");
}

void Access::may_change(const Principal& principal, const std::string& owner) const {
  if (principal.is_admin()) return;
  may_submit(principal);
  if (principal.owner() != owner) throw Refusal(Trouble::forbidden, "this belongs to another key");
}

void Access::is_admin(const Principal& principal) const {
  if (principal.is_admin()) return;
  if (!principal.key) throw Refusal(Trouble::no_key, "send a key with scope admin");
  throw Refusal(Trouble::forbidden, "this key lacks the scope admin");
}

void Access::count_submission(const Principal& principal) {
  const auto name = principal.key ? "key " + principal.key->id : "address " + principal.address;
  if (!submissions_.take(name, std::chrono::steady_clock::now()))
    throw Refusal(Trouble::too_many, fmt::format("{} submissions an hour are allowed", settings_.submissions_per_hour));
}

UploadSlot Access::begin_upload() {
  if (uploads_ >= settings_.uploads_at_once)
    throw Refusal(Trouble::busy, "too many uploads at once; try again in a moment");
  return UploadSlot(uploads_);
}

void Access::refuse_foreign_page(const Request& request, const Principal& principal) const {
  if (principal.key) return;  // another page cannot know it
  const auto origin = request.header("origin");
  const auto host = request.header("host");
  if (origin && (!host || host_of(*origin) != lower(*host)))
    throw Refusal(Trouble::forbidden, "another site's page may not do this without a key");
}

void Access::refuse_foreign_host(const Request& request) const {
  const auto host = request.header("host");
  if (host && !hosts_.allow(*host))
    throw Refusal(Trouble::wrong_host, "ask by address or as localhost; server.hosts names further hosts");
}

}  // namespace chasqui::server
