#include "server/audio_library.hpp"
#include "server/episode_json.hpp"
#include "server/episodes.hpp"
#include "server/file_response.hpp"
#include "server/problem.hpp"
#include "server/routes.hpp"
#include "server/submission.hpp"

#include <fmt/format.h>

#include <memory>

namespace chasqui::server {
namespace {

using Library = std::shared_ptr<AudioLibrary>;

constexpr std::int64_t interactive = 10;

/// To where the store lets others fetch it.
Response redirection(const Request& request, const Recording& recording, bool attachment, const Tools& tools) {
  auto response = empty_response(307);
  response
      .with("Location",
            tools.services.blobs.link_to(recording.id, {request.method == "HEAD" ? "HEAD" : "GET", recording.media_type,
                                                        disposition(attachment, recording.file_name)}))
      .with("Cache-Control", "no-store");
  return response;
}

Task<Response> get_audio(Exchange& exchange, const Tools& tools, Library library) {
  tools.access.may_read(exchange.principal);
  const bool attachment = wants_download(exchange.request);
  const auto found =
      co_await library->find(exchange.parameter("id"), exchange.parameter("format"), false, exchange.request.id);
  if (!found.recording) co_return not_yet(found.job, tools);
  if (!found.recording->blob) co_return redirection(exchange.request, *found.recording, attachment, tools);
  co_return file_response(exchange.request, *found.recording, attachment, tools.settings.public_read);
}

/// Small files: the answer is the file itself.
Task<Response> post_compress(Exchange& exchange, const Tools& tools, Library library) {
  tools.access.may_submit(exchange.principal);
  tools.access.count_submission(exchange.principal);
  auto handed = co_await read_handed(exchange, tools, tools.settings.small_bytes, false);
  if (!handed.source_url.empty()) throw Refusal(Trouble::bad_request, "source_url: goes to /v1/episodes");
  const auto format = handed.options.format;
  const auto submitted = co_await submit(std::move(handed), exchange.principal, "", interactive, tools);
  const auto job = co_await wait_for_end(submitted.job.id, tools.settings.small_time, tools);
  if (!job.ended()) {
    auto response = not_yet(job, tools);
    response.with("Location", "/v1/episodes/" + job.id);
    co_return response;
  }
  if (job.state != jobs::State::done) co_return problem(Trouble::unprocessable, job.error_message, job.error_code);
  const auto found = co_await library->find(job.id, format, true);
  auto response = file_response(Request{}, *found.recording, true, false);
  response.with("Content-Location", fmt::format("/v1/episodes/{}/audio.{}", job.id, format));
  co_return response;
}

}  // namespace

void add_audio_routes(Routes& routes, const Tools& tools, const std::shared_ptr<AudioLibrary>& library) {
  routes.push_back({"GET", "/v1/episodes/{id}/audio.{format}",
                    [tools, library](Exchange& exchange) { return get_audio(exchange, tools, library); },
                    problem_to_browsers});
  routes.push_back({"POST", "/v1/compress",
                    [tools, library](Exchange& exchange) { return post_compress(exchange, tools, library); }});
}

}  // namespace chasqui::server
