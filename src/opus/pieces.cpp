#include "opus/pieces.hpp"

#include "core/pcm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

namespace chasqui::opus {
namespace {

constexpr std::int64_t second = core::sample_rate_hz;
constexpr std::int64_t wanted = 280 * second;  // so that pieces stay below five minutes after moving to a pause
constexpr std::int64_t nearby = 10 * second;
constexpr std::int64_t shortest = second;  // a chapter below that belongs to the one before

struct Stretch {
  std::int64_t begin, end;
  std::string title;
};

std::vector<Stretch> stretches(std::int64_t length, std::span<const ChapterMark> chapters, const std::string& title) {
  std::vector<Stretch> all{{0, length, title}};
  for (const auto& chapter : chapters) {
    const auto& name = chapter.title.empty() ? title : chapter.title;
    if (chapter.begin > length - shortest) continue;
    if (chapter.begin < all.back().begin + shortest) {
      all.back().title = name;
      continue;
    }
    all.back().end = chapter.begin;
    all.push_back({chapter.begin, length, name});
  }
  return all;
}

std::int64_t next_pause(std::span<const std::int64_t> pauses, std::int64_t moment) {
  auto after = std::ranges::lower_bound(pauses, moment);
  const auto distance = [&](auto pause) { return std::abs(*pause - moment); };
  if (after != pauses.begin() && (after == pauses.end() || distance(std::prev(after)) < distance(after))) --after;
  return after != pauses.end() && distance(after) <= nearby ? *after : moment;
}

/// One piece on its way out.
struct Cut {
  Cut(const StreamHeader& header, OggOpusWriter::Sink sink) : writer(header, std::move(sink)) {}
  OggOpusWriter writer;
};

Comments comments_of(const Comments& whole, const Piece& piece, std::size_t number, std::size_t all) {
  Comments comments{whole.vendor, {}};
  const auto replaced = [](std::string_view line) {
    for (const std::string_view key : {"TITLE=", "TRACKNUMBER=", "TRACKTOTAL=", "CHAPTER", "METADATA_BLOCK_PICTURE="}) {
      if (line.starts_with(key)) return true;
    }
    return false;
  };
  for (const auto& line : whole.lines) {
    if (!replaced(line)) comments.lines.push_back(line);
  }
  comments.lines.push_back("TITLE=" + to_utf8(piece.title));
  if (const auto title = find(whole, "TITLE"); !title.empty() && find(whole, "ALBUM").empty())
    comments.lines.push_back(fmt::format("ALBUM={}", title));
  comments.lines.push_back(fmt::format("TRACKNUMBER={}", number));
  comments.lines.push_back(fmt::format("TRACKTOTAL={}", all));
  return comments;
}

std::unexpected<Error> damaged(std::string_view what) {
  return std::unexpected(Error{Errc::input_corrupt, fmt::format("the stream cannot be cut: {}", what)});
}

}  // namespace

Result<std::int64_t> played_samples(OggOpusReader reader) {
  std::int64_t samples = 0;
  for (;;) {
    const auto next = reader.next();
    if (!next) return std::unexpected(next.error());
    const auto& packet = *next;
    if (!packet) break;
    if (packet->samples == 0 || packet->lost > 0) return damaged("something is missing in it");
    samples += packet->keep;
  }
  return std::max<std::int64_t>(samples - reader.head().pre_skip, 0);
}

std::vector<Piece> plan_pieces(std::int64_t length, std::span<const ChapterMark> chapters,
                               std::span<const std::int64_t> pauses, const std::string& title) {
  std::vector<Piece> pieces;
  for (const auto& stretch : stretches(length, chapters, title)) {
    const auto samples = stretch.end - stretch.begin;
    const auto parts = std::max<std::int64_t>((samples + wanted - 1) / wanted, 1);
    auto begin = stretch.begin;
    for (std::int64_t i = 1; i <= parts; ++i) {
      const auto end = i == parts ? stretch.end : next_pause(pauses, stretch.begin + samples * i / parts);
      pieces.push_back({begin, end, parts == 1 ? stretch.title : fmt::format("{} ({}/{})", stretch.title, i, parts)});
      begin = end;
    }
  }
  return pieces;
}

Result<void> cut_pieces(OggOpusReader reader, std::span<const Piece> pieces, std::size_t first, std::size_t all,
                        const std::function<OggOpusWriter::Sink(std::size_t)>& sink_of) {
  const auto& head = reader.head();
  if (head.channels != 1 || head.output_gain_q8 != 0)
    return std::unexpected(Error{Errc::input_unsupported, "only streams in mono and without gain can be cut"});
  // Pre-roll makes pieces overlap, so more than one may be under way.
  std::deque<Cut> open;
  std::size_t done = 0;
  std::int64_t at = 0;
  while (done < pieces.size()) {
    auto next = reader.next();
    if (!next) return std::unexpected(next.error());
    auto& packet = *next;
    if (!packet) return damaged("it ends before its last piece");
    if (packet->samples == 0 || packet->lost > 0) return damaged("something is missing in it");
    const auto after = at + packet->samples;
    while (done + open.size() < pieces.size()) {
      const auto number = done + open.size();
      const auto& piece = pieces[number];
      const auto sound = piece.begin + head.pre_skip;
      if (after <= sound - preroll_samples) break;
      open.emplace_back(StreamHeader{.pre_skip = static_cast<int>(sound - at),
                                     .input_sample_rate_hz = head.input_sample_rate_hz,
                                     .serial = reader.serial() + static_cast<std::uint32_t>(first + number),
                                     .comments = comments_of(reader.comments(), piece, first + number, all)},
                        sink_of(number));
    }
    const Packet copy{std::move(packet->bytes), packet->samples};
    for (auto& cut : open) cut.writer.write(copy);
    at = after;
    while (!open.empty() && pieces[done].end + head.pre_skip <= at) {
      open.front().writer.finish(pieces[done].end - pieces[done].begin);
      open.pop_front();
      ++done;
    }
  }
  return {};
}

}  // namespace chasqui::opus
