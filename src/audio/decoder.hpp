#pragma once

#include "audio/media.hpp"

#include <chasqui/error.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>

namespace chasqui::audio {

struct DecoderOptions {
  /// The `chasqui-decode` program; empty: found beside the running program, else where it was installed.
  std::filesystem::path program{};
  std::chrono::seconds longest{24 * 3600};    ///< of sound; more is Errc::input_too_long
  std::chrono::seconds stall{30};             ///< without any output from the decoder process: it is ended
  std::uint64_t memory_bytes = 512ULL << 20;  ///< address space of the decoder process
  std::stop_token stop{};
};

/// Any media file as mono 48 kHz float PCM (see Downmix), decoded in a child process that has no network, no filesystem
/// and bounded memory. For one thread. Moves; the destructor ends the child.
class Decoder {
 public:
  /// Starts the child and waits for its header. Every error names the file.
  static Result<Decoder> open(const std::filesystem::path& path, DecoderOptions options = {});

  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;
  ~Decoder();

  [[nodiscard]] const MediaInfo& info() const noexcept;

  /// Fills `mono` as far as there is sound; gives the number of samples, 0 only at the true end of the file. A read
  /// error, crash, stall or limit is an error, never an end.
  Result<std::size_t> read(std::span<float> mono);

  /// Final once `read` has given 0.
  [[nodiscard]] const DecodeStats& stats() const noexcept;

 private:
  struct Impl;
  explicit Decoder(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace chasqui::audio
