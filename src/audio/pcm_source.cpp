#include "audio/pcm_source.hpp"

#include "core/pcm.hpp"
#include "core/stop.hpp"

#include <chasqui/error.hpp>
#include <vector>

namespace chasqui::audio {

std::int64_t pull_all(const PcmSource& source, const ConditionOptions& options,
                      const std::function<void(std::span<float>)>& take) {
  std::vector<float> block(core::sample_rate_hz / 5);
  std::int64_t pulled = 0;
  std::int64_t reported = 0;
  const auto report = [&] {
    reported = pulled;
    if (options.on_progress) options.on_progress(static_cast<double>(pulled) / core::sample_rate_hz);
  };
  for (;;) {
    core::throw_if_stopped(options.stop);
    const std::size_t count = source.pull(block);
    if (count == 0) break;
    pulled += static_cast<std::int64_t>(count);
    if (options.on_source) options.on_source(std::span(block).first(count));
    take(std::span(block).first(count));
    if (pulled - reported >= core::sample_rate_hz) report();
  }
  report();
  return pulled;
}

}  // namespace chasqui::audio
