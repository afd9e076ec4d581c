#include "app/opus_cutter.hpp"

#include "core/pcm.hpp"
#include "opus/pieces.hpp"
#include "store/blob_reader.hpp"

#include <cmath>

namespace chasqui::app {
namespace {

opus::OggOpusReader open(const store::OpenBlob& file) {
  return value_or_throw(opus::OggOpusReader::open(store::path_of(file)));
}

std::vector<opus::Piece> plan(const store::OpenBlob& file, const std::string& title,
                              const std::vector<double>& pauses) {
  auto reader = open(file);
  const auto chapters = opus::chapters(reader.comments());
  const auto length = value_or_throw(opus::played_samples(std::move(reader)));
  std::vector<std::int64_t> at;
  at.reserve(pauses.size());
  for (const double pause : pauses) at.push_back(std::llround(pause * core::sample_rate_hz));
  return opus::plan_pieces(length, chapters, at, title);
}

}  // namespace

std::vector<server::PieceFacts> OpusCutter::pieces(const store::OpenBlob& file, const std::string& title,
                                                   const std::vector<double>& pauses) const {
  const auto planned = plan(file, title, pauses);
  std::vector<server::PieceFacts> facts;
  facts.reserve(planned.size());
  for (const auto& piece : planned)
    facts.push_back({piece.title, static_cast<double>(piece.begin) / core::sample_rate_hz,
                     static_cast<double>(piece.end - piece.begin) / core::sample_rate_hz, 0});
  value_or_throw(opus::cut_pieces(open(file), planned, 1, planned.size(), [&facts](std::size_t index) {
    return [&bytes = facts[index].bytes](std::span<const std::byte> written) { bytes += written.size(); };
  }));
  return facts;
}

void OpusCutter::cut(const store::OpenBlob& file, const std::string& title, const std::vector<double>& pauses,
                     std::size_t index, const Sink& sink) const {
  const auto planned = plan(file, title, pauses);
  const auto one = std::span(planned).subspan(index, 1);
  value_or_throw(opus::cut_pieces(open(file), one, index + 1, planned.size(), [&sink](std::size_t) { return sink; }));
}

}  // namespace chasqui::app
