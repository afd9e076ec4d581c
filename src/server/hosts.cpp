#include "server/hosts.hpp"

#include "core/log.hpp"
#include "server/settings.hpp"
#include "server/text.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace chasqui::server {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view every = "*";

/// Without port, brackets and the dot that ends a name.
std::string bare(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
  auto name = lower(host.substr(0, host.find(':')));
  if (name.ends_with('.')) name.pop_back();
  return name;
}

bool is_address(const std::string& host) {
  boost::system::error_code error;
  static_cast<void>(ip::make_address(host, error));
  return !error;
}

bool is_loopback(const std::string& address) {
  boost::system::error_code error;
  const auto parsed = ip::make_address(address, error);
  return !error && parsed.is_loopback();
}

}  // namespace

Hosts::Hosts(const Settings& settings)
    : names_(settings.hosts),
      all_(std::ranges::find(names_, every) != names_.end() ||
           (names_.empty() && !(settings.open_submit && is_loopback(settings.address)))) {}

bool Hosts::allow(std::string_view host) const {
  if (all_) return true;
  const auto name = bare(host);
  // RFC 6761 section 6.3: names below localhost are of this machine, too.
  return name == "localhost" || name.ends_with(".localhost") || is_address(name) ||
         std::ranges::find(names_, name) != names_.end();
}

Result<std::vector<std::string>> parse_hosts(std::string_view text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz0123456789-._";
  std::vector<std::string> names;
  while (!trimmed(text).empty()) {
    const auto comma = text.find(',');
    auto name = lower(trimmed(text.substr(0, comma)));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    if (name != every && (name.empty() || name.find_first_not_of(plain) != std::string::npos))
      return std::unexpected(Error{
          Errc::config,
          fmt::format("server.hosts: '{}': should be a name like radio.example, or *", core::printable(name, 60))});
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace chasqui::server
