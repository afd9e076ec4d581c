#include "server/session.hpp"

#include "core/exit_code.hpp"
#include "core/log.hpp"
#include "server/problem.hpp"
#include "server/request_id.hpp"
#include "server/text.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace chasqui::server {
namespace {

constexpr std::size_t head_read_bytes = 8 * 1024;
// Of a body that was not wanted.
constexpr std::size_t drained_bytes = 4 << 20;
constexpr auto drained_patience = std::chrono::seconds(2);
constexpr auto goodbye_patience = std::chrono::seconds(2);

/// Reads until the head is complete. False: the client ended, or said nothing.
Task<bool> read_head(Connection& connection, const Settings& settings, HttpParser& parser, std::string& pending) {
  bool waiting = pending.empty();
  connection.set_idle(waiting);
  connection.give(pending.empty() ? Span(settings.idle_time) : Span(settings.header_time));
  for (;;) {
    if (!pending.empty()) {
      pending.erase(0, parser.take_head(pending));
      if (parser.head_complete()) break;
    }
    const auto before = pending.size();
    pending.resize(before + head_read_bytes);
    const auto got = co_await connection.transport().read_some({pending.data() + before, head_read_bytes});
    pending.resize(before + got);
    if (got == 0) co_return false;
    // The clock for the head begins with its first byte, and no later byte sets it back.
    if (waiting) connection.give(settings.header_time);
    waiting = false;
    connection.set_idle(false);
  }
  co_return true;
}

/// `head` goes out with the first bytes of the first piece.
Task<bool> write_body(Transport& transport, std::string head, const FileBody& body) {
  for (const auto& piece : body.pieces) {
    head += piece.before;
    const bool sent = co_await transport.send_file(std::move(head), body.blob->file.get(), piece.offset, piece.length);
    if (!sent) co_return false;
    head.clear();
  }
  head += body.after;
  const bool end = co_await transport.write(head);
  co_return end;
}

Task<bool> write_response(Connection& connection, const Settings& settings, const Response& response, bool head_only,
                          std::string date, bool keep_alive) {
  auto& transport = connection.transport();
  connection.give_while_moving(settings.stall_time);
  auto text = head_text(response, date, keep_alive);
  const auto* bytes = std::get_if<std::string>(&response.body);
  if (bytes != nullptr || head_only) {
    if (bytes != nullptr && !head_only) text += *bytes;
    const bool written = co_await transport.write(text);
    co_return written;
  }
  if (const auto* file = std::get_if<FileBody>(&response.body)) {
    const bool sent = co_await write_body(transport, std::move(text), *file);
    co_return sent;
  }
  const bool written = co_await transport.write(text);
  if (written) co_await std::get<StreamBody>(response.body)(transport);
  co_return false;
}

/// No coding is undone here: what is inside would be taken for the recording (RFC 9110 section 15.5.16).
void refuse_coded(const Request& request) {
  const auto coding = request.header("content-encoding");
  if (coding && lower(*coding) != "identity")
    throw Refusal(Trouble::wrong_type, "Content-Encoding: bodies come as they are, not compressed");
}

Task<Response> answer(const Site& site, const Router::Match& match, Exchange& exchange) {
  const auto& request = exchange.request;
  site.access.refuse_foreign_host(request);
  if (match.route == nullptr && match.allow.empty()) throw Refusal(Trouble::not_found, "no such path; see /docs");
  if (match.route == nullptr) {
    auto response = problem(Trouble::wrong_method, fmt::format("this path knows {}", match.allow));
    response.with("Allow", match.allow);
    co_return response;
  }
  exchange.principal = co_await site.access.identify(request);
  refuse_coded(request);
  if (request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS")
    site.access.refuse_foreign_page(request, exchange.principal);
  auto response = co_await match.route->handler(exchange);
  co_return response;
}

/// Whatever goes wrong is told as the route does; by a problem document, as a rule.
Task<Response> guarded(const Site& site, const Router::Match& match, Exchange& exchange) {
  Told told = problem;
  if (match.route != nullptr) told = match.route->told;
  Response failed;
  try {
    auto response = co_await answer(site, match, exchange);
    co_return response;
  } catch (const Refusal& refusal) {
    failed = told(refusal.trouble(), refusal.what(), {});
  } catch (const Failure& failure) {
    const auto trouble = trouble_for(failure.code());
    const bool of_client = row(trouble).status < 500;
    // What went wrong with a disk or a database names folders and hosts that are nobody's business.
    failed = told(trouble, of_client ? failure.what() : "not possible at the moment; the log says why",
                  core::name(failure.code()));
    if (!of_client)
      site.services.log.warning(
          fmt::format("{} {}: {}", exchange.request.method, exchange.request.path, failure.what()),
          {.request = exchange.request.id});
  } catch (const std::exception& fault) {
    failed = told(Trouble::internal, "this was logged", {});
    site.services.log.error(fmt::format("{} {}: {}", exchange.request.method, exchange.request.path, fault.what()),
                            {.request = exchange.request.id});
  }
  co_return failed;
}

void count(const Site& site, const Exchange& exchange, const Router::Match& match, const Response& response,
           std::chrono::steady_clock::time_point start) {
  const std::string route(match.route == nullptr ? "none" : match.route->pattern);
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  auto& metrics = site.services.metrics;
  const auto& method = match.route == nullptr ? "other" : exchange.request.method;
  metrics.count("chasqui_http_requests_total",
                {{"method", method}, {"route", route}, {"status", std::to_string(response.status)}});
  metrics.observe("chasqui_http_request_seconds", {{"route", route}}, passed.count());
  if (exchange.body.received() > 0)
    metrics.count("chasqui_http_received_bytes_total", {}, static_cast<double>(exchange.body.received()));
}

double body_bytes(const Response& response) {
  if (const auto* file = std::get_if<FileBody>(&response.body)) return static_cast<double>(file->length());
  const auto* text = std::get_if<std::string>(&response.body);
  return text == nullptr ? 0 : static_cast<double>(text->size());
}

/// One request. Whether another may follow.
Task<bool> serve_one(Connection& connection, const Site& site, std::string& pending) {
  HttpParser parser;
  const auto& settings = site.settings;
  Request request;
  std::optional<Response> malformed;
  try {
    const bool complete = co_await read_head(connection, settings, parser, pending);
    if (!complete) co_return false;
    request = parser.request();
  } catch (const Refusal& refusal) {
    malformed = problem(refusal.trouble(), refusal.what());
  }
  const auto date = core::http_date(site.services.clock());
  if (malformed) {
    co_await write_response(connection, settings, *malformed, false, date, false);
    co_return false;
  }
  connection.set_idle(false);
  request.address = connection.address();
  request.id = request_id(request);
  const auto start = std::chrono::steady_clock::now();
  if (pending.empty()) std::string().swap(pending);  // as long as the answer takes, it is not needed
  Body body(connection, parser, pending, request.expects_continue,
            {settings.stall_time, settings.body_bytes_per_second});
  auto match = site.router.find(request.method, request.path);
  Exchange exchange{std::move(request), body, {}, match.parameters};
  // Handlers wait for the database or for work; each of those waits has an end of its own.
  connection.give(std::chrono::hours(24));
  auto response = co_await guarded(site, match, exchange);
  response.with("X-Request-Id", exchange.request.id);
  count(site, exchange, match, response, start);
  const bool keep_alive = exchange.request.keep_alive && !response.close && !site.leaving && body.complete() &&
                          !std::holds_alternative<StreamBody>(response.body);
  const bool head_only = exchange.request.method == "HEAD";
  const bool written = co_await write_response(connection, settings, response, head_only, date, keep_alive);
  if (written && !head_only) site.services.metrics.count("chasqui_http_sent_bytes_total", {}, body_bytes(response));
  // A client that is still sending hears the answer only if the connection is not torn down at once (RFC 9112 9.6).
  if (written && !body.complete() && !body.broken()) co_await body.drain(drained_bytes, drained_patience);
  const bool goes_on = written && keep_alive;
  co_return goes_on;
}

}  // namespace

Task<void> serve(std::shared_ptr<Connection> connection, const Site& site) {
  std::string pending;
  try {
    bool go_on = true;
    while (go_on && !site.draining) {
      go_on = co_await serve_one(*connection, site, pending);
    }
    connection->give(goodbye_patience);
    co_await connection->transport().say_goodbye();
  } catch (const std::exception& fault) {
    site.services.log.error(fmt::format("session with {}: {}", connection->address(), fault.what()));
  }
  connection->transport().close();
}

}  // namespace chasqui::server
