#include "server/http_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>

namespace chasqui::server {
namespace {

/// The body, where the message arrives in pieces of one size; nothing when it is refused or does not end.
std::optional<std::string> body_of(std::string_view message, std::size_t piece) try {
  HttpParser parser;
  std::string pending;
  std::string body;
  while (!parser.complete()) {
    if (message.empty()) return std::nullopt;
    pending += message.substr(0, piece);
    message.remove_prefix(std::min(piece, message.size()));
    if (!parser.head_complete()) pending.erase(0, parser.take_head(pending));
    std::array<char, 4> target{};
    while (parser.head_complete() && !parser.complete() && !pending.empty()) {
      const auto taken = parser.take_body(pending, target);
      if (taken.consumed == 0 && taken.produced == 0) break;
      pending.erase(0, taken.consumed);
      body.append(target.data(), taken.produced);
    }
  }
  return body;
} catch (const Refusal&) {
  return std::nullopt;
}

struct Row {
  const char* name;
  const char* chunks;
  std::optional<std::string> body;
};

const Row rows[] = {
    {"plain", "3\r\nabc\r\n6\r\ndefghi\r\n0\r\n\r\n", "abcdefghi"},
    {"empty", "0\r\n\r\n", ""},
    {"trailers", "3\r\nabc\r\n0\r\nX: y\r\n\r\n", "abc"},
    {"trailers of nothing", "0\r\nX: y\r\n\r\n", ""},
    {"extension", "3;a=b\r\nabc\r\n0\r\n\r\n", "abc"},
    {"end that is none", "3\r\nabc\r\n0\r\n\r?\r\n\r\n", std::nullopt},
    {"trailer that is none", "0\r\nabc\xc9\x63\r\n\r\n", std::nullopt},
    {"size that is none", "x\r\nabc\r\n", std::nullopt},
    {"cut", "3\r\nabc\r\n0\r\n", std::nullopt},
};

TEST(HttpParser, TakesChunksInPiecesOfAnySize) {
  for (const auto& row : rows)
    for (const std::size_t piece : {1, 2, 3, 4, 5, 7, 1000})
      EXPECT_EQ(
          body_of("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(row.chunks), piece),
          row.body)
          << row.name << " in pieces of " << piece;
}

}  // namespace
}  // namespace chasqui::server
