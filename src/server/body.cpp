#include "server/body.hpp"

#include <fmt/format.h>

#include <array>

namespace chasqui::server {
namespace {

constexpr std::size_t body_read_bytes = 64 * 1024;
// The parser wants to see these whole: the line before a chunk, and what comes after the last.
constexpr std::size_t most_chunk_head_bytes = 16 * 1024;

}  // namespace

Body::Body(Connection& connection, HttpParser& parser, std::string& pending, bool expects_continue, Limits limits)
    : connection_(connection),
      parser_(parser),
      pending_(pending),
      expects_continue_(expects_continue),
      limits_(limits) {}

void Body::check_speed() const {
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begun_;
  if (passed <= limits_.stall) return;
  if (static_cast<double>(received_) < static_cast<double>(limits_.bytes_per_second) * passed.count())
    throw Refusal(Trouble::too_slow, fmt::format("fewer than {} bytes a second", limits_.bytes_per_second));
}

Task<std::size_t> Body::read_some(std::span<char> target) {
  if (expects_continue_) {
    expects_continue_ = false;
    if (!parser_.complete() && pending_.empty()) {
      const bool written = co_await connection_.transport().write("HTTP/1.1 100 Continue\r\n\r\n");
      broken_ = !written;
    }
  }
  while (!parser_.complete()) {
    if (!broken_ && !pending_.empty()) {
      broken_ = true;  // unless the bytes are taken: after an error the parser cannot be asked again
      const auto taken = parser_.take_body(pending_, target);
      broken_ = false;
      pending_.erase(0, taken.consumed);
      received_ += taken.produced;
      if (taken.produced > 0) co_return taken.produced;
      if (taken.consumed > 0) continue;
      if (pending_.size() > most_chunk_head_bytes) {
        broken_ = true;
        throw Refusal(Trouble::bad_request, "the extension of a chunk, or the trailer, has more than 16 KiB");
      }
    }
    check_speed();
    const auto before = pending_.size();
    pending_.resize(before + body_read_bytes);
    connection_.give(limits_.stall);
    std::size_t got = 0;
    if (!broken_) got = co_await connection_.transport().read_some({pending_.data() + before, body_read_bytes});
    // From here on it is the handler that takes its time.
    connection_.give(std::chrono::hours(24));
    pending_.resize(before + got);
    if (got == 0) {
      broken_ = true;
      throw Refusal(Trouble::bad_request, "the body ended before its end");
    }
  }
  co_return 0;
}

Task<std::string> Body::read_all(std::size_t most) {
  std::string all;
  std::string block(16 * 1024, '\0');
  for (;;) {
    const auto got = co_await read_some(block);
    if (got == 0) co_return all;
    if (all.size() + got > most)
      throw Refusal(Trouble::too_large, fmt::format("at most {} bytes are taken here", most));
    all.append(block, 0, got);
  }
}

Task<void> Body::drain(std::size_t most, Span patience) {
  expects_continue_ = false;
  limits_.stall = patience;
  std::string block(16 * 1024, '\0');
  std::size_t read = 0;
  try {
    while (!parser_.complete() && read <= most) {
      const auto got = co_await read_some(block);
      read += got;
    }
  } catch (const Refusal&) {
    co_return;  // the client has nothing more to say, and was answered
  }
}

}  // namespace chasqui::server
