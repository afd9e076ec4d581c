#pragma once

#include "server/cutter.hpp"

namespace chasqui::app {

/// The server's cutter, by opus/pieces.
class OpusCutter final : public server::Cutter {
 public:
  [[nodiscard]] std::vector<server::PieceFacts> pieces(const store::OpenBlob& file, const std::string& title,
                                                       const std::vector<double>& pauses) const override;
  void cut(const store::OpenBlob& file, const std::string& title, const std::vector<double>& pauses, std::size_t index,
           const Sink& sink) const override;
};

}  // namespace chasqui::app
