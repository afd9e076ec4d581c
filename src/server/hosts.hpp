#pragma once

#include <chasqui/error.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace chasqui::server {

struct Settings;

/// By which names the service may be asked for. Somebody else's page can let the name of its own site point to this
/// machine (DNS rebinding); to the browser it is then of one origin with the service, and only the header Host tells.
/// Addresses and names of this machine cannot be used like that.
class Hosts {
 public:
  /// Of `hosts` what is named, or with "*" all. Without any: all, unless everybody who reaches the service may submit
  /// and only this machine should reach it.
  explicit Hosts(const Settings& settings);

  /// `host` is a header's value: a name or an address, and perhaps a port.
  [[nodiscard]] bool allow(std::string_view host) const;

 private:
  std::vector<std::string> names_;
  bool all_;
};

/// "aula.local, radio.example" in lower case; Errc::config: what is no name, such as an address with a path or a port.
Result<std::vector<std::string>> parse_hosts(std::string_view text);

}  // namespace chasqui::server
