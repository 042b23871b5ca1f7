// Whole engines beside an account on which somebody else trades too.
#include <doctest/doctest.h>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>

#include "exchange/faults/order_ledger.hpp"
#include "storage/memory_store.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/engine_records.hpp"
#include "tests/support/following_clock.hpp"
#include "tests/support/seeded_runs.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox {
namespace {

using Kind = DifferenceKind;
using State = DifferenceState;
using Choice = DifferenceDecision;
using exchange::Reply;

constexpr Duration kSecond{1'000};
constexpr Duration kMinute{60'000};
const Symbol kSol{"SOL/USDT:USDT"};

// A paper exchange whose account can be made to look, and whose line to behave, as the test says.
class BentExchange final : public exchange::Exchange {
 public:
  explicit BentExchange(exchange::PaperExchange& inner) : inner_(inner) {}

  bool is_account_down = false;
  int deaf_looks = 0;          // so many looks at the account to come are never answered
  bool loses_replies = false;  // of placing
  int swallows = 0;            // so many orders to come: they get nowhere, and are never answered
  std::function<void(AccountSnapshot&)> bend = [](AccountSnapshot&) {};
  exchange::OrderLedger ledger;
  exchange::OwnOrders own_orders = exchange::OwnOrders::kLetGo;

  void instruments(Permit permit, Reply<std::vector<Instrument>> reply) override {
    inner_.instruments(permit, std::move(reply));
  }
  void candles(Permit permit, const exchange::CandleQuery& query,
               Reply<std::vector<Candle>> reply) override {
    inner_.candles(permit, query, std::move(reply));
  }
  void place(Permit permit, const OrderRequest& order, Reply<OrderReport> reply) override {
    if (swallows > 0) {
      --swallows;
      (void)permit.consume();
      return;
    }
    inner_.place(permit, order, [&](Result<OrderReport> report) {
      ledger.note(order.client_id, report);
      if (loses_replies) report = fail(ErrorCode::kOutcomeUnknown, "the reply was lost");
      reply(std::move(report));
    });
  }
  void order_by_client_id(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                          Reply<std::optional<OrderReport>> reply) override {
    inner_.order_by_client_id(permit, symbol, id, std::move(reply));
  }
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              Reply<OrderReport> reply) override {
    inner_.cancel(permit, symbol, id, std::move(reply));
  }
  void set_own_orders(exchange::OwnOrders own) override { own_orders = own; }
  void order_updates(Permit permit, std::uint64_t cursor,
                     Reply<exchange::OrderUpdates> reply) override {
    inner_.order_updates(permit, cursor, std::move(reply));
  }
  void balances(Permit permit, Reply<std::vector<exchange::Balance>> reply) override {
    inner_.balances(permit, std::move(reply));
  }
  void account(Permit permit, Reply<AccountSnapshot> reply) override {
    if (deaf_looks > 0) {
      --deaf_looks;
      (void)permit.consume();
      return;
    }
    if (is_account_down) {
      (void)permit.consume();
      return reply(fail(ErrorCode::kUnavailable, "the account cannot be read"));
    }
    inner_.account(permit, [&](Result<AccountSnapshot> account) {
      if (account) bend(*account);
      reply(std::move(account));
    });
  }

 private:
  exchange::PaperExchange& inner_;
};

// A store that counts how often all trades are read.
class WatchedTradesStore final : public storage::Store {
 public:
  WatchedTradesStore(std::shared_ptr<storage::MemoryMedium> medium, int& count)
      : inner_(std::move(medium)), count_(count) {}

  Result<std::optional<std::string>> get(const storage::Key& key) const override {
    return inner_.get(key);
  }
  Result<void> scan(const storage::ScanRange& range,
                    const storage::RowVisitor& row) const override {
    if (range.kind == storage::Kind::kTrade && range.prefix.empty() && range.from.empty()) ++count_;
    return inner_.scan(range, row);
  }
  Result<void> write(const storage::WriteBatch& batch) override { return inner_.write(batch); }
  std::uint64_t last_sequence() const override { return inner_.last_sequence(); }

 private:
  storage::MemoryStore inner_;
  int& count_;
};

// What outlives an engine: disk, exchange, time. One bot on SOL/USDT:USDT that does what it is
// told.
struct SharedAccount {
  SharedAccount() {
    auto made = exchange::PaperExchange::create(test::paper_config(), *feed, clock);
    REQUIRE(made.has_value());
    paper = std::move(*made);
    venue = std::make_shared<BentExchange>(*paper);
    strategy->propose = [this](const MarketView&, const Position*) { return wanted; };
    rules.decisions.fill(Choice::kWait);
  }
  ~SharedAccount() { stop(); }

  void start() {
    stop();
    actors::VirtualEngineOptions options;
    options.start = clock.now();
    BotConfig bot = test::plain_bot("sol");
    bot.symbol = kSol;
    bot.market = MarketType::kLinear;
    options.bots = {bot};
    if (trades_spot) options.bots.push_back(test::plain_bot("btc"));
    options.exchange = venue;
    options.catalogue.add({.name = "scripted"}, strategy);
    options.settings.limits = actors::default_limits();
    options.settings.reconciliation.is_on = is_reconciling;
    options.settings.reconciliation.rules = rules;
    options.open_store = [this](const Clock&) -> Result<std::unique_ptr<storage::Store>> {
      return std::make_unique<WatchedTradesStore>(medium, readings);
    };
    auto started = actors::VirtualEngine::start(std::move(options));
    REQUIRE_MESSAGE(started.has_value(), to_string(started.error()));
    engine = std::move(*started);
    clock.follow(&engine->clock());
  }
  // As after a power cut: what was under way is gone.
  void stop() {
    clock.follow(nullptr);
    engine.reset();
  }
  void mark_restored(EngineMode mode = EngineMode::kActive) {
    test::mark_restored(medium, mode, clock.now());
  }
  // By hand, beside the engine.
  void by_hand(const std::string& id, OrderSide side, std::string_view quantity,
               std::optional<Price> limit = std::nullopt) {
    OrderRequest order;
    order.client_id = {id};
    order.symbol = kSol;
    order.side = side;
    order.type = limit ? OrderType::kLimit : OrderType::kMarket;
    order.quantity = Quantity::literal(quantity);
    order.limit = limit.value_or(Price{});
    paper->place(test::TestPermits::fresh(), order, [](const Result<OrderReport>& report) {
      REQUIRE_MESSAGE(report.has_value(), (report ? "" : to_string(report.error())));
    });
  }
  AccountSnapshot account() {
    AccountSnapshot seen;
    paper->account(test::TestPermits::fresh(),
                   [&](const Result<AccountSnapshot>& account) { seen = *account; });
    return seen;
  }
  // Below zero: short.
  Decimal net() {
    const AccountSnapshot seen = account();
    for (const NetPosition& position : *seen.positions)
      if (position.symbol == kSol)
        return position.side == PositionSide::kLong ? position.quantity.value
                                                    : -position.quantity.value;
    return {};
  }
  std::vector<Difference> differences() {
    std::vector<Difference> all;
    const auto walked = storage::visit_all<Difference>(
        engine->store(), storage::Kind::kDifference,
        [&](auto, Difference&& difference) { all.push_back(std::move(difference)); });
    REQUIRE(walked.has_value());
    return all;
  }
  // Of the one difference there is.
  Difference difference() {
    const std::vector<Difference> all = differences();
    REQUIRE(all.size() == 1);
    return all.front();
  }
  std::size_t events_of(const std::string& kind) { return test::events_of(engine->store(), kind); }
  BotSnapshot bot() { return test::snapshot_of(engine->store(), {"sol"}); }
  std::vector<Trade> trades() {
    const auto all = storage::load_trades(engine->store(), {"sol"}, {}, SIZE_MAX);
    REQUIRE(all.has_value());
    return *all;
  }
  std::vector<Signal> signals() {
    const auto all = storage::load_signals(engine->store(), {"sol"}, {}, SIZE_MAX);
    REQUIRE(all.has_value());
    return *all;
  }
  void decide(const DifferenceId& id, Choice decision) {
    caf::anon_send(engine->engine().reconciler(),
                   actors::DecideDifference{id, decision, "cli:alice", nullptr});
    engine->advance(Duration{1});
  }
  void open_position() {
    wanted = Direction::kLong;
    for (int i = 0; i < 5 && bot().open_positions.empty(); ++i) engine->advance(kMinute);
    wanted.reset();
    REQUIRE(bot().open_positions.size() == 1);
  }
  void check_books() { test::check_books(engine->store(), engine->now()); }

  test::FollowingClock clock{actors::VirtualEngineOptions{}.start};
  std::shared_ptr<exchange::MarketFeed> feed = test::synthetic_feed(1);
  std::shared_ptr<storage::MemoryMedium> medium = std::make_shared<storage::MemoryMedium>();
  std::shared_ptr<exchange::PaperExchange> paper;
  std::shared_ptr<BentExchange> venue;
  std::shared_ptr<test::ScriptedStrategy> strategy = std::make_shared<test::ScriptedStrategy>();
  std::optional<Direction> wanted;
  ReconciliationRules rules;
  bool is_reconciling = true;
  bool trades_spot = false;  // a second bot, on BTC/USDT
  int readings = 0;          // of all trades, by all engines
  std::unique_ptr<actors::VirtualEngine> engine;
};

// The bot wants an entry for minutes, and none leaves.
void start_and_enter_nothing(SharedAccount& place) {
  place.start();
  place.engine->advance(kSecond * 20);
  place.wanted = Direction::kLong;
  place.engine->advance(kMinute * 3);
  place.wanted.reset();
  CHECK(place.venue->ledger.entries().empty());
  CHECK(place.net().is_zero());
  CHECK(place.bot().open_positions.empty());
}

}  // namespace

TEST_CASE("entries wait until the account has been looked at") {
  SharedAccount place;
  place.venue->is_account_down = true;
  place.wanted = Direction::kLong;
  place.start();
  place.engine->advance(kMinute * 5);
  CHECK(place.venue->ledger.entries().empty());
  REQUIRE(place.trades().size() == 1);
  CHECK(place.trades().front().status == TradeStatus::kPending);
  place.venue->is_account_down = false;
  place.engine->advance(kSecond * 10);
  CHECK(place.venue->ledger.entries().size() == 1);
  CHECK(place.differences().empty());
}

TEST_CASE("orders of another program that come and go at each look hold no entry back") {
  SharedAccount place;
  int looks = 0;
  place.venue->bend = [&looks](AccountSnapshot& account) {
    account.open_orders->push_back({.client_id = {"theirs" + std::to_string(++looks)},
                                    .order_id = {"x" + std::to_string(looks)},
                                    .symbol = kSol,
                                    .side = OrderSide::kBuy,
                                    .type = OrderType::kLimit,
                                    .quantity = Quantity::literal("1"),
                                    .filled = {}});
  };
  place.start();
  place.open_position();
  CHECK(looks > 1);
  CHECK(place.differences().empty());
  place.check_books();
}

TEST_CASE("a close does not wait for the account") {
  SharedAccount place;
  place.start();
  place.open_position();
  place.venue->is_account_down = true;
  place.start();
  place.wanted = Direction::kClose;
  place.engine->advance(kMinute * 3);
  CHECK(place.bot().open_positions.empty());
  place.check_books();
}

TEST_CASE("after a restore nothing leaves, closes neither, before the account has been compared") {
  SharedAccount place;
  place.start();
  place.open_position();
  place.stop();
  const std::size_t orders_before = place.venue->ledger.entries().size();
  place.mark_restored();
  place.venue->is_account_down = true;
  place.is_reconciling = false;  // in the configuration
  place.wanted = Direction::kClose;
  place.start();
  REQUIRE(static_cast<bool>(place.engine->engine().reconciler()));
  SUBCASE("however long that takes, and however often the process starts") {
    for (int life = 0; life < 3; ++life) {
      place.engine->advance(kMinute * 2);
      CHECK(place.venue->own_orders == exchange::OwnOrders::kHeld);
      CHECK(place.venue->ledger.entries().size() == orders_before);
      place.start();
    }
    const std::vector<Trade> trades = place.trades();
    CHECK(std::ranges::count(trades, TradeStatus::kPending, &Trade::status) == 1);
    CHECK(place.bot().open_positions.size() == 1);
  }
  place.venue->is_account_down = false;
  place.engine->advance(kMinute);
  CHECK(place.venue->own_orders == exchange::OwnOrders::kLetGo);
  CHECK(place.venue->ledger.entries().size() == orders_before + 1);
  CHECK(place.bot().open_positions.empty());
  CHECK_FALSE(storage::find_engine_state(place.engine->store()).value()->reconcile_first);
  CHECK(place.events_of("engine.reconciled") == 1);
  // The next start is one like any other.
  place.start();
  CHECK_FALSE(static_cast<bool>(place.engine->engine().reconciler()));
  place.check_books();
}

TEST_CASE(
    "after a restore an order that the forgotten life has sent is found, and not sent again") {
  SharedAccount place;
  place.start();
  place.open_position();
  place.stop();
  place.mark_restored();
  place.venue->is_account_down = true;
  place.wanted = Direction::kClose;
  place.start();
  place.engine->advance(kMinute * 3);
  const auto close_of = [](const std::vector<Trade>& trades) {
    const auto close = std::ranges::find(trades, Direction::kClose, &Trade::direction);
    REQUIRE(close != trades.end());
    return *close;
  };
  REQUIRE(close_of(place.trades()).status == TradeStatus::kPending);
  const storage::MemoryMedium backup = *place.medium;
  // What the backup does not know: the close leaves, and the position is closed.
  place.wanted.reset();
  place.venue->is_account_down = false;
  place.engine->advance(kMinute * 2);
  REQUIRE(place.bot().open_positions.empty());
  const std::size_t orders = place.venue->ledger.entries().size();
  place.stop();
  *place.medium = backup;
  place.start();
  REQUIRE(close_of(place.trades()).status == TradeStatus::kPending);
  place.engine->advance(kMinute * 2);
  const Trade close = close_of(place.trades());
  CHECK(close.status == TradeStatus::kCompleted);
  CHECK(place.bot().open_positions.empty());
  CHECK(place.net().is_zero());
  REQUIRE(place.venue->ledger.entries().size() == orders);
  const exchange::LedgerEntry sent = place.venue->ledger.entry(close.client_order_id);
  CHECK(sent.accepted == 1);
  CHECK(sent.duplicates == 0);
}

TEST_CASE("after a restore an entry that waited is asked for before the mode ends it") {
  for (const EngineMode mode : {EngineMode::kReducing, EngineMode::kHalted})
    for (const bool was_sent : {true, false}) {
      CAPTURE(to_string(mode));
      CAPTURE(was_sent);
      SharedAccount place;
      place.venue->is_account_down = true;
      place.wanted = Direction::kLong;
      place.start();
      place.engine->advance(kMinute * 5);
      place.wanted.reset();
      REQUIRE(place.trades().size() == 1);
      REQUIRE(place.trades().front().status == TradeStatus::kPending);
      const storage::MemoryMedium backup = *place.medium;
      place.venue->is_account_down = false;
      if (was_sent) {  // of which the backup knows nothing
        place.engine->advance(kMinute * 2);
        REQUIRE(place.bot().open_positions.size() == 1);
      }
      place.stop();
      *place.medium = backup;
      place.mark_restored(mode);
      place.start();
      place.engine->advance(kMinute * 2);
      REQUIRE(place.trades().size() == 1);
      const Trade entry = place.trades().front();
      if (was_sent) {
        CHECK(entry.status == TradeStatus::kCompleted);
        REQUIRE(place.bot().open_positions.size() == 1);
        CHECK(place.net() == place.bot().open_positions.front().quantity.value);
        CHECK(place.venue->ledger.entry(entry.client_order_id).accepted == 1);
        CHECK(place.venue->ledger.entry(entry.client_order_id).duplicates == 0);
        CHECK(place.difference().kind == Kind::kFillsMissed);
      } else {
        CHECK(entry.status == TradeStatus::kFailed);
        CHECK(entry.reason == (mode == EngineMode::kHalted ? ReasonCode::kEngineHalted
                                                           : ReasonCode::kEngineReducing));
        CHECK(place.net().is_zero());
        CHECK(place.differences().empty());
      }
      CHECK(place.venue->ledger.entries().size() == (was_sent ? 1 : 0));
      place.check_books();
    }
}

TEST_CASE("after a restore a position that is gone is recorded before anything is sent for it") {
  SharedAccount place;
  place.start();
  place.open_position();
  place.stop();
  place.mark_restored();
  // What happened after the moment of the backup: somebody sold it.
  place.venue->bend = [](AccountSnapshot& account) { account.positions->clear(); };
  place.wanted = Direction::kClose;
  place.start();
  const std::size_t orders_before = place.venue->ledger.entries().size();
  place.engine->advance(kSecond * 4);  // a difference must stand for five seconds
  CHECK(place.venue->ledger.entries().size() == orders_before);
  CHECK(place.differences().empty());
  place.engine->advance(kSecond * 10);
  const std::vector<Difference> found = place.differences();
  CHECK(std::ranges::count(found, Kind::kPositionClosed, &Difference::kind) == 1);
}

TEST_CASE("an engine alone with its account finds nothing that differs, restarts included") {
  SharedAccount place;
  testing::SeededRuns runs;
  INFO("seed " << runs.seed());
  for (int life = 0; life < 6; ++life) {
    place.start();
    for (int minute = 0; minute < 30; ++minute) {
      place.wanted = runs.one_in(2) ? Direction::kLong : Direction::kClose;
      place.engine->advance(kMinute);
    }
    for (std::int64_t step = runs.between(0, 150); step > 0; --step)
      place.engine->step(place.engine->now() + kMinute);
  }
  CHECK(place.trades().size() > 10);
  // A word that was on its way when the power went is not a difference of the account.
  for (const Difference& difference : place.differences()) {
    CAPTURE(to_string(difference.kind));
    CHECK(severity_of(difference.kind) == Severity::kNotice);
  }
  place.check_books();
}

TEST_CASE("an external position is one record that holds its symbol's entries, restart or not") {
  SharedAccount place;
  place.by_hand("hand-1", OrderSide::kBuy, "2");
  place.start();
  place.engine->advance(kSecond * 20);
  const Difference found = place.difference();
  CHECK(found.kind == Kind::kExternalPosition);
  CHECK(found.state == State::kWaiting);
  CHECK(to_string(found.theirs) == "2");
  place.start();
  place.wanted = Direction::kLong;
  place.engine->advance(kMinute * 3);
  CHECK(place.difference() == found);
  CHECK(place.events_of("reconciliation.difference") == 1);
  CHECK(place.venue->ledger.entries().empty());
  CHECK(place.trades().empty());
  CHECK(std::ranges::count(place.signals(), ReasonCode::kReconciliationPending,
                           &Signal::rejection_reason) > 0);
  // No silent order, whatever happens.
  CHECK(to_string(place.net()) == "2");
  place.check_books();
}

TEST_CASE("what nobody would place a stop for is not adopted, whatever the configuration says") {
  SharedAccount place;
  place.rules.decisions[static_cast<std::size_t>(Kind::kExternalPosition)] = Choice::kAdopt;
  place.by_hand("hand-1", OrderSide::kBuy, "2");
  place.start();
  place.engine->advance(kMinute * 3);
  CHECK(place.difference().state == State::kWaiting);
  CHECK(place.bot().open_positions.empty());
  place.check_books();
}

TEST_CASE("an ignored difference holds nothing back, also after a restart") {
  SharedAccount place;
  place.by_hand("hand-1", OrderSide::kBuy, "2");
  place.start();
  place.engine->advance(kSecond * 20);
  place.decide(place.difference().id, Choice::kIgnore);
  CHECK(place.difference().state == State::kIgnored);
  CHECK(place.difference().decided_by == "cli:alice");
  place.start();
  place.open_position();
  place.engine->advance(kMinute);
  CHECK(place.venue->ledger.entries().size() == 1);
}

TEST_CASE("the operator flattens an external position by one order") {
  for (const OrderSide side : {OrderSide::kBuy, OrderSide::kSell}) {
    CAPTURE(to_string(side));
    SharedAccount place;
    place.by_hand("hand-1", side, "2");
    place.start();
    place.engine->advance(kSecond * 20);
    place.decide(place.difference().id, Choice::kFlatten);
    place.engine->advance(kMinute * 3);
    CHECK(place.net().is_zero());
    CHECK(place.difference().state == State::kResolved);
    const auto orders = place.venue->ledger.entries();
    REQUIRE(orders.size() == 1);
    CHECK(orders.begin()->first == place.difference().action_order);
    CHECK(orders.begin()->second.accepted == 1);
  }
}

TEST_CASE("a flatten whose process dies anywhere, or whose reply is lost, sends one order") {
  testing::SeededRuns runs;
  INFO("seed " << runs.seed());
  for (int run = 0; run < 30; ++run) {
    SharedAccount place;
    place.rules.decisions.fill(Choice::kWait);
    place.rules.decisions[static_cast<std::size_t>(Kind::kExternalPosition)] = Choice::kFlatten;
    place.by_hand("hand-1", OrderSide::kBuy, "2");
    place.venue->loses_replies = runs.one_in(2);
    for (int life = 0; life < 6; ++life) {
      place.start();
      for (std::int64_t step = runs.between(1, 120); step > 0; --step)
        place.engine->step(place.engine->now() + kSecond * 5);
    }
    place.start();
    place.engine->advance(kMinute * 4);
    CHECK(place.net().is_zero());
    CHECK(place.difference().state == State::kResolved);
    for (const auto& [id, entry] : place.venue->ledger.entries()) {
      CHECK(id == place.difference().action_order);
      CHECK(entry.accepted == 1);
    }
    CHECK(place.events_of("reconciliation.difference") == 1);
  }
}

TEST_CASE("a flatten of which nothing is ever heard is asked for by its id and sent again") {
  SharedAccount place;
  place.by_hand("hand-1", OrderSide::kBuy, "2");
  place.start();
  place.engine->advance(kSecond * 20);
  place.venue->swallows = 1;
  place.decide(place.difference().id, Choice::kFlatten);
  place.engine->advance(kMinute);
  CHECK(place.venue->swallows == 0);
  CHECK_FALSE(place.net().is_zero());
  place.engine->advance(kMinute * 5);
  CHECK(place.net().is_zero());
  CHECK(place.difference().state == State::kResolved);
  const auto orders = place.venue->ledger.entries();
  REQUIRE(orders.size() == 1);
  CHECK(orders.begin()->second.accepted == 1);
}

TEST_CASE("HALTED and dry engines flatten nothing") {
  SharedAccount place;
  place.rules.decisions[static_cast<std::size_t>(Kind::kExternalPosition)] = Choice::kFlatten;
  place.by_hand("hand-1", OrderSide::kBuy, "2");
  place.start();
  place.engine->set_engine_state({.mode = EngineMode::kHalted, .live_trading = true});
  place.engine->advance(kMinute * 2);
  place.engine->set_engine_state({.mode = EngineMode::kActive, .live_trading = false});
  place.engine->advance(kMinute * 2);
  CHECK(place.venue->ledger.entries().empty());
  place.engine->set_engine_state({.mode = EngineMode::kActive, .live_trading = true});
  place.engine->advance(kMinute * 3);
  CHECK(place.net().is_zero());
}

TEST_CASE("a position that was closed by hand is closed in the records, without any order") {
  SharedAccount place;
  place.rules.decisions[static_cast<std::size_t>(Kind::kPositionClosed)] = Choice::kAdopt;
  place.start();
  place.open_position();
  const Position held = place.bot().open_positions.front();
  place.stop();
  place.by_hand("hand-1", OrderSide::kSell, to_string(held.quantity));
  place.start();
  const std::size_t orders = place.venue->ledger.entries().size();
  place.engine->advance(kSecond * 30);
  CHECK(place.bot().open_positions.empty());
  CHECK(place.venue->ledger.entries().size() == orders);
  const auto closed = storage::find_position(place.engine->store(), {"sol"}, held.id);
  REQUIRE((closed.has_value() && closed->has_value()));
  CHECK((*closed)->status == PositionStatus::kClosed);
  CHECK((*closed)->close_reason == ReasonCode::kReconciled);
  place.check_books();
  const auto all = place.differences();
  const auto adopted = std::find_if(all.begin(), all.end(), [](const Difference& difference) {
    return difference.kind == Kind::kPositionClosed;
  });
  REQUIRE(adopted != all.end());
  CHECK(adopted->state == State::kResolved);
}

TEST_CASE("a part that was closed by hand is taken off the position, once") {
  SharedAccount place;
  place.rules.decisions[static_cast<std::size_t>(Kind::kPositionReduced)] = Choice::kAdopt;
  place.start();
  place.open_position();
  const Position held = place.bot().open_positions.front();
  place.by_hand("hand-1", OrderSide::kSell, "0.5");
  for (int life = 0; life < 4; ++life) {
    place.engine->advance(kSecond * 7);
    place.start();
  }
  place.engine->advance(kMinute);
  REQUIRE(place.bot().open_positions.size() == 1);
  CHECK(place.bot().open_positions.front().quantity + Quantity::literal("0.5") == held.quantity);
  CHECK(place.difference().state == State::kResolved);
  place.check_books();
}

TEST_CASE("an order by hand is recorded, holds nothing, and is cancelled when that is decided") {
  SharedAccount place;
  place.by_hand("hand-1", OrderSide::kBuy, "10", Price::literal("1"));
  place.start();
  place.engine->advance(kSecond * 20);
  CHECK(place.difference().kind == Kind::kExternalOrder);
  CHECK(place.difference().state == State::kWaiting);
  place.open_position();
  CHECK(place.account().open_orders->size() >= 2);
  const DifferenceId id = place.difference().id;
  place.decide(id, Choice::kFlatten);
  place.engine->advance(kMinute * 2);
  CHECK(place.difference().state == State::kResolved);
  const AccountSnapshot seen = place.account();
  CHECK(std::none_of(seen.open_orders->begin(), seen.open_orders->end(),
                     [](const OpenOrder& order) { return order.client_id.value == "hand-1"; }));
}

TEST_CASE("a position whose stop is gone is told within ten seconds, and closed like any other") {
  SharedAccount place;
  place.start();
  place.open_position();
  const Position held = place.bot().open_positions.front();
  place.venue->bend = [](AccountSnapshot& account) { account.open_orders->clear(); };
  place.start();
  place.engine->advance(kSecond * 10);
  const Difference found = place.difference();
  CHECK(found.kind == Kind::kUnprotected);
  CHECK(found.position == held.id);
  CHECK(place.bot().open_positions.size() == 1);
  place.decide(found.id, Choice::kFlatten);
  place.engine->advance(kMinute * 3);
  CHECK(place.bot().open_positions.empty());
  CHECK(place.difference().state == State::kResolved);
  const auto orders = place.venue->ledger.entries();
  CHECK(orders.size() == 2);
  for (const auto& [id, entry] : orders) CHECK(entry.accepted == 1);
  place.check_books();
}

TEST_CASE("hedge mode halts the engine where that is configured, and once only") {
  SharedAccount place;
  place.rules.decisions[static_cast<std::size_t>(Kind::kPositionMode)] = Choice::kHalt;
  place.venue->bend = [](AccountSnapshot& account) { account.is_hedged = true; };
  place.start();
  place.engine->advance(kSecond * 20);
  const auto mode = [&] {
    return storage::find_engine_state(place.engine->store()).value().value().mode;
  };
  CHECK(mode() == EngineMode::kHalted);
  // The operator knows better; a restart does not argue.
  place.engine->set_engine_state({.mode = EngineMode::kReducing, .live_trading = true});
  place.engine->advance(kMinute);
  place.start();
  place.engine->advance(kMinute);
  CHECK(mode() == EngineMode::kReducing);
  place.venue->bend = [](AccountSnapshot&) {};
  place.engine->advance(kMinute);
  CHECK(place.difference().state == State::kGone);
}

TEST_CASE("in hedge mode nothing is entered, and what is told names the way out") {
  SharedAccount place;
  place.venue->bend = [](AccountSnapshot& account) { account.is_hedged = true; };
  start_and_enter_nothing(place);
  CHECK(std::ranges::count(place.signals(), ReasonCode::kReconciliationPending,
                           &Signal::rejection_reason) > 0);
  CHECK(place.difference().kind == Kind::kPositionMode);
  CHECK(place.difference().detail.find("switch it to one-way mode") != std::string::npos);
  place.venue->bend = [](AccountSnapshot&) {};
  place.engine->advance(kMinute);
  CHECK(place.difference().state == State::kGone);
  place.open_position();
  CHECK(place.net() == place.bot().open_positions.front().quantity.value);
  place.check_books();
}

TEST_CASE("one client order id on two orders is told, holds its symbol, and both are left alone") {
  SharedAccount place;
  place.venue->bend = [](AccountSnapshot& account) {
    for (const char* id : {"x1", "x2"})
      account.open_orders->push_back({.client_id = {"twin"},
                                      .order_id = {id},
                                      .symbol = kSol,
                                      .side = OrderSide::kBuy,
                                      .type = OrderType::kLimit,
                                      .quantity = Quantity::literal("1"),
                                      .filled = {}});
  };
  start_and_enter_nothing(place);
  const std::vector<Difference> told = place.differences();
  const auto twins = std::ranges::find(told, Kind::kDuplicateOrder, &Difference::kind);
  REQUIRE(twins != told.end());
  CHECK(twins->state == State::kWaiting);
  CHECK(twins->order.value == "twin");
  CHECK(to_string(twins->theirs) == "2");
  CHECK(std::ranges::count(told, Kind::kExternalOrder, &Difference::kind) == 2);
  place.start();
  place.engine->advance(kMinute);
  CHECK(place.differences() == told);
  place.venue->bend = [](AccountSnapshot&) {};
  place.engine->advance(kMinute);
  for (const Difference& over : place.differences()) CHECK(over.state == State::kGone);
  place.open_position();
  CHECK(place.net() == place.bot().open_positions.front().quantity.value);
  place.check_books();
}

TEST_CASE("an order that was filled while nobody listened is a difference that is adopted") {
  SharedAccount place;
  place.start();
  place.venue->loses_replies = true;
  place.wanted = Direction::kLong;
  for (int i = 0; i < 4'000 && place.venue->ledger.entries().empty(); ++i)
    place.engine->step(place.engine->now() + kSecond * 10);
  REQUIRE(place.venue->ledger.entries().size() == 1);
  place.wanted.reset();
  place.start();
  place.engine->advance(kMinute * 2);
  REQUIRE(place.bot().open_positions.size() == 1);
  const Difference found = place.difference();
  CHECK(found.kind == Kind::kFillsMissed);
  CHECK(found.state == State::kResolved);
  CHECK(found.order == place.trades().front().client_order_id);
  place.start();
  place.engine->advance(kMinute);
  CHECK(place.difference() == found);
  place.check_books();
}

TEST_CASE("whether a coin was traded is read once, where more of it is there than anybody knows") {
  for (const bool was_traded : {false, true}) {
    CAPTURE(was_traded);
    SharedAccount place;
    place.trades_spot = true;
    place.start();
    place.engine->advance(kMinute);
    CHECK(place.readings == 0);
    CHECK(place.differences().empty());
    place.stop();
    if (was_traded) {
      Trade trade = test::pending_trade("old", {"btc"}, place.clock.now());
      trade.status = TradeStatus::kCompleted;
      storage::MemoryStore store(place.medium);
      REQUIRE(store
                  .write({.sequence = store.last_sequence() + 1,
                          .puts = {{storage::trade_key(trade.id), storage::encode(trade)}},
                          .deletes = {}})
                  .has_value());
    }
    place.clock.advance(kMinute);
    place.venue->bend = [](AccountSnapshot& seen) {
      std::erase_if(*seen.holdings, [](const Holding& held) { return held.asset.value == "BTC"; });
      seen.holdings->push_back({{"BTC"}, Decimal::from_int(5)});
    };
    place.start();
    place.engine->advance(kMinute);
    CHECK(place.readings == 1);
    const Difference found = place.difference();
    CHECK(found.kind == Kind::kHoldingLarger);
    CHECK(found.state == (was_traded ? State::kWaiting : State::kResolved));
    CHECK(found.theirs == Decimal::from_int(5));
    // It is on record from then on.
    place.start();
    place.engine->advance(kMinute);
    CHECK(place.readings == 1);
    CHECK(place.difference() == found);
  }
}

TEST_CASE("an account of which nothing is heard is told, and looked at again") {
  SharedAccount place;
  place.venue->deaf_looks = 1;
  place.start();
  place.wanted = Direction::kLong;
  place.engine->advance(kMinute);
  CHECK(place.venue->deaf_looks == 0);
  CHECK(place.bot().open_positions.empty());
  place.wanted.reset();
  place.engine->advance(kMinute * 3);
  const auto& alerts = place.engine->totals().alerts;
  CHECK(std::count_if(alerts.begin(), alerts.end(), [](const actors::AlertRaised& alert) {
          return alert.kind == "reconciliation.failed";
        }) == 1);
  if (place.bot().open_positions.empty()) place.open_position();
  CHECK(place.bot().open_positions.size() == 1);
  CHECK(place.differences().empty());
}

TEST_CASE("an account that cannot be read is told once, and nothing is concluded from it") {
  SharedAccount place;
  place.start();
  place.open_position();
  place.venue->is_account_down = true;
  place.engine->advance(kMinute * 5);
  CHECK(place.differences().empty());
  const auto& alerts = place.engine->totals().alerts;
  CHECK(std::count_if(alerts.begin(), alerts.end(), [](const actors::AlertRaised& alert) {
          return alert.kind == "reconciliation.failed";
        }) == 1);
}

}  // namespace botbox
