// Locks of guards and limits of the fleet, across engines that end in the middle.
#include <doctest/doctest.h>

#include <functional>

#include "storage/reader.hpp"
#include "storage/rows.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/restarted_engine.hpp"
#include "tests/support/scripted_market.hpp"

namespace botbox {
namespace {

constexpr Duration kGuardMinute{60'000};
constexpr Duration kGuardPause = kGuardMinute * 10;

struct GuardCase {
  const char* what;
  ReasonCode reason;
  GuardPlan plan;
};

// Each is content with one loss of 7.50 out of 1,000, which is 3 % of what it staked.
std::vector<GuardCase> guards_of_one_loss() {
  const PauseRule any{.trades = 1, .limit = {}, .lookback = kGuardPause, .pause = kGuardPause};
  PauseRule above = any;
  above.limit = Decimal::literal("0.005");
  GuardPlan daily, drawdown, streak, stops, low_profit;
  daily.daily_loss = above.limit;
  drawdown.drawdown = above;
  streak.streak = any;
  stops.stops = any;
  low_profit.low_profit = above;
  return {{"daily loss", ReasonCode::kDailyLossLimit, daily},
          {"drawdown", ReasonCode::kMaxDrawdown, drawdown},
          {"losing streak", ReasonCode::kLosingStreak, streak},
          {"stop losses", ReasonCode::kStopLossGuard, stops},
          {"low profit", ReasonCode::kLowProfit, low_profit}};
}

enum class GuardScope { kBot, kFleet, kSymbol };
constexpr GuardScope kGuardScopes[]{GuardScope::kBot, GuardScope::kFleet, GuardScope::kSymbol};

std::shared_ptr<test::ScriptedStrategy> always_long_from(int minute) {
  auto strategy = std::make_shared<test::ScriptedStrategy>();
  const Timestamp from = actors::VirtualEngineOptions{}.start + kGuardMinute * minute;
  strategy->propose = [from](const MarketView& market,
                             const Position* position) -> std::optional<Direction> {
    if (position != nullptr || market.last_close() < from) return std::nullopt;
    return Direction::kLong;
  };
  return strategy;
}

std::size_t refused_for(const storage::Store& store, const BotId& bot, ReasonCode reason) {
  std::size_t count = 0;
  REQUIRE(storage::visit_all<Signal>(store, storage::Kind::kSignal,
                                     [&](std::string_view, const Signal& signal) {
                                       count +=
                                           signal.bot == bot && signal.rejection_reason == reason;
                                     })
              .has_value());
  return count;
}

// A bot that is stopped out at 97 in minute 5, and wants to be long all the time.
struct LockedPlace : test::Place {
  LockedPlace(const GuardCase& guard, GuardScope where)
      : Place(test::scripted_market({"100", "100", "100", "100", "100", "97"}),
              test::paper_config_without_costs()),
        scope(where),
        bot(test::plain_bot("bot")) {
    bot.take_profit_ratio = {};
    if (scope == GuardScope::kBot) bot.plan.emplace_back().guards = guard.plan;
    if (scope == GuardScope::kFleet) fleet.fleet = guard.plan;
    if (scope == GuardScope::kSymbol) fleet.symbol = guard.plan;
    begin();
  }
  void begin() {
    actors::VirtualEngineOptions made = options({bot});
    made.settings.fleet_guards = fleet;
    made.catalogue.add({.name = "scripted", .description = {}, .parameters = {}, .ordered = {}},
                       always_long_from(0));
    start(std::move(made));
  }
  // To the middle of this minute, with another engine from then on.
  void live_until(int minute) {
    const Timestamp at =
        actors::VirtualEngineOptions{}.start + kGuardMinute * minute + kGuardMinute / 2;
    engine->advance(at - engine->now());
    begin();
  }
  std::vector<RiskLock> locks() {
    if (scope == GuardScope::kBot) {
      const std::vector<RiskState> risk = snapshot("bot").risk;
      return risk.empty() ? std::vector<RiskLock>{} : risk.front().locks;
    }
    std::vector<RiskLock> found;
    REQUIRE(storage::visit_all<FleetLock>(engine->store(), storage::Kind::kLock,
                                          [&](std::string_view, const FleetLock& known) {
                                            CHECK(known.symbol.empty() ==
                                                  (scope == GuardScope::kFleet));
                                            found.push_back(known.lock);
                                          })
                .has_value());
    return found;
  }
  void lift() {
    if (scope == GuardScope::kBot) return engine->lift_locks({"bot"}, {ReasonCode::kNone, "alice"});
    const Symbol symbol{scope == GuardScope::kFleet ? "" : "BTC/USDT"};
    engine->lift_fleet_locks({symbol, ReasonCode::kNone, "alice"});
  }
  std::size_t opened() { return events_of("position.opened"); }

  GuardScope scope;
  BotConfig bot;
  FleetGuards fleet;
};

TEST_CASE("the lock of every guard holds across restarts until its time, and not longer") {
  for (const GuardCase& guard : guards_of_one_loss())
    for (const GuardScope scope : kGuardScopes) {
      CAPTURE(guard.what);
      CAPTURE(static_cast<int>(scope));
      LockedPlace place(guard, scope);
      const Timestamp start = place.clock.now();
      place.engine->advance(kGuardMinute * 8);
      const std::vector<RiskLock> locks = place.locks();
      REQUIRE(locks.size() == 1);
      CHECK(to_string(locks.front().reason) == to_string(guard.reason));
      const bool until_midnight = guard.reason == ReasonCode::kDailyLossLimit;
      const Duration length =
          until_midnight ? kGuardMinute * 60 * 24 - (locks.front().since - start) : kGuardPause;
      CHECK(locks.front().until == locks.front().since + length);
      for (int minute = 8; minute < 15; ++minute) place.live_until(minute);
      CHECK(place.locks() == locks);
      CHECK(place.opened() == 1);
      CHECK(refused_for(place.engine->store(), {"bot"}, guard.reason) >= 6);
      place.live_until(18);
      CHECK(place.opened() == (until_midnight ? 1 : 2));
      place.check_books();
    }
}

TEST_CASE("the lock of every guard is lifted by hand, on record, and does not come back") {
  for (const GuardCase& guard : guards_of_one_loss())
    for (const GuardScope scope : kGuardScopes) {
      CAPTURE(guard.what);
      CAPTURE(static_cast<int>(scope));
      LockedPlace place(guard, scope);
      place.live_until(8);
      place.engine->advance(Duration{2'000});  // the bot is there again
      REQUIRE(place.locks().size() == 1);
      place.lift();
      CHECK(place.locks().empty());
      CHECK(place.events_of("risk.lifted") == 1);
      place.begin();
      CHECK(place.locks().empty());
      CHECK(place.opened() == 1);
      place.live_until(10);
      CHECK(place.opened() == 2);
      CHECK(place.locks().empty());
      place.check_books();
    }
}

struct LimitCase {
  const char* what;
  ReasonCode refusal;  // of the second bot; kNone: it enters
  std::string_view symbol;
  std::function<void(actors::EngineSettings&)> limit;
};

std::vector<LimitCase> limits_of_one_position() {
  using actors::EngineSettings;
  const Notional less_than_two = Notional::literal("499");
  return {
      {"none", ReasonCode::kNone, "BTC/USDT", [](EngineSettings&) {}},
      {"of the fleet", ReasonCode::kMaxPositionsGlobal, "ETH/USDT",
       [](EngineSettings& settings) { settings.max_open_positions = 1; }},
      {"of the rollout", ReasonCode::kRolloutBots, "ETH/USDT",
       [](EngineSettings& settings) { settings.rollout.live_bots = 1; }},
      {"of the symbol", ReasonCode::kMaxPositionsSymbol, "BTC/USDT",
       [](EngineSettings& settings) { settings.fleet_limits.per_symbol = 1; }},
      {"not of another symbol", ReasonCode::kNone, "ETH/USDT",
       [](EngineSettings& settings) { settings.fleet_limits.per_symbol = 1; }},
      {"of the direction", ReasonCode::kMaxPositionsDirection, "ETH/USDT",
       [](EngineSettings& settings) { settings.fleet_limits.per_direction = 1; }},
      {"of the fleet's allocation", ReasonCode::kFleetAllocation, "ETH/USDT",
       [=](EngineSettings& settings) { settings.fleet_limits.allocation = less_than_two; }},
      {"of the base coin", ReasonCode::kBaseExposure, "BTC/USDT",
       [=](EngineSettings& settings) { settings.fleet_limits.base_exposure = less_than_two; }},
      {"not of another base coin", ReasonCode::kNone, "ETH/USDT",
       [=](EngineSettings& settings) { settings.fleet_limits.base_exposure = less_than_two; }},
      {"of correlation", ReasonCode::kCorrelated, "ETH/USDT",
       [](EngineSettings& settings) {
         settings.fleet_limits.correlation = Decimal::literal("0.9");
       }},
  };
}

TEST_CASE("what a bot holds since before a restart counts for every limit of the fleet") {
  for (const LimitCase& limit : limits_of_one_position()) {
    CAPTURE(limit.what);
    test::Place place(test::scripted_market({"100"}), test::paper_config_without_costs());
    std::vector<BotConfig> bots{test::plain_bot("first"), test::plain_bot("second")};
    bots[1].strategy = {"later"};
    bots[1].symbol = {std::string(limit.symbol)};
    const auto begin = [&] {
      actors::VirtualEngineOptions options = place.options(bots);
      limit.limit(options.settings);
      for (const auto& [name, minute] : {std::pair{"scripted", 0}, std::pair{"later", 5}})
        options.catalogue.add({.name = name, .description = {}, .parameters = {}, .ordered = {}},
                              always_long_from(minute));
      place.start(std::move(options));
    };
    begin();
    place.engine->advance(kGuardMinute + kGuardMinute / 2);
    REQUIRE(place.snapshot("first").open_positions.size() == 1);
    begin();
    place.engine->advance(kGuardMinute * 8);
    CHECK(place.snapshot("first").open_positions.size() == 1);
    const bool enters = limit.refusal == ReasonCode::kNone;
    CHECK(place.snapshot("second").open_positions.size() == (enters ? 1 : 0));
    if (!enters) CHECK(refused_for(place.engine->store(), {"second"}, limit.refusal) >= 3);
    place.check_books();
  }
}

}  // namespace
}  // namespace botbox
