#include "actors/engine_overview.hpp"

#include <algorithm>

#include "actors/engine_inside.hpp"
#include "actors/fleet_list.hpp"
#include "storage/reader.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kQueueWarnOver = 50;
// A due bot may wait for its cycle, and for a retry of its check, but not so long.
constexpr Duration kCycleAgeMax{900'000};

Json time_or_null(Timestamp at) { return at.is_never() ? Json() : Json(at.ms); }

Json signals_json(const RecentCounts& recent) {
  Json reasons = Json::object();
  for (const auto& [reason, count] : recent.rejected_by_reason) reasons[reason] = count;
  return {{"generated", recent.generated()},
          {"accepted", recent.accepted},
          {"rejected", recent.rejected},
          {"by_reason", std::move(reasons)},
          {"window_ms", kStatisticsWindow.count()}};
}

Json queue_json(const EngineFacts& facts) {
  if (!facts.queue)
    return {{"depth", nullptr},
            {"warn_over", kQueueWarnOver},
            {"unknown", nullptr},
            {"waiting", nullptr}};
  return {{"depth", facts.queue->size},
          {"warn_over", kQueueWarnOver},
          {"unknown", facts.queue->unknown},
          {"waiting", facts.queue->by_stage[static_cast<std::size_t>(QueueStage::kWaiting)]}};
}

Json data_json(const EngineFacts& facts, Timestamp now) {
  if (!facts.cache) return {{"oldest_age_ms", nullptr}, {"series", nullptr}};
  Duration oldest{0};
  for (const SeriesFacts& series : facts.cache->series)
    oldest = std::max(oldest, age_of(series, now));
  return {{"oldest_age_ms", oldest.count()}, {"series", facts.cache->series.size()}};
}

Json cycle_json(const CycleSummary& cycles) {
  return {{"number", cycles.newest.number},
          {"at", time_or_null(cycles.newest.started_at)},
          {"took_ms", cycles.newest.duration.count()},
          {"checked", cycles.newest.found},
          {"failed", cycles.newest.failed},
          {"p50_ms", cycles.p50.count()},
          {"p99_ms", cycles.p99.count()}};
}

// Without the list of what can be traded, and on which grid, no bot starts.
HealthCheck instruments_check(const EngineView& view) {
  if (!view.facts.fleet) return {"instruments", false, "the supervisor does not answer"};
  const bool is_told = view.facts.fleet->has_instruments;
  return {"instruments", is_told,
          view.identity.exchange +
              (is_told ? " has told what it lists" : " has not told yet what it lists")};
}

// Without it nothing is committed, so nothing may leave the engine.
HealthCheck journal_check(const EngineFacts& facts) {
  const auto journal = std::ranges::find(facts.actors, "journal", &ActorFacts::name);
  const bool writes = journal == facts.actors.end() || journal->mailbox.has_value();
  return {"journal", writes, writes ? "answers" : "does not answer: nothing is committed"};
}

bool stands(const std::vector<AlertRecord>& alerts, std::string_view kind) {
  return std::ranges::any_of(
      alerts, [&](const AlertRecord& a) { return a.kind == kind && a.cleared_at.is_never(); });
}

}  // namespace

FleetCounts count_fleet(const Fleet& fleet, const EngineFacts& facts) {
  FleetCounts counts = fleet.counts;
  const SymbolPrices prices = facts.prices();
  for (const auto& [symbol, sums] : fleet.exposure) {
    const auto price = prices.find(symbol);
    if (price == prices.end()) continue;
    for (const PositionSide side : {PositionSide::kLong, PositionSide::kShort}) {
      const OpenSum& sum = sums[static_cast<std::size_t>(side)];
      if (const auto profit = unrealised_profit(side, sum.quantity, sum.cost, price->second))
        counts.unrealised += *profit;
    }
  }
  return counts;
}

Duration longest_due(const EngineView& view, const FleetCounts& fleet) {
  if (fleet.active == 0) return Duration{0};
  const Timestamp due = std::max(fleet.earliest_due, view.identity.started_at);
  return std::max(Duration{0}, view.now - due);
}

Json alert_rows(const EngineStatistics& statistics, Timestamp now, bool standing_only) {
  Json rows = Json::array();
  for (const AlertRecord& alert : statistics.alerts(now)) {
    if (standing_only && !alert.cleared_at.is_never()) continue;
    rows.push_back({{"id", std::to_string(alert.number)},
                    {"kind", alert.kind},
                    {"severity", to_string(alert.severity)},
                    {"state", alert.cleared_at.is_never() ? "RAISED" : "CLEARED"},
                    {"text", alert.text},
                    {"subject", alert.subject},
                    {"at", alert.raised_at.ms},
                    {"told_at", alert.told_at.ms},
                    {"cleared_at", time_or_null(alert.cleared_at)},
                    {"count", alert.count}});
  }
  return rows;
}

