#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/decide.hpp"
#include "engine/execution/lifecycle.hpp"
#include "engine/execution/outcome.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/seeded_runs.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

using Kinds = std::vector<std::string>;
Kinds kinds(const Effects& effects) {
  Kinds kinds;
  for (const Event& event : effects.events) kinds.push_back(event.kind);
  return kinds;
}

// A bot and the words that reach it; each decision is committed at once.
struct Told {
  BotWorld world;

  Result<Decision> tell(const OrderReported& event) {
    Result<Decision> decision = decide(world.snapshot, event, world.context());
    if (decision) {
      CHECK_FALSE(decision->claim.has_value());
      CHECK(decision->turn.outcome == CheckOutcome::kNotACheck);
      world.snapshot = decision->turn.next;
    }
    return decision;
  }
  Effects effects_of(const OrderReported& event) {
    const Result<Decision> decision = tell(event);
    REQUIRE(decision.has_value());
    return decision->turn.effects;
  }
};

Told with_pending(const Trade& trade) {
  Told told;
  told.world.snapshot.pending = {pending_of(trade)};
  return told;
}
// One unit bought at 100 with the order "entry", which is final.
Told with_position(PositionSide side = PositionSide::kLong) {
  Told told;
  told.world.snapshot.open_positions = {a_position({.side = side})};
  return told;
}

OrderReported about(const Trade& trade, const OrderReport& report) { return {trade, report}; }
OrderReported protective(const OrderReport& report) { return {Trade{}, report}; }

const Fill kFirst = a_fill({.id = "x1", .quantity = quantity("0.4"), .fee = money("0.04")});
const Fill kSecond = a_fill({.id = "x2", .quantity = quantity("0.6"), .fee = money("0.06")});
Fill sold(std::string id, std::string order, std::string_view amount, std::string_view at) {
  return a_fill({.id = std::move(id),
                 .order = std::move(order),
                 .side = OrderSide::kSell,
                 .price = price(at),
                 .quantity = quantity(amount)});
}

}  // namespace

TEST_CASE("a filled entry opens its position and completes its trade") {
  const Trade trade = a_trade();
  Told told = with_pending(trade);
  const Effects effects = told.effects_of(about(trade, a_report({.fills = {kFirst, kSecond}})));
  CHECK(kinds(effects) == Kinds{"position.opened", "trade.completed"});
  CHECK(effects.fills ==
        std::vector<PositionFill>{{{"entry"}, kFirst, 1}, {{"entry"}, kSecond, 2}});
  REQUIRE(effects.positions.size() == 1);
  const Position& position = effects.positions[0];
  CHECK(position.id == PositionId{"entry"});
  CHECK(position.side == PositionSide::kLong);
  CHECK(position.quantity == quantity("1"));
  CHECK(position.entry_cost == money("100"));
  CHECK(position.stop_loss == trade.stop_loss);
  CHECK(position.take_profit == trade.take_profit);
  CHECK(position.stop_client_id == trade.stop_client_id);
  CHECK(position.take_profit_client_id == trade.take_profit_client_id);

  REQUIRE(effects.trade.has_value());
  CHECK(effects.trade->status == TradeStatus::kCompleted);
  CHECK(effects.trade->reason == ReasonCode::kExecOrderPlaced);
  CHECK(effects.trade->order_id == OrderId{"exchange-entry"});
  CHECK(effects.intent == intent_of(*effects.trade));
  CHECK(effects.intent->status == IntentStatus::kOrderPlaced);

  const BotSnapshot& next = told.world.snapshot;
  CHECK(next.open_positions == effects.positions);
  CHECK(next.pending.empty());
  CHECK(next.trades_completed == 1);
  CHECK(next.fees == money("0.1"));
  CHECK(next.turn == 1);
}

