// The gates that turn a candidate into an order: size, levels, balance, allocation, instrument
// filters.
#include <fmt/format.h>

#include <algorithm>

#include "engine/gates/gates.hpp"
#include "engine/risk/fleet_book.hpp"
#include "engine/risk/sizing.hpp"

namespace botbox {
namespace {

constexpr std::string_view kSizing = "sizing";
constexpr std::string_view kBalance = "balance";
constexpr std::string_view kAllocation = "allocation";
constexpr std::string_view kFilters = "instrument_filters";

// Of an entry's worth: a taker's fee of 0.1 % or so, and what a market order may cost more than the
// price that it was sized at.
constexpr Decimal kFeeAllowance = Decimal::from_units(5'000'000'000);  // 0.005

Result<Price> on_tick(Price price, const Instrument& instrument) {
  return Price{round_to_step(price.value, instrument.tick.value, Rounding::kHalfEven)};
}

enum class LevelSide { kBelow, kAbove };

// The lowest low, or highest high, of the newest candles.
Result<Price> swing(const CandleSeries* series, std::uint32_t candles, LevelSide side) {
  if (series == nullptr || series->candles().size() < candles)
    return fail(ErrorCode::kUnavailable, fmt::format("fewer than {} candles are known", candles));
  Price found = series->candles().back().close;
  for (auto at = series->candles().end() - candles; at != series->candles().end(); ++at)
    found = side == LevelSide::kBelow ? std::min(found, at->low) : std::max(found, at->high);
  return found;
}

Result<Price> level_for(const GateContext& context, Price entry, const LevelPlan& plan,
                        Decimal ratio, LevelSide side) {
  const Instrument& instrument = *context.instrument;
  const bool below = side == LevelSide::kBelow;
  switch (plan.kind) {
    case LevelKind::kRatio: return level_at(entry, below ? -ratio : ratio, instrument);
    case LevelKind::kPrice: return on_tick({plan.value}, instrument);
    case LevelKind::kSwing: {
      BOTBOX_ASSIGN(const Price found, swing(context.series, plan.candles, side));
      return on_tick(found, instrument);
    }
    case LevelKind::kAtr: break;
  }
  if (!context.atr) return fail(ErrorCode::kUnavailable, "the ATR is not known yet");
  BOTBOX_ASSIGN(const Price gap, scaled(*context.atr, plan.value, Rounding::kHalfEven));
  return on_tick(below ? entry - gap : entry + gap, instrument);
}

bool places_target(const BotConfig& config) {
  const RiskPlan* plan = plan_of(config);
  return (plan != nullptr && plan->exits.target.kind != LevelKind::kRatio) ||
         !config.take_profit_ratio.is_zero();
}

Result<void> set_levels(const GateContext& context, SizedOrder& order) {
  const BotConfig& config = context.config;
  const RiskPlan* plan = plan_of(config);
  const LevelPlan stop_plan = plan != nullptr ? plan->exits.stop : LevelPlan{};
  const LevelPlan target_plan = plan != nullptr ? plan->exits.target : LevelPlan{};
  const Price entry = order.candidate.entry;
  const bool is_long = order.side == OrderSide::kBuy;
  const LevelSide against = is_long ? LevelSide::kBelow : LevelSide::kAbove;
  const LevelSide along = is_long ? LevelSide::kAbove : LevelSide::kBelow;
  BOTBOX_ASSIGN(order.stop_loss,
                level_for(context, entry, stop_plan, config.stop_loss_ratio, against));
  const bool has_target = places_target(config);
  if (has_target) {
    BOTBOX_ASSIGN(order.take_profit,
                  level_for(context, entry, target_plan, config.take_profit_ratio, along));
  }
  const bool stop_ok = is_long ? order.stop_loss < entry : order.stop_loss > entry;
  // A target that lands on zero is no "none": that is said by a ratio of zero alone.
  const bool target_ok =
      !has_target || (is_long ? order.take_profit > entry
                              : order.take_profit.is_positive() && order.take_profit < entry);
  if (order.stop_loss.is_positive() && stop_ok && target_ok) return {};
  return fail(
      ErrorCode::kInvalidInput,
      fmt::format("stop {} and target {} do not stand on both sides of {}",
                  to_string(order.stop_loss), to_string(order.take_profit), to_string(entry)));
}

// What keeps an order of this quantity from being taken at `price`. A perpetual's close may be
// worth less than the minimum: it is known to reduce.
ReasonCode too_small_for(const Instrument& instrument, Quantity quantity, Price price) {
  if (quantity < instrument.min_quantity) return ReasonCode::kBelowMinQuantity;
  if (instrument.market != MarketType::kSpot) return ReasonCode::kNone;
  const Result<Notional> worth = notional(price, quantity, Rounding::kDown);
  return worth && *worth < instrument.min_notional ? ReasonCode::kBelowMinNotional
                                                   : ReasonCode::kNone;
}

// A part that the exchange would not take, or whose rest nothing could sell any more, stays: it
// goes with the next part, or with the whole.
std::optional<Verdict> refuse_part(const Instrument& instrument, const Position& position,
                                   Quantity part, Price now) {
  const Quantity rest = round_quantity(instrument, position.quantity - part);
  // Where its stop sells it.
  const Price lowest = position.stop_loss.is_positive() ? std::min(now, position.stop_loss) : now;
  ReasonCode reason = too_small_for(instrument, part, now);
  if (reason == ReasonCode::kNone) reason = too_small_for(instrument, rest, lowest);
  if (reason == ReasonCode::kNone) return std::nullopt;
  return refuse(kSizing, reason,
                fmt::format("{} of {}, {} would stay: less than the exchange takes",
                            to_string(part), to_string(position.quantity), to_string(rest)));
}

Verdict size_close(const GateContext& context, SizedOrder& order) {
  for (const Position& position : context.snapshot.open_positions) {
    if (position.symbol != context.config.symbol) continue;
    order.side = opposite(entry_side(position.side));
    order.closes = position.id;
    order.quantity = position.quantity;
    const Instrument& instrument = *context.instrument;
    const bool is_whole = order.candidate.part.is_zero();
    const Quantity part = round_quantity(instrument, order.candidate.part);
    if (!is_whole && part.is_zero())
      return refuse(kSizing, ReasonCode::kSizeZero,
                    fmt::format("{} is less than one lot of {}", to_string(order.candidate.part),
                                to_string(instrument.lot)));
    // Less than a lot is dust, which nothing would ever sell.
    if (is_whole || !round_quantity(instrument, position.quantity - part).is_positive())
      return {std::string(kSizing), ReasonCode::kNone,
              fmt::format("all of {}", to_string(position.quantity))};
    if (auto refusal = refuse_part(instrument, position, part, order.candidate.entry))
      return *refusal;
    order.quantity = part;
    return {std::string(kSizing), ReasonCode::kNone,
            fmt::format("{} of {}", to_string(part), to_string(position.quantity))};
  }
  const PendingTrade* const entry = entry_to_close(context.snapshot, order.candidate);
  if (entry == nullptr) return refuse(kSizing, ReasonCode::kNothingToClose, "no open position");
  order.side = opposite(entry_side(side_of(entry->direction)));
  order.closes = entry->position;
  return {std::string(kSizing), ReasonCode::kNone, "all that the entry under way buys"};
}

// True: the rollout lets less than the plan wants.
bool cap(Stake& stake, const RolloutCaps& rollout) {
  if (!rollout.order.is_positive() || stake.cost <= rollout.order) return false;
  stake.detail += fmt::format("{}{} wanted, the rollout lets {}", stake.detail.empty() ? "" : "; ",
                              to_string(stake.cost), to_string(rollout.order));
  stake.cost = rollout.order;
  return true;
}

// Not asked for a level of scaling in: the position's stop and target stand already.
Result<void> set_entry_levels(const GateContext& context, SizedOrder& order) {
  if (!order.candidate.adds_to.empty()) return {};
  return set_levels(context, order);
}

// What would be large enough but for the rollout's cap is refused by that name.
ReasonCode too_small(const SizedOrder& order, ReasonCode reason) {
  return order.is_capped ? ReasonCode::kRolloutOrderSize : reason;
}

}  // namespace

Result<Price> level_at(Price base, Decimal ratio, const Instrument& instrument) {
  BOTBOX_ASSIGN(const Price moved, scaled(base, Decimal::from_int(1) + ratio, Rounding::kHalfEven));
  return on_tick(moved, instrument);
}

Verdict gate_sizing(const GateContext& context, SizedOrder& order) {
  if (order.candidate.direction == Direction::kClose) return size_close(context, order);
  order.side = order.candidate.direction == Direction::kLong ? OrderSide::kBuy : OrderSide::kSell;
  if (!order.candidate.entry.is_positive())
    return refuse(kSizing, ReasonCode::kSizeZero, "the reference price is not above zero");
  if (const Result<void> levels = set_entry_levels(context, order); !levels)
    return refuse(kSizing,
                  levels.error().code == ErrorCode::kUnavailable ? ReasonCode::kRiskDataMissing
                                                                 : ReasonCode::kInvalidLevels,
                  to_string(levels.error()));
  Stake stake;
  if (order.candidate.adds_to.empty())
    stake = stake_for({.config = context.config,
                       .snapshot = context.snapshot,
                       .entry = order.candidate.entry,
                       .stop = order.stop_loss,
                       .atr = context.atr,
                       .now = context.now});
  else
    stake.cost = order.candidate.stake;
  if (stake.refusal != ReasonCode::kNone)
    return refuse(kSizing, stake.refusal, std::move(stake.detail));
  order.is_capped = cap(stake, context.rollout);
  const Result<Quantity> wanted = quantity_for(stake.cost, order.candidate.entry, Rounding::kDown);
  if (!wanted) return refuse(kSizing, ReasonCode::kSizeZero, to_string(wanted.error()));
  order.quantity = round_quantity(*context.instrument, *wanted);
  order.reserved = stake.cost;
  if (!order.quantity.is_positive())
    return refuse(kSizing, order.is_capped ? ReasonCode::kRolloutOrderSize : ReasonCode::kSizeZero,
                  fmt::format("{} buys {} at {}, less than one lot of {}", to_string(stake.cost),
                              to_string(*wanted), to_string(order.candidate.entry),
                              to_string(context.instrument->lot)));
  return {std::string(kSizing), ReasonCode::kNone,
          fmt::format("{} for {}{}{}", to_string(order.quantity), to_string(stake.cost),
                      stake.detail.empty() ? "" : ": ", stake.detail)};
}

// A stop always.
std::size_t legs_of(const BotConfig& config) { return places_target(config) ? 2 : 1; }

std::optional<Decimal> balance_needed(MarketType market, Notional worth,
                                      const std::optional<Decimal>& leverage) {
  Result<Decimal> margin = worth.value;
  if (market != MarketType::kSpot) {
    if (!leverage || !leverage->is_positive()) return std::nullopt;
    margin = divide(worth.value, *leverage, Rounding::kUp);
  }
  const Result<Notional> fees = scaled(worth, kFeeAllowance, Rounding::kUp);
  if (!margin || !fees) return std::nullopt;
  return *margin + fees->value;
}

Verdict gate_balance(const GateContext& context, const SizedOrder& order) {
  const bool closes = order.candidate.direction == Direction::kClose;
  if (closes || !context.funds.free) return {std::string(kBalance), ReasonCode::kNone, {}};
  const Result<Notional> worth = notional(order.candidate.entry, order.quantity, Rounding::kUp);
  if (!worth) return {std::string(kBalance), ReasonCode::kNone, {}};
  const Instrument& instrument = *context.instrument;
  const std::optional<Decimal> needed =
      balance_needed(instrument.market, *worth, context.funds.leverage);
  if (!needed || *needed <= *context.funds.free)
    return {std::string(kBalance), ReasonCode::kNone, {}};
  return refuse(kBalance, ReasonCode::kInsufficientBalance,
                fmt::format("{} {} needed, {} free", to_string(*needed), instrument.quote.value,
                            to_string(*context.funds.free)));
}

Verdict gate_allocation(const GateContext& context, const SizedOrder& order) {
  if (order.candidate.direction == Direction::kClose) return {std::string(kAllocation), {}, {}};
  const Notional held = at_stake(context.snapshot);
  const Result<Notional> limit = stake_limit(context.config);
  if (!limit)
    return refuse(kAllocation, ReasonCode::kInsufficientAllocation, to_string(limit.error()));
  if (held + order.reserved <= *limit) return {std::string(kAllocation), ReasonCode::kNone, {}};
  return refuse(kAllocation, ReasonCode::kInsufficientAllocation,
                fmt::format("{} at stake, {} more wanted, allocation {}", to_string(held),
                            to_string(order.reserved), to_string(*limit)));
}

Verdict gate_fleet(const GateContext& context, const SizedOrder& order) {
  const std::optional<Verdict>& said = context.fleet_refusal;
  if (order.candidate.direction != Direction::kClose && said && said->gate == kFleetGate)
    return *said;
  return {std::string(kFleetGate), ReasonCode::kNone, {}};
}

// A close may be smaller than the minimum notional: exchanges let a reduce-only order through, and
// the alternative is to be stuck with the position.
Verdict gate_instrument_filters(const GateContext& context, const SizedOrder& order) {
  const Instrument& instrument = *context.instrument;
  if (order.candidate.direction == Direction::kClose) return {std::string(kFilters), {}, {}};
  if (order.quantity < instrument.min_quantity)
    return refuse(kFilters, too_small(order, ReasonCode::kBelowMinQuantity),
                  fmt::format("{}, at least {}", to_string(order.quantity),
                              to_string(instrument.min_quantity)));
  if (instrument.max_quantity.is_positive() && order.quantity > instrument.max_quantity)
    return refuse(kFilters, ReasonCode::kAboveMaxQuantity,
                  fmt::format("{}, at most {}", to_string(order.quantity),
                              to_string(instrument.max_quantity)));
  // An exchange of spot takes the order of a stop by the same rule as that of the entry.
  const bool stop_counts = instrument.market == MarketType::kSpot && order.stop_loss.is_positive();
  const Price price =
      stop_counts ? std::min(order.candidate.entry, order.stop_loss) : order.candidate.entry;
  const Result<Notional> worth = notional(price, order.quantity, Rounding::kDown);
  if (!worth) return refuse(kFilters, ReasonCode::kAboveMaxQuantity, to_string(worth.error()));
  if (*worth < instrument.min_notional)
    return refuse(
        kFilters, too_small(order, ReasonCode::kBelowMinNotional),
        fmt::format("{}{}, at least {}", to_string(*worth), stop_counts ? " at its stop" : "",
                    to_string(instrument.min_notional)));
  return {std::string(kFilters), ReasonCode::kNone, {}};
}

}  // namespace botbox
