// A start at each real adapter's simulated venue, after somebody or something else has acted on the
// account while no engine lived. Which scenario is which: tests/README.md.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "storage/reader.hpp"
#include "storage/rows.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/engine_records.hpp"
#include "tests/support/venue_fleet.hpp"

namespace botbox {
namespace {

using exchange::VenueKind;
using exchange::sim::FaultKind;
using Kind = DifferenceKind;
using State = DifferenceState;
using Choice = DifferenceDecision;

constexpr Duration kColdMinute{60'000};
constexpr std::array kColdFaces{VenueKind::kBybitSpot, VenueKind::kBybitLinear,
                                VenueKind::kBinanceSpot, VenueKind::kBinanceUsdm};
constexpr std::array kColdLinear{VenueKind::kBybitLinear, VenueKind::kBinanceUsdm};
constexpr std::array kColdSpot{VenueKind::kBybitSpot, VenueKind::kBinanceSpot};

struct ColdOptions {
  std::vector<std::pair<Kind, Choice>> decisions;
  const char* stop_ratio = "0.05";  // the target stands twice as far
  const char* participation = "0";
  std::optional<Decimal> leverage;
  std::optional<MarginMode> margin_mode;
  std::vector<std::string> ignored_ids;
  const char* first_coin = "C000";
};

// One bot that does what it is told, on an account that somebody else uses as well.
class ColdStart {
 public:
  explicit ColdStart(VenueKind kind, ColdOptions options = {})
      : options_(std::move(options)), fleet(made(kind)) {
    strategy_->propose = [this](const MarketView&, const Position*) { return wanted; };
  }

  void start() { fleet.start(); }
  // From the next start on.
  void expect(MarginMode mode) { options_.margin_mode = mode; }
  void run(std::int64_t minutes) { fleet.engine().advance(kColdMinute * minutes); }
  const Symbol& symbol() const { return fleet.symbols().front(); }
  exchange::sim::SimulatedVenue& venue() { return fleet.simulator().venue(fleet.venue()); }

  std::vector<Position> positions() {
    const auto row = storage::load_bot(fleet.engine().store(), {"bot-000"});
    REQUIRE(row.has_value());
    return row->snapshot.open_positions;
  }
  Position open_position(Direction direction = Direction::kLong) {
    wanted = direction;
    for (int i = 0; i < 5 && positions().empty(); ++i) run(1);
    wanted.reset();
    REQUIRE(positions().size() == 1);
    return positions().front();
  }
  // An entry is sent and the venue's answer is lost with the process.
  void die_while_entering() {
    fleet.simulator().faults().rules = {{.kind = FaultKind::kDropReply,
                                         .path = entry_path(),
                                         .chance = 1000,
                                         .count = 1,
                                         .lasts = {}}};
    wanted = Direction::kLong;
    const Timestamp until = fleet.engine().now() + kColdMinute * 5;
    while (fleet.simulator().faults().rules.front().count != 0) REQUIRE(fleet.engine().step(until));
    wanted.reset();
    fleet.stop();
  }

  // From now on, until no rule is left.
  void hide_account() {
    std::string path = "/v5/account/wallet-balance";
    if (fleet.venue() != "bybit") path = fleet.is_spot() ? "/api/v3/account" : "/fapi/v3/balance";
    fleet.simulator().faults().rules = {
        {.kind = FaultKind::kUnavailable, .path = path, .chance = 1000, .lasts = {}}};
  }

  // An entry that waits for the first look at an account that cannot be read.
  Trade entry_held_back() {
    hide_account();
    wanted = Direction::kLong;
    start();
    run(5);
    wanted.reset();
    REQUIRE(entry().status == TradeStatus::kPending);
    return entry();
  }

  void order_by_hand(OrderSide side, Quantity quantity, Price limit = {},
                     const ClientOrderId& id = {}) {
    exchange::VenueOrderRequest order;
    order.client_id = id.empty() ? ClientOrderId{"hand" + std::to_string(++hands_)} : id;
    order.symbol = symbol();
    order.side = side;
    order.type = limit.is_zero() ? OrderType::kMarket : OrderType::kLimit;
    order.quantity = quantity;
    order.limit = limit;
    fleet.by_hand().place(
        test::TestPermits::fresh(), order, [](const Result<exchange::VenueOrder>& done) {
          REQUIRE_MESSAGE(done.has_value(), (done ? std::string{} : to_string(done.error())));
        });
  }
  // As on the venue's page: Bybit gives such an order no client id.
  void nameless_order_by_hand(Quantity quantity, Price limit, bool is_stop) {
    exchange::sim::PlaceOrder order;
    order.symbol = symbol();
    order.is_limit = !is_stop;
    order.venue_type = is_stop ? "Market" : "Limit";
    order.quantity = quantity;
    if (!is_stop) order.limit = limit;
    if (is_stop) order.trigger = exchange::sim::Trigger::kRises;
    if (is_stop) order.trigger_price = limit;
    REQUIRE(venue().place(*venue().account(fleet.account().name), order).has_value());
  }
  void cancel_by_hand() {
    const auto cancel = [&](exchange::VenueApi* api) {
      if (api == nullptr) return;
      api->cancel_all(test::TestPermits::fresh(), symbol(),
                      [](const Result<std::monostate>& done) { REQUIRE(done.has_value()); });
    };
    cancel(&fleet.by_hand());
    cancel(fleet.by_hand().conditional_orders());
  }

  void hedge(bool on) {
    exchange::sim::Account& account = *venue().account(fleet.account().name);
    for (const Symbol& each : fleet.symbols())
      REQUIRE(venue().set_hedged(account, each, on).has_value());
  }

  std::vector<Difference> differences() { return test::differences_in(fleet.engine().store()); }
  std::optional<Difference> difference(Kind kind) {
    for (Difference& each : differences())
      if (each.kind == kind) return std::move(each);
    return std::nullopt;
  }
  Trade entry() {
    const auto all = storage::load_trades(fleet.engine().store(), {"bot-000"}, {}, SIZE_MAX);
    REQUIRE(all.has_value());
    REQUIRE_FALSE(all->empty());
    return all->back();
  }
  std::uint32_t accepted(const std::string& id) {
    const auto& orders = fleet.simulator().ledger().orders();
    const auto found = orders.find({fleet.venue(), id});
    return found == orders.end() ? 0 : found->second.accepted;
  }
  // Of orders with a trigger: each position has two.
  Decimal triggers() {
    Decimal sum;
    for (const exchange::sim::Order* order : fleet.account().open)
      if (order->is_conditional()) sum += order->remaining().value;
    return sum;
  }
  // Of a long position: the order with the lowest trigger.
  exchange::sim::Order& stop() {
    exchange::sim::Order* lowest = nullptr;
    for (exchange::sim::Order* order : fleet.account().open) {
      const bool is_lower =
          lowest == nullptr || order->request.trigger_price < lowest->request.trigger_price;
      if (order->is_conditional() && is_lower) lowest = order;
    }
    REQUIRE(lowest != nullptr);
    return *lowest;
  }
  void check_books() {
    test::check_books(fleet.engine().store(), fleet.engine().now());
    for (const auto& [of, arrivals] : fleet.simulator().ledger().orders()) {
      const auto trade = storage::find_trade(fleet.engine().store(), {of.second});
      REQUIRE(trade.has_value());
      if (trade->has_value()) CHECK_MESSAGE(arrivals.accepted <= 1, of.second);
    }
  }

  std::optional<Direction> wanted;

 private:
  std::string entry_path() const {
    if (fleet.venue() == "bybit") return "POST /v5/order/create";
    return fleet.is_spot() ? "POST /api/v3/order" : "POST /fapi/v1/order";
  }
  test::VenueFleetOptions made(VenueKind kind) {
    test::VenueFleetOptions venue;
    venue.kind = kind;
    venue.bots = 1;
    venue.symbols = 2;  // one of them may leave the venue
    venue.first_coin = options_.first_coin;
    venue.reconciles = true;
    venue.max_participation = Decimal::literal(options_.participation);
    venue.adjust = [this](actors::VirtualEngineOptions& next) {
      BotConfig& bot = next.bots.front();
      bot.strategy = {"scripted"};
      bot.parameters.clear();
      bot.stop_loss_ratio = Decimal::literal(options_.stop_ratio);
      bot.take_profit_ratio = bot.stop_loss_ratio + bot.stop_loss_ratio;
      next.catalogue.add({.name = "scripted"}, strategy_);
      ReconciliationRules& rules = next.settings.reconciliation.rules;
      for (const auto& [what, choice] : options_.decisions)
        rules.decisions[static_cast<std::size_t>(what)] = choice;
      rules.leverage = options_.leverage;
      rules.margin_mode = options_.margin_mode;
      rules.ignored_ids = options_.ignored_ids;
    };
    return venue;
  }

  ColdOptions options_;
  std::shared_ptr<test::ScriptedStrategy> strategy_ = std::make_shared<test::ScriptedStrategy>();
  int hands_ = 0;

 public:
  test::VenueFleet fleet;
};

Price half_of(Price price) {
  return {round_to_step(*divide(price.value, Decimal::from_int(2), Rounding::kDown),
                        Decimal::literal("0.01"), Rounding::kDown)};
}

}  // namespace

TEST_CASE("at each venue an order by hand is one difference, restart or not, and goes by itself") {
  for (const VenueKind kind : kColdFaces) {
    CAPTURE(static_cast<int>(kind));
    ColdStart place(kind);
    place.start();
    place.run(2);
    const Price far = half_of(*place.venue().last_price(place.symbol()));
    place.fleet.stop();
    place.order_by_hand(OrderSide::kBuy, Quantity::literal("3"), far);
    place.start();
    place.run(1);
    REQUIRE(place.differences().size() == 1);
    const Difference found = place.differences().front();
    CHECK(found.kind == Kind::kExternalOrder);
    CHECK(found.state == State::kWaiting);
    CHECK(found.order.value == "hand1");
    place.start();
    place.run(1);
    CHECK(place.differences() == std::vector{found});
    // It holds nothing back, and is not touched.
    place.open_position();
    CHECK(place.fleet.account().open.size() == 3);
    place.fleet.by_hand().cancel(
        test::TestPermits::fresh(), place.symbol(), {"hand1"},
        [](const Result<exchange::VenueOrder>& done) { REQUIRE(done.has_value()); });
    place.run(1);
    CHECK(place.differences().front().state == State::kGone);
    place.check_books();
  }
}

TEST_CASE("at each venue an order by hand is cancelled where that is decided, named or not") {
  struct Row {
    VenueKind kind;
    bool is_named;
    bool is_stop;
  };
  std::vector<Row> rows;
  for (const VenueKind kind : kColdFaces) rows.push_back({kind, true, false});
  for (const VenueKind kind : {VenueKind::kBybitSpot, VenueKind::kBybitLinear})
    for (const bool is_stop : {false, true}) rows.push_back({kind, false, is_stop});
  for (const Row& row : rows) {
    CAPTURE(static_cast<int>(row.kind));
    CAPTURE(row.is_named);
    CAPTURE(row.is_stop);
    ColdOptions options;
    options.decisions = {{Kind::kExternalOrder, Choice::kFlatten}};
    ColdStart place(row.kind, options);
    place.start();
    place.run(2);
    const Price last = *place.venue().last_price(place.symbol());
    const Price far = half_of(last);
    place.fleet.stop();
    if (row.is_named)
      place.order_by_hand(OrderSide::kBuy, Quantity::literal("3"), far);
    else
      place.nameless_order_by_hand(Quantity::literal("3"), row.is_stop ? last + last : far,
                                   row.is_stop);
    REQUIRE(place.fleet.account().open.size() == 1);
    place.start();
    place.run(3);
    CHECK(place.fleet.account().open.empty());
    REQUIRE(place.differences().size() == 1);
    const Difference found = place.differences().front();
    CHECK(found.kind == Kind::kExternalOrder);
    CHECK(found.order.empty() != row.is_named);
    CHECK_FALSE(found.order_id.empty());
    CHECK(found.state == State::kResolved);
    place.check_books();
  }
}

TEST_CASE("at each venue an order by hand whose id is filtered is no difference") {
  for (const VenueKind kind : kColdFaces) {
    CAPTURE(static_cast<int>(kind));
    ColdOptions options;
    options.ignored_ids = {"hand"};
    ColdStart place(kind, options);
    place.start();
    place.run(2);
    place.order_by_hand(OrderSide::kBuy, Quantity::literal("3"),
                        half_of(*place.venue().last_price(place.symbol())));
    place.run(2);
    CHECK(place.differences().empty());
    CHECK(place.fleet.account().open.size() == 1);
    CHECK(place.positions().empty());
    place.check_books();
  }
}

TEST_CASE("at each venue an entry that was refused unheard fails after the start, unfilled") {
  for (const VenueKind kind : kColdFaces) {
    CAPTURE(static_cast<int>(kind));
    ColdStart place(kind);
    place.start();
    place.run(2);
    REQUIRE(place.venue()
                .change_filters(place.symbol(),
                                [](exchange::sim::Listing& listing) {
                                  listing.instrument.min_notional = Notional::literal("900");
                                })
                .has_value());
    place.die_while_entering();
    place.start();
    place.run(3);
    const Trade entry = place.entry();
    CHECK(entry.status == TradeStatus::kFailed);
    CHECK(place.accepted(entry.client_order_id.value) == 0);
    CHECK(place.positions().empty());
    CHECK(place.fleet.account().executions.empty());
    place.check_books();
  }
}

TEST_CASE("at each venue an entry that was filled unheard is adopted after the start, once") {
  for (const VenueKind kind : kColdFaces) {
    CAPTURE(static_cast<int>(kind));
    ColdStart place(kind);
    place.start();
    place.run(2);
    place.die_while_entering();
    place.fleet.pass(kColdMinute * 7);
    place.start();
    place.run(2);
    REQUIRE(place.positions().size() == 1);
    const Decimal held = place.fleet.at_venue(place.symbol());
    CHECK(place.positions().front().quantity.value == held);
    CHECK(place.triggers() == held + held);
    const auto missed = place.difference(Kind::kFillsMissed);
    REQUIRE(missed.has_value());
    CHECK(missed->state == State::kResolved);
    CHECK(missed->order == place.entry().client_order_id);
    CHECK(place.accepted(place.entry().client_order_id.value) == 1);
    place.check_books();
  }
}

TEST_CASE("at each venue an entry that ended unheard with a part filled is that part") {
  for (const VenueKind kind : kColdFaces) {
    CAPTURE(static_cast<int>(kind));
    ColdOptions options;
    options.participation = "0.0007";  // less than half of the entry
    ColdStart place(kind, options);
    place.start();
    place.run(2);
    place.die_while_entering();
    place.start();
    place.run(2);
    const Decimal held = place.fleet.at_venue(place.symbol());
    const Trade entry = place.entry();
    REQUIRE(held.is_positive());
    REQUIRE(held < entry.quantity.value);
    CHECK(is_final(entry.status));
    REQUIRE(place.positions().size() == 1);
    CHECK(place.positions().front().quantity.value == held);
    CHECK(place.triggers() == held + held);
    CHECK(place.difference(Kind::kFillsMissed).has_value());
    place.check_books();
  }
}

TEST_CASE(
    "at each venue a restored engine asks for what waited, whatever the mode, and protects it") {
  for (const VenueKind kind : kColdFaces)
    for (const bool was_sent : {true, false}) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(was_sent);
      ColdStart place(kind);
      place.entry_held_back();
      const storage::MemoryMedium backup = *place.fleet.disk();
      place.fleet.simulator().faults().rules.clear();
      if (was_sent) {  // of which the backup knows nothing
        place.run(3);
        REQUIRE(place.positions().size() == 1);
      }
      const Timestamp now = place.fleet.engine().now();
      place.fleet.stop();
      *place.fleet.disk() = backup;
      test::mark_restored(place.fleet.disk(), EngineMode::kReducing, now);
      place.start();
      place.run(2);
      const Trade entry = place.entry();
      const Decimal held = place.fleet.at_venue(place.symbol());
      CHECK(held.is_positive() == was_sent);
      CHECK(place.fleet.in_records(place.symbol()) == held);
      CHECK(place.triggers() == held + held);
      CHECK(entry.status == (was_sent ? TradeStatus::kCompleted : TradeStatus::kFailed));
      if (!was_sent) CHECK(entry.reason == ReasonCode::kEngineReducing);
      CHECK(place.accepted(entry.client_order_id.value) == (was_sent ? 1U : 0U));
      CHECK(place.difference(Kind::kFillsMissed).has_value() == was_sent);
      for (const Kind stranger :
           {Kind::kExternalPosition, Kind::kExternalOrder, Kind::kHoldingLarger})
        CHECK_FALSE(place.difference(stranger).has_value());
      place.check_books();
    }
}

TEST_CASE("at each venue the answer that an id is taken is a question, and no second order") {
  for (const VenueKind kind : kColdFaces) {
    CAPTURE(static_cast<int>(kind));
    ColdStart place(kind);
    const Trade held_back = place.entry_held_back();
    const ClientOrderId id = held_back.client_order_id;
    place.order_by_hand(OrderSide::kBuy, held_back.quantity,
                        half_of(*place.venue().last_price(place.symbol())), id);
    place.fleet.simulator().faults().rules.clear();
    place.run(2);
    const auto& arrivals = place.fleet.simulator().ledger().orders();
    CHECK(arrivals.at({place.fleet.venue(), id.value}).duplicates == 1);
    CHECK(place.accepted(id.value) == 1);
    CHECK(place.entry().status == TradeStatus::kExecuting);
    CHECK_FALSE(place.difference(Kind::kExternalOrder).has_value());
    place.fleet.by_hand().cancel(
        test::TestPermits::fresh(), place.symbol(), id,
        [](const Result<exchange::VenueOrder>& done) { REQUIRE(done.has_value()); });
    place.run(2);
    CHECK(place.entry().status == TradeStatus::kFailed);
    CHECK(place.positions().empty());
    CHECK(place.fleet.account().executions.empty());
    CHECK(place.accepted(id.value) == 1);
    place.check_books();
  }
}

TEST_CASE("at each venue a stop or target that fired without an engine closes the position") {
  for (const VenueKind kind : kColdFaces) {
    CAPTURE(static_cast<int>(kind));
    ColdOptions options;
    options.stop_ratio = "0.004";
    ColdStart place(kind, options);
    place.start();
    place.run(2);
    const Position held = place.open_position();
    place.fleet.stop();
    const std::size_t before = place.fleet.account().executions.size();
    for (int i = 0; i < 2'880 && place.fleet.account().executions.size() == before; ++i) {
      place.fleet.pass(kColdMinute);
      place.fleet.by_hand().server_time(test::TestPermits::fresh(), [](const auto&) {});
    }
    REQUIRE(place.fleet.account().executions.size() > before);
    place.start();
    place.run(2);
    CHECK(place.positions().empty());
    CHECK(place.fleet.at_venue(place.symbol()).is_zero());
    CHECK(place.triggers().is_zero());
    const auto missed = place.difference(Kind::kFillsMissed);
    REQUIRE(missed.has_value());
    CHECK(missed->position == held.id);
    CHECK_FALSE(place.difference(Kind::kUnprotected).has_value());
    place.check_books();
  }
}

TEST_CASE("at each perpetual venue what was added by hand is told, and flattened by one order") {
  for (const VenueKind kind : kColdLinear)
    for (const Direction direction : {Direction::kLong, Direction::kShort}) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(to_string(direction));
      ColdOptions options;
      options.decisions = {{Kind::kPositionLarger, Choice::kFlatten}};
      ColdStart place(kind, options);
      place.start();
      place.run(2);
      place.open_position(direction);
      const Decimal held = place.fleet.at_venue(place.symbol());
      place.fleet.stop();
      place.order_by_hand(direction == Direction::kLong ? OrderSide::kBuy : OrderSide::kSell,
                          Quantity::literal("0.5"));
      REQUIRE(abs(place.fleet.at_venue(place.symbol())) > abs(held));
      place.start();
      place.run(3);
      const auto larger = place.difference(Kind::kPositionLarger);
      REQUIRE(larger.has_value());
      CHECK(larger->state == State::kResolved);
      CHECK(place.fleet.at_venue(place.symbol()) == held);
      CHECK(place.fleet.in_records(place.symbol()) == held);
      // The order of the reconciliation is no order of a stranger.
      CHECK_FALSE(place.difference(Kind::kExternalOrder).has_value());
      CHECK(place.accepted(larger->action_order.value) == 1);
      place.check_books();
    }
}

