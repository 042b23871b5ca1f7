// What the account has free: the book of it, who asks for it, and fleets that want more than there
// is.
#include "actors/balance_book.hpp"

#include <doctest/doctest.h>

#include "actors/balance_watch_actor.hpp"
#include "storage/rows.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/restarted_engine.hpp"
#include "tests/support/scripted_market.hpp"

namespace botbox::actors {
namespace {

constexpr Duration kGoodFor{120'000};
constexpr Timestamp kBookTime{1'704'067'200'000};

std::vector<exchange::Balance> usdt(std::string_view free) {
  return {{{"USDT"}, Decimal::literal(free), {}}};
}

// Costs 100, and needs 100.5.
Trade entry_for_100(const std::string& id) {
  Trade trade = test::pending_trade(id, {"bot"}, kBookTime);
  trade.entry = Price::literal("50000");
  trade.quantity = Quantity::literal("0.002");
  return trade;
}

std::optional<Decimal> free_in(const BalanceBook& book, Timestamp now = kBookTime) {
  return book.funds(testing::an_instrument(), now).free;
}

TEST_CASE("of what is free two entries at one moment do not take the same") {
  BalanceBook book({}, kGoodFor);
  const Instrument spot = testing::an_instrument();
  CHECK_FALSE(free_in(book).has_value());
  CHECK_FALSE(book.set_aside(spot, entry_for_100("early"), kBookTime).has_value());
  book.give_back({"early"});
  book.follow(usdt("150"), kBookTime);
  CHECK_FALSE(book.set_aside(spot, entry_for_100("a"), kBookTime).has_value());
  CHECK(free_in(book) == Decimal::literal("49.5"));
  CHECK(book.set_aside(spot, entry_for_100("b"), kBookTime) == Decimal::literal("49.5"));
  CHECK(free_in(book) == Decimal::literal("49.5"));
  book.give_back({"a"});
  CHECK(free_in(book) == Decimal::literal("150"));
}

TEST_CASE("an exchange in this process has counted an order when it has it") {
  BalanceBook book({}, kGoodFor);
  book.follow(usdt("150"), kBookTime);
  CHECK_FALSE(book.set_aside(testing::an_instrument(), entry_for_100("a"), kBookTime).has_value());
  book.follow(usdt("50"), kBookTime, {{"a"}});
  CHECK(free_in(book) == Decimal::literal("50"));
  book.on_ended({"a"});
  // It needs not be asked again.
  CHECK(free_in(book, kBookTime + kGoodFor * 100) == Decimal::literal("50"));
}

TEST_CASE("an order counts until an exchange that is asked was asked after it had it") {
  BalanceBook book({}, kGoodFor);
  const Instrument spot = testing::an_instrument();
  book.take(book.begin_reading(), usdt("250"), kBookTime);
  CHECK_FALSE(book.set_aside(spot, entry_for_100("a"), kBookTime).has_value());
  CHECK_FALSE(book.set_aside(spot, entry_for_100("b"), kBookTime).has_value());
  const std::uint64_t before = book.begin_reading();
  book.on_arrived({"a"});
  book.take(before, usdt("250"), kBookTime);
  CHECK(free_in(book) == Decimal::literal("49"));
  book.on_ended({"a"});
  book.take(book.begin_reading(), usdt("150"), kBookTime);
  CHECK(free_in(book) == Decimal::literal("49.5"));  // b's order is still on its way
  book.on_ended({"b"});                              // and never came to be
  CHECK(free_in(book) == Decimal::literal("49.5"));
  book.take(book.begin_reading(), usdt("150"), kBookTime);
  CHECK(free_in(book) == Decimal::literal("150"));
  // An answer that comes late says nothing.
  book.take(before, usdt("1"), kBookTime);
  CHECK(free_in(book) == Decimal::literal("150"));
}

TEST_CASE("a reading that is too old says nothing, and a coin that is not told is not there") {
  BalanceBook book({}, kGoodFor);
  book.take(book.begin_reading(), {{{"BTC"}, Decimal::from_int(1), {}}}, kBookTime);
  CHECK(free_in(book) == Decimal{});
  CHECK(free_in(book, kBookTime + kGoodFor) == Decimal{});
  CHECK_FALSE(free_in(book, kBookTime + kGoodFor + Duration{1}).has_value());
}

TEST_CASE("where other coins may be margin nobody here knows what is free for a perpetual") {
  BalanceBook book({Decimal::from_int(10), {}}, kGoodFor);
  Instrument linear = testing::an_instrument();
  linear.market = MarketType::kLinear;
  book.take(book.begin_reading(), usdt("11"), kBookTime);
  CHECK(book.funds(linear, kBookTime) == Funds{Decimal::from_int(11), Decimal::from_int(10)});
  // A tenth of 100, and 0.5.
  CHECK_FALSE(book.set_aside(linear, entry_for_100("a"), kBookTime).has_value());
  CHECK(book.funds(linear, kBookTime).free == Decimal::literal("0.5"));
  std::vector<exchange::Balance> more = usdt("11");
  more.push_back({{"BTC"}, Decimal::from_int(1), {}});
  book.take(book.begin_reading(), more, kBookTime);
  CHECK_FALSE(book.funds(linear, kBookTime).free.has_value());
}

TEST_CASE(
    "what open positions have gained is margin of perpetuals, and buys nothing on a spot market") {
  BalanceBook book({Decimal::from_int(10), {}}, kGoodFor);
  const Instrument spot = testing::an_instrument();
  Instrument linear = spot;
  linear.market = MarketType::kLinear;
  book.take(book.begin_reading(),
            {{{"USDT"}, Decimal::from_int(1), Decimal::from_int(90), Decimal::from_int(50)}},
            kBookTime);
  CHECK(book.funds(linear, kBookTime).free == Decimal::from_int(51));
  CHECK(book.funds(spot, kBookTime).free == Decimal::from_int(1));
}

TEST_CASE("what a close sets free can be taken before the exchange is asked again") {
  BalanceBook book({}, kGoodFor);
  const Instrument spot = testing::an_instrument();
  book.take(book.begin_reading(), usdt("20"), kBookTime);
  const std::uint64_t before = book.begin_reading();
  book.on_freed(spot, {"x-1"}, Notional::literal("100"));
  book.on_freed(spot, {"x-1"}, Notional::literal("100"));
  CHECK(free_in(book) == Decimal::literal("120.5"));
  book.take(before, usdt("20"), kBookTime);  // asked before the fill
  CHECK(free_in(book) == Decimal::literal("120.5"));
  CHECK(book.shown().rows.front().set_aside == Decimal{});
  book.take(book.begin_reading(), usdt("119.9"), kBookTime);
  CHECK(free_in(book) == Decimal::literal("119.9"));
  // Who is told at every call knows it already.
  BalanceBook followed({}, kGoodFor);
  followed.follow(usdt("20"), kBookTime);
  followed.on_freed(spot, {"x-1"}, Notional::literal("100"));
  CHECK(free_in(followed) == Decimal::from_int(20));
}

TEST_CASE("what was counted does not add up while no reading is answered") {
  BalanceBook book({}, kGoodFor);
  const Instrument spot = testing::an_instrument();
  const std::uint64_t first = book.begin_reading();
  book.take(first, usdt("250"), kBookTime);
  CHECK_FALSE(book.set_aside(spot, entry_for_100("ended"), kBookTime).has_value());
  CHECK_FALSE(book.set_aside(spot, entry_for_100("under way"), kBookTime).has_value());
  book.on_ended({"ended"});
  for (int i = 0; i < 9; ++i) book.begin_reading();
  CHECK(free_in(book) == Decimal::literal("49"));
  book.begin_reading();
  CHECK(free_in(book) == Decimal::literal("149.5"));
}

TEST_CASE("an entry of an earlier life is set aside once") {
  BalanceBook book({}, kGoodFor);
  const Instrument spot = testing::an_instrument();
  book.take(book.begin_reading(), usdt("150"), kBookTime);
  book.restore(spot, {"a"}, Notional::literal("100"));
  book.restore(spot, {"a"}, Notional::literal("100"));
  CHECK(free_in(book) == Decimal::literal("49.5"));
  // Its order is at the exchange, or is about to be: nobody tells that it has arrived.
  book.take(book.begin_reading(), usdt("50"), kBookTime);
  CHECK(free_in(book) == Decimal::from_int(50));
}

// -- who asks

struct BalanceWorld : test::ActorFixture {
  BalanceWorld() {
    exchange = fake(
        [this](const AcquirePermits& ask) {
          CHECK(ask.call == exchange::ExchangeCall::kBalances);
          CHECK_FALSE(ask.is_protective);
          ++asked;
          post(ask.reply_to,
               PermitsGranted{ask.ticket, test::TestPermits::many(has_room ? 1 : 0), {}});
        },
        [this](const FetchBalances& fetch) {
          ++fetched;
          if (is_failing)
            post(fetch.reply_to,
                 BalancesFetched{botbox::fail(ErrorCode::kUnavailable, "no route"), fetch.reading});
          else
            post(fetch.reply_to, BalancesFetched{usdt("70"), fetch.reading});
        });
    watch = spawn<BalanceWatchActor>(std::cref(clock()), exchange, listener(alerts), book,
                                     Duration{30'000});
    run();
  }

  bool has_room = true;
  bool is_failing = false;
  int asked = 0;
  int fetched = 0;
  std::shared_ptr<BalanceBook> book = std::make_shared<BalanceBook>(Leverages{}, kGoodFor);
  test::Inbox<AlertRaised> alerts;
  caf::actor exchange;
  caf::actor watch;
};

TEST_CASE("the account is asked for at the start and at its interval, with one request each") {
  BalanceWorld world;
  CHECK(free_in(*world.book, world.now()) == Decimal::from_int(70));
  CHECK(world.fetched == 1);
  world.advance(Duration{90'000});
  CHECK(world.asked == 4);
  CHECK(world.fetched == 4);
  world.has_room = false;
  world.advance(Duration{30'000});
  CHECK(world.asked == 5);
  CHECK(world.fetched == 4);
  CHECK(world.alerts.empty());
}

TEST_CASE("balances that cannot be read are told of once, and hold nobody back for long") {
  BalanceWorld world;
  world.is_failing = true;
  world.advance(Duration{30'000});
  world.advance(Duration{30'000});
  REQUIRE(world.alerts.size() == 1);
  CHECK(world.alerts[0].kind == "balances.unknown");
  CHECK(world.alerts[0].text.find("no route") != std::string::npos);
  world.advance(Duration{90'000});
  CHECK_FALSE(free_in(*world.book, world.now()).has_value());
  world.is_failing = false;
  world.advance(Duration{30'000});
  REQUIRE(world.alerts.size() == 2);
  CHECK(world.alerts[1].kind == "balances.known");
  CHECK(free_in(*world.book, world.now()) == Decimal::from_int(70));
}

// -- fleets

exchange::PaperConfig paper_with(std::int64_t balance) {
  exchange::PaperConfig config = test::paper_config_without_costs();
  config.balances = {{Asset{"USDT"}, Decimal::from_int(balance)}};
  return config;
}

// Five bots that want to be long all the time, for 100 each. In minute 5 the stops of those that
// came in at 100 are hit.
struct TightPlace : test::Place {
  explicit TightPlace(std::int64_t balance)
      : Place(test::scripted_market({"100", "100", "100", "100", "100", "97"}),
              paper_with(balance)) {
    begin();
  }
  void begin() {
    std::vector<BotConfig> bots;
    for (int i = 0; i < 5; ++i) {
      bots.push_back(test::plain_bot(fmt::format("bot-{}", i)));
      bots.back().stake = Decimal::from_int(100);
    }
    VirtualEngineOptions made = options(std::move(bots));
    const auto strategy = std::make_shared<test::ScriptedStrategy>();
    strategy->propose = [](const MarketView&, const Position* position) {
      return position == nullptr ? std::optional(Direction::kLong) : std::nullopt;
    };
    made.catalogue.add({.name = "scripted", .description = {}, .parameters = {}, .ordered = {}},
                       strategy);
    start(std::move(made));
  }
  // To the middle of this minute.
  void live_until(int minute) {
    const Timestamp at = VirtualEngineOptions{}.start + Duration{60'000} * minute;
    engine->advance(at + Duration{30'000} - engine->now());
  }
  std::size_t refused_for_money() {
    std::size_t count = 0;
    const auto walked = storage::visit_all<Signal>(
        engine->store(), storage::Kind::kSignal, [&](std::string_view, const Signal& signal) {
          count += signal.rejection_reason == ReasonCode::kInsufficientBalance;
        });
    REQUIRE(walked.has_value());
    return count;
  }
  std::size_t failed_trades() {
    std::size_t count = 0;
    const auto walked = storage::visit_all<Trade>(engine->store(), storage::Kind::kTrade,
                                                  [&](std::string_view, const Trade& trade) {
                                                    count += trade.status == TradeStatus::kFailed;
                                                  });
    REQUIRE(walked.has_value());
    return count;
  }
};

TEST_CASE("bots that the account cannot pay for are refused by their gate, not by the exchange") {
  TightPlace place(150);
  place.live_until(4);
  CHECK(place.events_of("position.opened") == 1);
  CHECK(place.refused_for_money() >= 12);
  // What the stop has set free is for the next one.
  place.live_until(8);
  CHECK(place.events_of("position.closed") >= 1);
  CHECK(place.events_of("position.opened") == place.events_of("position.closed") + 1);
  CHECK(place.failed_trades() == 0);
  place.check_books();
}

TEST_CASE("money for all is no reason to refuse anybody, also at one moment") {
  TightPlace place(503);
  place.live_until(4);
  CHECK(place.events_of("position.opened") == 5);
  CHECK(place.refused_for_money() == 0);
  CHECK(place.failed_trades() == 0);
}

TEST_CASE("after a restart the account pays for no more than before") {
  TightPlace place(150);
  place.live_until(1);
  CHECK(place.events_of("position.opened") == 1);
  const std::size_t before = place.refused_for_money();
  place.begin();
  place.live_until(4);
  CHECK(place.events_of("position.opened") == 1);
  CHECK(place.refused_for_money() > before);
  CHECK(place.failed_trades() == 0);
  place.check_books();
}

}  // namespace
}  // namespace botbox::actors
