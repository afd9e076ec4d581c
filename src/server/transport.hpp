#pragma once

#include "server/task.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace chasqui::server {

/// Bytes to and from one client. A client that is gone, or was given up, is read as an end and written as `false`.
class Transport {
 public:
  virtual ~Transport() = default;

  /// 0: nothing will come any more.
  virtual Task<std::size_t> read_some(std::span<char> buffer) = 0;
  /// All of it.
  virtual Task<bool> write(std::string_view bytes) = 0;
  /// `head`, then `length` bytes of the file from `offset`.
  virtual Task<bool> send_file(std::string head, int file, std::uint64_t offset, std::uint64_t length) = 0;
  /// Says that nothing more will come, where a bare end could be a cut (TLS).
  virtual Task<void> say_goodbye() = 0;
  /// Whoever reads or writes is woken and sees the end.
  virtual void close() = 0;
  /// How often bytes have moved: written, or accepted by the client.
  virtual std::uint64_t moved() = 0;
};

}  // namespace chasqui::server
