#include "opus/caf.hpp"

#include "core/pcm.hpp"

#include <fmt/format.h>

#include <bit>
#include <chasqui/error.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace chasqui::opus {
namespace {

/// Big-endian fields.
class Fields {
 public:
  Fields& text(std::string_view value) {
    bytes_ += value;
    return *this;
  }
  Fields& number(std::uint64_t value, int size) {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
      bytes_ += static_cast<char>(static_cast<std::uint8_t>(value >> shift));
    return *this;
  }
  Fields& string(std::string_view value) { return text(value).number(0, 1); }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

std::string chunk(std::string_view type, const Fields& content) {
  return Fields().text(type).number(content.bytes().size(), 8).text(content.bytes()).bytes();
}

Fields description(const Packet& packet) {
  return Fields()
      .number(std::bit_cast<std::uint64_t>(static_cast<double>(core::sample_rate_hz)), 8)
      .text("opus")
      .number(0, 4)  // format flags
      .number(packet.bytes.size(), 4)
      .number(static_cast<std::uint64_t>(packet.samples), 4)
      .number(1, 4)   // channels
      .number(0, 4);  // bits per channel: compressed
}

/// Mono, as a layout tag.
Fields channel_layout() {
  constexpr std::uint64_t layout_mono = 100U << 16U | 1U;
  return Fields().number(layout_mono, 4).number(0, 4).number(0, 4);
}

/// The information chunk's own keys for those Vorbis comments that have one.
std::string_view information_key(std::string_view tag) {
  static constexpr std::pair<std::string_view, std::string_view> keys[]{
      {"TITLE", "title"}, {"ARTIST", "artist"},       {"ALBUM", "album"},          {"DATE", "year"},
      {"GENRE", "genre"}, {"COPYRIGHT", "copyright"}, {"DESCRIPTION", "comments"}, {"TRACKNUMBER", "track number"}};
  for (const auto& [comment, key] : keys)
    if (comment == tag) return key;
  return {};
}

std::string information(const std::vector<CommentTag>& tags) {
  Fields entries;
  std::uint64_t count = 0;
  for (const auto& tag : tags) {
    const auto key = information_key(tag.key);
    if (key.empty()) continue;
    entries.string(key).string(to_utf8(tag.value));
    ++count;
  }
  return count == 0 ? std::string() : chunk("info", Fields().number(count, 4).text(entries.bytes()));
}

Fields packet_table(std::int64_t packets, std::int64_t valid, std::int64_t priming, std::int64_t remainder) {
  const auto number = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  return Fields()
      .number(number(packets), 8)
      .number(number(valid), 8)
      .number(number(priming), 4)
      .number(number(remainder), 4);
}

}  // namespace

CafWriter::CafWriter(int pre_skip, std::vector<CommentTag> tags, core::AtomicFile& file)
    : file_(file), tags_(std::move(tags)), pre_skip_(pre_skip) {}

const Packet& CafWriter::begin(const Packet& first) {
  const auto view = parse_packet(first.bytes);
  if (!view || view->frames.size() != 1 || view->samples() != first.samples)
    throw Failure(Errc::internal,
                  "CAF needs Opus packets of one frame; encode in SILK mode or with 20 ms frames, not joined");
  const Packet& kept = first_.emplace(first);
  file_.write(Fields().text("caff").number(1, 2).number(0, 2).bytes());
  file_.write(chunk("desc", description(first)));
  file_.write(chunk("chan", channel_layout()));
  file_.write(information(tags_));
  table_at_ = file_.size();
  file_.write(chunk("pakt", packet_table(0, 0, 0, 0)));
  data_at_ = file_.size();
  file_.write(chunk("data", Fields().number(0, 4)));  // edit count
  return kept;
}

void CafWriter::write(const Packet& packet) {
  const Packet& first = first_ ? *first_ : begin(packet);
  if (packet.bytes.size() != first.bytes.size() || packet_samples(packet.bytes) != first.samples)
    throw Failure(Errc::internal,
                  fmt::format("CAF needs Opus packets of one size: here {} bytes after {}; encode at constant "
                              "bitrate with one setting",
                              packet.bytes.size(), first.bytes.size()));
  file_.write(std::as_bytes(std::span(packet.bytes)));
  ++packets_;
}

void CafWriter::finish(std::int64_t length) {
  const std::int64_t samples_each = first_ ? first_->samples : 0;
  const std::int64_t remainder = packets_ * samples_each - pre_skip_ - length;
  if (length < 0 || remainder < 0 || packets_ == 0 || remainder >= samples_each)
    throw Failure(Errc::internal, fmt::format("{} samples do not end within the last CAF packet", length));
  const auto patch = [&](const std::string& bytes, std::size_t at) {
    file_.write_at(std::as_bytes(std::span(bytes)), at);
  };
  patch(chunk("pakt", packet_table(packets_, length, pre_skip_, remainder)), table_at_);
  constexpr std::size_t type = 4;
  patch(Fields().number(file_.size() - data_at_ - type - 8, 8).bytes(), data_at_ + type);
}

}  // namespace chasqui::opus
