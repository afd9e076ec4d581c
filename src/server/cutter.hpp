#pragma once

#include "store/blob_store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace chasqui::server {

/// One of the parts that an episode falls into for phones that cannot resume a download.
struct PieceFacts {
  std::string title;
  double start_seconds = 0;
  double seconds = 0;
  std::uint64_t bytes = 0;
};

/// Cuts Ogg Opus files; the server knows no codec. For any thread.
class Cutter {
 public:
  virtual ~Cutter() = default;
  using Sink = std::function<void(std::span<const std::byte>)>;

  /// `title`: of an episode without chapters. `pauses`: good places to cut, in seconds, in order. Equal arguments give
  /// equal pieces. Throws Failure.
  [[nodiscard]] virtual std::vector<PieceFacts> pieces(const store::OpenBlob& file, const std::string& title,
                                                       const std::vector<double>& pauses) const = 0;
  /// The whole file of the piece of this index, which is in the list.
  virtual void cut(const store::OpenBlob& file, const std::string& title, const std::vector<double>& pauses,
                   std::size_t index, const Sink& sink) const = 0;
};

}  // namespace chasqui::server
