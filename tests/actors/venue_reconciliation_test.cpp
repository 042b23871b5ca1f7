// Whole engines over VenueExchange and a scripted spot venue on which somebody else acts too.
#include <doctest/doctest.h>

#include <algorithm>

#include "actors/record_pages.hpp"
#include "actors/venue_history.hpp"
#include "exchange/venue/venue_exchange.hpp"
#include "storage/memory_store.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"
#include "tests/exchange/venue/scripted_venue.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/engine_records.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox {
namespace {

using exchange::VenueCall;
using exchange::testing::Fate;
using exchange::testing::ScriptedVenue;
using Kind = DifferenceKind;
using State = DifferenceState;

constexpr Duration kVenueSecond{1'000};
constexpr Duration kVenueMinute{60'000};

struct ScriptedSpot {
  ScriptedSpot() {
    exchange::VenueFeatures features;
    features.amend = true;
    features.account_wide_open_orders = true;
    venue = std::make_shared<ScriptedVenue>(features);
    strategy->propose = [this](const MarketView&, const Position*) { return wanted; };
  }
  ~ScriptedSpot() { engine.reset(); }

  void start() {
    if (engine) now = engine->now();
    engine.reset();
    const storage::MemoryStore durable(medium);
    const auto open = actors::venue_history(durable);
    REQUIRE(open.has_value());
    auto over = std::make_shared<exchange::VenueExchange>(venue);
    over->adopt(*open);
    actors::VirtualEngineOptions options;
    options.start = now;
    options.bots = {test::plain_bot("spot")};
    options.exchange = std::move(over);
    options.catalogue.add({.name = "scripted"}, strategy);
    options.settings.limits = actors::default_limits();
    options.settings.reconciliation.is_on = true;
    options.settings.reconciliation.rules = rules;
    options.open_store = [this](const Clock&) -> Result<std::unique_ptr<storage::Store>> {
      return std::make_unique<storage::MemoryStore>(medium);
    };
    auto started = actors::VirtualEngine::start(std::move(options));
    REQUIRE_MESSAGE(started.has_value(), to_string(started.error()));
    engine = std::move(*started);
  }
  BotSnapshot bot() { return test::snapshot_of(engine->store(), {"spot"}); }
  Position open_position() {
    wanted = Direction::kLong;
    for (int i = 0; i < 5 && bot().open_positions.empty(); ++i) engine->advance(kVenueMinute);
    wanted.reset();
    REQUIRE(bot().open_positions.size() == 1);
    return bot().open_positions.front();
  }
  void sell_by_hand(Quantity quantity) {
    exchange::VenueOrderRequest order;
    order.client_id = {"hand-1"};
    order.symbol = {"BTC/USDT"};
    order.side = OrderSide::kSell;
    order.quantity = quantity;
    venue->place(test::TestPermits::fresh(), order,
                 [](const Result<exchange::VenueOrder>& made) { REQUIRE(made.has_value()); });
  }
  std::optional<Difference> difference(Kind kind) {
    std::optional<Difference> found;
    const auto walked = storage::visit_all<Difference>(engine->store(), storage::Kind::kDifference,
                                                       [&](auto, Difference&& difference) {
                                                         if (difference.kind == kind)
                                                           found = std::move(difference);
                                                       });
    REQUIRE(walked.has_value());
    return found;
  }
  void check_books() { test::check_books(engine->store(), engine->now()); }

  Timestamp now = actors::VirtualEngineOptions{}.start;
  std::shared_ptr<storage::MemoryMedium> medium = std::make_shared<storage::MemoryMedium>();
  std::shared_ptr<ScriptedVenue> venue;
  std::shared_ptr<test::ScriptedStrategy> strategy = std::make_shared<test::ScriptedStrategy>();
  std::optional<Direction> wanted;
  ReconciliationRules rules;
  std::unique_ptr<actors::VirtualEngine> engine;
};

}  // namespace

TEST_CASE("a stop that was cancelled by hand stands again, and nothing is recorded") {
  ScriptedSpot place;
  place.start();
  const Position held = place.open_position();
  REQUIRE(place.venue->live_stops() == 1);
  place.venue->cancel_by_hand(held.stop_client_id.value);
  place.engine->advance(kVenueSecond * 10);
  CHECK(place.venue->live_stops() == 1);
  place.engine->advance(kVenueMinute);
  CHECK_FALSE(place.difference(Kind::kUnprotected).has_value());
}

TEST_CASE(
    "a booked fill that the venue tells otherwise is one event, and the books stay as they are") {
  ScriptedSpot place;
  place.start();
  const Position held = place.open_position();
  REQUIRE(held.quantity > Quantity::literal("0.001"));
  place.venue->fill(held.stop_client_id.value, "0.001");
  place.engine->advance(kVenueSecond * 10);
  const Position reduced = place.bot().open_positions.front();
  REQUIRE(reduced.quantity == held.quantity - Quantity::literal("0.001"));
  CHECK(test::events_of(place.engine->store(), "fill.differs") == 0);
  place.venue->trades.back().price = Price::literal("101");
  for (int restarts = 0; restarts < 2; ++restarts) {
    place.start();
    place.engine->advance(kVenueSecond * 20);
    CHECK(test::events_of(place.engine->store(), "fill.differs") == 1);
    const auto found = place.difference(Kind::kFillDiffers);
    REQUIRE(found.has_value());
    CHECK(found->state == State::kResolved);
    CHECK(found->decision == DifferenceDecision::kIgnore);
    CHECK(found->order == held.stop_client_id);
    CHECK(found->position == held.id);
    REQUIRE(place.bot().open_positions.size() == 1);
    CHECK(place.bot().open_positions.front() == reduced);
  }
  CHECK(place.venue->live_stops() == 1);
  place.check_books();
}

TEST_CASE("a stop that the venue refuses for ever is a difference within fifteen seconds") {
  ScriptedSpot place;
  place.start();
  const Position held = place.open_position();
  place.engine->advance(kVenueSecond * 7);
  place.venue->fates[VenueCall::kPlace].assign(100, Fate::kReject);
  place.venue->cancel_by_hand(held.stop_client_id.value);
  place.engine->advance(kVenueSecond * 15);
  const auto found = place.difference(Kind::kUnprotected);
  REQUIRE(found.has_value());
  CHECK(found->position == held.id);
  CHECK(found->state == State::kWaiting);
}

TEST_CASE("coins that were sold by hand are taken off the position, and its stop goes with them") {
  ScriptedSpot place;
  place.rules.decisions[static_cast<std::size_t>(Kind::kHoldingShort)] = DifferenceDecision::kAdopt;
  place.start();
  const Position held = place.open_position();
  place.venue->cancel_by_hand(held.stop_client_id.value);
  place.sell_by_hand(held.quantity);
  const auto orders = place.venue->calls[VenueCall::kPlace];
  place.engine->advance(kVenueMinute);
  const auto found = place.difference(Kind::kHoldingShort);
  REQUIRE(found.has_value());
  CHECK(found->state == State::kResolved);
  CHECK(place.bot().open_positions.empty());
  CHECK(place.venue->open().empty());
  // Whatever was tried was a stop: nobody sold, or bought, anything for it.
  CHECK(place.venue->calls[VenueCall::kPlace] >= orders);
  CHECK(std::count_if(place.venue->orders.begin(), place.venue->orders.end(),
                      [](const exchange::VenueOrder& order) {
                        return order.type == OrderType::kMarket;
                      }) == 2);
  place.check_books();
}

TEST_CASE("a stop that fired while the engine was down is a missed fill, and closes the position") {
  ScriptedSpot place;
  place.start();
  const Position held = place.open_position();
  place.now = place.engine->now();
  place.engine.reset();
  place.venue->fill(held.stop_client_id.value, to_string(held.quantity));
  place.start();
  place.engine->advance(kVenueMinute);
  CHECK(place.bot().open_positions.empty());
  const auto found = place.difference(Kind::kFillsMissed);
  REQUIRE(found.has_value());
  CHECK(found->order == held.stop_client_id);
  CHECK(found->state == State::kResolved);
  CHECK_FALSE(place.difference(Kind::kHoldingShort).has_value());
  CHECK_FALSE(place.difference(Kind::kUnprotected).has_value());
  place.check_books();
}

TEST_CASE("a stop that went on filling while the engine was down is told whole, its part once") {
  ScriptedSpot place;
  place.start();
  const Position held = place.open_position();
  place.venue->fill(held.stop_client_id.value, "0.5");
  place.engine->advance(kVenueSecond * 10);
  REQUIRE(place.bot().open_positions.size() == 1);
  CHECK(place.bot().open_positions.front().quantity + Quantity::literal("0.5") == held.quantity);
  place.now = place.engine->now();
  place.engine.reset();
  place.venue->fill(held.stop_client_id.value, "0.7");
  place.venue->fill(held.stop_client_id.value, to_string(held.quantity - Quantity::literal("1.2")));
  place.start();
  place.engine->advance(kVenueMinute);
  CHECK(place.bot().open_positions.empty());
  const auto fills = storage::load_fills(place.engine->store(), {"spot"}, held.id, SIZE_MAX);
  REQUIRE(fills.has_value());
  CHECK(fills->size() == 4);
  const auto missed = place.difference(Kind::kFillsMissed);
  REQUIRE(missed.has_value());
  CHECK(missed->detail.starts_with("2 of 3 fills"));
  place.check_books();
}

TEST_CASE("an entry whose reply was lost with the process is found by its id, once") {
  ScriptedSpot place;
  place.start();
  place.venue->fates[VenueCall::kPlace] = {Fate::kLoseReply};
  place.wanted = Direction::kLong;
  for (int i = 0; i < 4'000 && place.venue->orders.empty(); ++i)
    place.engine->step(place.engine->now() + kVenueSecond * 10);
  REQUIRE_FALSE(place.venue->orders.empty());
  place.wanted.reset();
  place.start();
  place.engine->advance(kVenueMinute);
  CHECK(place.bot().open_positions.size() == 1);
  CHECK(place.venue->live_stops() == 1);
  CHECK(place.difference(Kind::kFillsMissed).has_value());
  CHECK(std::count_if(place.venue->orders.begin(), place.venue->orders.end(),
                      [](const exchange::VenueOrder& order) {
                        return order.type == OrderType::kMarket;
                      }) == 1);
  place.check_books();
}

TEST_CASE("a symbol that is delisted takes no entry, and its open position is told") {
  ScriptedSpot place;
  place.start();
  const Position held = place.open_position();
  const auto orders = place.venue->orders.size();
  const std::vector<Instrument> before = place.venue->listed;
  place.venue->listed = {exchange::testing::instrument("ETH/USDT", "0.01", "0.001")};
  place.engine->advance(kVenueMinute * 6);
  const auto gone = place.difference(Kind::kSymbolGone);
  REQUIRE(gone.has_value());
  CHECK(gone->state == State::kWaiting);
  CHECK(gone->detail.find("LONG " + to_string(held.quantity) + " of spot") != std::string::npos);
  // Neither way out of the position nor into another one; the position stays on record.
  for (const Direction direction : {Direction::kLong, Direction::kClose}) {
    place.wanted = direction;
    place.engine->advance(kVenueMinute);
    const auto traces =
        storage::load_traces(place.engine->store(), {"spot"}, {}, place.engine->now(), 1);
    REQUIRE(traces.has_value());
    REQUIRE_FALSE(traces->empty());
    CHECK(to_string(traces->front().reason) == "SYMBOL_NOT_ALLOWED");
  }
  CHECK(place.venue->orders.size() == orders);
  CHECK(place.bot().open_positions.size() == 1);
  // Listed again, it trades again.
  place.venue->listed = before;
  place.engine->advance(kVenueMinute * 6);
  CHECK(place.difference(Kind::kSymbolGone)->state == State::kGone);
  CHECK(place.bot().open_positions.empty());
  place.check_books();
}

TEST_CASE("filters that change while the engine runs are recorded, and the next order keeps them") {
  ScriptedSpot place;
  place.start();
  place.engine->advance(kVenueMinute);
  place.venue->listed.front().lot = Quantity::literal("1");
  place.venue->listed.front().min_quantity = Quantity::literal("1");
  place.engine->advance(kVenueMinute * 6);
  const auto changed = place.difference(Kind::kFiltersChanged);
  REQUIRE(changed.has_value());
  CHECK(changed->detail.find("lot 0.001 to 1") != std::string::npos);
  CHECK(changed->state == State::kGone);
  CHECK(place.open_position().quantity == Quantity::literal("2"));
  place.check_books();
  // Changed again, to more than the bot would stake.
  place.wanted = Direction::kClose;
  place.engine->advance(kVenueMinute * 2);
  place.wanted.reset();
  REQUIRE(place.bot().open_positions.empty());
  place.venue->listed.front().min_notional = Notional::literal("500");
  place.engine->advance(kVenueMinute * 6);
  const auto orders = place.venue->orders.size();
  place.wanted = Direction::kLong;
  place.engine->advance(kVenueMinute * 2);
  CHECK(place.venue->orders.size() == orders);
}

TEST_CASE("a fee in the coins bought leaves a position that can be sold, and dust that is told") {
  ScriptedSpot place;
  place.venue->fee_asset = {"BTC"};
  place.start();
  const auto closed = [&place](const Position& held) {
    const auto row = storage::find_position(place.engine->store(), {"spot"}, held.id);
    REQUIRE(row.has_value());
    REQUIRE(row->has_value());
    return **row;
  };
  // Two of them leave a whole lot.
  for (int i = 0; i < 2; ++i) {
    const Position held = place.open_position();
    CHECK(to_string(held.quantity) == "2.4975");
    CHECK(place.venue->open().front().quantity == Quantity::literal("2.497"));
    place.wanted = Direction::kClose;
    place.engine->advance(kVenueMinute * 2);
    place.wanted.reset();
    // The venue sells lots; what is less than one is let go of by the close itself.
    CHECK(place.bot().open_positions.empty());
    CHECK(closed(held).close_reason == ReasonCode::kStrategyExit);
    CHECK(to_string(closed(held).quantity) == "0.0005");
    place.engine->advance(kVenueMinute * 2);
  }
  const auto dust = place.difference(Kind::kDust);
  REQUIRE(dust.has_value());
  CHECK(dust->state == State::kResolved);
  CHECK(to_string(dust->ours) == "0.0005");
  // Every list of positions says so.
  const auto page = actors::read_page(place.engine->store(), "positions", {});
  REQUIRE(page.has_value());
  REQUIRE(page->items.size() == 2);
  CHECK(page->items.front().at("dust") == true);
  place.check_books();

  // Also in a later life, in which a stop leaves some.
  place.start();
  const Position stopped = place.open_position();
  place.venue->fill(stopped.stop_client_id.value, "2.497");
  place.engine->advance(kVenueMinute * 2);
  CHECK(place.bot().open_positions.empty());
  CHECK(closed(stopped).close_reason == ReasonCode::kStopLossHit);
  CHECK(test::events_of(place.engine->store(), "position.dust") == 3);
  // Nobody is asked about it, and nothing of it is news.
  CHECK(test::events_of(place.engine->store(), "reconciliation.difference") == 0);
  CHECK_FALSE(place.difference(Kind::kHoldingLarger).has_value());
  CHECK_FALSE(place.difference(Kind::kHoldingShort).has_value());
  place.check_books();
}

}  // namespace botbox