TEST_CASE("an entry that fills in parts keeps its slot until it is final") {
  const Trade trade = a_trade({.direction = Direction::kShort});
  Fill first = kFirst, second = kSecond;
  first.side = second.side = OrderSide::kSell;
  Told told = with_pending(trade);
  const Effects part = told.effects_of(
      about(trade, a_report({.status = OrderStatus::kPartiallyFilled, .fills = {first}})));
  CHECK(kinds(part) == Kinds{"position.opened"});
  CHECK(part.trade->status == TradeStatus::kExecuting);
  CHECK_FALSE(part.intent.has_value());
  CHECK(told.world.snapshot.pending.size() == 1);
  CHECK(told.world.snapshot.open_positions[0].side == PositionSide::kShort);

  const Effects rest = told.effects_of(about(trade, a_report({.fills = {first, second}})));
  CHECK(kinds(rest) == Kinds{"position.changed", "trade.completed"});
  CHECK(rest.fills == std::vector<PositionFill>{{{"entry"}, second, 2}});
  CHECK(told.world.snapshot.open_positions[0].quantity == quantity("1"));
  CHECK(told.world.snapshot.pending.empty());
}

TEST_CASE("a report that says nothing new changes nothing") {
  const Trade trade = a_trade();
  const OrderReported part =
      about(trade, a_report({.status = OrderStatus::kPartiallyFilled, .fills = {kFirst}}));
  const OrderReported all = about(trade, a_report({.fills = {kFirst, kSecond}}));
  const OrderReported known = about(trade, a_report({.status = OrderStatus::kNew}));
  Told told = with_pending(trade);
  const auto check_silent = [&](const OrderReported& event) {
    const BotSnapshot before = told.world.snapshot;
    const Result<Decision> decision = told.tell(event);
    REQUIRE(decision.has_value());
    CHECK(*decision == Decision{.turn = {.next = before}});
  };
  check_silent(known);
  told.effects_of(part);
  check_silent(part);
  check_silent(known);
  told.effects_of(all);
  check_silent(all);
  check_silent(part);
}

TEST_CASE("an entry that is cancelled after a part has filled is completed with that part") {
  const Trade trade = a_trade();
  Told told = with_pending(trade);
  const Effects effects = told.effects_of(
      about(trade, a_report({.status = OrderStatus::kCancelled, .fills = {kFirst}})));
  CHECK(effects.trade->status == TradeStatus::kCompleted);
  CHECK(told.world.snapshot.open_positions[0].quantity == quantity("0.4"));
}

TEST_CASE("a rejected order gives its slot and its allocation back") {
  const Trade trade = a_trade();
  Told told = with_pending(trade);
  const Effects effects = told.effects_of(about(
      trade, a_report({.status = OrderStatus::kRejected, .message = "insufficient balance"})));
  CHECK(kinds(effects) == Kinds{"trade.failed"});
  REQUIRE(effects.trade.has_value());
  CHECK(effects.trade->status == TradeStatus::kFailed);
  CHECK(effects.trade->reason == ReasonCode::kExchangeRejected);
  CHECK(effects.trade->error_message == "insufficient balance");
  CHECK(effects.intent->status == IntentStatus::kOrderFailed);
  CHECK(effects.events[0].detail ==
        "insufficient balance; signal signal-of-entry FAILED, intent ORDER_FAILED");
  CHECK(effects.positions.empty());
  CHECK(told.world.snapshot.pending.empty());
  CHECK(told.world.snapshot.open_positions.empty());
  CHECK(told.world.snapshot.trades_failed == 1);
}

TEST_CASE("a close that its position's stop overtook has not failed: what it was for is done") {
  const Trade trade = a_trade({.status = TradeStatus::kExecuting});
  Told told = with_pending(trade);
  OrderReported event = about(trade, a_report({.status = OrderStatus::kRejected}));
  event.blocked = ReasonCode::kClosedMeanwhile;
  const Effects effects = told.effects_of(event);
  CHECK(kinds(effects) == Kinds{"trade.overtaken"});
  CHECK(effects.trade->reason == ReasonCode::kClosedMeanwhile);
  CHECK(told.world.snapshot.pending.empty());
  CHECK(told.world.snapshot.trades_failed == 0);
  CHECK(told.world.snapshot.trades_completed == 0);
}

