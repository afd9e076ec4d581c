#include "quality/svg_canvas.hpp"

#include "core/base64.hpp"
#include "quality/png.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace chasqui::quality {
namespace {

std::string hex(Colour colour) {
  return fmt::format("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue);
}

// Titles come from files: escaped, and without the control characters that XML forbids.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string point_list(std::span<const Point> points) {
  std::string list;
  for (const Point& point : points) list += fmt::format("{:.1f},{:.1f} ", point.x, point.y);
  if (!list.empty()) list.pop_back();
  return list;
}

const char* name(Anchor anchor) {
  return anchor == Anchor::start ? "start" : anchor == Anchor::middle ? "middle" : "end";
}

}  // namespace

SvgCanvas::SvgCanvas(int width, int height, std::string_view title)
    : document_(fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
                            "width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" "
                            "font-family=\"'Noto Sans','DejaVu Sans',Arial,sans-serif\">\n<title>{2}</title>\n"
                            "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
                            width, height, escaped(title))) {}

void SvgCanvas::fill(const Box& box, Colour colour, double opacity) {
  document_ += fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\" fill-opacity=\"{:.2f}\"/>\n",
      box.left, box.top, box.width, box.height, hex(colour), opacity);
}

void SvgCanvas::fill(std::span<const Point> polygon, Colour colour, double opacity) {
  document_ += fmt::format("<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"{:.2f}\"/>\n", point_list(polygon),
                           hex(colour), opacity);
}

void SvgCanvas::line(std::span<const Point> points, Colour colour, double width) {
  document_ += fmt::format(
      "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{:.1f}\" stroke-linejoin=\"round\" "
      "stroke-linecap=\"round\"/>\n",
      point_list(points), hex(colour), width);
}

void SvgCanvas::text(Point at, std::string_view utf8, const TextStyle& style) {
  const std::string turn = style.upwards ? fmt::format(" transform=\"rotate(-90 {:.1f} {:.1f})\"", at.x, at.y) : "";
  document_ +=
      fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{:.1f}\" fill=\"{}\" text-anchor=\"{}\"{}{}>{}</text>\n",
                  at.x, at.y, style.size, hex(style.colour), name(style.anchor),
                  style.bold ? " font-weight=\"bold\"" : "", turn, escaped(utf8));
}

void SvgCanvas::image(Point top_left, const Image& image) {
  document_ += fmt::format(
      "<image x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" xlink:href=\"data:image/png;base64,{}\"/>\n",
      top_left.x, top_left.y, image.width, image.height, core::base64(encode_png(image)));
}

}  // namespace chasqui::quality
