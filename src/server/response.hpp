#pragma once

#include "server/task.hpp"
#include "server/transport.hpp"
#include "store/blob_store.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace chasqui::server {

/// Pieces of one blob, each after a text of its own (the head of a part of multipart/byteranges).
struct FileBody {
  struct Piece {
    std::string before;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  std::shared_ptr<const store::OpenBlob> blob;
  std::vector<Piece> pieces;
  std::string after;

  [[nodiscard]] std::uint64_t length() const noexcept;
};

/// Written as it comes; the connection ends with it.
using StreamBody = std::function<Task<void>(Transport&)>;

struct Response {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::variant<std::string, FileBody, StreamBody> body;
  bool close = false;

  Response& with(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

Response json_response(unsigned status, std::string body);
Response html_response(unsigned status, std::string body);
/// 204, or another status without a body.
Response empty_response(unsigned status);

/// Status line and header, to its empty line. Content-Length and Connection are added.
std::string head_text(const Response& response, std::string_view date, bool keep_alive);
std::string_view reason(unsigned status) noexcept;

}  // namespace chasqui::server
