#pragma once

#include "server/connections.hpp"
#include "server/http_parser.hpp"

#include <span>
#include <string>

namespace chasqui::server {

/// The body of one request, read as its handler asks for it.
class Body {
 public:
  struct Limits {
    Span stall{};                        ///< without a byte
    std::uint64_t bytes_per_second = 0;  ///< at least, on average, once `stall` has passed
  };

  /// `pending`: bytes that came with the head. All outlive this.
  Body(Connection& connection, HttpParser& parser, std::string& pending, bool expects_continue, Limits limits);

  /// Some bytes, or 0 at the end. Throws Refusal: bad_request when the client stops in the middle; too_slow.
  Task<std::size_t> read_some(std::span<char> target);
  /// All of it. Throws Refusal: too_large when it has more than `most`.
  Task<std::string> read_all(std::size_t most);
  /// Reads and forgets what is left, up to `most`, as long as no byte is awaited for longer than `patience`.
  Task<void> drain(std::size_t most, Span patience);

  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  [[nodiscard]] bool complete() const { return parser_.complete(); }
  /// The client stopped in the middle, and cannot be answered.
  [[nodiscard]] bool broken() const noexcept { return broken_; }

 private:
  void check_speed() const;

  Connection& connection_;
  HttpParser& parser_;
  std::string& pending_;
  bool expects_continue_;
  Limits limits_;
  Moment begun_ = std::chrono::steady_clock::now();
  std::uint64_t received_ = 0;
  bool broken_ = false;
};

}  // namespace chasqui::server
