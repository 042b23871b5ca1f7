// What decide() makes of a bot's plan: exits, scaling in, guards and their locks.
#include <doctest/doctest.h>

#include <functional>

#include "engine/decide.hpp"
#include "engine/execution/identity.hpp"
#include "engine/risk/exits.hpp"
#include "tests/support/builders.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

// A bot with a plan that holds one unit, entered at 100 when candle 0 opened.
struct PlannedWorld : BotWorld {
  PlannedWorld() {
    config.plan.emplace_back();
    Position position = a_position({.id = "p"});
    position.stop_loss = price("90");
    snapshot.open_positions = {position};
    snapshot.last_candle_close = opens(2);
  }
  RiskPlan& plan() { return config.plan.front(); }
  MovingStops moving_stops = MovingStops::kStayHere;

  // Candle 2 closes here, at opens(3).
  Decision check_at(std::string_view close) const {
    const CheckDue due{std::make_shared<const MarketView>(
                           a_view({a_candle({.number = 0}), a_candle({.number = 1}),
                                   a_candle({.number = 2, .close = price(close)})})),
                       opens(3)};
    DecisionContext around = context();
    around.moving_stops = moving_stops;
    Result<Decision> decision = decide(snapshot, due, around);
    REQUIRE(decision.has_value());
    return *decision;
  }
  Decision report(const Trade& trade, const OrderReport& told) const {
    Result<Decision> decision = decide(snapshot, OrderReported{trade, told}, context());
    REQUIRE(decision.has_value());
    return *decision;
  }
};

bool has_event(const Effects& effects, std::string_view kind) {
  for (const Event& event : effects.events)
    if (event.kind == kind) return true;
  return false;
}

}  // namespace

TEST_CASE("an exit of the plan becomes a close whose reason stands in trace, signal and position") {
  PlannedWorld world;
  world.plan().exits.roi = {{Duration{0}, Decimal::literal("0.02")}};
  const Decision decision = world.check_at("103");
  REQUIRE(decision.turn.outcome == CheckOutcome::kAccepted);
  const Effects& effects = decision.turn.effects;
  REQUIRE(effects.trade.has_value());
  CHECK(effects.trade->direction == Direction::kClose);
  CHECK(effects.trade->quantity == quantity("1"));
  CHECK(effects.trace->context_json.find(R"("plan":"MINIMAL_ROI")") != std::string::npos);
  CHECK(effects.signal->market_context.find(R"("plan":"MINIMAL_ROI")") != std::string::npos);
  CHECK(effects.trace->conditions.front().name == "profit ratio > minimal_roi");
  CHECK(decision.turn.next.pending.front().reason == ReasonCode::kMinimalRoi);

  world.snapshot = decision.turn.next;
  const Trade& close = *effects.trade;
  Trade sent = close;
  sent.status = TradeStatus::kExecuting;
  const Decision done = world.report(
      sent, a_report({.order = close.id.value,
                      .fills = {a_fill({.order = close.id.value, .side = OrderSide::kSell})}}));
  REQUIRE(done.turn.effects.positions.size() == 1);
  CHECK(done.turn.effects.positions.front().close_reason == ReasonCode::kMinimalRoi);
  CHECK(done.turn.next.risk.front().care.empty());
}

