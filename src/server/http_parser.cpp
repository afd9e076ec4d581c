#include "server/http_parser.hpp"

#include "server/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>

namespace chasqui::server {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t most_header_bytes = 16 * 1024;
// "0\r\n\r\n": no chunked body that is not complete lacks fewer bytes, and Beast asserts that it sees them together.
constexpr std::size_t shortest_chunked_end = 5;

[[noreturn]] void refuse(const boost::beast::error_code& error) {
  if (error == http::error::header_limit)
    throw Refusal(Trouble::header_too_large, "the header may have 16 KiB at most");
  throw Refusal(Trouble::bad_request, "not a request of HTTP/1.1: " + error.message());
}

std::string text(boost::beast::string_view view) {
  return {view.data(), view.size()};
}

/// What a proxy before this server might read in another way is not read at all: where one request ends and whom it is
/// for must be beyond doubt (RFC 9112 sections 3.2, 6.1 and 6.3).
void refuse_ambiguous(const Request& request, bool has_persistence) {
  const auto coding = request.header("transfer-encoding");
  if (coding && (lower(*coding) != "chunked" || !has_persistence))
    throw Refusal(Trouble::bad_request, "the only Transfer-Encoding is chunked, of HTTP/1.1");
  const auto hosts = std::ranges::count(request.headers, "host", &std::pair<std::string, std::string>::first);
  if (hosts > 1 || (hosts == 0 && has_persistence)) throw Refusal(Trouble::bad_request, "one header Host is needed");
  if (request.header("host").value_or("").find_first_of(" \t/\\@?#,") != std::string_view::npos)
    throw Refusal(Trouble::bad_request, "the header Host names no host");
}

}  // namespace

struct HttpParser::State {
  http::request_parser<http::buffer_body> parser;
  std::size_t head_bytes = 0;
};

HttpParser::HttpParser() : state_(std::make_unique<State>()) {
  state_->parser.header_limit(most_header_bytes);
  state_->parser.body_limit(boost::none);  // who reads the body has a limit of his own
}

HttpParser::~HttpParser() = default;

std::size_t HttpParser::take_head(std::string_view bytes) {
  auto& parser = state_->parser;
  boost::beast::error_code error;
  parser.eager(false);
  const auto taken = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error && error != http::error::need_more) refuse(error);
  // Beast's limit is one of each call.
  state_->head_bytes += taken;
  if (state_->head_bytes > most_header_bytes) refuse(http::error::header_limit);
  return taken;
}

bool HttpParser::head_complete() const {
  return state_->parser.is_header_done();
}

Request HttpParser::request() const {
  const auto& parser = state_->parser;
  const auto& message = parser.get();
  Request request;
  request.method = text(message.method_string());
  for (const auto& field : message) {
    const std::string value(trimmed({field.value().data(), field.value().size()}));
    request.headers.emplace_back(lower({field.name_string().data(), field.name_string().size()}), value);
  }
  if (parser.content_length()) request.content_length = *parser.content_length();
  request.chunked = parser.chunked();
  request.keep_alive = parser.keep_alive();
  // For clients that can only POST, as tus asks; but the answer to a POST always has its body.
  if (const auto override_ = request.header("x-http-method-override"); override_ && request.method == "POST") {
    if (*override_ == "HEAD") throw Refusal(Trouble::bad_request, "X-HTTP-Method-Override: a HEAD comes as HEAD");
    request.method = *override_;
  }
  if (const auto expect = request.header("expect")) request.expects_continue = lower(*expect) == "100-continue";
  if (message.version() != 11 && message.version() != 10)
    throw Refusal(Trouble::bad_request, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  refuse_ambiguous(request, message.version() == 11);
  const auto target = message.target();
  if (const auto parsed = parse_target({target.data(), target.size()}, request); !parsed)
    throw Refusal(Trouble::bad_request, parsed.error().message);
  return request;
}

HttpParser::Taken HttpParser::take_body(std::string_view bytes, std::span<char> target) {
  auto& parser = state_->parser;
  if (parser.is_done() || (parser.chunked() && bytes.size() < shortest_chunked_end)) return {};
  auto& body = parser.get().body();
  body.data = target.data();
  body.size = target.size();
  body.more = true;
  boost::beast::error_code error;
  parser.eager(true);
  const auto consumed = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error && error != http::error::need_more && error != http::error::need_buffer) refuse(error);
  return {consumed, target.size() - body.size};
}

bool HttpParser::complete() const {
  return state_->parser.is_done();
}

}  // namespace chasqui::server
