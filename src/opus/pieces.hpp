#pragma once

#include "opus/comments.hpp"
#include "opus/ogg_reader.hpp"
#include "opus/ogg_writer.hpp"

#include <chasqui/error.hpp>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace chasqui::opus {

/// A stretch of what a stream plays, in samples at 48 kHz after pre-skip.
struct Piece {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::string title;

  friend bool operator==(const Piece&, const Piece&) = default;
};

/// Reads all of it and counts what is played. Errors: as the reader's; input_corrupt when something is missing in it.
Result<std::int64_t> played_samples(OggOpusReader reader);

/// Divides `length` samples by `chapters` (with their ends, in order), and what is longer than five minutes evenly,
/// each time at the one of `pauses` (in order) that is next, if one is within ten seconds. The pieces follow each other
/// without gap. `title`: of what has no chapter; parts of one chapter, or of the whole, are numbered.
std::vector<Piece> plan_pieces(std::int64_t length, std::span<const ChapterMark> chapters,
                               std::span<const std::int64_t> pauses, const std::string& title);

/// Cuts a mono stream, in one pass and without coding anything anew: each of `pieces`, which are in order and do not
/// overlap, becomes a whole Ogg Opus file. It begins with the packets of at least `preroll_samples` before its sound,
/// all of which its pre-skip drops (RFC 7845 section 4.6), and ends by its last granule, so that every piece plays
/// exactly its samples. `sink_of(i)` takes the bytes of piece i. Chapters and pictures are left out of the comments;
/// title, track number and album (the whole's title) are the piece's. `first`, `all`: the number of the first piece
/// among how many. Errors: as the reader's, input_corrupt when the stream has a hole or ends before the last piece
/// does, input_unsupported when it is not mono.
Result<void> cut_pieces(OggOpusReader reader, std::span<const Piece> pieces, std::size_t first, std::size_t all,
                        const std::function<OggOpusWriter::Sink(std::size_t)>& sink_of);

/// 0.8 s, where RFC 7845 asks for 80 ms: prediction takes time to forget what a decoder began with. Of 144 pieces of
/// four podcasts at 8, 16 and 24 kb/s, cut between segments, 122 then play bit for bit what the whole plays there; the
/// rest are at most 179 of 32768 off, for a moment.
inline constexpr std::int64_t preroll_samples = 38'400;

}  // namespace chasqui::opus