TEST_CASE("at each perpetual venue what was added by hand is adopted, and in the stop") {
  for (const VenueKind kind : kColdLinear)
    for (const Direction direction : {Direction::kLong, Direction::kShort}) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(to_string(direction));
      ColdOptions options;
      options.decisions = {{Kind::kPositionLarger, Choice::kAdopt}};
      ColdStart place(kind, options);
      place.start();
      place.run(2);
      place.open_position(direction);
      place.fleet.stop();
      place.order_by_hand(direction == Direction::kLong ? OrderSide::kBuy : OrderSide::kSell,
                          Quantity::literal("0.5"));
      const std::size_t executions = place.fleet.account().executions.size();
      place.start();
      place.run(3);
      const Decimal held = place.fleet.at_venue(place.symbol());
      const auto larger = place.difference(Kind::kPositionLarger);
      REQUIRE(larger.has_value());
      CHECK(larger->state == State::kResolved);
      CHECK(larger->adopter.value == "bot-000");
      CHECK(place.fleet.in_records(place.symbol()) == held);
      CHECK(place.triggers() == abs(held) + abs(held));
      CHECK(place.fleet.account().executions.size() == executions);
      // Another life sees one position, not two.
      place.start();
      place.run(2);
      REQUIRE(place.positions().size() == 1);
      CHECK(place.positions().front().quantity.value == abs(held));
      CHECK(place.triggers() == abs(held) + abs(held));
      place.check_books();
    }
}

