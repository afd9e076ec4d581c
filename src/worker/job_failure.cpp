#include "worker/job_failure.hpp"

#include <algorithm>

namespace chasqui::worker {

bool may_pass(Errc code) noexcept {
  switch (code) {
    case Errc::disk_full:
    case Errc::output_unwritable:
    case Errc::unavailable:
    case Errc::busy:
    case Errc::internal:
    case Errc::decoder_stalled:
      return true;
    default:
      return false;
  }
}

std::string without(std::string message, const std::string& work) {
  for (auto at = message.find(work); at != std::string::npos; at = message.find(work)) {
    const auto folder_end = message.find('/', std::min(at + work.size() + 1, message.size()));
    message.erase(at, folder_end == std::string::npos ? work.size() : folder_end + 1 - at);
  }
  return message;
}

}  // namespace chasqui::worker
