#include "compress/report_chart.hpp"

#include "core/pcm.hpp"
#include "quality/score_curve.hpp"
#include "quality/svg_canvas.hpp"
#include "quality/time_axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <ranges>
#include <utility>
#include <vector>

namespace chasqui::compress {
namespace {

using audio::SegmentClass;
using quality::Anchor;
using quality::Box;
using quality::Canvas;
using quality::Colour;
using quality::Point;

constexpr int chart_width = 960;
constexpr double left_margin = 66;
constexpr double right_margin = 34;
constexpr double top_margin = 30;
constexpr double bottom_margin = 52;
constexpr double panel_gap = 44;
constexpr std::size_t columns = chart_width - static_cast<std::size_t>(left_margin + right_margin);
constexpr Colour ink{34, 34, 34};
constexpr Colour grid_colour{225, 225, 225};
constexpr Colour wave_colour{70, 90, 110};
constexpr Colour spent_colour{0, 114, 178};
constexpr Colour mos_colour{0, 122, 88};
constexpr Colour target_colour{90, 90, 90};

double seconds(std::int64_t samples) {
  return static_cast<double>(samples) / core::sample_rate_hz;
}

double column_x(const Box& box, std::size_t column) {
  return box.left + box.width * static_cast<double>(column) / static_cast<double>(columns);
}

void draw_title(Canvas& canvas, const Box& box, std::string_view title, std::string_view note = {}) {
  canvas.text({box.left, box.top - 10}, title, {.size = 14, .colour = ink, .bold = true});
  canvas.text({box.right(), box.top - 10}, note, {.colour = ink, .anchor = Anchor::end});
}

void draw_level(Canvas& canvas, const Box& box, double y, std::string_view label) {
  canvas.line(std::array{Point{box.left, y}, Point{box.right(), y}}, grid_colour, 1);
  canvas.line(std::array{Point{box.left - 5, y}, Point{box.left, y}}, ink, 1);
  canvas.text({box.left - 9, y + 4}, label, {.colour = ink, .anchor = Anchor::end});
}

/// Several segments may share a column.
bool is_dense(const audio::ConditionedEpisode& episode) {
  return episode.segments().size() > columns / 3;
}

/// Calls visit(segment's index, column, share of the column that it covers). Unless dense, borders are moved to the
/// nearest column's.
template <typename Visit>
void for_each_column(const audio::ConditionedEpisode& episode, const Visit& visit) {
  const bool dense = is_dense(episode);
  const auto at = [&](std::int64_t sample) {
    const double column =
        static_cast<double>(columns) * static_cast<double>(sample) / static_cast<double>(episode.length());
    return dense ? std::min(column, double{columns}) : std::round(column);
  };
  for (std::size_t i = 0; i < episode.segments().size(); ++i) {
    const double begin = at(episode.segments()[i].begin);
    const double end = at(episode.segments()[i].end);
    for (auto column = static_cast<std::size_t>(begin); static_cast<double>(column) < end; ++column) {
      const auto left = static_cast<double>(column);
      visit(i, column, std::min(end, left + 1) - std::max(begin, left));
    }
  }
}

struct Range {
  std::int16_t low = 32'767;
  std::int16_t high = -32'768;
};

std::vector<Range> envelope(const audio::ConditionedEpisode& episode) {
  constexpr std::int64_t most_at_once = 65'536;
  const auto border = [&](std::size_t column) {
    return episode.length() * static_cast<std::int64_t>(column) / static_cast<std::int64_t>(columns);
  };
  std::vector<Range> ranges(columns);
  std::vector<std::int16_t> block;
  for (std::size_t column = 0; column < columns; ++column) {
    const std::int64_t end = std::max(border(column) + 1, border(column + 1));
    for (std::int64_t at = border(column); at < end; at += std::ssize(block)) {
      block.resize(static_cast<std::size_t>(std::min(most_at_once, end - at)));
      episode.read(at, block);
      for (const std::int16_t sample : block) {
        ranges[column].low = std::min(ranges[column].low, sample);
        ranges[column].high = std::max(ranges[column].high, sample);
      }
    }
  }
  return ranges;
}

void draw_sound(Canvas& canvas, const Box& box, const audio::ConditionedEpisode& episode) {
  const double middle = box.top + box.height / 2;
  const auto y = [&](std::int16_t sample) { return middle - box.height / 2 * sample / 32'768.0; };
  const auto ranges = envelope(episode);
  std::vector<Point> outline;
  outline.reserve(2 * columns);
  for (std::size_t i = 0; i < columns; ++i) outline.push_back({column_x(box, i) + 0.5, y(ranges[i].high)});
  for (std::size_t i = columns; i-- > 0;) outline.push_back({column_x(box, i) + 0.5, y(ranges[i].low)});
  draw_title(canvas, box, "Sound, as the encoder got it");
  canvas.fill(outline, wave_colour, 1);
  canvas.line(std::array{Point{box.left, middle}, Point{box.right(), middle}}, wave_colour, 1);
  quality::draw_frame(canvas, box);
}

struct Row {
  SegmentClass kind;
  Colour colour;
};
// Okabe & Ito's palette; rows tell the classes apart without it.
constexpr std::array rows{Row{SegmentClass::speech, {0, 114, 178}}, Row{SegmentClass::mixed, {204, 121, 167}},
                          Row{SegmentClass::music, {230, 159, 0}}, Row{SegmentClass::silence, {150, 150, 150}}};
constexpr double row_height = 19;

/// As high in each column as the class has a share of it.
void draw_shares(Canvas& canvas, const Box& row, const std::vector<double>& shares, Colour colour) {
  const auto step = [&](std::size_t column) { return std::round(shares[column] * 20) / 20; };
  for (std::size_t begin = 0; begin < columns; ++begin) {
    if (step(begin) == 0) continue;
    std::vector<Point> outline{{column_x(row, begin), row.bottom()}};
    std::size_t end = begin;
    while (end < columns && step(end) != 0) {
      const double height = step(end);
      const double y = row.bottom() - row.height * height;
      outline.push_back({column_x(row, end), y});
      while (end < columns && step(end) == height) ++end;
      outline.push_back({column_x(row, end), y});
    }
    outline.push_back({column_x(row, end), row.bottom()});
    canvas.fill(outline, colour, 1);
    begin = end;
  }
}

void draw_classes(Canvas& canvas, const Box& box, const audio::ConditionedEpisode& episode) {
  std::array<std::vector<double>, rows.size()> shares;
  for (auto& share : shares) share.resize(columns);
  for_each_column(episode, [&](std::size_t segment, std::size_t column, double share) {
    const auto row = std::ranges::find(rows, episode.segments()[segment].kind, &Row::kind);
    shares[static_cast<std::size_t>(row - rows.begin())][column] += share;
  });
  draw_title(canvas, box, "Class");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Box row{box.left, box.top + row_height * static_cast<double>(i), box.width, row_height};
    canvas.text({box.left - 9, row.bottom() - 5}, audio::name(rows[i].kind), {.colour = ink, .anchor = Anchor::end});
    draw_shares(canvas, {row.left, row.top + 3, row.width, row.height - 6}, shares[i], rows[i].colour);
    if (i > 0) canvas.line(std::array{Point{row.left, row.top}, Point{row.right(), row.top}}, grid_colour, 1);
  }
  quality::draw_frame(canvas, box);
}

struct Spent {
  double share = 0;
  double mean = 0;
  double low = 0;
  double high = 0;

