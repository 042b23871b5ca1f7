// EngineStatistics: what an operator is shown beside the records: counts since the start and of the
// last hour, the newest cycles, alerts. Fed by the engine's notices and by its stored events; safe
// to use from any thread. Nothing depends on it: it is made anew at each start, the last hour from
// the event log.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/birth_index.hpp"
#include "actors/histogram.hpp"
#include "actors/signal_groups.hpp"
#include "engine/decide.hpp"
#include "engine/model/event.hpp"
#include "engine/model/reason_code.hpp"
#include "engine/model/time.hpp"

namespace botbox::actors {

inline constexpr Duration kStatisticsWindow{3'600'000};

// Of the last hour, in whole minutes.
struct RecentCounts {
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::map<std::string, std::uint64_t> rejected_by_reason;
  std::uint64_t trades_completed = 0;
  std::uint64_t trades_failed = 0;
  // From the decision to the order that is about to leave.
  std::uint64_t dispatched = 0;
  Duration dispatch_delay_sum{0};

  std::uint64_t generated() const { return accepted + rejected; }
  void add(const RecentCounts& other);
};

struct TotalCounts {
  std::uint64_t cycles = 0;
  std::uint64_t checks = 0;
  std::uint64_t failed_checks = 0;
  std::uint64_t signals = 0;
  std::uint64_t accepted = 0;
  std::map<std::string, std::uint64_t> refused_by_reason;
  std::uint64_t fills = 0;
  std::uint64_t positions_opened = 0;
  std::uint64_t positions_closed = 0;
  std::uint64_t trades_completed = 0;
  std::uint64_t trades_failed = 0;
  std::map<std::string, std::uint64_t> alerts_by_kind;
  std::uint64_t events = 0;
  DelayHistogram cycle_duration;
  DelayHistogram check_duration;
  DelayHistogram signal_to_order;
  Timestamp fleet_ready_at;                              // "never": it is starting
  std::size_t fleet_bots = 0;                            // when it was ready
  std::uint32_t evicted = 0;                             // bots out of memory at present
  std::map<std::string, std::uint64_t> dropped_by_kind;  // rows of the history
  std::map<std::string, std::uint64_t> bytes_by_kind;    // what is left takes, at the newest sweep
};

struct CycleSummary {
  CycleRecord newest;  // number 0: none yet
  Timestamp finished_at;
  Duration p50{0};  // of the newest 1,000
  Duration p99{0};
};

// How long things took, in seconds: upper bounds of the histogram's buckets.
struct DelaySpread {
  std::uint64_t count = 0;
  double p50 = 0;
  double p99 = 0;
};

// Of one cycle, and of the orders and commits since the one before.
struct CycleLatency {
  CycleRecord cycle;
  DelaySpread checks;   // from the hand to a bot to its durable answer
  DelaySpread orders;   // from the signal to the order that is about to leave
  DelaySpread commits;  // batches of the journal, their sync included
};

enum class AlertSeverity : std::uint8_t { kInfo, kWarning, kCritical };
std::string_view to_string(AlertSeverity severity);

// The kind of alert that this one says is over; empty: it says of none.
std::string_view alert_ended_by(std::string_view kind, std::string_view text);

// A condition that was told, of one subject. It stands until its end is told; one that has no end
// of its own counts as over after ten minutes without being told again.
struct AlertRecord {
  std::uint64_t number = 0;  // of this process, rising
  std::string kind;
  std::string text;     // as told the newest time
  std::string subject;  // which of several; empty: there is one
  AlertSeverity severity = AlertSeverity::kWarning;
  Timestamp raised_at;
  Timestamp told_at;     // newest time
  Timestamp cleared_at;  // "never": it stands
  std::uint32_t count = 1;
};

class EngineStatistics {
 public:
  void on_cycle(const CycleRecord& record, const DelayHistogram& checks, Timestamp now);
  void on_signal(CheckOutcome outcome, ReasonCode reason);
  void on_fills(std::uint32_t fills, bool is_opened, bool is_closed);
  void on_fleet_ready(std::size_t bots, Timestamp now);
  // How long all commits since the start took; asked for with each cycle, on its thread. Without
  // it latencies know of no commits.
  void follow_commits(std::function<Histogram()> commits);
  void on_evicted(std::uint32_t bots);
  // A sweep of the history: rows of this kind that it dropped, and what the others take (0: not
  // known).
  void on_swept(std::string_view kind, std::uint64_t rows, std::uint64_t bytes);
  void on_alert(std::string_view kind, std::string_view text, Timestamp now,
                std::string_view subject = {});
  // Events in the order of their numbers; each once.
  void on_event(const Event& event);
  // Those before the first of on_event, for what looks further back than it.
  void on_earlier_event(const storage::EventHead& event) { signal_groups_.on_event(event); }

  TotalCounts totals() const;
  RecentCounts recent(Timestamp now) const;
  CycleSummary cycles() const;
  // Newest first, at most 1,000 are known.
  std::vector<CycleLatency> latencies(std::size_t most) const;
  // Newest first, at most 500; the standing ones among them are never dropped for older ones.
  std::vector<AlertRecord> alerts(Timestamp now) const;
  const BirthIndex& births() const { return births_; }
  const SignalGroups& signal_groups() const { return signal_groups_; }
  // Detail of the newest event about the engine's mode since the start; empty: none.
  std::string mode_detail() const;

 private:
  struct Minute {
    std::int64_t minute = -1;
    RecentCounts counts;
  };
  static constexpr std::size_t kMinutes = 60;
  static constexpr std::size_t kCyclesKept = 1'000;
  static constexpr std::size_t kAlertsKept = 500;
  static constexpr std::size_t kPendingKept = 100'000;

  RecentCounts& minute_of(Timestamp at);
  void clear(std::string_view kind, std::string_view subject, Timestamp now);

  mutable std::mutex mutex_;
  TotalCounts totals_;
  std::array<Minute, kMinutes + 1> minutes_;
  std::deque<CycleLatency> latencies_;      // oldest first
  DelayHistogram orders_;                   // since the newest cycle
  std::function<Histogram()> commits_;      // null: nobody says
  Histogram commits_before_{kWriteBounds};  // until the newest cycle
  CycleRecord newest_cycle_;
  Timestamp cycle_finished_at_;
  std::deque<AlertRecord> alerts_;  // oldest first
  std::uint64_t alert_number_ = 0;
  std::unordered_map<std::string, Timestamp> pending_;  // trades that have not left yet
  std::string mode_detail_;
  BirthIndex births_;
  SignalGroups signal_groups_;
};

}  // namespace botbox::actors