namespace {

// A close that was accepted while its entry had bought nothing, and the queue's word that there is
// nothing to close.
struct ClosedBeforeItsFill {
  ClosedBeforeItsFill() {
    told.world.snapshot.pending = {pending_of(entry), pending_of(close)};
    nothing = about(close, a_report({.order = "close",
                                     .status = OrderStatus::kRejected,
                                     .message = "its entry has ended"}));
    nothing.blocked = ReasonCode::kNothingToClose;
  }
  void check_that_it_goes_on() {
    const BotSnapshot before = told.world.snapshot;
    CHECK(told.effects_of(nothing) == Effects{});
    CHECK(told.world.snapshot == before);
  }

  Trade entry = a_trade();
  Trade close = a_trade({.id = "close",
                         .direction = Direction::kClose,
                         .quantity = {},
                         .status = TradeStatus::kPending});
  Told told;
  OrderReported nothing;
};

}  // namespace

TEST_CASE("a close before the first fill goes on while its entry may fill, and when it has") {
  ClosedBeforeItsFill story;
  story.check_that_it_goes_on();
  story.told.effects_of(about(story.entry, a_report({.fills = {kFirst, kSecond}})));
  REQUIRE(story.told.world.snapshot.open_positions.size() == 1);
  story.check_that_it_goes_on();
  CHECK(close_sizes(story.told.world.snapshot) ==
        std::vector<CloseSize>{{story.close.id, quantity("1")}});
}

TEST_CASE("a close whose entry ended unfilled ends as well, and has not failed") {
  ClosedBeforeItsFill story;
  OrderReported cancelled = about(story.entry, a_report({.status = OrderStatus::kCancelled}));
  cancelled.cancelled = ReasonCode::kClosedMeanwhile;
  CHECK(kinds(story.told.effects_of(cancelled)) == Kinds{"trade.overtaken"});
  const Effects effects = story.told.effects_of(story.nothing);
  CHECK(kinds(effects) == Kinds{"trade.overtaken"});
  REQUIRE(effects.trade.has_value());
  CHECK(effects.trade->status == TradeStatus::kFailed);
  CHECK(effects.trade->reason == ReasonCode::kNothingToClose);
  CHECK(effects.intent->status == IntentStatus::kOrderFailed);
  CHECK(with_outcome(DecisionTrace{}, effects.trade).reason_message ==
        "there was nothing to close: its entry has ended");
  CHECK(story.told.world.snapshot.pending.empty());
  CHECK(story.told.world.snapshot.trades_failed == 0);
  story.check_that_it_goes_on();  // told again, nothing is left to do
}

TEST_CASE("a trade that the engine's mode held back fails with that reason") {
  for (const ReasonCode reason : {ReasonCode::kEngineHalted, ReasonCode::kEngineReducing}) {
    const Trade trade = a_trade({.status = TradeStatus::kPending});
    Told told = with_pending(trade);
    OrderReported event = about(trade, a_report({.status = OrderStatus::kRejected}));
    event.blocked = reason;
    const Effects effects = told.effects_of(event);
    CHECK(effects.trade->status == TradeStatus::kFailed);
    CHECK(effects.trade->reason == reason);
    CHECK(effects.trade->attempts == 0);
    CHECK(effects.intent->status == IntentStatus::kOrderFailed);
    CHECK(told.world.snapshot.pending.empty());
  }
}

TEST_CASE("a stop or a target that is hit closes the position and says which") {
  struct Row {
    std::string order;
    std::string_view at;
    ReasonCode reason;
    std::string_view profit;
  };
  for (const Row& row : {Row{"entry-stop", "98", ReasonCode::kStopLossHit, "-2"},
                         Row{"entry-target", "104", ReasonCode::kTakeProfitHit, "4"}}) {
    Told told = with_position();
    const Effects effects = told.effects_of(
        protective(a_report({.order = row.order, .fills = {sold("s1", row.order, "1", row.at)}})));
    CHECK(kinds(effects) == Kinds{"position.closed"});
    REQUIRE(effects.positions.size() == 1);
    CHECK(effects.positions[0].status == PositionStatus::kClosed);
    CHECK(to_string(effects.positions[0].close_reason) == to_string(row.reason));
    CHECK(effects.positions[0].realised_profit == money(row.profit));
    CHECK_FALSE(effects.trade.has_value());
    CHECK_FALSE(effects.intent.has_value());
    CHECK(told.world.snapshot.open_positions.empty());
    CHECK(told.world.snapshot.realised_profit == money(row.profit));
    CHECK(told.world.snapshot.last_trade_at == opens(1));  // of the fill: it cools down from then
    CHECK(told.world.snapshot.turn == 1);
  }
}

