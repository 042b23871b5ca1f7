#include "actors/metrics_page.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <map>

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;

// Collects them under the product's prefix.
class PageWriter {
 public:
  explicit PageWriter(MetricsPage& page) : page_(page) {}

  template <class Value>
  void gauge(const std::string& name, const std::string& help, Value value) {
    add(name, help, MetricKind::kGauge).push_back({{}, static_cast<double>(value)});
  }
  template <class Value>
  void counter(const std::string& name, const std::string& help, Value value) {
    add(name + "_total", help, MetricKind::kCounter).push_back({{}, static_cast<double>(value)});
  }
  // What it returns is good until the next one is added.
  std::vector<MetricSample>& add(const std::string& name, const std::string& help,
                                 MetricKind kind) {
    page_.metrics.push_back({"botbox_" + name, help, kind, {}});
    return page_.metrics.back().samples;
  }
  void histogram(const std::string& name, const std::string& help, const Histogram& histogram) {
    page_.histograms.push_back({"botbox_" + name, help, histogram});
  }

 private:
  MetricsPage& page_;
};

double seconds(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

void add_fleet(PageWriter& out, const FleetCounts& fleet) {
  auto& bots = out.add("bots", "Bots by status.", MetricKind::kGauge);
  const auto with = [&bots](const char* status, std::size_t count) {
    bots.push_back({{{"status", status}}, static_cast<double>(count)});
  };
  with("active", fleet.active);
  with("paused", fleet.paused);
  with("quarantined", fleet.quarantined);
  with("archived", fleet.archived);
  out.gauge("positions_open", "Open positions.", fleet.open_positions);
  out.gauge("positions_without_stop", "Open positions without a stop.", fleet.unprotected);
  out.gauge("positions_dust", "Open positions too small for any order.", fleet.dust);
  out.gauge("reconciliation_differences",
            "Where exchange and records disagree, ignored ones apart.", fleet.differences);
  out.gauge("trades_pending", "Trades of bots that are not final.", fleet.pending);
  out.gauge("profit_realized", "Closed profit, fees paid, quote currency.",
            to_double_for_indicator(fleet.realised.value));
  out.gauge("profit_unrealized", "Profit of open positions at the newest closes.",
            to_double_for_indicator(fleet.unrealised.value));
}

void add_totals(PageWriter& out, const TotalCounts& totals) {
  out.gauge("bots_evicted", "Idle bots that are out of memory until they are due.", totals.evicted);
  out.counter("cycles", "Cycles of the scheduler.", totals.cycles);
  out.counter("checks", "Checks of bots.", totals.checks);
  out.counter("checks_failed", "Checks that failed.", totals.failed_checks);
  out.counter("signals", "Signals of bots.", totals.signals);
  out.counter("signals_accepted", "Signals that became an order intent.", totals.accepted);
  auto& refused =
      out.add("signals_refused_total", "Signals that did not, by reason.", MetricKind::kCounter);
  for (const auto& [reason, count] : totals.refused_by_reason)
    refused.push_back({{{"reason", reason}}, static_cast<double>(count)});
  out.counter("fills", "Fills.", totals.fills);
  out.counter("positions_opened", "Positions opened.", totals.positions_opened);
  out.counter("positions_closed", "Positions closed.", totals.positions_closed);
  out.counter("trades_completed", "Trades completed.", totals.trades_completed);
  out.counter("trades_failed", "Trades failed.", totals.trades_failed);
  out.counter("events", "Events written.", totals.events);
  auto& alerts = out.add("alerts_total", "Alerts told, by kind.", MetricKind::kCounter);
  for (const auto& [kind, count] : totals.alerts_by_kind)
    alerts.push_back({{{"kind", kind}}, static_cast<double>(count)});
  auto& dropped = out.add("history_dropped_total", "Rows of the history dropped, by kind.",
                          MetricKind::kCounter);
  for (const auto& [kind, count] : totals.dropped_by_kind)
    dropped.push_back({{{"kind", kind}}, static_cast<double>(count)});
  auto& bytes = out.add("history_bytes", "What rows of the history take, at the newest sweep.",
                        MetricKind::kGauge);
  for (const auto& [kind, count] : totals.bytes_by_kind)
    bytes.push_back({{{"kind", kind}}, static_cast<double>(count)});
  out.histogram("cycle_duration_seconds", "From the tick to the last outcome of a cycle.",
                totals.cycle_duration);
  out.histogram("check_duration_seconds", "From a check handed out to its decision on the disk.",
                totals.check_duration);
  out.histogram("signal_to_order_seconds", "From a decision to its order about to leave.",
                totals.signal_to_order);
}

void add_actors(PageWriter& out, const EngineFacts& facts) {
  std::vector<MetricSample> depths;
  std::vector<MetricSample> silent;
  for (const ActorFacts& actor : facts.actors) {
    silent.push_back({{{"actor", actor.name}}, actor.mailbox ? 0.0 : 1.0});
    if (actor.mailbox)
      depths.push_back({{{"actor", actor.name}}, static_cast<double>(*actor.mailbox)});
  }
  out.add("mailbox_depth", "Messages that wait for an actor of the engine.", MetricKind::kGauge) =
      std::move(depths);
  out.add("actor_silent", "1: it did not answer within a second.", MetricKind::kGauge) =
      std::move(silent);
  if (!facts.fleet) return;
  out.counter("bot_restarts", "Bots started again.", facts.fleet->restarts);
  out.gauge("live_bots", "Bots with positions or entries under way.", facts.fleet->live_bots);
}

void add_calls(PageWriter& out, const CallsTold& calls) {
  const auto each = [&](const char* name, const char* help, auto value) {
    auto& rows = out.add(name, help, MetricKind::kCounter);
    for (std::size_t i = 0; i < kEndpoints.size(); ++i)
      rows.push_back({{{"exchange", calls.exchange}, {"endpoint", std::string(kEndpoints[i])}},
                      static_cast<double>(value(calls.by_endpoint[i]))});
  };
  each("exchange_requests_total", "Requests to the exchange.",
       [](const EndpointCalls& endpoint) { return endpoint.requests; });
  each("exchange_weight_total", "Their weight, as the exchange counts it.",
       [](const EndpointCalls& endpoint) { return endpoint.weight; });
  each("exchange_failures_total", "Requests without an answer of the exchange.",
       [](const EndpointCalls& endpoint) { return endpoint.failed; });
  each("exchange_rate_limited_total", "Requests that the exchange refused as too many.",
       [](const EndpointCalls& endpoint) { return endpoint.rate_limited; });
  auto& offset = out.add("exchange_clock_offset_seconds", "The exchange's clock minus ours.",
                         MetricKind::kGauge);
  if (calls.clock_offset)
    offset.push_back({{{"exchange", calls.exchange}}, seconds(*calls.clock_offset)});
}

// An account may have dust of hundreds of coins.
void add_balances(PageWriter& out, const BalanceBook::Shown& shown) {
  constexpr std::size_t kCoinsMax = 50;
  auto& rows =
      out.add("account_balance", "What the account has free of a coin.", MetricKind::kGauge);
  for (const BalanceBook::Row& row : shown.rows)
    if (rows.size() < kCoinsMax)
      rows.push_back({{{"coin", row.asset.value}}, to_double_for_indicator(row.free)});
}

void add_cache(PageWriter& out, const CacheTold& cache, Timestamp now) {
  std::map<Timeframe, Duration> oldest;
  Duration oldest_of_all{0};
  for (const SeriesFacts& series : cache.series) {
    const Duration age = age_of(series, now);
    Duration& of_timeframe = oldest[series.timeframe];
    of_timeframe = std::max(of_timeframe, age);
    oldest_of_all = std::max(oldest_of_all, age);
  }
  out.gauge("data_age_max_seconds", "Age of the oldest series in use.", seconds(oldest_of_all));
  auto& ages = out.add("data_age_seconds", "Age of the oldest series in use, by timeframe.",
                       MetricKind::kGauge);
  for (const auto& [timeframe, age] : oldest)
    ages.push_back({{{"timeframe", to_string(timeframe)}}, seconds(age)});
  out.gauge("cache_series", "Series in the cache.", cache.series.size());
  out.counter("cache_hits", "Views that needed no fetch.", cache.hits);
  out.counter("cache_fetches", "Fetches of candles.", cache.fetches);
}

void add_alerts(PageWriter& out, const EngineView& view) {
  std::map<std::string, std::size_t> by_kind;
  std::size_t standing = 0;
  for (const AlertRecord& alert : view.statistics.alerts(view.now)) {
    if (!alert.cleared_at.is_never()) continue;
    ++by_kind[alert.kind];
    ++standing;
  }
  out.gauge("alerts_standing", "Alerts that stand.", standing);
  auto& rows = out.add("alert_standing", "Alerts that stand, by kind.", MetricKind::kGauge);
  for (const auto& [kind, count] : by_kind)
    rows.push_back({{{"kind", kind}}, static_cast<double>(count)});
}

void add_facts(PageWriter& out, const EngineFacts& facts, Timestamp now) {
  out.counter("commits", "Commits made durable.", facts.commits);
  out.counter("commit_groups", "Synced batches.", facts.commit_groups);
  out.histogram("commit_duration_seconds", "Writing and syncing one batch.", facts.commit_seconds);
  out.histogram("commit_group_size", "Commits of one batch.", facts.commit_group_size);
  add_actors(out, facts);
  if (facts.calls) add_calls(out, *facts.calls);
  if (facts.queue) {
    out.gauge("queue_depth", "Trades in the queue.", facts.queue->size);
    out.gauge("queue_outcome_unknown", "Trades without a definite answer.", facts.queue->unknown);
    out.gauge("queue_recovering", "Orders of before the start that are still asked for.",
              facts.queue->recovering);
    auto& stages = out.add("queue_trades", "Trades in the queue by stage.", MetricKind::kGauge);
    for (std::size_t stage = 0; stage < facts.queue->by_stage.size(); ++stage)
      stages.push_back({{{"stage", std::string(to_string(static_cast<QueueStage>(stage)))}},
                        static_cast<double>(facts.queue->by_stage[stage])});
  }
  if (facts.limiter) {
    const LimiterSnapshot& snapshot = facts.limiter->snapshot;
    auto& used = out.add("limiter_used_ratio", "Used share of a window.", MetricKind::kGauge);
    for (const WindowUsage& window : snapshot.windows)
      used.push_back(
          {{{"exchange", facts.limiter->exchange}, {"window", window.name}}, window.ratio});
    out.gauge("limiter_stopped", "1: the exchange told us to stop.",
              snapshot.stopped_until > now ? 1 : 0);
    out.gauge("limiter_condition", "0 ok, 1 alert, 2 paused, 3 stopped.",
              static_cast<int>(snapshot.condition));
  }
  add_balances(out, facts.balances);
  if (facts.cache) add_cache(out, *facts.cache, now);
}

}  // namespace

