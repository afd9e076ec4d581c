#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace chasqui::core {

/// `bytes` random bytes as lower-case hexadecimal digits, from the kernel by libsodium.
std::string random_hex(std::size_t bytes);

/// A name that nobody guesses and that sorts by time: 26 characters, 48 bits of milliseconds and 80 random ones in
/// Crockford's base 32, lower case (as in a ULID).
std::string new_id(Time now);
bool is_id(std::string_view text) noexcept;

/// BLAKE2b-256 of `text`, hexadecimal. For secrets that are random and long; not for passwords.
std::string secret_hash(std::string_view text);
/// In constant time.
bool same_secret(std::string_view one, std::string_view other) noexcept;

}  // namespace chasqui::core
