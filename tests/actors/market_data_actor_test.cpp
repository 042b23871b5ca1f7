// Market data: one fetch for everybody, gaps filled, and what happens when the exchange is wrong or
// away.
#include "actors/market_data_actor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "engine/strategy/rule/rule_strategy.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/actor_fixture.hpp"

namespace botbox::actors {
namespace {

using test::Inbox;

constexpr Duration kSecond{1'000};
constexpr Duration kMinute{60'000};

struct MarketWorld : test::ActorFixture {
  MarketWorld() {
    venue = fake(
        [this](const AcquirePermits& ask) {
          ++permit_asks;
          const std::uint32_t count = permits_given ? ask.count : 0;
          caf::anon_send(ask.reply_to, PermitsGranted{ask.ticket, test::TestPermits::many(count),
                                                      now() + kSecond});
        },
        [this](const FetchCandles& fetch) {
          CHECK(fetch.permit.consume());
          fetches.push(fetch);
          if (answers_at_once) serve(fetch);
        });
    CandleCacheConfig settings;
    settings.capacity = 20;
    market = spawn<MarketDataActor>(std::cref(clock()), venue, listener(alerts), settings);
    asker = listener(views);
    advance(Duration{30'000});
  }
  void ask(std::uint64_t ticket = 1, std::vector<IndicatorSpec> indicators = {}) {
    ask_for(MarketNeeds{std::move(indicators), {}, {}}, ticket);
  }
  void ask_for(MarketNeeds needs, std::uint64_t ticket = 1, bool is_watched = true) {
    tell(market, PrepareView{ticket,
                             std::make_shared<const SeriesRequest>(SeriesRequest{
                                 {"BTC/USDT"}, Timeframe::minutes(1), std::move(needs)}),
                             asker, is_watched});
  }
  void leave() { tell(market, SeriesLeft{{"BTC/USDT"}, Timeframe::minutes(1)}); }
  // What the exchange has of the range, but for the candles it lacks.
  void serve(const FetchCandles& fetch) {
    std::vector<Candle> candles;
    const Duration length = fetch.query.timeframe.duration();
    for (Timestamp at = fetch.query.timeframe.floor(fetch.query.from); at < fetch.query.to;
         at = at + length)
      if (!missing.contains(at.ms) && at >= fetch.query.from && at + length <= now())
        candles.push_back(test::candle_at(at, "100"));
    give(fetch, std::move(candles));
  }
  void give(const FetchCandles& fetch, Result<std::vector<Candle>> candles) {
    tell(market, CandlesFetched{fetch.ticket, std::move(candles)});
  }
  std::size_t alerts_of(const std::string& kind) const {
    return static_cast<std::size_t>(
        std::count_if(alerts.begin(), alerts.end(),
                      [&](const AlertRaised& alert) { return alert.kind == kind; }));
  }

  bool permits_given = true;
  bool answers_at_once = false;
  std::set<std::int64_t> missing;
  int permit_asks = 0;
  Inbox<FetchCandles> fetches;
  Inbox<ViewReady> views;
  Inbox<AlertRaised> alerts;
  caf::actor venue;
  caf::actor market;
  caf::actor asker;
};

Result<std::vector<Candle>> unreachable() {
  return fail(ErrorCode::kUnavailable, "connection refused");
}

TEST_CASE("a thousand askers are one permit and one fetch, and all get the same view") {
  MarketWorld world;
  for (std::uint64_t i = 0; i < 1'000; ++i) world.ask(i);
  REQUIRE(world.fetches.size() == 1);
  CHECK(world.permit_asks == 1);
  CHECK(world.views.empty());
  world.serve(world.fetches[0]);
  REQUIRE(world.views.size() == 1'000);
  for (std::size_t i = 0; i < 1'000; ++i) {
    CHECK(world.views[i].ticket == i);
    CHECK(*world.views[i].view == *world.views[0].view);
  }
  const MarketView& view = **world.views[0].view;
  CHECK(view.last_close() == world.kStart);
  CHECK(view.series->candles().size() == 20);
  CHECK(view.gaps == 0);
}

TEST_CASE("a fresh series is served without a fetch, an older one is fetched from where it ended") {
  MarketWorld world;
  world.answers_at_once = true;
  world.ask();
  world.ask();
  CHECK(world.fetches.size() == 1);
  CHECK(world.views.size() == 2);
  world.advance(kMinute);
  world.ask();
  REQUIRE(world.fetches.size() == 2);
  CHECK(world.fetches[1].query.from > world.fetches[0].query.from);
  CHECK((*world.views.back().view)->last_close() == world.kStart + kMinute);
}

TEST_CASE("without a permit nothing is fetched; it is asked for again and everybody waits") {
  MarketWorld world;
  world.permits_given = false;
  world.answers_at_once = true;
  world.ask(1);
  world.advance(kSecond * 5);
  world.ask(2);
  CHECK(world.fetches.empty());
  CHECK(world.permit_asks >= 4);
  CHECK(world.permit_asks <= 8);
  world.permits_given = true;
  world.advance(kSecond * 2);
  CHECK(world.fetches.size() == 1);
  CHECK(world.views.size() == 2);
}

TEST_CASE("while no permit is to be had a fetch that is wanted again waits for the same one") {
  MarketWorld world;
  world.permits_given = false;
  world.answers_at_once = true;
  // Each time the fetch before has timed out, and counts as failed.
  for (std::uint64_t ticket = 1; ticket <= 20; ++ticket) {
    world.ask(ticket);
    world.advance(kMinute);
  }
  CHECK(world.fetches.empty());
  CHECK(world.permit_asks >= 600);
  CHECK(world.permit_asks <= 1'300);
  world.permits_given = true;
  world.advance(kSecond * 2);
  REQUIRE(world.fetches.size() == 1);
  REQUIRE_FALSE(world.views.empty());
  CHECK((*world.views.back().view)->last_close() >= world.now() - kMinute * 5);
}

TEST_CASE("a fetch that is never answered counts as failed, and the next one serves everybody") {
  MarketWorld world;
  world.ask(1);
  REQUIRE(world.fetches.size() == 1);
  world.advance(kSecond * 40);
  world.ask(2);
  REQUIRE(world.views.size() == 1);
  CHECK(world.views[0].ticket == 2);
  CHECK_FALSE(world.views[0].view.has_value());
  world.advance(kSecond * 5);
  world.ask(3);
  REQUIRE(world.fetches.size() == 2);
  world.serve(world.fetches[1]);
  REQUIRE(world.views.size() == 3);
  CHECK(world.views[1].view.has_value());
  CHECK(world.views[2].view.has_value());
}

TEST_CASE("invalid candles raise an alert and the view stays as it was") {
  MarketWorld world;
  world.ask();
  world.serve(world.fetches[0]);
  world.advance(kMinute);
  world.ask();
  REQUIRE(world.fetches.size() == 2);
  Candle upside_down = test::candle_at(world.kStart, "100");
  upside_down.high = Price::literal("90");
  world.give(world.fetches[1], std::vector<Candle>{upside_down});
  CHECK(world.alerts_of("data.invalid") == 1);
  REQUIRE(world.views.size() == 2);
  REQUIRE(world.views[1].view.has_value());
  CHECK((*world.views[1].view)->series == (*world.views[0].view)->series);
  CHECK((*world.views[1].view)->as_of == (*world.views[0].view)->as_of);
}

TEST_CASE("a gap is asked for by its exact range before anybody gets the view") {
  MarketWorld world;
  const Timestamp hole = world.kStart - kMinute * 5;
  world.missing = {hole.ms, (hole + kMinute).ms};
  world.ask();
  world.serve(world.fetches[0]);
  REQUIRE(world.fetches.size() == 2);
  CHECK(world.views.empty());
  CHECK(world.fetches[1].query.from == hole);
  CHECK(world.fetches[1].query.to == hole + kMinute * 2);
  world.missing.clear();
  world.serve(world.fetches[1]);
  REQUIRE(world.views.size() == 1);
  CHECK((*world.views[0].view)->gaps == 0);
  CHECK((*world.views[0].view)->series->candles().size() == 20);
}

TEST_CASE("a gap that the exchange has as well is asked for once and then told") {
  MarketWorld world;
  world.answers_at_once = true;
  world.missing = {(world.kStart - kMinute * 5).ms};
  world.ask();
  CHECK(world.fetches.size() == 2);
  REQUIRE(world.views.size() == 1);
  CHECK((*world.views[0].view)->gaps == 1);
  world.advance(kMinute);
  world.ask();
  CHECK(world.fetches.size() == 3);
}

TEST_CASE("a failed fetch serves what there is, with its age; without anything it is an error") {
  MarketWorld world;
  world.ask();
  world.give(world.fetches[0], unreachable());
  REQUIRE(world.views.size() == 1);
  CHECK(world.views[0].view.error().code == ErrorCode::kUnavailable);
  world.advance(kSecond * 2);
  world.ask();
  REQUIRE(world.fetches.size() == 2);
  world.serve(world.fetches[1]);
  CHECK(world.views[1].view.has_value());
  world.advance(kMinute * 3);
  world.ask();
  world.give(world.fetches[2], unreachable());
  REQUIRE(world.views.size() == 3);
  REQUIRE(world.views[2].view.has_value());
  CHECK((*world.views[2].view)->age(world.now()) >= kMinute * 3);
}

TEST_CASE("an exchange that has no candle yet is told apart from one that is away") {
  MarketWorld world;
  world.ask(1);
  REQUIRE(world.fetches.size() == 1);
  world.give(world.fetches[0], std::vector<Candle>{});
  REQUIRE(world.views.size() == 1);
  CHECK_FALSE(world.views[0].view.has_value());
  CHECK(world.views[0].has_no_candle_yet);
  // Asked again before the exchange is: the same answer, and the operator is not told twice.
  world.ask(2);
  CHECK(world.fetches.size() == 1);
  REQUIRE(world.views.size() == 2);
  CHECK(world.views[1].has_no_candle_yet);
  CHECK(world.alerts_of("data.none") == 1);

  world.advance(kMinute);
  world.ask(3);
  REQUIRE(world.fetches.size() == 2);
  world.give(world.fetches[1], unreachable());
  REQUIRE(world.views.size() == 3);
  CHECK_FALSE(world.views[2].view.has_value());
  CHECK_FALSE(world.views[2].has_no_candle_yet);

  world.advance(kMinute);
  world.ask(4);
  REQUIRE(world.fetches.size() == 3);
  CHECK(world.alerts_of("data.begun") == 0);
  world.serve(world.fetches[2]);
  REQUIRE(world.views.size() == 4);
  CHECK(world.views[3].view.has_value());
  CHECK_FALSE(world.views[3].has_no_candle_yet);
  CHECK(world.alerts_of("data.none") == 1);
  CHECK(world.alerts_of("data.begun") == 1);
}

TEST_CASE("while an exchange fails it is asked ever less often") {
  MarketWorld world;
  world.ask();
  std::size_t answered = 0;
  for (int i = 0; i < 600; ++i) {
    while (answered < world.fetches.size()) world.give(world.fetches[answered++], unreachable());
    world.advance(kSecond);
    world.ask();
  }
  CHECK(world.fetches.size() <= 20);
  CHECK(world.views.size() + 1 >= 600);
}

TEST_CASE("data older than five minutes raises one alert, and one more when it is fresh again") {
  MarketWorld world;
  world.ask();
  world.serve(world.fetches[0]);
  std::size_t answered = 1;
  const auto go_on = [&](int minutes) {
    for (int i = 0; i < minutes * 6; ++i) {
      world.advance(kSecond * 10);
      world.ask();
      while (answered < world.fetches.size()) world.give(world.fetches[answered++], unreachable());
    }
  };
  go_on(4);
  CHECK(world.alerts_of("data.stale") == 0);
  go_on(10);
  CHECK(world.alerts_of("data.stale") == 1);
  world.answers_at_once = true;
  for (int i = 0; i < 12; ++i) {
    world.advance(kSecond * 10);
    world.ask();
  }
  CHECK(world.alerts_of("data.fresh") == 1);
  CHECK(world.alerts_of("data.stale") == 1);
}

TEST_CASE("that a series has no candle is over when no bot looks at it any more") {
  MarketWorld world;
  world.ask(1);
  REQUIRE(world.fetches.size() == 1);
  world.give(world.fetches[0], std::vector<Candle>{});
  REQUIRE(world.alerts_of("data.none") == 1);
  // A bot that comes back soon, as after a restart of it, keeps the alert.
  world.leave();
  world.advance(kMinute * 4);
  world.ask(2);
  REQUIRE(world.fetches.size() == 2);
  world.give(world.fetches[1], std::vector<Candle>{});
  world.advance(kMinute * 4);
  CHECK(world.alerts_of("data.begun") == 0);
  world.leave();
  world.advance(kMinute * 6);
  REQUIRE(world.alerts_of("data.begun") == 1);
  CHECK(world.alerts.back().text.starts_with("no bot looks at BTC/USDT"));
  CHECK(world.alerts.back().subject == world.alerts[0].subject);
  // One look by hand raises nothing that nobody would end; a bot that looks does.
  world.ask_for({}, 3, false);
  REQUIRE(world.fetches.size() == 3);
  world.give(world.fetches[2], std::vector<Candle>{});
  CHECK(world.views.back().has_no_candle_yet);
  CHECK(world.alerts_of("data.none") == 1);
  world.ask(4);
  CHECK(world.alerts_of("data.none") == 2);
}

TEST_CASE("of a series that only signals have asked for nothing is told") {
  MarketWorld world;
  world.ask_for({}, 1, false);
  REQUIRE(world.fetches.size() == 1);
  world.give(world.fetches[0], std::vector<Candle>{});
  REQUIRE(world.views.size() == 1);
  CHECK(world.alerts_of("data.none") == 0);
  world.ask(2);
  CHECK(world.alerts_of("data.none") == 1);
}

TEST_CASE("that a series is old is over when no bot looks at it any more") {
  MarketWorld world;
  world.ask();
  world.serve(world.fetches[0]);
  std::size_t answered = 1;
  for (int i = 0; i < 60; ++i) {
    world.advance(kSecond * 10);
    world.ask();
    while (answered < world.fetches.size()) world.give(world.fetches[answered++], unreachable());
  }
  REQUIRE(world.alerts_of("data.stale") == 1);
  world.leave();
  CHECK(world.alerts_of("data.fresh") == 0);
  world.advance(kMinute * 6);
  CHECK(world.alerts_of("data.fresh") == 1);
  world.ask_for({}, 2, false);
  while (answered < world.fetches.size()) world.give(world.fetches[answered++], unreachable());
  CHECK(world.views.back().ticket == 2);
  CHECK(world.alerts_of("data.stale") == 1);
}

TEST_CASE("an indicator that a later asker wants is there at once, over the candles there are") {
  MarketWorld world;
  world.answers_at_once = true;
  world.ask();
  const IndicatorSpec spec{IndicatorKind::kEma, 5};
  CHECK_FALSE((*world.views[0].view)->indicators->latest(spec).ready);
  world.ask(2, {spec});
  CHECK(world.fetches.size() == 1);
  CHECK((*world.views[1].view)->indicators->latest(spec).ready);
  // A view that somebody holds never changes.
  CHECK_FALSE((*world.views[0].view)->indicators->latest(spec).ready);
}

std::shared_ptr<const rule::RuleStrategy> rules(const std::string& when) {
  rule::StrategyDefinition definition;
  definition.name = "rules";
  definition.long_side.factors = {{"only", 1, when}};
  const auto made = rule::RuleStrategy::create(definition, Timeframe::minutes(1), {});
  REQUIRE(made.has_value());
  return *made;
}

const Timeframe kFive = Timeframe::minutes(5);

TEST_CASE("who needs a longer timeframe is answered when both are there, with its indicators") {
  MarketWorld world;
  const IndicatorSpec spec{IndicatorKind::kEma, 5};
  world.ask_for({{}, {{kFive, {spec}}}, {}});
  REQUIRE(world.fetches.size() == 2);
  CHECK(world.fetches[1].query.timeframe == kFive);
  world.serve(world.fetches[0]);
  CHECK(world.views.empty());
  world.serve(world.fetches[1]);
  REQUIRE(world.views.size() == 1);
  const MarketView& view = **world.views[0].view;
  CHECK(view.timeframe == Timeframe::minutes(1));
  REQUIRE(view.higher.size() == 1);
  CHECK(view.higher[0]->timeframe == kFive);
  CHECK(view.higher[0]->last_close() == kFive.floor(world.now()));
  CHECK(view.higher[0]->indicators->latest(spec).ready);
}

TEST_CASE("a longer series is fetched once per candle of its own, whatever the bot's pace") {
  MarketWorld world;
  world.answers_at_once = true;
  std::size_t longer = 0;
  for (int minute = 0; minute < 30; ++minute) {
    world.ask_for({{}, {{kFive, {}}}, {}});
    world.advance(kMinute);
  }
  for (std::size_t i = 0; i < world.fetches.size(); ++i)
    longer += world.fetches[i].query.timeframe == kFive ? 1 : 0;
  CHECK(world.fetches.size() - longer == 30);
  CHECK(longer >= 6);
  CHECK(longer <= 8);
}

TEST_CASE("rules are evaluated once per candle, for however many ask") {
  MarketWorld world;
  world.answers_at_once = true;
  const auto first = rules("close > sma(3)"), second = rules("close >= sma(3)");
  BotConfig bot;
  MarketNeeds needs = first->needs(bot);
  needs.merge(second->needs(bot));
  world.ask_for(needs);
  world.ask_for(needs, 2);
  REQUIRE(world.views.size() == 2);
  // The very same object: nothing was computed for the second one.
  CHECK(*world.views[0].view == *world.views[1].view);
  const MarketView& view = **world.views[0].view;
  REQUIRE(view.rules != nullptr);
  std::vector<double> slots(second->program().slots());
  CHECK(view.rules->read(&second->program(), slots));
  CHECK_FALSE(first->evaluate(view, bot, nullptr).proposal.has_value());
  CHECK(second->evaluate(view, bot, nullptr).proposal.has_value());
  world.advance(kMinute);
  world.ask_for(needs, 3);
  CHECK(*world.views[2].view != *world.views[0].view);
}

TEST_CASE("a view lacks the longer candle that is late, and is made anew when it is there") {
  MarketWorld world;
  const auto strategy = rules("close(\"5m\") > 0");
  BotConfig bot;
  const MarketNeeds needs = strategy->needs(bot);
  std::size_t answered = 0;
  bool longer_is_late = false;
  const auto ask = [&] {
    world.ask_for(needs);
    while (answered < world.fetches.size()) {
      const FetchCandles fetch = world.fetches[answered++];
      if (longer_is_late && fetch.query.timeframe == kFive)
        world.give(fetch, unreachable());
      else
        world.serve(fetch);
    }
    return *world.views.back().view;
  };
  while (kFive.floor(world.now() + kMinute) == kFive.floor(world.now())) {
    ask();
    world.advance(kMinute);
  }
  const Timestamp before = ask()->last_close();
  longer_is_late = true;
  world.advance(kMinute - kSecond * 25);
  REQUIRE(kFive.floor(world.now()) == Timeframe::minutes(1).floor(world.now()));
  const auto lacking = ask();
  CHECK(lacking->last_close() == before + kMinute);
  // Unknown, not met.
  const Evaluation without = strategy->evaluate(*lacking, bot, nullptr);
  CHECK(without.warm);
  CHECK_FALSE(without.proposal.has_value());
  longer_is_late = false;
  world.advance(kSecond * 20);
  const auto whole = ask();
  CHECK(whole->last_close() == before + kMinute);
  CHECK(strategy->evaluate(*whole, bot, nullptr).proposal.has_value());
}

TEST_CASE(
    "an indicator that makes no sense raises an alert and the candles are served all the same") {
  MarketWorld world;
  world.answers_at_once = true;
  world.ask(1, {IndicatorSpec{IndicatorKind::kEma, 0}});
  CHECK(world.alerts_of("indicator.invalid") == 1);
  CHECK(world.views[0].view.has_value());
}

}  // namespace
}  // namespace botbox::actors
