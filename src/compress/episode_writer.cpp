#include "compress/episode_writer.hpp"

#include "opus/comments.hpp"
#include "opus/encoder.hpp"
#include "opus/ogg_writer.hpp"

#include <fmt/format.h>

namespace chasqui::compress {
namespace {

opus::Comments comments(const CompressOptions& options, const audio::MediaInfo& media) {
  std::vector<opus::CommentTag> tags;
  for (const auto& tag : media.tags) tags.push_back({tag.key, tag.value});
  std::vector<opus::ChapterMark> chapters;
  for (const auto& chapter : media.chapters) chapters.push_back({chapter.begin, chapter.end, chapter.title});
  auto lines = opus::comment_lines(tags, chapters);
  lines.push_back(fmt::format("ENCODER=chasqui {}", version()));
  if (options.keep_cover && media.cover) lines.push_back(opus::picture_line({media.cover->mime, media.cover->bytes}));
  return {opus::library_version(), std::move(lines)};
}

class OggEpisodeWriter final : public EpisodeWriter {
 public:
  OggEpisodeWriter(const opus::StreamHeader& header, core::AtomicFile& file)
      : writer_(header, [&file](std::span<const std::byte> bytes) { file.write(bytes); }) {}

  void write(std::span<const opus::Packet> packets) override {
    for (const auto& packet : packets) writer_.write(packet);
  }
  void finish(std::int64_t length) override { writer_.finish(length); }

 private:
  opus::OggOpusWriter writer_;
};

}  // namespace

std::unique_ptr<EpisodeWriter> make_episode_writer(const CompressOptions& options, const audio::MediaInfo& media,
                                                   std::uint32_t stream_id, core::AtomicFile& file) {
  opus::StreamHeader header;
  header.pre_skip = opus::encoder_lookahead();
  header.input_sample_rate_hz = static_cast<std::uint32_t>(media.sample_rate_hz);
  header.serial = stream_id;
  header.comments = comments(options, media);
  return std::make_unique<OggEpisodeWriter>(header, file);
}

}  // namespace chasqui::compress
