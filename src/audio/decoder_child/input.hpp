#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct AVIOContext;

namespace chasqui::audio::decoder_child {

/// The bytes of the input for libav, from a descriptor that stays the caller's: a file is read at any place, a pipe or
/// device once from front to back. A read error is kept apart from the end of the file, which libav does not always do.
class Input {
 public:
  /// Looks at the kind and size of the file; to be made before the sandbox.
  explicit Input(int fd);
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input();

  [[nodiscard]] AVIOContext* context() noexcept { return context_; }

  /// What lies at `offset`, as far as there is: fewer bytes than asked for means the end. From a pipe only what lies
  /// before max_ahead, and only until libav has read.
  std::span<const std::uint8_t> peek(std::size_t offset, std::size_t bytes);

  [[nodiscard]] bool seekable() const noexcept { return seekable_; }
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }  ///< -1 when unknown
  /// An errno, or 0.
  [[nodiscard]] int error() const noexcept { return error_; }
  /// Whether someone asked for bytes beyond the last one.
  [[nodiscard]] bool hit_end() const noexcept { return hit_end_; }

 private:
  static constexpr std::size_t max_ahead = std::size_t{16} << 20;

  static int on_read(void* self, std::uint8_t* data, int bytes);
  static std::int64_t on_seek(void* self, std::int64_t offset, int whence);
  std::int64_t read(std::span<std::uint8_t> out);
  std::int64_t read_file(std::span<std::uint8_t> out, std::int64_t offset);
  std::int64_t read_stream(std::span<std::uint8_t> out);

  int fd_;
  bool seekable_ = false;
  std::int64_t size_ = -1;
  std::int64_t position_ = 0;
  std::vector<std::uint8_t> ahead_;  // of a pipe: what peek took, from the start; of a file: what peek gave
  bool hit_end_ = false;
  int error_ = 0;
  AVIOContext* context_;
};

}  // namespace chasqui::audio::decoder_child
