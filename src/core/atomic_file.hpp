#pragma once

#include "core/unique_fd.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace chasqui::core {

/// A file that appears under its name only when complete and synced: written without a name in the target's folder
/// (O_TMPFILE; where the filesystem has none, under a hidden name), then linked, renamed over the target, folder
/// synced. Whatever ends the process before `commit` returns, the target is untouched. What is there and not a file,
/// such as a device, is not replaced. Throws Failure (output_unwritable, disk_full), naming the target.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);
  AtomicFile(AtomicFile&&) noexcept = default;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// For writers that go back to patch a header.
  void write_at(std::span<const std::byte> bytes, std::size_t offset);
  void commit();

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// For writers that need a descriptor; stays owned here.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;  // empty while the file has no name
  UniqueFd fd_;
  std::size_t size_ = 0;
};

}  // namespace chasqui::core
