#include "compress/progress.hpp"

#include "core/pcm.hpp"

namespace chasqui::compress {
namespace {

constexpr double conditioning_share = 0.4;

}  // namespace

void report_conditioning_progress(const CompressOptions& options, double fraction, double seconds_of_sound) {
  if (options.on_progress) options.on_progress({conditioning_share * fraction, seconds_of_sound});
}

void report_encoding_progress(const CompressOptions& options, std::int64_t length, std::int64_t done) {
  if (!options.on_progress) return;
  const double fraction = static_cast<double>(done) / static_cast<double>(length);
  options.on_progress(
      {conditioning_share + (1 - conditioning_share) * fraction, static_cast<double>(done) / core::sample_rate_hz});
}

}  // namespace chasqui::compress