TEST_CASE("at each perpetual venue a position of nobody is adopted once, and stopped at once") {
  for (const VenueKind kind : kColdLinear)
    for (const OrderSide side : {OrderSide::kBuy, OrderSide::kSell}) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(to_string(side));
      ColdOptions options;
      options.decisions = {{Kind::kExternalPosition, Choice::kAdopt}};
      options.stop_ratio = "0.015";
      ColdStart place(kind, options);
      place.start();
      place.run(1);
      place.fleet.stop();
      place.order_by_hand(side, Quantity::literal("2"));
      place.start();
      // Lives that end anywhere between the decision and what comes of it.
      const Timestamp until = place.fleet.engine().now() + kColdMinute * 2;
      while (!place.difference(Kind::kExternalPosition)) REQUIRE(place.fleet.engine().step(until));
      CHECK(place.positions().empty());
      for (const int steps : {0, 2, 5, 12, 30}) {
        for (int i = 0; i < steps; ++i) place.fleet.engine().step(until);
        place.start();
      }
      place.run(2);
      const auto external = place.difference(Kind::kExternalPosition);
      REQUIRE(external.has_value());
      CHECK(external->state == State::kResolved);
      REQUIRE(place.positions().size() == 1);
      const Position adopted = place.positions().front();
      CHECK(adopted.quantity == Quantity::literal("2"));
      CHECK(adopted.average_entry == place.fleet.account().executions.back().price);
      CHECK(place.triggers() == Decimal::from_int(4));
      CHECK(place.fleet.account().executions.size() == 1);
      place.check_books();
      // It is like any other from then on: its stop or target ends it.
      for (int i = 0; i < 2'880 && !place.positions().empty(); i += 10) place.run(10);
      CHECK(place.positions().empty());
      CHECK(place.fleet.at_venue(place.symbol()).is_zero());
      CHECK(place.triggers().is_zero());
      place.check_books();
    }
}

