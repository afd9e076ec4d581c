#pragma once

#include <chasqui/export.hpp>
#include <cstdint>
#include <expected>
#include <stdexcept>
#include <string>
#include <utility>

namespace chasqui {

/// Why something could not be done. `core/exit_code.hpp` maps each to a process exit code.
enum class Errc : std::uint8_t {
  usage,              ///< wrong arguments or option values
  config,             ///< wrong configuration file or environment
  input_missing,      ///< the input does not exist
  input_unreadable,   ///< the input exists but may not or cannot be read
  input_empty,        ///< the input has no bytes, or no samples of sound
  input_unsupported,  ///< not a media file, or in a format or codec that is not supported
  input_no_audio,     ///< a media file without a sound stream
  input_corrupt,      ///< a media file so damaged that nothing usable is left
  input_too_long,     ///< over the limit on duration
  decoder_crashed,    ///< the decoder process died on this input
  decoder_stalled,    ///< the decoder process made no progress and was ended
  decoder_limit,      ///< the decoder process hit its memory or processor limit
  output_unwritable,  ///< the output cannot be created or replaced
  disk_full,          ///< no room for the output or for temporary data
  cancelled,          ///< stopped on request
  unavailable,        ///< a needed program or library feature is not on this system
  not_found,          ///< no such thing, or not for the one who asks
  conflict,           ///< not in this state: finished, taken over by another, already there
  busy,               ///< a limit is reached; later it may work
  storage_corrupt,    ///< what was stored is not what comes back
  internal,           ///< a library that should not fail did
};

/// One clear line: what, about which file, and the way out.
struct Error {
  Errc code;
  std::string message;
};

/// For outcomes that the caller branches on.
template <typename T>
using Result = std::expected<T, Error>;

/// For outcomes that abort the job; carries the same code.
class CHASQUI_API Failure : public std::runtime_error {
 public:
  explicit Failure(const Error& error) : std::runtime_error(error.message), code_(error.code) {}
  Failure(Errc code, const std::string& message) : std::runtime_error(message), code_(code) {}

  [[nodiscard]] Errc code() const noexcept { return code_; }
  [[nodiscard]] Error error() const { return {code_, what()}; }

 private:
  Errc code_;
};

/// The value of `result`, or its error thrown.
template <typename T>
T value_or_throw(Result<T> result) {
  if (!result) throw Failure(std::move(result).error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace chasqui
