#include "feed/public_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace chasqui::feed {
namespace {

struct Block {
  std::uint32_t address;
  unsigned bits;
};

constexpr std::uint32_t ip(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array special{
    Block{ip(0, 0, 0, 0), 8},       Block{ip(10, 0, 0, 0), 8},     Block{ip(100, 64, 0, 0), 10},
    Block{ip(127, 0, 0, 0), 8},     Block{ip(169, 254, 0, 0), 16}, Block{ip(172, 16, 0, 0), 12},
    Block{ip(192, 0, 0, 0), 24},    Block{ip(192, 0, 2, 0), 24},   Block{ip(192, 31, 196, 0), 24},
    Block{ip(192, 52, 193, 0), 24}, Block{ip(192, 88, 99, 0), 24}, Block{ip(192, 168, 0, 0), 16},
    Block{ip(192, 175, 48, 0), 24}, Block{ip(198, 18, 0, 0), 15},  Block{ip(198, 51, 100, 0), 24},
    Block{ip(203, 0, 113, 0), 24},  Block{ip(224, 0, 0, 0), 4},    Block{ip(240, 0, 0, 0), 4},
};

bool is_public(std::uint32_t address) {
  return std::ranges::none_of(
      special, [address](const Block& block) { return (address ^ block.address) >> (32 - block.bits) == 0; });
}

bool is_public(const in6_addr& address) {
  const auto byte = [&address](std::size_t i) { return address.s6_addr[i]; };
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    std::uint32_t inner = 0;
    std::memcpy(&inner, &address.s6_addr[12], sizeof(inner));
    return is_public(ntohl(inner));
  }
  // Global unicast is 2000::/3 and nothing else; of that, 2001::/23 is for protocols (Teredo among them), 2001:db8::/32
  // and 3fff::/20 are documentation, and 2002::/16 carries an IPv4 address (6to4).
  if ((byte(0) & 0xE0) != 0x20) return false;
  const unsigned first = static_cast<unsigned>(byte(0)) << 8 | byte(1);
  const unsigned second = static_cast<unsigned>(byte(2)) << 8 | byte(3);
  if (first == 0x2001 && (second < 0x0200 || second == 0x0DB8)) return false;
  return first != 0x2002 && (first != 0x3FFF || second >= 0x1000);
}

}  // namespace

bool is_public(const sockaddr& address) noexcept {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof(v4));
    return is_public(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof(v6));
    return is_public(v6.sin6_addr);
  }
  return false;
}

bool is_public(const std::string& address) noexcept {
  in_addr v4{};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) return is_public(ntohl(v4.s_addr));
  in6_addr v6{};
  return ::inet_pton(AF_INET6, address.c_str(), &v6) == 1 && is_public(v6);
}

}  // namespace chasqui::feed