TEST_CASE("at each perpetual venue nothing is adopted, and no stop placed, with live trading off") {
  for (const VenueKind kind : kColdLinear) {
    CAPTURE(static_cast<int>(kind));
    ColdOptions options;
    options.decisions = {{Kind::kExternalPosition, Choice::kAdopt}};
    ColdStart place(kind, options);
    place.start();
    place.run(1);
    place.fleet.engine().set_engine_state({.mode = EngineMode::kActive, .live_trading = false});
    place.order_by_hand(OrderSide::kBuy, Quantity::literal("2"));
    place.run(10);
    const auto waiting = place.difference(Kind::kExternalPosition);
    REQUIRE(waiting.has_value());
    CHECK(waiting->state == State::kActing);
    CHECK(place.positions().empty());
    CHECK(place.triggers().is_zero());
    place.fleet.engine().set_engine_state({.mode = EngineMode::kActive, .live_trading = true});
    place.run(3);
    CHECK(place.difference(Kind::kExternalPosition)->state == State::kResolved);
    CHECK(place.positions().size() == 1);
    CHECK(place.triggers() == Decimal::from_int(4));
    place.check_books();
  }
}

TEST_CASE("at each perpetual venue a position that no stop can protect goes back to the operator") {
  for (const VenueKind kind : kColdLinear) {
    CAPTURE(static_cast<int>(kind));
    ColdOptions options;
    options.decisions = {{Kind::kExternalPosition, Choice::kAdopt}};
    options.stop_ratio = "1";
    ColdStart place(kind, options);
    place.start();
    place.run(1);
    place.fleet.stop();
    place.order_by_hand(OrderSide::kBuy, Quantity::literal("2"));
    place.start();
    place.run(10);
    const auto external = place.difference(Kind::kExternalPosition);
    REQUIRE(external.has_value());
    CHECK(external->state == State::kWaiting);
    CHECK(external->adopter.empty());
    CHECK(external->detail.find("bot-000 cannot take it in") != std::string::npos);
    CHECK(place.positions().empty());
    CHECK(place.triggers().is_zero());
    place.check_books();
  }
}