TEST_CASE("a close order closes the position and completes its own trade") {
  Told told = with_position();
  const Trade close = a_trade({.id = "close", .direction = Direction::kClose});
  told.world.snapshot.pending = {pending_of(close)};
  const Effects effects = told.effects_of(
      about(close, a_report({.order = "close", .fills = {sold("c1", "close", "1", "103")}})));
  CHECK(kinds(effects) == Kinds{"position.closed", "trade.completed"});
  CHECK(effects.positions[0].close_reason == ReasonCode::kStrategyExit);
  CHECK(effects.positions[0].realised_profit == money("3"));
  CHECK(told.world.snapshot.open_positions.empty());
  CHECK(told.world.snapshot.pending.empty());
}

TEST_CASE("a stop that is told before the first fill of its entry waits, it is not forgotten") {
  const Trade trade = a_trade();
  Told told = with_pending(trade);
  const OrderReported stop = protective(
      a_report({.order = "entry-stop", .fills = {sold("s1", "entry-stop", "0.4", "98")}}));
  const BotSnapshot before = told.world.snapshot;
  const Result<Decision> early = told.tell(stop);
  REQUIRE_FALSE(early.has_value());
  CHECK(early.error().code == ErrorCode::kInvalidInput);
  CHECK(told.world.snapshot == before);
  told.effects_of(about(trade, a_report({.status = OrderStatus::kCancelled, .fills = {kFirst}})));
  CHECK(kinds(told.effects_of(stop)) == Kinds{"position.closed"});
}

TEST_CASE("an entry whose position was stopped out before its last word folds no fill twice") {
  const Trade trade = a_trade();
  Told told = with_pending(trade);
  told.effects_of(
      about(trade, a_report({.status = OrderStatus::kPartiallyFilled, .fills = {kFirst}})));
  told.effects_of(protective(
      a_report({.order = "entry-stop", .fills = {sold("s1", "entry-stop", "0.4", "98")}})));
  // Flat, but kept: more of the entry may come.
  REQUIRE(told.world.snapshot.open_positions.size() == 1);
  CHECK(told.world.snapshot.open_positions[0].quantity.is_zero());
  // The exchange cancels the rest of the entry when its group is flat.
  const Effects last = told.effects_of(
      about(trade, a_report({.status = OrderStatus::kCancelled, .fills = {kFirst}})));
  CHECK(last.fills.empty());
  REQUIRE(last.positions.size() == 1);
  CHECK(last.positions[0].status == PositionStatus::kClosed);
  CHECK(last.positions[0].close_reason == ReasonCode::kStopLossHit);
  CHECK(kinds(last) == Kinds{"position.closed", "trade.completed"});
  CHECK(told.world.snapshot.open_positions.empty());
  CHECK(told.world.snapshot.pending.empty());
  CHECK(told.world.snapshot.realised_profit == money("-0.8"));
}

