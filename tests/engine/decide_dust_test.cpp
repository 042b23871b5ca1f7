// Where the fee is kept of the coins bought, every close leaves less than a lot.
#include <doctest/doctest.h>

#include <algorithm>

#include "engine/decide.hpp"
#include "engine/execution/reconciliation.hpp"
#include "tests/support/builders.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

// 0.5 were bought at 100, of which the venue has kept 0.0005: 499 lots and a half are there.
struct DustyBot {
  explicit DustyBot(OrderStatus entry_status = OrderStatus::kFilled) {
    Fill bought = a_fill({.id = "b1", .quantity = quantity("0.5"), .fee = money("0.05")});
    bought.fee_coin = {"BTC"};
    bought.fee_in_coin = Decimal::literal("0.0005");
    const Trade entry = a_trade();
    world.snapshot.pending = {pending_of(entry)};
    tell({entry, a_report({.status = entry_status, .fills = {bought}})});
    REQUIRE(world.snapshot.open_positions.size() == 1);
    REQUIRE(held().quantity == quantity("0.4995"));
  }

  Effects tell(const OrderReported& event) {
    const Result<Decision> decision = decide(world.snapshot, event, world.context());
    REQUIRE(decision.has_value());
    world.snapshot = decision->turn.next;
    return decision->turn.effects;
  }
  // The word on an order that has sold so much at this price.
  Effects sells(const std::string& order, std::string_view amount, std::string_view at,
                OrderStatus status = OrderStatus::kFilled) {
    const Fill sold = a_fill({.id = "s-" + order,
                              .order = order,
                              .side = OrderSide::kSell,
                              .price = price(at),
                              .quantity = quantity(amount),
                              .at = opens(2)});
    const bool is_close = order == close.id.value;
    return tell({is_close ? close : Trade{},
                 a_report({.order = order, .status = status, .fills = {sold}})});
  }
  void asks_to_close() { world.snapshot.pending.push_back(pending_of(close)); }
  const Position& held() const { return world.snapshot.open_positions.front(); }

  BotWorld world;
  Trade close = a_trade({.id = "close", .direction = Direction::kClose});
};

bool tells_once(const Effects& effects, std::string_view kind) {
  return std::ranges::count(effects.events, kind, &Event::kind) == 1;
}

}  // namespace

TEST_CASE("what closes all but less than a lot closes the position, with its own reason") {
  struct Row {
    std::string order;
    std::string_view at;
    ReasonCode reason;
    std::string_view profit;
  };
  for (const Row& row : {Row{"close", "103", ReasonCode::kStrategyExit, "1.497"},
                         Row{"entry-stop", "98", ReasonCode::kStopLossHit, "-0.998"},
                         Row{"entry-target", "104", ReasonCode::kTakeProfitHit, "1.996"}}) {
    CAPTURE(row.order);
    DustyBot bot;
    if (row.order == "close") bot.asks_to_close();
    const std::uint64_t turn = bot.world.snapshot.turn;
    const Effects effects = bot.sells(row.order, "0.499", row.at);
    REQUIRE(effects.positions.size() == 1);
    const Position& closed = effects.positions.front();
    CHECK(closed.status == PositionStatus::kClosed);
    CHECK(to_string(closed.close_reason) == to_string(row.reason));
    CHECK(closed.realised_profit == money(row.profit));
    CHECK(closed.fees == money("0.05"));
    CHECK(closed.closed_at == opens(2));
    CHECK(closed.quantity == quantity("0.0005"));
    CHECK(closed.entry_cost == money("0.05"));
    CHECK(bot.world.snapshot.open_positions.empty());
    CHECK(bot.world.snapshot.pending.empty());
    CHECK(bot.world.snapshot.realised_profit == money(row.profit));
    CHECK(bot.world.snapshot.turn == turn + 1);
    CHECK(effects.fills.size() == 1);  // of what was sold: nothing is made up
    CHECK(tells_once(effects, "position.closed"));
    CHECK(tells_once(effects, "position.dust"));
    CHECK(bot.sells(row.order, "0.499", row.at) == Effects{});  // said again
  }
}

