#include "compress/progress.hpp"

#include "compress/conditioning.hpp"
#include "core/pcm.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace chasqui::compress {
namespace {

/// At a given bitrate much is encoded by the time that all is conditioned.
double conditioning_share(const CompressOptions& options) noexcept {
  if (is_searched(options)) return 0.5;
  return options.condition ? 0.75 : 0.4;
}

}  // namespace

void report_conditioning_progress(const CompressOptions& options, double fraction, double seconds_of_sound) {
  if (options.on_progress) options.on_progress({conditioning_share(options) * fraction, seconds_of_sound});
}

void report_encoding_progress(const CompressOptions& options, std::int64_t length, std::int64_t done) {
  if (!options.on_progress) return;
  const double fraction = static_cast<double>(done) / static_cast<double>(length);
  const double before = conditioning_share(options);
  options.on_progress({before + (1 - before) * fraction, static_cast<double>(done) / core::sample_rate_hz});
}

ProgressListener never_falling(ProgressListener listener) {
  if (!listener) return {};
  return [listener = std::move(listener), furthest = std::make_shared<double>()](Progress progress) {
    progress.fraction = *furthest = std::max(*furthest, progress.fraction);
    listener(progress);
  };
}

ProgressListener progress_of_try(int number, const CompressOptions& options) {
  if (!options.on_progress) return {};
  const double before = conditioning_share(options);
  return [listener = options.on_progress, number, before](Progress progress) {
    const double done = (progress.fraction - before) / (1 - before);
    progress.fraction = 1 - (1 - before) * std::exp2(-number) * (1 - done / 2);
    listener(progress);
  };
}

}  // namespace chasqui::compress
