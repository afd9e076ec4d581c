#pragma once

#include "quality/canvas.hpp"

namespace chasqui::quality {

/// Draws into an Image, with smooth edges.
class RasterCanvas final : public Canvas {
 public:
  RasterCanvas(int width, int height) : image_(width, height) {}

  void fill(const Box& box, Colour colour, double opacity) override;
  void fill(std::span<const Point> polygon, Colour colour, double opacity) override;
  void line(std::span<const Point> points, Colour colour, double width) override;
  void text(Point at, std::string_view utf8, const TextStyle& style) override;
  void image(Point top_left, const Image& image) override;

  [[nodiscard]] const Image& result() const { return image_; }

 private:
  void blend(int x, int y, Colour colour, double opacity);

  Image image_;
};

}  // namespace chasqui::quality