TEST_CASE("the plan's exit goes before what the strategy proposes, its rules beside those") {
  PlannedWorld world;
  world.plan().exits.time_stop = Duration{60'000};
  world.strategy.propose(Direction::kClose);
  const Decision decision = world.check_at("101");
  CHECK(decision.turn.next.pending.front().reason == ReasonCode::kTimeStop);
  CHECK(decision.turn.effects.trace->conditions.size() == 2);
}

TEST_CASE("what a position has seen is remembered from check to check, signal or not") {
  PlannedWorld world;
  world.plan().exits.trailing.distance = Decimal::literal("0.05");
  const Decision quiet = world.check_at("110");
  CHECK(quiet.turn.outcome == CheckOutcome::kNoSignal);
  REQUIRE(quiet.turn.next.risk.size() == 1);
  CHECK(quiet.turn.next.risk.front().care.front().stop == price("104.5"));
}

TEST_CASE("where the exchange moves stops the position's own stop goes along, on record first") {
  PlannedWorld world;
  world.plan().exits.trailing.distance = Decimal::literal("0.05");
  world.moving_stops = MovingStops::kGoToExchange;
  const Decision moved = world.check_at("110.03");
  // 110.03 * 0.95 = 104.5285, on the tick of 0.1.
  const Turn& turn = moved.turn;
  REQUIRE(turn.effects.positions.size() == 1);
  CHECK(turn.effects.positions.front().stop_loss == price("104.5"));
  CHECK(turn.next.open_positions == turn.effects.positions);
  CHECK(turn.next.risk.front().care.front().stop == price("104.5"));
  CHECK(has_event(turn.effects, "position.stop_moved"));
  // The price falls back: nothing is told again, and the stop stays.
  world.snapshot = turn.next;
  world.snapshot.last_candle_close = opens(2);
  const Decision quiet = world.check_at("106");
  CHECK(quiet.turn.effects.positions.empty());
  CHECK(quiet.turn.next.open_positions == turn.next.open_positions);
}

namespace {

// Candles of a minute that close here, one after another, and what is decided at the last of them.
Decision decide_after(const PlannedWorld& world, const std::vector<std::string_view>& closes) {
  std::vector<Candle> candles;
  for (const std::string_view close : closes)
    candles.push_back(
        a_candle({.number = static_cast<std::int64_t>(candles.size()), .close = price(close)}));
  const auto count = static_cast<std::int64_t>(candles.size());
  const auto view = std::make_shared<const MarketView>(a_view(std::move(candles)));
  DecisionContext around = world.context();
  around.now = opens(count);
  Result<Decision> decision = decide(world.snapshot, CheckDue{view, opens(count)}, around);
  REQUIRE(decision.has_value());
  return *decision;
}

}  // namespace

TEST_CASE("a position whose stop the exchange has not filled for two minutes is closed") {
  for (const bool has_plan : {false, true}) {
    CAPTURE(has_plan);
    PlannedWorld world;
    if (has_plan)
      world.plan().exits.time_stop = Duration{86'400'000};
    else
      world.config.plan.clear();
    // Stop 90. Two closes beyond it may be a fill that is on its way.
    CHECK_FALSE(decide_after(world, {"100", "89", "88"}).turn.effects.trade.has_value());
    CHECK_FALSE(decide_after(world, {"89", "88", "91", "90"}).turn.effects.trade.has_value());
    CHECK_FALSE(decide_after(world, {"89", "88", "87", "90.1"}).turn.effects.trade.has_value());
    const Decision closed = decide_after(world, {"100", "90", "88", "87"});
    REQUIRE(closed.turn.effects.trade.has_value());
    CHECK(closed.turn.effects.trade->direction == Direction::kClose);
    CHECK(closed.turn.next.pending.front().reason == ReasonCode::kStopLossHit);
    CHECK(closed.turn.effects.trace->conditions.front().name ==
          "closed beyond the stop, which the exchange has not filled");
    // One close is enough.
    world.snapshot.pending = closed.turn.next.pending;
    CHECK_FALSE(decide_after(world, {"100", "90", "88", "87"}).turn.effects.trade.has_value());
    // It was opened since: what closed before says nothing.
    world.snapshot.pending.clear();
    world.snapshot.open_positions.front().opened_at = opens(2);
    CHECK_FALSE(decide_after(world, {"100", "90", "88", "87"}).turn.effects.trade.has_value());
    // It is being filled.
    world.snapshot.open_positions.front().opened_at = opens(0);
    world.snapshot.open_positions.front().applied.push_back(
        {.client_id = world.snapshot.open_positions.front().stop_client_id});
    CHECK_FALSE(decide_after(world, {"100", "90", "88", "87"}).turn.effects.trade.has_value());
  }
}

TEST_CASE("a short position's stop is overdue above it") {
  PlannedWorld world;
  world.config.plan.clear();
  Position& position = world.snapshot.open_positions.front();
  position.side = PositionSide::kShort;
  position.stop_loss = price("110");
  CHECK_FALSE(decide_after(world, {"111", "112", "109.9"}).turn.effects.trade.has_value());
  CHECK(decide_after(world, {"110", "111", "112"}).turn.next.pending.front().reason ==
        ReasonCode::kStopLossHit);
}

TEST_CASE("a stop that was crossed at the exchange is given a look's time to say so") {
  PlannedWorld world;
  world.plan().exits.trailing.distance = Decimal::literal("0.05");
  world.moving_stops = MovingStops::kGoToExchange;
  world.snapshot = world.check_at("110").turn.next;
  world.snapshot.last_candle_close = opens(2);
  const Decision crossed = world.check_at("104");
  CHECK(crossed.turn.outcome == CheckOutcome::kNoSignal);
  CHECK(crossed.turn.next.risk.front().care.front().due == ReasonCode::kTrailingStop);
  // Nothing was heard of it.
  world.snapshot = crossed.turn.next;
  world.snapshot.last_candle_close = opens(2);
  const Decision closed = world.check_at("106");
  REQUIRE(closed.turn.effects.trade.has_value());
  CHECK(closed.turn.effects.trade->direction == Direction::kClose);
  CHECK(closed.turn.next.pending.front().reason == ReasonCode::kTrailingStop);
  // It was heard of: the stop is the reason, by what had moved it.
  OrderReport fired = a_report({.order = world.snapshot.open_positions.front().stop_client_id.value,
                                .fills = {a_fill({.side = OrderSide::kSell})}});
  fired.fills.front().client_id = fired.client_id;
  const Decision done = world.report({}, fired);
  REQUIRE(done.turn.effects.positions.size() == 1);
  CHECK(done.turn.effects.positions.front().status == PositionStatus::kClosed);
  CHECK(done.turn.effects.positions.front().close_reason == ReasonCode::kTrailingStop);
}

TEST_CASE("an exit that a gate holds back is due until it passes") {
  PlannedWorld world;
  world.plan().exits.trailing.distance = Decimal::literal("0.05");
  PositionCare care = care_for(world.snapshot.open_positions.front());
  care.stop = price("101");
  care.stop_reason = ReasonCode::kTrailingStop;
  world.snapshot.risk = {{.care = {care}, .results = {}, .locks = {}}};
  world.engine.mode = EngineMode::kHalted;
  const Decision held = world.check_at("100");
  CHECK(held.turn.outcome == CheckOutcome::kRefused);
  CHECK(held.turn.reason == ReasonCode::kEngineHalted);
  world.snapshot = held.turn.next;
  world.snapshot.last_candle_close = opens(2);
  world.engine.mode = EngineMode::kActive;
  const Decision later = world.check_at("109");
  CHECK(later.turn.outcome == CheckOutcome::kAccepted);
  CHECK(later.turn.next.pending.front().reason == ReasonCode::kTrailingStop);
}

TEST_CASE("while its entry still fills a position leaves by time, profit and reversal alone") {
  struct Unfinished {
    const char* what;
    std::function<void(RiskPlan&)> arrange;
    ReasonCode left_by = ReasonCode::kNone;
  };
  const Decimal two_percent = Decimal::literal("0.02");
  for (const Unfinished& row :
       {Unfinished{"minimal ROI",
                   [&](RiskPlan& p) {
                     p.exits.roi = {{Duration{0}, two_percent}};
                   },
                   ReasonCode::kMinimalRoi},
        Unfinished{"time stop", [](RiskPlan& p) { p.exits.time_stop = Duration{60'000}; },
                   ReasonCode::kTimeStop},
        Unfinished{"a part",
                   [&](RiskPlan& p) {
                     p.exits.partials = {{two_percent, two_percent}};
                   }},
        Unfinished{"break even", [&](RiskPlan& p) { p.exits.break_even_at = two_percent; }}}) {
    CAPTURE(row.what);
    PlannedWorld world;
    Trade entry = a_trade({.id = "p"});
    world.snapshot.pending = {pending_of(entry)};
    row.arrange(world.plan());
    const Decision decision = world.check_at("103");
    CHECK(decision.turn.next.risk.empty());
    if (row.left_by == ReasonCode::kNone) {
      CHECK(decision.turn.outcome == CheckOutcome::kNoSignal);
      continue;
    }
    REQUIRE(decision.turn.outcome == CheckOutcome::kAccepted);
    REQUIRE(decision.turn.next.pending.size() == 2);
    CHECK(decision.turn.next.pending.back().reason == row.left_by);
    world.snapshot = decision.turn.next;
    world.snapshot.last_candle_close = opens(2);
    CHECK(world.check_at("104").turn.outcome == CheckOutcome::kNoSignal);
  }
}

TEST_CASE("a partial exit closes its share on the lot, once") {
  PlannedWorld world;
  world.plan().exits.partials = {{Decimal::literal("0.02"), Decimal::literal("0.3333")}};
  const Decision decision = world.check_at("103");
  REQUIRE(decision.turn.effects.trade.has_value());
  CHECK(decision.turn.effects.trade->quantity == quantity("0.333"));
  CHECK(decision.turn.next.risk.front().care.front().partials == 1);
  world.snapshot = decision.turn.next;
  world.snapshot.last_candle_close = opens(2);
  CHECK(world.check_at("103").turn.outcome == CheckOutcome::kNoSignal);
  world.snapshot.pending.clear();
  CHECK(world.check_at("103").turn.outcome == CheckOutcome::kNoSignal);
}

TEST_CASE("what the engine's mode held back in the queue is asked for again, no other failure is") {
  struct HeldRow {
    const char* what;
    ReasonCode blocked;
    std::uint32_t partials;  // taken, after it
  };
  for (const HeldRow& row : {HeldRow{"halted", ReasonCode::kEngineHalted, 1},
                             HeldRow{"reducing", ReasonCode::kEngineReducing, 1},
                             HeldRow{"refused by the exchange", ReasonCode::kNone, 3}}) {
    CAPTURE(row.what);
    PlannedWorld world;
    const Decimal share = Decimal::literal("0.25");
    world.plan().exits.partials = {{Decimal::literal("0.01"), share},
                                   {Decimal::literal("0.02"), share},
                                   {Decimal::literal("0.03"), share}};
    // The first one was taken before.
    PositionCare care = care_for(world.snapshot.open_positions.front());
    care.partials = 1;
    world.snapshot.risk = {{.care = {care}, .results = {}, .locks = {}}};
    const Decision asked = world.check_at("103");
    REQUIRE(asked.turn.effects.trade.has_value());
    CHECK(asked.turn.effects.trade->quantity == quantity("0.5"));
    CHECK(asked.turn.next.risk.front().care.front().partials == 3);
    world.snapshot = asked.turn.next;
    Trade trade = *asked.turn.effects.trade;
    if (row.blocked == ReasonCode::kNone) trade.status = TradeStatus::kExecuting;
    OrderReported ended{trade,
                        a_report({.order = trade.id.value, .status = OrderStatus::kRejected})};
    ended.blocked = row.blocked;
    const Result<Decision> told = decide(world.snapshot, ended, world.context());
    REQUIRE(told.has_value());
    CHECK(told->turn.next.pending.empty());
    CHECK(told->turn.next.risk.front().care.front().partials == row.partials);
  }
  PlannedWorld deeper;
  deeper.plan().scaling = {.levels = 2, .deviation = Decimal::literal("0.02")};
  const Decision added = deeper.check_at("98");
  REQUIRE(added.turn.effects.trade.has_value());
  deeper.snapshot = added.turn.next;
  CHECK(deeper.snapshot.risk.front().care.front().levels == 1);
  OrderReported held{
      *added.turn.effects.trade,
      a_report({.order = added.turn.effects.trade->id.value, .status = OrderStatus::kRejected})};
  held.blocked = ReasonCode::kEngineReducing;
  const Result<Decision> told = decide(deeper.snapshot, held, deeper.context());
  REQUIRE(told.has_value());
  CHECK(told->turn.next.risk.front().care.front().levels == 0);
}

TEST_CASE("who closes all, strategy or reversal, goes before a partial exit of the same candle") {
  PlannedWorld world;
  world.plan().exits.partials = {{Decimal::literal("0.02"), Decimal::literal("0.5")}};
  world.strategy.propose(Direction::kClose);
  const Turn closed = world.check_at("103").turn;
  REQUIRE(closed.effects.trade.has_value());
  CHECK(closed.effects.trade->quantity == quantity("1"));
  CHECK(closed.next.pending.front().reason == ReasonCode::kNone);
  CHECK(closed.next.risk.front().care.front().partials == 0);

  world.config.market = MarketType::kLinear;
  world.instrument.market = MarketType::kLinear;
  world.strategy.propose(Direction::kShort);
  const Turn part = world.check_at("103").turn;
  REQUIRE(part.effects.trade.has_value());
  CHECK(part.effects.trade->quantity == quantity("0.5"));
  CHECK(part.next.pending.front().reason == ReasonCode::kPartialTakeProfit);
  world.plan().exits.on_reversal = true;
  const Turn reversed = world.check_at("103").turn;
  REQUIRE(reversed.effects.trade.has_value());
  CHECK(reversed.effects.trade->quantity == quantity("1"));
  CHECK(reversed.next.pending.front().reason == ReasonCode::kSignalReversal);
}

TEST_CASE("a proposal against the position closes it only where the plan says so") {
  PlannedWorld world;
  world.config.market = MarketType::kLinear;
  world.instrument.market = MarketType::kLinear;
  world.strategy.propose(Direction::kShort);
  CHECK(world.check_at("101").turn.reason == ReasonCode::kDuplicatePosition);
  world.plan().exits.on_reversal = true;
  const Decision decision = world.check_at("101");
  REQUIRE(decision.turn.effects.trade.has_value());
  CHECK(decision.turn.effects.trade->direction == Direction::kClose);
  CHECK(decision.turn.next.pending.front().reason == ReasonCode::kSignalReversal);
}

TEST_CASE("scaling in enlarges the position, with its level in the id and no orders of its own") {
  PlannedWorld world;
  world.config.allocation = money("1000");
  world.plan().scaling = {.levels = 2,
                          .deviation = Decimal::literal("0.02"),
                          .deviation_scale = Decimal::from_int(1),
                          .size_scale = Decimal::from_int(2)};
  const Decision decision = world.check_at("98");
  REQUIRE(decision.turn.outcome == CheckOutcome::kAccepted);
  const Trade& trade = *decision.turn.effects.trade;
  CHECK(trade.direction == Direction::kLong);
  CHECK(trade.position == PositionId{"p"});
  CHECK(enlarges(trade));
  CHECK(order_request(trade).effect == OrderEffect::kEnlargeOnly);
  CHECK(trade.stop_client_id.empty());
  CHECK(trade.take_profit_client_id.empty());
  CHECK(trade.reserved == money("200"));
  CHECK(trade.quantity == quantity("2.04"));
  CHECK(trade.signal == signal_id({.bot = {"bot-1"},
                                   .settings_version = 1,
                                   .symbol = {"BTC/USDT"},
                                   .timeframe = Timeframe::minutes(1),
                                   .candle_close = opens(3),
                                   .direction = Direction::kLong,
                                   .leg = 1}));
  CHECK(decision.turn.next.risk.front().care.front().levels == 1);
  CHECK(decision.turn.next.pending.front().reason == ReasonCode::kScaleIn);

  world.snapshot = decision.turn.next;
  Trade sent = trade;
  sent.status = TradeStatus::kExecuting;
  const Decision filled =
      world.report(sent, a_report({.order = trade.id.value,
                                   .fills = {a_fill({.order = trade.id.value,
                                                     .price = price("98"),
                                                     .quantity = quantity("2.04")})}}));
  REQUIRE(filled.turn.next.open_positions.size() == 1);
  const Position& position = filled.turn.next.open_positions.front();
  CHECK(position.quantity == quantity("3.04"));
  CHECK(position.stop_client_id == ClientOrderId{"p-stop"});
  CHECK(filled.turn.next.pending.empty());
}

TEST_CASE("a price from before a position was enlarged is no profit of its new average") {
  PlannedWorld world;
  world.config.allocation = money("1000");
  world.plan().exits.break_even_at = Decimal::literal("0.03");
  world.plan().scaling = {.levels = 1,
                          .deviation = Decimal::literal("0.05"),
                          .deviation_scale = Decimal::from_int(1),
                          .size_scale = Decimal::from_int(2)};
  const Decision decision = world.check_at("95");
  REQUIRE(decision.turn.effects.trade.has_value());
  world.snapshot = decision.turn.next;
  Trade sent = *decision.turn.effects.trade;
  sent.status = TradeStatus::kExecuting;
  const Decision filled = world.report(
      sent,
      a_report({.order = sent.id.value,
                .fills = {a_fill(
                    {.order = sent.id.value, .price = price("95"), .quantity = sent.quantity})}}));
  world.snapshot = filled.turn.next;
  // Against the average of some 96.61 the entry at 100 would be 3.5 %.
  const Price average = world.snapshot.open_positions.front().average_entry;
  CHECK(average < price("97"));
  world.snapshot.last_candle_close = opens(2);
  const Decision quiet = world.check_at("95");
  CHECK(quiet.turn.outcome == CheckOutcome::kNoSignal);
  CHECK(quiet.turn.next.risk.front().care.front().stop.is_zero());
  CHECK(quiet.turn.next.risk.front().care.front().best == price("95"));
  world.snapshot = quiet.turn.next;
  world.snapshot.last_candle_close = opens(2);
  const Decision risen = world.check_at("99.6");
  CHECK(risen.turn.next.risk.front().care.front().stop == average);
}

TEST_CASE("a paused bot leaves by its plan and its strategy's word, adds nothing, and says so") {
  PlannedWorld world;
  world.config.allocation = money("1000");
  world.snapshot.status = BotStatus::kPaused;
  world.plan().scaling = {.levels = 1, .deviation = Decimal::literal("0.02")};
  const Decision quiet = world.check_at("98");
  CHECK(quiet.turn.outcome == CheckOutcome::kNoSignal);
  REQUIRE(quiet.turn.effects.trace.has_value());
  const DecisionTrace& trace = *quiet.turn.effects.trace;
  CHECK(trace.context_json.find(R"("bot_status":"PAUSED"})") != std::string::npos);
  CHECK(explain(trace) == "the bot is PAUSED, only exits are looked for: no rule fired");
  // The level waits for the bot to go on.
  PlannedWorld active = world;
  active.snapshot.status = BotStatus::kActive;
  const Decision added = active.check_at("98");
  REQUIRE(added.turn.effects.trade.has_value());
  CHECK(enlarges(*added.turn.effects.trade));

  PlannedWorld late = world;
  late.plan().exits.time_stop = Duration{60'000};
  const Decision left = late.check_at("98");
  REQUIRE(left.turn.effects.trade.has_value());
  CHECK(left.turn.effects.trade->direction == Direction::kClose);
  CHECK(left.turn.next.pending.front().reason == ReasonCode::kTimeStop);

  world.strategy.propose(Direction::kClose);
  const Decision word = world.check_at("98");
  REQUIRE(word.turn.effects.trade.has_value());
  CHECK(word.turn.effects.trade->direction == Direction::kClose);
}

TEST_CASE("a level of scaling in still has to fit into the allocation") {
  PlannedWorld world;
  world.config.allocation = money("150");
  world.plan().scaling = {.levels = 1, .deviation = Decimal::literal("0.02")};
  const Decision decision = world.check_at("98");
  CHECK(decision.turn.reason == ReasonCode::kInsufficientAllocation);
  CHECK(decision.turn.next.risk.front().care.front().levels == 0);
}

TEST_CASE("a level that is told after the stop has closed the position does not come back as one") {
  PlannedWorld world;
  world.plan().scaling = {.levels = 1, .deviation = Decimal::literal("0.02")};
  const Decision decision = world.check_at("98");
  world.snapshot = decision.turn.next;
  const Decision stopped = world.report(
      {}, a_report({.order = "p-stop",
                    .fills = {a_fill({.id = "s", .order = "p-stop", .side = OrderSide::kSell})}}));
  // Its order may still fill: the position waits for that word, flat.
  REQUIRE(stopped.turn.next.open_positions.size() == 1);
  world.snapshot = stopped.turn.next;
  Trade sent = *decision.turn.effects.trade;
  sent.status = TradeStatus::kExecuting;
  OrderReport refused = a_report({.order = sent.id.value,
                                  .status = OrderStatus::kRejected,
                                  .fills = {},
                                  .message = "nothing is open in the group"});
  const Decision done = world.report(sent, refused);
  CHECK(done.turn.effects.trade->status == TradeStatus::kFailed);
  CHECK(done.turn.next.open_positions.empty());
  REQUIRE(done.turn.effects.positions.size() == 1);
  CHECK(done.turn.effects.positions.front().status == PositionStatus::kClosed);
  CHECK(done.turn.effects.positions.front().close_reason == ReasonCode::kStopLossHit);
}

TEST_CASE("a loss sets the locks of its guards, which refuse entries with their reason and time") {
  PlannedWorld world;
  world.plan().guards.streak = {
      .trades = 1, .limit = {}, .lookback = {}, .pause = Duration{600'000}};
  const Decision stopped = world.report({}, a_report({.order = "p-stop",
                                                      .fills = {a_fill({.order = "p-stop",
                                                                        .side = OrderSide::kSell,
                                                                        .price = price("90"),
                                                                        .at = opens(2)})}}));
  REQUIRE(stopped.turn.next.risk.size() == 1);
  CHECK(stopped.turn.next.risk.front().locks.size() == 1);
  CHECK(has_event(stopped.turn.effects, "risk.locked"));

  world.snapshot = stopped.turn.next;
  world.strategy.propose(Direction::kLong);
  const Decision refused = world.check_at("100");
  CHECK(refused.turn.reason == ReasonCode::kLosingStreak);
  CHECK(refused.turn.effects.trace->reason_message.find("locked until 2023-11-14T22:26:00.000Z") !=
        std::string::npos);
  world.now = opens(12);
  const CheckDue later{std::make_shared<const MarketView>(a_view({a_candle({.number = 11})})),
                       opens(12)};
  CHECK(decide(world.snapshot, later, world.context())->turn.outcome == CheckOutcome::kAccepted);
}

TEST_CASE("a bot that has lost most of its allocation is locked by a drawdown of what is left") {
  PlannedWorld world;
  world.plan().guards.drawdown = {
      .trades = 1, .limit = Decimal::literal("0.1"), .lookback = Duration{600'000}, .pause = {}};
  const OrderReport stopped = a_report(
      {.order = "p-stop",
       .fills = {a_fill(
           {.order = "p-stop", .side = OrderSide::kSell, .price = price("90"), .at = opens(2)})}});
  CHECK(world.report({}, stopped).turn.next.risk.front().locks.empty());
  world.snapshot.realised_profit = money("-900");
  const std::vector<RiskLock> locks = world.report({}, stopped).turn.next.risk.front().locks;
  REQUIRE(locks.size() == 1);
  CHECK(locks.front().reason == ReasonCode::kMaxDrawdown);
}

TEST_CASE("an operator lifts one lock or all, with an event of who did it, and entries pass") {
  PlannedWorld world;
  world.snapshot.open_positions.clear();
  world.snapshot.risk = {{.care = {},
                          .results = {},
                          .locks = {{ReasonCode::kLosingStreak, opens(0), opens(50), "3 losses"},
                                    {ReasonCode::kLowProfit, opens(0), opens(90), "-2 %"}}}};
  const auto lift = [&](ReasonCode reason) {
    const Result<Decision> decision =
        decide(world.snapshot, LockLifted{reason, "cli:alice"}, world.context());
    REQUIRE(decision.has_value());
    return decision->turn;
  };
  const Turn one = lift(ReasonCode::kLosingStreak);
  REQUIRE(one.next.risk.front().locks.size() == 1);
  CHECK(one.next.turn == world.snapshot.turn + 1);
  REQUIRE(one.effects.events.size() == 1);
  CHECK(one.effects.events.front().kind == "risk.lifted");
  CHECK(one.effects.events.front().actor == "cli:alice");
  const Turn all = lift(ReasonCode::kNone);
  CHECK(all.next.risk.front().locks.empty());
  CHECK(all.effects.events.size() == 2);
  // Nothing to lift: nothing to write.
  CHECK(lift(ReasonCode::kMaxDrawdown).next.turn == world.snapshot.turn);

  world.snapshot = all.next;
  world.strategy.propose(Direction::kLong);
  CHECK(world.check_at("100").turn.outcome == CheckOutcome::kAccepted);
}

TEST_CASE("stop and target stand at ATR, swing or price, and are refused without their data") {
  PlannedWorld world;
  world.snapshot.open_positions.clear();
  world.strategy.propose(Direction::kLong);
  world.plan().exits.stop = {LevelKind::kSwing, {}, 2};
  world.plan().exits.target = {LevelKind::kPrice, Decimal::literal("130.04"), 0};
  const Decision decision = world.check_at("120");
  REQUIRE(decision.turn.effects.trade.has_value());
  CHECK(decision.turn.effects.trade->stop_loss == price("100"));
  CHECK(decision.turn.effects.trade->take_profit == price("130"));
  world.plan().exits.stop = {LevelKind::kSwing, {}, 4};
  CHECK(world.check_at("120").turn.reason == ReasonCode::kRiskDataMissing);
  world.plan().exits.stop = {LevelKind::kAtr, Decimal::from_int(2), 0};
  CHECK(world.check_at("120").turn.reason == ReasonCode::kRiskDataMissing);
  world.plan().exits.stop = {LevelKind::kPrice, Decimal::literal("125"), 0};
  CHECK(world.check_at("120").turn.reason == ReasonCode::kInvalidLevels);
}
