#include "opus/ogg_reader.hpp"

#include "core/unique_fd.hpp"
#include "opus/ogg_pages.hpp"
#include "opus/packet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace chasqui::opus {
namespace {

/// What may precede the first page (an ID3 tag, say) before a file is taken for something else.
constexpr std::int64_t longest_preamble = std::int64_t{1} << 20;

bool begins_with(std::span<const std::uint8_t> packet, std::string_view magic) {
  return packet.size() >= magic.size() && std::ranges::equal(packet.first(magic.size()), magic, {}, {},
                                                             [](char c) { return static_cast<std::uint8_t>(c); });
}

/// The codec that a first packet in an Ogg stream announces.
std::string_view codec_name(std::span<const std::uint8_t> packet) {
  struct Known {
    std::string_view magic;
    std::string_view codec;
  };
  static constexpr std::array known{Known{"\x01vorbis", "Vorbis"},
                                    Known{"\x7f"
                                          "FLAC",
                                          "FLAC"},
                                    Known{"Speex   ", "Speex"}, Known{"\x80theora", "Theora"},
                                    Known{"fishead", "Skeleton"}};
  for (const auto& entry : known)
    if (begins_with(packet, entry.magic)) return entry.codec;
  return "an unknown codec";
}

/// Whether a page's granule is a position; -1 is none (no packet ends there), and what is beyond use counts as none.
bool is_position(std::int64_t granule) {
  return granule >= 0 && granule < std::int64_t{1} << 60;
}

Result<core::UniqueFd> open_file(const std::filesystem::path& path) {
  // Not blocking: a FIFO that nobody writes would hold us here for ever.
  core::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const int error = errno;
  struct stat facts{};
  if (fd.valid() && ::fstat(fd.get(), &facts) == 0) {
    if (S_ISREG(facts.st_mode)) return fd;
    return std::unexpected(Error{Errc::input_unreadable,
                                 fmt::format("{}: is not a regular file; copy its content into one", path.string())});
  }
  return std::unexpected(
      Error{error == ENOENT ? Errc::input_missing : Errc::input_unreadable,
            fmt::format("{}: cannot open: {}", path.string(), std::generic_category().message(error))});
}

}  // namespace

struct OggOpusReader::Impl {
  Impl(Source source, std::string file) : pages(std::move(source)), name(std::move(file)) {}

  [[nodiscard]] std::unexpected<Error> fail(Errc code, std::string_view what) const {
    return std::unexpected(Error{code, fmt::format("{}: {}", name, what)});
  }

  Result<void> find_stream();
  Result<void> read_comments();
  Result<bool> read_page();
  void take_audio(const OggPage& page);
  void place(const OggPage& page, std::int64_t duration);
  void trim(std::int64_t end);

  OggPages pages;
  std::string name;
  OpusHead head;
  Comments comments;
  std::uint32_t serial = 0;
  PacketAssembler assembler;
  ReadStats stats;
  std::deque<AudioPacket> ready;
  std::size_t latest = 0;     // packets at the end of `ready` that a following empty last page may still trim
  std::int64_t granule = -1;  // at the end of `ready`; -1 before the first is known
  std::int64_t unplaced = 0;  // samples on pages before the first granule
  bool ended = false;
};

