// Permits: the limiter behind the journal, and the gateway that does without it when it must.
#include "actors/rate_limiter_actor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include "actors/exchange_actor.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/held_journal.hpp"

namespace botbox::actors {
namespace {

using storage::Kind;
using test::Inbox;

constexpr Duration kSecond{1'000};
constexpr Duration kMinute{60'000};
constexpr std::int64_t kLimit = 100;  // requests per minute; 80 of them may be used

RateLimiterConfig limits() {
  RateLimiterConfig config;
  config.windows = {{"weight_1m", kMinute, kLimit, LimitKind::kRequestWeight}};
  return config;
}

// The most that was granted within any minute.
std::int64_t most_in_a_minute(const std::vector<std::pair<Timestamp, std::size_t>>& grants) {
  std::int64_t most = 0;
  for (const auto& [end, ignored] : grants) {
    std::int64_t sum = 0;
    for (const auto& [at, count] : grants)
      if (at <= end && at > end - kMinute) sum += static_cast<std::int64_t>(count);
    most = std::max(most, sum);
  }
  return most;
}

struct LimiterWorld : test::ActorFixture {
  LimiterWorld() : journal(*this) {
    asker = fake([this](const PermitsGranted& answer) {
      answers.push(answer);
      if (!answer.permits.empty()) grants.emplace_back(now(), answer.permits.size());
    });
    start({});
  }
  void start(std::optional<LimiterState> saved) {
    limiter = spawn<RateLimiterActor>(
        std::cref(clock()), journal.actor(), listener(alerts),
        RateLimiterBirth{
            .exchange = "venue", .config = config, .saved = saved, .epoch = {1, ++starts}});
    run();
  }
  void ask(std::uint64_t ticket, std::uint32_t count = 1, bool protective = false) {
    tell(limiter, AcquirePermits{.ticket = ticket,
                                 .weight = 1,
                                 .is_protective = protective,
                                 .count = count,
                                 .reply_to = asker});
  }
  std::size_t granted() const {
    std::size_t sum = 0;
    for (const auto& [at, count] : grants) sum += count;
    return sum;
  }

  test::HeldJournal journal;
  RateLimiterConfig config = limits();
  std::uint64_t starts = 0;
  Inbox<PermitsGranted> answers;
  Inbox<AlertRaised> alerts;
  std::vector<std::pair<Timestamp, std::size_t>> grants;
  caf::actor asker;
  caf::actor limiter;
};

TEST_CASE("a permit is granted only out of a reservation that is durable") {
  LimiterWorld world;
  world.ask(1, 3);
  CHECK(world.answers.empty());
  REQUIRE(world.journal.held() == 1);
  const auto saved = test::record_in<LimiterState>(world.journal.commit().always, Kind::kLimiter);
  REQUIRE(saved.has_value());
  CHECK_FALSE(saved->reservations.empty());
  world.advance(kSecond * 5);
  CHECK(world.answers.empty());
  world.journal.answer();
  REQUIRE(world.answers.size() == 1);
  CHECK(world.answers[0].ticket == 1);
  CHECK(world.answers[0].permits.size() == 3);
}

TEST_CASE("a limiter whose reservation never becomes durable grants nothing") {
  LimiterWorld world;
  world.ask(1);
  world.journal.fail();
  for (std::uint64_t i = 2; i < 10; ++i) world.ask(i);
  world.advance(kMinute);
  CHECK(world.answers.empty());
}

TEST_CASE("at 60 % of a window operators are alerted, once, and told when it is over") {
  LimiterWorld world;
  world.journal.release();
  for (std::uint64_t i = 1; world.granted() < 59; ++i) world.ask(i);
  CHECK(world.alerts.empty());
  world.ask(100);
  world.ask(101);
  REQUIRE(world.granted() >= 60);
  REQUIRE(world.alerts.size() == 1);
  CHECK(world.alerts[0].kind == "limiter");
  CHECK(world.alerts[0].text == "venue limiter is ALERT");
  world.advance(kMinute * 3);
  world.ask(102);
  REQUIRE(world.alerts.size() == 2);
  CHECK(world.alerts[1].text == "venue limiter is OK");
}

TEST_CASE("who watches the budget is told that it is tight, also who comes later, and of its end") {
  LimiterWorld world;
  world.journal.release();
  Inbox<BudgetChanged> early;
  Inbox<BudgetChanged> late;
  world.tell(world.limiter, WatchBudget{world.listener(early)});
  CHECK(early.empty());
  for (std::uint64_t i = 1; world.granted() < 61; ++i) world.ask(i);
  REQUIRE(early.size() == 1);
  CHECK(early[0].budget == RateBudget::kTight);
  world.tell(world.limiter, WatchBudget{world.listener(late)});
  REQUIRE(late.size() == 1);
  CHECK(late[0].budget == RateBudget::kTight);
  world.advance(kMinute * 3);
  world.ask(100);
  REQUIRE(early.size() == 2);
  CHECK(early[1].budget == RateBudget::kAmple);
  REQUIRE(late.size() == 2);
  CHECK(late[1].budget == RateBudget::kAmple);
}

TEST_CASE(
    "between the two levels the limiter's alert stands, and is over only below the lower one") {
  LimiterWorld world;
  world.journal.release();
  world.tell(world.limiter, ExchangeCounted{"weight_1m", 60});
  REQUIRE(world.alerts.size() == 1);
  CHECK(world.alerts[0].text == "venue limiter is ALERT");
  for (const std::int64_t used : {55, 59, 50, 62}) {
    world.advance(kMinute * 3);
    world.tell(world.limiter, ExchangeCounted{"weight_1m", used});
  }
  CHECK(world.alerts.size() == 1);
  world.advance(kMinute * 3);
  world.tell(world.limiter, ExchangeCounted{"weight_1m", 49});
  REQUIRE(world.alerts.size() == 2);
  CHECK(world.alerts[1].text == "venue limiter is OK");
}

TEST_CASE("a burst in a short window slows checks at once, and alerts nobody unless it lasts") {
  LimiterWorld world;
  world.journal.release();
  world.kill(world.limiter);
  world.config.windows.push_back({"orders_1s", kSecond, 10, LimitKind::kOrders});
  world.start({});
  Inbox<BudgetChanged> watched;
  world.tell(world.limiter, WatchBudget{world.listener(watched)});
  world.tell(world.limiter, ExchangeCounted{"orders_1s", 6});
  REQUIRE(watched.size() == 1);
  CHECK(watched[0].budget == RateBudget::kTight);
  for (int second = 1; second <= 9; ++second) {
    world.advance(kSecond);
    world.tell(world.limiter, ExchangeCounted{"orders_1s", 6});
  }
  CHECK(world.alerts.empty());
  world.advance(kSecond);
  world.tell(world.limiter, ExchangeCounted{"orders_1s", 6});
  REQUIRE(world.alerts.size() == 1);
  CHECK(world.alerts[0].text == "venue limiter is ALERT");
  world.advance(kSecond * 3);
  world.tell(world.limiter, ExchangeCounted{"orders_1s", 0});
  REQUIRE(world.alerts.size() == 2);
  CHECK(world.alerts[1].text == "venue limiter is OK");
  REQUIRE(watched.size() == 2);
  CHECK(watched[1].budget == RateBudget::kAmple);
}

TEST_CASE("asks that wait for a reservation are answered first come first served") {
  LimiterWorld world;
  for (std::uint64_t i = 1; i <= 5; ++i) world.ask(i, 2);
  world.journal.answer_all();
  REQUIRE(world.answers.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) CHECK(world.answers[i].ticket == i + 1);
}

TEST_CASE("an ask for more than there is room for gets the rest named with a time to come back") {
  LimiterWorld world;
  world.journal.release();
  world.ask(1, 200);
  std::uint64_t ticket = 2;
  while (world.granted() < 70) {
    world.ask(ticket++, 200);
    REQUIRE(ticket < 100);
  }
  world.ask(ticket, 200);
  const PermitsGranted& full = world.answers.back();
  CHECK(full.permits.empty());
  CHECK(full.retry_at > world.now());
  CHECK(full.retry_at <= world.now() + kMinute * 2);
  CHECK(world.granted() <= 80);
  // The share of closes and cancels is still there.
  world.ask(++ticket, 1, true);
  CHECK(world.answers.back().permits.size() == 1);
}

TEST_CASE("in no minute is more granted than 80 %, also over crashes") {
  constexpr std::uint64_t seed = 4'711;
  MESSAGE("seed " << seed);
  std::mt19937_64 random(seed);
  LimiterWorld world;
  std::optional<LimiterState> durable;
  const auto remember = [&] {
    while (world.journal.held() > 0) {
      durable = test::record_in<LimiterState>(world.journal.commit().always, Kind::kLimiter);
      world.journal.answer();
    }
  };
  for (std::uint64_t step = 1; step <= 600; ++step) {
    world.advance(Duration{static_cast<std::int64_t>(random() % 4'000)});
    world.ask(step, static_cast<std::uint32_t>(random() % 12), random() % 4 == 0);
    if (random() % 3 != 0) remember();
    if (random() % 40 != 0) continue;
    world.kill(world.limiter);  // what was held is not durable, or durable and never answered
    if (world.journal.held() > 0 && random() % 2 == 0)
      durable = test::record_in<LimiterState>(world.journal.commit().always, Kind::kLimiter);
    while (world.journal.held() > 0) world.journal.answer();
    world.start(durable.value_or(LimiterState{}));
  }
  CHECK(world.granted() > 200);
  CHECK(most_in_a_minute(world.grants) <= kLimit * 80 / 100);
}

TEST_CASE("told to slow down, the limiter stops until the time named, and makes that durable") {
  LimiterWorld world;
  world.journal.release();
  world.ask(1);
  CHECK(world.granted() == 1);
  world.tell(world.limiter, ExchangeRefusedRate{kSecond * 30});
  const auto saved =
      test::record_in<LimiterState>(world.journal.durable().back()->always, Kind::kLimiter);
  CHECK(saved->stopped_until == world.now() + kSecond * 30);
  CHECK(world.alerts.size() == 1);
  world.ask(2, 1, true);
  CHECK(world.granted() == 1);
  // Also when it dies meanwhile.
  world.kill(world.limiter);
  world.start(saved);
  world.advance(kSecond * 29);
  world.ask(3);
  CHECK(world.granted() == 1);
  world.advance(kMinute * 2);
  world.ask(4);
  CHECK(world.granted() == 2);
}

// -- the gateway

// Answers every call at once, as `failure` says.
struct ScriptedExchange final : exchange::Exchange {
  template <class T>
  void answer(const Permit& permit, const exchange::Reply<T>& reply, T value) {
    ++calls;
    CHECK(permit.consume());
    if (failure) return reply(tl::unexpected(*failure));
    reply(std::move(value));
  }
  void instruments(Permit permit, exchange::Reply<std::vector<Instrument>> reply) override {
    answer<std::vector<Instrument>>(permit, reply, {});
  }
  void candles(Permit permit, const exchange::CandleQuery&,
               exchange::Reply<std::vector<Candle>> reply) override {
    answer<std::vector<Candle>>(permit, reply, {});
  }
  void place(Permit permit, const OrderRequest& order,
             exchange::Reply<OrderReport> reply) override {
    ++orders;
    OrderReport report;
    report.client_id = order.client_id;
    answer(permit, reply, std::move(report));
  }
  void order_by_client_id(Permit permit, const Symbol&, const ClientOrderId&,
                          exchange::Reply<std::optional<OrderReport>> reply) override {
    answer<std::optional<OrderReport>>(permit, reply, {});
  }
  void cancel(Permit permit, const Symbol&, const ClientOrderId&,
              exchange::Reply<OrderReport> reply) override {
    answer<OrderReport>(permit, reply, {});
  }
  void order_updates(Permit permit, std::uint64_t,
                     exchange::Reply<exchange::OrderUpdates> reply) override {
    answer<exchange::OrderUpdates>(permit, reply, {});
  }
  void balances(Permit permit, exchange::Reply<std::vector<exchange::Balance>> reply) override {
    answer<std::vector<exchange::Balance>>(permit, reply, {});
  }

  PermitRequest cost(exchange::ExchangeCall call, std::uint32_t size) const override {
    if (call == exchange::ExchangeCall::kPlace) return {.weight = 3, .orders = 1};
    return {.weight = 1 + size / 100, .orders = 0};
  }
  bool connect(exchange::ExchangeLink given) override {
    link = std::move(given);
    return tells_stops;
  }

  std::optional<Error> failure;
  exchange::ExchangeLink link;
  bool tells_stops = true;
  int calls = 0;
  int orders = 0;
};

// A gateway whose limiter is a fake that answers as long as it is not `silent`.
struct GatewayWorld : test::ActorFixture {
  explicit GatewayWorld(bool tells_stops = false) : journal(*this) {
    limiter = fake(
        [this](const AcquirePermits& ask) {
          asks.push(ask);
          if (silent) return;
          PermitsGranted granted{ask.ticket, {}, now() + room_in};
          if (room != 0) granted.permits = test::TestPermits::many(ask.count);
          if (room > 0) --room;
          caf::anon_send(ask.reply_to, std::move(granted));
        },
        [this](const AbsorbLocal& request) {
          absorbed.push(request);
          if (!silent) caf::anon_send(request.reply_to, LocalAbsorbed{});
        },
        [this](const ExchangeCounted& counted) { counters.push(counted); },
        [this](const ExchangeRefusedRate& refused) { refusals.push(refused); });
    venue->tells_stops = tells_stops;
    gateway = spawn<ExchangeActor>(
        std::cref(clock()), journal.actor(), limiter, listener(alerts),
        ExchangeActorBirth{
            .name = "venue", .exchange = venue, .gate = {.limits = limits()}, .epoch = {1, 1}});
    asker = fake(
        [this](const PermitsGranted& answer) {
          answers.push(answer);
          if (!answer.permits.empty()) grants.emplace_back(now(), answer.permits.size());
        },
        [this](const CandlesFetched& fetched) { candles.push(fetched); },
        [this](const OrdersAnswered& answered) { orders.push(answered); });
    tell(gateway, WatchExchange{listener(health)});
  }
  void ask(std::uint64_t ticket, std::uint32_t count = 1) {
    tell(gateway, AcquirePermits{.ticket = ticket, .weight = 1, .count = count, .reply_to = asker});
  }
  void fetch() { tell(gateway, FetchCandles{test::TestPermits::fresh(), 7, {}, asker}); }
  Result<OrderReport> place() {
    OrderRequest order;
    order.client_id = {"a"};
    auto items = std::make_shared<std::vector<PlaceOrders::Item>>();
    items->push_back({test::TestPermits::fresh(), order});
    orders.clear();
    tell(gateway, PlaceOrders{std::move(items), asker});
    REQUIRE(orders.size() == 1);
    REQUIRE(orders[0].answers->size() == 1);
    return orders[0].answers->at(0).report;
  }
  // Three asks that nobody answers.
  void fall_silent() {
    journal.release();
    silent = true;
    ask(100);
    advance(kSecond * 5);
  }
  std::size_t alerts_of(const std::string& kind) const {
    return static_cast<std::size_t>(
        std::count_if(alerts.begin(), alerts.end(),
                      [&](const AlertRaised& alert) { return alert.kind == kind; }));
  }

  test::HeldJournal journal;
  std::shared_ptr<ScriptedExchange> venue = std::make_shared<ScriptedExchange>();
  bool silent = false;
  int room = -1;  // grants that are left; below zero: there is no end to them
  Duration room_in{0};
  Inbox<AcquirePermits> asks;
  Inbox<AbsorbLocal> absorbed;
  Inbox<ExchangeRefusedRate> refusals;
  Inbox<ExchangeCounted> counters;
  Inbox<AlertRaised> alerts;
  Inbox<PermitsGranted> answers;
  Inbox<CandlesFetched> candles;
  Inbox<OrdersAnswered> orders;
  Inbox<ExchangeHealthChanged> health;
  std::vector<std::pair<Timestamp, std::size_t>> grants;
  caf::actor limiter;
  caf::actor gateway;
  caf::actor asker;
};

TEST_CASE("the gateway passes asks to the limiter and answers under the asker's ticket") {
  GatewayWorld world;
  world.ask(5, 3);
  world.ask(5, 2);
  REQUIRE(world.answers.size() == 2);
  CHECK(world.answers[0].ticket == 5);
  CHECK(world.answers[0].permits.size() == 3);
  CHECK(world.answers[1].permits.size() == 2);
}

TEST_CASE(
    "silent three times, the limiter is replaced by a local one at 50 %, and an alert says so") {
  GatewayWorld world;
  world.silent = true;
  world.ask(1);
  world.advance(kSecond * 2);
  CHECK(world.alerts.empty());
  world.advance(kSecond * 2);
  CHECK(world.alerts_of("limiter.silent") == 1);
  // Its reservation must be durable like every other.
  CHECK(world.answers.empty());
  CHECK(world.journal.held() == 1);
  world.journal.release();
  CHECK(world.answers.size() == 1);
  CHECK(world.answers[0].ticket == 1);
  for (std::uint64_t i = 2; i < 300; ++i) {
    world.ask(i, 5);
    world.advance(kSecond);
  }
  CHECK(world.alerts_of("limiter.silent") == 1);
  CHECK(most_in_a_minute(world.grants) <= kLimit / 2);
  CHECK(world.grants.size() > 30);
}

TEST_CASE(
    "when the limiter answers again it takes over what was granted locally, then it is asked") {
  GatewayWorld world;
  world.fall_silent();
  for (std::uint64_t i = 1; i < 20; ++i) world.ask(i);
  CHECK(world.answers.size() >= 15);
  const std::size_t asked = world.asks.size();
  world.silent = false;
  world.advance(kSecond * 3);
  REQUIRE(world.absorbed.size() == 1);
  CHECK_FALSE(world.absorbed[0].state.windows.empty());
  CHECK(world.alerts_of("limiter.back") == 1);
  world.answers.clear();
  world.ask(50, 30);
  REQUIRE(world.answers.size() == 1);
  CHECK(world.answers[0].permits.size() == 30);
  CHECK(world.asks.size() > asked);
  CHECK(world.asks.back().count == 30);
}

TEST_CASE("a grant that comes after the gateway gave up on it is never used") {
  GatewayWorld world;
  world.silent = true;
  world.journal.release();
  world.ask(1, 4);
  const AcquirePermits first = world.asks[0];
  world.advance(kSecond * 5);
  const std::size_t answered = world.answers.size();
  CHECK(answered == 1);
  world.tell(world.gateway, PermitsGranted{first.ticket, test::TestPermits::many(4), world.now()});
  CHECK(world.answers.size() == answered);
}

TEST_CASE("every ask is answered exactly once, whatever the limiter does") {
  constexpr std::uint64_t seed = 99;
  MESSAGE("seed " << seed);
  std::mt19937_64 random(seed);
  GatewayWorld world;
  world.journal.release();
  std::map<std::uint64_t, int> answered;
  for (std::uint64_t i = 1; i <= 500; ++i) {
    if (random() % 20 == 0) world.silent = !world.silent;
    world.ask(i);
    world.advance(Duration{static_cast<std::int64_t>(random() % 2'000)});
  }
  world.silent = false;
  world.advance(kMinute * 5);
  for (const PermitsGranted& answer : world.answers) ++answered[answer.ticket];
  CHECK(answered.size() == 500);
  for (const auto& [ticket, times] : answered) CHECK(times == 1);
}

TEST_CASE("an expired permit sends nothing, and the exchange is not blamed for it") {
  GatewayWorld world;
  const Permit permit = test::TestPermits::until(world.now() + kSecond);
  auto items = std::make_shared<std::vector<PlaceOrders::Item>>();
  items->push_back({permit, OrderRequest{}});
  world.advance(kSecond);
  world.tell(world.gateway, PlaceOrders{items, world.asker});
  CHECK(world.venue->calls == 1);
  world.advance(Duration{1});
  items = std::make_shared<std::vector<PlaceOrders::Item>>();
  items->push_back({test::TestPermits::until(world.now() - Duration{1}), OrderRequest{}});
  for (int i = 0; i < 20; ++i) {
    world.tell(world.gateway, PlaceOrders{items, world.asker});
    world.tell(world.gateway, FetchCandles{permit, 7, {}, world.asker});
  }
  CHECK(world.venue->calls == 1);
  CHECK(world.orders.back().answers->at(0).report.error().code == ErrorCode::kOverloaded);
  CHECK(world.candles.back().candles.error().code == ErrorCode::kOverloaded);
  CHECK(world.health.empty());
  CHECK(world.refusals.empty());
}

TEST_CASE("a 429 stops the limiter and the local one as well") {
  GatewayWorld world;
  world.fall_silent();
  world.venue->failure = Error{ErrorCode::kRateLimited, "429", {}, {}};
  world.fetch();
  CHECK(world.refusals.size() == 1);
  world.answers.clear();
  world.ask(1);
  world.advance(kSecond * 30);
  REQUIRE(world.answers.size() == 1);
  CHECK(world.answers[0].permits.empty());
  CHECK(world.answers[0].retry_at >= world.now() + kSecond * 20);
}

TEST_CASE("an ask costs what the exchange says the call weighs") {
  GatewayWorld world;
  const auto ask = [&](exchange::ExchangeCall call, std::uint32_t size) {
    world.tell(world.gateway,
               AcquirePermits{.ticket = 1, .call = call, .size = size, .reply_to = world.asker});
    return world.asks.back();
  };
  const AcquirePermits candles = ask(exchange::ExchangeCall::kCandles, 500);
  CHECK(candles.weight == 6);
  CHECK(candles.orders == 0);
  const AcquirePermits order = ask(exchange::ExchangeCall::kPlace, 0);
  CHECK(order.weight == 3);
  CHECK(order.orders == 1);
}

TEST_CASE("an exchange gets permits for requests of its own from the same limiter") {
  GatewayWorld world;
  std::vector<Result<Permit>> got;
  const auto acquire = [&] {
    world.venue->link.acquire({.weight = 7, .orders = 1, .priority = PermitPriority::kProtective},
                              [&](Result<Permit> permit) { got.push_back(std::move(permit)); });
    world.run();
  };
  acquire();
  CHECK(world.asks.back().weight == 7);
  CHECK(world.asks.back().orders == 1);
  CHECK(world.asks.back().is_protective);
  REQUIRE(got.size() == 1);
  CHECK(got[0]->consume());
  // No room: it is told, and does not wait for ever.
  world.fall_silent();
  for (int i = 0; i < 30; ++i) acquire();
  CHECK(got.size() == 31);
  CHECK(got.back().error().code == ErrorCode::kRateLimited);
  // Neither does it when the gateway is gone.
  world.kill(world.gateway);
  acquire();
  REQUIRE(got.size() == 32);
  CHECK(got.back().error().code == ErrorCode::kUnavailable);
}

TEST_CASE("a further part of a question waits its turn for room, and for some seconds only") {
  GatewayWorld world;
  std::vector<std::pair<std::string, bool>> told;
  const auto wish_of = [&](const std::string& name) {
    return [&told, name](const Result<Permit>& permit) {
      told.emplace_back(name, permit.has_value());
    };
  };
  const auto further = [&](const std::string& name) {
    world.venue->link.acquire_further({.weight = 1}, wish_of(name));
    world.run();
  };
  world.room = 0;
  world.room_in = kSecond;
  further("a");
  further("b");
  CHECK(told.empty());
  // What begins a question hears it at once, and begins it later.
  world.venue->link.acquire({.weight = 1}, wish_of("whole"));
  world.run();
  REQUIRE(told.size() == 1);
  CHECK(told.back() == std::pair(std::string("whole"), false));
  world.room = 1;
  world.advance(Duration{1'100});
  REQUIRE(told.size() == 2);
  CHECK(told.back() == std::pair(std::string("a"), true));
  // No more room comes.
  world.advance(kSecond * 2);
  CHECK(told.size() == 2);
  world.advance(kSecond * 2);
  REQUIRE(told.size() == 3);
  CHECK(told.back() == std::pair(std::string("b"), false));
  // The end of a ban is not waited for.
  world.room_in = kMinute;
  further("banned");
  REQUIRE(told.size() == 4);
  CHECK(told.back() == std::pair(std::string("banned"), false));
  // Nor is anybody who waits forgotten when the gateway goes.
  world.room_in = kSecond;
  further("c");
  CHECK(told.size() == 4);
  world.kill(world.gateway);
  REQUIRE(told.size() == 5);
  CHECK(told.back() == std::pair(std::string("c"), false));
}

TEST_CASE("where a stop has found no room, entries leave it the next room, closes do not") {
  GatewayWorld world;
  const auto is_granted = [&](bool is_protective, std::uint32_t orders) {
    world.answers.clear();
    world.tell(world.gateway, AcquirePermits{.ticket = 1,
                                             .weight = 1,
                                             .orders = orders,
                                             .is_protective = is_protective,
                                             .reply_to = world.asker});
    REQUIRE(world.answers.size() == 1);
    return !world.answers[0].permits.empty();
  };
  CHECK(is_granted(false, 1));
  world.room = 0;
  world.room_in = kSecond;
  bool is_refused = false;
  world.venue->link.acquire(
      {.weight = 1, .orders = 1, .priority = PermitPriority::kProtective},
      [&](const Result<Permit>& permit) { is_refused = !permit.has_value(); });
  world.run();
  REQUIRE(is_refused);
  world.room = -1;
  CHECK_FALSE(is_granted(false, 1));
  CHECK(world.answers[0].retry_at > world.now());
  CHECK(is_granted(true, 1));
  CHECK(is_granted(false, 0));  // candles
  world.advance(kSecond * 5);
  CHECK(is_granted(false, 1));
}

TEST_CASE("of many further parts all get their permits, a few with each moment's room") {
  GatewayWorld world;
  std::vector<int> told;
  world.room = 0;
  world.room_in = Duration{100};
  constexpr int kParts = 60;
  for (int part = 0; part < kParts; ++part)
    world.venue->link.acquire_further({.weight = 1}, [&told, part](const Result<Permit>& permit) {
      CHECK(permit.has_value());
      told.push_back(part);
    });
  world.run();
  for (int moment = 0; moment < 20; ++moment) {
    world.room = 4;
    world.advance(Duration{100});
  }
  REQUIRE(told.size() == kParts);
  CHECK(std::is_sorted(told.begin(), told.end()));
}

TEST_CASE("the exchange's own counters reach both limiters, its events the operator") {
  GatewayWorld world;
  world.venue->link.on_counter("weight_1m", 95);
  world.venue->link.on_event("bracket.refused", "the stop of a position was refused");
  world.run();
  REQUIRE(world.counters.size() == 1);
  CHECK(world.counters[0].window == "weight_1m");
  CHECK(world.counters[0].used == 95);
  CHECK(world.alerts_of("bracket.refused") == 1);
  world.fall_silent();
  world.answers.clear();
  world.ask(1);
  REQUIRE(world.answers.size() == 1);
  CHECK(world.answers[0].permits.empty());
}

TEST_CASE("a stop that the exchange tells holds for its Retry-After, durably, in both limiters") {
  GatewayWorld world(true);
  world.journal.release();
  const std::size_t commits = world.journal.durable().size();
  world.venue->failure = Error{ErrorCode::kRateLimited, "429", {}, {}};
  world.venue->link.on_stop(kSecond * 5);
  world.run();
  // The refusal of the call itself adds no stop of the default length.
  world.fetch();
  REQUIRE(world.refusals.size() == 1);
  CHECK(world.refusals[0].retry_after == kSecond * 5);
  REQUIRE(world.journal.durable().size() == commits + 1);
  const auto saved =
      test::record_in<LimiterState>(world.journal.durable().back()->always, Kind::kLimiter);
  REQUIRE(saved.has_value());
  CHECK(saved->stopped_until == world.now() + kSecond * 5);
}

TEST_CASE("the exchange's counter above 90 % pauses the limiter for all but closes") {
  LimiterWorld world;
  world.journal.release();
  world.ask(1);
  CHECK(world.granted() == 1);
  world.tell(world.limiter, ExchangeCounted{"weight_1m", 91});
  world.ask(2);
  CHECK(world.granted() == 1);
  world.ask(3, 1, true);
  CHECK(world.granted() == 2);
  world.tell(world.limiter, ExchangeCounted{"no_such_window", 1});
  world.tell(world.limiter, ExchangeCounted{"no_such_window", 2});
  CHECK(std::count_if(world.alerts.begin(), world.alerts.end(), [](const AlertRaised& alert) {
          return alert.kind == "limiter.unknown_window";
        }) == 1);
}

TEST_CASE("an exchange that keeps failing is left alone, watchers and operators hear of it") {
  GatewayWorld world;
  world.venue->failure = Error{ErrorCode::kOutcomeUnknown, "503", {}, {}};
  for (int i = 0; i < 4; ++i) world.fetch();
  CHECK(world.health.empty());
  world.fetch();
  REQUIRE(world.health.size() == 1);
  CHECK(world.health[0].health == ExchangeHealth::kUnhealthy);
  CHECK(world.alerts_of("exchange.health") == 1);
  CHECK(world.place().error().code == ErrorCode::kUnavailable);
  CHECK(world.venue->orders == 0);
  // After the delay one order is let through as a probe; its failure is not seen as success.
  world.advance(kSecond * 2);
  CHECK(world.place().error().code == ErrorCode::kOutcomeUnknown);
  CHECK(world.venue->orders == 1);
  CHECK(world.place().error().code == ErrorCode::kUnavailable);
  CHECK(world.venue->orders == 1);
  world.venue->failure.reset();
  world.advance(kSecond * 5);
  CHECK(world.place().has_value());
  REQUIRE(world.health.size() == 2);
  CHECK(world.health[1].health == ExchangeHealth::kHealthy);
}

TEST_CASE("orders refused by the open breaker do not keep it open") {
  GatewayWorld world;
  world.venue->failure = Error{ErrorCode::kUnavailable, "connection refused", {}, {}};
  for (int i = 0; i < 5; ++i) world.fetch();
  world.venue->failure.reset();
  int refused = 0;
  while (!world.place().has_value()) {
    world.advance(Duration{100});
    REQUIRE(++refused < 50);
  }
  CHECK(world.now() - world.kStart <= kSecond * 2);
}

TEST_CASE("an answer of the exchange that refuses is a sign of health") {
  GatewayWorld world;
  world.venue->failure = Error{ErrorCode::kRejected, "no such symbol", {}, {}};
  for (int i = 0; i < 20; ++i) world.fetch();
  CHECK(world.health.empty());
}

}  // namespace
}  // namespace botbox::actors
