#include "compress/episode_writer.hpp"

#include "opus/caf.hpp"
#include "opus/comments.hpp"
#include "opus/encoder.hpp"
#include "opus/ogg_writer.hpp"
#include "opus/webm.hpp"

#include <fmt/format.h>

namespace chasqui::compress {
namespace {

std::vector<opus::CommentTag> tags(const audio::MediaInfo& media) {
  std::vector<opus::CommentTag> tags;
  tags.reserve(media.tags.size());
  for (const auto& tag : media.tags) tags.push_back({tag.key, tag.value});
  return tags;
}

std::vector<opus::ChapterMark> chapters(const audio::MediaInfo& media) {
  std::vector<opus::ChapterMark> chapters;
  chapters.reserve(media.chapters.size());
  for (const auto& chapter : media.chapters) chapters.push_back({chapter.begin, chapter.end, chapter.title});
  return chapters;
}

opus::Comments comments(const CompressOptions& options, const audio::MediaInfo& media) {
  auto lines = opus::comment_lines(tags(media), chapters(media));
  lines.push_back(fmt::format("ENCODER=chasqui {}", version()));
  if (options.keep_cover && media.cover) lines.push_back(opus::picture_line({media.cover->mime, media.cover->bytes}));
  return {opus::library_version(), std::move(lines)};
}

/// Whatever takes one packet at a time and is told the length at the end.
template <typename Container>
class PacketwiseWriter final : public EpisodeWriter {
 public:
  explicit PacketwiseWriter(Container container) : container_(std::move(container)) {}

  void write(std::span<const opus::Packet> packets) override {
    for (const auto& packet : packets) container_.write(packet);
  }
  void finish(std::int64_t length) override { container_.finish(length); }

 private:
  Container container_;
};

template <typename Container>
std::unique_ptr<EpisodeWriter> packetwise(Container container) {
  return std::make_unique<PacketwiseWriter<Container>>(std::move(container));
}

}  // namespace

std::unique_ptr<EpisodeWriter> make_episode_writer(const CompressOptions& options, const audio::MediaInfo& media,
                                                   std::uint32_t stream_id, core::AtomicFile& file) {
  const int pre_skip = opus::encoder_lookahead();
  if (options.format == Format::webm)
    return packetwise(opus::WebmWriter({pre_skip, tags(media), chapters(media)}, file));
  if (options.format == Format::caf) return packetwise(opus::CafWriter(pre_skip, tags(media), file));
  opus::StreamHeader header;
  header.pre_skip = pre_skip;
  header.input_sample_rate_hz = static_cast<std::uint32_t>(media.sample_rate_hz);
  header.serial = stream_id;
  header.comments = comments(options, media);
  return packetwise(opus::OggOpusWriter(header, [&file](std::span<const std::byte> bytes) { file.write(bytes); }));
}

}  // namespace chasqui::compress
