#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "engine/decide.hpp"
#include "engine/execution/identity.hpp"
#include "engine/execution/lifecycle.hpp"
#include "engine/risk/plan_step.hpp"
#include "engine/strategy/regime.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/seeded_runs.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

Decision check(const BotWorld& world, Timestamp due_at = opens(3)) {
  Result<Decision> decision = decide(world.snapshot, world.check_due(due_at), world.context());
  REQUIRE(decision.has_value());
  return *decision;
}

std::vector<std::string> kinds(const Effects& effects) {
  std::vector<std::string> kinds;
  for (const Event& event : effects.events) kinds.push_back(event.kind);
  return kinds;
}
using Kinds = std::vector<std::string>;

BotWorld proposing(Direction direction) {
  BotWorld world;
  world.strategy.propose(direction);
  return world;
}
BotWorld closing() {
  BotWorld world = proposing(Direction::kClose);
  world.snapshot.open_positions = {a_position({.id = "p", .quantity = quantity("0.7")})};
  return world;
}

std::optional<Price> from_level(double level) {
  const Result<Decimal> exact = from_indicator_level(level);
  return exact ? std::optional<Price>(Price{*exact}) : std::nullopt;
}

// The records of the snapshot that only a signal that was accepted may change.
void check_nothing_traded(const BotSnapshot& before, const BotSnapshot& after) {
  CHECK(after.pending == before.pending);
  CHECK(after.open_positions == before.open_positions);
  CHECK(after.last_trade_at == before.last_trade_at);
  CHECK(after.status == before.status);
}

}  // namespace

TEST_CASE("a check without a signal leaves its trace and moves the schedule") {
  BotWorld world;
  world.snapshot.turn = 41;
  world.snapshot.checks = 7;
  world.snapshot.failed_attempts = 3;
  world.now = opens(3) + Duration{250};
  const Decision decision = check(world);

  const BotSnapshot& next = decision.turn.next;
  CHECK(next.turn == 42);
  CHECK(next.checks == 8);
  CHECK(next.signals == 0);
  CHECK(next.failed_attempts == 0);
  CHECK(next.last_check_at == world.now);
  CHECK(next.next_check_at == opens(4));
  CHECK(next.last_candle_close == opens(3));
  check_nothing_traded(world.snapshot, next);

  CHECK(decision.turn.outcome == CheckOutcome::kNoSignal);
  CHECK_FALSE(decision.claim.has_value());
  const Effects& effects = decision.turn.effects;
  CHECK_FALSE(effects.signal.has_value());
  CHECK_FALSE(effects.intent.has_value());
  CHECK_FALSE(effects.trade.has_value());
  REQUIRE(effects.trace.has_value());
  CHECK(effects.trace->bot == BotId{"bot-1"});
  CHECK(effects.trace->candle_close == opens(3));
  CHECK(effects.trace->checked_at == world.now);
  CHECK(effects.trace->stage == TraceStage::kChecked);
  CHECK(effects.trace->decision == DecisionType::kSkipped);
  CHECK(effects.trace->reason == ReasonCode::kNoSignal);
  CHECK(effects.trace->conditions == world.strategy.says.conditions);
  CHECK(effects.trace->context_json == R"({"close":"100","data_age_ms":250,"gaps":0,"rsi":28})");
}

TEST_CASE("a strategy that is still warming up says so in the trace") {
  BotWorld world;
  world.strategy.says = {};
  const Decision decision = check(world);
  CHECK(decision.turn.outcome == CheckOutcome::kWarmingUp);
  REQUIRE(decision.turn.effects.trace.has_value());
  CHECK(decision.turn.effects.trace->reason == ReasonCode::kWarmingUp);
}

