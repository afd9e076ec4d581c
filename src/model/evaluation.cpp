#include "model/evaluation.hpp"

#include "model/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chasqui/compress.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <utility>

namespace chasqui::model {
namespace {

constexpr std::array targets{quality_essential, quality_clear, quality_rich};

/// Sums from which moments come.
struct Moments {
  double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  void add(double a, double b) {
    n += 1;
    x += a;
    y += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  [[nodiscard]] double pearson() const {
    const double spread = std::sqrt((n * xx - x * x) * (n * yy - y * y));
    return spread > 0 ? (n * xy - x * y) / spread : 0;
  }
};

ErrorRow errors_of(std::string what, std::span<const Label> labels, std::span<const Prediction> predictions,
                   const std::function<bool(const Label&)>& choose) {
  ErrorRow row{.what = std::move(what)};
  Moments moments;
  double squares = 0;
  double rate = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!choose(labels[i])) continue;
    ++row.labels;
    moments.add(predictions[i].worst_mos, labels[i].worst_mos);
    squares += std::pow(predictions[i].worst_mos - labels[i].worst_mos, 2);
    rate += std::abs(predictions[i].actual_kbps / labels[i].actual_kbps - 1);
  }
  if (row.labels == 0) return row;
  row.mos_bias = (moments.x - moments.y) / moments.n;
  row.mos_rmse = std::sqrt(squares / moments.n);
  row.mos_pearson = moments.pearson();
  row.rate_error = rate / moments.n;
  return row;
}

std::vector<ErrorRow> all_errors(std::span<const Label> labels, std::span<const Prediction> predictions) {
  std::vector<ErrorRow> rows;
  const auto add = [&](std::string what, const std::function<bool(const Label&)>& choose) {
    auto row = errors_of(std::move(what), labels, predictions, choose);
    if (row.labels > 0) rows.push_back(std::move(row));
  };
  add("all", [](const Label&) { return true; });
  for (const auto kind : {audio::SegmentClass::speech, audio::SegmentClass::mixed, audio::SegmentClass::music})
    add(std::string(name(kind)), [kind](const Label& label) { return label.segment.kind == kind; });
  for (const auto bandwidth : {opus::Bandwidth::narrow, opus::Bandwidth::medium, opus::Bandwidth::wide})
    for (const auto mode : {opus::Mode::silk, opus::Mode::celt})
      add(fmt::format("{} {}", name(bandwidth), name(mode)), [bandwidth, mode](const Label& label) {
        return label.candidate.bandwidth == bandwidth && label.candidate.mode == mode;
      });
  return rows;
}

/// Prediction, then measurement and correction until the score is close above the target.
struct Loop {
  double kbps = std::numeric_limits<double>::infinity();
  int probes = 0;
};

Loop run_loop(const Curve& predicted, const Curve& measured_curve, double target) {
  constexpr double margin_mos = 0.03;
  constexpr double close_enough_mos = 0.1;
  constexpr double least_slope = 0.5;
  constexpr int most_probes = 8;
  Loop loop;
  double ask = predicted.kbps_for(target + margin_mos);
  while (loop.probes < most_probes) {
    const auto now = measured_curve.at(ask);
    ++loop.probes;
    const double slack = now.worst_mos - target;
    if (slack >= 0) loop.kbps = std::min(loop.kbps, now.actual_kbps);
    if (slack >= 0 && (slack < close_enough_mos || ask <= curve_kbps(0))) break;
    if (slack < 0 && ask >= curve_kbps(curve_points - 1)) break;
    const double slope = std::max(predicted.mos_per_octave(ask), least_slope);
    ask = std::clamp(ask * std::exp2((margin_mos - slack) / slope), curve_kbps(0), curve_kbps(curve_points - 1));
  }
  return loop;
}

/// One segment's lines as curves.
struct Case {
  std::vector<Curve> measured;
  std::vector<Curve> predicted;
  std::vector<std::pair<opus::Bandwidth, opus::Mode>> settings;
};

std::vector<Case> gather_cases(std::span<const Label> labels, std::span<const Prediction> predictions) {
  const auto truth = measured(labels);
  std::vector<Case> cases;
  for (const auto& sweep : gather_sweeps(labels)) {
    Case& one = cases.emplace_back();
    for (const auto& line : sweep.lines) {
      one.measured.push_back(curve_through(labels, line, truth));
      one.predicted.push_back(curve_through(labels, line, predictions));
      one.settings.emplace_back(line.bandwidth, line.mode);
    }
  }
  return cases;
}

/// Infinity where the curve does not get there.
double least_kbps(const Curve& curve, double target) {
  const double ask = curve.kbps_for(target);
  return curve.at(ask).worst_mos >= target - 1e-6 ? curve.at(ask).actual_kbps : std::numeric_limits<double>::infinity();
}

double best_fixed(std::span<const Case* const> cases, double target) {
  constexpr double share_that_reaches = 0.95;
  std::map<std::pair<opus::Bandwidth, opus::Mode>, std::pair<std::vector<double>, double>> asked;  // kbps to ask for
  double least = std::numeric_limits<double>::infinity();
  for (const Case* one : cases)
    for (std::size_t i = 0; i < one->settings.size(); ++i)
      asked[one->settings[i]].first.push_back(one->measured[i].kbps_for(target));
  for (auto& [setting, needs] : asked) {
    auto& kbps = needs.first;
    if (kbps.size() < cases.size()) continue;  // not measured of every segment
    std::ranges::sort(kbps);
    const double ask = kbps[static_cast<std::size_t>(share_that_reaches * static_cast<double>(kbps.size() - 1))];
    double sum = 0;
    for (const Case* one : cases)
      for (std::size_t i = 0; i < one->settings.size(); ++i)
        if (one->settings[i] == setting) sum += one->measured[i].at(ask).actual_kbps;
    least = std::min(least, sum / static_cast<double>(cases.size()));
  }
  return least;
}

TargetRow target_row(std::span<const Case> cases, double target) {
  TargetRow row{.target_mos = target};
  std::vector<const Case*> reachable;
  for (const Case& one : cases) {
    double oracle = std::numeric_limits<double>::infinity();
    for (const auto& curve : one.measured) oracle = std::min(oracle, least_kbps(curve, target));
    if (!std::isfinite(oracle)) continue;
    const auto cost = [&](const Curve& curve) { return least_kbps(curve, target); };
    const auto chosen =
        static_cast<std::size_t>(std::ranges::min_element(one.predicted, {}, cost) - one.predicted.begin());
    const auto shot = one.measured[chosen].at(one.predicted[chosen].kbps_for(target));
    const Loop loop = run_loop(one.predicted[chosen], one.measured[chosen], target);
    reachable.push_back(&one);
    ++row.segments;
    row.oracle_kbps += oracle;
    row.one_shot_kbps += shot.actual_kbps;
    row.one_shot_reached += shot.worst_mos >= target ? 1 : 0;
    row.closed_loop_kbps += std::isfinite(loop.kbps) ? loop.kbps : one.measured[chosen].points.back().actual_kbps;
    row.probes += loop.probes;
  }
  if (row.segments == 0) return row;
  for (double* sum : {&row.oracle_kbps, &row.one_shot_kbps, &row.one_shot_reached, &row.closed_loop_kbps, &row.probes})
    *sum /= static_cast<double>(row.segments);
  row.best_fixed_kbps = best_fixed(reachable, target);
  return row;
}

std::vector<CalibrationPoint> calibrate(std::span<const Label> labels, std::span<const Prediction> predictions) {
  constexpr double bin_mos = 0.25;
  constexpr std::size_t least_labels = 10;
  std::map<int, Moments> bins;
  for (std::size_t i = 0; i < labels.size(); ++i)
    bins[static_cast<int>(std::floor(predictions[i].worst_mos / bin_mos))].add(predictions[i].worst_mos,
                                                                               labels[i].worst_mos);
  std::vector<CalibrationPoint> points;
  for (const auto& [bin, m] : bins)
    if (m.n >= least_labels)
      points.push_back({m.x / m.n, m.y / m.n, std::sqrt(std::max(m.yy / m.n - m.y * m.y / (m.n * m.n), 0.0)),
                        static_cast<std::size_t>(m.n)});
  return points;
}

}  // namespace

Evaluation evaluate(std::span<const Label> labels, std::span<const Prediction> predictions) {
  Evaluation evaluation{
      .errors = all_errors(labels, predictions), .targets = {}, .calibration = calibrate(labels, predictions)};
  const auto cases = gather_cases(labels, predictions);
  for (const double target : targets) evaluation.targets.push_back(target_row(cases, target));
  return evaluation;
}

std::vector<Prediction> predict_labels(const Predictor& predictor, std::span<const Label> labels) {
  std::vector<Row> rows;
  rows.reserve(labels.size());
  for (const auto& label : labels) rows.push_back(feature_row(label.segment, label.candidate));
  return predictor.predict(rows);
}

}  // namespace chasqui::model
