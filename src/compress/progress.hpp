#pragma once

#include <chasqui/compress.hpp>
#include <cstdint>
#include <functional>

namespace chasqui::compress {

// One bar over the two halves of the work, whose shares are about those of the time.

/// `fraction` of the conditioning is done.
void report_conditioning_progress(const CompressOptions& options, double fraction, double seconds_of_sound);

/// `done` of `length` samples are encoded.
void report_encoding_progress(const CompressOptions& options, std::int64_t length, std::int64_t done);

using ProgressListener = std::function<void(const Progress&)>;

/// What is done anew does not take the progress back. Copies know of each other.
ProgressListener never_falling(ProgressListener listener);

/// For encoding again and again, nobody knows how often: try `number`, from 0, fills half of what is left.
ProgressListener progress_of_try(int number, const CompressOptions& options);

}  // namespace chasqui::compress
