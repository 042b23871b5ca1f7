// The gates that turn a candidate into an order: size, levels, allocation, instrument filters.
#include <fmt/format.h>

#include "engine/gates/gates.hpp"

namespace botbox {
namespace {

constexpr std::string_view kSizing = "sizing";
constexpr std::string_view kAllocation = "allocation";
constexpr std::string_view kFilters = "instrument_filters";

Result<Notional> stake_of(const BotConfig& config) {
  if (config.stake_kind == StakeKind::kFixed) return Notional{config.stake};
  return scaled(config.allocation, config.stake, Rounding::kDown);
}

// entry * (1 + ratio), on the tick nearest to it.
Result<Price> level(Price entry, Decimal ratio, const Instrument& instrument) {
  BOTBOX_ASSIGN(const Price moved,
                scaled(entry, Decimal::from_int(1) + ratio, Rounding::kHalfEven));
  return Price{round_to_step(moved.value, instrument.tick.value, Rounding::kHalfEven)};
}

Result<void> set_levels(const GateContext& context, SizedOrder& order) {
  const BotConfig& config = context.config;
  const Price entry = order.candidate.entry;
  const bool is_long = order.side == OrderSide::kBuy;
  const Decimal stop_move = is_long ? -config.stop_loss_ratio : config.stop_loss_ratio;
  const Decimal target_move = is_long ? config.take_profit_ratio : -config.take_profit_ratio;
  BOTBOX_ASSIGN(order.stop_loss, level(entry, stop_move, *context.instrument));
  if (!config.take_profit_ratio.is_zero()) {
    BOTBOX_ASSIGN(order.take_profit, level(entry, target_move, *context.instrument));
  }
  const bool stop_ok = is_long ? order.stop_loss < entry : order.stop_loss > entry;
  // A target that lands on zero is no "none": that is said by a ratio of zero alone.
  const bool target_ok = config.take_profit_ratio.is_zero() ||
                         (is_long ? order.take_profit > entry
                                  : order.take_profit.is_positive() && order.take_profit < entry);
  if (order.stop_loss.is_positive() && stop_ok && target_ok) return {};
  return fail(
      ErrorCode::kInvalidInput,
      fmt::format("stop {} and target {} do not stand on both sides of {}",
                  to_string(order.stop_loss), to_string(order.take_profit), to_string(entry)));
}

Verdict size_close(const GateContext& context, SizedOrder& order) {
  for (const Position& position : context.snapshot.open_positions) {
    if (position.symbol != context.config.symbol) continue;
    order.side = opposite(entry_side(position.side));
    order.closes = position.id;
    order.quantity = position.quantity;
    return {std::string(kSizing), ReasonCode::kNone,
            fmt::format("all of {}", to_string(position.quantity))};
  }
  return refuse(kSizing, ReasonCode::kNothingToClose, "no open position");
}

}  // namespace

Verdict gate_sizing(const GateContext& context, SizedOrder& order) {
  if (order.candidate.direction == Direction::kClose) return size_close(context, order);
  order.side = order.candidate.direction == Direction::kLong ? OrderSide::kBuy : OrderSide::kSell;
  const Result<Notional> stake = stake_of(context.config);
  if (!stake) return refuse(kSizing, ReasonCode::kSizeZero, to_string(stake.error()));
  if (!order.candidate.entry.is_positive())
    return refuse(kSizing, ReasonCode::kSizeZero, "the reference price is not above zero");
  const Result<Quantity> wanted = quantity_for(*stake, order.candidate.entry, Rounding::kDown);
  if (!wanted) return refuse(kSizing, ReasonCode::kSizeZero, to_string(wanted.error()));
  order.quantity = round_quantity(*context.instrument, *wanted);
  order.reserved = *stake;
  if (!order.quantity.is_positive())
    return refuse(kSizing, ReasonCode::kSizeZero,
                  fmt::format("{} buys {} at {}, less than one lot of {}", to_string(*stake),
                              to_string(*wanted), to_string(order.candidate.entry),
                              to_string(context.instrument->lot)));
  if (const Result<void> levels = set_levels(context, order); !levels)
    return refuse(kSizing, ReasonCode::kInvalidLevels, to_string(levels.error()));
  return {std::string(kSizing), ReasonCode::kNone,
          fmt::format("{} for {}", to_string(order.quantity), to_string(*stake))};
}

Verdict gate_allocation(const GateContext& context, const SizedOrder& order) {
  if (order.candidate.direction == Direction::kClose) return {std::string(kAllocation), {}, {}};
  Notional at_stake;
  for (const Position& position : context.snapshot.open_positions) at_stake += position.entry_cost;
  for (const PendingTrade& pending : context.snapshot.pending) at_stake += pending.reserved;
  if (at_stake + order.reserved <= context.config.allocation)
    return {std::string(kAllocation), ReasonCode::kNone, {}};
  return refuse(kAllocation, ReasonCode::kInsufficientAllocation,
                fmt::format("{} at stake, {} more wanted, allocation {}", to_string(at_stake),
                            to_string(order.reserved), to_string(context.config.allocation)));
}

// A close may be smaller than the minimum notional: exchanges let a reduce-only order through, and
// the alternative is to be stuck with the position.
Verdict gate_instrument_filters(const GateContext& context, const SizedOrder& order) {
  const Instrument& instrument = *context.instrument;
  if (order.candidate.direction == Direction::kClose) return {std::string(kFilters), {}, {}};
  if (order.quantity < instrument.min_quantity)
    return refuse(kFilters, ReasonCode::kBelowMinQuantity,
                  fmt::format("{}, at least {}", to_string(order.quantity),
                              to_string(instrument.min_quantity)));
  if (instrument.max_quantity.is_positive() && order.quantity > instrument.max_quantity)
    return refuse(kFilters, ReasonCode::kAboveMaxQuantity,
                  fmt::format("{}, at most {}", to_string(order.quantity),
                              to_string(instrument.max_quantity)));
  const Result<Notional> worth = notional(order.candidate.entry, order.quantity, Rounding::kDown);
  if (!worth) return refuse(kFilters, ReasonCode::kAboveMaxQuantity, to_string(worth.error()));
  if (*worth < instrument.min_notional)
    return refuse(
        kFilters, ReasonCode::kBelowMinNotional,
        fmt::format("{}, at least {}", to_string(*worth), to_string(instrument.min_notional)));
  return {std::string(kFilters), ReasonCode::kNone, {}};
}

}  // namespace botbox
