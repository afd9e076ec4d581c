#include "audio/mp3_chapters.hpp"
#include "compress/budget.hpp"
#include "compress/conditioning.hpp"
#include "compress/episode_encoder.hpp"
#include "compress/episode_writer.hpp"
#include "compress/mp3_output.hpp"
#include "compress/progress.hpp"
#include "compress/report.hpp"
#include "compress/report_html.hpp"
#include "core/atomic_file.hpp"
#include "core/pcm.hpp"
#include "core/sha256.hpp"
#include "core/thread_pool.hpp"
#include "model/model_folder.hpp"
#include "opus/comments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chasqui/compress.hpp>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

namespace chasqui {
namespace {

namespace fs = std::filesystem;
using compress::SegmentOutcome;

void check(const fs::path& input, const fs::path& output, const CompressOptions& options) {
  if (options.format == Format::mp3) {
    if (options.bitrate_kbps != 16 && options.bitrate_kbps != 24 && options.bitrate_kbps != 32)
      throw Failure(Errc::usage, fmt::format("bitrate {} kb/s: mp3 takes 16, 24 or 32", options.bitrate_kbps));
  } else if (!(options.bitrate_kbps >= 5 && options.bitrate_kbps <= 64)) {
    throw Failure(Errc::usage, fmt::format("bitrate {} kb/s: must be from 5 to 64", options.bitrate_kbps));
  }
  if (options.quality != 0 && options.budget_bytes != 0)
    throw Failure(Errc::usage, "a quality and a budget exclude each other; give one");
  if (compress::is_searched(options)) {
    if (options.budget_bytes == 0 && !(options.quality >= 1.5 && options.quality <= 4.2))
      throw Failure(Errc::usage, fmt::format("quality {}: must be from 1.5 to 4.2", options.quality));
    if (options.format != Format::opus && options.format != Format::webm)
      throw Failure(Errc::usage,
                    fmt::format("quality, budget: {} has a constant bitrate; take opus or webm, or give a bitrate",
                                name(options.format)));
  }
  compress::check_conditioning(options);
  if (options.keep_cover && options.format != Format::opus)
    throw Failure(Errc::usage, fmt::format("keep-cover: {} files get no cover picture here; take opus or leave it out",
                                           name(options.format)));
  std::error_code ignored;
  const auto status = fs::status(input, ignored);
  if (fs::is_fifo(status) || fs::is_socket(status) || fs::is_character_file(status))
    throw Failure(
        Errc::input_unreadable,
        fmt::format("{}: is not a file that can be read twice; save the sound to one and name that", input.string()));
  if (fs::equivalent(input, output, ignored))
    throw Failure(Errc::usage, fmt::format("{}: the output would overwrite the input; name another", input.string()));
}

struct Encoded {
  std::vector<SegmentOutcome> outcomes;
  std::vector<quality::WindowScore> windows;  // of the whole stream, where a quality was asked for
  std::optional<compress::InputCheck::Collector> collected;
};

Encoded encode(const audio::ConditionedEpisode& episode, const CompressOptions& options, core::ThreadPool& pool,
               const model::Predictor* predictor, compress::EarlySegments* early,
               const compress::InputCheck* input_check, compress::EpisodeWriter& writer) {
  Encoded encoded;
  if (input_check != nullptr) encoded.collected.emplace(*input_check);
  encoded.windows =
      compress::encode_episode(episode, options, pool, predictor, early, [&](const compress::EncodedSegment& segment) {
        auto& outcome = encoded.outcomes.emplace_back(segment.settings, 0, segment.judged);
        for (const auto& packet : segment.packets) outcome.bytes += static_cast<std::int64_t>(packet.bytes.size());
        writer.write(segment.packets);
        if (encoded.collected) encoded.collected->add(segment.packets);
      });
  writer.finish(episode.length());
  return encoded;
}

compress::FileFacts facts(const fs::path& path, const std::stop_token& stop = {}) {
  return {opus::to_utf8(path.filename().native()), fs::file_size(path), core::sha256_of_file(path, stop)};
}

void tell_lost_chapters(const fs::path& input, const audio::MediaInfo& media, const CompressOptions& options) {
  const std::size_t chapters = media.chapters.size();
  if (!options.on_warning) return;
  if (options.format == Format::caf && chapters > 0)
    options.on_warning(
        fmt::format("{}: chapters are not kept in caf; take opus, webm or mp3 if they matter", input.string()));
  if (options.format == Format::mp3 && chapters > audio::most_mp3_chapters)
    options.on_warning(fmt::format("{}: {} of {} chapters are not kept in mp3, which takes {}; take opus or webm",
                                   input.string(), chapters - audio::most_mp3_chapters, chapters,
                                   audio::most_mp3_chapters));
}

/// Nothing where no model is asked for, or none can be used, which costs time and not quality.
std::optional<model::Model> load_model(const CompressOptions& options) {
  if (!compress::is_searched(options) || options.model.empty()) return std::nullopt;
  auto loaded = model::load_model(options.model);
  if (loaded) return *std::move(loaded);
  if (options.on_warning)
    options.on_warning(
        fmt::format("{} (going on without a model: slower, to the same quality)", loaded.error().message));
  return std::nullopt;
}

std::uint32_t stream_id(const compress::FileFacts& input) {
  return static_cast<std::uint32_t>(std::stoul(input.sha256.substr(0, 8), nullptr, 16));
}

}  // namespace

namespace {

/// A file that is written but not committed, and what is in it.
struct Made {
  core::AtomicFile file;
  Encoded encoded;
  double quality = 0;
};

/// The highest quality that fits; nothing is left of other tries.
template <typename Make>
Made make_within_budget(const fs::path& input, const CompressOptions& options, const Make& make) {
  compress::BudgetSearch search(options.budget_bytes);
  std::optional<Made> best;
  int tries = 0;
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  while (const auto quality = search.next()) {
    Made made = make(*quality, compress::progress_of_try(tries++, options));
    least = std::min<std::uint64_t>(least, made.file.size());
    if (search.tried(*quality, made.file.size())) best.emplace(std::move(made));
  }
  if (!best)
    throw Failure(Errc::usage,
                  fmt::format("{}: does not fit into {} bytes: at the lowest quality it takes {}; raise the "
                              "budget or shorten the recording",
                              input.string(), options.budget_bytes, least));
  return std::move(*best);
}

}  // namespace

CompressResult compress_file(const fs::path& input, const fs::path& output, const CompressOptions& given) {
  check(input, output, given);
  auto options = given;
  options.on_progress = compress::never_falling(options.on_progress);
  const auto model = load_model(options);
  core::AtomicFile opened(output);  // before the work, so that a place that cannot be written costs nobody time
  core::ThreadPool pool(compress::thread_count(options));
  auto reading = pool.submit([&input, &options] { return facts(input, options.stop); });
  const bool searched = compress::is_searched(options);
  std::optional<compress::EarlySegments> early;
  if (!searched && options.format != Format::mp3) early.emplace(options, pool);
  compress::SourceExcerpts excerpts;
  const bool held_against_input = searched && options.condition;
  const auto episode = compress::condition(
      input, options, pool, searched ? compress::searched_length : audio::PieceLength{},
      [&](const audio::Segment& segment, const audio::ReadSound& read) {
        if (early) early->offer(segment, read);
      },
      [&](std::span<const float> mono) {
        if (held_against_input) excerpts.hear(mono);
      });
  const auto input_facts = reading.get();
  tell_lost_chapters(input, episode.media(), options);

  std::optional<compress::InputCheck> input_check;
  if (held_against_input) input_check.emplace(excerpts.finish(), episode, pool, options);

  const auto named_when_stopped = [&input](const auto& work) {
    try {
      return work();
    } catch (const Failure& failure) {
      if (failure.code() != Errc::cancelled) throw;
      throw Failure(Errc::cancelled, input.string() + ": stopped on request");
    }
  };
  const auto make = [&](core::AtomicFile file, double quality, compress::ProgressListener listener) {
    auto wanted = options;
    wanted.quality = quality;
    wanted.on_progress = std::move(listener);
    const auto writer = compress::make_episode_writer(options, episode.media(), stream_id(input_facts), file);
    auto encoded = named_when_stopped([&] {
      return encode(episode, wanted, pool, model ? &model->predictor : nullptr, early ? &*early : nullptr,
                    input_check ? &*input_check : nullptr, *writer);
    });
    return Made{std::move(file), std::move(encoded), quality};
  };
  Encoded encoded;
  std::optional<compress::InputScores> against_input;
  auto asked = options;
  if (options.format == Format::mp3) {
    compress::write_mp3(input, episode, options, opened);
    opened.commit();
  } else {
    const auto make_try = [&](double quality, compress::ProgressListener listener) {
      return make(core::AtomicFile(output), quality, std::move(listener));
    };
    Made made = options.budget_bytes == 0 ? make(std::move(opened), options.quality, options.on_progress)
                                          : make_within_budget(input, options, make_try);
    if (input_check) against_input = named_when_stopped([&] { return input_check->score(*made.encoded.collected); });
    made.file.commit();
    encoded = std::move(made.encoded);
    asked.quality = made.quality;
  }
  compress::report_encoding_progress(options, episode.length(), episode.length());

  const auto output_facts = facts(output);
  CompressResult result;
  result.seconds = static_cast<double>(episode.length()) / core::sample_rate_hz;
  result.input_bytes = input_facts.bytes;
  result.output_bytes = output_facts.bytes;
  result.bitrate_kbps = static_cast<double>(output_facts.bytes) * 8e-3 / result.seconds;
  result.quality = asked.quality;
  result.segments = encoded.outcomes.size();
  result.segments_below_quality = static_cast<std::size_t>(std::ranges::count_if(
      encoded.outcomes, [](const SegmentOutcome& outcome) { return outcome.judged && !outcome.judged->reached; }));
  const compress::ReportFacts report{
      input_facts, output_facts,     asked,           model ? &model->facts : nullptr,
      episode,     encoded.outcomes, encoded.windows, against_input ? &*against_input : nullptr};
  result.report_json = compress::report_json(report);
  if (options.html_report) result.report_html = compress::report_html(report, output);
  return result;
}

const char* name(Format format) noexcept {
  switch (format) {
    case Format::opus:
      return "opus";
    case Format::webm:
      return "webm";
    case Format::caf:
      return "caf";
    case Format::mp3:
      return "mp3";
  }
  return "";
}

const char* name(Denoise denoise) noexcept {
  switch (denoise) {
    case Denoise::automatic:
      return "auto";
    case Denoise::on:
      return "on";
    case Denoise::off:
      return "off";
  }
  return "";
}

const char* version() noexcept {
  return CHASQUI_VERSION;
}

}  // namespace chasqui
