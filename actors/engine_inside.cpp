#include "actors/engine_inside.hpp"

#include <algorithm>

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;

Json spread_json(const Histogram& values, double scale) {
  Json buckets = Json::array();
  for (std::size_t i = 0; i < values.counts.size(); ++i) {
    if (values.counts[i] == 0) continue;
    const bool is_last = i == values.bounds.size();
    buckets.push_back({{"up_to", is_last ? Json() : Json(values.bounds[i] * scale)},
                       {"count", values.counts[i]}});
  }
  return {{"mean", values.mean() * scale},
          {"p50", values.quantile(0.5) * scale},
          {"p99", values.quantile(0.99) * scale},
          {"buckets", std::move(buckets)}};
}

// Null: there were none.
void add_spread(Json& row, const std::string& name, const DelaySpread& spread) {
  row[name + "s"] = spread.count;
  row[name + "_p50_ms"] = spread.count > 0 ? Json(spread.p50 * 1'000) : Json();
  row[name + "_p99_ms"] = spread.count > 0 ? Json(spread.p99 * 1'000) : Json();
}

Json depth_json(const ActorFacts& facts) { return facts.mailbox ? Json(*facts.mailbox) : Json(); }

}  // namespace

Json journal_json(const EngineFacts& facts, std::uint64_t last_batch) {
  const auto found = std::ranges::find(facts.actors, "journal", &ActorFacts::name);
  return {{"commits", facts.commits},
          {"groups", facts.commit_groups},
          {"last_batch", last_batch},
          {"mailbox", found != facts.actors.end() ? depth_json(*found) : Json()},
          {"write_ms", spread_json(facts.commit_seconds, 1'000)},
          {"commits_per_group", spread_json(facts.commit_group_size, 1)}};
}

Json latency_json(const std::vector<CycleLatency>& latencies) {
  Json rows = Json::array();
  for (const CycleLatency& latency : latencies) {
    Json row{{"cycle", latency.cycle.number},
             {"at", latency.cycle.started_at.ms},
             {"duration_ms", latency.cycle.duration.count()}};
    add_spread(row, "check", latency.checks);
    add_spread(row, "order", latency.orders);
    add_spread(row, "commit", latency.commits);
    rows.push_back(std::move(row));
  }
  return {{"items", std::move(rows)}, {"next", nullptr}};
}

Json rollout_json(const EngineFacts& facts) {
  if (!facts.fleet) return {};
  const FleetTold& fleet = *facts.fleet;
  const RolloutCaps& caps = fleet.rollout;
  return {{"live_bots", fleet.live_bots},
          {"live_bots_max", caps.live_bots == UINT32_MAX ? Json() : Json(caps.live_bots)},
          {"order_max", caps.order.is_positive() ? Json(to_string(caps.order)) : Json()},
          {"by", fleet.is_rollout_configured ? "configuration" : "operator"}};
}

Json actors_json(const EngineFacts& facts) {
  Json rows = Json::array();
  rows.push_back({{"name", "engine"}, {"parent", nullptr}, {"mailbox", nullptr}});
  for (const ActorFacts& actor : facts.actors)
    rows.push_back({{"name", actor.name}, {"parent", "engine"}, {"mailbox", depth_json(actor)}});
  if (!facts.fleet) return {{"items", std::move(rows)}, {"next", nullptr}};
  const FleetTold& fleet = *facts.fleet;
  rows.push_back({{"name", "bots"},
                  {"parent", "supervisor"},
                  {"mailbox", nullptr},
                  {"bots", fleet.bots},
                  {"in_memory", fleet.in_memory},
                  {"evicted", fleet.evicted},
                  {"restarts", fleet.restarts}});
  for (const FleetTold::Row& row : fleet.restarted)
    rows.push_back({{"name", row.bot.value},
                    {"parent", "bots"},
                    {"mailbox", nullptr},
                    {"restarts", row.restarts},
                    {"status", to_string(row.status)},
                    {"failure", row.failure}});
  return {{"items", std::move(rows)}, {"next", nullptr}};
}

}  // namespace botbox::actors
