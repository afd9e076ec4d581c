#include "core/sha256.hpp"

#include "core/unique_fd.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <cerrno>
#include <chasqui/error.hpp>
#include <fcntl.h>
#include <system_error>
#include <vector>

namespace chasqui::core {

struct Sha256::State {
  crypto_hash_sha256_state hash;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  crypto_hash_sha256_init(&state_->hash);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes) {
  crypto_hash_sha256_update(&state_->hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::array<std::byte, 32> Sha256::digest() {
  std::array<std::byte, crypto_hash_sha256_BYTES> bytes{};
  crypto_hash_sha256_final(&state_->hash, reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

std::string Sha256::hex() {
  std::string text;
  for (const std::byte byte : digest()) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

std::string sha256_of_file(const std::filesystem::path& path, const std::stop_token& stop) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto fail = [&](int error) {
    throw Failure(error == ENOENT ? Errc::input_missing : Errc::input_unreadable,
                  fmt::format("{}: cannot read: {}", path.string(), std::generic_category().message(error)));
  };
  if (!fd.valid()) fail(errno);
  Sha256 hash;
  std::vector<std::byte> buffer(std::size_t{1} << 16);
  for (;;) {
    if (stop.stop_requested()) throw Failure(Errc::cancelled, path.string() + ": stopped on request");
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(errno);
    if (got == 0) return hash.hex();
    hash.update(std::span(buffer).first(static_cast<std::size_t>(got)));
  }
}

}  // namespace chasqui::core