TEST_CASE("at each perpetual venue what was closed by hand, in part or whole, leaves the records") {
  for (const VenueKind kind : kColdLinear)
    for (const Direction direction : {Direction::kLong, Direction::kShort})
      for (const bool is_whole : {false, true}) {
        CAPTURE(static_cast<int>(kind));
        CAPTURE(to_string(direction));
        CAPTURE(is_whole);
        ColdOptions options;
        options.decisions = {{Kind::kPositionReduced, Choice::kAdopt},
                             {Kind::kPositionClosed, Choice::kAdopt}};
        ColdStart place(kind, options);
        place.start();
        place.run(2);
        const Position held = place.open_position(direction);
        place.fleet.stop();
        place.order_by_hand(direction == Direction::kLong ? OrderSide::kSell : OrderSide::kBuy,
                            is_whole ? held.quantity : Quantity::literal("0.5"));
        const std::size_t executions = place.fleet.account().executions.size();
        place.start();
        place.run(3);
        const Decimal left = place.fleet.at_venue(place.symbol());
        CHECK(left.is_zero() == is_whole);
        CHECK(place.fleet.in_records(place.symbol()) == left);
        CHECK(place.triggers() == abs(left) + abs(left));
        const auto found =
            place.difference(is_whole ? Kind::kPositionClosed : Kind::kPositionReduced);
        REQUIRE(found.has_value());
        CHECK(found->state == State::kResolved);
        CHECK(place.fleet.account().executions.size() == executions);
        place.check_books();
      }
}

