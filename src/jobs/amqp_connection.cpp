#include "jobs/amqp_connection.hpp"

#include "core/secret_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <amqp.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <array>
#include <set>
#include <string_view>

namespace chasqui::jobs {
namespace {

using namespace std::chrono_literals;

constexpr amqp_channel_t channel = 1;
constexpr auto answer_time = 10s;
constexpr std::size_t letters_at_once = 256;  // so few that the broker never has to slow us down in the middle

timeval to_timeval(std::chrono::microseconds span) {
  return {.tv_sec = span.count() / 1'000'000, .tv_usec = span.count() % 1'000'000};
}

amqp_bytes_t bytes(std::string_view text) {
  return {.len = text.size(), .bytes = const_cast<char*>(text.data())};  // NOLINT: the library only reads it
}

std::string text(amqp_bytes_t value) {
  return {static_cast<const char*>(value.bytes), value.len};
}

amqp_table_entry_t entry(const char* name, const std::string& value) {
  return {.key = ::amqp_cstring_bytes(name), .value = {.kind = AMQP_FIELD_KIND_UTF8, .value = {.bytes = bytes(value)}}};
}

amqp_table_entry_t entry(const char* name, bool value) {
  return {.key = ::amqp_cstring_bytes(name), .value = {.kind = AMQP_FIELD_KIND_BOOLEAN, .value = {.boolean = value}}};
}

amqp_table_entry_t entry(const char* name, amqp_table_t value) {
  return {.key = ::amqp_cstring_bytes(name), .value = {.kind = AMQP_FIELD_KIND_TABLE, .value = {.table = value}}};
}

amqp_table_entry_t entry(const char* name, std::int64_t value) {
  return {.key = ::amqp_cstring_bytes(name), .value = {.kind = AMQP_FIELD_KIND_I64, .value = {.i64 = value}}};
}

std::string text_of(const amqp_table_t& headers, std::string_view name) {
  for (int i = 0; i < headers.num_entries; ++i) {
    const auto& one = headers.entries[i];  // NOLINT(cppcoreguidelines-pro-bounds-pointer-arithmetic)
    if (text(one.key) == name && one.value.kind == AMQP_FIELD_KIND_UTF8) return text(one.value.value.bytes);
  }
  return {};
}

/// What the broker said when it closed a channel or connection.
std::string reason(amqp_method_number_t method, void* decoded) {
  if (method == AMQP_CONNECTION_CLOSE_METHOD) return text(static_cast<amqp_connection_close_t*>(decoded)->reply_text);
  if (method == AMQP_CHANNEL_CLOSE_METHOD) return text(static_cast<amqp_channel_close_t*>(decoded)->reply_text);
  return fmt::format("unexpected method {:#x}", method);
}

}  // namespace

struct AmqpConnection::State {
  explicit State(std::string broker) : name(std::move(broker)), line(::amqp_new_connection()) {}
  ~State() {
    // Without a farewell, which would wait for a broker that may be gone: it sees the line end.
    ::amqp_destroy_connection(line);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[noreturn]] void fail(std::string_view doing, const std::string& why) const {
    throw BrokerFailure(fmt::format("{}: {}: {}", name, doing, why));
  }
  void check(int status, std::string_view doing) const {
    if (status != AMQP_STATUS_OK) fail(doing, ::amqp_error_string2(status));
  }
  void check(const amqp_rpc_reply_t& reply, std::string_view doing) const {
    if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) fail(doing, ::amqp_error_string2(reply.library_error));
    if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) fail(doing, reason(reply.reply.id, reply.reply.decoded));
    fail(doing, "no answer");
  }
  void check_last(std::string_view doing) const { check(::amqp_get_rpc_reply(line), doing); }

  void check_blocked() const {
    if (!blocked.empty()) throw BrokerBlocked(fmt::format("{}: takes no messages: {}", name, blocked));
  }

  /// A method of the broker's own accord, within `span`.
  std::optional<amqp_method_t> next_method(std::chrono::microseconds span) {
    ::amqp_maybe_release_buffers(line);
    const auto wait = to_timeval(span);
    amqp_frame_t frame{};
    const int status = ::amqp_simple_wait_frame_noblock(line, &frame, &wait);
    if (status == AMQP_STATUS_TIMEOUT) return std::nullopt;
    check(status, "waiting");
    if (frame.frame_type != AMQP_FRAME_METHOD) return std::nullopt;
    const auto& method = frame.payload.method;
    if (method.id == AMQP_CONNECTION_BLOCKED_METHOD)
      blocked = text(static_cast<amqp_connection_blocked_t*>(method.decoded)->reason);
    if (method.id == AMQP_CONNECTION_UNBLOCKED_METHOD) blocked.clear();
    if (method.id == AMQP_CONNECTION_CLOSE_METHOD || method.id == AMQP_CHANNEL_CLOSE_METHOD)
      fail("closed by the broker", reason(method.id, method.decoded));
    return method;
  }

  std::string name;
  amqp_connection_state_t line;
  std::uint64_t published = 0;
  std::set<std::uint64_t> unconfirmed;
  std::string blocked;  ///< why the broker takes no messages just now; else empty
};

