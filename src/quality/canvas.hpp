#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace chasqui::quality {

struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;

  friend bool operator==(const Colour&, const Colour&) = default;
};

/// Pixels, row by row from the top.
struct Image {
  Image() = default;
  Image(int columns, int rows, Colour fill = {255, 255, 255});

  [[nodiscard]] Colour& at(int x, int y) { return pixels[static_cast<std::size_t>(y) * width + x]; }
  [[nodiscard]] const Colour& at(int x, int y) const { return pixels[static_cast<std::size_t>(y) * width + x]; }

  int width = 0;
  int height = 0;
  std::vector<Colour> pixels;
};

struct Point {
  double x = 0;
  double y = 0;
};

struct Box {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;

  [[nodiscard]] double right() const { return left + width; }
  [[nodiscard]] double bottom() const { return top + height; }
};

enum class Anchor : std::uint8_t { start, middle, end };

struct TextStyle {
  double size = 13;  ///< height of the letters' em in pixels
  Colour colour{34, 34, 34};
  Anchor anchor = Anchor::start;
  bool bold = false;
  bool upwards = false;  ///< turned by 90 degrees, reading from bottom to top
};

/// What a figure is drawn on; coordinates in pixels from the top left.
class Canvas {
 public:
  virtual ~Canvas() = default;

  /// `opacity` 0..1.
  virtual void fill(const Box& box, Colour colour, double opacity) = 0;
  virtual void fill(std::span<const Point> polygon, Colour colour, double opacity) = 0;
  virtual void line(std::span<const Point> points, Colour colour, double width) = 0;
  /// UTF-8; `at` is the baseline's start, middle or end.
  virtual void text(Point at, std::string_view utf8, const TextStyle& style) = 0;
  /// At its own size.
  virtual void image(Point top_left, const Image& image) = 0;
};

}  // namespace chasqui::quality
