#include "core/random.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <chasqui/error.hpp>
#include <cstdint>
#include <vector>

namespace chasqui::core {
namespace {

constexpr std::string_view digits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t id_length = 26;

void start_sodium() {
  if (::sodium_init() < 0) throw Failure(Errc::internal, "libsodium does not start");
}

std::string hex(std::span<const unsigned char> bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  ::sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

}  // namespace

std::string random_hex(std::size_t bytes) {
  start_sodium();
  std::vector<unsigned char> random(bytes);
  ::randombytes_buf(random.data(), random.size());
  return hex(random);
}

std::string new_id(Time now) {
  start_sodium();
  std::string id(id_length, '0');
  auto millis = static_cast<std::uint64_t>(to_millis(now));
  for (std::size_t i = 10; i-- > 0; millis >>= 5) id[i] = digits[millis & 31];
  std::array<unsigned char, id_length - 10> random{};
  ::randombytes_buf(random.data(), random.size());
  std::ranges::transform(random, id.begin() + 10, [](unsigned char byte) { return digits[byte & 31]; });
  return id;
}

bool is_id(std::string_view text) noexcept {
  return text.size() == id_length && text.find_first_not_of(digits) == std::string_view::npos;
}

std::string secret_hash(std::string_view text) {
  start_sodium();
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  const std::vector<unsigned char> bytes(text.begin(), text.end());
  ::crypto_generichash(hash.data(), hash.size(), bytes.data(), bytes.size(), nullptr, 0);
  return hex(hash);
}

bool same_secret(std::string_view one, std::string_view other) noexcept {
  return one.size() == other.size() && ::sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace chasqui::core
