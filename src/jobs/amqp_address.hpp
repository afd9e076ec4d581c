#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chasqui::jobs {

/// One node of a broker.
struct AmqpAddress {
  bool tls = false;
  std::string host;
  std::uint16_t port = 5672;  ///< 5671 with TLS
  std::string vhost = "/";
  std::string user = "guest";

  [[nodiscard]] std::string name() const;
};

/// "amqp://user@host:port/vhost, amqps://..."; a vhost is percent-encoded. Throws Failure(config) that names the one
/// that is wrong. A password does not belong there.
std::vector<AmqpAddress> parse_amqp_addresses(std::string_view text);

}  // namespace chasqui::jobs