Json limiter_json(const EngineFacts& facts, Timestamp now) {
  if (!facts.limiter)
    return {{"exchange", nullptr},     {"used", nullptr},          {"limit", nullptr},
            {"percent", nullptr},      {"window", nullptr},        {"condition", nullptr},
            {"paused", false},         {"blocked_until", nullptr}, {"next_free_at", nullptr},
            {"windows", Json::array()}};
  const LimiterSnapshot& snapshot = facts.limiter->snapshot;
  Json windows = Json::array();
  const WindowUsage* fullest = nullptr;
  for (const WindowUsage& window : snapshot.windows) {
    if (fullest == nullptr || window.ratio > fullest->ratio) fullest = &window;
    windows.push_back({{"name", window.name},
                       {"length_ms", window.length.count()},
                       {"limit", window.limit},
                       {"used", window.granted},
                       {"others", window.others},
                       {"percent", window.ratio * 100}});
  }
  const bool is_stopped = snapshot.stopped_until > now;
  return {{"exchange", facts.limiter->exchange},
          {"used", fullest != nullptr ? Json(fullest->granted + fullest->others) : Json()},
          {"limit", fullest != nullptr ? Json(fullest->limit) : Json()},
          {"percent", fullest != nullptr ? Json(fullest->ratio * 100) : Json()},
          {"window", fullest != nullptr ? Json(fullest->name) : Json()},
          {"condition", to_string(snapshot.condition)},
          {"paused", snapshot.condition >= LimiterCondition::kPaused},
          {"blocked_until", is_stopped ? Json(snapshot.stopped_until.ms) : Json()},
          {"next_free_at", time_or_null(snapshot.next_free)},
          {"windows", std::move(windows)}};
}

Json documents_metrics(const EngineView& view, const FleetCounts& fleet) {
  const RecentCounts recent = view.statistics.recent(view.now);
  const std::int64_t latency =
      recent.dispatched == 0
          ? 0
          : recent.dispatch_delay_sum.count() / static_cast<std::int64_t>(recent.dispatched);
  const std::size_t depth =
      view.facts.queue ? view.facts.queue->by_stage[static_cast<std::size_t>(QueueStage::kWaiting)]
                       : 0;
  return {{"timestamp", to_iso8601(view.now)},
          {"activeBotsCount", fleet.active},
          {"signalsGenerated", recent.generated()},
          {"signalsAccepted", recent.accepted},
          {"signalsRejected", recent.rejected},
          {"tradesExecuted", recent.trades_completed},
          {"tradesFailed", recent.trades_failed},
          {"queueDepth", depth},
          {"avgSignalLatency", latency}};
}

Json overview(const EngineView& view, const FleetCounts& fleet, const EngineState& engine) {
  const RecentCounts recent = view.statistics.recent(view.now);
  Json rate;
  if (recent.generated() > 0)
    rate = static_cast<double>(recent.accepted) / static_cast<double>(recent.generated());
  const Notional now = fleet.allocation + fleet.realised + fleet.unrealised;
  return {{"now_ms", view.now.ms},
          {"mode",
           {{"mode", to_string(engine.mode)},
            {"by", engine.changed_by},
            {"at", time_or_null(engine.changed_at)},
            {"detail", view.statistics.mode_detail()},
            {"live_trading", engine.live_trading}}},
          {"bots",
           {{"total", fleet.total},
            {"active", fleet.active},
            {"paused", fleet.paused},
            {"quarantined", fleet.quarantined},
            {"archived", fleet.archived},
            {"evicted", view.statistics.totals().evicted}}},
          {"cycle", cycle_json(view.statistics.cycles())},
          {"cards", documents_metrics(view, fleet)},
          {"signals", signals_json(recent)},
          {"queue", queue_json(view.facts)},
          {"acceptance_rate", std::move(rate)},
          {"positions",
           {{"open", fleet.open_positions},
            {"unrealized", to_string(fleet.unrealised)},
            {"realized", to_string(fleet.realised_open)},
            {"without_stop", fleet.unprotected},
            {"dust", fleet.dust}}},
          {"equity",
           {{"now", to_string(now)},
            {"start", to_string(fleet.allocation)},
            {"realized", to_string(fleet.realised)}}},
          {"rollout", rollout_json(view.facts)},
          {"limiter", limiter_json(view.facts, view.now)},
          {"data", data_json(view.facts, view.now)},
          {"alerts", alert_rows(view.statistics, view.now, true)}};
}