  void add(double kbps, double more) {
    low = share == 0 ? kbps : std::min(low, kbps);
    high = share == 0 ? kbps : std::max(high, kbps);
    share += more;
    mean += (kbps - mean) * more / share;
  }
};

std::vector<Spent> spent_bitrate(const audio::ConditionedEpisode& episode, std::span<const SegmentOutcome> outcomes) {
  std::vector<Spent> spent(columns);
  for_each_column(episode, [&](std::size_t i, std::size_t column, double share) {
    const auto& segment = episode.segments()[i];
    if (share > 0)
      spent[column].add(static_cast<double>(outcomes[i].bytes) * 8e-3 / seconds(segment.end - segment.begin), share);
  });
  return spent;
}

double round_step(double range, double steps) {
  constexpr std::array candidates{0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0};
  const auto* step = std::ranges::find_if(candidates, [&](double candidate) { return range / candidate <= steps; });
  return step == candidates.end() ? std::ceil(range / steps / 100) * 100 : *step;
}

void draw_bitrate(Canvas& canvas, const Box& box, const audio::ConditionedEpisode& episode,
                  std::span<const SegmentOutcome> outcomes) {
  const auto spent = spent_bitrate(episode, outcomes);
  const double highest = std::ranges::max(spent, {}, &Spent::high).high;
  const double step = round_step(highest, 4);
  const double top = std::max(step, std::ceil(highest / step) * step);
  const auto y = [&](double kbps) { return box.bottom() - box.height * kbps / top; };
  const bool dense = is_dense(episode);
  draw_title(canvas, box, "Spent on each segment (kb/s)",
             dense ? "line: mean of what shares a pixel; band: its range" : "");
  for (double kbps = 0; kbps < top + step / 2; kbps += step)
    draw_level(canvas, box, y(kbps), fmt::format("{:.{}f}", kbps, step < 1 ? 1 : 0));

  std::vector<Point> line;
  std::vector<Point> lower;
  std::vector<Point> band;
  for (std::size_t i = 0; i < columns; ++i)
    for (const std::size_t side : {i, i + 1}) {
      line.push_back({column_x(box, side), y(spent[i].mean)});
      band.push_back({column_x(box, side), y(spent[i].high)});
      lower.push_back({column_x(box, side), y(spent[i].low)});
    }
  if (dense) {
    std::ranges::copy(std::views::reverse(lower), std::back_inserter(band));
    canvas.fill(band, spent_colour, 0.25);
  }
  // Of points at one height only the ends are needed.
  std::vector<Point> corners;
  for (const Point& point : line) {
    const std::size_t n = corners.size();
    if (n >= 2 && corners[n - 1].y == point.y && corners[n - 2].y == point.y) corners.pop_back();
    corners.push_back(point);
  }
  canvas.line(corners, spent_colour, 2);
  quality::draw_frame(canvas, box);
}

void draw_mos(Canvas& canvas, const Box& box, const quality::TimeAxis& axis,
              std::span<const quality::WindowScore> windows, double target) {
  const auto worst = quality::summarise_mos(windows);
  double best = worst.worst;
  for (const auto& window : windows) best = std::max(best, window.mos.value_or(best));
  const quality::ScoreScale scale{box, std::max(1.0, std::floor((std::min(worst.worst, target) - 0.1) * 2) / 2),
                                  std::ceil((std::max(best, target) + 0.1) * 2) / 2};
  draw_title(canvas, box, "Quality (MOS of every 4 s)",
             fmt::format("dashed: {:.2f}, asked for; triangle: the worst, at {}; grey: too little speech to judge",
                         target, quality::clock_text(worst.worst_begin_s, axis.length_s())));
  const double step = round_step(scale.highest - scale.lowest, 5);
  for (double score = scale.lowest; score < scale.highest + step / 2; score += step)
    draw_level(canvas, box, scale.y(score), fmt::format("{:.1f}", score));
  quality::draw_unscored(canvas, box, axis, windows, &quality::WindowScore::mos);
  const Box marked = quality::mark_window(canvas, box, axis, worst.worst_begin_s, worst.worst_end_s);
  const double middle = marked.left + marked.width / 2;
  canvas.fill(std::array{Point{middle - 6, box.top - 1}, Point{middle + 6, box.top - 1}, Point{middle, box.top + 10}},
              quality::worst_colour, 1);
  quality::draw_dashed(canvas, {box.left, scale.y(target)}, box.right(), target_colour);
  quality::draw_score_curve(canvas, scale, axis, windows, &quality::WindowScore::mos, mos_colour);
  quality::draw_frame(canvas, box);
}

}  // namespace

ReportChart draw_report_chart(const audio::ConditionedEpisode& episode, std::span<const SegmentOutcome> outcomes,
                              std::span<const quality::WindowScore> windows, double target) {
  const quality::TimeAxis axis(0, seconds(episode.length()));
  struct Panel {
    double height;
    std::function<void(Canvas&, const Box&)> draw;
  };
  std::vector<Panel> panels{
      {90, [&](Canvas& canvas, const Box& box) { draw_sound(canvas, box, episode); }},
      {row_height * rows.size(), [&](Canvas& canvas, const Box& box) { draw_classes(canvas, box, episode); }}};
  if (!outcomes.empty())
    panels.push_back({100, [&](Canvas& canvas, const Box& box) { draw_bitrate(canvas, box, episode, outcomes); }});
  if (quality::summarise_mos(windows).count > 0)
    panels.push_back({140, [&](Canvas& canvas, const Box& box) { draw_mos(canvas, box, axis, windows, target); }});

  double height = top_margin + bottom_margin - panel_gap;
  for (const Panel& panel : panels) height += panel.height + panel_gap;
  quality::SvgCanvas canvas(chart_width, static_cast<int>(std::ceil(height)),
                            "Over time: the sound, its classes, what was spent, and the quality reached");
  Box box{left_margin, top_margin, double{columns}, 0};
  for (const Panel& panel : panels) {
    box.height = panel.height;
    panel.draw(canvas, box);
    axis.draw_ticks(canvas, box, &panel == &panels.back());
    box.top = box.bottom() + panel_gap;
  }
  return {canvas.result(), box.left / chart_width, box.right() / chart_width};
}

}  // namespace chasqui::compress
