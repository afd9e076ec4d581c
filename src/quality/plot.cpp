#include "quality/plot.hpp"

#include "quality/png.hpp"
#include "quality/raster_canvas.hpp"
#include "quality/score_panel.hpp"
#include "quality/spectrogram_image.hpp"
#include "quality/svg_canvas.hpp"
#include "quality/time_axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace chasqui::quality {
namespace {

constexpr double highest_hz = 8'000;
constexpr double shown_range_db = 70;
constexpr double left_margin = 78;
constexpr double right_margin = 92;
constexpr double top_margin = 84;
constexpr double bottom_margin = 58;
constexpr double panel_gap = 40;
constexpr Colour ink{34, 34, 34};
constexpr Colour faint_ink{96, 96, 96};

struct Layout {
  Layout(int width, int height) {
    const double inner_width = std::floor(width - left_margin - right_margin);
    const double inner_height = height - top_margin - bottom_margin - 2 * panel_gap;
    const double spectrogram_height = std::floor(inner_height * 0.34);
    reference = {left_margin, top_margin, inner_width, spectrogram_height};
    degraded = {left_margin, reference.bottom() + panel_gap, inner_width, spectrogram_height};
    scores = {left_margin, degraded.bottom() + panel_gap, inner_width,
              std::floor(inner_height - 2 * spectrogram_height)};
  }

  Box reference;
  Box degraded;
  Box scores;
};

std::span<const float> part(const Signal& signal, double begin_s, double length_s) {
  const auto index = [&](double time_s) {
    const auto sample = std::llround(std::max(0.0, time_s) * signal.sample_rate_hz);
    return std::min(static_cast<std::size_t>(sample), signal.samples.size());
  };
  const std::size_t begin = index(begin_s);
  return signal.samples.subspan(begin, index(begin_s + length_s) - begin);
}

SpectrogramGrid grid_of(const Signal& signal, double begin_s, const Comparison& comparison, const Box& box) {
  return spectrogram_grid(part(signal, begin_s, comparison.length_s), signal.sample_rate_hz, highest_hz,
                          static_cast<int>(box.width), static_cast<int>(box.height));
}

void draw_spectrogram(Canvas& canvas, const Box& box, const SpectrogramGrid& grid, double top_db, const TimeAxis& axis,
                      const std::string& name) {
  canvas.image({box.left, box.top}, spectrogram_image(grid, top_db - shown_range_db, top_db));
  canvas.text({box.left, box.top - 9}, name, {.size = 14, .colour = ink, .bold = true});
  for (int khz = 0; khz <= 8; khz += 2) {
    const double y = box.bottom() - box.height * khz * 1000 / highest_hz;
    canvas.line(std::array{Point{box.left - 5, y}, Point{box.left, y}}, ink, 1);
    canvas.text({box.left - 9, y + 4}, fmt::format("{}", khz), {.colour = ink, .anchor = Anchor::end});
  }
  canvas.text({box.left - 40, box.top + box.height / 2}, "Frequency (kHz)",
              {.colour = ink, .anchor = Anchor::middle, .upwards = true});
  draw_frame(canvas, box);
  axis.draw_ticks(canvas, box, false);
}

void draw_colour_bar(Canvas& canvas, const Layout& layout, double top_db) {
  const Box box{layout.reference.right() + 18, layout.reference.top, 16,
                layout.degraded.bottom() - layout.reference.top};
  Image bar(static_cast<int>(box.width), static_cast<int>(box.height));
  for (int y = 0; y < bar.height; ++y)
    for (int x = 0; x < bar.width; ++x) bar.at(x, y) = viridis(1 - (y + 0.5) / bar.height);
  canvas.image({box.left, box.top}, bar);
  draw_frame(canvas, box);
  for (int db = 0; db <= static_cast<int>(shown_range_db); db += 10) {
    const double y = box.top + box.height * db / shown_range_db;
    canvas.line(std::array{Point{box.right(), y}, Point{box.right() + 5, y}}, ink, 1);
    canvas.text({box.right() + 9, y + 4}, fmt::format("{}", std::lround(top_db) - db), {.colour = ink});
  }
  canvas.text({box.right() + 50, box.top + box.height / 2}, "Level (dBFS)",
              {.colour = ink, .anchor = Anchor::middle, .upwards = true});
}

std::string summary_line(const Comparison& comparison) {
  const auto lag = fmt::format("lag {:+.1f} ms", 1000 * comparison.lag_s);
  if (comparison.estoi.count == 0) return "no window has enough speech to be scored; " + lag;
  const ScoreSummary& estoi = comparison.estoi;
  return fmt::format("ESTOI mean {:.3f}, worst 5 % {:.3f}, worst {:.3f} at {}; NSIM mean {:.3f}; {}", estoi.mean,
                     estoi.worst_5_percent, estoi.worst, clock_text(estoi.worst_begin_s, comparison.length_s),
                     comparison.nsim.mean, lag);
}

void draw(Canvas& canvas, const Layout& layout, const Signal& reference, const Signal& degraded,
          const Comparison& comparison, const PlotOptions& options) {
  const TimeAxis axis(comparison.reference_begin_s, comparison.length_s);
  const double begin_s = comparison.reference_begin_s;
  const auto upper = grid_of(reference, begin_s, comparison, layout.reference);
  const auto lower = grid_of(degraded, begin_s + comparison.lag_s, comparison, layout.degraded);
  const double top_db =
      std::ceil(std::max(static_cast<double>(std::max(upper.loud_db(), lower.loud_db())), -60.0) / 5) * 5;
  canvas.text({left_margin, 28}, options.title, {.size = 19, .colour = ink, .bold = true});
  canvas.text({left_margin, 48}, summary_line(comparison), {.size = 13, .colour = faint_ink});
  draw_spectrogram(canvas, layout.reference, upper, top_db, axis, options.reference_name);
  draw_spectrogram(canvas, layout.degraded, lower, top_db, axis, options.degraded_name);
  draw_colour_bar(canvas, layout, top_db);
  draw_score_panel(canvas, layout.scores, axis, comparison, options.estoi_target);
  axis.draw_ticks(canvas, layout.scores, true);
}

PlotOptions bounded(PlotOptions options) {
  options.width = std::clamp(options.width, 600, 8'000);
  options.height = std::clamp(options.height, 500, 8'000);
  return options;
}

}  // namespace

std::vector<std::byte> plot_png(const Signal& reference, const Signal& degraded, const Comparison& comparison,
                                const PlotOptions& options) {
  const PlotOptions sized = bounded(options);
  RasterCanvas canvas(sized.width, sized.height);
  draw(canvas, Layout(sized.width, sized.height), reference, degraded, comparison, sized);
  return encode_png(canvas.result());
}

std::string plot_svg(const Signal& reference, const Signal& degraded, const Comparison& comparison,
                     const PlotOptions& options) {
  const PlotOptions sized = bounded(options);
  SvgCanvas canvas(sized.width, sized.height, sized.title);
  draw(canvas, Layout(sized.width, sized.height), reference, degraded, comparison, sized);
  return canvas.result();
}

}  // namespace chasqui::quality
