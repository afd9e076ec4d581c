#include "store/s3_http.hpp"

#include "store/s3_credentials.hpp"
#include "store/s3_error.hpp"
#include "store/s3_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chasqui/error.hpp>
#include <chrono>
#include <condition_variable>
#include <curl/curl.h>
#include <exception>
#include <mutex>
#include <random>
#include <unistd.h>

namespace chasqui::store {
namespace {

using namespace std::chrono_literals;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr auto first_pause = 100ms;
constexpr auto longest_pause = 5s;
constexpr int most_doublings = 6;

struct EasyDeleter {
  void operator()(CURL* easy) const noexcept { ::curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

bool temporary(CURLcode code) {
  constexpr std::array codes{CURLE_COULDNT_CONNECT,    CURLE_COULDNT_RESOLVE_HOST, CURLE_SEND_ERROR,
                             CURLE_RECV_ERROR,         CURLE_GOT_NOTHING,          CURLE_PARTIAL_FILE,
                             CURLE_OPERATION_TIMEDOUT, CURLE_SSL_CONNECT_ERROR,    CURLE_HTTP2,
                             CURLE_HTTP2_STREAM,       CURLE_WEIRD_SERVER_REPLY};
  return std::ranges::find(codes, code) != codes.end();
}

bool distrusted(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
}

bool temporary(const S3Answer& answer) {
  if (answer.status == 429 || answer.status == 408 || (answer.status >= 500 && answer.status != 501)) return true;
  // CompleteMultipartUpload may say 200 before it fails, and a body that came too slowly is 400 RequestTimeout.
  const auto code = answer.status < 500 && !answer.body.empty() ? parse_error(answer.body).code : "";
  return code == "InternalError" || code == "SlowDown" || code == "ServiceUnavailable" || code == "RequestTimeout";
}

/// "Full jitter": anything up to a bound that doubles.
std::chrono::milliseconds pause_before(int attempt) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const auto bound =
      std::min<std::chrono::milliseconds>(first_pause * (1 << std::min(attempt, most_doublings)), longest_pause);
  return std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(1, bound.count())(random));
}

void wait(std::chrono::milliseconds pause, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, pause, [] { return false; });
}

}  // namespace

struct S3Http::Handles {
  std::mutex mutex;  // guards spare
  std::vector<Easy> spare;

  Easy take() {
    const std::lock_guard lock(mutex);
    if (spare.empty()) return Easy(::curl_easy_init());
    auto easy = std::move(spare.back());
    spare.pop_back();
    return easy;
  }
  void give(Easy easy) {
    ::curl_easy_reset(easy.get());  // its connections stay
    const std::lock_guard lock(mutex);
    spare.push_back(std::move(easy));
  }
};

S3Http::S3Http(const S3Settings& settings, S3Address address)
    : settings_(settings), address_(std::move(address)), handles_(std::make_unique<Handles>()) {}

S3Http::~S3Http() = default;

void S3Http::perform(S3Exchange& exchange) {
  const auto credentials = read_credentials(settings_.keys);
  auto easy = handles_->take();
  if (!easy) throw Failure(Errc::internal, "libcurl does not start");
  exchange.prepare(easy.get(), settings_, address_, credentials);
  exchange.code = ::curl_easy_perform(easy.get());
  ::curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &exchange.answer.status);
  handles_->give(std::move(easy));
  if (exchange.trouble) std::rethrow_exception(exchange.trouble);
}

S3Answer S3Http::ask(const S3Request& request) {
  S3Exchange exchange(request);
  auto deadline = std::chrono::steady_clock::now() + settings_.retry_time;
  for (int attempt = 0;; ++attempt) {
    const auto before = exchange.delivered;
    perform(exchange);
    const bool answered = exchange.code == CURLE_OK;
    if (answered && !temporary(exchange.answer)) {
      away_ = false;
      return std::move(exchange.answer);
    }
    const auto why = exchange.reason[0] != '\0' ? exchange.reason.data() : ::curl_easy_strerror(exchange.code);
    if (!answered && !temporary(exchange.code)) throw Failure(unreachable(settings_, distrusted(exchange.code), why));
    if (exchange.delivered > before) {
      attempt = 0;
      deadline = std::chrono::steady_clock::now() + settings_.retry_time;
    }
    const auto pause = pause_before(attempt);
    if (away_ || settings_.stop.stop_requested() || std::chrono::steady_clock::now() + pause > deadline) {
      away_ = true;
      throw Failure(answered ? refusal(settings_, request.method, request.key, exchange.answer)
                             : unreachable(settings_, false, why));
    }
    wait(pause, settings_.stop);
  }
}

}  // namespace chasqui::store
