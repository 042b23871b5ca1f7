// What the exchange tests share: permits, waiting for replies, a market made by hand, builders.
#pragma once

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/clock.hpp"
#include "engine/limits/permit.hpp"
#include "exchange/exchange.hpp"
#include "exchange/market/market_feed.hpp"
#include "exchange/paper/paper_exchange.hpp"

namespace botbox::exchange::testing {

struct Permits : PermitIssuer {
  static Permit fresh() { return issue(); }
};

constexpr Timestamp kStart{1'704'067'200'000};  // 2024-01-01
constexpr Duration kMinute{60'000};

// Calls the exchange and waits for its one reply. The bound only ends a test that would hang.
template <class T, class Call>
Result<T> ask(Call call) {
  auto promise = std::make_shared<std::promise<Result<T>>>();
  auto future = promise->get_future();
  call([promise](Result<T> result) { promise->set_value(std::move(result)); });
  if (future.wait_for(std::chrono::seconds(60)) != std::future_status::ready)
    return fail(ErrorCode::kTimeout, "no reply within the bound of the test");
  return future.get();
}

inline Result<OrderReport> place(Exchange& exchange, const OrderRequest& order) {
  return ask<OrderReport>([&](auto reply) { exchange.place(Permits::fresh(), order, reply); });
}
inline Result<std::optional<OrderReport>> find(Exchange& exchange, const Symbol& symbol,
                                               const std::string& id) {
  return ask<std::optional<OrderReport>>(
      [&](auto reply) { exchange.order_by_client_id(Permits::fresh(), symbol, {id}, reply); });
}
inline Result<OrderReport> cancel(Exchange& exchange, const Symbol& symbol, const std::string& id) {
  return ask<OrderReport>(
      [&](auto reply) { exchange.cancel(Permits::fresh(), symbol, {id}, reply); });
}
inline Result<OrderUpdates> updates(Exchange& exchange, std::uint64_t cursor) {
  return ask<OrderUpdates>(
      [&](auto reply) { exchange.order_updates(Permits::fresh(), cursor, reply); });
}
inline Result<std::vector<Balance>> balances(Exchange& exchange) {
  return ask<std::vector<Balance>>([&](auto reply) { exchange.balances(Permits::fresh(), reply); });
}
inline Result<std::vector<Candle>> candles(Exchange& exchange, const CandleQuery& query) {
  return ask<std::vector<Candle>>(
      [&](auto reply) { exchange.candles(Permits::fresh(), query, reply); });
}
inline Result<std::vector<Instrument>> instruments(Exchange& exchange) {
  return ask<std::vector<Instrument>>(
      [&](auto reply) { exchange.instruments(Permits::fresh(), reply); });
}
inline Balance balance(Exchange& exchange, const std::string& asset) {
  const auto all = balances(exchange);
  if (all)
    for (const Balance& b : *all)
      if (b.asset.value == asset) return b;
  return {{asset}, {}, {}};
}

inline Instrument instrument(const std::string& symbol, std::string_view tick,
                             std::string_view lot) {
  const SymbolParts parts = *parse_symbol(symbol);
  return {parts.unified,
          parts.base,
          parts.quote,
          parts.market,
          Price::literal(tick),
          Quantity::literal(lot),
          {},
          {},
          {}};
}

inline OrderRequest order(const std::string& id, const Symbol& symbol, OrderSide side,
                          std::string_view quantity) {
  OrderRequest request;
  request.client_id = {id};
  request.symbol = symbol;
  request.side = side;
  request.quantity = Quantity::literal(quantity);
  request.group = {id};
  return request;
}
inline OrderRequest with_stop(OrderRequest request, std::string_view trigger) {
  request.stop_loss = AttachedOrder{{request.client_id.value + "s"}, Price::literal(trigger)};
  return request;
}
inline OrderRequest with_target(OrderRequest request, std::string_view trigger) {
  request.take_profit = AttachedOrder{{request.client_id.value + "t"}, Price::literal(trigger)};
  return request;
}
inline OrderRequest limit(OrderRequest request, std::string_view price) {
  request.type = OrderType::kLimit;
  request.limit = Price::literal(price);
  return request;
}
inline OrderRequest reduce(OrderRequest request, const std::string& group) {
  request.effect = OrderEffect::kReduceOnly;
  request.group = {group};
  return request;
}

// Candles written down in a test, one minute each from kStart on; "-" is a gap.
class TableMarket final : public MarketFeed {
 public:
  // Each row "open high low close [volume]".
  void add(const Symbol& symbol, const std::vector<std::string>& rows);

  std::vector<Symbol> symbols() const override;
  std::optional<Timeframe> base_timeframe(const Symbol& symbol) const override;
  std::optional<Timestamp> first_open(const Symbol& symbol) const override;
  std::optional<Timestamp> last_open(const Symbol& symbol) const override;
  std::optional<Candle> candle_at(const Symbol& symbol, Timestamp open_time) override;
  std::optional<Candle> next_candle(const Symbol& symbol, Timestamp from) override;
  std::vector<Candle> candles(const Symbol& symbol, Timeframe timeframe,
                              CandleRange range) override;

 private:
  std::map<Symbol, std::map<Timestamp, Candle>> candles_;
};

}  // namespace botbox::exchange::testing
