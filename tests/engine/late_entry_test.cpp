#include <doctest/doctest.h>

#include "engine/decide.hpp"
#include "engine/strategy/ema_cross.hpp"

namespace botbox {
namespace {

const Symbol kSymbol{"BTC/USDT"};

Fill fill(std::string id, const ClientOrderId& order, OrderSide side, std::string_view quantity) {
  return {.id = {std::move(id)},
          .client_id = order,
          .order_id = {"x"},
          .symbol = kSymbol,
          .side = side,
          .price = Price::literal("100"),
          .quantity = Quantity::literal(quantity),
          .fee = {},
          .at = Timestamp{1'000}};
}

OrderReport report(const ClientOrderId& order, OrderStatus status, std::vector<Fill> fills) {
  OrderReport made;
  made.client_id = order;
  made.symbol = kSymbol;
  made.status = status;
  for (const Fill& part : fills) made.filled += part.quantity;
  made.fills = std::move(fills);
  return made;
}

// A bot whose entry of 3 is at the exchange, with its stop attached.
struct Bot {
  Trade entry;
  BotSnapshot snapshot;
  BotConfig config;
  EmaCross strategy;
  InstallationId installation{"test"};
  std::size_t fills_booked = 0;

  Bot() {
    entry.id = {"entry"};
    entry.client_order_id = {"entry"};
    entry.position = {"entry"};
    entry.stop_client_id = {"stop"};
    entry.symbol = kSymbol;
    entry.quantity = Quantity::literal("3");
    entry.status = TradeStatus::kExecuting;
    entry.attempts = 1;
    snapshot.pending = {{entry.id, Direction::kLong, entry.position, {}}};
  }

  Effects hears(const OrderReported& event) {
    const DecisionContext context{.now = Timestamp{2'000},
                                  .installation = installation,
                                  .config = config,
                                  .strategy = strategy};
    Result<Decision> decision = decide(snapshot, event, context);
    REQUIRE(decision.has_value());
    snapshot = decision->turn.next;
    fills_booked += decision->turn.effects.fills.size();
    return decision->turn.effects;
  }
};

}  // namespace

TEST_CASE("a stop that takes all there is while the entry works leaves a flat, open position") {
  Bot bot;
  const Fill first = fill("e1", {"entry"}, OrderSide::kBuy, "1");
  bot.hears({bot.entry, report({"entry"}, OrderStatus::kPartiallyFilled, {first}), {}});
  const Fill out = fill("s1", {"stop"}, OrderSide::kSell, "1");
  bot.hears({{}, report({"stop"}, OrderStatus::kFilled, {out}), {}});
  REQUIRE(bot.snapshot.open_positions.size() == 1);
  CHECK(bot.snapshot.open_positions[0].quantity.is_zero());
  CHECK(bot.snapshot.open_positions[0].status == PositionStatus::kOpen);

  SUBCASE("the entry's last word closes it, and books nothing twice") {
    const Effects effects =
        bot.hears({bot.entry, report({"entry"}, OrderStatus::kCancelled, {first}), {}});
    CHECK(bot.fills_booked == 2);
    CHECK(bot.snapshot.open_positions.empty());
    CHECK(bot.snapshot.pending.empty());
    REQUIRE(effects.positions.size() == 1);
    CHECK(effects.positions[0].status == PositionStatus::kClosed);
    CHECK(effects.positions[0].close_reason == ReasonCode::kStopLossHit);
  }
  SUBCASE("more of the entry goes on in the same position") {
    const Fill more = fill("e2", {"entry"}, OrderSide::kBuy, "2");
    bot.hears({bot.entry, report({"entry"}, OrderStatus::kFilled, {first, more}), {}});
    CHECK(bot.fills_booked == 3);
    REQUIRE(bot.snapshot.open_positions.size() == 1);
    CHECK(bot.snapshot.open_positions[0].quantity == Quantity::literal("2"));
    CHECK(bot.snapshot.open_positions[0].total_entered == Quantity::literal("3"));
  }
}

}  // namespace botbox