TEST_CASE("at each venue an execution that the venue takes back is told, and leaves the records") {
  for (const VenueKind kind : kColdFaces) {
    CAPTURE(static_cast<int>(kind));
    ColdOptions options;
    options.decisions = {{Kind::kPositionClosed, Choice::kAdopt},
                         {Kind::kHoldingShort, Choice::kAdopt}};
    ColdStart place(kind, options);
    place.start();
    place.run(2);
    const Position held = place.open_position();
    const std::size_t executions = place.fleet.account().executions.size();
    exchange::sim::Account* account = place.venue().account(place.fleet.account().name);
    REQUIRE(account != nullptr);
    REQUIRE(place.venue().bust(*account, place.symbol()).has_value());
    REQUIRE(place.fleet.at_venue(place.symbol()).is_zero());
    place.run(3);
    const auto found =
        place.difference(place.fleet.is_spot() ? Kind::kHoldingShort : Kind::kPositionClosed);
    REQUIRE(found.has_value());
    CHECK(found->state == State::kResolved);
    CHECK(found->position == held.id);
    CHECK(place.positions().empty());
    CHECK(place.triggers().is_zero());
    CHECK(place.fleet.account().executions.size() + 1 == executions);
    place.check_books();
  }
}

TEST_CASE("at each perpetual venue a position that was turned by hand ends flat on both sides") {
  for (const VenueKind kind : kColdLinear)
    for (const Direction direction : {Direction::kLong, Direction::kShort}) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(to_string(direction));
      ColdOptions options;
      options.decisions = {{Kind::kPositionFlipped, Choice::kFlatten},
                           {Kind::kPositionClosed, Choice::kAdopt}};
      ColdStart place(kind, options);
      place.start();
      place.run(2);
      const Position held = place.open_position(direction);
      place.fleet.stop();
      place.order_by_hand(direction == Direction::kLong ? OrderSide::kSell : OrderSide::kBuy,
                          held.quantity + Quantity::literal("1"));
      place.start();
      place.run(4);
      const auto flipped = place.difference(Kind::kPositionFlipped);
      REQUIRE(flipped.has_value());
      CHECK(place.accepted(flipped->action_order.value) == 1);
      CHECK(place.fleet.at_venue(place.symbol()).is_zero());
      CHECK(place.positions().empty());
      CHECK(place.triggers().is_zero());
      place.check_books();
    }
}

TEST_CASE("at each perpetual venue a position of nobody holds its symbol until it is flattened") {
  for (const VenueKind kind : kColdLinear) {
    CAPTURE(static_cast<int>(kind));
    ColdStart place(kind);
    place.start();
    place.run(1);
    place.fleet.stop();
    place.order_by_hand(OrderSide::kSell, Quantity::literal("2"));
    place.start();
    place.wanted = Direction::kLong;
    place.run(3);
    place.wanted.reset();
    const auto external = place.difference(Kind::kExternalPosition);
    REQUIRE(external.has_value());
    CHECK(external->state == State::kWaiting);
    CHECK(to_string(external->theirs) == "-2");
    CHECK(place.positions().empty());
    CHECK(place.fleet.at_venue(place.symbol()) == Decimal::from_int(-2));
    place.order_by_hand(OrderSide::kBuy, Quantity::literal("2"));
    place.run(2);
    CHECK(place.difference(Kind::kExternalPosition)->state == State::kGone);
    place.open_position();
    place.check_books();
  }
}

