#pragma once

#include "quality/canvas.hpp"

#include <string>

namespace chasqui::quality {

/// Writes SVG 1.1: lines and text stay lines and text, images are embedded as PNG.
class SvgCanvas final : public Canvas {
 public:
  SvgCanvas(int width, int height, std::string_view title);

  void fill(const Box& box, Colour colour, double opacity) override;
  void fill(std::span<const Point> polygon, Colour colour, double opacity) override;
  void line(std::span<const Point> points, Colour colour, double width) override;
  void text(Point at, std::string_view utf8, const TextStyle& style) override;
  void image(Point top_left, const Image& image) override;

  [[nodiscard]] std::string result() const { return document_ + "</svg>\n"; }

 private:
  std::string document_;
};

}  // namespace chasqui::quality
