// Signals from outside: the same gates and records as a strategy's.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/decide.hpp"
#include "engine/execution/identity.hpp"
#include "engine/strategy/regime.hpp"
#include "tests/support/builders.hpp"

namespace botbox::testing {
namespace {

struct OutsideSignal {
  Direction direction = Direction::kLong;
  std::string symbol = "BTC/USDT";
  Timestamp sent_at = opens(3);
};

SignalReceived received(const OutsideSignal& with = {}) {
  SignalReceived event;
  event.signal.id = alert_signal_id({"bot-1"}, "alert-7");
  event.signal.source = SignalSource::kWebhook;
  event.signal.bot = {"bot-1"};
  event.signal.symbol = {with.symbol};
  event.signal.direction = with.direction;
  event.signal.candle_close = with.sent_at;
  event.signal.created_at = opens(3) + Duration{7};
  event.signal.market_context = R"({"alert":{}})";
  event.order = 42;
  event.market = BotWorld{}.check_due().market;
  return event;
}

Decision decided(const BotWorld& world, const SignalReceived& event) {
  const Result<Decision> decision = decide(world.snapshot, event, world.context());
  REQUIRE(decision.has_value());
  return *decision;
}

}  // namespace

TEST_CASE("a signal from outside becomes the same order as a strategy's would") {
  BotWorld world;
  world.strategy.propose(Direction::kLong);
  const Decision own = *decide(world.snapshot, world.check_due(), world.context());
  const Decision outside = decided(world, received());
  REQUIRE(outside.turn.effects.trade.has_value());
  const Trade& trade = *outside.turn.effects.trade;
  const Trade& twin = *own.turn.effects.trade;
  CHECK(trade.quantity == twin.quantity);
  CHECK(trade.entry == twin.entry);
  CHECK(trade.stop_loss == twin.stop_loss);
  CHECK(trade.take_profit == twin.take_profit);
  CHECK(trade.signal == received().signal.id);
  CHECK(trade.client_order_id != twin.client_order_id);
  CHECK(outside.turn.effects.signal->decision == SignalDecision::kAccepted);
  CHECK(outside.turn.effects.signal->verdicts == own.turn.effects.signal->verdicts);
  CHECK(outside.claim->key == idempotency_key(received().signal.id));
  CHECK(outside.turn.outcome == CheckOutcome::kAccepted);
}

TEST_CASE("a signal from outside names the market's regime beside what its alert said") {
  std::vector<Candle> candles;
  for (std::int64_t i = 0; i < 160; ++i)
    candles.push_back(a_candle({.number = i, .close = price(std::to_string(100 + i))}));
  BotWorld world;
  world.now = opens(160);
  SignalReceived event = received({.sent_at = opens(160)});
  const auto record = [&](const std::string& told) {
    event.signal.market_context = told;
    const Effects effects = decided(world, event).turn.effects;
    REQUIRE(effects.signal.has_value());
    // The trace goes on with what was ordered, if anything was.
    const std::string& context = effects.signal->market_context;
    CHECK(effects.trace->context_json.starts_with(context.substr(0, context.size() - 1)));
    return context;
  };
  event.market = std::make_shared<const MarketView>(a_view(candles, {regime_spec()}));
  const std::string market = R"({"close":"259","data_age_ms":0,"gaps":0,"regime":"trending")"
                             R"(,"price":"259","price_of":"1m","price_age_ms":0)";
  CHECK(record(R"({"alert":{"source":"tv"}})") == market + R"(,"alert":{"source":"tv"}})");
  CHECK(record("{}") == market + "}");
  CHECK(record("") == market + "}");
  // One that is refused says it too.
  world.snapshot.status = BotStatus::kPaused;
  CHECK(record(R"({"alert":{}})") == market + R"(,"alert":{}})");
  // Nothing is known of a market that is not there.
  event.market = nullptr;
  CHECK(record(R"({"alert":{}})") == R"({"alert":{}})");
}

TEST_CASE("an entry from outside is sized, and its levels are set, by the newest minute there is") {
  BotWorld world;
  world.now = opens(4) + Duration{20'000};
  SignalReceived event = received({.sent_at = world.now});  // own candles: until opens(3), at 100
  const auto entered = [&] {
    const Decision decision = decided(world, event);
    REQUIRE(decision.turn.effects.trade.has_value());
    return *decision.turn.effects.trade;
  };
  CHECK(entered().entry == price("100"));
  event.newest = std::make_shared<const MarketView>(a_view(candles_closing_at({1, 1, 1, 200})));
  const Trade trade = entered();
  CHECK(trade.entry == price("200"));
  CHECK(trade.stop_loss == price("196"));
  CHECK(trade.take_profit == price("208"));
  CHECK(trade.quantity == quantity("0.5"));
  const Effects effects = decided(world, event).turn.effects;
  CHECK(effects.signal->entry == price("200"));
  const std::string said = R"("price":"200","price_of":"1m","price_age_ms":20000)";
  CHECK(effects.trace->context_json.find(said) != std::string::npos);
  // Minutes that lag behind the bot's own candle say nothing.
  event.newest = std::make_shared<const MarketView>(a_view(candles_closing_at({1, 1, 200})));
  CHECK(entered().entry == price("100"));
}

TEST_CASE("an entry is refused when the minutes that tell its price are old, a close is not") {
  BotWorld world;
  world.now = opens(4) + Duration{120'000};
  SignalReceived event = received({.sent_at = world.now});
  MarketView own = *event.market;  // of a longer timeframe, fetched now
  own.timeframe = Timeframe::minutes(240);
  own.as_of = world.now;
  event.market = std::make_shared<const MarketView>(own);
  event.newest = std::make_shared<const MarketView>(a_view(candles_closing_at({1, 1, 1, 200})));
  CHECK(decided(world, event).turn.outcome == CheckOutcome::kAccepted);
  world.now = world.now + Duration{1};
  CHECK(decided(world, event).turn.reason == ReasonCode::kDataStale);
  world.snapshot.open_positions = {a_position()};
  event.signal.direction = Direction::kClose;
  const Decision closing = decided(world, event);
  CHECK(closing.turn.outcome == CheckOutcome::kAccepted);
  CHECK(closing.turn.effects.signal->entry == price("100"));
}

TEST_CASE("a signal from outside leaves the schedule and the candles alone") {
  BotWorld world;
  world.snapshot.next_check_at = opens(9);
  world.snapshot.last_candle_close = opens(3);
  const BotSnapshot next = decided(world, received()).turn.next;
  CHECK(next.turn == world.snapshot.turn + 1);
  CHECK(next.signals == world.snapshot.signals + 1);
  CHECK(next.checks == world.snapshot.checks);
  CHECK(next.next_check_at == opens(9));
  CHECK(next.last_candle_close == opens(3));
}

TEST_CASE("an alert for the other side closes what is open where the plan says so, and only then") {
  BotWorld world;
  world.config.market = MarketType::kLinear;
  world.instrument.market = MarketType::kLinear;
  world.snapshot.open_positions = {a_position({.id = "p"})};
  const SignalReceived sell = received({.direction = Direction::kShort});
  CHECK(decided(world, sell).turn.reason == ReasonCode::kDuplicatePosition);
  world.config.plan.emplace_back().exits.on_reversal = true;
  const Decision closing = decided(world, sell);
  const Effects& effects = closing.turn.effects;
  REQUIRE(effects.trade.has_value());
  CHECK(effects.trade->direction == Direction::kClose);
  CHECK(effects.trade->position == PositionId{"p"});
  CHECK(effects.trade->quantity == quantity("1"));
  CHECK(closing.turn.next.pending.front().reason == ReasonCode::kSignalReversal);
  CHECK(closing.claim->direction == Direction::kClose);
  CHECK(closing.settles->id == sell.signal.id);
  CHECK(effects.signal->direction == Direction::kClose);
  CHECK(effects.signal->market_context.find(R"("plan":"SIGNAL_REVERSAL")") != std::string::npos);
  CHECK(effects.trace->conditions.front().name == "the signal asks for the other side");
  // The same side is a duplicate as ever, and without a position the alert opens one.
  CHECK(decided(world, received()).turn.reason == ReasonCode::kDuplicatePosition);
  world.snapshot.open_positions.clear();
  CHECK(decided(world, sell).turn.effects.trade->direction == Direction::kShort);
}

TEST_CASE("an alert to close ends an entry that has bought nothing yet, and sells what it buys") {
  for (const Direction entered : {Direction::kLong, Direction::kShort}) {
    CAPTURE(to_string(entered));
    BotWorld world;
    world.config.market = MarketType::kLinear;
    world.instrument.market = MarketType::kLinear;
    const Trade entry = a_trade({.direction = entered});
    world.snapshot.pending = {pending_of(entry)};
    const Decision closing = decided(world, received({.direction = Direction::kClose}));
    CHECK(closing.turn.outcome == CheckOutcome::kAccepted);
    const Effects& effects = closing.turn.effects;
    REQUIRE(effects.trade.has_value());
    CHECK(effects.trade->direction == Direction::kClose);
    CHECK(effects.trade->position == entry.position);
    CHECK(effects.trade->side == opposite(entry.side));
    CHECK(effects.trade->quantity.is_zero());
    CHECK(order_request(*effects.trade).effect == OrderEffect::kReduceOnly);
    CHECK(effects.trade->client_order_id ==
          client_order_id(world.installation, effects.trade->intent, OrderLeg::kClose));
    CHECK(effects.events.back().detail.starts_with("all that its entry buys; "));
    REQUIRE(closing.turn.next.pending.size() == 2);
    CHECK(closing.turn.next.pending.back().position == entry.position);
    // One close at a time, and nothing is known of what it sells as long as nothing is bought.
    world.snapshot = closing.turn.next;
    CHECK(close_sizes(world.snapshot).empty());
    CHECK(decided(world, received({.direction = Direction::kClose})).turn.reason ==
          ReasonCode::kTradePending);
  }
}

TEST_CASE("a strategy that wants to leave what it has not got ends no entry") {
  BotWorld world;
  world.snapshot.pending = {pending_of(a_trade())};
  world.strategy.propose(Direction::kClose);
  const Result<Decision> decision = decide(world.snapshot, world.check_due(), world.context());
  REQUIRE(decision.has_value());
  CHECK(decision->turn.reason == ReasonCode::kNothingToClose);
}

TEST_CASE("every decision on a signal from outside settles it") {
  BotWorld world;
  for (const bool is_paused : {false, true}) {
    world.snapshot.status = is_paused ? BotStatus::kPaused : BotStatus::kActive;
    const Decision decision = decided(world, received());
    REQUIRE(decision.settles.has_value());
    CHECK(decision.settles->id == received().signal.id);
    CHECK(decision.settles->order == 42);
    CHECK(decision.claim.has_value() == !is_paused);
  }
}

TEST_CASE("a signal from outside that nobody listens to is IGNORED with the reason") {
  struct Row {
    std::string name;
    std::function<void(BotWorld&, SignalReceived&)> change;
    ReasonCode reason;
    ExecutionStatus status;
  };
  const std::vector<Row> table{
      {"paused bot", [](BotWorld& w, SignalReceived&) { w.snapshot.status = BotStatus::kPaused; },
       ReasonCode::kBotNotActive, ExecutionStatus::kIgnored},
      {"reducing", [](BotWorld& w, SignalReceived&) { w.engine.mode = EngineMode::kReducing; },
       ReasonCode::kEngineReducing, ExecutionStatus::kIgnored},
      {"halted", [](BotWorld& w, SignalReceived&) { w.engine.mode = EngineMode::kHalted; },
       ReasonCode::kEngineHalted, ExecutionStatus::kIgnored},
      {"old alert",
       [](BotWorld& w, SignalReceived& s) { s.signal.candle_close = w.now - Duration{120'001}; },
       ReasonCode::kSignalExpired, ExecutionStatus::kIgnored},
      {"another symbol", [](BotWorld&, SignalReceived& s) { s.signal.symbol = {"ETH/USDT"}; },
       ReasonCode::kSymbolNotAllowed, ExecutionStatus::kFiltered},
      {"no market", [](BotWorld&, SignalReceived& s) { s.market = nullptr; },
       ReasonCode::kDataStale, ExecutionStatus::kFiltered},
      {"nothing to close",
       [](BotWorld&, SignalReceived& s) { s.signal.direction = Direction::kClose; },
       ReasonCode::kNothingToClose, ExecutionStatus::kFiltered},
      {"short on spot",
       [](BotWorld&, SignalReceived& s) { s.signal.direction = Direction::kShort; },
       ReasonCode::kMarketTypeMismatch, ExecutionStatus::kFiltered},
  };
  for (const Row& row : table) {
    CAPTURE(row.name);
    BotWorld world;
    SignalReceived event = received();
    row.change(world, event);
    const Decision decision = decided(world, event);
    const Signal& signal = *decision.turn.effects.signal;
    CHECK(signal.decision == SignalDecision::kRejected);
    CHECK(signal.rejection_reason == row.reason);
    CHECK(signal.execution_status == row.status);
    CHECK(decision.turn.effects.trace->reason == row.reason);
    CHECK_FALSE(decision.turn.effects.trade.has_value());
    CHECK(decision.turn.outcome == CheckOutcome::kRefused);
  }
}

TEST_CASE("a signal about another symbol is refused without a price of the bot's own") {
  BotWorld world;
  SignalReceived event = received();
  event.signal.symbol = {"ETH/USDT"};
  event.signal.market_context = R"({"alert":{}})";
  for (const Price told : {Price{}, price("3500")}) {
    event.signal.entry = told;
    const Effects effects = decided(world, event).turn.effects;
    CHECK(effects.signal->entry == told);
    CHECK(effects.signal->market_context == R"({"alert":{}})");
    CHECK(effects.trace->context_json.starts_with(R"({"alert":{})"));
  }
  event.signal.symbol = world.config.symbol;
  CHECK(decided(world, event).turn.effects.signal->entry == price("100"));
}

TEST_CASE("the age that is allowed is the configured one") {
  BotWorld world;
  SignalReceived event = received({.sent_at = opens(3) - Duration{300'000}});
  DecisionContext context = world.context();
  context.signal_age_max = Duration{300'000};
  CHECK(decide(world.snapshot, event, context)->turn.outcome == CheckOutcome::kAccepted);
  context.signal_age_max = Duration{299'999};
  CHECK(decide(world.snapshot, event, context)->turn.reason == ReasonCode::kSignalExpired);
}

TEST_CASE("a delayed signal is as old as the time that it waited for, not as its alert") {
  BotWorld world;
  DecisionContext context = world.context();
  context.signal_age_max = Duration{120'000};
  SignalReceived event = received({.sent_at = context.now - Duration{86'400'000}});
  event.signal.execution_scheduled_at = context.now - Duration{120'000};
  const Decision decision = *decide(world.snapshot, event, context);
  CHECK(decision.turn.outcome == CheckOutcome::kAccepted);
  CHECK(decision.turn.effects.signal->execution_scheduled_at ==
        event.signal.execution_scheduled_at);
  // The engine was down when its time came.
  event.signal.candle_close = context.now;
  event.signal.execution_scheduled_at = context.now - Duration{120'001};
  const Decision late = *decide(world.snapshot, event, context);
  CHECK(late.turn.reason == ReasonCode::kSignalExpired);
  CHECK(late.turn.effects.signal->execution_status == ExecutionStatus::kIgnored);
}

TEST_CASE("an alert may write the perpetual's symbol as its chart does") {
  BotWorld world;
  world.config.symbol = {"BTC/USDT:USDT"};
  world.config.market = MarketType::kLinear;
  world.instrument = an_instrument({.market = MarketType::kLinear});
  world.instrument.symbol = world.config.symbol;
  const Decision decision = decided(world, received({.symbol = "BTC/USDT"}));
  CHECK(decision.turn.outcome == CheckOutcome::kAccepted);
  CHECK(decision.turn.effects.signal->symbol == world.config.symbol);
}

TEST_CASE("a claim that is taken leaves the signal as a duplicate, and settles it all the same") {
  BotWorld world;
  SignalReceived event = received();
  event.claim_refused = ReasonCode::kQueueDuplicate;
  const Decision decision = decided(world, event);
  CHECK(decision.turn.outcome == CheckOutcome::kDuplicate);
  CHECK_FALSE(decision.claim.has_value());
  CHECK(decision.settles.has_value());
  CHECK(decision.turn.effects.signal->execution_status == ExecutionStatus::kIgnored);
}

}  // namespace botbox::testing
