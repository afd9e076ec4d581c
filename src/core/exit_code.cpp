#include "core/exit_code.hpp"

#include <sysexits.h>

namespace chasqui::core {

int exit_code(Errc code) noexcept {
  switch (code) {
    case Errc::usage:
      return EX_USAGE;
    case Errc::config:
      return EX_CONFIG;
    case Errc::input_missing:
    case Errc::input_unreadable:
      return EX_NOINPUT;
    case Errc::input_empty:
    case Errc::input_unsupported:
    case Errc::input_no_audio:
    case Errc::input_corrupt:
    case Errc::input_too_long:
    case Errc::decoder_crashed:
    case Errc::decoder_stalled:
    case Errc::decoder_limit:
      return EX_DATAERR;
    case Errc::output_unwritable:
      return EX_CANTCREAT;
    case Errc::disk_full:
      return EX_IOERR;
    case Errc::cancelled:
      return 130;
    case Errc::unavailable:
      return EX_UNAVAILABLE;
    case Errc::not_found:
      return EX_NOINPUT;
    case Errc::conflict:
    case Errc::busy:
      return EX_TEMPFAIL;
    case Errc::storage_corrupt:
      return EX_DATAERR;
    case Errc::internal:
      return EX_SOFTWARE;
  }
  return EX_SOFTWARE;
}

const char* name(Errc code) noexcept {
  switch (code) {
    case Errc::usage:
      return "usage";
    case Errc::config:
      return "config";
    case Errc::input_missing:
      return "input_missing";
    case Errc::input_unreadable:
      return "input_unreadable";
    case Errc::input_empty:
      return "input_empty";
    case Errc::input_unsupported:
      return "input_unsupported";
    case Errc::input_no_audio:
      return "input_no_audio";
    case Errc::input_corrupt:
      return "input_corrupt";
    case Errc::input_too_long:
      return "input_too_long";
    case Errc::decoder_crashed:
      return "decoder_crashed";
    case Errc::decoder_stalled:
      return "decoder_stalled";
    case Errc::decoder_limit:
      return "decoder_limit";
    case Errc::output_unwritable:
      return "output_unwritable";
    case Errc::disk_full:
      return "disk_full";
    case Errc::cancelled:
      return "cancelled";
    case Errc::unavailable:
      return "unavailable";
    case Errc::not_found:
      return "not_found";
    case Errc::conflict:
      return "conflict";
    case Errc::busy:
      return "busy";
    case Errc::storage_corrupt:
      return "storage_corrupt";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace chasqui::core