/// The first page of each stream comes before any other page (RFC 3533 section 4): the Opus stream is among them or
/// nowhere.
Result<void> OggOpusReader::Impl::find_stream() {
  std::string others;
  for (;;) {
    const auto next = pages.next();
    if (!next) return std::unexpected(next.error());
    const auto& page = *next;
    if (pages.bytes_skipped() > longest_preamble || (!page && others.empty()))
      return pages.bytes_read() == 0 ? fail(Errc::input_empty, "the file is empty")
                                     : fail(Errc::input_unsupported, "not an Ogg file, or damaged from the start");
    if (!page || !page->begins_stream)
      return fail(others.empty() ? Errc::input_corrupt : Errc::input_unsupported,
                  others.empty() ? "the Ogg file does not begin with a stream header"
                                 : fmt::format("no Opus stream in this Ogg file, but {}", others));
    PacketAssembler first;
    first.set_limit(largest_packet);
    const auto packets = first.add(*page).packets;
    const auto packet = packets.empty() ? std::span<const std::uint8_t>{} : std::span<const std::uint8_t>(packets[0]);
    if (!begins_with(packet, "OpusHead")) {
      if (others.size() < 100) others += fmt::format("{}{}", others.empty() ? "" : ", ", codec_name(packet));
      ++stats.foreign_pages;
      continue;
    }
    auto parsed = parse_head(packet);
    if (!parsed) return fail(parsed.error().code, parsed.error().message);
    head = *parsed;
    serial = page->serial;
    assembler.set_limit(largest_comments);
    assembler.add(*page);
    ++stats.pages;
    stats.header_bytes += static_cast<std::int64_t>(page->bytes);
    return {};
  }
}

Result<void> OggOpusReader::Impl::read_comments() {
  for (;;) {
    const auto next = pages.next();
    if (!next) return std::unexpected(next.error());
    const auto& page = *next;
    if (!page) return fail(Errc::input_corrupt, "the file ends before the Opus comment header is complete");
    if (page->serial != serial) {
      ++stats.foreign_pages;
      continue;
    }
    if (page->begins_stream) return fail(Errc::input_corrupt, "a second stream with the same serial number");
    auto outcome = assembler.add(*page);
    ++stats.pages;
    stats.header_bytes += static_cast<std::int64_t>(page->bytes);
    if (assembler.broken_packets() != 0)
      return fail(Errc::input_corrupt, outcome.hole ? "the Opus comment header is damaged"
                                                    : "the Opus comment header is larger than 8 MiB or unfinished");
    if (outcome.packets.empty()) {
      if (page->ends_stream) return fail(Errc::input_corrupt, "the stream ends before its comment header");
      continue;
    }
    auto parsed = parse_comments(outcome.packets[0]);
    if (!parsed) return fail(parsed.error().code, parsed.error().message);
    comments = std::move(*parsed);
    assembler.set_limit(largest_packet);
    ended = page->ends_stream;
    return {};
  }
}

/// Reads on to the next page of the stream; false at its end.
Result<bool> OggOpusReader::Impl::read_page() {
  const auto next = pages.next();
  if (!next) return std::unexpected(next.error());
  const auto& page = *next;
  if (!page) {
    stats.truncated = true;
    return false;
  }
  if (page->begins_stream && (page->serial == serial || granule >= 0)) {
    // No stream may begin once data has come (RFC 3533): this is the next link of a chain, and ours was cut short.
    stats.chained = true;
    stats.truncated = true;
    return false;
  }
  if (page->serial != serial) {
    ++stats.foreign_pages;
    return true;
  }
  ++stats.pages;
  take_audio(*page);
  if (!page->ends_stream) return true;
  while (!stats.chained) {
    const auto after = pages.next();
    if (!after) return std::unexpected(after.error());
    const auto& link = *after;
    if (!link) break;
    stats.chained = link->begins_stream;
  }
  return false;
}

void OggOpusReader::Impl::take_audio(const OggPage& page) {
  auto outcome = assembler.add(page);
  if (outcome.hole) ++stats.holes;
  std::int64_t duration = 0;
  for (auto& bytes : outcome.packets) {
    const int samples = packet_samples(bytes);
    duration += samples;
    ++stats.packets;
    stats.packet_bytes += static_cast<std::int64_t>(bytes.size());
    ready.push_back({std::move(bytes), samples, samples, 0});
  }
  if (!outcome.packets.empty()) {
    latest = outcome.packets.size();
    place(page, duration);
  }
  if (page.ends_stream && granule >= 0 && is_position(page.granule)) trim(page.granule);
}

