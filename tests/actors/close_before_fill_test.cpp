// Somebody says "out" while the entry is under way and its bot has heard of no fill yet.
#include <doctest/doctest.h>

#include <algorithm>
#include <caf/send.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/execution/outcome.hpp"
#include "tests/support/restarted_engine.hpp"
#include "tests/support/scripted_market.hpp"

namespace botbox {
namespace {

exchange::PaperConfig paper_that_gives(std::string_view share_of_a_candle) {
  exchange::PaperConfig config = test::paper_config_without_costs();
  config.max_participation = Decimal::literal(share_of_a_candle);
  return config;
}

// One bot that follows alerts, in a market at 100, whose engine may end at any time.
struct LeftEarly {
  explicit LeftEarly(std::string_view share_of_a_candle)
      : place(test::scripted_market({"100"}), paper_that_gives(share_of_a_candle)) {
    start();
    place.engine->advance(std::chrono::minutes{3});
  }
  void start() {
    holds_queue = false;
    BotConfig bot = test::plain_bot("follower");
    bot.strategy = {"external"};
    actors::VirtualEngineOptions options = place.options({bot});
    options.is_held = [this](std::string_view actor) {
      return holds_queue && actor == "trade_queue";
    };
    place.start(std::move(options));
  }
  void offer(const std::string& content, Direction direction) {
    auto made = std::make_shared<actors::SignalOffer>();
    made->signal.source = SignalSource::kWebhook;
    made->signal.bot = {"follower"};
    made->signal.symbol = {"BTC/USDT"};
    made->signal.direction = direction;
    made->content = content;
    made->answer = [](const Result<actors::OfferAnswer>&) {};
    caf::anon_send(place.engine->engine().signal_inbox(), actors::OfferSignal{std::move(made)});
  }
  // Until the order has arrived, and the trade queue has not heard of it.
  void enter() {
    offer("buy", Direction::kLong);
    const Timestamp until = place.engine->now() + std::chrono::seconds{30};
    while (place.venue->ledger.accepted().empty() && place.engine->step(until)) {
    }
    REQUIRE(place.venue->ledger.accepted().size() == 1);
  }
  // The close is durable, and the trade queue has not heard of it.
  void leave_unheard() {
    holds_queue = true;
    offer("out", Direction::kClose);
    place.engine->advance(std::chrono::seconds{3});
    const BotSnapshot snapshot = place.snapshot("follower");
    REQUIRE(snapshot.open_positions.empty());
    REQUIRE(snapshot.pending.size() == 2);
  }
  void go_on(bool restarts) {
    holds_queue = false;
    if (restarts) start();
    place.engine->advance(std::chrono::minutes{2});
  }
  Trade trade(Direction direction) {
    const auto trades = storage::load_trades(place.engine->store(), {"follower"}, {}, 100);
    REQUIRE(trades.has_value());
    REQUIRE(trades->size() == 2);
    const auto found = std::ranges::find(*trades, direction, &Trade::direction);
    REQUIRE(found != trades->end());
    return *found;
  }
  void check_flat() {
    const BotSnapshot snapshot = place.snapshot("follower");
    CHECK(snapshot.open_positions.empty());
    CHECK(snapshot.pending.empty());
    place.check_books();
  }

  test::Place place;
  bool holds_queue = false;
};

}  // namespace

TEST_CASE("a close that comes before its entry's first fill cancels it, and no order follows") {
  for (const bool restarts : {false, true}) {
    CAPTURE(restarts);
    LeftEarly story("0.000000001");  // less than a lot: the entry stands, and nothing is filled
    story.enter();
    story.place.engine->advance(std::chrono::seconds{5});
    story.leave_unheard();
    story.go_on(restarts);
    story.check_flat();
    CHECK(story.place.venue->ledger.entries().size() == 1);
    const Trade entry = story.trade(Direction::kLong);
    CHECK(entry.status == TradeStatus::kFailed);
    CHECK(entry.reason == ReasonCode::kClosedMeanwhile);
    const Trade close = story.trade(Direction::kClose);
    CHECK(close.status == TradeStatus::kFailed);
    CHECK(close.reason == ReasonCode::kNothingToClose);
    CHECK(close.attempts == 0);
    const auto signals =
        storage::load_signals(story.place.engine->store(), {"follower"}, {}, 100).value();
    const auto out = std::ranges::find(signals, Direction::kClose, &Signal::direction);
    REQUIRE(out != signals.end());
    CHECK(out->decision == SignalDecision::kAccepted);
    const Signal said = with_outcome(*out, close);
    CHECK(said.execution_status == ExecutionStatus::kFailed);
    CHECK(said.execution_reason == ReasonCode::kNothingToClose);
  }
}

TEST_CASE("a close that comes before its bot hears of a fill sells all of it, by one order") {
  for (const bool restarts : {false, true}) {
    CAPTURE(restarts);
    LeftEarly story("0");  // all of the order, at once
    story.enter();
    story.leave_unheard();
    story.go_on(restarts);
    story.check_flat();
    CHECK(story.place.venue->ledger.entries().size() == 2);
    const Trade entry = story.trade(Direction::kLong);
    CHECK(entry.status == TradeStatus::kCompleted);
    const Trade close = story.trade(Direction::kClose);
    CHECK(close.status == TradeStatus::kCompleted);
    CHECK(close.quantity == entry.quantity);
    CHECK(close.attempts == 1);
  }
}

TEST_CASE("a close of an entry that has not left its queue ends both unsent") {
  for (const bool restarts : {false, true}) {
    CAPTURE(restarts);
    LeftEarly story("0");
    story.holds_queue = true;
    story.offer("buy", Direction::kLong);
    story.place.engine->advance(std::chrono::seconds{3});
    story.leave_unheard();
    story.go_on(restarts);
    story.check_flat();
    CHECK(story.place.venue->ledger.entries().empty());
    CHECK(story.trade(Direction::kLong).reason == ReasonCode::kClosedMeanwhile);
    CHECK(story.trade(Direction::kClose).reason == ReasonCode::kNothingToClose);
  }
}

}  // namespace botbox
