#pragma once

#include "audio/media.hpp"
#include "core/atomic_file.hpp"
#include "opus/packet.hpp"

#include <chasqui/compress.hpp>
#include <cstdint>
#include <memory>
#include <span>

namespace chasqui::compress {

/// Takes the packets of an episode, in order, into one container.
class EpisodeWriter {
 public:
  virtual ~EpisodeWriter() = default;
  virtual void write(std::span<const opus::Packet> packets) = 0;
  /// `length`: samples of sound, without pre-skip. The file still is to be committed.
  virtual void finish(std::int64_t length) = 0;
};

/// For opus, webm and caf. `stream_id` tells streams apart and must depend on nothing but the input. `file` outlives
/// the writer.
std::unique_ptr<EpisodeWriter> make_episode_writer(const CompressOptions& options, const audio::MediaInfo& media,
                                                   std::uint32_t stream_id, core::AtomicFile& file);

}  // namespace chasqui::compress
