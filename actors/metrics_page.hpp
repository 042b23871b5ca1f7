// The engine's metrics, as Prometheus reads them and as JSON. No metric has a label for a bot, a
// trade or a symbol: what there are ten thousand of is counted, not named. Labels have values of
// lists that the engine knows: endpoints, timeframes in use, its actors, reasons, kinds of alerts.
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "actors/engine_overview.hpp"

namespace botbox::actors {

enum class MetricKind : std::uint8_t { kGauge, kCounter };

struct MetricSample {
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};
struct Metric {
  std::string name;  // "botbox_..."; counters end in _total
  std::string help;
  MetricKind kind = MetricKind::kGauge;
  std::vector<MetricSample> samples;
};
struct HistogramMetric {
  std::string name;
  std::string help;
  Histogram histogram;
};
struct MetricsPage {
  std::vector<Metric> metrics;
  std::vector<HistogramMetric> histograms;
};

MetricsPage collect_metrics(const EngineView& view, const FleetCounts& fleet,
                            const EngineState& engine);
// The text exposition format, version 0.0.4.
std::string to_prometheus_text(const MetricsPage& page);
nlohmann::ordered_json to_json(const MetricsPage& page);

}  // namespace botbox::actors
