#pragma once

#include "server/problem.hpp"
#include "server/request.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace chasqui::server {

/// One HTTP/1.1 request out of a stream of bytes, by Beast's parser. Throws Refusal where the bytes are no request.
class HttpParser {
 public:
  HttpParser();
  ~HttpParser();

  /// Takes bytes of the header; answers how many. May be less than all: the rest belongs to the body.
  std::size_t take_head(std::string_view bytes);
  [[nodiscard]] bool head_complete() const;
  /// Precondition: the head is complete.
  [[nodiscard]] Request request() const;

  struct Taken {
    std::size_t consumed = 0;
    std::size_t produced = 0;
  };
  /// Takes bytes of the body and gives what they carry. Both zero: more bytes are needed.
  Taken take_body(std::string_view bytes, std::span<char> target);
  /// The whole request has been taken.
  [[nodiscard]] bool complete() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chasqui::server
