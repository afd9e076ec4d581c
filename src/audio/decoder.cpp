#include "audio/decoder.hpp"

#include "audio/decoder_process.hpp"
#include "audio/decoder_protocol.hpp"
#include "audio/decoder_stream.hpp"
#include "core/pcm.hpp"
#include "core/unique_fd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace chasqui::audio {
namespace {

namespace fs = std::filesystem;
using protocol::FrameType;

/// What the child has already promised; checked again here because the child is not trusted.
constexpr float loudest = 8.0F;

std::unexpected<Error> named(const fs::path& path, Error error) {
  error.message = fmt::format("{}: {}", path.string(), error.message);
  return std::unexpected(std::move(error));
}

Result<core::UniqueFd> open_input(const fs::path& path) {
  const auto unreadable = [&](int error) {
    const bool missing = error == ENOENT || error == ENOTDIR;
    return named(path, {missing ? Errc::input_missing : Errc::input_unreadable,
                        fmt::format("cannot read: {}", std::generic_category().message(error))});
  };
  // Not blocking: a FIFO nobody writes to must not hold us here, where no stop or stall limit reaches.
  core::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) return unreadable(errno);
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return unreadable(errno);
  if (S_ISDIR(status.st_mode)) return named(path, {Errc::input_unreadable, "is a folder; name a sound file in it"});
  if (!S_ISREG(status.st_mode)) return fd;
  std::byte first{};
  const ssize_t got = ::pread(fd.get(), &first, 1, 0);
  if (got < 0) return unreadable(errno);
  if (got == 0) return named(path, {Errc::input_empty, "is an empty file (0 bytes)"});
  return fd;
}

/// Copies; NaN becomes 0, infinite and wild values the nearest allowed ones.
void copy_samples(const std::byte* from, std::span<float> to) {
  std::memcpy(to.data(), from, to.size_bytes());
  for (float& sample : to) {
    const float bounded = sample < loudest ? sample : loudest;
    sample = sample == sample ? (bounded > -loudest ? bounded : -loudest) : 0.0F;
  }
}

}  // namespace

struct Decoder::Impl {
  Impl(fs::path path_, const DecoderOptions& options, DecoderProcess process, core::UniqueFd wake)
      : path(std::move(path_)),
        longest_frames(options.longest.count() * core::sample_rate_hz),
        stream(std::move(process), std::move(wake), options.stall, options.stop) {}

  std::unexpected<Error> fail(Error error) {
    stream.end();
    failure = named(path, std::move(error)).error();
    return std::unexpected(*failure);
  }
  std::unexpected<Error> violated() {
    return fail({Errc::decoder_crashed, "the decoder process sent what no decoder sends"});
  }

  Result<void> read_info();
  Result<bool> next_pcm();
  Result<void> finish(std::span<const std::byte> payload);

  fs::path path;
  std::int64_t longest_frames;
  DecoderStream stream;
  MediaInfo info;
  DecodeStats stats;
  std::span<const std::byte> pcm;  // of the current frame, not yet given out
  std::int64_t frames = 0;         // received
  bool ended = false;
  std::optional<Error> failure;
};

Result<void> Decoder::Impl::read_info() {
  const auto frame = stream.next();
  if (!frame) return fail(frame.error());
  if (frame->type == FrameType::error) {
    const auto error = protocol::decode_error(frame->payload);
    return error ? fail(*error) : violated();
  }
  if (frame->type != FrameType::info) return violated();
  auto decoded = protocol::decode_info(frame->payload);
  if (!decoded) return violated();
  info = std::move(*decoded);
  return {};
}

/// False at the end of the sound.
Result<bool> Decoder::Impl::next_pcm() {
  const auto frame = stream.next();
  if (!frame) return fail(frame.error());
  switch (frame->type) {
    case FrameType::info:
      return violated();
    case FrameType::error: {
      const auto error = protocol::decode_error(frame->payload);
      return error ? fail(*error) : violated();
    }
    case FrameType::end: {
      const auto decoded = protocol::decode_end(frame->payload);
      if (!decoded) return violated();
      stats = *decoded;
      ended = true;
      stream.end();
      return false;
    }
    case FrameType::pcm:
      break;
  }
  if (frame->payload.empty() || frame->payload.size() % sizeof(float) != 0) return violated();
  frames += static_cast<std::int64_t>(frame->payload.size() / sizeof(float));
  if (frames > longest_frames)
    return fail({Errc::input_too_long, fmt::format("has more than the {} s of sound that are allowed",
                                                   longest_frames / core::sample_rate_hz)});
  pcm = frame->payload;
  return true;
}

Result<Decoder> Decoder::open(const fs::path& path, DecoderOptions options) {
  options.longest = std::clamp(options.longest, std::chrono::seconds(1), std::chrono::seconds(std::chrono::years(10)));
  if (options.stop.stop_requested()) return named(path, {Errc::cancelled, "stopped on request"});
  const auto input = open_input(path);
  if (!input) return std::unexpected(input.error());
  auto process = DecoderProcess::start(*input, options);
  if (!process) return named(path, process.error());
  core::UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid())
    return named(path, {Errc::unavailable, fmt::format("cannot make an event descriptor: {}; raise the limit on open "
                                                       "files (ulimit -n)",
                                                       std::generic_category().message(errno))});
  auto impl = std::make_unique<Impl>(path, options, std::move(*process), std::move(wake));
  if (auto read = impl->read_info(); !read) return std::unexpected(read.error());
  return Decoder(std::move(impl));
}

Decoder::Decoder(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

const MediaInfo& Decoder::info() const noexcept {
  return impl_->info;
}
const DecodeStats& Decoder::stats() const noexcept {
  return impl_->stats;
}

Result<std::size_t> Decoder::read(std::span<float> mono) {
  if (const auto& failure = impl_->failure) return std::unexpected(*failure);
  std::span<float> rest = mono;
  while (!rest.empty() && !impl_->ended) {
    if (impl_->pcm.empty()) {
      const auto more = impl_->next_pcm();
      if (!more && (more.error().code == Errc::cancelled || rest.size() == mono.size()))
        return std::unexpected(more.error());
      if (!more) break;  // what came before the failure first; the next call tells of it
      continue;
    }
    const std::size_t count = std::min(rest.size(), impl_->pcm.size() / sizeof(float));
    copy_samples(impl_->pcm.data(), rest.first(count));
    impl_->pcm = impl_->pcm.subspan(count * sizeof(float));
    rest = rest.subspan(count);
  }
  return mono.size() - rest.size();
}

}  // namespace chasqui::audio
