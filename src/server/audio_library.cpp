#include "server/audio_library.hpp"

#include "core/random.hpp"
#include "jobs/encode_options.hpp"
#include "jobs/transitions.hpp"
#include "server/episode_json.hpp"
#include "server/episodes.hpp"
#include "server/problem.hpp"
#include "server/text.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>

namespace chasqui::server {
namespace {

using namespace std::chrono_literals;

constexpr auto recording_trusted_for = 2s;
constexpr std::size_t most_remembered = 1024;
constexpr auto patience = 15s;  // for a format that is being made
constexpr std::int64_t somebody_waits = 5;

struct FormatRow {
  std::string_view name;
  std::string_view media_type;
};
constexpr std::array formats{FormatRow{"opus", "audio/ogg; codecs=opus"}, FormatRow{"webm", "audio/webm; codecs=opus"},
                             FormatRow{"caf", "audio/x-caf"}, FormatRow{"mp3", "audio/mpeg"}};

const FormatRow& format_named(const std::string& name) {
  for (const auto& row : formats) {
    if (row.name == name) return row;
  }
  throw Refusal(Trouble::not_found, "there is audio.opus, audio.webm, audio.caf and audio.mp3");
}

jobs::EncodeOptions options_in(const jobs::Job& episode, const std::string& format) {
  const auto bits = static_cast<double>(episode.output_bytes) * 8;
  const auto spent_kbps = episode.seconds > 0 ? bits / 1000 / episode.seconds : 0;
  return jobs::in_format(jobs::parse_canonical(episode.options), format, spent_kbps);
}

}  // namespace

Task<AudioLibrary::Found> AudioLibrary::find(std::string id, std::string format, bool opened, std::string request) {
  const bool linked = !opened && tools_.services.blobs.gives_links();
  const auto name = fmt::format("{}.{}{}", id, format, linked ? " by link" : "");
  const auto remembered = remembered_.find(name);
  if (remembered != remembered_.end() && remembered->second.until > std::chrono::steady_clock::now()) {
    Found known{remembered->second.recording, {}};
    co_return known;
  }
  remembered_.erase(name);
  static_cast<void>(format_named(format));
  auto episode = co_await find_episode(id, tools_);
  Found found;
  found.job = episode;
  if (jobs::parse_canonical(episode.options).format != format) {
    if (episode.state != jobs::State::done)
      throw Refusal(Trouble::conflict, fmt::format("the episode is {}", jobs::name(episode.state)));
    found.job = co_await format_job(episode, format, std::move(request));
  }
  if (!found.job.ended()) {
    if (found.job.parent.empty())
      throw Refusal(Trouble::conflict, fmt::format("the episode is {}", jobs::name(found.job.state)));
    co_return found;
  }
  if (found.job.state != jobs::State::done)
    throw Refusal(Trouble::conflict, fmt::format("it is {}: {}", jobs::name(found.job.state), found.job.error_message));
  found.recording = co_await open(found.job, episode, format, linked);
  if (found.recording) remember(name, found.recording);
  co_return found;
}

/// The job that makes, or has made, `episode` in `format`; waited for, for a while.
Task<jobs::Job> AudioLibrary::format_job(jobs::Job episode, std::string format, std::string request) {
  auto& repository = tools_.services.repository;
  const auto now = tools_.services.clock();
  jobs::Submission submission;
  auto& job = submission.job;
  job = episode;
  job.id = core::new_id(now);
  job.parent = episode.id;
  if (!request.empty()) job.request = std::move(request);
  job.created = job.updated = job.not_before = now;
  job.state = jobs::State::queued;
  job.priority = somebody_waits;
  job.attempts = job.lapses = job.token = 0;
  job.progress = job.seconds = job.quality = 0;
  job.output.clear();
  job.report.clear();
  job.output_bytes = 0;
  job.options = jobs::canonical(options_in(episode, format));
  job.work_key = jobs::work_key(job.input, job.options);
  submission.most_waiting = tools_.settings.queue;
  auto work = [&repository, submission]() -> Result<jobs::Submitted> {
    const auto wanted = jobs::parse_canonical(submission.job.options).format;
    for (auto& made : repository.formats_of(submission.job.parent)) {
      if (made.state != jobs::State::failed && made.state != jobs::State::cancelled &&
          jobs::parse_canonical(made.options).format == wanted)
        return jobs::Submitted{std::move(made), false};
    }
    if (submission.job.input.empty())
      return std::unexpected(
          Error{Errc::storage_corrupt, "the recording is no longer kept, so that no further format can be made"});
    return repository.submit(submission);
  };
  auto submitted = co_await tools_.blocking.run(std::move(work));
  if (!submitted) {
    if (submitted.error().code == Errc::storage_corrupt) throw Refusal(Trouble::gone, submitted.error().message);
    throw Refusal(Trouble::busy, submitted.error().message);
  }
  if (submitted->is_new) {
    tools_.services.log.info(fmt::format("accepted: {} of an episode", format), submitted->job.tags());
    tools_.services.bell.ring();
  }
  auto ended = co_await wait_for_end(submitted->job.id, patience, tools_);
  co_return ended;
}

/// Null: it was damaged and is being made anew.
Task<std::shared_ptr<const Recording>> AudioLibrary::open(jobs::Job job, jobs::Job episode, std::string format,
                                                          bool linked) {
  auto& blobs = tools_.services.blobs;
  auto& repository = tools_.services.repository;
  const auto now = tools_.services.clock();
  const auto id = job.id;
  const auto output = job.output;
  bool again = false;
  auto* queued_again = &again;
  auto work = [&blobs, &repository, id, output, now, queued_again, linked] {
    Result<std::shared_ptr<const store::OpenBlob>> opened;
    if (!linked)
      opened = blobs.open(output);
    else if (const auto there = blobs.stat(output); !there)
      opened = std::unexpected(there.error());
    if (!opened && (opened.error().code == Errc::not_found || opened.error().code == Errc::storage_corrupt))
      *queued_again =
          repository.apply(id, [now](jobs::Job current) { return jobs::redo(std::move(current), now); }).has_value();
    return opened;
  };
  auto blob = co_await tools_.blocking.run(std::move(work));
  if (!blob) {
    tools_.services.log.error(fmt::format("{}{}", blob.error().message, again ? "; it is made anew" : ""), job.tags());
    if (blob.error().code != Errc::not_found && blob.error().code != Errc::storage_corrupt)
      throw Refusal(Trouble::busy, "the stored file is out of reach at the moment");
    tools_.services.metrics.count("chasqui_blobs_corrupt_total");
    tools_.services.bell.ring();
    if (again) throw Refusal(Trouble::gone, "the stored file was damaged and is being made anew; ask again in a while");
    throw Refusal(Trouble::gone, "the stored file was damaged, and the recording is no longer kept; submit it again");
  }
  auto recording = std::make_shared<Recording>();
  recording->blob = *blob;
  recording->id = output;
  recording->etag = fmt::format("\"{}\"", output);
  recording->file_name = download_name(episode, format);
  recording->title = title_of(episode);
  recording->report = job.report;
  recording->media_type = format_named(format).media_type;
  recording->made = std::chrono::floor<std::chrono::seconds>(job.updated);
  co_return recording;
}

void AudioLibrary::remember(const std::string& name, std::shared_ptr<const Recording> recording) {
  // Open files are bounded with it.
  if (remembered_.size() >= most_remembered) remembered_.clear();
  remembered_[name] = {std::move(recording), std::chrono::steady_clock::now() + recording_trusted_for};
}

}  // namespace chasqui::server
