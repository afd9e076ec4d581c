#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace chasqui::server {

/// Of multipart/form-data (RFC 7578).
struct PartHead {
  std::string name;
  std::string file_name;  ///< without folders
  bool is_file = false;
};

/// Takes multipart/form-data in pieces of any size, with bounded memory. Throws Refusal(bad_request) where it is not.
class MultipartReader {
 public:
  struct Sink {
    std::function<void(const PartHead&)> begin;
    std::function<void(std::string_view)> data;
    std::function<void()> end;
  };

  /// `boundary`: as the Content-Type says. Throws Refusal when it cannot be one.
  MultipartReader(std::string_view boundary, Sink sink);

  void take(std::string_view bytes);
  /// Whether the closing boundary was seen.
  [[nodiscard]] bool complete() const noexcept { return state_ == State::after; }

 private:
  enum class State : std::uint8_t { before, head, data, after };
  bool step();
  bool take_head();
  bool take_data();

  std::string delimiter_;  // CRLF "--" boundary
  Sink sink_;
  std::string held_;
  State state_ = State::before;
  unsigned parts_ = 0;
  std::size_t after_ = 0;  // bytes behind the last boundary
};

}  // namespace chasqui::server
