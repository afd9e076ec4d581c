#pragma once

#include "core/config.hpp"

#include <chasqui/compress.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chasqui::app {

/// One recording to compress.
struct Job {
  std::filesystem::path input;
  std::filesystem::path output;
};

/// Recordings below `folder` by their extension, sorted, as paths relative to it. A link to a file counts under its own
/// name; a link to a folder is not followed, and what is in the folder `except` is not taken. Throws
/// Failure(input_unreadable).
std::vector<std::filesystem::path> recordings_below(const std::filesystem::path& folder,
                                                    const std::filesystem::path& except = {});

/// Names an output for each input. `output` is a file for one input, a folder for several, for an existing folder or
/// with a trailing '/'; empty: beside each input. Folders among the inputs are walked when `recursive`, keeping their
/// structure and passing by an output folder inside them; what an earlier run made of a recording beside it is not
/// taken, and with `output` empty neither is what has the `extension` already, of which a warning tells. Throws
/// Failure(usage): an output that is an input or one of those last, by whatever name; two inputs with one output, a
/// folder without `recursive`, nothing to do.
std::vector<Job> plan_batch(const std::vector<std::string>& inputs, const std::string& output, bool recursive,
                            std::string_view extension);

/// Throws Failure(usage) when both names are the same file, or would be.
void refuse_same_file(const std::filesystem::path& one, const std::filesystem::path& other);

/// Takes a flag's text, if it was given, into the configuration. Throws Failure(usage).
void merge_flag(core::Config& config, std::string_view key, const std::optional<std::string>& value,
                std::string_view flag);

/// For flags without a value.
std::optional<std::string> flag_text(bool given);

/// The options that the configuration names.
CompressOptions options_from(const core::Config& config);

/// For --no-condition: what the configuration wants of conditioning gives way; what flags want of it stays, and is
/// refused where the options are checked.
void leave_unconditioned(CompressOptions& options, const core::Config& config);

}  // namespace chasqui::app