TEST_CASE("an entry fill that is told after the stop has closed what was known opens the rest") {
  const Trade trade = a_trade();
  Told told = with_pending(trade);
  told.effects_of(
      about(trade, a_report({.status = OrderStatus::kPartiallyFilled, .fills = {kFirst}})));
  told.effects_of(protective(a_report({.order = "entry-stop",
                                       .status = OrderStatus::kPartiallyFilled,
                                       .fills = {sold("s1", "entry-stop", "0.4", "98")}})));
  const Effects rest = told.effects_of(about(trade, a_report({.fills = {kFirst, kSecond}})));
  CHECK(rest.fills == std::vector<PositionFill>{{{"entry"}, kSecond, 3}});
  CHECK(kinds(rest) == Kinds{"position.opened", "trade.completed"});
  REQUIRE(told.world.snapshot.open_positions.size() == 1);
  CHECK(told.world.snapshot.open_positions[0].quantity == quantity("0.6"));
  CHECK(told.world.snapshot.open_positions[0].realised_profit == money("-0.8"));
  told.effects_of(protective(a_report(
      {.order = "entry-stop",
       .fills = {sold("s1", "entry-stop", "0.4", "98"), sold("s2", "entry-stop", "0.6", "97")}})));
  CHECK(told.world.snapshot.open_positions.empty());
  CHECK(told.world.snapshot.realised_profit == money("-2.6"));
}

TEST_CASE("a close that was overtaken by the stop ends without a word of unmatched fills") {
  Told told = with_position();
  const Trade close = a_trade({.id = "close", .direction = Direction::kClose});
  const Fill part = sold("c1", "close", "0.3", "99");
  told.world.snapshot.pending = {pending_of(close)};
  told.effects_of(about(
      close,
      a_report({.order = "close", .status = OrderStatus::kPartiallyFilled, .fills = {part}})));
  told.effects_of(protective(
      a_report({.order = "entry-stop", .fills = {sold("s1", "entry-stop", "0.7", "98")}})));
  const Effects last = told.effects_of(about(
      close, a_report({.order = "close", .status = OrderStatus::kCancelled, .fills = {part}})));
  CHECK(kinds(last) == Kinds{"trade.completed"});
  CHECK(last.fills.empty());
}

TEST_CASE("a close that filled although nothing is open is recorded once and folded nowhere") {
  const Trade close = a_trade({.id = "close", .direction = Direction::kClose});
  Told told = with_pending(close);
  const OrderReport part = a_report({.order = "close",
                                     .status = OrderStatus::kPartiallyFilled,
                                     .fills = {sold("c1", "close", "0.3", "99")}});
  const Effects first = told.effects_of(about(close, part));
  CHECK(first == Effects{});
  OrderReport final = part;
  final.status = OrderStatus::kCancelled;
  CHECK(kinds(told.effects_of(about(close, final))) == Kinds{"fill.unmatched", "trade.completed"});
  CHECK(told.world.snapshot.open_positions.empty());
}

TEST_CASE("a word about a position that was closed long ago changes nothing") {
  Told told;
  told.world.snapshot.pending = {pending_of(a_trade({.id = "other"}))};
  const BotSnapshot before = told.world.snapshot;
  const Effects effects = told.effects_of(protective(
      a_report({.order = "entry-stop", .fills = {sold("s1", "entry-stop", "1", "98")}})));
  CHECK(effects == Effects{});
  CHECK(told.world.snapshot == before);
}

TEST_CASE("a report that contradicts the position is an error and leaves no trace") {
  Told told = with_position();
  const BotSnapshot before = told.world.snapshot;
  const OrderReported too_much = protective(
      a_report({.order = "entry-stop", .fills = {sold("s1", "entry-stop", "1.1", "98")}}));
  CHECK_FALSE(told.tell(too_much).has_value());
  CHECK(told.world.snapshot == before);
}

namespace {

// An exchange with one bracket: an entry that fills in parts, its stop and target, a close order of
// the strategy. Reduces never sell more than was bought; flat ends everything.
class Bracket {
 public:
  Bracket(SeededRuns& runs, PositionSide side) : runs_(runs), side_(side) {
    entry_.report = a_report({.order = "entry", .status = OrderStatus::kNew});
    for (const char* order : {"entry-stop", "entry-target", "close"})
      exits_[order].report = a_report({.order = order, .status = OrderStatus::kNew});
  }

