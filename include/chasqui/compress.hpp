#pragma once

#include <chasqui/denoise.hpp>
#include <chasqui/error.hpp>
#include <chasqui/export.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

namespace chasqui {

/// opus: Ogg Opus, the smallest. webm: the same packets for Safari >= 17.4. caf: Opus at a constant bitrate for
/// iOS 11-17, without chapters. mp3: 16-32 kb/s mono for the cheapest phones and Kolibri.
enum class Format : std::uint8_t { opus, webm, caf, mp3 };

struct Progress {
  double fraction = 0;          ///< of the whole work, 0..1, never falling
  double seconds_of_sound = 0;  ///< handled so far
};

/// Named targets for CompressOptions::quality.
inline constexpr double quality_essential = 2.4;  ///< every word, on the smallest data plan
inline constexpr double quality_clear = 3.0;      ///< without effort
inline constexpr double quality_rich = 3.6;       ///< close to the original voice

struct CompressOptions {
  /// opus, webm: the least mean opinion score of any 4 s of speech, 1.5..4.2; the bitrate follows from it. 0: none, a
  /// bitrate is asked for.
  double quality = 0;
  /// opus, webm: instead of a quality or a bitrate, the size that the file may have at most; the quality is the highest
  /// that fits. 0: none.
  std::uint64_t budget_bytes = 0;
  /// With a quality or a budget: judged as heard through a decoder with NoLACE (libopus >= 1.5), not the plain one.
  bool enhanced_decoder = false;
  std::filesystem::path model;  ///< folder of a model that guesses what reaches the quality; empty: search alone
  double bitrate_kbps = 8.0;    ///< opus, webm, caf: 5..64; mp3: 16, 24 or 32
  Format format = Format::opus;
  Denoise denoise = Denoise::automatic;
  bool condition = true;     ///< off: mix down and resample only; excludes trim_pauses and Denoise::on
  bool trim_pauses = false;  ///< shorten dead air
  bool keep_cover = false;   ///< opus only: carry the cover picture over
  bool html_report = false;  ///< make CompressResult::report_html too, which takes a few seconds per hour of sound
  unsigned threads = 0;      ///< 0: one per processor
  double longest_hours = 24;
  std::uint64_t decoder_memory_mib = 512;
  double decoder_stall_seconds = 30;
  std::filesystem::path decoder_program;  ///< empty: `chasqui-decode` beside the running program, else as installed
  std::filesystem::path spool_folder;     ///< for temporary sound, 96 kB per second of it; empty: TMPDIR, else /var/tmp
  std::stop_token stop;
  std::function<void(const std::string&)> on_warning;  ///< one line; called from the calling thread
  std::function<void(const Progress&)> on_progress;    ///< called from the calling thread
};

struct CompressResult {
  double seconds = 0;  ///< of sound in the output
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
  double bitrate_kbps = 0;                 ///< of the whole file, container included
  double quality = 0;                      ///< that was asked for, or that the budget allowed; 0: neither
  std::size_t segments = 0;                ///< opus, webm, caf
  std::size_t segments_below_quality = 0;  ///< of which not even the highest bitrate reached the quality asked for
  std::string report_json;                 ///< the proof sheet: docs/report.md
  std::string report_html;                 ///< the same as a page; empty unless asked for
};

/// Compresses one recording to `output`, which appears only when complete and synced; whatever was there is replaced.
/// The same input, options and version give the same bytes, whatever the number of threads. Throws Failure, whose
/// message is one line that names the file, the reason and the way out; a stop request throws Errc::cancelled.
CHASQUI_API CompressResult compress_file(const std::filesystem::path& input, const std::filesystem::path& output,
                                         const CompressOptions& options = {});

/// "opus", "webm", ...; also the extension of such files.
CHASQUI_API const char* name(Format format) noexcept;
CHASQUI_API const char* name(Denoise denoise) noexcept;

/// Chasqui's own version, e.g. "0.1.0".
CHASQUI_API const char* version() noexcept;

}  // namespace chasqui