TEST_CASE(
    "at each spot venue coins that were sold by hand leave the records, with stop and target") {
  for (const VenueKind kind : kColdSpot) {
    CAPTURE(static_cast<int>(kind));
    ColdOptions options;
    options.decisions = {{Kind::kHoldingShort, Choice::kAdopt}};
    ColdStart place(kind, options);
    place.start();
    place.run(2);
    const Position held = place.open_position();
    place.fleet.stop();
    place.cancel_by_hand();
    place.order_by_hand(OrderSide::kSell, held.quantity);
    const std::size_t executions = place.fleet.account().executions.size();
    place.start();
    place.run(3);
    const auto found = place.difference(Kind::kHoldingShort);
    REQUIRE(found.has_value());
    CHECK(found->state == State::kResolved);
    CHECK(place.positions().empty());
    CHECK(place.triggers().is_zero());
    CHECK(place.fleet.account().executions.size() == executions);
    place.check_books();
  }
}

TEST_CASE(
    "at each spot venue coins of nobody are known before the first trade, and news after it") {
  for (const VenueKind kind : kColdSpot) {
    CAPTURE(static_cast<int>(kind));
    ColdStart place(kind);
    const auto of_coins = [&] {
      std::vector<Difference> found = place.differences();
      std::erase_if(found, [](const Difference& d) { return d.kind != Kind::kHoldingLarger; });
      std::ranges::sort(found, {}, &Difference::found_at);
      return found;
    };
    const auto beyond = [&] {
      return place.fleet.at_venue(place.symbol()) - place.fleet.in_records(place.symbol());
    };
    place.start();
    place.run(2);
    place.fleet.stop();
    place.order_by_hand(OrderSide::kBuy, Quantity::literal("3"));
    place.start();
    place.run(2);
    const Decimal first = beyond();
    REQUIRE(of_coins().size() == 1);
    CHECK(of_coins().front().state == State::kResolved);
    CHECK(of_coins().front().decided_by == "engine");
    CHECK(of_coins().front().theirs == first);
    place.open_position();
    place.fleet.stop();
    place.order_by_hand(OrderSide::kBuy, Quantity::literal("2"));
    for (int restarts = 0; restarts < 2; ++restarts) {
      place.start();
      place.run(2);
    }
    REQUIRE(of_coins().size() == 2);
    const Difference news = of_coins().back();
    CHECK(news.state == State::kWaiting);
    CHECK(news.ours == first);
    CHECK(news.theirs == beyond());
    CHECK(news.theirs > first);
    // Neither sold nor booked, and the position keeps its stop and target.
    REQUIRE(place.positions().size() == 1);
    CHECK(place.triggers().is_positive());
    place.check_books();
  }
}

TEST_CASE("at each venue stop and target that were cancelled by hand stand again after the start") {
  for (const VenueKind kind : kColdFaces) {
    CAPTURE(static_cast<int>(kind));
    ColdStart place(kind);
    place.start();
    place.run(2);
    place.open_position();
    place.fleet.stop();
    place.cancel_by_hand();
    REQUIRE(place.triggers().is_zero());
    place.start();
    place.run(1);
    const Decimal held = abs(place.fleet.at_venue(place.symbol()));
    CHECK(place.triggers() == held + held);
    place.check_books();
  }
}

TEST_CASE("at each venue a stop that was moved by hand is told, and stands at its place again") {
  for (const VenueKind kind : kColdFaces) {
    CAPTURE(static_cast<int>(kind));
    ColdStart place(kind);
    place.start();
    place.run(2);
    const Position held = place.open_position();
    const Price right = place.stop().request.trigger_price;
    place.stop().request.trigger_price = half_of(right);
    place.run(1);
    CHECK(place.stop().request.trigger_price == right);
    CHECK(place.triggers() == held.quantity.value + held.quantity.value);
    const auto& alerts = place.fleet.engine().totals().alerts;
    CHECK(std::ranges::count(alerts, "bracket.displaced", &actors::AlertRaised::kind) == 1);
    place.check_books();
  }
}

TEST_CASE("at each perpetual venue another leverage than the expected one is told") {
  for (const VenueKind kind : kColdLinear) {
    CAPTURE(static_cast<int>(kind));
    ColdOptions options;
    options.leverage = Decimal::from_int(5);
    ColdStart place(kind, options);
    place.fleet.by_hand().set_leverage(
        test::TestPermits::fresh(), place.symbol(), Decimal::from_int(5),
        [](const Result<std::monostate>& done) { REQUIRE(done.has_value()); });
    place.start();
    place.run(2);
    place.open_position();
    place.run(1);
    CHECK_FALSE(place.difference(Kind::kLeverage).has_value());
    place.fleet.stop();
    place.fleet.by_hand().set_leverage(
        test::TestPermits::fresh(), place.symbol(), Decimal::from_int(3),
        [](const Result<std::monostate>& done) { REQUIRE(done.has_value()); });
    place.start();
    place.run(1);
    const auto found = place.difference(Kind::kLeverage);
    REQUIRE(found.has_value());
    CHECK(found->theirs == Decimal::from_int(3));
    CHECK(found->ours == Decimal::from_int(5));
    CHECK(found->state == State::kWaiting);
  }
}

