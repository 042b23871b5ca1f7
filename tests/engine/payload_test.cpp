// What the trace of an executed signal tells of its order and its plan.
#include "engine/execution/payload.hpp"

#include <doctest/doctest.h>

#include "engine/decide.hpp"
#include "engine/execution/identity.hpp"
#include "tests/support/builders.hpp"

namespace botbox::testing {
namespace {

// An entry of one unit at 100, with both protective orders.
Trade payload_trade(Direction direction = Direction::kLong) {
  Trade trade;
  trade.id = {"t1"};
  trade.client_order_id = {"t1"};
  trade.position = {"t1"};
  trade.direction = direction;
  trade.side = direction == Direction::kLong ? OrderSide::kBuy : OrderSide::kSell;
  trade.quantity = quantity("1");
  trade.entry = price("100");
  trade.reserved = money("100");
  trade.stop_loss = price("98");
  trade.take_profit = price("104");
  trade.stop_client_id = {"t1s"};
  trade.take_profit_client_id = {"t1p"};
  return trade;
}

std::string context_of(const BotWorld& world, const BotEvent& event) {
  const Result<Decision> decision = decide(world.snapshot, event, world.context());
  REQUIRE(decision.has_value());
  REQUIRE(decision->turn.effects.trace.has_value());
  return decision->turn.effects.trace->context_json;
}

SignalReceived payload_signal(const BotWorld& world) {
  SignalReceived event;
  event.signal.id = alert_signal_id({"bot-1"}, "alert-7");
  event.signal.source = SignalSource::kWebhook;
  event.signal.bot = {"bot-1"};
  event.signal.symbol = {"BTC/USDT"};
  event.signal.candle_close = opens(3);
  event.signal.created_at = opens(3) + Duration{7};
  event.market = world.check_due().market;
  return event;
}

bool tells(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a plain entry tells its order, what it stakes and its two protective orders") {
  BotConfig config = a_config();
  config.allocation = money("1000");
  CHECK(execution_payload(payload_trade(), config) ==
        R"({"order_type":"MARKET","side":"BUY","quantity":"1","price":"100","allocation":"1000",)"
        R"("leverage":"1","cost":"100","stop_loss":{"order_type":"STOP_MARKET","price":"98"},)"
        R"("take_profit":{"order_type":"TAKE_PROFIT_MARKET","price":"104"}})");
}

TEST_CASE("the whole plan of an entry is told, levels with their prices and costs") {
  BotConfig config = a_config();
  RiskPlan& plan = config.plan.emplace_back();
  plan.sizing.leverage = Decimal::literal("3");
  plan.scaling = {.levels = 2,
                  .deviation = Decimal::literal("0.01"),
                  .deviation_scale = Decimal::literal("2"),
                  .size_scale = Decimal::literal("1.5")};
  plan.exits.trailing = {.distance = Decimal::literal("0.02"),
                         .atr_multiple = {},
                         .activation = Decimal::literal("0.01")};
  plan.exits.break_even_at = Decimal::literal("0.015");
  plan.exits.time_stop = Duration{3'600'000};
  plan.exits.roi = {{Duration{0}, Decimal::literal("0.04")}};
  plan.exits.partials = {{Decimal::literal("0.02"), Decimal::literal("0.5")}};
  plan.exits.on_reversal = true;
  const std::string told = execution_payload(payload_trade(), config);
  for (const char* part :
       {R"("leverage":"3")",
        R"("dca":[{"level":1,"price":"99","cost":"150"},{"level":2,"price":"97","cost":"225"}])",
        R"("trailing":{"distance":"0.02","activation":"0.01"})", R"("break_even":{"at":"0.015"})",
        R"("time_stop_ms":3600000)", R"("roi":[{"after_ms":0,"profit":"0.04"}])",
        R"("partials":[{"profit":"0.02","share":"0.5"}])", R"("on_reversal":true)"})
    CHECK_MESSAGE(tells(told, part), part << " in " << told);
  // The levels of a short lie above it.
  CHECK(tells(execution_payload(payload_trade(Direction::kShort), config),
              R"({"level":2,"price":"103","cost":"225"})"));
}

TEST_CASE("no list of a payload is longer than it may be, and the rest is counted") {
  BotConfig config = a_config();
  RiskPlan& plan = config.plan.emplace_back();
  plan.scaling.levels = 50;
  plan.scaling.deviation = Decimal::literal("0.001");
  for (int i = 0; i < 40; ++i)
    plan.exits.roi.push_back({Duration{i * 60'000}, Decimal::literal("0.01")});
  const std::string told = execution_payload(payload_trade(), config);
  CHECK(tells(told, R"("dca_more":38)"));
  CHECK(tells(told, R"("roi_more":28)"));
  CHECK(told.size() < 4'096);
}

TEST_CASE("levels of scaling in at no price are neither told nor counted") {
  BotConfig config = a_config();
  RiskPlan& plan = config.plan.emplace_back();
  plan.scaling.levels = 50;
  plan.scaling.deviation = Decimal::literal("0.03");
  // The 33rd lies at 1, the 34th would lie below zero.
  CHECK(tells(execution_payload(payload_trade(), config), R"("dca_more":21)"));
  CHECK(tells(execution_payload(payload_trade(Direction::kShort), config), R"("dca_more":38)"));
  plan.scaling.levels = 3;
  plan.scaling.deviation = Decimal::literal("0.4");
  const std::string told = execution_payload(payload_trade(), config);
  CHECK(tells(told, R"({"level":2,"price":"20","cost":"100"}])"));
  CHECK_FALSE(tells(told, "dca_more"));
}

TEST_CASE("a close and an addition name the position, and no plan of their own") {
  BotConfig config = a_config();
  config.plan.emplace_back().exits.on_reversal = true;
  Trade close = payload_trade(Direction::kClose);
  close.position = {"p"};
  const std::string closing = execution_payload(close, config);
  CHECK(tells(closing, R"("closes":"p")"));
  CHECK_FALSE(tells(closing, "stop_loss"));
  Trade addition = payload_trade();
  addition.position = {"p"};
  addition.stop_client_id = {};
  addition.take_profit_client_id = {};
  const std::string adding = execution_payload(addition, config);
  CHECK(tells(adding, R"("enlarges":"p")"));
  CHECK(tells(adding, R"("cost":"100")"));
  CHECK_FALSE(tells(adding, "on_reversal"));
}

TEST_CASE("a payload joins what a context says, be it nothing at all") {
  const BotConfig config = a_config();
  const std::string payload = execution_payload(payload_trade(), config);
  for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{
           {"", "{\"payload\":" + payload + "}"},
           {"{}", "{\"payload\":" + payload + "}"},
           {R"({"a":{"b":1}})", R"({"a":{"b":1},"payload":)" + payload + "}"}}) {
    std::string context = before;
    add_payload(context, payload_trade(), config);
    CHECK(context == after);
  }
}

TEST_CASE("signals of all sources that lead to an intent carry the payload in their trace") {
  BotWorld world;
  world.strategy.propose(Direction::kLong);
  const std::string own = context_of(world, world.check_due());
  const std::string outside = context_of(world, payload_signal(world));
  for (const std::string& context : {own, outside}) {
    CHECK(tells(context, R"("close":)"));
    CHECK(tells(context, R"("payload":{"order_type":"MARKET","side":"BUY")"));
  }
  SUBCASE("also where live trading is off, and the order stays away") {
    world.engine.live_trading = false;
    CHECK(tells(context_of(world, world.check_due()), R"("payload":{)"));
  }
  SUBCASE("and one that is refused, or never arose, does not") {
    world.snapshot.status = BotStatus::kPaused;
    CHECK_FALSE(tells(context_of(world, payload_signal(world)), "payload"));
    world.snapshot.status = BotStatus::kActive;
    world.strategy.says = {};
    CHECK_FALSE(tells(context_of(world, world.check_due()), "payload"));
  }
}

}  // namespace botbox::testing
