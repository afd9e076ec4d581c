#pragma once

#include <chasqui/error.hpp>

namespace chasqui::core {

/// The process exit code of `code`, after sysexits.h; 130 for a cancelled run, as shells report SIGINT.
int exit_code(Errc code) noexcept;

/// The name of `code` as printed in JSON, e.g. "input_missing".
const char* name(Errc code) noexcept;

}  // namespace chasqui::core
