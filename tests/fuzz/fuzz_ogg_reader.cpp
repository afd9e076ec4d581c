#include "opus/decoder.hpp"
#include "opus/inspect.hpp"
#include "opus/ogg_reader.hpp"

#include <ogg/ogg.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

namespace opus = chasqui::opus;
using Bytes = std::vector<std::uint8_t>;

/// Gives every page a valid checksum, so that the fuzzer gets behind it.
void fix_checksums(Bytes& file) {
  for (std::size_t at = 0; at + 27 <= file.size(); ++at) {
    if (std::memcmp(file.data() + at, "OggS", 4) != 0) continue;
    const std::size_t header = 27U + file[at + 26];
    if (at + header > file.size()) continue;
    std::size_t body = 0;
    for (std::size_t i = 27; i < header; ++i) body += file[at + i];
    if (at + header + body > file.size()) continue;
    ogg_page page{file.data() + at, static_cast<long>(header), file.data() + at + header, static_cast<long>(body)};
    ogg_page_checksum_set(&page);
    at += header + body - 1;
  }
}

chasqui::Result<opus::OggOpusReader> open(const Bytes& file) {
  return opus::OggOpusReader::open(
      [&file, at = std::size_t{0}](std::span<std::byte> out) mutable -> chasqui::Result<std::size_t> {
        const std::size_t count = std::min(out.size(), file.size() - at);
        if (count > 0) std::memcpy(out.data(), file.data() + at, count);
        at += count;
        return count;
      },
      "fuzz");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes file(data, data + size);
  fix_checksums(file);
  auto reader = open(file);
  if (!reader) return 0;
  std::int64_t kept = 0;
  while (const auto packet = reader->next().value()) {
    if (packet->keep < 0 || packet->keep > packet->samples || packet->lost < 0) std::abort();
    if (packet->bytes.size() > opus::OggOpusReader::largest_packet) std::abort();
    kept += packet->keep;
  }
  const auto& stats = reader->stats();
  if (stats.bytes != static_cast<std::int64_t>(size) && !stats.chained) std::abort();
  if (stats.packet_bytes > stats.bytes || stats.end_trim < 0 || stats.start_granule < 0) std::abort();

  if (auto facts = opus::inspect(open(file).value()); facts && facts->samples > kept) std::abort();

  // Decoding is slow and libopus has fuzzers of its own: only short streams, and no long silence.
  if (kept > 48'000) return 0;
  std::int64_t heard = 0;
  const auto report = opus::decode_stream(open(file).value(), {}, opus::Int16Sink([&](std::span<const std::int16_t> s) {
                                            heard += static_cast<std::int64_t>(s.size());
                                          }));
  if (!report || heard != report->samples * report->channels) std::abort();
  return 0;
}
