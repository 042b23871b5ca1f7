// Every way out of a position, and into more of it, across engines that end in the middle.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <stdexcept>

#include "engine/strategy/rule/rule_strategy.hpp"
#include "storage/reader.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/restarted_engine.hpp"
#include "tests/support/scripted_market.hpp"

namespace botbox {
namespace {

// Of the strategy: it enters in one minute, and says `later` in another.
constexpr int kEntersIn = 2;
constexpr int kSpeaksIn = 8;
constexpr int kStoryMinutes = 14;

Decimal ratio(std::string_view text) { return Decimal::literal(text); }

struct WayOut {
  const char* what;
  std::vector<std::string_view> prices;  // of each minute
  std::function<void(BotConfig&, RiskPlan&)> plan;
  ReasonCode ends_by;
  std::size_t fills = 2;
  std::optional<Direction> later = std::nullopt;
  std::string last_fill = {};  // empty: anywhere
};

// What prices, configuration and the strategy's word make of a position that is entered at 100. Its
// stop stands at 80 and it has no target, unless the row says otherwise.
std::vector<WayOut> stops_and_targets() {
  const auto nothing_more = [](BotConfig&, RiskPlan&) {};
  const auto stop_at = [](LevelPlan level) {
    return [level](BotConfig&, RiskPlan& plan) { plan.exits.stop = level; };
  };
  const auto target_at = [](LevelPlan level) {
    return [level](BotConfig&, RiskPlan& plan) { plan.exits.target = level; };
  };
  const ReasonCode stop = ReasonCode::kStopLossHit;
  const ReasonCode target = ReasonCode::kTakeProfitHit;
  return {
      {"stop by percent",
       {"100", "100", "100", "100", "100", "100", "79"},
       nothing_more,
       stop,
       2,
       {},
       "SELL 2.5 at 79 in minute 6"},
      {"target by percent",
       {"100", "100", "100", "100", "100", "100", "105"},
       [](BotConfig& bot, RiskPlan&) { bot.take_profit_ratio = ratio("0.04"); },
       target,
       2,
       {},
       "SELL 2.5 at 105 in minute 6"},
      {"stop by ATR",
       {"100", "100", "100", "100", "100", "100", "95"},
       stop_at({LevelKind::kAtr, Decimal::from_int(2), 0}),
       stop},
      {"target by ATR",
       {"100", "100", "100", "100", "100", "100", "105"},
       target_at({LevelKind::kAtr, Decimal::from_int(2), 0}),
       target},
      {"stop at a price",
       {"100", "100", "100", "100", "100", "100", "96"},
       stop_at({LevelKind::kPrice, Decimal::from_int(97), 0}),
       stop},
      {"target at a price",
       {"100", "100", "100", "100", "100", "100", "104"},
       target_at({LevelKind::kPrice, Decimal::from_int(103), 0}),
       target},
      {"stop at the lowest low",
       {"100", "100", "100", "100", "100", "100", "98"},
       stop_at({LevelKind::kSwing, {}, 3}),
       stop},
  };
}

std::vector<WayOut> exits_of_the_plan() {
  const auto trails = [](TrailingPlan trailing) {
    return [trailing](BotConfig&, RiskPlan& plan) { plan.exits.trailing = trailing; };
  };
  const std::vector<std::string_view> rise_and_fall{"100", "100", "100", "100",
                                                    "104", "105", "104", "101"};
  return {
      {"trailing stop by percent, from an activation on",
       rise_and_fall,
       trails({.distance = ratio("0.02"), .atr_multiple = {}, .activation = ratio("0.03")}),
       ReasonCode::kTrailingStop,
       2,
       {},
       "SELL 2.5 at 101 in minute 7"},
      {"trailing stop by ATR, from an activation on", rise_and_fall,
       trails({.distance = {}, .atr_multiple = Decimal::from_int(2), .activation = ratio("0.03")}),
       ReasonCode::kTrailingStop},
      {"break-even stop",
       {"100", "100", "100", "100", "104", "103", "99"},
       [](BotConfig&, RiskPlan& plan) {
         plan.exits.break_even_at = ratio("0.03");
         plan.exits.break_even_offset = ratio("0.001");
       },
       ReasonCode::kBreakEvenStop},
      {"time stop",
       {"100"},
       [](BotConfig&, RiskPlan& plan) { plan.exits.time_stop = std::chrono::seconds(150); },
       ReasonCode::kTimeStop},
      {"minimal ROI that falls with age",
       {"100", "100", "100", "102"},
       [](BotConfig&, RiskPlan& plan) {
         plan.exits.roi = {{Duration{0}, ratio("0.05")}, {std::chrono::minutes(3), ratio("0.01")}};
       },
       ReasonCode::kMinimalRoi},
      {"partial exit, then the strategy's close of the rest",
       {"100", "100", "100", "103"},
       [](BotConfig&, RiskPlan& plan) {
         plan.exits.partials = {{ratio("0.02"), ratio("0.5")}};
       },
       ReasonCode::kStrategyExit,
       3,
       Direction::kClose},
      {"signal reversal of a perpetual",
       {"100"},
       [](BotConfig& bot, RiskPlan& plan) {
         bot.symbol = {"SOL/USDT:USDT"};
         bot.market = MarketType::kLinear;
         plan.exits.on_reversal = true;
       },
       ReasonCode::kSignalReversal,
       2,
       Direction::kShort},
  };
}

std::vector<WayOut> ways_with_scaling() {
  return {
      {"two levels of scaling in, then one stop for all of it",
       {"100", "100", "100", "98", "98", "95", "95", "95", "79"},
       [](BotConfig& bot, RiskPlan& plan) {
         bot.allocation = Notional::literal("5000");
         plan.scaling = {.levels = 2,
                         .deviation = ratio("0.02"),
                         .deviation_scale = Decimal::from_int(1),
                         .size_scale = Decimal::from_int(2)};
       },
       ReasonCode::kStopLossHit,
       4},
      {"scaling in, a partial exit of all of it, then a trailing stop for the rest",
       {"100", "100", "100", "98", "98", "98", "98", "98", "98", "104", "104", "101"},
       [](BotConfig& bot, RiskPlan& plan) {
         bot.allocation = Notional::literal("5000");
         plan.scaling = {.levels = 1,
                         .deviation = ratio("0.02"),
                         .deviation_scale = Decimal::from_int(1),
                         .size_scale = Decimal::from_int(2)};
         plan.exits.partials = {{ratio("0.03"), ratio("0.5")}};
         plan.exits.trailing = {
             .distance = ratio("0.02"), .atr_multiple = {}, .activation = ratio("0.03")};
       },
       ReasonCode::kTrailingStop,
       4},
  };
}

std::shared_ptr<test::ScriptedStrategy> speaking(std::optional<Direction> later, Timestamp start) {
  auto strategy = std::make_shared<test::ScriptedStrategy>();
  strategy->propose = [later, start](const MarketView& market,
                                     const Position* position) -> std::optional<Direction> {
    const auto minute = (market.last_close() - start) / std::chrono::minutes(1);
    if (position == nullptr && minute == kEntersIn) return Direction::kLong;
    return position != nullptr && minute == kSpeaksIn ? later : std::nullopt;
  };
  return strategy;
}

// The same, but that it fails so many times when it is asked about a position.
std::shared_ptr<test::ScriptedStrategy> failing(int times, std::optional<Direction> later,
                                                Timestamp start) {
  auto strategy = speaking(later, start);
  strategy->propose = [left = times, propose = strategy->propose](
                          const MarketView& market,
                          const Position* position) mutable -> std::optional<Direction> {
    if (position != nullptr && left-- > 0) throw std::runtime_error("index out of range");
    return propose(market, position);
  };
  return strategy;
}

BotConfig bot_with(const std::function<void(BotConfig&, RiskPlan&)>& plan) {
  BotConfig bot = test::plain_bot("bot");
  bot.stop_loss_ratio = ratio("0.2");
  bot.take_profit_ratio = {};
  RiskPlan& made = bot.plan.emplace_back();
  made.atr_period = 5;
  plan(bot, made);
  return bot;
}

enum class Lives {
  kOne,
  kOnePerMinute,  // each ends in the middle of its minute
  kTwo,           // with nobody there from the entry on until after the most of it has happened
  kPaused,        // one; the bot is paused when it has entered
  kGone           // two; the configuration of the second does not name the bot
};

// The only position: how it ended, and its fills with their minutes.
struct LifeStory {
  ReasonCode ended_by = ReasonCode::kNone;
  std::vector<std::string> fills;
};

LifeStory story_of(test::Place& place, Timestamp start) {
  const storage::Store& store = place.engine->store();
  const auto positions = storage::load_positions(store, {"bot"}, SIZE_MAX);
  REQUIRE(positions.has_value());
  REQUIRE(positions->size() == 1);
  const Position& position = positions->front();
  CHECK(position.status == PositionStatus::kClosed);
  auto fills = storage::load_fills(store, {"bot"}, position.id, SIZE_MAX);
  REQUIRE(fills.has_value());
  std::ranges::sort(*fills, {}, &storage::BookedFill::number);
  LifeStory story{position.close_reason, {}};
  for (const auto& [fill, number] : *fills)
    story.fills.push_back(fmt::format("{} {} at {} in minute {}", to_string(fill.side),
                                      to_string(fill.quantity), to_string(fill.price),
                                      (fill.at - start) / std::chrono::minutes(1)));
  return story;
}

void add_strategy(StrategyCatalogue& catalogue, std::shared_ptr<const Strategy> strategy) {
  catalogue.add({.name = "scripted", .description = {}, .parameters = {}, .ordered = {}},
                std::move(strategy));
}

LifeStory lived(const BotConfig& bot, const std::vector<std::string_view>& prices,
                const std::shared_ptr<const Strategy>& strategy, Lives lives) {
  test::Place place(test::scripted_market(prices), test::paper_config_without_costs());
  const Timestamp start = place.clock.now();
  const auto begin = [&](std::vector<BotConfig> bots) {
    actors::VirtualEngineOptions options = place.options(std::move(bots));
    add_strategy(options.catalogue, strategy);
    place.start(std::move(options));
  };
  begin({bot});
  for (int step = 0; step < kStoryMinutes * 6; ++step) {
    place.engine->advance(std::chrono::seconds(10));
    for (const auto& open : place.paper->standing_stops()) CHECK(open.triggers.size() == 1);
    const bool is_amid = step % 6 == 2;
    if (lives == Lives::kOnePerMinute && is_amid) begin({bot});
    if (!is_amid || step / 6 != kEntersIn + 1) continue;
    if (lives == Lives::kPaused)
      place.engine->set_bot_status(bot.id, {BotStatus::kPaused, "news", "alice"});
    if (lives == Lives::kGone) begin({});
    if (lives != Lives::kTwo) continue;
    place.stop();
    place.clock.advance(std::chrono::minutes(4));
    begin({bot});
    step += 4 * 6;
  }
  REQUIRE_FALSE(place.engine->fatal().has_value());
  place.check_books();
  return story_of(place, start);
}

void check_way_out(const WayOut& way) {
  CAPTURE(way.what);
  const BotConfig bot = bot_with(way.plan);
  const auto strategy = speaking(way.later, actors::VirtualEngineOptions{}.start);
  const LifeStory whole = lived(bot, way.prices, strategy, Lives::kOne);
  CHECK(to_string(whole.ended_by) == to_string(way.ends_by));
  CHECK(whole.fills.size() == way.fills);
  // Where the market opens beyond a level, at that opening.
  if (!way.last_fill.empty()) CHECK(whole.fills.back() == way.last_fill);
  const LifeStory in_pieces = lived(bot, way.prices, strategy, Lives::kOnePerMinute);
  CHECK(to_string(in_pieces.ended_by) == to_string(way.ends_by));
  CHECK(in_pieces.fills == whole.fills);
  // What happened while nobody was there is made up for.
  const LifeStory absent = lived(bot, way.prices, strategy, Lives::kTwo);
  CHECK(to_string(absent.ended_by) == to_string(way.ends_by));
  CHECK(absent.fills.size() == way.fills);
  // Nothing is added to it any more.
  const std::size_t levels = bot.plan.front().scaling.levels;
  for (const Lives lives : {Lives::kPaused, Lives::kGone}) {
    const LifeStory left = lived(bot, way.prices, strategy, lives);
    CHECK(to_string(left.ended_by) == to_string(way.ends_by));
    CHECK(left.fills.size() == way.fills - levels);
    if (levels == 0) CHECK(left.fills == whole.fills);
  }
}

TEST_CASE("each kind of stop and target ends a position that was entered before a restart") {
  for (const WayOut& way : stops_and_targets()) check_way_out(way);
}

TEST_CASE("each exit of a plan, and scaling in, goes on after a restart as if there were none") {
  for (const WayOut& way : exits_of_the_plan()) check_way_out(way);
  for (const WayOut& way : ways_with_scaling()) check_way_out(way);
}

TEST_CASE("a close whose entry still fills ends that first, and sells all that was bought") {
  const Timestamp start = actors::VirtualEngineOptions{}.start;
  struct Story {
    bool restarts;
    ReasonCode ends_by;
  };
  for (const Story& wanted :
       {Story{false, ReasonCode::kStrategyExit}, Story{true, ReasonCode::kStrategyExit},
        Story{false, ReasonCode::kTimeStop}}) {
    CAPTURE(wanted.restarts);
    const bool by_plan = wanted.ends_by == ReasonCode::kTimeStop;
    exchange::PaperConfig config = test::paper_config_without_costs();
    // 0.3 a minute: all of the 2.5 are bought two minutes after the strategy wants to leave.
    config.max_participation = ratio("0.03");
    test::Place place(test::scripted_market({"100"}), config);
    const auto begin = [&] {
      actors::VirtualEngineOptions options =
          place.options({bot_with([by_plan](BotConfig&, RiskPlan& plan) {
            if (by_plan) plan.exits.time_stop = std::chrono::minutes(5);
          })});
      const auto word = by_plan ? std::nullopt : std::optional(Direction::kClose);
      add_strategy(options.catalogue, speaking(word, start));
      place.start(std::move(options));
    };
    begin();
    for (int minute = 0; minute < 20; ++minute) {
      place.engine->advance(std::chrono::seconds(30));
      if (wanted.restarts) begin();
      place.engine->advance(std::chrono::seconds(30));
    }
    const LifeStory story = story_of(place, start);
    CHECK(to_string(story.ended_by) == to_string(wanted.ends_by));
    const auto bought = std::ranges::count_if(
        story.fills, [](const std::string& fill) { return fill.starts_with("BUY 0.3 "); });
    CHECK(bought > 0);
    CHECK(bought < 8);
    CHECK(story.fills.size() == static_cast<std::size_t>(2 * bought));
    place.check_books();
  }
}

TEST_CASE("an exit rule closes a position that was entered before a restart") {
  rule::StrategyDefinition rules;
  rules.name = "scripted";
  rules.long_side.factors = {{.name = "cheap", .weight = 1, .when = "close < 100.2"}};
  rules.long_side.exit = "close > 103";
  const auto strategy = rule::RuleStrategy::create(rules, Timeframe::minutes(1), {});
  REQUIRE_MESSAGE(strategy.has_value(), to_string(strategy.error()));
  const BotConfig bot = bot_with([](BotConfig&, RiskPlan&) {});
  const std::vector<std::string_view> prices{"100", "100", "100", "100", "100", "100", "104"};
  const LifeStory whole = lived(bot, prices, *strategy, Lives::kOne);
  CHECK(to_string(whole.ended_by) == to_string(ReasonCode::kStrategyExit));
  CHECK(whole.fills.size() == 2);
  for (const Lives lives : {Lives::kOnePerMinute, Lives::kTwo, Lives::kPaused, Lives::kGone}) {
    const LifeStory other = lived(bot, prices, *strategy, lives);
    CHECK(to_string(other.ended_by) == to_string(ReasonCode::kStrategyExit));
    CHECK(other.fills.size() == 2);
  }
}

TEST_CASE("the exits of a plan go on in quarantine when it is the strategy that fails") {
  const Timestamp start = actors::VirtualEngineOptions{}.start;
  std::vector<WayOut> ways = exits_of_the_plan();
  std::ranges::copy(ways_with_scaling(), std::back_inserter(ways));
  for (const WayOut& way : ways) {
    if (way.later) continue;  // that one is the strategy's word
    CAPTURE(way.what);
    const BotConfig bot = bot_with(way.plan);
    const LifeStory whole = lived(bot, way.prices, speaking({}, start), Lives::kOne);
    const LifeStory left = lived(bot, way.prices, failing(1'000'000, {}, start), Lives::kOne);
    CHECK(to_string(left.ended_by) == to_string(way.ends_by));
    const std::size_t levels = bot.plan.front().scaling.levels;
    CHECK(left.fills.size() == way.fills - levels);
    if (levels == 0) CHECK(left.fills == whole.fills);
  }
}

// A bot without a plan whose strategy fails so many times in minute 3, and wants to close in
// minute 8.
struct Confined {
  explicit Confined(int failures)
      : place(test::scripted_market({"100"}), test::paper_config_without_costs()),
        start(place.clock.now()) {
    actors::VirtualEngineOptions options = place.options({bot_with([](BotConfig&, RiskPlan&) {})});
    add_strategy(options.catalogue, failing(failures, Direction::kClose, start));
    place.start(std::move(options));
    until_minute(kEntersIn + 2);
    CHECK(place.snapshot("bot").status == BotStatus::kError);
    REQUIRE(place.snapshot("bot").open_positions.size() == 1);
  }
  void until_minute(int minute) {
    place.engine->advance(start + std::chrono::minutes(minute) - place.engine->now());
  }
  void resume() { place.engine->set_bot_status({"bot"}, {BotStatus::kActive, "mended", "alice"}); }

