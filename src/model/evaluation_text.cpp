#include "model/evaluation.hpp"
#include "quality/svg_canvas.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace chasqui::model {

std::string to_markdown(const Evaluation& evaluation) {
  std::string text =
      "| Score of the worst window | Labels | Bias | RMS error | Pearson | Bitrate off by |\n"
      "|---|--:|--:|--:|--:|--:|\n";
  for (const auto& row : evaluation.errors)
    text += fmt::format("| {} | {} | {:+.2f} | {:.2f} | {:.3f} | {:.1f} % |\n", row.what, row.labels, row.mos_bias,
                        row.mos_rmse, row.mos_pearson, 100 * row.rate_error);
  text +=
      "\n| Target for every segment | Segments | Oracle | One fixed setting (95 % reach it) | One guess | of which "
      "reach it "
      "| Guess and corrections | Encodes per segment |\n"
      "|---|--:|--:|--:|--:|--:|--:|--:|\n";
  for (const auto& row : evaluation.targets)
    text += fmt::format(
        "| {:.1f} | {} | {:.2f} kb/s | {:.2f} (+{:.0f} %) | {:.2f} ({:+.1f} %) | {:.0f} % | {:.2f} ({:+.1f} %) | "
        "{:.2f} |\n",
        row.target_mos, row.segments, row.oracle_kbps, row.best_fixed_kbps,
        100 * (row.best_fixed_kbps / row.oracle_kbps - 1), row.one_shot_kbps,
        100 * (row.one_shot_kbps / row.oracle_kbps - 1), 100 * row.one_shot_reached, row.closed_loop_kbps,
        100 * (row.closed_loop_kbps / row.oracle_kbps - 1), row.probes);
  return text;
}

std::string calibration_svg(const Evaluation& evaluation) {
  using quality::Point;
  constexpr int size = 420;
  constexpr quality::Box panel{50, 30, 350, 340};
  constexpr quality::Colour grey{170, 170, 170};
  constexpr quality::Colour ink{34, 34, 34};
  constexpr quality::Colour blue{31, 119, 180};
  const auto place = [&](double x, double y) {
    return Point{panel.left + panel.width * (x - 1) / 3.6, panel.bottom() - panel.height * (y - 1) / 3.6};
  };
  quality::SvgCanvas canvas(size, size, "Predicted against measured score");
  canvas.line(std::array{place(1, 1), place(4.6, 4.6)}, grey, 1);
  canvas.line(std::array{place(1, 4.6), place(1, 1), place(4.6, 1)}, ink, 1);
  for (int mos = 1; mos <= 4; ++mos) {
    const auto at = static_cast<double>(mos);
    canvas.text({place(at, 1).x, panel.bottom() + 18}, fmt::format("{}", mos), {.anchor = quality::Anchor::middle});
    canvas.text({panel.left - 8, place(1, at).y + 4}, fmt::format("{}", mos), {.anchor = quality::Anchor::end});
  }
  for (const auto& point : evaluation.calibration) {
    const auto low = place(point.predicted_mos, point.measured_mos - point.deviation);
    const auto high = place(point.predicted_mos, point.measured_mos + point.deviation);
    canvas.line(std::array{low, high}, blue, 1.5);
    const auto middle = place(point.predicted_mos, point.measured_mos);
    canvas.fill(quality::Box{middle.x - 3, middle.y - 3, 6, 6}, blue, 1);
  }
  canvas.text({panel.left + panel.width / 2, size - 8.0}, "predicted MOS", {.anchor = quality::Anchor::middle});
  canvas.text({16, panel.top + panel.height / 2}, "measured MOS", {.anchor = quality::Anchor::middle, .upwards = true});
  return canvas.result();
}

}  // namespace chasqui::model