TEST_CASE("dust that is let go of is a settled difference, of another id than one that is found") {
  DustyBot bot;
  const Effects effects = bot.sells("entry-stop", "0.499", "98");
  REQUIRE(effects.let_go.size() == 1);
  const Difference& dust = effects.let_go.front();
  CHECK(dust.kind == DifferenceKind::kDust);
  CHECK(dust.state == DifferenceState::kResolved);
  CHECK(dust.decision == DifferenceDecision::kAdopt);
  CHECK(dust.bot == BotId{"bot-1"});
  CHECK(dust.symbol == Symbol{"BTC/USDT"});
  CHECK(dust.position == PositionId{"entry"});
  CHECK(dust.order == ClientOrderId{"entry-stop"});
  CHECK(to_string(dust.ours) == "0.0005");
  CHECK(dust.decided_at == bot.world.now);
  CHECK(dust.ended_at == bot.world.now);
  CHECK(dust.id == difference_id(dust));
  Difference found = dust;
  found.order = {};
  CHECK(dust.id != difference_id(found));
}

TEST_CASE("an order that has not ended leaves its position open, and its last word closes it") {
  DustyBot bot;
  const Effects part = bot.sells("entry-target", "0.499", "104", OrderStatus::kPartiallyFilled);
  CHECK(part.let_go.empty());
  REQUIRE(bot.world.snapshot.open_positions.size() == 1);
  CHECK(bot.held().status == PositionStatus::kOpen);
  const std::uint64_t turn = bot.world.snapshot.turn;
  const Effects last = bot.sells("entry-target", "0.499", "104", OrderStatus::kCancelled);
  CHECK(last.fills.empty());
  REQUIRE(last.positions.size() == 1);
  CHECK(last.positions.front().status == PositionStatus::kClosed);
  CHECK(last.positions.front().close_reason == ReasonCode::kTakeProfitHit);
  CHECK(last.let_go.size() == 1);
  CHECK(bot.world.snapshot.open_positions.empty());
  CHECK(bot.world.snapshot.turn == turn + 1);  // so it is written down
}

TEST_CASE("a whole lot that is left is a position") {
  DustyBot bot;
  bot.asks_to_close();
  const Effects effects = bot.sells("close", "0.498", "103", OrderStatus::kCancelled);
  CHECK(effects.let_go.empty());
  REQUIRE(bot.world.snapshot.open_positions.size() == 1);
  CHECK(bot.held().status == PositionStatus::kOpen);
  CHECK(bot.held().quantity == quantity("0.0015"));
}

TEST_CASE("nothing is let go of while the entry may buy more, nor ever of a perpetual") {
  DustyBot entering(OrderStatus::kPartiallyFilled);
  CHECK(entering.sells("entry-stop", "0.499", "98").let_go.empty());
  CHECK(entering.world.snapshot.open_positions.size() == 1);

  DustyBot perpetual;
  perpetual.world.instrument.market = MarketType::kLinear;
  CHECK(perpetual.sells("entry-stop", "0.499", "98").let_go.empty());
  CHECK(perpetual.world.snapshot.open_positions.size() == 1);
}

TEST_CASE("a guard counts a stop that has left dust") {
  DustyBot bot;
  bot.world.config.plan.emplace_back().guards.stops = {
      .trades = 1, .limit = {}, .lookback = Duration{3'600'000}, .pause = Duration{600'000}};
  const Effects effects = bot.sells("entry-stop", "0.499", "98");
  CHECK(tells_once(effects, "risk.locked"));
  REQUIRE(bot.world.snapshot.risk.size() == 1);
  CHECK(bot.world.snapshot.risk.front().locks.size() == 1);
}
