#include "jobs/postgres_pool.hpp"

#include "core/secret_file.hpp"

#include <fmt/format.h>

#include <chasqui/error.hpp>
#include <condition_variable>
#include <libpq-fe.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <sys/socket.h>

namespace chasqui::jobs {
namespace {

using Steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// For libpq: name='value'.
std::string option(std::string_view name, std::string_view value) {
  std::string text = fmt::format("{}='", name);
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "' ";
}

using Parsed = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

Parsed parse(const std::string& url) {
  char* complaint = nullptr;
  Parsed options(PQconninfoParse(url.c_str(), &complaint), PQconninfoFree);
  const std::string text = complaint == nullptr ? "" : complaint;
  PQfreemem(complaint);
  if (!options || text.size() > 1)
    throw Failure(Errc::config, fmt::format("database.url: {}; it should be postgresql://user@host:port/name",
                                            text.substr(0, text.find('\n'))));
  return options;
}

std::string one_line(std::string text) {
  for (char& c : text) c = c == '\n' ? ' ' : c;
  return text;
}

PGconn* raw(soci::session& sql) {
  return static_cast<soci::postgresql_session_backend*>(sql.get_backend())->conn_;
}

}  // namespace

struct PostgresPool::Line {
  soci::session sql;
  Steady::time_point until;  // an answer later than this does not come
};

PostgresPool::PostgresPool(PostgresSettings settings) : settings_(std::move(settings)) {
  const auto parsed = parse(settings_.url);
  std::string host, port, name;
  const auto limit = settings_.statement_time.count() * 1000;
  auto server_options = fmt::format(
      "-c client_min_messages=warning -c statement_timeout={0} -c lock_timeout={0} -c "
      "idle_in_transaction_session_timeout={1}",
      limit, 3 * limit);
  for (const auto* o = parsed.get(); o->keyword != nullptr; ++o) {
    const std::string keyword = o->keyword;
    if (o->val == nullptr) continue;
    if (keyword == "options")
      server_options += fmt::format(" {}", o->val);
    else
      options_ += option(keyword, o->val);
    if (keyword == "host") host = o->val;
    if (keyword == "port") port = o->val;
    if (keyword == "dbname") name = o->val;
  }
  name_ = fmt::format("database {} at {}{}{}", name, host.empty() ? "the local socket" : host, port.empty() ? "" : ":",
                      port);
  options_ += option("options", server_options);
  // A cut network shows after seconds instead of hours. What the URL says itself counts.
  for (const auto& [keyword, value] :
       {std::pair<std::string, std::string>{"connect_timeout", std::to_string(settings_.connect_time.count())},
        {"keepalives_idle", "5"},
        {"keepalives_interval", "2"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "8000"},
        {"client_encoding", "UTF8"},
        {"application_name", "chasqui"}}) {
    if (options_.find(keyword + "=") == std::string::npos) options_ += option(keyword, value);
  }
  watch_ = std::jthread([this](const std::stop_token& stop) { cut_silent(stop); });
}

PostgresPool::~PostgresPool() = default;

std::unique_ptr<PostgresPool::Line> PostgresPool::connect() {
  auto line = std::make_unique<Line>();
  auto options = options_;
  if (!settings_.password_file.empty())
    options += option("password", core::read_secret(settings_.password_file, "database.password_file"));
  try {
    line->sql.open(soci::postgresql, options);
  } catch (const soci::soci_error& error) {
    throw Failure(Errc::unavailable,
                  fmt::format("{} cannot be reached: {}; see database.url", name_, one_line(error.what())));
  }
  return line;
}

std::unique_ptr<PostgresPool::Line> PostgresPool::take() {
  std::unique_ptr<Line> line;
  {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_for(lock, settings_.statement_time, [this] { return out_ < settings_.connections; }))
      throw Failure(Errc::busy, fmt::format("{}: all {} connections are in use", name_, settings_.connections));
    ++out_;
    if (!free_.empty()) {
      line = std::move(free_.back());
      free_.pop_back();
    }
  }
  try {
    // A server that went away and came back shows here, before anything has been asked of it.
    if (line && (PQconsumeInput(raw(line->sql)) == 0 || PQstatus(raw(line->sql)) != CONNECTION_OK)) line.reset();
    const bool fresh = !line;
    if (fresh) line = connect();
    line->until = Steady::now() + settings_.statement_time + 5s;
    {
      const std::lock_guard lock(mutex_);
      busy_.push_back(line.get());
    }
    if (fresh && check_) check_(line->sql);
  } catch (...) {
    give_back(std::move(line), false);  // what did not pass the check is checked anew
    throw;
  }
  return line;
}

void PostgresPool::give_back(std::unique_ptr<Line> line, bool keep) {
  const std::lock_guard lock(mutex_);
  std::erase(busy_, line.get());
  --out_;
  if (keep && line && PQstatus(raw(line->sql)) == CONNECTION_OK && PQtransactionStatus(raw(line->sql)) == PQTRANS_IDLE)
    free_.push_back(std::move(line));
  returned_.notify_one();
}

void PostgresPool::with(const std::function<void(soci::session&)>& use) {
  auto line = take();
  try {
    use(line->sql);
  } catch (const soci::soci_error& error) {
    const bool broken = PQstatus(raw(line->sql)) != CONNECTION_OK;
    give_back(std::move(line));
    if (broken)
      throw Failure(Errc::unavailable, fmt::format("{}: the connection broke: {}", name_, one_line(error.what())));
    throw;
  } catch (...) {
    give_back(std::move(line));
    throw;
  }
  give_back(std::move(line));
}

void PostgresPool::cut_silent(const std::stop_token& stop) {
  std::mutex idle;
  std::condition_variable_any never;
  while (!stop.stop_requested()) {
    {
      const std::lock_guard lock(mutex_);
      for (auto* line : busy_) {
        // libpq waits for an answer without end; ending the line wakes it.
        if (Steady::now() > line->until) ::shutdown(PQsocket(raw(line->sql)), SHUT_RDWR);
      }
    }
    std::unique_lock lock(idle);
    never.wait_for(lock, stop, 1s, [] { return false; });
  }
}

}  // namespace chasqui::jobs
