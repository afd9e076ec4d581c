#pragma once

#include <chasqui/compress.hpp>
#include <cstdint>

namespace chasqui::compress {

// One bar over the two halves of the work, whose shares are about those of the time.

/// `fraction` of the conditioning is done.
void report_conditioning_progress(const CompressOptions& options, double fraction, double seconds_of_sound);

/// `done` of `length` samples are encoded.
void report_encoding_progress(const CompressOptions& options, std::int64_t length, std::int64_t done);

}  // namespace chasqui::compress
