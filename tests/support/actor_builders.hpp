// Small, valid records for tests of single actors, and a strategy that does what the test says.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/assert.hpp"
#include "engine/execution/trade_queue.hpp"
#include "engine/limits/permit.hpp"
#include "engine/strategy/strategy.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::test {

struct TestPermits : PermitIssuer {
  static Permit fresh() { return issue(); }
  static Permit until(Timestamp good_until) { return issue(good_until); }
  static std::vector<Permit> many(std::size_t count) {
    std::vector<Permit> permits;
    for (std::size_t i = 0; i < count; ++i) permits.push_back(issue());
    return permits;
  }
};

// Proposes what `propose` says, whatever the market does.
struct ScriptedStrategy : Strategy {
  std::function<std::optional<Direction>(const MarketView&, const Position*)> propose =
      [](const MarketView&, const Position*) { return std::optional<Direction>{}; };

  std::vector<IndicatorSpec> indicators(const BotConfig&) const override { return {}; }
  Evaluation evaluate(const MarketView& market, const BotConfig&,
                      const Position* position) const override {
    Evaluation evaluation;
    evaluation.warm = true;
    if (const auto direction = propose(market, position))
      evaluation.proposal = Proposal{*direction, 1.0};
    return evaluation;
  }
};

// Of BTC/USDT, 250 USDT a trade, stop loss 2 %, take profit 4 %.
inline BotConfig plain_bot(const std::string& id) {
  BotConfig bot;
  bot.id = {id};
  bot.name = id;
  bot.strategy = {"scripted"};
  bot.symbol = {"BTC/USDT"};
  bot.timeframe = Timeframe::minutes(1);
  bot.check_interval = Duration{60'000};
  bot.allocation = Notional::literal("1000");
  bot.stake = Decimal::literal("250");
  return bot;
}

inline Candle candle_at(Timestamp open_time, std::string_view close) {
  const Price price = Price::literal(close);
  return {open_time, price, price, price, price, Quantity::literal("10")};
}

// A market of one closed candle, the newest there is at `now`.
inline std::shared_ptr<const MarketView> view_at(Timestamp now, std::string_view close = "50000") {
  const Timeframe minute = Timeframe::minutes(1);
  const Timestamp open_time{now.ms - now.ms % 60'000 - 60'000};
  auto series = std::make_shared<CandleSeries>(minute, 10);
  ENGINE_ASSERT(series->merge({candle_at(open_time, close)}, now).has_value());
  return std::make_shared<const MarketView>(MarketView{.symbol = {"BTC/USDT"},
                                                       .timeframe = minute,
                                                       .series = series,
                                                       .indicators = nullptr,
                                                       .as_of = now});
}

// A PENDING trade of `bot` that buys (or sells what it holds, for a CLOSE) 0.005 BTC at 50,000.
inline Trade pending_trade(const std::string& id, const BotId& bot, Timestamp created_at,
                           Direction direction = Direction::kLong) {
  const bool closes = direction == Direction::kClose;
  Trade trade;
  trade.id = {id};
  trade.client_order_id = {id};
  trade.bot = bot;
  trade.signal = {"signal-" + id};
  trade.intent = {"intent-" + id};
  trade.symbol = {"BTC/USDT"};
  trade.direction = direction;
  trade.side = closes ? OrderSide::kSell : OrderSide::kBuy;
  trade.position = {closes ? "position" : id};
  trade.quantity = Quantity::literal("0.005");
  trade.entry = Price::literal("50000");
  if (!closes) {
    trade.stop_client_id = {id + "s"};
    trade.stop_loss = Price::literal("49000");
  }
  trade.created_at = created_at;
  trade.updated_at = created_at;
  return trade;
}

// The exchange's word on an order: `parts` equal fills of `of` that together make the whole.
inline OrderReport report_on(const ClientOrderId& id, OrderSide side, Quantity quantity, int parts,
                             int of, Timestamp at, std::string_view price = "50000") {
  OrderReport report;
  report.client_id = id;
  report.order_id = {"x-" + id.value};
  report.symbol = {"BTC/USDT"};
  report.quantity = quantity;
  report.updated_at = at;
  report.status = parts == of ? OrderStatus::kFilled
                  : parts > 0 ? OrderStatus::kPartiallyFilled
                              : OrderStatus::kNew;
  const Result<Decimal> part = divide(quantity.value, Decimal::from_int(of), Rounding::kHalfEven);
  ENGINE_ASSERT(part.has_value());
  for (int i = 0; i < parts; ++i) {
    Fill fill;
    fill.id = {fmt::format("{}-{}", id.value, i)};
    fill.client_id = id;
    fill.order_id = report.order_id;
    fill.symbol = report.symbol;
    fill.side = side;
    fill.price = Price::literal(price);
    fill.quantity = {*part};
    fill.at = at;
    report.filled += fill.quantity;
    report.fills.push_back(fill);
  }
  return report;
}
inline OrderReport filled(const Trade& trade, Timestamp at) {
  return report_on(trade.client_order_id, trade.side, trade.quantity, 1, 1, at);
}
// Accepted, and not filled yet.
inline OrderReport standing(const Trade& trade) {
  OrderReport report;
  report.client_id = trade.client_order_id;
  report.symbol = trade.symbol;
  report.status = OrderStatus::kNew;
  report.order_id = {"1"};
  return report;
}
inline OrderReport rejected(const Trade& trade, Timestamp at) {
  OrderReport report = report_on(trade.client_order_id, trade.side, trade.quantity, 0, 1, at);
  report.status = OrderStatus::kRejected;
  report.message = "insufficient balance";
  return report;
}

}  // namespace botbox::test