  // True while something can still happen.
  bool step() {
    if (is_final(entry_.report.status) && bought_ == sold_) return false;
    if (!is_final(entry_.report.status) && (bought_ == sold_ || runs_.one_in(2))) {
      fill(entry_, "entry", entry_side(side_), runs_.between(1, 5));
      if (runs_.one_in(3)) entry_.report.status = OrderStatus::kFilled;
      return true;
    }
    constexpr std::array kExits{"entry-stop", "entry-target", "close"};
    const std::string order = kExits[static_cast<std::size_t>(runs_.between(0, 2))];
    const std::int64_t open = bought_ - sold_;
    fill(exits_[order], order, opposite(entry_side(side_)),
         runs_.one_in(2) ? open : runs_.between(1, open));
    if (bought_ == sold_) end(order);
    return true;
  }

  struct Order {
    OrderReport report;
    std::size_t told_fills = 0;
    bool told_final = false;
    bool has_news() const {
      return report.fills.size() > told_fills || (is_final(report.status) && !told_final);
    }
  };
  // The present word on every order of which something new is to be told.
  std::vector<Order*> news() {
    std::vector<Order*> orders;
    if (entry_.has_news()) orders.push_back(&entry_);
    for (auto& [id, order] : exits_)
      if (order.has_news()) orders.push_back(&order);
    return orders;
  }
  std::vector<Order*> all() {
    std::vector<Order*> orders{&entry_};
    for (auto& [id, order] : exits_) orders.push_back(&order);
    return orders;
  }
  std::size_t fills() const { return static_cast<std::size_t>(next_fill_); }

