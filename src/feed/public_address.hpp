#pragma once

#include <string>

struct sockaddr;

namespace chasqui::feed {

/// Whether everybody on the internet means the same host by it: not loopback, private, link-local, shared (RFC 6598),
/// documentation, benchmarking, multicast or reserved, and none of these within an IPv6 address (mapped, NAT64, 6to4,
/// Teredo). After the registries of IANA for special-purpose addresses (RFC 6890).
bool is_public(const sockaddr& address) noexcept;

/// The same for an address in text, as inet_pton reads it; what is no address is not public.
bool is_public(const std::string& address) noexcept;

}  // namespace chasqui::feed