AmqpConnection::AmqpConnection(const BrokerSettings& settings, const AmqpAddress& address)
    : state_(std::make_unique<State>(address.name())) {
  auto& state = *state_;
  const auto password =
      settings.password_file.empty() ? "guest" : core::read_secret(settings.password_file, "broker.password_file");
  amqp_socket_t* socket = nullptr;
  if (address.tls) {
    socket = ::amqp_ssl_socket_new(state.line);
    if (socket == nullptr) state.fail("TLS", "cannot begin");
    ::amqp_ssl_socket_set_verify_peer(socket, 1);
    ::amqp_ssl_socket_set_verify_hostname(socket, 1);
    ::amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST);
    const auto ca = settings.ca_file.empty() ? "/etc/ssl/certs/ca-certificates.crt" : settings.ca_file.string();
    state.check(::amqp_ssl_socket_set_cacert(socket, ca.c_str()), fmt::format("broker.ca_file: {}", ca));
    if (!settings.certificate_file.empty())
      state.check(::amqp_ssl_socket_set_key(socket, settings.certificate_file.c_str(), settings.key_file.c_str()),
                  fmt::format("broker.certificate_file: {} and its key", settings.certificate_file.string()));
  } else {
    socket = ::amqp_tcp_socket_new(state.line);
    if (socket == nullptr) state.fail("connecting", "out of memory");
  }
  const auto patience = to_timeval(settings.connect_time);
  ::amqp_set_handshake_timeout(state.line, &patience);
  const auto rpc = to_timeval(answer_time);
  ::amqp_set_rpc_timeout(state.line, &rpc);
  state.check(::amqp_socket_open_noblock(socket, address.host.c_str(), address.port, &patience), "connecting");
  constexpr int frame_bytes = 131072;
  auto told = entry("connection.blocked", true);
  auto capabilities = entry("capabilities", amqp_table_t{.num_entries = 1, .entries = &told});
  const amqp_table_t properties{.num_entries = 1, .entries = &capabilities};
  state.check(::amqp_login_with_properties(state.line, address.vhost.c_str(), 0, frame_bytes,
                                           static_cast<int>(settings.heartbeat.count()), &properties,
                                           AMQP_SASL_METHOD_PLAIN, address.user.c_str(), password.c_str()),
              fmt::format("logging in as {}", address.user));
  ::amqp_channel_open(state.line, channel);
  state.check_last("opening a channel");
  ::amqp_confirm_select(state.line, channel);
  state.check_last("asking for confirms");
}

AmqpConnection::~AmqpConnection() = default;

void AmqpConnection::declare_exchange(const std::string& name) {
  ::amqp_exchange_declare(state_->line, channel, bytes(name), ::amqp_cstring_bytes("direct"), 0, 1, 0, 0,
                          amqp_empty_table);
  state_->check_last("exchange " + name);
}

void AmqpConnection::declare_queue(const std::string& name, const QueueOptions& options, const std::string& exchange,
                                   const std::string& key) {
  const std::string type = options.quorum ? "quorum" : "classic";
  std::array<amqp_table_entry_t, 5> entries{};
  int count = 0;
  const auto add = [&](const amqp_table_entry_t& one) { entries.at(static_cast<std::size_t>(count++)) = one; };
  add(entry("x-queue-type", type));
  if (options.delivery_limit >= 0) add(entry("x-delivery-limit", options.delivery_limit));
  if (options.message_ttl_ms >= 0) add(entry("x-message-ttl", options.message_ttl_ms));
  if (!options.dead_letter_exchange.empty()) add(entry("x-dead-letter-exchange", options.dead_letter_exchange));
  if (!options.dead_letter_key.empty()) add(entry("x-dead-letter-routing-key", options.dead_letter_key));
  ::amqp_queue_declare(state_->line, channel, bytes(name), 0, 1, 0, 0,
                       {.num_entries = count, .entries = entries.data()});
  state_->check_last("queue " + name);
  bind(name, exchange, key);
}

