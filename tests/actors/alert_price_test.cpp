// Alerts of a bot that looks at candles of four hours, through a whole engine: by which price they
// are traded, and what becomes of a position whose stop the price has passed.
#include <doctest/doctest.h>

#include <caf/send.hpp>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/restarted_engine.hpp"
#include "tests/support/scripted_market.hpp"

namespace botbox {
namespace {

// In a market of these minutes, ten of which have passed.
struct FourHours {
  explicit FourHours(const std::vector<std::string_view>& prices)
      : place(test::scripted_market(prices), test::paper_config_without_costs()) {
    BotConfig bot = test::plain_bot("follower");
    bot.strategy = {"external"};
    bot.timeframe = Timeframe::minutes(240);
    bot.stop_loss_ratio = Decimal::literal("0.05");
    place.start(place.options({bot}));
    place.engine->advance(std::chrono::minutes{10});
  }
  void buy() {
    auto made = std::make_shared<actors::SignalOffer>();
    made->signal.source = SignalSource::kWebhook;
    made->signal.bot = {"follower"};
    made->signal.symbol = {"BTC/USDT"};
    made->signal.direction = Direction::kLong;
    made->content = "buy";
    made->answer = [](const Result<actors::OfferAnswer>&) {};
    caf::anon_send(place.engine->engine().signal_inbox(), actors::OfferSignal{std::move(made)});
    place.engine->advance(std::chrono::minutes{3});
  }

  test::Place place;
};

}  // namespace

TEST_CASE(
    "an alert of a bot on four hours enters by the newest minute, its stop beside the price") {
  FourHours world({"100", "100", "100", "110"});
  world.buy();
  const auto trades = storage::load_trades(world.place.engine->store(), {"follower"}, {}, 10);
  REQUIRE(trades.has_value());
  REQUIRE(trades->size() == 1);
  CHECK(trades->front().entry == Price::literal("110"));
  CHECK(trades->front().stop_loss == Price::literal("104.5"));
  const BotSnapshot snapshot = world.place.snapshot("follower");
  REQUIRE(snapshot.open_positions.size() == 1);
  CHECK(snapshot.open_positions.front().average_entry == Price::literal("110"));
  world.place.check_books();
}

TEST_CASE(
    "a stop that the exchange calls passed closes a position on four hours without a candle") {
  FourHours world({"100"});
  world.buy();
  const BotSnapshot holding = world.place.snapshot("follower");
  REQUIRE(holding.open_positions.size() == 1);
  REQUIRE(world.place.venue->stop_passed != nullptr);
  const exchange::PassedStop passed{holding.open_positions.front().stop_client_id, false,
                                    "Binance -2021: Order would immediately trigger."};
  for (int i = 0; i < 5; ++i) {
    world.place.venue->stop_passed(passed);
    world.place.engine->advance(std::chrono::seconds{1});
  }
  world.place.engine->advance(std::chrono::minutes{2});
  const BotSnapshot closed = world.place.snapshot("follower");
  CHECK(closed.open_positions.empty());
  CHECK(closed.pending.empty());
  CHECK(closed.last_candle_close == holding.last_candle_close);
  const auto positions = storage::load_positions(world.place.engine->store(), {"follower"}, 10);
  REQUIRE(positions.has_value());
  REQUIRE(positions->size() == 1);
  CHECK(positions->front().close_reason == ReasonCode::kStopLossHit);
  CHECK(world.place.venue->ledger.accepted().size() == 2);
  world.place.check_books();
}

}  // namespace botbox
