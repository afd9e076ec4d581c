#include "server/intake.hpp"

#include "server/problem.hpp"

#include <fmt/format.h>

namespace chasqui::server {
namespace {

constexpr std::size_t intake_block_bytes = 256 * 1024;

}  // namespace

void check_room(const Settings& settings, const Services& services, std::uint64_t bytes, std::uint64_t pending) {
  if (services.free_bytes() < settings.keep_free_bytes + bytes)
    throw Refusal(Trouble::no_room, "the disk of this server is nearly full");
  if (settings.quota_bytes != 0 && services.blobs.used_bytes() + pending + bytes > settings.quota_bytes)
    throw Refusal(Trouble::no_room, "the quota of this server is used up");
}

Intake::Intake(const Settings& settings, const Services& services, Blocking& blocking, std::uint64_t most)
    : settings_(settings), services_(services), blocking_(blocking), most_(most) {}

Task<void> Intake::take(std::string_view bytes) {
  taken_ += bytes.size();
  if (taken_ > most_) throw Refusal(Trouble::too_large, fmt::format("at most {} bytes are taken here", most_));
  buffer_ += bytes;
  if (buffer_.size() >= intake_block_bytes) co_await flush();
}

Task<void> Intake::flush() {
  auto work = [this] {
    check_room(settings_, services_, buffer_.size(), taken_ - buffer_.size());
    if (!writer_) writer_ = services_.blobs.create();
    writer_->write(std::as_bytes(std::span(buffer_)));
  };
  co_await blocking_.run(std::move(work));
  buffer_.clear();
}

Task<store::BlobFacts> Intake::finish() {
  if (taken_ == 0) throw Refusal(Trouble::no_recording, "the recording is empty");
  co_await flush();
  auto* writer = writer_.get();
  auto work = [writer] { return writer->commit(); };
  auto facts = co_await blocking_.run(std::move(work));
  co_return facts;
}

}  // namespace chasqui::server
