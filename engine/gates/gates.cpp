#include "engine/gates/gates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/risk/fleet_book.hpp"
#include "engine/risk/fleet_ledger.hpp"
#include "engine/risk/guards.hpp"

namespace botbox {
namespace {

Verdict pass(std::string_view gate) { return {std::string(gate), ReasonCode::kNone, {}}; }
bool closes(const Candidate& candidate) { return candidate.direction == Direction::kClose; }

const Position* open_position(const GateContext& context) {
  for (const Position& position : context.snapshot.open_positions)
    if (position.symbol == context.config.symbol) return &position;
  return nullptr;
}

Verdict said_by_the_fleet(const GateContext& context, std::string_view gate) {
  const std::optional<Verdict>& said = context.fleet_refusal;
  return said && said->gate == gate ? *said : pass(gate);
}

}  // namespace

// A strategy looks again with each candle, and what it says of a position that it has not got is no
// word on the entry.
const PendingTrade* entry_to_close(const BotSnapshot& snapshot, const Candidate& candidate) {
  return candidate.source == SignalSource::kStrategy ? nullptr : opening_trade(snapshot);
}

// REDUCING lets only CLOSE through; HALTED nothing: then only cancels and the protective orders
// that already stand at the exchange still work. The emergency pause is REDUCING.
Verdict gate_engine_mode(const GateContext& context, const Candidate& candidate) {
  constexpr std::string_view kGate = "engine_mode";
  if (context.mode == EngineMode::kHalted)
    return refuse(kGate, ReasonCode::kEngineHalted, "the engine is HALTED");
  if (context.mode == EngineMode::kReducing && !closes(candidate))
    return refuse(kGate, ReasonCode::kEngineReducing, "the engine is REDUCING, only closes pass");
  return pass(kGate);
}

Verdict gate_bot_status(const GateContext& context, const Candidate& candidate) {
  constexpr std::string_view kGate = "bot_status";
  const BotStatus status = context.snapshot.status;
  if (status == BotStatus::kActive || (closes(candidate) && status != BotStatus::kArchived))
    return pass(kGate);
  return refuse(kGate, ReasonCode::kBotNotActive, fmt::format("bot is {}", to_string(status)));
}

// Strategy signals are as old as their data, which the next gate asks about.
Verdict gate_signal_age(const GateContext& context, const Candidate& candidate) {
  constexpr std::string_view kGate = "signal_age";
  if (candidate.source != SignalSource::kWebhook) return pass(kGate);
  const Duration age = context.now - candidate.emitted_at;
  if (age <= context.signal_age_max) return pass(kGate);
  return refuse(
      kGate, ReasonCode::kSignalExpired,
      fmt::format("signal is {} old, at most {}", humanize(age), humanize(context.signal_age_max)));
}

// Asked for a CLOSE as well: a level computed from old data is wrong in both directions. The stop
// at the exchange does not depend on it.
Verdict gate_data_freshness(const GateContext& context, const Candidate& candidate) {
  constexpr std::string_view kGate = "data_freshness";
  if (candidate.source == SignalSource::kManual && closes(candidate)) return pass(kGate);
  if (context.data_age <= context.data_age_max) return pass(kGate);
  return refuse(kGate, ReasonCode::kDataStale,
                fmt::format("data is {} old, at most {}", humanize(context.data_age),
                            humanize(context.data_age_max)));
}

Verdict gate_market_type(const GateContext& context, const Candidate& candidate) {
  constexpr std::string_view kGate = "market_type";
  if (context.instrument == nullptr)
    return refuse(kGate, ReasonCode::kSymbolNotAllowed,
                  fmt::format("{} is not listed on the exchange", context.config.symbol.value));
  if (context.instrument->market != context.config.market)
    return refuse(kGate, ReasonCode::kMarketTypeMismatch,
                  fmt::format("bot trades {}, {} is {}", to_string(context.config.market),
                              context.config.symbol.value, to_string(context.instrument->market)));
  if (candidate.direction == Direction::kShort && context.config.market == MarketType::kSpot)
    return refuse(kGate, ReasonCode::kMarketTypeMismatch, "spot cannot be sold short");
  return pass(kGate);
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] != '*' && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

// The lists limit what may be entered; a position that exists may always be closed.
Verdict gate_symbol_lists(const GateContext& context, const Candidate& candidate) {
  constexpr std::string_view kGate = "symbol_lists";
  if (closes(candidate)) return pass(kGate);
  const std::string& symbol = context.config.symbol.value;
  const auto matches = [&](const std::string& pattern) { return matches_pattern(pattern, symbol); };
  const auto& allow = context.config.allow_list;
  if (!allow.empty() && std::none_of(allow.begin(), allow.end(), matches))
    return refuse(kGate, ReasonCode::kSymbolNotAllowed, symbol + " is not on the allow list");
  const auto& block = context.config.block_list;
  if (const auto hit = std::find_if(block.begin(), block.end(), matches); hit != block.end())
    return refuse(kGate, ReasonCode::kSymbolBlocked,
                  fmt::format("{} matches '{}' on the block list", symbol, *hit));
  return pass(kGate);
}

// One position per symbol and bot: an entry beside an open position on the same side is a
// duplicate, one on the other side would net against it. A CLOSE needs something to close; where
// somebody else than the strategy says it, that may be an entry that has bought nothing yet.
Verdict gate_duplicate_position(const GateContext& context, const Candidate& candidate) {
  constexpr std::string_view kGate = "duplicate_position";
  const Position* open = open_position(context);
  if (closes(candidate)) {
    if (open != nullptr || entry_to_close(context.snapshot, candidate) != nullptr)
      return pass(kGate);
    return refuse(kGate, ReasonCode::kNothingToClose, "no open position");
  }
  if (open == nullptr || open->id == candidate.adds_to) return pass(kGate);
  return refuse(kGate, ReasonCode::kDuplicatePosition,
                fmt::format("{} {} is open, {} wanted", to_string(open->side),
                            to_string(open->quantity), to_string(side_of(candidate.direction))));
}

Verdict gate_pending_trade(const GateContext& context, const Candidate& candidate) {
  constexpr std::string_view kGate = "pending_trade";
  for (const PendingTrade& pending : context.snapshot.pending) {
    // A close is not held up by an entry that has filled in part, only by another close.
    if (closes(candidate) && pending.direction != Direction::kClose) continue;
    return refuse(
        kGate, ReasonCode::kTradePending,
        fmt::format("{} trade {} is under way", to_string(pending.direction), pending.id.value));
  }
  return pass(kGate);
}

Verdict gate_cooldown(const GateContext& context, const Candidate& candidate) {
  constexpr std::string_view kGate = "cooldown";
  // A level of scaling in belongs to the trade that opened the position.
  if (closes(candidate) || !candidate.adds_to.empty() || context.snapshot.last_trade_at.is_never())
    return pass(kGate);
  // A trade of a time that is to come, since the clock was set back, was made now.
  const Duration since = std::max(Duration{0}, context.now - context.snapshot.last_trade_at);
  // A bot trades one symbol, so both cooldowns count from its last trade.
  if (since < context.config.cooldown_symbol)
    return refuse(kGate, ReasonCode::kCooldownSymbol,
                  fmt::format("last trade {} ago, cooldown {}", humanize(since),
                              humanize(context.config.cooldown_symbol)));
  if (since < context.config.cooldown_bot)
    return refuse(kGate, ReasonCode::kCooldownBot,
                  fmt::format("last trade {} ago, cooldown {}", humanize(since),
                              humanize(context.config.cooldown_bot)));
  return pass(kGate);
}

Verdict gate_max_positions(const GateContext& context, const Candidate& candidate) {
  constexpr std::string_view kGate = "max_positions";
  if (closes(candidate) || !candidate.adds_to.empty()) return pass(kGate);
  std::size_t own = context.snapshot.open_positions.size();
  for (const PendingTrade& pending : context.snapshot.pending)
    if (pending.direction != Direction::kClose) ++own;
  if (own >= context.config.max_open_positions)
    return refuse(kGate, ReasonCode::kMaxPositionsBot,
                  fmt::format("{}/{} of this bot", own, context.config.max_open_positions));
  if (context.open_positions_global >= context.max_open_positions_global)
    return refuse(kGate, ReasonCode::kMaxPositionsGlobal,
                  fmt::format("{}/{} of all bots", context.open_positions_global,
                              context.max_open_positions_global));
  return pass(kGate);
}

// A bot that is in the market already is one of those that are counted.
Verdict gate_rollout(const GateContext& context, const Candidate& candidate) {
  constexpr std::string_view kGate = "rollout";
  if (closes(candidate) || !candidate.adds_to.empty()) return pass(kGate);
  const bool is_live = !context.snapshot.open_positions.empty() ||
                       std::ranges::any_of(context.snapshot.pending, [](const PendingTrade& p) {
                         return p.direction != Direction::kClose;
                       });
  if (is_live || context.live_bots < context.rollout.live_bots) return pass(kGate);
  return refuse(kGate, ReasonCode::kRolloutBots,
                fmt::format("{} bots are in the market, the rollout lets {}", context.live_bots,
                            context.rollout.live_bots));
}

Verdict gate_exchange_health(const GateContext& context, const Candidate& candidate) {
  constexpr std::string_view kGate = "exchange_health";
  if (closes(candidate)) return pass(kGate);
  if (context.exchange_health != ExchangeHealth::kHealthy)
    return refuse(kGate, ReasonCode::kExchangeUnhealthy, "the exchange's circuit breaker is open");
  const auto obstacle =
      candidate.adds_to.empty()
          ? obstacle_to(context.standing, *context.instrument,
                        entry_side(side_of(candidate.direction)), legs_of(context.config))
          : obstacle_to_addition(context.standing);
  if (!obstacle) return pass(kGate);
  return refuse(kGate, obstacle->reason, fmt::format("{}: {}", obstacle->detail, obstacle->fix));
}

Verdict gate_risk_locks(const GateContext& context, const Candidate& candidate) {
  constexpr std::string_view kGate = "risk_locks";
  if (closes(candidate)) return pass(kGate);
  const RiskLock* lock = active_lock(context.snapshot, context.now);
  if (lock == nullptr) return pass(kGate);
  return refuse(kGate, lock->reason,
                fmt::format("locked until {}: {}", to_iso8601(lock->until), lock->detail));
}

Verdict gate_correlation(const GateContext& context, const Candidate& candidate) {
  if (closes(candidate) || !candidate.adds_to.empty()) return pass(kCorrelationGate);
  return said_by_the_fleet(context, kCorrelationGate);
}

Verdict gate_fleet_locks(const GateContext& context, const Candidate& candidate) {
  if (closes(candidate)) return pass(kFleetLocksGate);
  return said_by_the_fleet(context, kFleetLocksGate);
}

// A level of scaling in belongs to the trade that opened the position.
Verdict gate_regime(const GateContext&, const Candidate& candidate) {
  constexpr std::string_view kGate = "regime";
  if (closes(candidate) || !candidate.adds_to.empty() || candidate.trades_regime)
    return pass(kGate);
  return refuse(kGate, ReasonCode::kRegimeNotTraded,
                fmt::format("the market is {}, which the strategy does not trade",
                            candidate.regime ? to_string(*candidate.regime) : "of no known kind"));
}

Verdict gate_disk_space(const GateContext& context, const Candidate& candidate) {
  constexpr std::string_view kGate = "disk_space";
  if (closes(candidate) || !context.disk.is_low()) return pass(kGate);
  constexpr std::uint64_t kMiB = 1U << 20;
  return refuse(kGate, ReasonCode::kDiskSpaceLow,
                fmt::format("{} MiB free, at least {} MiB wanted", context.disk.free / kMiB,
                            context.disk.floor / kMiB));
}

std::optional<Approved<SizedOrder>> GateWalk::run(const GateContext& context, Candidate candidate,
                                                  std::vector<Verdict>& verdicts) {
  using Gate = Verdict (*)(const GateContext&, const Candidate&);
  constexpr std::array<Gate, 17> kBeforeSizing{
      gate_engine_mode,        gate_bot_status,    gate_signal_age,
      gate_data_freshness,     gate_market_type,   gate_symbol_lists,
      gate_duplicate_position, gate_pending_trade, gate_cooldown,
      gate_max_positions,      gate_rollout,       gate_exchange_health,
      gate_disk_space,         gate_regime,        gate_correlation,
      gate_risk_locks,         gate_fleet_locks};
  for (const Gate gate : kBeforeSizing) {
    verdicts.push_back(gate(context, candidate));
    if (!verdicts.back().passed()) return std::nullopt;
  }
  SizedOrder order;
  order.candidate = std::move(candidate);
  verdicts.push_back(gate_sizing(context, order));
  if (!verdicts.back().passed()) return std::nullopt;
  verdicts.push_back(gate_balance(context, order));
  if (!verdicts.back().passed()) return std::nullopt;
  verdicts.push_back(gate_allocation(context, order));
  if (!verdicts.back().passed()) return std::nullopt;
  verdicts.push_back(gate_instrument_filters(context, order));
  if (!verdicts.back().passed()) return std::nullopt;
  verdicts.push_back(gate_fleet(context, order));
  if (!verdicts.back().passed()) return std::nullopt;
  return Approved<SizedOrder>(std::move(order));
}

}  // namespace botbox
