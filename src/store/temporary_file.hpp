#pragma once

#include "core/sha256.hpp"
#include "core/unique_fd.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace chasqui::store {

/// Throws Failure (disk_full, output_unwritable) for what `error` (errno) says.
[[noreturn]] void fail_on(const std::filesystem::path& path, const char* doing, int error);
/// Of all of an open file, hexadecimal; empty when it cannot be read to the end.
std::string sha256_of(int file);

/// A file without a name, hashed while it is written.
class TemporaryFile {
 public:
  /// Throws Failure (disk_full, output_unwritable), as `write` does.
  explicit TemporaryFile(std::filesystem::path folder);

  void write(std::span<const std::byte> bytes);
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }
  /// Of what was written; nothing can be written afterwards.
  const std::string& sha256();
  core::UniqueFd release() noexcept { return std::move(file_); }

 private:
  std::filesystem::path folder_;
  core::UniqueFd file_;
  core::Sha256 sha_;
  std::uint64_t size_ = 0;
  std::string sha256_;
};

}  // namespace chasqui::store