MetricsPage collect_metrics(const EngineView& view, const FleetCounts& fleet,
                            const EngineState& engine) {
  MetricsPage page;
  PageWriter out(page);
  out.add("info", "What runs here.", MetricKind::kGauge)
      .push_back({{{"version", view.identity.version}, {"exchange", view.identity.exchange}}, 1});
  out.gauge("uptime_seconds", "Since the start.", seconds(view.now - view.identity.started_at));
  out.gauge("engine_mode", "0 active, 1 reducing, 2 halted.", static_cast<int>(engine.mode));
  out.gauge("live_trading", "1: orders leave.", engine.live_trading ? 1 : 0);
  add_fleet(out, fleet);
  const TotalCounts totals = view.statistics.totals();
  add_totals(out, totals);
  if (!totals.fleet_ready_at.is_never())
    out.gauge("recovery_seconds", "From the start of the process to the whole fleet at work.",
              seconds(totals.fleet_ready_at - view.identity.started_at));
  const CycleSummary cycles = view.statistics.cycles();
  if (!cycles.finished_at.is_never())
    out.gauge("cycle_age_seconds", "Since the newest cycle ended.",
              seconds(view.now - cycles.finished_at));
  out.gauge("check_due_seconds", "How long the bot that is due the longest has been due.",
            seconds(longest_due(view, fleet)));
  add_alerts(out, view);
  add_facts(out, view.facts, view.now);
  if (view.identity.memory_bytes)
    out.gauge("memory_resident_bytes", "Resident memory.", view.identity.memory_bytes());
  if (view.identity.disk_free)
    if (const auto free = view.identity.disk_free())
      out.gauge("disk_free_bytes", "Room for the data directory.", *free);
  return page;
}

