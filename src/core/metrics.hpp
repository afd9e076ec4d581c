#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace chasqui::core {

enum class MetricType : std::uint8_t { counter, gauge, histogram };

struct MetricRow {
  std::string_view name;
  MetricType type;
  std::span<const double> buckets;  ///< upper bounds, of a histogram
  std::string_view help;
};

/// Every metric there is: what /metrics shows. docs/metrics.md follows this table.
std::span<const MetricRow> metric_table() noexcept;

/// Counters, gauges and histograms in Prometheus' text form. For any thread. A name that is not in the table is a bug.
class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void count(std::string_view name, const Labels& labels = {}, double by = 1);
  void set(std::string_view name, const Labels& labels, double value);
  /// All series of a gauge go: nothing is known of it at the moment.
  void unset(std::string_view name);
  void observe(std::string_view name, const Labels& labels, double value);
  [[nodiscard]] std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace chasqui::core