TEST_CASE(
    "a regime that the strategy does not trade is a gate's refusal, and stands in the context") {
  BotWorld world = proposing(Direction::kLong);
  world.strategy.says.regime = RegimeKind::kVolatile;
  world.strategy.says.trades_regime = false;
  const Decision refused = check(world);
  CHECK(refused.turn.outcome == CheckOutcome::kRefused);
  CHECK(refused.turn.reason == ReasonCode::kRegimeNotTraded);
  const Effects& effects = refused.turn.effects;
  CHECK(effects.signal->market_context.find(R"("regime":"volatile")") != std::string::npos);
  CHECK(effects.trace->context_json.find(R"("regime":"volatile")") != std::string::npos);
  CHECK(effects.trace->reason_message ==
        "regime: the market is volatile, which the strategy does not trade");
  world.strategy.says.trades_regime = true;
  CHECK(check(world).turn.outcome == CheckOutcome::kAccepted);
  // What closes passes.
  BotWorld leaving = closing();
  leaving.strategy.says.trades_regime = false;
  CHECK(check(leaving).turn.outcome == CheckOutcome::kAccepted);
}

TEST_CASE("every record names the regime of the market, whether its strategy asked or not") {
  std::vector<Candle> candles;
  for (std::int64_t i = 0; i < 160; ++i)
    candles.push_back(a_candle({.number = i, .close = price(std::to_string(100 + i))}));
  BotWorld world = proposing(Direction::kLong);
  world.now = opens(160);
  const auto record = [&](const std::vector<IndicatorSpec>& specs) {
    const auto market = std::make_shared<const MarketView>(a_view(candles, specs));
    const auto decision = decide(world.snapshot, CheckDue{market, opens(160)}, world.context());
    REQUIRE(decision.has_value());
    REQUIRE(decision->turn.effects.signal);
    // The trace goes on with what was ordered.
    std::string told = decision->turn.effects.signal->market_context;
    told.pop_back();
    CHECK(decision->turn.effects.trace->context_json.starts_with(told + R"(,"payload":{)"));
    return decision->turn.effects.signal->market_context;
  };
  REQUIRE(plan_indicators(world.config) == std::vector{regime_spec()});
  CHECK(record({regime_spec()}).find(R"("regime":"trending")") != std::string::npos);
  CHECK(record({}).find("regime") == std::string::npos);
  // What the strategy says goes before.
  world.strategy.says.regime = RegimeKind::kQuiet;
  CHECK(record({regime_spec()}).find(R"("regime":"quiet")") != std::string::npos);
}