std::string to_prometheus_text(const MetricsPage& page) {
  std::vector<prometheus::MetricFamily> families;
  for (const Metric& metric : page.metrics) {
    const bool is_counter = metric.kind == MetricKind::kCounter;
    prometheus::MetricFamily family{
        metric.name,
        metric.help,
        is_counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge,
        {}};
    for (const MetricSample& sample : metric.samples) {
      prometheus::ClientMetric row;
      for (const auto& [name, value] : sample.labels) row.label.push_back({name, value});
      (is_counter ? row.counter.value : row.gauge.value) = sample.value;
      family.metric.push_back(std::move(row));
    }
    families.push_back(std::move(family));
  }
  for (const HistogramMetric& metric : page.histograms) {
    prometheus::MetricFamily family{
        metric.name, metric.help, prometheus::MetricType::Histogram, {}};
    prometheus::ClientMetric row;
    row.histogram.sample_count = metric.histogram.count;
    row.histogram.sample_sum = metric.histogram.sum;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < metric.histogram.counts.size(); ++i) {
      below += metric.histogram.counts[i];
      const double bound = i < metric.histogram.bounds.size()
                               ? metric.histogram.bounds[i]
                               : std::numeric_limits<double>::infinity();
      row.histogram.bucket.push_back({below, bound});
    }
    family.metric.push_back(std::move(row));
    families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

Json to_json(const MetricsPage& page) {
  Json all = Json::object();
  for (const Metric& metric : page.metrics) {
    if (metric.samples.size() == 1 && metric.samples.front().labels.empty()) {
      all[metric.name] = metric.samples.front().value;
      continue;
    }
    Json samples = Json::array();
    for (const MetricSample& sample : metric.samples) {
      Json row = Json::object();
      for (const auto& [name, value] : sample.labels) row[name] = value;
      row["value"] = sample.value;
      samples.push_back(std::move(row));
    }
    all[metric.name] = std::move(samples);
  }
  for (const HistogramMetric& metric : page.histograms)
    all[metric.name] = {{"count", metric.histogram.count}, {"sum", metric.histogram.sum}};
  return all;
}

}  // namespace botbox::actors
