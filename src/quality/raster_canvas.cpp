#include "quality/raster_canvas.hpp"

#include "quality/stroke_font.hpp"

#include <algorithm>
#include <cmath>

namespace chasqui::quality {
namespace {

std::uint8_t mix(std::uint8_t below, std::uint8_t above, double opacity) {
  return static_cast<std::uint8_t>(std::lround(below + (above - below) * opacity));
}

double distance_to_segment(Point p, Point a, Point b) {
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double length2 = dx * dx + dy * dy;
  const double t = length2 > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length2, 0.0, 1.0) : 0;
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

// How much of [pixel, pixel + 1] lies in [begin, end].
double covered(int pixel, double begin, double end) {
  return std::clamp(std::min(pixel + 1.0, end) - std::max<double>(pixel, begin), 0.0, 1.0);
}

}  // namespace

Image::Image(int columns, int rows, Colour fill)
    : width(columns), height(rows), pixels(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows), fill) {}

void RasterCanvas::blend(int x, int y, Colour colour, double opacity) {
  if (x < 0 || y < 0 || x >= image_.width || y >= image_.height || opacity <= 0) return;
  Colour& pixel = image_.at(x, y);
  opacity = std::min(1.0, opacity);
  pixel = {mix(pixel.red, colour.red, opacity), mix(pixel.green, colour.green, opacity),
           mix(pixel.blue, colour.blue, opacity)};
}

void RasterCanvas::fill(const Box& box, Colour colour, double opacity) {
  for (int y = static_cast<int>(std::floor(box.top)); y < box.bottom(); ++y)
    for (int x = static_cast<int>(std::floor(box.left)); x < box.right(); ++x)
      blend(x, y, colour, opacity * covered(x, box.left, box.right()) * covered(y, box.top, box.bottom()));
}

// Even-odd rule, eight scan lines per row of pixels.
void RasterCanvas::fill(std::span<const Point> polygon, Colour colour, double opacity) {
  constexpr int sub_rows = 8;
  if (polygon.size() < 3) return;
  const auto [top, bottom] = std::ranges::minmax_element(polygon, {}, &Point::y);
  std::vector<double> coverage(static_cast<std::size_t>(image_.width));
  std::vector<double> crossings;
  for (int y = std::max(0, static_cast<int>(top->y)); y < std::min<double>(image_.height, bottom->y); ++y) {
    std::ranges::fill(coverage, 0.0);
    for (int sub = 0; sub < sub_rows; ++sub) {
      const double scan = y + (sub + 0.5) / sub_rows;
      crossings.clear();
      for (std::size_t i = 0; i < polygon.size(); ++i) {
        const Point& a = polygon[i];
        const Point& b = polygon[(i + 1) % polygon.size()];
        if ((a.y <= scan) != (b.y <= scan)) crossings.push_back(a.x + (scan - a.y) / (b.y - a.y) * (b.x - a.x));
      }
      std::ranges::sort(crossings);
      for (std::size_t i = 0; i + 1 < crossings.size(); i += 2)
        for (int x = std::max(0, static_cast<int>(crossings[i])); x < std::min<double>(image_.width, crossings[i + 1]);
             ++x)
          coverage[static_cast<std::size_t>(x)] += covered(x, crossings[i], crossings[i + 1]) / sub_rows;
    }
    for (int x = 0; x < image_.width; ++x) blend(x, y, colour, opacity * coverage[static_cast<std::size_t>(x)]);
  }
}

void RasterCanvas::line(std::span<const Point> points, Colour colour, double width) {
  if (points.empty()) return;
  // The whole line is one shape: where segments meet, the nearer one counts, once.
  const double reach = width / 2 + 1;
  const auto [left, right] = std::ranges::minmax_element(points, {}, &Point::x);
  const auto [top, bottom] = std::ranges::minmax_element(points, {}, &Point::y);
  const int x0 = std::max(0, static_cast<int>(std::floor(left->x - reach)));
  const int y0 = std::max(0, static_cast<int>(std::floor(top->y - reach)));
  const int x1 = std::min(image_.width - 1, static_cast<int>(std::ceil(right->x + reach)));
  const int y1 = std::min(image_.height - 1, static_cast<int>(std::ceil(bottom->y + reach)));
  if (x1 < x0 || y1 < y0) return;
  const auto columns = static_cast<std::size_t>(x1 - x0) + 1;
  std::vector<double> coverage(columns * (static_cast<std::size_t>(y1 - y0) + 1));
  for (std::size_t i = 0; i == 0 || i + 1 < points.size(); ++i) {
    const Point a = points[i];
    const Point b = points[std::min(i + 1, points.size() - 1)];
    const int last_x = std::min(x1, static_cast<int>(std::ceil(std::max(a.x, b.x) + reach)));
    const int last_y = std::min(y1, static_cast<int>(std::ceil(std::max(a.y, b.y) + reach)));
    for (int y = std::max(y0, static_cast<int>(std::floor(std::min(a.y, b.y) - reach))); y <= last_y; ++y)
      for (int x = std::max(x0, static_cast<int>(std::floor(std::min(a.x, b.x) - reach))); x <= last_x; ++x) {
        double& cell = coverage[static_cast<std::size_t>(y - y0) * columns + static_cast<std::size_t>(x - x0)];
        cell = std::max(cell, width / 2 + 0.5 - distance_to_segment({x + 0.5, y + 0.5}, a, b));
      }
  }
  for (int y = y0; y <= y1; ++y)
    for (int x = x0; x <= x1; ++x)
      blend(x, y, colour,
            std::min(1.0, width) *
                std::min(1.0, coverage[static_cast<std::size_t>(y - y0) * columns + static_cast<std::size_t>(x - x0)]));
}

void RasterCanvas::text(Point at, std::string_view utf8, const TextStyle& style) {
  const StrokedText text = stroke_text(utf8, style.size);
  const double shift = style.anchor == Anchor::start    ? 0
                       : style.anchor == Anchor::middle ? -text.width / 2
                                                        : -text.width;
  const double width = style.size * (style.bold ? 0.15 : 0.1);
  for (auto stroke : text.strokes) {
    for (Point& point : stroke) {
      const double along = point.x + shift;
      point = style.upwards ? Point{at.x + point.y, at.y - along} : Point{at.x + along, at.y + point.y};
    }
    line(stroke, style.colour, width);
  }
}

void RasterCanvas::image(Point top_left, const Image& image) {
  const int left = static_cast<int>(std::lround(top_left.x));
  const int top = static_cast<int>(std::lround(top_left.y));
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) blend(left + x, top + y, image.at(x, y), 1);
}

}  // namespace chasqui::quality