TEST_CASE("a bot with a pace of its own checks faster in a volatile market, and records it") {
  BotWorld world;
  world.config.check_interval = Duration{60'000};
  world.config.pace = {{.fastest = Duration{10'000}, .slowest = Duration{240'000}}};
  // Calm for long, then ever wider candles.
  std::vector<Candle> candles;
  for (std::int64_t i = 0; i < 160; ++i) {
    const double swing = i < 150 ? 0.2 + 0.001 * static_cast<double>(i % 7) : 3.0;
    Candle candle = a_candle({.number = i, .close = price("100")});
    candle.high = *from_level(100 + swing);
    candle.low = *from_level(100 - swing);
    candles.push_back(candle);
  }
  const auto market = std::make_shared<const MarketView>(a_view(candles, {regime_spec()}));
  REQUIRE(regime_of(*market) == RegimeKind::kVolatile);
  world.now = opens(160);
  const auto next_check = [&](RateBudget budget) {
    DecisionContext context = world.context();
    context.budget = budget;
    const auto decision = decide(world.snapshot, CheckDue{market, opens(160)}, context);
    REQUIRE(decision.has_value());
    const std::string& record = decision->turn.effects.trace->context_json;
    CHECK(record.find(R"("regime":"volatile")") != std::string::npos);
    CHECK(record.find(budget == RateBudget::kAmple
                          ? R"("check_interval_ms":10000)"
                          : R"("check_interval_ms":60000)") != std::string::npos);
    return decision->turn.next.next_check_at;
  };
  CHECK(next_check(RateBudget::kAmple) == opens(160) + Duration{10'000});
  CHECK(next_check(RateBudget::kTight) == opens(160) + Duration{60'000});
}

TEST_CASE("the same candle is decided on once, an older one never") {
  BotWorld world = proposing(Direction::kLong);
  world.snapshot = check(world).turn.next;
  world.snapshot.pending.clear();
  world.now = opens(4);
  for (const Timestamp known : {opens(3), opens(4)}) {
    world.snapshot.last_candle_close = known;
    const Decision again = check(world, opens(4));
    CHECK(again.turn.outcome == CheckOutcome::kNoNewCandle);
    CHECK_FALSE(again.claim.has_value());
    CHECK(again.turn.effects == Effects{});
    CHECK(again.turn.next.last_candle_close == known);
    CHECK(again.turn.next.checks == world.snapshot.checks + 1);
    CHECK(again.turn.next.turn == world.snapshot.turn + 1);
    CHECK(again.turn.next.next_check_at == opens(5));
    CHECK(again.turn.next.signals == world.snapshot.signals);
    check_nothing_traded(world.snapshot, again.turn.next);
  }
}

namespace {

const Timeframe kFive = Timeframe::minutes(5);
const std::vector<HigherSeries> kReadsFive{{kFive, {}}};

std::shared_ptr<const MarketView> five_closing_at(Timestamp close) {
  Candle candle = candles_closing_at({100}).front();
  candle.open_time = close - kFive.duration();
  const auto series = std::make_shared<CandleSeries>(kFive, 500);
  REQUIRE(series->merge({candle}, opens(1'000'000)).has_value());
  MarketView view;
  view.timeframe = kFive;
  view.series = series;
  return std::make_shared<const MarketView>(std::move(view));
}

// A check of the candle that closes at opens(3), so long after it.
Decision check_after(const BotWorld& world, Duration passed, const std::vector<HigherSeries>& reads,
                     std::shared_ptr<const MarketView> longer) {
  CheckDue due = world.check_due();
  MarketView market = *due.market;
  if (longer) market.higher.push_back(std::move(longer));
  due.market = std::make_shared<const MarketView>(std::move(market));
  DecisionContext context = world.context();
  context.now = opens(3) + passed;
  context.longer = reads;
  Result<Decision> decision = decide(world.snapshot, due, context);
  REQUIRE(decision.has_value());
  return *decision;
}

}  // namespace

TEST_CASE("a candle waits for the longer one that closed by then, and is looked at again") {
  const BotWorld world = proposing(Direction::kLong);
  const Timestamp wanted = kFive.floor(opens(3));
  const Duration second{1'000};
  const auto before = five_closing_at(wanted - kFive.duration());
  for (const auto& longer : {before, std::shared_ptr<const MarketView>{}}) {
    const Decision waits = check_after(world, second, kReadsFive, longer);
    CHECK(waits.turn.outcome == CheckOutcome::kWaitsForLonger);
    CHECK(waits.turn.effects == Effects{});
    CHECK_FALSE(waits.claim.has_value());
    CHECK(waits.turn.again_at == opens(3) + second * 6);
    // The schedule stays, and the candle is still to be decided on.
    CHECK(waits.turn.next.next_check_at == opens(4));
    CHECK(waits.turn.next.last_candle_close == world.snapshot.last_candle_close);
    CHECK(waits.turn.next.signals == world.snapshot.signals);
    check_nothing_traded(world.snapshot, waits.turn.next);
  }
  CHECK(check_after(world, second * 28, kReadsFive, before).turn.again_at ==
        opens(3) + second * 30);
}

TEST_CASE("a candle does not wait for a longer one that is there, not read, or too late") {
  const BotWorld world = proposing(Direction::kLong);
  const Timestamp wanted = kFive.floor(opens(3));
  const Duration second{1'000};
  const auto before = five_closing_at(wanted - kFive.duration());
  const auto there = five_closing_at(wanted);
  for (const Decision& decided :
       {check_after(world, second, kReadsFive, there), check_after(world, second, {}, before),
        check_after(world, second * 30, kReadsFive, before),
        check_after(world, second * -30, kReadsFive, before)}) {
    CHECK(decided.turn.outcome == CheckOutcome::kAccepted);
    CHECK(decided.turn.again_at.is_never());
    CHECK(decided.turn.next.last_candle_close == opens(3));
  }
}

TEST_CASE("a check by hand leaves the schedule as it is") {
  BotWorld world;
  world.snapshot.next_check_at = opens(17);
  CHECK(check(world, Timestamp{}).turn.next.next_check_at == opens(17));
}

TEST_CASE("an accepted entry is signal, intent, PENDING trade, trace and events in one turn") {
  const BotWorld world = proposing(Direction::kLong);
  const Decision decision = check(world);
  const Effects& effects = decision.turn.effects;
  CHECK(decision.turn.outcome == CheckOutcome::kAccepted);
  CHECK(decision.turn.reason == ReasonCode::kNone);
  CHECK(kinds(effects) == Kinds{"signal.accepted", "intent.pending", "trade.pending"});
  CHECK(effects.events[2].detail == fmt::format("{}; signal {} PENDING, intent PENDING",
                                                to_string(effects.trade->quantity),
                                                effects.signal->id.value));

  REQUIRE(effects.signal.has_value());
  const Signal& signal = *effects.signal;
  CHECK(signal.id == signal_id({.bot = {"bot-1"},
                                .settings_version = 1,
                                .symbol = {"BTC/USDT"},
                                .timeframe = Timeframe::minutes(1),
                                .candle_close = opens(3),
                                .direction = Direction::kLong,
                                .leg = 0}));
  CHECK(signal.decision == SignalDecision::kAccepted);
  CHECK(signal.execution_status == ExecutionStatus::kPending);
  CHECK(signal.entry == price("100"));
  CHECK(signal.stop_loss == price("98"));
  CHECK(signal.take_profit == price("104"));
  CHECK(signal.verdicts.size() == 22);
  CHECK(signal.conditions == world.strategy.says.conditions);
  CHECK(signal.score == 0.5);

  REQUIRE(effects.trade.has_value());
  const Trade& trade = *effects.trade;
  const IdempotencyKey key = idempotency_key(signal.id);
  CHECK(trade.status == TradeStatus::kPending);
  CHECK(trade.client_order_id == client_order_id(world.installation, key, OrderLeg::kEntry));
  CHECK(trade.id.value == trade.client_order_id.value);
  CHECK(trade.position.value == trade.id.value);
  CHECK(trade.stop_client_id == client_order_id(world.installation, key, OrderLeg::kStopLoss));
  CHECK(trade.take_profit_client_id ==
        client_order_id(world.installation, key, OrderLeg::kTakeProfit));
  CHECK(trade.signal == signal.id);
  CHECK(trade.intent == key);
  CHECK(trade.side == OrderSide::kBuy);
  CHECK(trade.quantity == quantity("1"));
  CHECK(trade.reserved == money("100"));
  CHECK(trade.attempts == 0);
  CHECK(signal.executed_trade_id == trade.id);

  CHECK(effects.intent == intent_of(trade));
  REQUIRE(effects.trace.has_value());
  CHECK(effects.trace->stage == TraceStage::kOrderRequested);
  CHECK(effects.trace->decision == DecisionType::kPending);
  CHECK(effects.trace->reason == ReasonCode::kNone);
  CHECK(effects.trace->signal == signal.id);
  CHECK(effects.trace->trade == trade.id);
  CHECK(effects.trace->verdicts == signal.verdicts);

  const BotSnapshot& next = decision.turn.next;
  CHECK(next.last_trade_at == world.now);
  CHECK(next.signals == 1);
  REQUIRE(next.pending.size() == 1);
  CHECK(next.pending[0] == pending_of(trade));
  CHECK(next.open_positions.empty());

  REQUIRE(decision.claim.has_value());
  CHECK(decision.claim->key == key);
  CHECK(decision.claim->expires_at == world.now + kIdempotencyRetention);
  CHECK(decision.claim->symbol == Symbol{"BTC/USDT"});
  CHECK(decision.claim->direction == Direction::kLong);
}

TEST_CASE("an accepted close names the position and carries no protective orders") {
  const BotWorld world = closing();
  const Decision decision = check(world);
  REQUIRE(decision.turn.effects.trade.has_value());
  const Trade& trade = *decision.turn.effects.trade;
  CHECK(trade.direction == Direction::kClose);
  CHECK(trade.side == OrderSide::kSell);
  CHECK(trade.position == PositionId{"p"});
  CHECK(trade.quantity == quantity("0.7"));
  CHECK(trade.reserved.is_zero());
  CHECK(trade.client_order_id ==
        client_order_id(world.installation, trade.intent, OrderLeg::kClose));
  CHECK(trade.stop_client_id.empty());
  CHECK(trade.take_profit_client_id.empty());
  CHECK(decision.claim->direction == Direction::kClose);
  CHECK(decision.turn.next.pending == std::vector<PendingTrade>{pending_of(trade)});
  CHECK(decision.turn.next.open_positions == world.snapshot.open_positions);
}

TEST_CASE("without a target the trade names no target order") {
  BotWorld world = proposing(Direction::kLong);
  world.config.take_profit_ratio = {};
  const Decision decision = check(world);
  CHECK(decision.turn.effects.trade->take_profit_client_id.empty());
  CHECK_FALSE(decision.turn.effects.trade->stop_client_id.empty());
}

TEST_CASE("a refused claim leaves the signal with its reason, and a trace that says what stands") {
  struct Row {
    ReasonCode reason;
    const char* event;
    std::string message;
  };
  const BotWorld world = proposing(Direction::kLong);
  const Decision first = check(world);
  const SignalId id = first.turn.effects.signal->id;
  for (const Row& row : std::vector<Row>{
           {ReasonCode::kIdempotencyBlocked, "intent.dedup_skipped",
            "signal " + id.value + " was decided before; its intent and what came of it stand"},
           {ReasonCode::kQueueDuplicate, "trade.dedup_skipped",
            "a LONG trade of BTC/USDT waits in the queue already; it stands"}}) {
    CAPTURE(row.event);
    CheckDue again = world.check_due(opens(3));
    again.claim_refused = row.reason;
    const Result<Decision> decision = decide(world.snapshot, again, world.context());
    REQUIRE(decision.has_value());
    CHECK_FALSE(decision->claim.has_value());
    const Turn& turn = decision->turn;
    CHECK(turn.outcome == CheckOutcome::kDuplicate);
    CHECK(turn.reason == row.reason);
    CHECK_FALSE(turn.effects.intent.has_value());
    CHECK_FALSE(turn.effects.trade.has_value());
    CHECK(kinds(turn.effects) == Kinds{row.event});
    REQUIRE(turn.effects.signal.has_value());
    CHECK(turn.effects.signal->id == id);
    CHECK(turn.effects.signal->decision == SignalDecision::kRejected);
    CHECK(turn.effects.signal->execution_status == ExecutionStatus::kIgnored);
    CHECK(turn.effects.signal->rejection_reason == row.reason);
    CHECK(turn.effects.signal->executed_trade_id.empty());
    REQUIRE(turn.effects.trace.has_value());
    const DecisionTrace& trace = *turn.effects.trace;
    CHECK(trace.candle_close == opens(3));
    CHECK(trace.stage == TraceStage::kDedupSkipped);
    CHECK(trace.decision == DecisionType::kSkipped);
    CHECK(trace.reason == row.reason);
    CHECK(trace.reason_message == row.message);
    CHECK(trace.verdicts == turn.effects.signal->verdicts);
    // The twin's order is this candle's order; the one that waits in the queue is not.
    const bool is_twin = row.reason == ReasonCode::kIdempotencyBlocked;
    CHECK(trace.trade == (is_twin ? first.turn.effects.trade->id : TradeId{}));
    check_nothing_traded(world.snapshot, turn.next);
    // It is a turn all the same: the candle is decided on.
    CHECK(turn.next.turn == world.snapshot.turn + 1);
    CHECK(turn.next.last_candle_close == opens(3));
    CHECK(turn.next.next_check_at == opens(4));
  }
}

TEST_CASE(
    "a check that failed says so in its candle's trace, unless the candle was decided before") {
  BotWorld world;
  const Error error{ErrorCode::kInvalidInput, std::string(300, 'x'), "strategy s", "mend it"};
  const auto trace =
      failed_trace(world.snapshot, world.check_due(opens(3)), world.context(), error);
  REQUIRE(trace.has_value());
  CHECK(trace->bot == world.config.id);
  CHECK(trace->candle_close == opens(3));
  CHECK(trace->decision == DecisionType::kFailed);
  CHECK(trace->reason == ReasonCode::kCheckFailed);
  CHECK(explain(*trace).starts_with("the check failed: "));
  CHECK(trace->reason_message.size() < 250);
  world.snapshot.last_candle_close = opens(3);
  CHECK_FALSE(failed_trace(world.snapshot, world.check_due(opens(3)), world.context(), error));
}

TEST_CASE("with live trading off the intent is kept as blocked and nothing is traded") {
  BotWorld world = proposing(Direction::kLong);
  world.engine.live_trading = false;
  const Decision decision = check(world);
  const Effects& effects = decision.turn.effects;
  CHECK(decision.turn.outcome == CheckOutcome::kBlocked);
  CHECK(decision.turn.reason == ReasonCode::kOrderBlockedLiveTrading);
  CHECK_FALSE(effects.trade.has_value());
  REQUIRE(effects.intent.has_value());
  CHECK(effects.intent->status == IntentStatus::kOrderBlockedLiveTrading);
  REQUIRE(effects.signal.has_value());
  CHECK(effects.signal->decision == SignalDecision::kAccepted);
  CHECK(effects.signal->execution_status == ExecutionStatus::kFailed);
  CHECK(effects.signal->execution_reason == ReasonCode::kOrderBlockedLiveTrading);
  CHECK(effects.signal->executed_trade_id.empty());
  REQUIRE(effects.trace.has_value());
  CHECK(effects.trace->stage == TraceStage::kSignalSent);
  CHECK(effects.trace->reason == ReasonCode::kOrderBlockedLiveTrading);
  CHECK(effects.trace->trade.empty());
  CHECK(kinds(effects) == Kinds{"signal.accepted", "intent.blocked"});
  check_nothing_traded(world.snapshot, decision.turn.next);
  CHECK(decision.claim.has_value());
}

TEST_CASE("a refused signal is kept with its gate's reason and claims nothing") {
  BotWorld world = proposing(Direction::kLong);
  world.config.block_list = {"BTC/*"};
  const Decision decision = check(world);
  const Effects& effects = decision.turn.effects;
  CHECK(decision.turn.outcome == CheckOutcome::kRefused);
  CHECK(decision.turn.reason == ReasonCode::kSymbolBlocked);
  CHECK_FALSE(decision.claim.has_value());
  CHECK_FALSE(effects.intent.has_value());
  CHECK_FALSE(effects.trade.has_value());
  REQUIRE(effects.signal.has_value());
  CHECK(effects.signal->decision == SignalDecision::kRejected);
  CHECK(effects.signal->rejection_reason == ReasonCode::kSymbolBlocked);
  CHECK(effects.signal->execution_status == ExecutionStatus::kFiltered);
  CHECK(effects.signal->execution_reason == ReasonCode::kSymbolBlocked);
  CHECK(effects.signal->verdicts.size() == 6);
  REQUIRE(effects.trace.has_value());
  CHECK(effects.trace->stage == TraceStage::kChecked);
  CHECK(effects.trace->reason == ReasonCode::kSymbolBlocked);
  CHECK(effects.trace->signal == effects.signal->id);
  CHECK(effects.trace->verdicts == effects.signal->verdicts);
  CHECK(effects.trace->reason_message ==
        "symbol_lists: BTC/USDT matches 'BTC/*' on the block list");
  CHECK(kinds(effects) == Kinds{"signal.rejected"});
  check_nothing_traded(world.snapshot, decision.turn.next);
  CHECK(decision.turn.next.signals == 1);
}

TEST_CASE("a signal that comes while its bot is paused is ignored, not filtered") {
  BotWorld world = proposing(Direction::kLong);
  world.snapshot.status = BotStatus::kPaused;
  const Decision decision = check(world);
  REQUIRE(decision.turn.effects.signal.has_value());
  CHECK(decision.turn.effects.signal->decision == SignalDecision::kRejected);
  CHECK(decision.turn.effects.signal->execution_status == ExecutionStatus::kIgnored);
  CHECK(decision.turn.effects.signal->rejection_reason == ReasonCode::kBotNotActive);
}

TEST_CASE("stale data is noticed by its age, not by the time of the check") {
  BotWorld world = proposing(Direction::kLong);
  world.now = opens(3) + Duration{120'000};
  CHECK(check(world).turn.outcome == CheckOutcome::kAccepted);
  world.now = world.now + Duration{1};
  CHECK(check(world).turn.reason == ReasonCode::kDataStale);
}

TEST_CASE("one settings version later the same candle is another decision") {
  BotWorld world = proposing(Direction::kLong);
  const Decision before = check(world);
  world.snapshot.settings_version = 2;
  CHECK(check(world).claim->key != before.claim->key);
}

TEST_CASE("two installations decide the same and name their orders differently") {
  BotWorld world = proposing(Direction::kLong);
  const Decision here = check(world);
  world.installation = {"installation-2"};
  const Decision there = check(world);
  CHECK(here.turn.effects.signal->id == there.turn.effects.signal->id);
  CHECK(here.turn.effects.trade->client_order_id != there.turn.effects.trade->client_order_id);
}

TEST_CASE("whatever the world, a check is pure and asks for an order only with a claim") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  int accepted = 0;
  for (int round = 0; round < 500; ++round) {
    BotWorld world;
    world.snapshot.turn = static_cast<std::uint64_t>(runs.between(0, 1'000));
    if (!runs.one_in(6))
      world.strategy.propose(runs.one_in(3) ? Direction::kClose : Direction::kLong);
    if (runs.one_in(2)) world.snapshot.open_positions = {a_position()};
    if (runs.one_in(4)) world.snapshot.pending = {pending_of(a_trade({.id = "under-way"}))};
    if (runs.one_in(5)) world.snapshot.status = BotStatus::kPaused;
    if (runs.one_in(5)) world.engine.mode = EngineMode::kReducing;
    if (runs.one_in(4)) world.engine.live_trading = false;
    if (runs.one_in(4)) world.config.allocation = money("50");
    if (runs.one_in(5)) world.now = world.now + Duration{runs.between(0, 300'000)};
    const Decision decision = check(world);
    REQUIRE(decision == check(world));

    const Effects& effects = decision.turn.effects;
    const bool has_trade = effects.trade.has_value();
    accepted += has_trade ? 1 : 0;
    REQUIRE(decision.turn.next.turn == world.snapshot.turn + 1);
    REQUIRE(has_trade == (decision.turn.outcome == CheckOutcome::kAccepted));
    REQUIRE(effects.intent.has_value() == decision.claim.has_value());
    REQUIRE((!has_trade || (decision.claim && world.engine.live_trading)));
    REQUIRE(decision.turn.next.pending.size() ==
            world.snapshot.pending.size() + (has_trade ? 1 : 0));
    REQUIRE(effects.trace.has_value());
    REQUIRE(effects.signal.has_value() == world.strategy.says.proposal.has_value());
    REQUIRE(effects.positions.empty());
    REQUIRE(effects.fills.empty());
    REQUIRE_FALSE(explain(*effects.trace).empty());
  }
  CHECK(accepted > 20);
}

TEST_CASE("a trace explains itself") {
  DecisionTrace trace;
  trace.conditions = {{"rsi < oversold", 41.5, 30, false}, {"rsi > overbought", 41.5, 70, false}};
  CHECK(explain(trace) ==
        "rsi < oversold does not hold: 41.5 against 30; "
        "rsi > overbought does not hold: 41.5 against 70");
  trace.conditions = {{"rsi < oversold", 20, 30, true}};
  CHECK(explain(trace) == "no rule fired");
  trace.reason = ReasonCode::kWarmingUp;
  CHECK(explain(trace) == "too few candles for the indicators yet");
  trace.reason = ReasonCode::kNone;
  trace.decision = DecisionType::kPending;
  CHECK(explain(trace) == "order requested");
  trace.reason = ReasonCode::kOutcomeUnknown;
  trace.decision = DecisionType::kFailed;
  CHECK(explain(trace) == "OUTCOME_UNKNOWN");
  trace.reason_message = "its own words";
  CHECK(explain(trace) == "its own words");
}
