#include "actors/engine_statistics.hpp"

#include <algorithm>

#include "engine/notify/alert_ends.hpp"
#include "engine/notify/alert_severity.hpp"

namespace botbox::actors {
namespace {

constexpr Duration kNoticeLife{600'000};

// One that has an end of its own stands until that is told.
bool stands(const AlertRecord& alert, Timestamp now) {
  if (!alert.cleared_at.is_never()) return false;
  const bool has_end =
      alert.kind == "exchange.health" || alert.kind == "limiter" ||
      std::ranges::find(kAlertEnds, alert.kind, &AlertEnd::ended) != kAlertEnds.end();
  return has_end || now - alert.told_at < kNoticeLife;
}

DelaySpread spread_of(const Histogram& values) {
  return {values.count, values.quantile(0.5), values.quantile(0.99)};
}

}  // namespace

std::string_view to_string(AlertSeverity severity) {
  switch (severity) {
    case AlertSeverity::kInfo: return "info";
    case AlertSeverity::kWarning: return "warning";
    case AlertSeverity::kCritical: return "critical";
  }
  return "?";
}

void RecentCounts::add(const RecentCounts& other) {
  accepted += other.accepted;
  rejected += other.rejected;
  for (const auto& [reason, count] : other.rejected_by_reason) rejected_by_reason[reason] += count;
  trades_completed += other.trades_completed;
  trades_failed += other.trades_failed;
  dispatched += other.dispatched;
  dispatch_delay_sum += other.dispatch_delay_sum;
}

void EngineStatistics::on_cycle(const CycleRecord& record, const DelayHistogram& checks,
                                Timestamp now) {
  const std::lock_guard lock(mutex_);
  ++totals_.cycles;
  totals_.checks += record.found;
  totals_.failed_checks += record.failed;
  totals_.cycle_duration.add(record.duration);
  totals_.check_duration.merge(checks);
  newest_cycle_ = record;
  cycle_finished_at_ = now;
  CycleLatency latency{record, spread_of(checks), spread_of(std::exchange(orders_, {})), {}};
  if (commits_) {
    Histogram commits = commits_();
    latency.commits = spread_of(difference(commits, commits_before_));
    commits_before_ = std::move(commits);
  }
  latencies_.push_back(latency);
  if (latencies_.size() > kCyclesKept) latencies_.pop_front();
}

void EngineStatistics::follow_commits(std::function<Histogram()> commits) {
  const std::lock_guard lock(mutex_);
  commits_ = std::move(commits);
}

void EngineStatistics::on_signal(CheckOutcome outcome, ReasonCode reason) {
  const std::lock_guard lock(mutex_);
  ++totals_.signals;
  if (outcome == CheckOutcome::kAccepted)
    ++totals_.accepted;
  else
    ++totals_.refused_by_reason[std::string(botbox::to_string(reason))];
}

void EngineStatistics::on_fills(std::uint32_t fills, bool is_opened, bool is_closed) {
  const std::lock_guard lock(mutex_);
  totals_.fills += fills;
  totals_.positions_opened += is_opened ? 1 : 0;
  totals_.positions_closed += is_closed ? 1 : 0;
}

void EngineStatistics::on_fleet_ready(std::size_t bots, Timestamp now) {
  const std::lock_guard lock(mutex_);
  totals_.fleet_ready_at = now;
  totals_.fleet_bots = bots;
  orders_ = {};  // of the last hour, read anew
}

void EngineStatistics::on_swept(std::string_view kind, std::uint64_t rows, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  totals_.dropped_by_kind[std::string(kind)] += rows;
  if (bytes > 0) totals_.bytes_by_kind[std::string(kind)] = bytes;
}

void EngineStatistics::on_evicted(std::uint32_t bots) {
  const std::lock_guard lock(mutex_);
  totals_.evicted = bots;
}

void EngineStatistics::clear(std::string_view kind, std::string_view subject, Timestamp now) {
  for (AlertRecord& alert : alerts_)
    if (alert.kind == kind && alert.subject == subject && alert.cleared_at.is_never())
      alert.cleared_at = now;
}

void EngineStatistics::on_alert(std::string_view kind, std::string_view text, Timestamp now,
                                std::string_view subject) {
  const std::lock_guard lock(mutex_);
  ++totals_.alerts_by_kind[std::string(kind)];
  const std::string_view ended = alert_ended_by(kind, text);
  if (!ended.empty()) return clear(ended, subject, now);
  const auto same = std::find_if(alerts_.rbegin(), alerts_.rend(), [&](const AlertRecord& a) {
    const bool is_same = subject.empty() ? a.text == text : a.subject == subject;
    return a.kind == kind && is_same && stands(a, now);
  });
  if (same != alerts_.rend()) {
    ++same->count;
    same->told_at = now;
    same->text = text;
    return;
  }
  alerts_.push_back(
      {.number = ++alert_number_,
       .kind = std::string(kind),
       .text = std::string(text),
       .subject = std::string(subject),
       .severity = is_critical_alert(kind) ? AlertSeverity::kCritical : AlertSeverity::kWarning,
       .raised_at = now,
       .told_at = now,
       .cleared_at = {}});
  if (alerts_.size() <= kAlertsKept) return;
  const auto over = std::find_if(alerts_.begin(), alerts_.end(),
                                 [&](const AlertRecord& alert) { return !stands(alert, now); });
  alerts_.erase(over != alerts_.end() ? over : alerts_.begin());
}

RecentCounts& EngineStatistics::minute_of(Timestamp at) {
  const std::int64_t minute = at.ms / 60'000;
  Minute& slot = minutes_[static_cast<std::size_t>(minute) % minutes_.size()];
  if (slot.minute < minute) slot = {minute, {}};
  return slot.counts;
}

void EngineStatistics::on_event(const Event& event) {
  births_.on_event(event);
  signal_groups_.on_event({.sequence = event.sequence,
                           .at = event.at,
                           .kind = event.kind,
                           .bot = event.bot.value,
                           .subject = event.subject});
  const std::lock_guard lock(mutex_);
  ++totals_.events;
  RecentCounts& counts = minute_of(event.at);
  if (event.kind == "signal.accepted") {
    ++counts.accepted;
  } else if (event.kind == "signal.rejected") {
    ++counts.rejected;
    ++counts.rejected_by_reason[event.detail];
  } else if (event.kind == "trade.pending") {
    if (pending_.size() >= kPendingKept) pending_.clear();
    pending_.emplace(event.subject, event.at);
  } else if (event.kind == "trade.executing") {
    const auto found = pending_.find(event.subject);
    if (found == pending_.end()) return;  // sent again, or from before the start
    const Duration delay = std::max(Duration{0}, event.at - found->second);
    pending_.erase(found);
    ++counts.dispatched;
    counts.dispatch_delay_sum += delay;
    totals_.signal_to_order.add(delay);
    orders_.add(delay);
  } else if (event.kind == "trade.completed") {
    ++counts.trades_completed;
    ++totals_.trades_completed;
  } else if (event.kind == "trade.failed") {
    ++counts.trades_failed;
    ++totals_.trades_failed;
    pending_.erase(event.subject);
  } else if (event.kind == "engine.mode") {
    mode_detail_ = event.detail;
  }
}

TotalCounts EngineStatistics::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

RecentCounts EngineStatistics::recent(Timestamp now) const {
  const std::lock_guard lock(mutex_);
  const std::int64_t newest = now.ms / 60'000;
  RecentCounts sum;
  for (const Minute& slot : minutes_)
    if (slot.minute > newest - static_cast<std::int64_t>(kMinutes)) sum.add(slot.counts);
  return sum;
}

CycleSummary EngineStatistics::cycles() const {
  const std::lock_guard lock(mutex_);
  CycleSummary summary{newest_cycle_, cycle_finished_at_, {}, {}};
  if (latencies_.empty()) return summary;
  std::vector<Duration> sorted;
  sorted.reserve(latencies_.size());
  for (const CycleLatency& latency : latencies_) sorted.push_back(latency.cycle.duration);
  std::ranges::sort(sorted);
  const auto at = [&](std::size_t percent) {
    return sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)];
  };
  summary.p50 = at(50);
  summary.p99 = at(99);
  return summary;
}

std::vector<CycleLatency> EngineStatistics::latencies(std::size_t most) const {
  const std::lock_guard lock(mutex_);
  const auto count = static_cast<std::ptrdiff_t>(std::min(most, latencies_.size()));
  return {latencies_.rbegin(), latencies_.rbegin() + count};
}

std::vector<AlertRecord> EngineStatistics::alerts(Timestamp now) const {
  const std::lock_guard lock(mutex_);
  std::vector<AlertRecord> newest(alerts_.rbegin(), alerts_.rend());
  for (AlertRecord& alert : newest)
    if (alert.cleared_at.is_never() && !stands(alert, now))
      alert.cleared_at = alert.told_at + kNoticeLife;
  return newest;
}

std::string EngineStatistics::mode_detail() const {
  const std::lock_guard lock(mutex_);
  return mode_detail_;
}

}  // namespace botbox::actors
