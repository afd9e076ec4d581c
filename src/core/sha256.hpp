#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

namespace chasqui::core {

/// SHA-256 (FIPS 180-4) over a stream of bytes, by libsodium.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  /// Either of them ends the stream. `hex`: 64 lower-case hexadecimal digits.
  std::array<std::byte, 32> digest();
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of a whole file; throws Failure (input_missing, input_unreadable, on a stop request cancelled).
std::string sha256_of_file(const std::filesystem::path& path, const std::stop_token& stop = {});

}  // namespace chasqui::core
