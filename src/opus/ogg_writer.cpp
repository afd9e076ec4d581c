#include "opus/ogg_writer.hpp"

#include "opus/head.hpp"

#include <fmt/format.h>
#include <ogg/ogg.h>

#include <chasqui/error.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace chasqui::opus {
namespace {

/// More than any page can hold, so that libogg ends pages by the count of lacing values alone.
constexpr int never_by_bytes = 255 * 255 + 1;

class OggStream {
 public:
  explicit OggStream(std::uint32_t serial) {
    if (ogg_stream_init(&state_, static_cast<int>(serial)) != 0)
      throw Failure(Errc::internal, "libogg cannot start a stream");
  }
  OggStream(const OggStream&) = delete;
  OggStream& operator=(const OggStream&) = delete;
  ~OggStream() { ogg_stream_clear(&state_); }

  ogg_stream_state* get() noexcept { return &state_; }

 private:
  ogg_stream_state state_{};
};

}  // namespace

struct OggOpusWriter::Impl {
  Impl(const StreamHeader& header, Sink to) : sink(std::move(to)), stream(header.serial), pre_skip(header.pre_skip) {
    put_packet(serialize(OpusHead{.pre_skip = header.pre_skip, .input_sample_rate_hz = header.input_sample_rate_hz}), 0,
               false);
    flush();
    put_packet(serialize(header.comments), 0, false);
    flush();
  }

  void put_packet(std::vector<std::uint8_t> bytes, std::int64_t granule, bool last) {
    ogg_packet packet{};
    packet.packet = bytes.data();
    packet.bytes = static_cast<long>(bytes.size());
    packet.b_o_s = number == 0 ? 1 : 0;
    packet.e_o_s = last ? 1 : 0;
    packet.granulepos = granule;
    packet.packetno = number++;
    if (ogg_stream_packetin(stream.get(), &packet) != 0) throw Failure(Errc::internal, "libogg cannot take a packet");
  }

  void put_page(const ogg_page& page) {
    sink(std::as_bytes(std::span(page.header, static_cast<std::size_t>(page.header_len))));
    sink(std::as_bytes(std::span(page.body, static_cast<std::size_t>(page.body_len))));
  }

  void full_pages() {
    ogg_page page{};
    while (ogg_stream_pageout_fill(stream.get(), &page, never_by_bytes) != 0) put_page(page);
  }

  void flush() {
    ogg_page page{};
    while (ogg_stream_flush_fill(stream.get(), &page, never_by_bytes) != 0) put_page(page);
  }

  Sink sink;
  OggStream stream;
  std::int64_t pre_skip;
  std::int64_t written = 0;    // samples in all packets, the held one too
  std::optional<Packet> held;  // the latest packet: it may turn out to be the last
  std::int64_t number = 0;
  bool finished = false;
};

OggOpusWriter::OggOpusWriter(const StreamHeader& header, Sink sink) {
  if (header.pre_skip < 0 || header.pre_skip > 65'535)
    throw Failure(Errc::internal, fmt::format("a pre-skip of {} does not fit the Opus header", header.pre_skip));
  impl_ = std::make_unique<Impl>(header, std::move(sink));
}

OggOpusWriter::OggOpusWriter(OggOpusWriter&&) noexcept = default;
OggOpusWriter& OggOpusWriter::operator=(OggOpusWriter&&) noexcept = default;
OggOpusWriter::~OggOpusWriter() = default;

void OggOpusWriter::write(const Packet& packet) {
  if (impl_->finished) throw Failure(Errc::internal, "a packet after the end of the Ogg stream");
  if (packet.samples <= 0 || packet.samples != packet_samples(packet.bytes))
    throw Failure(Errc::internal, fmt::format("a packet said to last {} samples lasts {}", packet.samples,
                                              packet_samples(packet.bytes)));
  auto& held = impl_->held;
  if (held) impl_->put_packet(std::move(held->bytes), impl_->written, false);
  impl_->full_pages();
  held = packet;
  impl_->written += packet.samples;
}

void OggOpusWriter::finish(std::int64_t length) {
  auto& held = impl_->held;
  if (impl_->finished || !held) throw Failure(Errc::internal, "an Ogg Opus stream needs a packet, and one end");
  const std::int64_t end = impl_->pre_skip + length;
  if (length < 0 || end > impl_->written || end <= impl_->written - held->samples)
    throw Failure(Errc::internal,
                  fmt::format("{} samples after {} of pre-skip do not end within the last of {} written", length,
                              impl_->pre_skip, impl_->written));
  impl_->put_packet(std::move(held->bytes), end, true);
  impl_->flush();
  impl_->finished = true;
}

}  // namespace chasqui::opus