TEST_CASE(
    "at each perpetual venue another leverage that is adopted is told once, and never again") {
  for (const VenueKind kind : kColdLinear) {
    CAPTURE(static_cast<int>(kind));
    ColdOptions options;
    options.leverage = Decimal::from_int(5);
    options.decisions = {{Kind::kLeverage, Choice::kAdopt}};
    ColdStart place(kind, options);
    place.fleet.by_hand().set_leverage(
        test::TestPermits::fresh(), place.symbol(), Decimal::from_int(3),
        [](const Result<std::monostate>& done) { REQUIRE(done.has_value()); });
    place.start();
    place.run(2);
    place.open_position();
    place.run(1);
    const auto found = place.difference(Kind::kLeverage);
    REQUIRE(found.has_value());
    CHECK(found->state == State::kResolved);
    CHECK(found->theirs == Decimal::from_int(3));
    place.start();
    place.run(2);
    const std::vector<Difference> all = place.differences();
    CHECK(std::ranges::count(all, Kind::kLeverage, &Difference::kind) == 1);
    CHECK(place.difference(Kind::kLeverage) == found);
    REQUIRE(place.positions().size() == 1);
    CHECK(abs(place.fleet.at_venue(place.symbol())) == place.positions().front().quantity.value);
    place.check_books();
  }
}

TEST_CASE("at each perpetual venue another margin mode is told, and decided like the rest") {
  for (const VenueKind kind : kColdLinear) {
    CAPTURE(static_cast<int>(kind));
    ColdOptions options;
    options.margin_mode = MarginMode::kCross;
    options.decisions = {{Kind::kMarginMode, Choice::kHalt}};
    ColdStart place(kind, options);
    place.start();
    place.run(2);
    place.open_position();
    place.run(1);
    CHECK_FALSE(place.difference(Kind::kMarginMode).has_value());
    place.fleet.stop();
    // A venue changes no mode under a position; the configuration may ask for another one.
    place.expect(MarginMode::kIsolated);
    place.start();
    place.run(1);
    const auto found = place.difference(Kind::kMarginMode);
    REQUIRE(found.has_value());
    CHECK(found->state == State::kHalted);
    CHECK(found->symbol == (kind == VenueKind::kBinanceUsdm ? place.symbol() : Symbol{}));
    const auto engine = storage::find_engine_state(place.fleet.engine().store());
    REQUIRE(engine.has_value());
    REQUIRE(engine->has_value());
    CHECK(engine->value().mode == EngineMode::kHalted);
  }
}

TEST_CASE("at each perpetual venue nothing is entered in hedge mode, and the refusal names it") {
  for (const VenueKind kind : kColdLinear) {
    CAPTURE(static_cast<int>(kind));
    ColdOptions options;
    options.first_coin = "BTC";  // of which Bybit is asked the mode
    ColdStart place(kind, options);
    place.start();
    place.run(2);
    place.fleet.stop();
    place.hedge(true);
    place.start();
    place.run(1);
    place.wanted = Direction::kLong;
    place.run(3);
    place.wanted.reset();
    const auto found = place.difference(Kind::kPositionMode);
    REQUIRE(found.has_value());
    CHECK(found->state == State::kWaiting);
    CHECK(place.fleet.account().orders.empty());
    CHECK(place.positions().empty());
    const auto signals =
        storage::load_signals(place.fleet.engine().store(), {"bot-000"}, {}, SIZE_MAX);
    REQUIRE(signals.has_value());
    const auto refused =
        std::ranges::find(*signals, ReasonCode::kReconciliationPending, &Signal::rejection_reason);
    REQUIRE(refused != signals->end());
    const std::string& why = refused->verdicts.back().detail;
    CHECK(why.find("hedge mode") != std::string::npos);
    CHECK(why.find("switch it to one-way mode") != std::string::npos);
    place.hedge(false);
    place.run(2);
    CHECK(place.difference(Kind::kPositionMode)->state == State::kGone);
    place.open_position();
    place.check_books();
  }
}

TEST_CASE("at each venue a start after a delisting and a change of filters tells both") {
  for (const VenueKind kind : kColdFaces) {
    CAPTURE(static_cast<int>(kind));
    ColdStart place(kind);
    place.start();
    place.run(2);
    place.open_position();
    REQUIRE(place.venue()
                .change_filters(place.symbol(),
                                [](exchange::sim::Listing& listing) {
                                  listing.instrument.lot = Quantity::literal("0.01");
                                  listing.instrument.min_quantity = Quantity::literal("0.01");
                                })
                .has_value());
    place.run(6);
    const auto changed = place.difference(Kind::kFiltersChanged);
    REQUIRE(changed.has_value());
    CHECK(changed->detail.find("lot 0.0001 to 0.01") != std::string::npos);
    place.fleet.stop();
    REQUIRE(place.venue().delist(place.symbol()).has_value());
    place.start();
    place.wanted = Direction::kClose;
    place.run(2);
    const auto gone = place.difference(Kind::kSymbolGone);
    REQUIRE(gone.has_value());
    CHECK(gone->state == State::kWaiting);
    CHECK(place.positions().size() == 1);
    CHECK(place.fleet.in_records(place.symbol()) == place.fleet.at_venue(place.symbol()));
    place.check_books();
  }
}

}  // namespace botbox
