#include "core/metrics.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <set>
#include <unordered_map>
#include <vector>

namespace chasqui::core {
namespace {

using enum MetricType;

constexpr std::array seconds_buckets{0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0};
constexpr std::array work_buckets{0.5, 2.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0, 7200.0};
constexpr std::array ratio_buckets{1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 24.0, 48.0};
constexpr std::array mos_buckets{1.5, 2.0, 2.4, 2.7, 3.0, 3.3, 3.6, 4.0, 4.5};
// What the search itself takes for near: a tenth of an octave is 7 % of the bitrate.
constexpr std::array octave_buckets{-1.0, -0.5, -0.3, -0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0};
constexpr std::array probe_buckets{1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0};

constexpr std::array table{
    MetricRow{"chasqui_jobs", gauge, {}, "Episodes and further formats by state"},
    MetricRow{"chasqui_queue_age_seconds", gauge, {}, "How long the oldest waiting episode has waited"},
    MetricRow{"chasqui_jobs_ended_total", counter, {}, "Runs of a worker by how they ended"},
    MetricRow{"chasqui_encode_seconds", histogram, work_buckets, "Wall time of finished runs"},
    MetricRow{"chasqui_sound_seconds_total", counter, {}, "Sound compressed"},
    MetricRow{"chasqui_input_bytes_total", counter, {}, "Bytes of recordings compressed"},
    MetricRow{"chasqui_output_bytes_total", counter, {}, "Bytes of results"},
    MetricRow{"chasqui_saving_ratio", histogram, ratio_buckets, "Bytes of the recording per byte of the result"},
    MetricRow{"chasqui_segment_mos", histogram, mos_buckets, "Worst MOS of each segment that was judged"},
    MetricRow{"chasqui_segment_probes", histogram, probe_buckets, "Encodes that a judged segment took"},
    MetricRow{"chasqui_guess_error_octaves", histogram, octave_buckets,
              "Bitrate that a segment needed over what the model guessed, log2"},
    MetricRow{"chasqui_worker_slots", gauge, {}, "Episodes that this process can work on at once"},
    MetricRow{"chasqui_worker_running", gauge, {}, "Episodes that it works on"},
    MetricRow{"chasqui_database_up", gauge, {}, "1: the database answers, 0: it does not"},
    MetricRow{"chasqui_broker_connected", gauge, {}, "1: connected to a broker, 0: not; by purpose, of a cluster"},
    MetricRow{"chasqui_outbox_age_seconds", gauge, {}, "How long the broker has not been told of a waiting episode"},
    MetricRow{"chasqui_dead_letters", gauge, {}, "Messages that the queue gave up and nobody has looked after"},
    MetricRow{"chasqui_info", gauge, {}, "Always 1; version and model in use as labels"},
    MetricRow{"chasqui_http_requests_total", counter, {}, "Requests answered, by method, route and status"},
    MetricRow{"chasqui_http_request_seconds", histogram, seconds_buckets, "From header read to answer ready, by route"},
    MetricRow{"chasqui_http_received_bytes_total", counter, {}, "Bytes of bodies received"},
    MetricRow{"chasqui_http_sent_bytes_total", counter, {}, "Bytes of answers sent whole"},
    MetricRow{"chasqui_http_connections", gauge, {}, "Connections open"},
    MetricRow{"chasqui_http_refused_total", counter, {}, "Connections and requests refused, by limit"},
    MetricRow{"chasqui_blobs_corrupt_total", counter, {}, "Stored files found to be damaged"},
};

}  // namespace

std::span<const MetricRow> metric_table() noexcept {
  return table;
}

namespace {

/// Finds a series again quickly: Family::Add makes a whole one before it looks whether there is one already.
template <typename T>
class SeriesCache {
 public:
  template <typename Make>
  T& find(std::string_view name, const Metrics::Labels& labels, const Make& make) {
    std::string key(name);
    for (const auto& [label, value] : labels) key.append(1, '\0').append(label).append(1, '\0').append(value);
    const std::lock_guard lock(mutex_);
    auto& place = series_[std::move(key)];
    if (place == nullptr) place = &make();
    return *place;
  }

 private:
  std::mutex mutex_;  // guards series_
  std::unordered_map<std::string, T*> series_;
};

}  // namespace

struct Metrics::Families {
  prometheus::Registry registry;
  SeriesCache<prometheus::Counter> counter_series;
  SeriesCache<prometheus::Histogram> histogram_series;
  std::map<std::string, prometheus::Family<prometheus::Counter>*, std::less<>> counters;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*, std::less<>> gauges;
  std::mutex gauge_mutex;  // guards gauge_series
  std::map<std::string, std::set<prometheus::Gauge*>, std::less<>> gauge_series;
  std::map<std::string, std::pair<prometheus::Family<prometheus::Histogram>*, std::vector<double>>, std::less<>>
      histograms;
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {
  auto& all = *families_;
  for (const auto& row : table) {
    const std::string name(row.name);
    const std::string help(row.help);
    switch (row.type) {
      case counter:
        all.counters[name] = &prometheus::BuildCounter().Name(name).Help(help).Register(all.registry);
        break;
      case gauge:
        all.gauges[name] = &prometheus::BuildGauge().Name(name).Help(help).Register(all.registry);
        break;
      case histogram:
        all.histograms[name] = {&prometheus::BuildHistogram().Name(name).Help(help).Register(all.registry),
                                {row.buckets.begin(), row.buckets.end()}};
        break;
    }
  }
}

Metrics::~Metrics() = default;

void Metrics::count(std::string_view name, const Labels& labels, double by) {
  const auto found = families_->counters.find(name);
  assert(found != families_->counters.end() && "a counter that is not in the table");
  auto& family = *found->second;
  const auto make = [&]() -> auto& { return family.Add(labels); };
  families_->counter_series.find(name, labels, make).Increment(by);
}

void Metrics::set(std::string_view name, const Labels& labels, double value) {
  const auto found = families_->gauges.find(name);
  assert(found != families_->gauges.end() && "a gauge that is not in the table");
  auto& all = *families_;
  const std::lock_guard lock(all.gauge_mutex);
  auto& series = found->second->Add(labels);
  series.Set(value);
  all.gauge_series[found->first].insert(&series);
}

void Metrics::unset(std::string_view name) {
  const auto found = families_->gauges.find(name);
  assert(found != families_->gauges.end() && "a gauge that is not in the table");
  auto& all = *families_;
  const std::lock_guard lock(all.gauge_mutex);
  for (auto* series : all.gauge_series[found->first]) found->second->Remove(series);
  all.gauge_series.erase(found->first);
}

void Metrics::observe(std::string_view name, const Labels& labels, double value) {
  const auto found = families_->histograms.find(name);
  assert(found != families_->histograms.end() && "a histogram that is not in the table");
  auto& [family, buckets] = found->second;
  const auto make = [&, &all = *family, &bounds = buckets]() -> auto& { return all.Add(labels, bounds); };
  families_->histogram_series.find(name, labels, make).Observe(value);
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace chasqui::core
