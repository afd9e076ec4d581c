#pragma once

#include "audio/conditioner.hpp"
#include "audio/conditioning_pass.hpp"

namespace chasqui::audio {

/// What `condition` does, on any source of sound. `media`: what is known of the source before its first sample;
/// `decode_stats`: asked for after its last.
class Conditioner {
 public:
  static ConditionedEpisode run(const PcmSource& source, MediaInfo media,
                                const std::function<DecodeStats()>& decode_stats, const ConditionOptions& options,
                                core::ThreadPool& pool);
};

}  // namespace chasqui::audio
