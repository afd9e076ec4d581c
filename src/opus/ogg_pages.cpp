#include "opus/ogg_pages.hpp"

#include <ogg/ogg.h>

#include <utility>

namespace chasqui::opus {

struct OggPages::Impl {
  explicit Impl(Source from) : source(std::move(from)) { ogg_sync_init(&sync); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { ogg_sync_clear(&sync); }

  Source source;
  ogg_sync_state sync{};
  std::int64_t read = 0;
  std::int64_t skipped = 0;
};

OggPages::OggPages(Source source) : impl_(std::make_unique<Impl>(std::move(source))) {}
OggPages::OggPages(OggPages&&) noexcept = default;
OggPages::~OggPages() = default;

std::int64_t OggPages::bytes_read() const noexcept {
  return impl_->read;
}
std::int64_t OggPages::bytes_skipped() const noexcept {
  return impl_->skipped;
}

Result<std::optional<OggPage>> OggPages::next() {
  constexpr long block = 16'384;
  for (;;) {
    ogg_page page{};
    const long step = ogg_sync_pageseek(&impl_->sync, &page);
    if (step < 0) {
      impl_->skipped -= step;
    } else if (step > 0) {
      const auto header = std::span(page.header, static_cast<std::size_t>(page.header_len));
      return OggPage{.serial = static_cast<std::uint32_t>(ogg_page_serialno(&page)),
                     .number = static_cast<std::uint32_t>(ogg_page_pageno(&page)),
                     .granule = ogg_page_granulepos(&page),
                     .begins_stream = ogg_page_bos(&page) != 0,
                     .ends_stream = ogg_page_eos(&page) != 0,
                     .continues_packet = ogg_page_continued(&page) != 0,
                     .bytes = static_cast<std::size_t>(step),
                     .lacing = header.subspan(27),
                     .body = std::span(page.body, static_cast<std::size_t>(page.body_len))};
    } else {
      char* buffer = ogg_sync_buffer(&impl_->sync, block);
      if (buffer == nullptr) return std::unexpected(Error{Errc::internal, "libogg is out of memory"});
      const auto got = impl_->source(std::as_writable_bytes(std::span(buffer, static_cast<std::size_t>(block))));
      if (!got) return std::unexpected(got.error());
      if (*got == 0) {
        impl_->skipped += impl_->sync.fill - impl_->sync.returned;
        ogg_sync_reset(&impl_->sync);
        return std::nullopt;
      }
      ogg_sync_wrote(&impl_->sync, static_cast<long>(*got));
      impl_->read += static_cast<std::int64_t>(*got);
    }
  }
}

void PacketAssembler::drop() noexcept {
  if (open_) ++broken_;
  open_ = false;
  partial_.clear();
}

PacketAssembler::Outcome PacketAssembler::add(const OggPage& page) {
  Outcome outcome;
  outcome.hole = expected_number_ && *expected_number_ != page.number;
  expected_number_ = page.number + 1;
  if (outcome.hole || !page.continues_packet) drop();
  skipping_ = page.continues_packet && !open_;
  auto body = page.body;
  for (const std::size_t value : page.lacing) {
    if (!skipping_) {
      open_ = true;
      if (partial_.size() + value > limit_) {
        drop();
        skipping_ = true;
      } else {
        partial_.insert(partial_.end(), body.begin(), body.begin() + static_cast<std::ptrdiff_t>(value));
      }
    }
    body = body.subspan(value);
    if (value == 255) continue;
    if (!skipping_) outcome.packets.push_back(std::exchange(partial_, {}));
    open_ = false;
    skipping_ = false;
  }
  return outcome;
}

}  // namespace chasqui::opus
