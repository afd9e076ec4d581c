#include "jobs/amqp_address.hpp"

#include <fmt/format.h>

#include <amqp.h>
#include <chasqui/error.hpp>

namespace chasqui::jobs {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

AmqpAddress parse_one(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return Failure(Errc::config, fmt::format("broker.addresses: one of them {}; it should be like "
                                             "amqps://user@host:5671/vhost",
                                             why));
  };
  std::string url(text);  // it is taken apart in place
  const auto authority = text.substr(0, text.find('@'));
  if (authority.size() < text.size() && authority.rfind(':') > authority.find("://"))
    throw wrong("has a password in it, which belongs into a file: broker.password_file");
  amqp_connection_info info{};
  if (::amqp_parse_url(url.data(), &info) != AMQP_STATUS_OK) throw wrong("is no amqp:// or amqps:// URL");
  if (*info.host == '\0') throw wrong("names no host");
  return {info.ssl != 0, info.host, static_cast<std::uint16_t>(info.port), *info.vhost == '\0' ? "/" : info.vhost,
          info.user};
}

}  // namespace

std::string AmqpAddress::name() const {
  return fmt::format("{}://{}:{}", tls ? "amqps" : "amqp", host, port);
}

std::vector<AmqpAddress> parse_amqp_addresses(std::string_view text) {
  std::vector<AmqpAddress> addresses;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto one = trimmed(text.substr(0, comma));
    if (!one.empty()) addresses.push_back(parse_one(one));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  if (addresses.empty())
    throw Failure(Errc::config,
                  "broker.addresses: names no broker; set it to amqp://user@host:port/vhost, or several "
                  "with commas");
  return addresses;
}

}  // namespace chasqui::jobs