void AmqpConnection::bind(const std::string& queue, const std::string& exchange, const std::string& key) {
  ::amqp_queue_bind(state_->line, channel, bytes(queue), bytes(exchange), bytes(key), amqp_empty_table);
  state_->check_last("binding " + queue);
}

void AmqpConnection::publish(std::span<const Letter> letters) {
  auto& state = *state_;
  state.check_blocked();
  while (!letters.empty()) {
    const auto some = letters.first(std::min(letters.size(), letters_at_once));
    letters = letters.subspan(some.size());
    for (const auto& letter : some) {
      amqp_basic_properties_t properties{};
      properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
      properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
      if (!letter.correlation_id.empty()) {
        properties._flags |= AMQP_BASIC_CORRELATION_ID_FLAG;
        properties.correlation_id = bytes(letter.correlation_id);
      }
      state.check(::amqp_basic_publish(state.line, channel, bytes(letter.exchange), bytes(letter.key), 1, 0,
                                       &properties, bytes(letter.body)),
                  "publishing");
      state.unconfirmed.insert(++state.published);
    }
    await_confirms();
  }
}

void AmqpConnection::await_confirms() {
  auto& state = *state_;
  const auto until = std::chrono::steady_clock::now() + answer_time;
  while (!state.unconfirmed.empty()) {
    state.check_blocked();
    if (std::chrono::steady_clock::now() > until) state.fail("publishing", "the broker does not confirm");
    const auto method = state.next_method(500ms);
    if (!method) continue;
    if (method->id == AMQP_BASIC_RETURN_METHOD) state.fail("publishing", "no queue takes it");
    if (method->id == AMQP_BASIC_NACK_METHOD) state.fail("publishing", "the broker refuses it");
    if (method->id != AMQP_BASIC_ACK_METHOD) continue;
    const auto* ack = static_cast<amqp_basic_ack_t*>(method->decoded);
    if (ack->multiple != 0)
      state.unconfirmed.erase(state.unconfirmed.begin(), state.unconfirmed.upper_bound(ack->delivery_tag));
    else
      state.unconfirmed.erase(ack->delivery_tag);
  }
}

std::optional<AmqpConnection::Message> AmqpConnection::get(const std::string& queue) {
  auto& state = *state_;
  ::amqp_maybe_release_buffers(state.line);
  const auto reply = ::amqp_basic_get(state.line, channel, bytes(queue), 0);
  state.check(reply, "asking for a message");
  if (reply.reply.id == AMQP_BASIC_GET_EMPTY_METHOD) return std::nullopt;
  Message message;
  message.tag = static_cast<amqp_basic_get_ok_t*>(reply.reply.decoded)->delivery_tag;
  amqp_message_t content{};
  state.check(::amqp_read_message(state.line, channel, &content, 0), "reading a message");
  message.body = text(content.body);
  if ((content.properties._flags & AMQP_BASIC_CORRELATION_ID_FLAG) != 0)
    message.correlation_id = text(content.properties.correlation_id);
  if ((content.properties._flags & AMQP_BASIC_HEADERS_FLAG) != 0) {
    message.reason = text_of(content.properties.headers, "x-first-death-reason");
    message.queue = text_of(content.properties.headers, "x-first-death-queue");
  }
  ::amqp_destroy_message(&content);
  return message;
}

void AmqpConnection::acknowledge(std::uint64_t tag) {
  state_->check(::amqp_basic_ack(state_->line, channel, tag, 0), "acknowledging");
}

void AmqpConnection::reject(std::uint64_t tag, bool again) {
  state_->check(::amqp_basic_reject(state_->line, channel, tag, again ? 1 : 0), "rejecting");
}

std::uint32_t AmqpConnection::ready(const std::string& queue) {
  const auto* answer = ::amqp_queue_declare(state_->line, channel, bytes(queue), 1, 0, 0, 0, amqp_empty_table);
  state_->check_last("looking at queue " + queue);
  return answer->message_count;
}

bool AmqpConnection::blocked() const noexcept {
  return !state_->blocked.empty();
}

void AmqpConnection::pump(std::chrono::milliseconds span) {
  static_cast<void>(state_->next_method(span));
}

}  // namespace chasqui::jobs
