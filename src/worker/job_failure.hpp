#pragma once

#include <chasqui/error.hpp>
#include <string>

namespace chasqui::worker {

/// Whether another try of the same work may succeed.
bool may_pass(Errc code) noexcept;

/// `message` without the folder below `work` that only this machine knows.
std::string without(std::string message, const std::string& work);

}  // namespace chasqui::worker
