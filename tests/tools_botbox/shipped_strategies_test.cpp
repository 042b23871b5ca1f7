// The strategies that ship, over recorded and invented candles: no look-ahead, no units, one
// decision whichever way it is computed, and trades.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "engine/market/candle_bar.hpp"
#include "engine/strategy/rule/rule_run.hpp"
#include "exchange/market/csv_market.hpp"
#include "exchange/market/synthetic_market.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"
#include "tests/support/recorded_candles.hpp"
#include "tests/support/seeded_runs.hpp"
#include "tests/support/virtual_fleet.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

using rule::RuleRun;
using rule::RuleStrategy;
using testing::SeededRuns;

constexpr Timestamp kStart{1'704'067'200'000};
const Timeframe kFive = Timeframe::minutes(5);

std::vector<StrategySchema> shipped_rules() {
  std::vector<StrategySchema> rules;
  const StrategyCatalogue all = config::shipped_catalogue();
  for (const StrategySchema& schema : all.schemas())
    if (all.id_of(schema.name).value != schema.name) rules.push_back(schema);
  return rules;
}

std::shared_ptr<const RuleStrategy> on_five_minutes(const std::string& name) {
  const auto strategy = config::shipped_catalogue().find({name});
  BotConfig bot;
  bot.timeframe = kFive;
  const auto prepared = strategy->prepared(bot);
  REQUIRE(prepared.has_value());
  const auto rules = std::dynamic_pointer_cast<const RuleStrategy>(*prepared);
  REQUIRE(rules != nullptr);
  return rules;
}

std::optional<exchange::CsvMarket> recorded() {
  const auto file = botbox::testing::recorded_candles() / botbox::testing::kSevenMonths;
  if (!std::filesystem::exists(file)) return std::nullopt;
  auto market = exchange::CsvMarket::load(file);
  REQUIRE(market.has_value());
  return std::move(*market);
}

std::vector<Candle> candles_of(exchange::MarketFeed& feed, Timeframe timeframe, Timestamp from,
                               Timestamp to) {
  return feed.candles({"BTC/USDT"}, timeframe, {.from = from, .to = to});
}

// A market at a time: what the engine's cache would hold of it then, or with candles that the
// exchange already has of the longer timeframes.
MarketView view_at(exchange::MarketFeed& feed, const MarketNeeds& needs, Timestamp now,
                   Duration ahead) {
  const auto shown = [&](Timeframe timeframe, const std::vector<IndicatorSpec>& specs,
                         Timestamp until) {
    const Timestamp end = timeframe.floor(until);
    const auto series = std::make_shared<CandleSeries>(timeframe, 500);
    REQUIRE(series->merge(candles_of(feed, timeframe, end - timeframe.duration() * 500, end), until)
                .has_value());
    SharedIndicators indicators;
    for (const IndicatorSpec& spec : specs) REQUIRE(indicators.add(spec).has_value());
    indicators.on_series(series);
    MarketView view;
    view.symbol = {"BTC/USDT"};
    view.timeframe = timeframe;
    view.series = series;
    view.indicators = indicators.table();
    view.as_of = until;
    return view;
  };
  MarketView view = shown(kFive, needs.indicators, now);
  for (const HigherSeries& longer : needs.higher)
    view.higher.push_back(std::make_shared<const MarketView>(
        shown(longer.timeframe, longer.indicators, now + ahead)));
  return view;
}

BotConfig linear_bot() {
  BotConfig bot;
  bot.id = {"bot"};
  bot.timeframe = kFive;
  bot.market = MarketType::kLinear;
  return bot;
}

std::optional<Direction> direction_of(const std::optional<Proposal>& proposal) {
  return proposal ? std::optional(proposal->direction) : std::nullopt;
}

