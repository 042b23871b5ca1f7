// The engine at a glance: the overview, the documents' metrics, equity, health.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/engine_facts.hpp"
#include "actors/engine_statistics.hpp"
#include "actors/equity_curve.hpp"
#include "actors/fleet_index.hpp"
#include "actors/operator_settings.hpp"

namespace botbox::actors {

// What the overview is made of.
struct EngineView {
  const storage::Store& store;
  const EngineIdentity& identity;
  const EngineStatistics& statistics;
  const EngineFacts& facts;
  Timestamp now;
};

// With what the open positions would bring at the prices of `facts`.
FleetCounts count_fleet(const Fleet& fleet, const EngineFacts& facts);

nlohmann::ordered_json overview(const EngineView& view, const FleetCounts& fleet,
                                const EngineState& engine);
// The field names of the documents: timestamp, activeBotsCount, ...; of the last hour.
nlohmann::ordered_json documents_metrics(const EngineView& view, const FleetCounts& fleet);
Result<nlohmann::ordered_json> equity_points(EquityCurve& curve, const FleetCounts& fleet,
                                             std::size_t points, Timestamp now);

// How long the active bot that is due the longest has been due, in this process; zero: none is.
Duration longest_due(const EngineView& view, const FleetCounts& fleet);

nlohmann::ordered_json alert_rows(const EngineStatistics& statistics, Timestamp now,
                                  bool standing_only);
nlohmann::ordered_json limiter_json(const EngineFacts& facts, Timestamp now);

struct HealthCheck {
  std::string name;
  bool is_ok = true;
  std::string detail;
};
enum class HealthScope : std::uint8_t { kAll, kReady };
std::vector<HealthCheck> health_checks(const EngineView& view, const FleetCounts& fleet,
                                       HealthScope scope);
// Whether the actors without which nothing goes on have answered within a second.
std::vector<HealthCheck> live_checks(const EngineFacts& facts);
nlohmann::ordered_json to_json(const std::vector<HealthCheck>& checks);

}  // namespace botbox::actors
