#include "worker/compression.hpp"

#include "store/blob_reader.hpp"
#include "worker/patience.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace chasqui::worker {
namespace {

namespace fs = std::filesystem;

Format format_named(std::string_view text) {
  for (const auto format : {Format::opus, Format::webm, Format::caf, Format::mp3}) {
    if (text == name(format)) return format;
  }
  throw Failure(Errc::internal, fmt::format("a job asks for the format '{}'", text));
}

Denoise denoise_named(std::string_view text) {
  if (text == "on") return Denoise::on;
  return text == "off" ? Denoise::off : Denoise::automatic;
}

/// A folder that goes with everything in it.
class Folder {
 public:
  explicit Folder(fs::path path) : path_(std::move(path)) {
    std::error_code error;
    fs::remove_all(path_, error);
    fs::create_directory(path_, error);
    if (error)
      throw Failure(Errc::output_unwritable, fmt::format("{}: cannot be made: {}", path_.string(), error.message()));
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

/// The name that the sheet shows.
std::string stem_for(const jobs::Job& job) {
  constexpr std::size_t longest = 100;
  std::string stem;
  for (const char c : job.file_name.substr(0, job.file_name.rfind('.')))
    stem += c == '/' || static_cast<unsigned char>(c) < 0x20 ? '_' : c;
  while (stem.size() > longest || (!stem.empty() && stem.size() > longest - 4 && (stem.back() & 0x80) != 0))
    stem.pop_back();
  return stem.empty() || stem.front() == '.' ? "recording" : stem;
}

store::BlobId store_text(store::BlobStore& blobs, const std::string& text) {
  const auto writer = blobs.create();
  writer->write(std::as_bytes(std::span(text)));
  return writer->commit().id;
}

}  // namespace

CompressOptions options_for(const jobs::EncodeOptions& asked, const CompressOptions& base) {
  constexpr double mp3_default_kbps = 24;
  CompressOptions options = base;
  options.format = format_named(asked.format);
  options.quality = asked.quality;
  options.budget_bytes = asked.budget_bytes;
  options.bitrate_kbps = asked.bitrate_kbps > 0          ? asked.bitrate_kbps
                         : options.format == Format::mp3 ? mp3_default_kbps
                                                         : base.bitrate_kbps;
  options.enhanced_decoder = asked.decoder == "enhanced";
  options.condition = asked.condition;
  // Jobs accepted before this was refused may ask for both; then, too, nothing was denoised or trimmed.
  options.denoise = asked.condition ? denoise_named(asked.denoise) : Denoise::automatic;
  options.trim_pauses = asked.condition && asked.trim_pauses;
  return options;
}

jobs::Outcome compress(const jobs::Job& job, store::BlobStore& blobs, const fs::path& work, const CompressOptions& base,
                       const std::stop_token& stop, const std::function<void(double)>& on_progress) {
  const auto recording = patiently(stop, [&] { return value_or_throw(blobs.open(job.input)); });
  const Folder folder(work / fmt::format("{}.{}", job.id, job.token));
  const auto input = folder.path() / (stem_for(job) + ".in");
  fs::create_symlink(store::path_of(*recording), input);
  auto options = options_for(jobs::parse_canonical(job.options), base);
  const auto output = folder.path() / fmt::format("{}.{}", stem_for(job), name(options.format));
  options.stop = stop;
  options.on_progress = [&](const Progress& progress) { on_progress(progress.fraction); };
  const auto result = compress_file(input, output, options);
  jobs::Outcome outcome;
  outcome.output_bytes = result.output_bytes;
  outcome.seconds = result.seconds;
  outcome.quality = result.quality;
  outcome.output = patiently(stop, [&] { return blobs.adopt(output).id; });
  outcome.report = patiently(stop, [&] { return store_text(blobs, result.report_json); });
  return outcome;
}

}  // namespace chasqui::worker
