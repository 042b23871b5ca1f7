// The turns that reconciliation asks of a bot.
#include <doctest/doctest.h>

#include <algorithm>

#include "engine/decide.hpp"
#include "engine/execution/reconciliation.hpp"
#include "engine/risk/exits.hpp"
#include "tests/support/builders.hpp"

namespace botbox {
namespace {

using testing::a_position;
using testing::a_trade;
using testing::BotWorld;
using testing::pending_of;
using testing::price;
using testing::quantity;

const DifferenceId kDifference{"0123456789abcdef0123456789abcdef"};

BotWorld holding(PositionSide side = PositionSide::kLong) {
  BotWorld world;
  world.snapshot.open_positions = {a_position({.side = side})};
  return world;
}
Turn turn_of(BotWorld& world, const BotEvent& event) {
  const Result<Decision> decision = decide(world.snapshot, event, world.context());
  REQUIRE(decision.has_value());
  world.snapshot = decision->turn.next;
  return decision->turn;
}
ReductionAdopted reduction(const BotWorld& world, std::string_view size, Price at = {}) {
  return {kDifference, world.snapshot.open_positions.front().id, quantity(size), at};
}

}  // namespace

TEST_CASE("an adopted reduction is booked as one fill, and again changes nothing") {
  for (const PositionSide side : {PositionSide::kLong, PositionSide::kShort}) {
    CAPTURE(to_string(side));
    BotWorld world = holding(side);
    const Position before = world.snapshot.open_positions.front();
    const ReductionAdopted event = reduction(world, "0.4");
    const Turn turn = turn_of(world, event);
    REQUIRE(turn.effects.fills.size() == 1);
    CHECK(turn.effects.fills.front().fill.id.value == kDifference.value);
    CHECK(turn.effects.fills.front().fill.client_id == adopted_order_id(kDifference));
    const Position& after = world.snapshot.open_positions.front();
    CHECK(after.quantity + quantity("0.4") == before.quantity);
    // Nobody knows the price: no profit is invented.
    CHECK(after.realised_profit == before.realised_profit);
    CHECK_FALSE(turn.effects.trade.has_value());
    const BotSnapshot settled = world.snapshot;
    CHECK(turn_of(world, event).effects == Effects{});
    CHECK(world.snapshot == settled);
  }
}

TEST_CASE("a reduction of everything, or of more, closes the position as reconciled") {
  for (const std::string_view size : {"1", "5"}) {
    BotWorld world = holding();
    const Turn turn = turn_of(world, reduction(world, size, price("110")));
    CHECK(world.snapshot.open_positions.empty());
    REQUIRE(turn.effects.positions.size() == 1);
    const Position& closed = turn.effects.positions.front();
    CHECK(closed.status == PositionStatus::kClosed);
    CHECK(closed.close_reason == ReasonCode::kReconciled);
    CHECK(to_string(closed.realised_profit) == "10");
    CHECK(world.snapshot.realised_profit == closed.realised_profit);
  }
}

TEST_CASE("nothing is adopted, or closed, while a trade of the position is under way") {
  BotWorld world = holding();
  const PositionId position = world.snapshot.open_positions.front().id;
  Trade close = a_trade({.id = "close", .direction = Direction::kClose});
  close.position = position;
  world.snapshot.pending = {pending_of(close)};
  CHECK(turn_of(world, reduction(world, "1")).effects == Effects{});
  const auto asked =
      decide(world.snapshot, CloseRequested{kDifference, position, 0, "x"}, world.context());
  REQUIRE(asked.has_value());
  CHECK_FALSE(asked->claim.has_value());
  CHECK(asked->turn.effects == Effects{});
}

TEST_CASE("a close is taken up while its entry still fills, and sells what there is in the end") {
  BotWorld world = holding();
  Position& position = world.snapshot.open_positions.front();
  Trade entry = a_trade();
  entry.position = position.id;
  world.snapshot.pending = {pending_of(entry)};
  CHECK(close_sizes(world.snapshot).empty());
  const Turn turn = turn_of(world, CloseRequested{kDifference, position.id, 0, "x"});
  REQUIRE(turn.effects.trade.has_value());
  CHECK(world.snapshot.pending.size() == 2);
  Position& more = world.snapshot.open_positions.front();
  more.quantity = quantity("7");
  CHECK(close_sizes(world.snapshot) ==
        std::vector<CloseSize>{{turn.effects.trade->id, quantity("7")}});
  // A part stays what it is, and of what is flat nothing can be sold.
  world.snapshot.pending.back().reason = ReasonCode::kPartialTakeProfit;
  CHECK(close_sizes(world.snapshot).empty());
  world.snapshot.pending.back().reason = ReasonCode::kNone;
  more.quantity = {};
  CHECK(close_sizes(world.snapshot).empty());
}

TEST_CASE("a requested close ends an entry that has bought nothing, or whose part is sold again") {
  for (const bool is_flat : {false, true}) {
    CAPTURE(is_flat);
    BotWorld world;
    const Trade entry = a_trade();
    if (is_flat) world.snapshot.open_positions = {a_position({.quantity = {}})};
    world.snapshot.pending = {pending_of(entry)};
    const CloseRequested event{kDifference, entry.position, 0, "cli:alice",
                               ReasonCode::kClosedByOperator};
    const Turn turn = turn_of(world, event);
    REQUIRE(turn.effects.trade.has_value());
    CHECK(turn.effects.trade->direction == Direction::kClose);
    CHECK(turn.effects.trade->side == OrderSide::kSell);
    CHECK(turn.effects.trade->symbol == world.config.symbol);
    CHECK(turn.effects.trade->position == entry.position);
    CHECK(turn.effects.trade->quantity.is_zero());
    REQUIRE(world.snapshot.pending.size() == 2);
    CHECK(world.snapshot.pending.back().reason == ReasonCode::kClosedByOperator);
    CHECK(turn_of(world, event).effects == Effects{});
    // Both have ended, and nothing was bought.
    world.snapshot.pending.clear();
    CHECK(turn_of(world, event).effects == Effects{});
  }
}

TEST_CASE("a requested close is a CLOSE like any other, its ids a function of the difference") {
  BotWorld world = holding();
  const Position position = world.snapshot.open_positions.front();
  const CloseRequested event{kDifference, position.id, 0, "cli:alice"};
  const auto first = decide(world.snapshot, event, world.context());
  const auto again = decide(world.snapshot, event, world.context());
  REQUIRE((first.has_value() && again.has_value()));
  CHECK(*first == *again);
  REQUIRE(first->claim.has_value());
  const Effects& effects = first->turn.effects;
  REQUIRE(effects.trade.has_value());
  CHECK(effects.trade->direction == Direction::kClose);
  CHECK(effects.trade->side == OrderSide::kSell);
  CHECK(effects.trade->position == position.id);
  CHECK(effects.trade->quantity == position.quantity);
  CHECK(effects.trade->intent == effects.intent->key);
  CHECK(order_request(*effects.trade).effect == OrderEffect::kReduceOnly);
  CHECK(first->turn.next.pending.size() == 1);
  REQUIRE(effects.trace.has_value());
  CHECK(effects.trace->signal == effects.signal->id);
  CHECK(effects.trace->reason_message.find("cli:alice") != std::string::npos);
  CHECK(std::any_of(effects.events.begin(), effects.events.end(),
                    [](const Event& event_of) { return event_of.actor == "cli:alice"; }));
  const auto later =
      decide(world.snapshot, CloseRequested{kDifference, position.id, 1, "x"}, world.context());
  REQUIRE(later.has_value());
  CHECK(later->turn.effects.trade->client_order_id != effects.trade->client_order_id);
}

// -- a stop that the exchange does not take

TEST_CASE("a stop that the exchange calls passed closes its position as that stop would have") {
  BotWorld world = holding();
  Position& open = world.snapshot.open_positions.front();
  open.stop_loss = price("101");
  open.take_profit = price("104");
  const StopPassed event{open.stop_client_id, false, "Bybit 110093: trigger_price >= current"};
  const auto first = decide(world.snapshot, event, world.context());
  const auto again = decide(world.snapshot, event, world.context());
  REQUIRE((first.has_value() && again.has_value()));
  CHECK(*first == *again);
  const Effects& effects = first->turn.effects;
  REQUIRE(effects.trade.has_value());
  CHECK(effects.trade->direction == Direction::kClose);
  CHECK(effects.trade->quantity == open.quantity);
  CHECK(first->claim.has_value());
  REQUIRE(first->turn.next.pending.size() == 1);
  CHECK(first->turn.next.pending.front().reason == ReasonCode::kStopLossHit);
  CHECK(effects.trace->reason_message.find("101") != std::string::npos);
  CHECK(effects.trace->reason_message.find("110093") != std::string::npos);
  // One at a time; after one that failed another one, under another id.
  const std::string id = effects.trade->client_order_id.value;
  turn_of(world, event);
  CHECK(turn_of(world, event).effects == Effects{});
  world.snapshot.pending.clear();
  const Turn next = turn_of(world, event);
  REQUIRE(next.effects.trade.has_value());
  CHECK(next.effects.trade->client_order_id.value != id);
}

TEST_CASE("of a stop of no open position, and of a flat one, nothing follows") {
  BotWorld world = holding();
  CHECK(turn_of(world, StopPassed{{"another"}, false, "x"}).effects == Effects{});
  CHECK(turn_of(world, StopPassed{{}, false, "x"}).effects == Effects{});
  Position& open = world.snapshot.open_positions.front();
  const ClientOrderId target = open.take_profit_client_id;
  CHECK(turn_of(world, StopPassed{target, false, "x"}).effects == Effects{});
  world.snapshot.open_positions.front().quantity = {};
  const ClientOrderId stop = world.snapshot.open_positions.front().stop_client_id;
  CHECK(turn_of(world, StopPassed{stop, false, "x"}).effects == Effects{});
}

TEST_CASE("the position that a passed stop closes bears the reason of the stop, or of its target") {
  struct Row {
    const char* stop;
    const char* target;
    bool or_target;
    bool is_moved;
    ReasonCode reason;
  };
  for (const Row& row : {Row{"101", "104", true, false, ReasonCode::kStopLossHit},
                         Row{"98", "99", true, false, ReasonCode::kTakeProfitHit},
                         Row{"98", "99", false, false, ReasonCode::kStopLossHit},
                         Row{"101", "104", false, true, ReasonCode::kTrailingStop}}) {
    CAPTURE(row.stop);
    BotWorld world = holding();
    Position& open = world.snapshot.open_positions.front();
    open.stop_loss = price(row.stop);
    open.take_profit = price(row.target);
    if (row.is_moved) {
      PositionCare care = care_for(open);
      care.stop = open.stop_loss;
      care.stop_reason = ReasonCode::kTrailingStop;
      world.snapshot.risk = {{.care = {care}, .results = {}, .locks = {}}};
    }
    const Turn turn = turn_of(world, StopPassed{open.stop_client_id, row.or_target, "x"});
    REQUIRE(turn.next.pending.size() == 1);
    CHECK(turn.next.pending.front().reason == row.reason);
  }
}

// -- what is adopted

namespace {

BotWorld of_perpetuals() {
  BotWorld world;
  world.config = testing::a_config({.market = MarketType::kLinear});
  world.instrument = testing::an_instrument({.market = MarketType::kLinear});
  return world;
}
PositionAdopted position_of_nobody(PositionSide side = PositionSide::kLong) {
  return {.difference = kDifference,
          .position = {},
          .symbol = {"BTC/USDT"},
          .side = side,
          .quantity = quantity("2"),
          .held = {},
          .average_entry = price("100"),
          .mark = price("101")};
}

}  // namespace

TEST_CASE("a position of nobody becomes the bot\'s, at the exchange\'s price and with a stop") {
  for (const PositionSide side : {PositionSide::kLong, PositionSide::kShort}) {
    CAPTURE(to_string(side));
    BotWorld world = of_perpetuals();
    PositionAdopted event = position_of_nobody(side);
    event.mark = price("100");
    const auto first = decide(world.snapshot, event, world.context());
    const auto again = decide(world.snapshot, event, world.context());
    REQUIRE((first.has_value() && again.has_value()));
    CHECK(*first == *again);
    // Only the writer knows whether it was adopted before.
    REQUIRE(first->claim.has_value());
    const Turn& turn = first->turn;
    CHECK_FALSE(turn.effects.trade.has_value());
    CHECK_FALSE(turn.effects.intent.has_value());
    REQUIRE(turn.next.open_positions.size() == 1);
    const Position& position = turn.next.open_positions.front();
    CHECK(position.id.value == adopted_order_id(kDifference).value);
    CHECK(is_adopted(position.id));
    CHECK(position.side == side);
    CHECK(position.quantity == quantity("2"));
    CHECK(position.average_entry == price("100"));
    CHECK(position.stop_loss == price(side == PositionSide::kLong ? "98" : "102"));
    CHECK(position.take_profit == price(side == PositionSide::kLong ? "104" : "96"));
    CHECK_FALSE(position.stop_client_id.empty());
    CHECK(position.stop_client_id != position.take_profit_client_id);
    REQUIRE(turn.effects.fills.size() == 1);
    CHECK(turn.effects.fills.front().fill.order_id.empty());
    CHECK(turn.effects.positions == turn.next.open_positions);
    CHECK(std::ranges::count(turn.effects.events, std::string("position.adopted"), &Event::kind) ==
          1);
  }
}

TEST_CASE("a level that the price has passed already does not close what is adopted") {
  BotWorld world = of_perpetuals();
  PositionAdopted event = position_of_nobody();
  event.mark = price("90");
  const Position deep = turn_of(world, event).next.open_positions.front();
  CHECK(deep.stop_loss == price("88.2"));
  CHECK(deep.take_profit == price("104"));
  world.snapshot = {};
  event.mark = price("110");
  const Position high = turn_of(world, event).next.open_positions.front();
  CHECK(high.stop_loss == price("98"));
  CHECK(high.take_profit.is_zero());
  CHECK(high.take_profit_client_id.empty());
}

TEST_CASE("what was added by somebody else joins the position, so that the averages agree") {
  BotWorld world = of_perpetuals();
  world.snapshot.open_positions = {a_position()};
  PositionAdopted event = position_of_nobody();
  event.position = world.snapshot.open_positions.front().id;
  event.quantity = quantity("3");
  event.held = quantity("1");
  event.average_entry = price("106");  // of all four
  const Position before = world.snapshot.open_positions.front();
  const Turn turn = turn_of(world, event);
  const Position& after = world.snapshot.open_positions.front();
  CHECK(after.id == before.id);
  CHECK(after.quantity == quantity("4"));
  CHECK(after.average_entry == price("106"));
  CHECK(after.stop_client_id == before.stop_client_id);
  CHECK(turn.effects.fills.front().fill.price == price("108"));
  // Told again while the records say so already.
  const BotSnapshot settled = world.snapshot;
  CHECK(turn_of(world, event).effects == Effects{});
  CHECK(world.snapshot == settled);
}

TEST_CASE(
    "what was found by older records than the bot's own is not added to what it took in since") {
  BotWorld world = of_perpetuals();
  PositionAdopted event = position_of_nobody();
  turn_of(world, event);
  const BotSnapshot holds_two = world.snapshot;
  // The exchange grew to three while the first two were about to be booked: by the records of then
  // all three were new.
  event.difference = {"fedcba9876543210fedcba9876543210"};
  event.quantity = quantity("3");
  CHECK(turn_of(world, event).effects == Effects{});
  CHECK(world.snapshot == holds_two);
  event.quantity = quantity("1");
  event.held = quantity("2");
  CHECK(turn_of(world, event).effects.fills.size() == 1);
  CHECK(world.snapshot.open_positions.front().quantity == quantity("3"));
}

TEST_CASE("where bots share a symbol the named one takes what is new at the mark") {
  BotWorld world = of_perpetuals();
  world.snapshot.open_positions = {a_position()};
  PositionAdopted event = position_of_nobody();
  event.average_entry = {};
  event.held = quantity("1");
  const Turn turn = turn_of(world, event);
  REQUIRE(world.snapshot.open_positions.size() == 1);
  CHECK(world.snapshot.open_positions.front().quantity == quantity("3"));
  REQUIRE(turn.effects.fills.size() == 1);
  CHECK(turn.effects.fills.front().fill.price == price("101"));
}

TEST_CASE("nothing is adopted in doubt: trades under way, other symbols, spot, no price") {
  const auto is_left = [](BotWorld world, const PositionAdopted& event) {
    const auto decision = decide(world.snapshot, event, world.context());
    REQUIRE(decision.has_value());
    return decision->turn.effects == Effects{} && !decision->claim &&
           decision->turn.next == world.snapshot;
  };
  CHECK_FALSE(is_left(of_perpetuals(), position_of_nobody()));
  BotWorld busy = of_perpetuals();
  busy.snapshot.pending = {pending_of(a_trade())};
  CHECK(is_left(busy, position_of_nobody()));
  BotWorld holds = of_perpetuals();
  holds.snapshot.open_positions = {a_position({.side = PositionSide::kShort})};
  CHECK(is_left(holds, position_of_nobody()));
  PositionAdopted event = position_of_nobody();
  event.symbol = {"ETH/USDT:USDT"};
  CHECK(is_left(of_perpetuals(), event));
  event = position_of_nobody();
  event.position = {"unknown"};
  CHECK(is_left(of_perpetuals(), event));
  event = position_of_nobody();
  event.average_entry = event.mark = {};
  CHECK(is_left(of_perpetuals(), event));
  CHECK(is_left(BotWorld{}, position_of_nobody()));
}

}  // namespace botbox