 private:
  void fill(Order& order, const std::string& id, OrderSide side, std::int64_t amount) {
    order.report.fills.push_back(
        a_fill({.id = "x" + std::to_string(next_fill_++),
                .order = id,
                .side = side,
                .price = {Decimal::from_int(runs_.between(90, 110))},
                .quantity = {Decimal::from_units(amount * 1'000'000'000)},
                .fee = {Decimal::from_units(runs_.between(0, 1'000'000))}}));
    order.report.filled += order.report.fills.back().quantity;
    order.report.status = OrderStatus::kPartiallyFilled;
    (side == entry_side(side_) ? bought_ : sold_) += amount;
  }
  void end(const std::string& filled) {
    if (!is_final(entry_.report.status)) entry_.report.status = OrderStatus::kCancelled;
    for (auto& [id, order] : exits_)
      order.report.status = id == filled ? OrderStatus::kFilled : OrderStatus::kCancelled;
  }

  SeededRuns& runs_;
  PositionSide side_;
  Order entry_;
  std::map<std::string, Order> exits_;
  std::int64_t bought_ = 0, sold_ = 0;
  int next_fill_ = 0;
};

// A bot that hears of a bracket, and an accountant who knows only what the bot has written down.
class Listener {
 public:
  explicit Listener(PositionSide side)
      : entry_(a_trade(
            {.direction = side == PositionSide::kLong ? Direction::kLong : Direction::kShort})),
        close_(a_trade({.id = "close", .direction = Direction::kClose})) {
    close_.side = opposite(entry_.side);
    told_.world.snapshot.pending = {pending_of(entry_), pending_of(close_)};
    folded_.id = {"entry"};
    folded_.symbol = {"BTC/USDT"};
    folded_.side = side;
  }

  // False: "not yet".
  bool hears(const OrderReport& report) {
    OrderReported event{Trade{}, report};
    if (report.client_id == entry_.client_order_id) event.trade = entry_;
    if (report.client_id == close_.client_order_id) event.trade = close_;
    const BotSnapshot before = told_.world.snapshot;
    REQUIRE(decide(before, event, told_.world.context()) ==
            decide(before, event, told_.world.context()));
    const Result<Decision> decision = told_.tell(event);
    if (!decision) {
      REQUIRE(told_.world.snapshot == before);
      return false;
    }
    const Effects& effects = decision->turn.effects;
    for (const PositionFill& fill : effects.fills) {
      REQUIRE(seen_.insert(fill.fill.id.value).second);
      REQUIRE(fill.position == folded_.id);
      folded_ = *apply_fill(folded_, fill.fill);
    }
    if (effects.trade) (effects.trade->id == entry_.id ? entry_ : close_) = *effects.trade;
    REQUIRE((decision->turn.next.turn == before.turn) == (effects == Effects{}));
    check_books(effects);
    return true;
  }

  std::size_t fills() const { return seen_.size(); }
  const BotSnapshot& snapshot() const { return told_.world.snapshot; }
  const Position& folded() const { return folded_; }

 private:
  void check_books(const Effects& effects) {
    // A flat position is kept while its entry may still fill.
    const auto& pending = told_.world.snapshot.pending;
    const bool entry_works = std::any_of(pending.begin(), pending.end(),
                                         [&](const auto& p) { return p.id == entry_.id; });
    const bool is_open =
        folded_.quantity.is_positive() || (entry_works && folded_.total_entered.is_positive());
    const auto& open = told_.world.snapshot.open_positions;
    REQUIRE(open.size() == (is_open ? 1 : 0));
    if (is_open) check_same(open[0]);
    if (!effects.positions.empty()) check_same(effects.positions.back());
    if (is_open) REQUIRE(open[0].status == PositionStatus::kOpen);
    REQUIRE(told_.world.snapshot.realised_profit == folded_.realised_profit);
    REQUIRE(told_.world.snapshot.fees == folded_.fees);
    for (const std::string& kind : kinds(effects)) REQUIRE(kind != "fill.unmatched");
  }
  void check_same(const Position& position) {
    REQUIRE(position.quantity == folded_.quantity);
    REQUIRE(position.entry_cost == folded_.entry_cost);
    REQUIRE(position.average_entry == folded_.average_entry);
    REQUIRE(position.realised_profit == folded_.realised_profit);
    REQUIRE(position.fees == folded_.fees);
  }

  Told told_;
  Trade entry_, close_;
  Position folded_;
  std::set<std::string> seen_;
};

// The newest word is told in random order; what comes too early is told again later.
void tell_news(SeededRuns& runs, Bracket& bracket, Listener& listener) {
  std::vector<Bracket::Order*> news = bracket.news();
  std::shuffle(news.begin(), news.end(), runs.next());
  for (Bracket::Order* order : news) {
    if (runs.one_in(4)) continue;
    if (!listener.hears(order->report)) continue;
    order->told_fills = order->report.fills.size();
    order->told_final = is_final(order->report.status);
  }
}

// What was told before, or less than that.
void tell_again(SeededRuns& runs, Bracket& bracket, Listener& listener) {
  for (Bracket::Order* order : bracket.all()) {
    if (order->told_fills == 0) continue;
    OrderReport old = order->report;
    old.fills.resize(
        static_cast<std::size_t>(runs.between(0, static_cast<std::int64_t>(order->told_fills))));
    old.status = OrderStatus::kPartiallyFilled;
    old.filled = {};
    for (const Fill& fill : old.fills) old.filled += fill.quantity;
    const std::size_t before = listener.fills();
    REQUIRE(listener.hears(old));
    REQUIRE(listener.fills() == before);
  }
}

}  // namespace

TEST_CASE("whatever the order of the words, each fill is folded exactly once and the books agree") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  for (int round = 0; round < 600; ++round) {
    const PositionSide side = runs.one_in(2) ? PositionSide::kLong : PositionSide::kShort;
    Bracket bracket(runs, side);
    Listener listener(side);
    for (int i = 0; i < 30 && bracket.step(); ++i) {
      if (runs.one_in(2)) tell_news(runs, bracket, listener);
      if (runs.one_in(6)) tell_again(runs, bracket, listener);
    }
    for (int i = 0; i < 200 && !bracket.news().empty(); ++i) tell_news(runs, bracket, listener);
    REQUIRE(bracket.news().empty());
    REQUIRE(listener.fills() == bracket.fills());
    if (listener.folded().status != PositionStatus::kClosed) continue;
    REQUIRE(listener.snapshot().open_positions.empty());
    REQUIRE(listener.snapshot().pending.empty());
  }
}
