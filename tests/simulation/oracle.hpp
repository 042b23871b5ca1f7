// Oracle: knows what was promised, watches every border of the engine, and says what was broken.
//
// It sees three things only: what the disk acknowledged, what was sent to and arrived at the
// exchange, and what observers were told. It never looks into an actor.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "actors/protocol.hpp"
#include "exchange/paper/paper_exchange.hpp"
#include "storage/store.hpp"
#include "tests/simulation/trace.hpp"

namespace botbox::simulation {

enum class Invariant : std::uint8_t {
  kOneOrderPerClientId,  // the venue accepts a client id once, and the order does not come again
  kOneOrderPerDecision,  // one accepted order per intent, and per bot, candle and direction
  kIdOfTheDecision,      // a client id is a pure function of installation, intent and leg
  kIntentBeforeOrder,    // intent PENDING and trade EXECUTING are on disk before the order leaves
  kDurableBeforeSeen,    // an observer is told of nothing that a crash could undo
  kNothingLost,          // what the disk acknowledged is there after every crash
  kOneFinalState,        // every intent and trade ends, and the end does not change
  kWindowsKept,          // 80 % of every published window, over all lives of the engine
  kBooksAgree,           // the engine's fills are the exchange's fills, no more and no less
  kRecordsAgree,         // storage::verify finds nothing
  kAlarmKept,            // no check is early, and none is made twice for one due time
  kGoesOn,               // once the faults stop every active bot looks again, every queue empties
  kStarts,               // the engine starts on what a crash left
  kOneStop,  // an open position has one live stop at the exchange, where the records say
  kSameSeedSameRun,
};
inline constexpr std::size_t kInvariants = 15;
std::string_view to_string(Invariant invariant);

struct Violation {
  Invariant invariant;
  Timestamp at;
  std::string text;
};

class Oracle {
 public:
  Oracle(Trace& trace, RateLimiterConfig limits, InstallationId installation)
      : trace_(trace), limits_(std::move(limits)), installation_(std::move(installation)) {}

  // -- disk
  void on_acknowledged(Timestamp now, const storage::WriteBatch& batch);
  // Before the first write of a new life.
  void on_recovered(Timestamp now, const storage::Store& store);

  // -- exchange
  void on_call(Timestamp now, std::int64_t orders);
  void on_order_sent(Timestamp now, const OrderRequest& order);
  void on_order_arrived(Timestamp now, const OrderRequest& order,
                        const Result<OrderReport>& answer);
  void on_stop_sent(Timestamp now, const PositionId& position, Price trigger);
  // After every step: what stands at the exchange for each open position.
  void on_stops(Timestamp now, const std::vector<exchange::PaperExchange::StandingStops>& stops);

  // -- observers
  void on_signal(Timestamp now, const actors::SignalNoticed& notice);
  void on_fills(Timestamp now, const actors::FillsNoticed& notice);

  // -- the end; each empty when all is well
  std::string unfinished() const;
  std::string difference(const std::vector<OrderReport>& venue) const;
  // Of stops that stand elsewhere than the records say.
  std::string misplaced(const std::vector<exchange::PaperExchange::StandingStops>& stops) const;

  void violated(Invariant invariant, Timestamp at, std::string text);
  const std::vector<Violation>& violations() const { return violations_; }

  std::size_t trades() const { return trades_.size(); }
  std::size_t fills() const { return fills_.size(); }
  std::size_t accepted_orders() const { return accepted_orders_; }

 private:
  using Decision = std::tuple<std::string, std::int64_t, Direction>;  // bot, candle close
  struct Alarm {
    Timestamp last_check_at;
    Timestamp next_check_at;
  };
  struct BotCounts {
    std::uint64_t accepted = 0;  // signals
    std::uint64_t fills = 0;
  };

  void on_trade(Timestamp now, const storage::Put& put);
  void on_intent(Timestamp now, const storage::Put& put);
  void on_signal_row(const storage::Put& put);
  void on_snapshot(Timestamp now, const storage::Put& put);
  void on_position_row(const storage::Put& put);
  void on_fill_row(Timestamp now, const storage::Put& put);
  void check_windows(Timestamp now, LimitKind kind, const std::deque<Timestamp>& used);

  std::map<std::string, std::vector<Price>> stops_;  // durable, by position, newest last
  Trace& trace_;
  RateLimiterConfig limits_;
  InstallationId installation_;
  std::vector<Violation> violations_;
  std::array<std::size_t, kInvariants> times_{};

  // As acknowledged by the disk.
  std::map<std::string, Trade> trades_;         // by trade id, which is the client order id
  std::map<std::string, OrderIntent> intents_;  // by key
  std::map<std::string, Decision> decisions_;   // by signal id
  std::map<std::string, Fill> fills_;           // by execution id
  std::map<std::string, std::string> rows_;     // bytes of those rows, by kind and key
  std::map<std::string, Alarm> alarms_;         // by bot
  std::map<std::string, BotCounts> durable_;    // by bot
  std::map<std::string, BotCounts> base_;       // durable_ when this life began
  std::map<std::string, BotCounts> told_;       // in this life

  std::map<std::string, std::uint32_t> accepted_by_id_;
  std::map<std::string, std::string> accepted_by_intent_;  // -> client id
  std::map<Decision, std::string> accepted_by_decision_;
  std::size_t accepted_orders_ = 0;
  std::deque<Timestamp> calls_;
  std::deque<Timestamp> orders_;
};

}  // namespace botbox::simulation