/// Finds where the latest packets, of `duration` in all, lie on the stream's clock. The clock follows the pages'
/// granules: one that is ahead means loss before these packets, one that is behind a careless muxer, for which nothing
/// is dropped.
void OggOpusReader::Impl::place(const OggPage& page, std::int64_t duration) {
  const bool known = is_position(page.granule);
  if (granule < 0) {
    unplaced += duration;
    if (!known) return;
    // RFC 7845 section 4.1: only a last page may end before its packets do.
    const std::int64_t start = std::max<std::int64_t>(page.granule - unplaced, 0);
    granule = start + unplaced;
    // A gap in front of the first page is a stream cut out of a longer one, or the loss of pages that stood here.
    if (stats.holes > 0 && pages.bytes_skipped() > 0)
      ready.front().lost = start;
    else
      stats.start_granule = start;
    return;
  }
  granule += duration;
  if (!known) return;
  if (page.granule > granule) ready[ready.size() - latest].lost = page.granule - granule;
  if (page.granule > granule || !page.ends_stream) granule = page.granule;
}

/// End trimming (RFC 7845 section 4.4): whatever lies behind the last granule is not heard.
void OggOpusReader::Impl::trim(std::int64_t end) {
  std::int64_t surplus = std::max<std::int64_t>(granule - end, 0);
  for (auto packet = ready.rbegin(); packet != ready.rend() && surplus > 0; ++packet) {
    const auto cut = std::min<std::int64_t>(surplus, packet->samples);
    packet->keep -= static_cast<int>(cut);
    stats.end_trim += cut;
    surplus -= cut;
  }
}

OggOpusReader::OggOpusReader(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
OggOpusReader::OggOpusReader(OggOpusReader&&) noexcept = default;
OggOpusReader& OggOpusReader::operator=(OggOpusReader&&) noexcept = default;
OggOpusReader::~OggOpusReader() = default;

Result<OggOpusReader> OggOpusReader::open(Source source, std::string name) {
  auto impl = std::make_unique<Impl>(std::move(source), std::move(name));
  if (auto found = impl->find_stream(); !found) return std::unexpected(found.error());
  if (auto read = impl->read_comments(); !read) return std::unexpected(read.error());
  return OggOpusReader(std::move(impl));
}

Result<OggOpusReader> OggOpusReader::open(const std::filesystem::path& path) {
  auto fd = open_file(path);
  if (!fd) return std::unexpected(fd.error());
  auto shared = std::make_shared<core::UniqueFd>(std::move(*fd));  // std::function wants to be copyable
  auto source = [shared, name = path.string()](std::span<std::byte> out) -> Result<std::size_t> {
    for (;;) {
      const ssize_t got = ::read(shared->get(), out.data(), out.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR)
        return std::unexpected(Error{Errc::input_unreadable,
                                     fmt::format("{}: cannot read: {}", name, std::generic_category().message(errno))});
    }
  };
  return open(std::move(source), path.string());
}

const OpusHead& OggOpusReader::head() const noexcept {
  return impl_->head;
}
const Comments& OggOpusReader::comments() const noexcept {
  return impl_->comments;
}
std::uint32_t OggOpusReader::serial() const noexcept {
  return impl_->serial;
}
const ReadStats& OggOpusReader::stats() const noexcept {
  return impl_->stats;
}

Result<std::optional<AudioPacket>> OggOpusReader::next() {
  auto& impl = *impl_;
  while (impl.ready.size() <= impl.latest && !impl.ended) {
    const auto more = impl.read_page();
    if (!more) return std::unexpected(more.error());
    impl.ended = !*more;
  }
  impl.stats.bytes = impl.pages.bytes_read();
  impl.stats.skipped_bytes = impl.pages.bytes_skipped();
  impl.stats.broken_packets = impl.assembler.broken_packets() + (impl.ended && impl.assembler.within_packet() ? 1 : 0);
  if (impl.ready.empty()) return std::nullopt;
  auto packet = std::move(impl.ready.front());
  impl.ready.pop_front();
  return packet;
}

}  // namespace chasqui::opus
