#include "app/batch.hpp"

#include "app/command.hpp"
#include "app/earlier_outputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace chasqui::app {
namespace {

namespace fs = std::filesystem;

/// Extensions that a folder is searched for; a file named by itself is tried whatever its name.
constexpr std::array extensions{".mp3", ".m4a", ".aac",  ".mp4", ".wav", ".flac", ".ogg", ".oga",  ".opus", ".wma",
                                ".amr", ".3gp", ".webm", ".mka", ".mkv", ".mov",  ".aif", ".aiff", ".caf"};

bool is_recording(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::find(extensions, extension) != extensions.end();
}

/// A name that is too long, or not to be looked at, is no folder; opening it will say why.
bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

/// Which file a name leads to, whatever way it is written; nothing for one that is not there.
std::optional<std::pair<dev_t, ino_t>> identity(const fs::path& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
  return std::pair(facts.st_dev, facts.st_ino);
}

/// The one way to write a name; a link at its end is what gets replaced, so it is not followed.
fs::path place(const fs::path& path) {
  std::error_code ignored;
  const auto folder = fs::weakly_canonical(fs::absolute(path, ignored).parent_path(), ignored);
  return folder.empty() ? path.lexically_normal() : folder / path.filename();
}

/// `kept`: recordings that are no inputs, and must be there afterwards all the same.
void check(const std::vector<Job>& jobs, const std::vector<fs::path>& kept) {
  std::set<std::pair<dev_t, ino_t>> recordings;
  const auto add = [&](const fs::path& path) {
    if (const auto id = identity(path)) recordings.insert(*id);
  };
  std::ranges::for_each(kept, add);
  for (const auto& job : jobs) add(job.input);
  std::map<fs::path, fs::path> taken;
  for (const auto& job : jobs) {
    refuse_same_file(job.input, job.output);
    if (const auto id = identity(job.output); id && recordings.contains(*id)) {
      throw Failure(Errc::usage,
                    fmt::format("{} is a recording too and would be replaced by what becomes of {}; name the files to "
                                "compress, one of these two, and -o FOLDER",
                                job.output.string(), job.input.string()));
    }
    const auto [other, fresh] = taken.emplace(place(job.output), job.input);
    if (!fresh) {
      throw Failure(Errc::usage, fmt::format("{} and {} would both become {}; compress them into different folders",
                                             other->second.string(), job.input.string(), job.output.string()));
    }
  }
}

}  // namespace

std::vector<fs::path> recordings_below(const fs::path& folder, const fs::path& except) {
  std::vector<fs::path> found;
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(folder, error); !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    std::error_code ignored;  // of a link that leads nowhere, or an `except` that is not there yet
    if (it->is_directory(ignored) && fs::equivalent(it->path(), except, ignored)) it.disable_recursion_pending();
    if (it->is_regular_file(ignored) && is_recording(it->path()))
      found.push_back(it->path().lexically_relative(folder));
  }
  if (error)
    throw Failure(Errc::input_unreadable, fmt::format("{}: cannot list: {}", folder.string(), error.message()));
  std::ranges::sort(found);
  return found;
}

std::vector<Job> plan_batch(const std::vector<std::string>& inputs, const std::string& output, bool recursive,
                            std::string_view extension) {
  const bool into_folder = inputs.size() > 1 || output.ends_with('/') || is_folder(output) || is_folder(inputs.front());
  std::vector<Job> jobs;
  const auto add = [&](const fs::path& input, const fs::path& relative) {
    fs::path target = output.empty() ? fs::path(input) : into_folder ? fs::path(output) / relative : fs::path(output);
    if (output.empty() || into_folder) target.replace_extension(extension);
    jobs.push_back({input, target});
  };
  std::vector<fs::path> kept;
  for (const auto& input : inputs) {
    if (!is_folder(input)) {
      add(input, fs::path(input).filename());
      continue;
    }
    if (!recursive)
      throw Failure(Errc::usage, fmt::format("{}: is a folder; add --recursive to take what is in it", input));
    const auto found = recordings_below(input, output);
    const auto own = earlier_outputs(input, found);
    for (const auto& relative : found) {
      if (own.contains(relative)) continue;
      // Would become itself. Whether it is an original is not known.
      if (output.empty() && relative.extension() == fmt::format(".{}", extension))
        kept.push_back(fs::path(input) / relative);
      else
        add(fs::path(input) / relative, relative);
    }
  }
  if (jobs.empty() && kept.empty())
    throw Failure(Errc::input_missing, fmt::format("{}: no recordings in there", inputs.front()));
  if (jobs.empty()) {
    throw Failure(Errc::usage, fmt::format("{}: all recordings in there are .{} already, as {}; name another folder "
                                           "for what becomes of them with -o FOLDER",
                                           inputs.front(), extension, kept.front().string()));
  }
  check(jobs, kept);
  if (!kept.empty()) {
    const auto others = kept.size() == 1 ? "" : fmt::format(", like {} more", kept.size() - 1);
    report_warning(fmt::format("{}: is .{} already and left out{}; with -o FOLDER it is taken too",
                               kept.front().string(), extension, others));
  }
  return jobs;
}

void refuse_same_file(const fs::path& one, const fs::path& other) {
  std::error_code error;
  const bool same = fs::equivalent(one, other, error) || (error && one.lexically_normal() == other.lexically_normal());
  if (same) {
    throw Failure(Errc::usage, fmt::format("{} and {} are the same file; name another for the output", one.string(),
                                           other.string()));
  }
}

void merge_flag(core::Config& config, std::string_view key, const std::optional<std::string>& value,
                std::string_view flag) {
  if (!value) return;
  const auto done = config.set(key, *value, flag);
  if (!done) throw Failure(Errc::usage, done.error().message);
}

std::optional<std::string> flag_text(bool given) {
  return given ? std::optional<std::string>("true") : std::nullopt;
}

CompressOptions options_from(const core::Config& config) {
  CompressOptions options;
  options.bitrate_kbps = config.number("compress.bitrate_kbps");
  for (const Format format : {Format::opus, Format::webm, Format::caf, Format::mp3}) {
    if (config.text("compress.format") == name(format)) options.format = format;
  }
  for (const Denoise denoise : {Denoise::automatic, Denoise::on, Denoise::off}) {
    if (config.text("compress.denoise") == name(denoise)) options.denoise = denoise;
  }
  options.trim_pauses = config.boolean("compress.trim_pauses");
  options.threads = static_cast<unsigned>(config.integer("compress.threads"));
  options.longest_hours = config.number("decoder.longest_hours");
  options.decoder_memory_mib = static_cast<std::uint64_t>(config.integer("decoder.memory_mib"));
  options.decoder_stall_seconds = config.number("decoder.stall_seconds");
  options.decoder_program = config.text("decoder.program");
  options.spool_folder = config.text("spool.folder");
  return options;
}

void leave_unconditioned(CompressOptions& options, const core::Config& config) {
  const CompressOptions defaults;
  const auto by_flag = [&config](std::string_view key) { return config.source(key).starts_with("--"); };
  options.condition = false;
  if (!by_flag("compress.trim_pauses")) options.trim_pauses = defaults.trim_pauses;
  if (!by_flag("compress.denoise")) options.denoise = defaults.denoise;
}

}  // namespace chasqui::app