std::string decision_text(const Signal& signal) {
  std::string text =
      fmt::format("{} {} {} {} {} {}", signal.id.value, signal.bot.value, signal.candle_close.ms,
                  to_string(signal.direction), signal.score, to_string(signal.rejection_reason));
  for (const Price& level : {signal.entry, signal.stop_loss, signal.take_profit})
    text += ' ' + to_string(level);
  for (const Condition& condition : signal.conditions)
    text += fmt::format(" {}={}/{}:{}", condition.name, condition.value, condition.threshold,
                        condition.met);
  return text;
}

struct Tally {
  int entries = 0;
  int exits = 0;
};

}  // namespace

TEST_CASE("no shipped strategy decides otherwise when the future of any timeframe is known") {
  constexpr int kRounds = 3;
  SeededRuns runs;
  CAPTURE(runs.seed());
  const auto feed = test::synthetic_feed(static_cast<std::uint64_t>(runs.between(1, 1'000)));
  for (const StrategySchema& schema : shipped_rules()) {
    CAPTURE(schema.name);
    const auto strategy = on_five_minutes(schema.name);
    const BotConfig bot = linear_bot();
    const MarketNeeds needs = strategy->needs(bot);
    int warm = 0;
    for (int round = 0; round < kRounds; ++round) {
      const Timestamp now = kStart + Duration{300'000} * runs.between(0, 100'000);
      const MarketView known = view_at(*feed, needs, now, Duration{0});
      // Some candles of the longest timeframe, many of the others.
      const MarketView ahead = view_at(*feed, needs, now, Duration{3'600'000} * runs.between(1, 3));
      const Evaluation before = strategy->evaluate(known, bot, nullptr);
      const Evaluation after = strategy->evaluate(ahead, bot, nullptr);
      warm += before.warm ? 1 : 0;
      REQUIRE(before.warm == after.warm);
      REQUIRE(direction_of(before.proposal) == direction_of(after.proposal));
      REQUIRE(before.conditions.size() == after.conditions.size());
      // The running values of the longer series began an hour or two later: equal but for the last
      // digits.
      for (std::size_t i = 0; i < before.conditions.size(); ++i)
        REQUIRE(before.conditions[i].met == after.conditions[i].met);
    }
    CHECK(warm == kRounds);
  }
}

TEST_CASE("a shipped strategy decides the same when its run is cut off at any candle") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  const auto feed = test::synthetic_feed(static_cast<std::uint64_t>(runs.between(1, 1'000)));
  std::vector<Bar> bars;
  for (const Candle& candle : candles_of(*feed, kFive, kStart, kStart + Duration{86'400'000} * 20))
    bars.push_back(to_bar(candle));
  for (const StrategySchema& schema : shipped_rules()) {
    CAPTURE(schema.name);
    const auto strategy = on_five_minutes(schema.name);
    RuleRun whole(strategy, MarketType::kLinear), part(strategy, MarketType::kLinear);
    const auto cut = static_cast<std::size_t>(runs.between(1'000, 5'000));
    std::vector<std::pair<std::optional<Direction>, std::pair<bool, bool>>> first, second;
    const auto note = [](auto& into, const RuleStrategy::Step& step) {
      into.push_back({direction_of(step.entry), {step.exit_long, step.exit_short}});
    };
    for (const Bar& bar : bars) note(first, whole.update(bar));
    for (std::size_t i = 0; i < cut; ++i) note(second, part.update(bars[i]));
    first.resize(cut);
    CHECK(first == second);
  }
}

TEST_CASE("a shipped strategy decides the same in any unit of price and of volume") {
  const auto feed = test::synthetic_feed(3);
  const auto candles = candles_of(*feed, kFive, kStart, kStart + Duration{86'400'000} * 40);
  for (const StrategySchema& schema : shipped_rules()) {
    CAPTURE(schema.name);
    const auto strategy = on_five_minutes(schema.name);
    for (const auto& [price, volume] : {std::pair(1.0 / 1024, 1.0), std::pair(4.0, 1.0 / 64)}) {
      RuleRun plain(strategy, MarketType::kLinear), scaled(strategy, MarketType::kLinear);
      for (const Candle& candle : candles) {
        const Bar bar = to_bar(candle);
        const Bar other{bar.open * price,  bar.high * price,    bar.low * price,
                        bar.close * price, bar.volume * volume, bar.open_time};
        const RuleStrategy::Step a = plain.update(bar), b = scaled.update(other);
        REQUIRE(direction_of(a.entry) == direction_of(b.entry));
        REQUIRE(a.exit_long == b.exit_long);
        REQUIRE(a.exit_short == b.exit_short);
      }
    }
  }
}

TEST_CASE("every shipped strategy trades over seven months of recorded five-minute candles") {
  auto market = recorded();
  if (!market) {
    MESSAGE("shared candles are not here: skipped");
    return;
  }
  const Symbol btc{"BTC/USDT"};
  const auto candles =
      candles_of(*market, kFive, *market->first_open(btc), *market->last_open(btc));
  REQUIRE(candles.size() > 50'000);
  for (const StrategySchema& schema : shipped_rules()) {
    RuleRun run(on_five_minutes(schema.name), MarketType::kSpot);
    Tally tally;
    bool is_open = false;
    for (const Candle& candle : candles) {
      const RuleStrategy::Step step = run.update(to_bar(candle));
      if (is_open && step.exit_long) {
        is_open = false;
        ++tally.exits;
      } else if (!is_open && step.entry) {
        is_open = true;
        ++tally.entries;
      }
    }
    const std::string line =
        fmt::format("{}: {} entries, {} exits by rule", schema.name, tally.entries, tally.exits);
    MESSAGE(line);
    CHECK(tally.entries >= 20);
    CHECK(tally.exits >= tally.entries - 1);
  }
}

TEST_CASE("in which order a fleet of rules is configured changes nothing for any bot") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  const auto run = [&](bool shuffled) {
    actors::VirtualEngineOptions options = test::fleet_options(0, 11);
    options.catalogue = config::shipped_catalogue();
    for (const StrategySchema& schema : shipped_rules())
      for (const char* symbol : {"BTC/USDT", "SOL/USDT:USDT"}) {
        BotConfig bot = test::lively_bots(1).front();
        const bool linear = std::string_view(symbol).ends_with(":USDT");
        bot.id = {schema.name + (linear ? "-p" : "-s")};
        bot.strategy = options.catalogue.id_of(schema.name);
        bot.parameters = {};
        bot.symbol = {symbol};
        bot.market = linear ? MarketType::kLinear : MarketType::kSpot;
        bot.timeframe = kFive;
        bot.check_interval = Duration{60'000};
        options.bots.push_back(std::move(bot));
      }
    if (shuffled) std::shuffle(options.bots.begin(), options.bots.end(), runs.next());
    auto engine = actors::VirtualEngine::start(std::move(options));
    REQUIRE(engine);
    (*engine)->advance(Duration{86'400'000});
    REQUIRE(!(*engine)->fatal());
    CHECK((*engine)->totals().failed_checks == 0);
    std::vector<std::string> stories;
    auto bots = storage::load_bots((*engine)->store());
    REQUIRE(bots);
    std::uint64_t signals = 0;
    for (const auto& bot : *bots) {
      signals += bot.snapshot.signals;
      stories.push_back(fmt::format("{} {} {} {}", bot.config.id.value, bot.snapshot.signals,
                                    bot.snapshot.trades_completed,
                                    to_string(bot.snapshot.realised_profit)));
    }
    CHECK(signals > 10);
    // What was decided, on which candle, with which numbers and by which gate.
    REQUIRE(storage::visit_all<Signal>((*engine)->store(), storage::Kind::kSignal,
                                       [&](std::string_view, Signal&& signal) {
                                         stories.push_back(decision_text(signal));
                                         return true;
                                       }));
    CHECK(stories.size() > bots->size() + 10);
    std::sort(stories.begin(), stories.end());
    return stories;
  };
  CHECK(run(false) == run(true));
}

}  // namespace botbox::cli