Result<Json> equity_points(EquityCurve& curve, const FleetCounts& fleet, std::size_t points,
                           Timestamp now) {
  BOTBOX_ASSIGN(const std::vector<EquityStep> steps, curve.steps(points));
  Json all = Json::array();
  for (const EquityStep& step : steps)
    all.push_back({{"at", step.at.ms},
                   {"equity", to_string(fleet.allocation + step.realised)},
                   {"realized", to_string(step.realised)}});
  all.push_back({{"at", now.ms},
                 {"equity", to_string(fleet.allocation + fleet.realised + fleet.unrealised)},
                 {"realized", to_string(fleet.realised)}});
  return Json{{"start", to_string(fleet.allocation)}, {"points", std::move(all)}};
}

std::vector<HealthCheck> health_checks(const EngineView& view, const FleetCounts& fleet,
                                       HealthScope scope) {
  const std::vector<AlertRecord> alerts = view.statistics.alerts(view.now);
  const TotalCounts totals = view.statistics.totals();
  std::vector<HealthCheck> checks;
  const bool is_ready = !totals.fleet_ready_at.is_never();
  checks.push_back(
      {"fleet", is_ready, is_ready ? fmt::format("{} bots", fleet.total) : "is starting"});
  const auto stored = storage::find_engine_state(view.store);
  checks.push_back(
      {"store", stored.has_value(),
       stored ? fmt::format("batch {}", view.store.last_sequence()) : to_string(stored.error())});
  checks.push_back(journal_check(view.facts));
  const bool is_reached =
      !stands(alerts, "exchange.health") && !stands(alerts, "exchange.unreachable");
  checks.push_back({"exchange", is_reached, is_reached ? "answers" : "does not answer"});
  checks.push_back(instruments_check(view));
  if (scope == HealthScope::kReady) return checks;
  const CycleSummary cycles = view.statistics.cycles();
  const Timestamp since = std::max(cycles.finished_at, view.identity.started_at);
  // A fleet that looks twice a day is not stale in between.
  const bool is_stale = view.now - since > kCycleAgeMax && longest_due(view, fleet) > kCycleAgeMax;
  checks.push_back({"cycle", !is_stale,
                    cycles.newest.number == 0
                        ? "none yet"
                        : fmt::format("number {} ended {} ago", cycles.newest.number,
                                      humanize(view.now - cycles.finished_at))});
  checks.push_back(
      {"trade_queue", view.facts.queue.has_value(),
       view.facts.queue ? fmt::format("{} trades", view.facts.queue->size) : "does not answer"});
  checks.push_back({"limiter", view.facts.limiter.has_value(),
                    view.facts.limiter
                        ? std::string(to_string(view.facts.limiter->snapshot.condition))
                        : "does not answer"});
  checks.push_back({"market_data", view.facts.cache.has_value() && !stands(alerts, "data.stale"),
                    view.facts.cache ? fmt::format("{} series", view.facts.cache->series.size())
                                     : "does not answer"});
  const bool has_room = !stands(alerts, "disk.low");
  checks.push_back({"disk", has_room, has_room ? "has room" : "is nearly full"});
  return checks;
}

std::vector<HealthCheck> live_checks(const EngineFacts& facts) {
  std::vector<HealthCheck> checks;
  for (const ActorFacts& actor : facts.actors) {
    if (actor.name != "journal" && actor.name != "scheduler" && actor.name != "trade_queue" &&
        actor.name != "supervisor")
      continue;
    checks.push_back(
        {actor.name, actor.mailbox.has_value(),
         actor.mailbox ? fmt::format("{} messages wait", *actor.mailbox) : "does not answer"});
  }
  return checks;
}

Json to_json(const std::vector<HealthCheck>& checks) {
  Json rows = Json::array();
  bool is_ok = true;
  for (const HealthCheck& check : checks) {
    is_ok = is_ok && check.is_ok;
    rows.push_back({{"name", check.name}, {"ok", check.is_ok}, {"detail", check.detail}});
  }
  return {{"status", is_ok ? "ok" : "failing"}, {"checks", std::move(rows)}};
}

}  // namespace botbox::actors
