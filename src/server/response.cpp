#include "server/response.hpp"

#include <fmt/format.h>

#include <iterator>

namespace chasqui::server {

std::uint64_t FileBody::length() const noexcept {
  std::uint64_t sum = after.size();
  for (const auto& piece : pieces) sum += piece.before.size() + piece.length;
  return sum;
}

Response json_response(unsigned status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.with("Content-Type", "application/json").with("Cache-Control", "no-store");
  return response;
}

Response html_response(unsigned status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.with("Content-Type", "text/html; charset=utf-8")
      .with(
          "Content-Security-Policy",
          "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self' data:; form-action 'self'; "
          "base-uri 'none'; frame-ancestors 'none'")
      .with("Referrer-Policy", "same-origin");
  return response;
}

Response empty_response(unsigned status) {
  Response response;
  response.status = status;
  return response;
}

std::string head_text(const Response& response, std::string_view date, bool keep_alive) {
  std::string text;
  text.reserve(512);
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\nDate: {}\r\nServer: chasqui\r\nX-Content-Type-Options: nosniff\r\n",
                 response.status, reason(response.status), date);
  for (const auto& [name, value] : response.headers) {
    text += name;
    text += ": ";
    // A line break in a value would end it and begin another header.
    for (const char c : value) text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    text += "\r\n";
  }
  if (const auto* bytes = std::get_if<std::string>(&response.body);
      bytes != nullptr && response.status != 204 && response.status != 304)
    fmt::format_to(out, "Content-Length: {}\r\n", bytes->size());
  else if (const auto* file = std::get_if<FileBody>(&response.body))
    fmt::format_to(out, "Content-Length: {}\r\n", file->length());
  text += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return text;
}

std::string_view reason(unsigned status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 423:
      return "Locked";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 460:
      return "Checksum Mismatch";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 507:
      return "Insufficient Storage";
    default:
      return "Status";
  }
}

}  // namespace chasqui::server