  test::Place place;
  Timestamp start;
};

TEST_CASE("a bot in quarantine leaves by its strategy's word where that is not what fails now") {
  Confined bot(5);
  CHECK(bot.place.events_of("bot.quarantined") == 1);
  bot.until_minute(kSpeaksIn + 2);
  CHECK(bot.place.snapshot("bot").status == BotStatus::kError);
  CHECK(to_string(story_of(bot.place, bot.start).ended_by) == to_string(ReasonCode::kStrategyExit));
  bot.place.check_books();
  // Flat, nobody looks at it until somebody brings it back.
  const std::uint64_t checks = bot.place.snapshot("bot").checks;
  bot.until_minute(kSpeaksIn + 5);
  CHECK(bot.place.snapshot("bot").checks == checks);
  bot.resume();
  bot.until_minute(kSpeaksIn + 7);
  CHECK(bot.place.snapshot("bot").status == BotStatus::kActive);
  CHECK(bot.place.snapshot("bot").checks > checks);
}

TEST_CASE("a bot that left by its plan alone has its strategy back when somebody brings it back") {
  for (const bool is_resumed : {false, true}) {
    CAPTURE(is_resumed);
    Confined bot(6);
    CHECK(bot.place.events_of("bot.quarantined") == 2);
    if (is_resumed) bot.resume();
    bot.until_minute(kSpeaksIn + 2);
    CHECK(bot.place.snapshot("bot").open_positions.size() == (is_resumed ? 0 : 1));
    CHECK(bot.place.snapshot("bot").status ==
          (is_resumed ? BotStatus::kActive : BotStatus::kError));
    bot.place.check_books();
  }
}

TEST_CASE("a bot in quarantine looks after its position in the next life as well") {
  const BotConfig config =
      bot_with([](BotConfig&, RiskPlan& plan) { plan.exits.time_stop = std::chrono::minutes(5); });
  test::Place place(test::scripted_market({"100"}), test::paper_config_without_costs());
  const Timestamp start = place.clock.now();
  const auto begin = [&](int failures) {
    actors::VirtualEngineOptions options = place.options({config});
    add_strategy(options.catalogue, failing(failures, {}, start));
    place.start(std::move(options));
  };
  begin(1'000'000);
  place.engine->advance(std::chrono::minutes(kEntersIn + 2));
  REQUIRE(place.snapshot("bot").status == BotStatus::kError);
  REQUIRE(place.snapshot("bot").open_positions.size() == 1);
  begin(0);
  place.engine->advance(std::chrono::minutes(6));
  CHECK(place.snapshot("bot").status == BotStatus::kError);
  CHECK(to_string(story_of(place, start).ended_by) == to_string(ReasonCode::kTimeStop));
}

TEST_CASE("a bot that is given another symbol while nobody is there leaves the former one first") {
  const BotConfig before =
      bot_with([](BotConfig&, RiskPlan& plan) { plan.exits.time_stop = std::chrono::minutes(5); });
  BotConfig wanted = before;
  wanted.symbol = {"ETH/USDT"};
  wanted.plan.front().exits.time_stop = {};
  test::Place place(test::scripted_market({"100"}), test::paper_config_without_costs());
  const Timestamp start = place.clock.now();
  const auto live = [&](const BotConfig& bot, int minutes) {
    actors::VirtualEngineOptions options = place.options({bot});
    add_strategy(options.catalogue, speaking({}, start));
    place.start(std::move(options));
    place.engine->advance(std::chrono::minutes(minutes));
  };
  const auto symbol = [&] {
    return storage::load_bot(place.engine->store(), {"bot"})->config.symbol.value;
  };
  live(before, kEntersIn + 1);
  for (int life = 0; life < 2; ++life) {
    live(wanted, 1);
    REQUIRE(place.snapshot("bot").open_positions.size() == 1);
    CHECK(place.snapshot("bot").open_positions.front().symbol.value == "BTC/USDT");
    CHECK(symbol() == "BTC/USDT");
    CHECK(place.snapshot("bot").status == BotStatus::kPaused);
    CHECK(place.events_of("bot.paused") == 1);
    REQUIRE(place.paper->standing_stops().size() == 1);
  }
  live(wanted, 5);
  CHECK(to_string(story_of(place, start).ended_by) == to_string(ReasonCode::kTimeStop));
  CHECK(place.snapshot("bot").settings_version == 1);
  live(wanted, 1);
  CHECK(symbol() == "ETH/USDT");
  CHECK(place.snapshot("bot").status == BotStatus::kActive);
  CHECK(place.snapshot("bot").status_reason.empty());
  CHECK(place.snapshot("bot").settings_version == 2);
  place.check_books();
}

TEST_CASE("a bot whose strategy is gone as well still leaves by its plan") {
  const BotConfig bot = bot_with(
      [](BotConfig&, RiskPlan& plan) { plan.exits.time_stop = std::chrono::seconds(150); });
  test::Place place(test::scripted_market({"100"}), test::paper_config_without_costs());
  const Timestamp start = place.clock.now();
  actors::VirtualEngineOptions options = place.options({bot});
  add_strategy(options.catalogue, speaking(std::nullopt, start));
  place.start(std::move(options));
  place.engine->advance(std::chrono::minutes(kEntersIn + 1));
  REQUIRE(place.snapshot("bot").open_positions.size() == 1);
  place.start(place.options({}));
  place.engine->advance(std::chrono::minutes(5));
  CHECK(place.snapshot("bot").status == BotStatus::kPaused);
  CHECK(to_string(story_of(place, start).ended_by) == to_string(ReasonCode::kTimeStop));
  // Flat, it is put away at the next start.
  place.start(place.options({}));
  CHECK(place.snapshot("bot").status == BotStatus::kArchived);
}

}  // namespace
}  // namespace botbox
