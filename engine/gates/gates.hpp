// Gates: one pure function each, in the fixed order of the domain document. Each answers with a
// Verdict: passed, or a stable reason code with the numbers behind it.
//
// A CLOSE passes every gate that exists to limit exposure; each gate says so at its head.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/gates/approved.hpp"
#include "engine/model/bot.hpp"
#include "engine/model/candle.hpp"
#include "engine/model/event.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/symbol_standing.hpp"
#include "engine/strategy/regime.hpp"

namespace botbox {

enum class ExchangeHealth : std::uint8_t { kHealthy, kUnhealthy };

// Room where the engine writes, in bytes. A full disk stops the engine (its commits fail), so
// entries end before that: what follows from those under way still has to be written.
struct DiskSpace {
  std::uint64_t free = UINT64_MAX;  // as last measured
  std::uint64_t floor = 0;          // less than this is too little

  bool is_low() const { return free < floor; }
  bool operator==(const DiskSpace&) const = default;
};

// What the account has for an entry. What is not known holds nobody back: the exchange decides
// then.
struct Funds {
  // Of the quote coin, less what other entries under way will take. Empty: not known.
  std::optional<Decimal> free;
  std::optional<Decimal> leverage;  // that a perpetual's margin is its worth divided by

  bool operator==(const Funds&) const = default;
};

// What a strategy, a webhook or an operator proposes, before any gate.
struct Candidate {
  SignalSource source = SignalSource::kStrategy;
  Direction direction = Direction::kLong;
  Timestamp candle_close;
  Timestamp emitted_at;  // webhooks: the alert's own time, or that it waited for; strategies: now
  Price entry;           // reference price: the close of the deciding candle
  double score = 0;
  std::vector<Condition> conditions;
  // From the bot's plan; kNone: from its strategy.
  ReasonCode reason = ReasonCode::kNone;
  Quantity part;            // of a CLOSE: no more than this; zero: all
  PositionId adds_to;       // scaling in: the open position; else empty
  std::uint32_t level = 0;  // scaling in: from 1 on
  Notional stake;           // scaling in: its cost
  // As the strategy says (engine/strategy/strategy.hpp).
  std::optional<RegimeKind> regime;
  bool trades_regime = true;
};

// Everything a gate may look at. References live as long as the walk.
struct GateContext {
  Timestamp now;
  EngineMode mode = EngineMode::kActive;
  ExchangeHealth exchange_health = ExchangeHealth::kHealthy;
  DiskSpace disk;
  Duration data_age{0};
  Duration data_age_max{120'000};
  Duration signal_age_max{120'000};         // webhooks only
  std::uint32_t open_positions_global = 0;  // positions and entries under way, all bots
  std::uint32_t max_open_positions_global = UINT32_MAX;
  RolloutCaps rollout;
  Funds funds;
  SymbolStanding standing;      // at the exchange, of the bot's symbol
  std::uint32_t live_bots = 0;  // that hold positions or have entries under way
  const BotConfig& config;
  const BotSnapshot& snapshot;
  const Instrument* instrument = nullptr;  // null: the exchange does not list the symbol
  const CandleSeries* series = nullptr;    // for levels at a swing; null: none is known
  std::optional<Price> atr;                // of the plan's period; empty: not known (yet)
  // Said by the fleet's book or ledger to this very candidate; the gate that it names refuses.
  std::optional<Verdict> fleet_refusal;
};

// What the gates worked out on the way: a size on the grid and levels on the tick.
struct SizedOrder {
  Candidate candidate;
  OrderSide side = OrderSide::kBuy;
  PositionId closes;       // CLOSE only
  Quantity quantity;       // zero: all that the entry under way will have bought (CLOSE only)
  Notional reserved;       // zero for CLOSE
  bool is_capped = false;  // smaller than its plan wanted, because of the rollout
  Price stop_loss;         // zero for CLOSE
  Price take_profit;       // zero: none
};

// The entry under way, with nothing of it filled yet, that this CLOSE is to end; null: there is
// none, or the CLOSE is about positions alone.
const PendingTrade* entry_to_close(const BotSnapshot& snapshot, const Candidate& candidate);

Verdict gate_engine_mode(const GateContext& context, const Candidate& candidate);
Verdict gate_bot_status(const GateContext& context, const Candidate& candidate);
Verdict gate_signal_age(const GateContext& context, const Candidate& candidate);
Verdict gate_data_freshness(const GateContext& context, const Candidate& candidate);
Verdict gate_market_type(const GateContext& context, const Candidate& candidate);
Verdict gate_symbol_lists(const GateContext& context, const Candidate& candidate);
Verdict gate_duplicate_position(const GateContext& context, const Candidate& candidate);
Verdict gate_pending_trade(const GateContext& context, const Candidate& candidate);
Verdict gate_cooldown(const GateContext& context, const Candidate& candidate);
Verdict gate_max_positions(const GateContext& context, const Candidate& candidate);
// No more bots than the rollout lets trade; its cap on an entry's size is gate_sizing()'s.
Verdict gate_rollout(const GateContext& context, const Candidate& candidate);
// Of the exchange, and of the symbol there: a difference that waits, the other side held, no room
// for stop and target. Whatever is known to keep the order from being sent is refused here.
Verdict gate_exchange_health(const GateContext& context, const Candidate& candidate);
Verdict gate_disk_space(const GateContext& context, const Candidate& candidate);
Verdict gate_regime(const GateContext& context, const Candidate& candidate);
// With positions of other bots. A level of scaling in was let in with its position.
Verdict gate_correlation(const GateContext& context, const Candidate& candidate);
// Locks that the bot's guards have set (engine/risk/guards.hpp), with the lock's own reason.
Verdict gate_risk_locks(const GateContext& context, const Candidate& candidate);
// The same of the guards of all bots.
Verdict gate_fleet_locks(const GateContext& context, const Candidate& candidate);
// These fill in the order as they go.
Verdict gate_sizing(const GateContext& context, SizedOrder& order);
// What the account has free, where it is known.
Verdict gate_balance(const GateContext& context, const SizedOrder& order);
Verdict gate_allocation(const GateContext& context, const SizedOrder& order);
Verdict gate_instrument_filters(const GateContext& context, const SizedOrder& order);
// What all bots together may hold. Asked last, as it counts the order's worth; the book itself is
// asked by the caller once everything else has passed, and its refusal is brought back here, as
// those of correlation and of the ledger's locks are to their gates.
Verdict gate_fleet(const GateContext& context, const SizedOrder& order);

// The protective orders that an entry of this bot comes with.
std::size_t legs_of(const BotConfig& config);

// What must be free for an entry: its worth, or the margin of a perpetual, and something for fees
// and a price that moves before the order arrives. Empty: the leverage is not known.
std::optional<Decimal> balance_needed(MarketType market, Notional worth,
                                      const std::optional<Decimal>& leverage);

// base * (1 + ratio), on the tick nearest to it.
Result<Price> level_at(Price base, Decimal ratio, const Instrument& instrument);

// '*' matches any run of characters; case-sensitive, over unified symbols.
bool matches_pattern(std::string_view pattern, std::string_view text);

// Walks all gates; the first refusal ends the walk.
class GateWalk {
 public:
  // `verdicts` gets every answer asked for, in order.
  static std::optional<Approved<SizedOrder>> run(const GateContext& context, Candidate candidate,
                                                 std::vector<Verdict>& verdicts);
};

}  // namespace botbox
