// The trade queue between bots, journal and exchange, with an exchange that does what the test
// says.
#include "actors/trade_queue_actor.hpp"

#include <doctest/doctest.h>

#include <map>

#include "engine/execution/identity.hpp"
#include "storage/keys.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/held_journal.hpp"

namespace botbox::actors {
namespace {

using storage::Kind;
using test::Inbox;

constexpr Duration kSecond{1'000};

struct QueueWorld : test::ActorFixture {
  explicit QueueWorld(TradeQueueBirth birth = {}) : journal(*this) {
    birth.engine.live_trading = true;
    venue = fake([this](const AcquirePermits& ask) { grant(ask); },
                 [this](const PlaceOrders& orders) {
                   for (const PlaceOrders::Item& item : *orders.items) {
                     CHECK(item.permit.consume());
                     placed.push_back(item.order);
                     attempts[item.order.client_id.value] = item.attempt;
                   }
                 },
                 [this](const AskOrder& ask) {
                   CHECK(ask.permit.consume());
                   asked.push_back(ask.client_id);
                   asked_at[ask.client_id.value] = ask.asked_at;
                 },
                 [this](const PollOrderUpdates& poll) {
                   CHECK(poll.permit.consume());
                   ++polls;
                   polled_at = poll.asked_at;
                   cursors.push_back(poll.cursor);
                   if (is_mute) return;
                   caf::anon_send(
                       poll.reply_to,
                       OrderUpdatesPolled{exchange::OrderUpdates{std::move(updates), ++cursor},
                                          poll.asked_at});
                   updates.clear();
                 },
                 [this](const NoteRepeat& note) { repeats.push_back(note.order); },
                 [this](const CancelOrder& cancel) {
                   CHECK(cancel.permit.consume());
                   cancels.push_back(cancel.client_id.value);
                 });
    birth.epoch = {1, 1};
    queue =
        spawn<TradeQueueActor>(std::cref(clock()), journal.actor(), venue,
                               listener(alerts, noticed), TradeQueueSettings{}, std::move(birth));
    attach(0, told);
    attach(1, told_other);
  }

  void grant(const AcquirePermits& ask) {
    const std::size_t count = std::min<std::size_t>(ask.count, room);
    room -= count;
    caf::anon_send(ask.reply_to, PermitsGranted{ask.ticket, test::TestPermits::many(count),
                                                now() + Duration{500}});
  }
  void attach(std::uint32_t slot, const Inbox<DeliverReport>& inbox) {
    tell(queue, BotAttached{slot, {fmt::format("bot-{}", slot)}, listener(inbox)});
  }
  Trade enqueue(const std::string& id, Direction direction = Direction::kLong,
                std::uint32_t slot = 0) {
    Trade trade = test::pending_trade(id, {fmt::format("bot-{}", slot)}, now(), direction);
    tell(queue, EnqueueTrade{trade, slot});
    return trade;
  }
  void answer(const std::string& id, Result<OrderReport> report) {
    answer_attempt(id, attempts[id], std::move(report));
  }
  void answer_attempt(const std::string& id, std::uint32_t attempt, Result<OrderReport> report) {
    std::vector<OrderAnswered> answers{{{id}, std::move(report), attempt}};
    tell(queue,
         OrdersAnswered{std::make_shared<const std::vector<OrderAnswered>>(std::move(answers))});
  }
  void answer(const std::string& id, ErrorCode code) { answer(id, fail(code, "as scripted")); }
  void answer_question(const std::string& id, Result<std::optional<OrderReport>> report) {
    tell(queue, OrderAsked{{id}, std::move(report), asked_at[id]});
  }
  // Until the order is asked for so late that nothing of it can be on its way any more.
  void await_telling_question(const std::string& id) {
    advance(kSecond * 20);
    REQUIRE(asked.size() == 1);
    answer_question(id, std::optional<OrderReport>{});
    advance(kSecond * 5);
    REQUIRE(asked.size() == 2);
  }
  // The bot has made this report durable.
  void settle(const DeliverReport& deliver) {
    const OrderReported& report = *deliver.report;
    tell(queue, ReportSettled{
                    .report = deliver.report,
                    .final = report.blocked != ReasonCode::kNone || is_final(report.report.status),
                    .closed = {},
                    .bot_slot = report.trade.bot.value == "bot-1" ? 1U : 0U});
  }
  std::vector<std::string> placed_ids() const {
    std::vector<std::string> ids;
    for (const OrderRequest& order : placed) ids.push_back(order.client_id.value);
    return ids;
  }
  TradeCancelled answer_to_cancel(const std::string& id) {
    Inbox<TradeCancelled> answers;
    caf::send_as(listener(answers), queue, CancelTrade{{id}, "alice"});
    run();
    journal.answer_all();
    REQUIRE(answers.size() == 1);
    return answers[0];
  }
  std::string cancel(const std::string& id) {
    const TradeCancelled said = answer_to_cancel(id);
    REQUIRE_MESSAGE(said.outcome.has_value(), to_string(said.outcome.error()));
    return *said.outcome;
  }
  ErrorCode cancel_refused(const std::string& id) {
    const TradeCancelled said = answer_to_cancel(id);
    REQUIRE_FALSE(said.outcome.has_value());
    return said.outcome.error().code;
  }
  void set_mode(EngineMode mode) {
    tell(queue, SetEngineState{{.mode = mode, .live_trading = true}});
  }
  // A trade that was sent and of whose fate nothing is known.
  Trade unknown_trade(const std::string& id) {
    journal.release();
    const Trade trade = enqueue(id);
    answer(id, ErrorCode::kOutcomeUnknown);
    return trade;
  }

  test::HeldJournal journal;
  std::size_t room = SIZE_MAX;
  std::vector<OrderRequest> placed;
  std::map<std::string, std::uint32_t> attempts;  // newest, by client order id
  std::vector<ClientOrderId> asked;
  std::map<std::string, Timestamp> asked_at;  // newest, by client order id
  std::size_t polls = 0;
  Timestamp polled_at;  // the newest
  std::vector<std::uint64_t> cursors;
  bool is_mute = false;               // to polls
  std::vector<OrderRequest> repeats;  // that may be out already
  std::vector<std::string> cancels;
  std::vector<OrderReport> updates;
  std::uint64_t cursor = 0;
  Inbox<DeliverReport> told;
  Inbox<DeliverReport> told_other;
  Inbox<AlertRaised> alerts;
  Inbox<OrdersNoticed> noticed;
  caf::actor venue;
  caf::actor queue;
};

using Ids = std::vector<std::string>;

OrderReport part_of(const Trade& trade, int parts, int of, Timestamp at) {
  return test::report_on(trade.client_order_id, trade.side, trade.quantity, parts, of, at);
}

TEST_CASE("EXECUTING is durable before the order leaves") {
  QueueWorld world;
  world.enqueue("a");
  world.advance(kSecond * 5);
  CHECK(world.placed.empty());
  REQUIRE(world.journal.held() == 1);
  const auto row = test::record_in<Trade>(world.journal.commit().always, Kind::kTrade);
  CHECK(row->status == TradeStatus::kExecuting);
  CHECK(row->attempts == 1);
  world.journal.answer();
  REQUIRE(world.placed.size() == 1);
  CHECK(world.placed[0].client_id.value == "a");
  CHECK(world.placed[0].stop_loss->client_id.value == "as");
}

TEST_CASE("an order whose EXECUTING never became durable never leaves") {
  QueueWorld world;
  world.enqueue("a");
  world.journal.fail();
  world.advance(kSecond * 600);
  CHECK(world.placed.empty());
}

TEST_CASE("CLOSE goes first, then first come first served") {
  QueueWorld world;
  world.journal.release();
  world.room = 0;
  for (const auto* id : {"b", "a"}) {
    world.enqueue(id);
    world.advance(Duration{1});
  }
  world.enqueue("z", Direction::kClose);
  world.enqueue("y", Direction::kClose, 1);
  CHECK(world.placed.empty());
  world.room = SIZE_MAX;
  world.advance(kSecond);
  CHECK(world.placed_ids() == Ids{"y", "z", "b", "a"});
}

TEST_CASE("no more orders leave than there are permits") {
  QueueWorld world;
  world.journal.release();
  world.room = 0;
  for (const auto* id : {"a", "b", "c", "d", "e"}) world.enqueue(id);
  world.advance(kSecond * 3);
  CHECK(world.placed.empty());
  // What is asked for meanwhile (updates) takes permits as well; orders are what counts here.
  world.room = 3;
  world.advance(kSecond);
  CHECK(world.placed.size() <= 3);
  world.room = SIZE_MAX;
  world.advance(kSecond);
  CHECK(world.placed_ids() == Ids{"a", "b", "c", "d", "e"});
}

TEST_CASE("a filled order is told to its bot and forgotten once the bot has settled it") {
  QueueWorld world;
  world.journal.release();
  const Trade trade = world.enqueue("a", Direction::kLong, 1);
  world.answer("a", test::filled(trade, world.now()));
  CHECK(world.told.empty());
  REQUIRE(world.told_other.size() == 1);
  const OrderReported& report = *world.told_other[0].report;
  CHECK(report.trade.status == TradeStatus::kExecuting);
  CHECK(report.trade.attempts == 1);
  CHECK(report.report.status == OrderStatus::kFilled);
  CHECK(report.blocked == ReasonCode::kNone);
  world.settle(world.told_other[0]);
  // The same word again says nothing to anybody.
  world.updates.push_back(test::filled(trade, world.now()));
  world.advance(kSecond * 3);
  CHECK(world.told_other.size() == 1);
}

TEST_CASE("a rejected order is told to its bot with the exchange's words and is not sent again") {
  QueueWorld world;
  world.journal.release();
  world.enqueue("a");
  world.answer("a", fail(ErrorCode::kRejected, "insufficient balance"));
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->report.status == OrderStatus::kRejected);
  CHECK(world.told[0].report->report.message == "insufficient balance");
  world.settle(world.told[0]);
  world.advance(kSecond * 120);
  CHECK(world.placed.size() == 1);
  CHECK(world.asked.empty());
}

// The first attempt was never found, so that a second one left, and that one is refused.
Trade refused_again(QueueWorld& world) {
  const Trade trade = world.unknown_trade("a");
  for (int i = 0; i < 10 && world.placed.size() < 2; ++i) {
    world.advance(kSecond * 10);
    world.answer_question("a", std::optional<OrderReport>{});
  }
  REQUIRE(world.placed_ids() == std::vector<std::string>{"a", "a"});
  world.answer("a", fail(ErrorCode::kRejected, "insufficient balance"));
  return trade;
}

TEST_CASE("a second attempt that is refused because the first took the money is found by its id") {
  QueueWorld world;
  const Trade trade = refused_again(world);
  CHECK(world.told.empty());
  const std::size_t asked = world.asked.size();
  world.advance(kSecond * 70);
  REQUIRE(world.asked.size() == asked + 1);
  world.answer_question("a", std::optional(test::filled(trade, world.now())));
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->report.status == OrderStatus::kFilled);
}

TEST_CASE("a second attempt that is refused ends as refused once no order is found by its id") {
  QueueWorld world;
  refused_again(world);
  world.advance(kSecond * 70);
  // No answer says nothing: the question is put again, and the refusal is kept.
  world.answer_question("a", fail(ErrorCode::kOutcomeUnknown, "time-out"));
  CHECK(world.told.empty());
  world.advance(kSecond * 70);
  world.answer_question("a", std::optional<OrderReport>{});
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->report.status == OrderStatus::kRejected);
  CHECK(world.told[0].report->report.message == "insufficient balance");
  world.settle(world.told[0]);
  world.advance(kSecond * 120);
  CHECK(world.placed.size() == 2);
}

// One order was under way when the process ended.
TradeQueueBirth queue_in_doubt() {
  TradeQueueBirth birth;
  Trade lost = test::pending_trade("a", {"bot-0"}, test::ActorFixture::kStart);
  lost.status = TradeStatus::kExecuting;
  lost.attempts = 1;
  birth.open_trades = {lost};
  birth.trade_slots = {0};
  return birth;
}

// The symbol has left the exchange, for instance.
TEST_CASE("a question that the exchange refuses is put again, and holds up nobody else for ever") {
  QueueWorld world(queue_in_doubt());
  world.journal.release();
  world.enqueue("b", Direction::kLong, 1);
  for (std::size_t refusals = 1; refusals <= 3; ++refusals) {
    world.advance(kSecond * 10);
    CHECK(world.placed.empty());
    REQUIRE(world.asked.size() == refusals);
    world.answer_question("a", fail(ErrorCode::kRejected, "no such symbol"));
  }
  CHECK(world.placed_ids() == Ids{"b"});
  CHECK(world.told.empty());
  world.advance(kSecond * 70);
  CHECK(world.asked.size() == 4);
}

TEST_CASE("one refused question after an exchange was long away holds up all others as before") {
  QueueWorld world(queue_in_doubt());
  world.journal.release();
  world.enqueue("b", Direction::kLong, 1);
  for (std::size_t questions = 1; questions <= 4; ++questions) {
    world.advance(kSecond * 20);
    REQUIRE(world.asked.size() == questions);
    world.answer_question("a", fail(ErrorCode::kUnavailable, "maintenance"));
  }
  world.advance(kSecond * 70);
  REQUIRE(world.asked.size() == 5);
  world.answer_question("a", fail(ErrorCode::kRejected, "not yet"));
  world.advance(kSecond * 10);
  CHECK(world.placed.empty());
}

// -- in a directory that was restored from a backup

TradeQueueBirth restored_queue(Timestamp at = test::ActorFixture::kStart) {
  TradeQueueBirth birth;
  birth.restored_at = at;
  return birth;
}

TEST_CASE("restored: an order is asked for before it is sent, and found is not sent again") {
  QueueWorld world(restored_queue());
  world.journal.release();
  const Trade trade = world.enqueue("a");
  CHECK(world.placed.empty());
  REQUIRE(world.repeats.size() == 1);
  CHECK(world.repeats[0] == order_request(trade));
  REQUIRE(world.asked.size() == 1);
  CHECK(world.asked[0] == ClientOrderId{"a"});
  // Its record says so before its fills are told.
  for (std::size_t times = 1; times <= 2; ++times) {
    REQUIRE(world.asked.size() == times);
    CHECK(world.told.empty());
    world.answer_question("a", std::optional(test::filled(trade, world.now())));
  }
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->report.status == OrderStatus::kFilled);
  CHECK(world.told[0].report->trade.status == TradeStatus::kExecuting);
  world.settle(world.told[0]);
  world.advance(kSecond * 120);
  CHECK(world.placed.empty());
}

TEST_CASE("restored: an order that is not there is sent, once EXECUTING is durable again") {
  QueueWorld world(restored_queue());
  world.enqueue("a");
  CHECK(world.placed.empty());
  REQUIRE(world.asked.size() == 1);
  // No answer says nothing.
  world.answer_question("a", fail(ErrorCode::kOutcomeUnknown, "time-out"));
  world.advance(kSecond * 10);
  REQUIRE(world.asked.size() == 2);
  world.answer_question("a", std::optional<OrderReport>{});
  CHECK(world.placed.empty());
  REQUIRE(world.journal.held() == 1);
  CHECK(world.noticed.empty());
  world.journal.answer();
  CHECK(world.placed_ids() == Ids{"a"});
  CHECK(world.asked.size() == 2);
  REQUIRE(world.noticed.size() == 1);
  CHECK(world.noticed[0].orders == 1);
}

TEST_CASE("restored: the first order that is refused is asked for before it counts as refused") {
  QueueWorld world(restored_queue());
  world.journal.release();
  const Trade trade = world.enqueue("a");
  world.answer_question("a", std::optional<OrderReport>{});
  REQUIRE(world.placed_ids() == Ids{"a"});
  for (const ErrorCode code : {ErrorCode::kRejected, ErrorCode::kNothingOpen}) {
    CAPTURE(static_cast<int>(code));
    QueueWorld other(restored_queue());
    other.journal.release();
    other.enqueue("a");
    other.answer_question("a", std::optional<OrderReport>{});
    other.answer("a", code);
    CHECK(other.told.empty());
    const std::size_t asked = other.asked.size();
    other.advance(kSecond * 70);
    REQUIRE(other.asked.size() == asked + 1);
    other.answer_question("a", std::optional(test::filled(trade, other.now())));
    REQUIRE(other.told.size() == 1);
    CHECK(other.told[0].report->report.status == OrderStatus::kFilled);
  }
}

TEST_CASE("restored: what was waiting in the backup is asked for, however often it was sent") {
  TradeQueueBirth birth = restored_queue();
  Trade trade = test::pending_trade("a", {"bot-0"}, test::ActorFixture::kStart);
  trade.attempts = 3;
  birth.open_trades = {trade};
  birth.trade_slots = {0};
  QueueWorld world(std::move(birth));
  world.journal.release();
  world.advance(kSecond);
  CHECK(world.placed.empty());
  REQUIRE(world.asked.size() == 1);
  CHECK(world.asked[0] == ClientOrderId{"a"});
}

// An entry of the backup that was never sent, as far as the backup knows.
TradeQueueBirth restored_entry(EngineMode mode) {
  TradeQueueBirth birth = restored_queue();
  birth.engine.mode = mode;
  birth.open_trades = {test::pending_trade("a", {"bot-0"}, test::ActorFixture::kStart)};
  birth.trade_slots = {0};
  return birth;
}

TEST_CASE("restored: an entry that no switch lets out is asked for, and ends by the answer") {
  for (const EngineMode mode : {EngineMode::kReducing, EngineMode::kHalted})
    for (const bool is_there : {true, false}) {
      CAPTURE(to_string(mode));
      CAPTURE(is_there);
      QueueWorld world(restored_entry(mode));
      world.journal.release();
      world.advance(kSecond);
      CHECK(world.told.empty());
      REQUIRE(world.asked.size() == 1);
      REQUIRE(world.repeats.size() == 1);
      CHECK(world.repeats[0].client_id == ClientOrderId{"a"});
      world.answer_question("a", fail(ErrorCode::kUnavailable, "down"));
      world.advance(kSecond * 5);
      CHECK(world.told.empty());
      REQUIRE(world.asked.size() == 2);
      const Trade trade = test::pending_trade("a", {"bot-0"}, test::ActorFixture::kStart);
      std::optional<OrderReport> found;
      if (is_there) found = test::filled(trade, world.now());
      world.answer_question("a", found);
      if (is_there) {  // its record comes first
        CHECK(world.told.empty());
        REQUIRE(world.asked.size() == 3);
        world.answer_question("a", found);
      }
      REQUIRE(world.told.size() == 1);
      const OrderReported& report = *world.told[0].report;
      const ReasonCode switched =
          mode == EngineMode::kHalted ? ReasonCode::kEngineHalted : ReasonCode::kEngineReducing;
      CHECK(report.blocked == (is_there ? ReasonCode::kNone : switched));
      CHECK(report.report.status == (is_there ? OrderStatus::kFilled : OrderStatus::kRejected));
      world.settle(world.told[0]);
      world.advance(kSecond * 120);
      CHECK(world.placed.empty());
      CHECK(world.asked.size() == (is_there ? 3 : 2));
    }
}

TEST_CASE("restored: a switch before the answer ends no entry, also one that came while it stood") {
  for (const bool is_earlier : {true, false}) {
    CAPTURE(is_earlier);
    QueueWorld world(restored_queue());
    world.journal.release();
    if (is_earlier) world.set_mode(EngineMode::kHalted);
    const Trade trade = world.enqueue("a");
    if (!is_earlier) world.set_mode(EngineMode::kHalted);
    CHECK(world.told.empty());
    REQUIRE(world.asked.size() == 1);
    for (int times = 0; times < 2; ++times)
      world.answer_question("a", std::optional(test::filled(trade, world.now())));
    REQUIRE(world.told.size() == 1);
    CHECK(world.told[0].report->report.status == OrderStatus::kFilled);
  }
}

TEST_CASE("restored: what an operator had cancelled is asked for, and cancelled where it stands") {
  for (const bool is_there : {true, false}) {
    CAPTURE(is_there);
    TradeQueueBirth birth = restored_entry(EngineMode::kActive);
    birth.cancelled = {{{"a"}, "alice"}};
    QueueWorld world(std::move(birth));
    world.journal.release();
    world.advance(kSecond);
    CHECK(world.told.empty());
    REQUIRE(world.asked.size() == 1);
    const Trade trade = test::pending_trade("a", {"bot-0"}, test::ActorFixture::kStart);
    std::optional<OrderReport> found;
    if (is_there) found = part_of(trade, 0, 4, world.now());
    world.answer_question("a", found);
    if (is_there) world.answer_question("a", found);
    CHECK(world.placed.empty());
    CHECK(world.cancels == (is_there ? Ids{"a"} : Ids{}));
    REQUIRE(world.told.size() == (is_there ? 0 : 1));
    if (is_there) continue;
    CHECK(world.told[0].report->blocked == ReasonCode::kCancelledByOperator);
  }
}

// The forgotten life sent it, and lived to see its stop fire. A poll tells of both meanwhile.
TEST_CASE("restored: a stop that has fired is told after its entry, which waited in the backup") {
  QueueWorld world(restored_entry(EngineMode::kActive));
  world.journal.release();
  const Trade trade = test::pending_trade("a", {"bot-0"}, test::ActorFixture::kStart);
  const OrderReport entered = test::filled(trade, world.now());
  const OrderReport stopped =
      test::report_on(trade.stop_client_id, OrderSide::kSell, trade.quantity, 1, 1, world.now());
  world.updates = {entered, stopped};
  world.advance(kSecond * 3);
  CHECK(world.told.empty());
  REQUIRE(world.asked.size() == 1);
  world.answer_question("a", std::optional(entered));
  world.updates = {stopped};
  world.advance(kSecond * 3);
  CHECK(world.told.empty());
  REQUIRE(world.asked.size() == 2);
  world.answer_question("a", std::optional(entered));
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->report.client_id == trade.client_order_id);
  world.settle(world.told[0]);
  REQUIRE(world.told.size() == 2);
  CHECK(world.told[1].report->report.client_id == trade.stop_client_id);
}

// Which the waiting one may have enlarged.
TEST_CASE("restored: a stop of another position of the bot is told when the entry has its answer") {
  enum class Answer { kNotThere, kStands, kRefused };
  for (const Answer answer : {Answer::kNotThere, Answer::kStands, Answer::kRefused}) {
    CAPTURE(static_cast<int>(answer));
    TradeQueueBirth birth = restored_entry(EngineMode::kActive);
    birth.order_routes = {{ClientOrderId{"stop"}, 0}, {ClientOrderId{"other"}, 1}};
    QueueWorld world(std::move(birth));
    world.journal.release();
    for (const char* id : {"stop", "other"})
      world.updates.push_back(
          test::report_on({id}, OrderSide::kSell, Quantity::literal("0.005"), 1, 1, world.now()));
    world.advance(kSecond * 3);
    CHECK(world.told_other.size() == 1);
    const Trade trade = test::pending_trade("a", {"bot-0"}, test::ActorFixture::kStart);
    std::optional<OrderReport> found;
    if (answer == Answer::kStands) found = test::standing(trade);
    // The answer that finds it is asked for twice, a refused question three times.
    const int times = answer == Answer::kRefused ? 3 : answer == Answer::kStands ? 2 : 1;
    for (int i = 0; i < times; ++i) {
      CHECK(world.told.empty());
      if (answer == Answer::kRefused)
        world.answer_question("a", fail(ErrorCode::kRejected, "no such symbol"));
      else
        world.answer_question("a", found);
      world.advance(kSecond * 10);
    }
    REQUIRE(world.told.size() == 1);
    CHECK(world.told[0].report->report.client_id == ClientOrderId{"stop"});
    CHECK(world.placed_ids() == (answer == Answer::kNotThere ? Ids{"a"} : Ids{}));
  }
}

TEST_CASE("restored: nothing leaves before what waited in the backup has an answer") {
  QueueWorld world(restored_entry(EngineMode::kActive));
  world.journal.release();
  world.enqueue("c", Direction::kClose);
  REQUIRE(world.asked.size() == 2);
  world.answer_question("c", std::optional<OrderReport>{});
  world.advance(kSecond * 5);
  CHECK(world.placed.empty());
  const Trade trade = test::pending_trade("a", {"bot-0"}, test::ActorFixture::kStart);
  for (int times = 0; times < 2; ++times)
    world.answer_question("a", std::optional(test::filled(trade, world.now())));
  CHECK(world.placed_ids() == Ids{"c"});
}

TEST_CASE("a directory whose restore is long past, or that never was, asks for nothing first") {
  for (const Timestamp at : {Timestamp{}, test::ActorFixture::kStart - kIdempotencyRetention}) {
    QueueWorld world(restored_queue(at));
    world.journal.release();
    world.enqueue("a");
    CHECK(world.placed_ids() == Ids{"a"});
    CHECK(world.asked.empty());
  }
}

TEST_CASE("an order whose position is not open any more ends with that reason and stays unsent") {
  QueueWorld world;
  world.journal.release();
  world.enqueue("a");
  world.answer("a", fail(ErrorCode::kNothingOpen, "nothing is open in the group"));
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->blocked == ReasonCode::kClosedMeanwhile);
  world.settle(world.told[0]);
  world.advance(kSecond * 120);
  CHECK(world.placed.size() == 1);
}

TEST_CASE("an order that our own side keeps back ends as not sent, and stays unsent") {
  QueueWorld world;
  world.journal.release();
  world.enqueue("a");
  world.answer("a", fail(ErrorCode::kNotSent, "there is no room for its stop"));
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->blocked == ReasonCode::kOrderNotSent);
  CHECK(world.told[0].report->report.message == "there is no room for its stop");
  world.settle(world.told[0]);
  world.advance(kSecond * 120);
  CHECK(world.placed.size() == 1);
}

TEST_CASE("without a definite answer the trade is recorded as unknown and asked for by its id") {
  QueueWorld world;
  const Trade trade = world.unknown_trade("a");
  const auto row = test::record_in<Trade>(world.journal.durable().back()->always, Kind::kTrade);
  CHECK(row->outcome_unknown);
  CHECK(row->status == TradeStatus::kExecuting);
  CHECK(world.asked.empty());
  world.advance(kSecond * 3);
  REQUIRE(world.asked.size() == 1);
  CHECK(world.asked[0].value == "a");
  CHECK(world.told.empty());
  world.answer_question("a", std::optional(test::filled(trade, world.now())));
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->report.status == OrderStatus::kFilled);
  world.settle(world.told[0]);
  world.advance(kSecond * 300);
  CHECK(world.placed.size() == 1);
  CHECK(world.asked.size() == 1);
}

TEST_CASE("a question without an answer is put again, ever more slowly, and nothing is sent anew") {
  QueueWorld world;
  world.unknown_trade("a");
  std::vector<Timestamp> times;
  while (times.size() < 6) {
    world.advance(kSecond);
    if (world.asked.size() == times.size()) continue;
    REQUIRE(world.asked.size() == times.size() + 1);
    times.push_back(world.now());
    world.answer_question("a", fail(ErrorCode::kOutcomeUnknown, "time-out"));
    REQUIRE(world.now() < test::ActorFixture::kStart + kSecond * 600);
  }
  for (std::size_t i = 2; i < times.size(); ++i)
    CHECK(times[i] - times[i - 1] > times[i - 1] - times[i - 2]);
  CHECK(world.placed.size() == 1);
  CHECK(world.told.empty());
}

TEST_CASE("an order that is not found is sent again only when it cannot be on its way any more") {
  QueueWorld world;
  world.unknown_trade("a");
  const Timestamp sent_at = world.now();
  std::size_t answered = 0;
  while (world.placed.size() < 2) {
    world.advance(Duration{500});
    REQUIRE(world.now() < sent_at + kSecond * 120);
    if (world.asked.size() == answered) continue;
    ++answered;
    if (world.now() - sent_at < kSecond * 10) CHECK(world.placed.size() == 1);
    world.answer_question("a", std::optional<OrderReport>{});
  }
  CHECK(answered >= 2);
  CHECK(world.now() - sent_at >= kSecond * 10);
  CHECK(world.placed_ids() == Ids{"a", "a"});
  const auto row = test::record_in<Trade>(world.journal.durable().back()->always, Kind::kTrade);
  CHECK(row->attempts == 2);
}

// The order may have arrived after the venue looked, and before its answer came.
TEST_CASE("an answer that comes late says that an order was not there when it was asked for") {
  QueueWorld world;
  world.unknown_trade("a");
  world.advance(kSecond * 5);
  REQUIRE(world.asked.size() == 1);
  world.advance(kSecond * 10);
  world.answer_question("a", std::optional<OrderReport>{});
  world.advance(kSecond);
  CHECK(world.placed.size() == 1);
  world.advance(kSecond * 5);
  REQUIRE(world.asked.size() == 2);
  world.answer_question("a", std::optional<OrderReport>{});
  world.advance(kSecond);
  CHECK(world.placed.size() == 2);
}

TEST_CASE("a second attempt is durable before it leaves, too") {
  QueueWorld world;
  const Trade trade = world.enqueue("a");
  world.journal.answer();
  world.answer("a", ErrorCode::kUnavailable);
  world.advance(kSecond * 3);
  CHECK(world.placed.size() == 1);
  REQUIRE(world.journal.held() == 1);
  world.journal.answer();
  CHECK(world.placed_ids() == Ids{"a", "a"});
}

TEST_CASE("an id that is taken already is asked for, not sent again") {
  QueueWorld world;
  world.journal.release();
  const Trade trade = world.enqueue("a");
  world.answer("a", ErrorCode::kAlreadyExists);
  world.advance(kSecond * 3);
  CHECK(world.asked.size() == 1);
  CHECK(world.placed.size() == 1);
  world.answer_question("a", std::optional(test::filled(trade, world.now())));
  CHECK(world.told.size() == 1);
}

TEST_CASE("what was definitely not executed goes out again with the same id") {
  for (const ErrorCode code :
       {ErrorCode::kRateLimited, ErrorCode::kUnavailable, ErrorCode::kOverloaded}) {
    QueueWorld world;
    world.journal.release();
    world.enqueue("a");
    world.answer("a", code);
    CHECK(world.placed.size() == 1);
    world.advance(kSecond * 3);
    CHECK(world.placed_ids() == Ids{"a", "a"});
    CHECK(world.asked.empty());
    CHECK(world.told.empty());
  }
}

TradeQueueBirth after_a_crash(std::vector<Trade> trades) {
  TradeQueueBirth birth;
  birth.trade_slots.assign(trades.size(), 0);
  birth.open_trades = std::move(trades);
  return birth;
}

Trade executing_trade(const std::string& id, Timestamp at) {
  Trade trade = test::pending_trade(id, {"bot-0"}, at);
  trade.status = TradeStatus::kExecuting;
  trade.attempts = 1;
  return trade;
}

TEST_CASE("attempts that never leave are each durable, and told of ever more seldom") {
  QueueWorld world;
  world.journal.release();
  world.enqueue("a");
  for (std::size_t attempt = 1; attempt < 40; ++attempt) {
    REQUIRE(world.placed.size() == attempt);
    world.answer("a", ErrorCode::kUnavailable);
    world.advance(kSecond * 2);
  }
  REQUIRE(world.placed.size() == 40);
  CHECK(world.journal.durable().size() == 40);
  std::size_t events = 0;
  for (const auto& commit : world.journal.durable()) events += commit->always.events.size();
  CHECK(events == 7);  // of the attempts 1, 2, 3, 4, 8, 16 and 32
}

TEST_CASE("after a start nothing leaves before every EXECUTING trade has a definite answer") {
  const Timestamp start = test::ActorFixture::kStart;
  const Timestamp crashed = start - kSecond * 60;
  QueueWorld world(after_a_crash({executing_trade("a", crashed), executing_trade("b", crashed),
                                  test::pending_trade("c", {"bot-0"}, crashed)}));
  world.journal.release();
  world.enqueue("d");
  world.advance(kSecond);
  CHECK(world.asked.size() == 2);
  CHECK(world.placed.empty());
  world.answer_question("a", std::optional(test::filled(executing_trade("a", crashed), start)));
  world.advance(kSecond);
  CHECK(world.placed.empty());
  CHECK(world.told.size() == 1);
  // Sent long before the crash and not there: it is sent now, with the others.
  world.answer_question("b", std::optional<OrderReport>{});
  world.advance(kSecond);
  CHECK(world.placed_ids() == Ids{"b", "c", "d"});
}

TEST_CASE("a trade that was EXECUTING at the start and works at the exchange is not sent again") {
  const Timestamp start = test::ActorFixture::kStart;
  const Trade trade = executing_trade("a", start - kSecond * 60);
  QueueWorld world(after_a_crash({trade}));
  world.journal.release();
  world.advance(kSecond);
  world.answer_question("a", std::optional(part_of(trade, 0, 4, start)));
  world.advance(kSecond * 60);
  CHECK(world.placed.empty());
  CHECK(world.told.empty());
  world.updates.push_back(part_of(trade, 4, 4, world.now()));
  world.advance(kSecond * 2);
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->report.fills.size() == 4);
}

TEST_CASE("an order that arrives late, while it waits to be sent again, is not sent again") {
  QueueWorld world;
  const Trade trade = world.unknown_trade("a");
  world.await_telling_question("a");
  world.room = 0;
  world.answer_question("a", std::optional<OrderReport>{});
  // No permit for the order, but one for the updates: the first attempt arrived after all.
  world.room = 0;
  world.tell(world.queue,
             OrderUpdatesPolled{exchange::OrderUpdates{{test::filled(trade, world.now())}, 1}});
  REQUIRE(world.told.size() == 1);
  world.room = SIZE_MAX;
  world.advance(kSecond * 5);
  world.settle(world.told[0]);
  world.advance(kSecond * 30);
  CHECK(world.placed_ids() == Ids{"a"});
  CHECK(world.told.size() == 1);
}

TEST_CASE("an order that turns out to work, while it waits to be sent again, is not sent again") {
  QueueWorld world;
  const Trade trade = world.unknown_trade("a");
  world.await_telling_question("a");
  world.room = 0;
  world.answer_question("a", std::optional<OrderReport>{});
  world.tell(world.queue,
             OrderUpdatesPolled{exchange::OrderUpdates{{part_of(trade, 1, 2, world.now())}, 1}});
  world.room = SIZE_MAX;
  world.advance(kSecond * 30);
  CHECK(world.placed_ids() == Ids{"a"});
}

// A second attempt whose dispatch waits for the disk.
Trade second_attempt_being_written(QueueWorld& world) {
  const Trade trade = world.enqueue("a");
  world.journal.answer();
  world.answer("a", ErrorCode::kOutcomeUnknown);
  world.journal.answer();
  world.await_telling_question("a");
  world.answer_question("a", std::optional<OrderReport>{});
  REQUIRE(world.journal.held() == 1);
  return trade;
}

TEST_CASE("an order that arrives late, while its second attempt is written, is not sent again") {
  for (const int parts : {0, 1, 2}) {
    QueueWorld world;
    const Trade trade = second_attempt_being_written(world);
    // The late answer to the first attempt, or what a poll brought.
    world.answer_attempt("a", 1, part_of(trade, parts, 2, world.now()));
    CHECK(world.told.size() == (parts > 0 ? 1U : 0U));
    world.journal.release();
    world.advance(kSecond * 5);
    CHECK(world.placed_ids() == Ids{"a"});
    world.updates.push_back(test::filled(trade, world.now()));
    for (std::size_t settled = 0; settled < 2; ++settled) {
      world.advance(kSecond * 5);
      if (settled < world.told.size()) world.settle(world.told[settled]);
    }
    REQUIRE_FALSE(world.told.empty());
    CHECK(world.told.back().report->report.status == OrderStatus::kFilled);
    CHECK(world.told.back().report->trade.attempts == 2);
    world.advance(kSecond * 60);
    CHECK(world.placed_ids() == Ids{"a"});
  }
}

TEST_CASE("partial fills reach the bot in order, one at a time") {
  QueueWorld world;
  world.journal.release();
  const Trade trade = world.enqueue("a");
  world.answer("a", part_of(trade, 1, 5, world.now()));
  REQUIRE(world.told.size() == 1);
  world.updates.push_back(part_of(trade, 2, 5, world.now()));
  world.advance(kSecond);
  world.updates.push_back(part_of(trade, 3, 5, world.now()));
  world.advance(kSecond);
  CHECK(world.told.size() == 1);  // not settled yet
  std::size_t settled = 0;
  while (settled < world.told.size()) world.settle(world.told[settled++]);
  world.updates.push_back(part_of(trade, 4, 5, world.now()));
  world.updates.push_back(part_of(trade, 5, 5, world.now()));
  world.advance(kSecond);
  while (settled < world.told.size()) world.settle(world.told[settled++]);
  for (std::size_t i = 1; i < world.told.size(); ++i)
    CHECK(world.told[i].report->report.fills.size() >
          world.told[i - 1].report->report.fills.size());
  CHECK(world.told.back().report->report.status == OrderStatus::kFilled);
  CHECK(world.told.back().report->report.fills.size() == 5);
}

TEST_CASE("a final word that comes while the bot is busy with a part is told after it") {
  QueueWorld world;
  world.journal.release();
  const Trade trade = world.enqueue("a");
  world.answer("a", part_of(trade, 1, 2, world.now()));
  world.updates.push_back(part_of(trade, 2, 2, world.now()));
  world.advance(kSecond);
  REQUIRE(world.told.size() == 1);
  world.settle(world.told[0]);
  REQUIRE(world.told.size() == 2);
  CHECK(world.told[1].report->report.status == OrderStatus::kFilled);
}

TEST_CASE("HALTED ends every waiting trade as blocked, REDUCING only entries") {
  const std::map<EngineMode, ReasonCode> reasons{
      {EngineMode::kHalted, ReasonCode::kEngineHalted},
      {EngineMode::kReducing, ReasonCode::kEngineReducing}};
  for (const auto& [mode, reason] : reasons) {
    QueueWorld world;
    world.journal.release();
    world.room = 0;
    world.enqueue("entry");
    world.enqueue("close", Direction::kClose, 1);
    world.set_mode(mode);
    REQUIRE(world.told.size() == 1);
    CHECK(world.told[0].report->blocked == reason);
    CHECK(world.told[0].report->trade.id.value == "entry");
    world.settle(world.told[0]);
    world.room = SIZE_MAX;
    world.advance(kSecond * 3);
    if (mode == EngineMode::kReducing) {
      CHECK(world.placed_ids() == Ids{"close"});
    } else {
      REQUIRE(world.told_other.size() == 1);
      CHECK(world.told_other[0].report->blocked == ReasonCode::kEngineHalted);
      CHECK(world.placed.empty());
    }
    // What comes while the switch is on is answered the same way.
    world.enqueue("later");
    CHECK(world.told.back().report->trade.id.value == "later");
    CHECK(world.told.back().report->blocked == reason);
    world.settle(world.told.back());
    world.set_mode(EngineMode::kActive);
    const std::size_t before = world.placed.size();
    world.enqueue("again");
    CHECK(world.placed.size() == before + 1);
  }
}

TEST_CASE(
    "a switch that takes effect while EXECUTING is being made durable still holds the order") {
  QueueWorld world;
  const Trade trade = world.enqueue("a");
  REQUIRE(world.journal.held() == 1);
  world.set_mode(EngineMode::kHalted);
  world.journal.answer();
  CHECK(world.placed.empty());
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->blocked == ReasonCode::kEngineHalted);
  CHECK(world.told[0].report->trade.status == TradeStatus::kExecuting);
  world.settle(world.told[0]);
  world.set_mode(EngineMode::kActive);
  world.advance(kSecond * 60);
  CHECK(world.placed.empty());
}

TEST_CASE("a stop that the price has passed is told to its bot, unless no close may leave") {
  QueueWorld world;
  world.journal.release();
  Inbox<TellStopPassed> passed;
  world.tell(world.queue, BotAttached{0, {"bot-0"}, world.listener(world.told, passed)});
  const Trade entry = world.enqueue("a");
  world.tell(world.queue, TellStopPassed{{entry.stop_client_id, false, "x"}});
  REQUIRE(passed.size() == 1);
  CHECK(passed[0].event.stop == entry.stop_client_id);
  world.tell(world.queue, TellStopPassed{{{"of nobody"}, false, "x"}});
  CHECK(passed.size() == 1);
  world.set_mode(EngineMode::kReducing);
  world.tell(world.queue, TellStopPassed{{entry.stop_client_id, false, "x"}});
  CHECK(passed.size() == 2);
  world.set_mode(EngineMode::kHalted);
  world.tell(world.queue, TellStopPassed{{entry.stop_client_id, false, "x"}});
  world.tell(world.queue, SetEngineState{{.live_trading = false}});
  world.tell(world.queue, TellStopPassed{{entry.stop_client_id, false, "x"}});
  CHECK(passed.size() == 2);
}

TEST_CASE("an order that came back unsent does not wait for the end of HALTED") {
  QueueWorld world;
  world.journal.release();
  world.enqueue("a");
  REQUIRE(world.placed.size() == 1);
  world.set_mode(EngineMode::kHalted);
  CHECK(world.told.empty());
  world.answer("a", ErrorCode::kUnavailable);
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->blocked == ReasonCode::kEngineHalted);
}

TEST_CASE(
    "what waited when the process ended is blocked at the next start if the engine is HALTED") {
  TradeQueueBirth birth;
  birth.open_trades = {test::pending_trade("a", {"bot-0"}, test::ActorFixture::kStart)};
  birth.trade_slots = {0};
  birth.engine.mode = EngineMode::kHalted;
  QueueWorld world(std::move(birth));
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->blocked == ReasonCode::kEngineHalted);
}

TEST_CASE("with live trading switched off every waiting trade ends as blocked, closes too") {
  QueueWorld world;
  world.journal.release();
  world.room = 0;
  world.enqueue("entry");
  world.enqueue("close", Direction::kClose, 1);
  world.tell(world.queue, SetEngineState{{.live_trading = false}});
  for (const auto* told : {&world.told, &world.told_other}) {
    REQUIRE(told->size() == 1);
    CHECK((*told)[0].report->blocked == ReasonCode::kOrderBlockedLiveTrading);
  }
  world.room = SIZE_MAX;
  world.advance(kSecond * 5);
  CHECK(world.placed.empty());
}

TEST_CASE("permits that come after HALTED send nothing") {
  QueueWorld world;
  world.journal.release();
  world.room = 0;
  world.enqueue("a");
  world.set_mode(EngineMode::kHalted);
  world.room = SIZE_MAX;
  world.tell(world.queue,
             PermitsGranted{1, test::TestPermits::many(5), world.now()});  // asked for before
  CHECK(world.placed.empty());
}

TEST_CASE("a report for a bot that is away is told when it is back") {
  QueueWorld world;
  world.journal.release();
  const Trade trade = world.enqueue("a");
  world.tell(world.queue, BotDetached{0});
  world.answer("a", test::filled(trade, world.now()));
  CHECK(world.told.empty());
  world.attach(0, world.told);
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->report.status == OrderStatus::kFilled);
}

TEST_CASE("a report that a dead activation did not settle is told again to the next one") {
  QueueWorld world;
  world.journal.release();
  const Trade trade = world.enqueue("a");
  world.answer("a", test::filled(trade, world.now()));
  CHECK(world.told.size() == 1);
  Inbox<DeliverReport> told_next;
  world.tell(world.queue, BotDetached{0});
  world.attach(0, told_next);
  REQUIRE(told_next.size() == 1);
  world.settle(told_next[0]);
  world.tell(world.queue, BotDetached{0});
  Inbox<DeliverReport> told_last;
  world.attach(0, told_last);
  CHECK(told_last.empty());
}

TEST_CASE("a report that two activations settle takes none along that the second has not settled") {
  QueueWorld world;
  world.journal.release();
  const Trade trade = world.enqueue("a");
  world.answer("a", part_of(trade, 1, 2, world.now()));
  world.updates.push_back(part_of(trade, 2, 2, world.now()));
  world.advance(kSecond);
  REQUIRE(world.told.size() == 1);
  // The first activation has made it durable and died; its word comes after the next one is there.
  Inbox<DeliverReport> told_next;
  world.attach(0, told_next);
  REQUIRE(told_next.size() == 1);
  world.settle(world.told[0]);
  REQUIRE(told_next.size() == 2);
  world.settle(told_next[0]);
  Inbox<DeliverReport> told_last;
  world.attach(0, told_last);
  REQUIRE(told_last.size() == 1);
  CHECK(told_last[0].report->report.status == OrderStatus::kFilled);
}

TEST_CASE("a protective order of an earlier run reaches the bot that holds the position") {
  TradeQueueBirth birth;
  birth.order_routes.emplace_back(ClientOrderId{"stop"}, 1);
  QueueWorld world(std::move(birth));
  world.updates.push_back(
      test::report_on({"stop"}, OrderSide::kSell, Quantity::literal("1"), 1, 1, world.now()));
  world.updates.push_back(
      test::report_on({"unknown"}, OrderSide::kSell, Quantity::literal("1"), 1, 1, world.now()));
  world.advance(kSecond);
  REQUIRE(world.told_other.size() == 1);
  CHECK(world.told_other[0].report->report.client_id.value == "stop");
  CHECK(world.told_other[0].report->trade.id.empty());
  CHECK(world.told.empty());
}

TEST_CASE("the outbox may repeat itself: a trade that is there already is sent once") {
  QueueWorld world;
  world.journal.release();
  const Trade trade = world.enqueue("a");
  world.tell(world.queue, EnqueueTrade{trade, 0});
  world.answer("a", part_of(trade, 0, 1, world.now()));
  world.tell(world.queue, EnqueueTrade{trade, 0});
  world.advance(kSecond * 10);
  CHECK(world.placed_ids() == Ids{"a"});
}

TEST_CASE("Drained comes once, when nothing is between journal, exchange and bots any more") {
  QueueWorld world;
  const Trade trade = world.enqueue("a");
  Inbox<Drained> drained;
  world.tell(world.queue, Drain{world.listener(drained)});
  world.enqueue("b");  // goes after the next start
  world.advance(kSecond);
  CHECK(drained.empty());
  world.journal.answer();
  CHECK(drained.empty());  // in flight
  world.answer("a", test::filled(trade, world.now()));
  CHECK(drained.empty());  // with the bot
  world.settle(world.told[0]);
  CHECK(drained.size() == 1);
  world.advance(kSecond * 10);
  CHECK(drained.size() == 1);
  CHECK(world.placed_ids() == Ids{"a"});
}

TEST_CASE(
    "a bot that is away does not hold up a drain: its report is found again after the start") {
  QueueWorld world;
  world.journal.release();
  const Trade trade = world.enqueue("a");
  world.tell(world.queue, BotDetached{0});
  world.answer("a", test::filled(trade, world.now()));
  Inbox<Drained> drained;
  world.tell(world.queue, Drain{world.listener(drained)});
  CHECK(drained.size() == 1);
}

TEST_CASE("an idle trade queue is drained at once") {
  QueueWorld world;
  Inbox<Drained> drained;
  world.tell(world.queue, Drain{world.listener(drained)});
  CHECK(drained.size() == 1);
}

}  // namespace
TEST_CASE("a waiting trade that the operator cancels ends with that reason and is never sent") {
  QueueWorld world;
  world.room = 0;
  world.enqueue("a");
  CHECK(world.cancel("a") == "CANCELLED");
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->blocked == ReasonCode::kCancelledByOperator);
  CHECK(world.told[0].report->report.message == "cancelled by alice");
  CHECK(world.cancel_refused("a") == ErrorCode::kAlreadyExists);
  world.settle(world.told[0]);
  CHECK(world.cancel_refused("a") == ErrorCode::kNotFound);
  world.room = SIZE_MAX;
  world.advance(Duration{5'000});
  world.journal.release();
  CHECK(world.placed.empty());
}

TEST_CASE("a trade that is cancelled while its dispatch is being written is not sent") {
  QueueWorld world;
  world.enqueue("a");
  CHECK(world.cancel("a") == "CANCEL_WANTED");
  world.journal.release();
  CHECK(world.placed.empty());
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->blocked == ReasonCode::kCancelledByOperator);
}

TEST_CASE("an order that stands is cancelled at the exchange, whose word ends the trade") {
  QueueWorld world;
  const Trade trade = world.enqueue("a");
  world.journal.release();
  // It is on its way: the wish waits for it.
  CHECK(world.cancel("a") == "CANCEL_WANTED");
  CHECK(world.cancels.empty());
  OrderReport stands = test::standing(trade);
  world.answer("a", stands);
  REQUIRE(world.cancels == Ids{"a"});
  CHECK(world.told.empty());
  stands.status = OrderStatus::kCancelled;
  world.tell(world.queue, OrderCancelled{trade.client_order_id, stands});
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->blocked == ReasonCode::kNone);
  CHECK(world.told[0].report->cancelled == ReasonCode::kCancelledByOperator);
}

TEST_CASE("a cancel that did not get through is sent again until the exchange has spoken") {
  QueueWorld world;
  world.journal.release();
  const Trade trade = world.enqueue("a");
  OrderReport stands = test::standing(trade);
  world.answer("a", stands);
  REQUIRE(world.cancel("a") == "CANCEL_SENT");
  std::size_t sent = 1;
  for (const ErrorCode code : {ErrorCode::kOverloaded, ErrorCode::kRateLimited,
                               ErrorCode::kUnavailable, ErrorCode::kOutcomeUnknown}) {
    REQUIRE(world.cancels.size() == sent);
    world.tell(world.queue, OrderCancelled{trade.client_order_id, fail(code, "as scripted")});
    world.advance(kSecond * 3);
    ++sent;
  }
  CHECK(world.cancels == Ids(sent, "a"));
  CHECK(world.alerts.empty());
  world.tell(world.queue,
             OrderCancelled{trade.client_order_id, fail(ErrorCode::kRejected, "too late")});
  world.advance(kSecond * 3);
  CHECK(world.cancels.size() == sent);
  CHECK(world.alerts.size() == 1);
}

TEST_CASE("a cancelled trade of which the exchange knows nothing is not sent again") {
  QueueWorld world;
  world.unknown_trade("a");
  CHECK(world.cancel("a") == "CANCEL_WANTED");
  const std::size_t sent = world.placed.size();
  for (int i = 0; i < 10 && world.told.empty(); ++i) {
    world.advance(Duration{10'000});
    world.answer_question("a", std::optional<OrderReport>{});
  }
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->blocked == ReasonCode::kCancelledByOperator);
  CHECK(world.placed.size() == sent);
}

TEST_CASE("a wish to cancel is answered, and sent to the exchange, once it is durable") {
  QueueWorld world;
  const Trade trade = world.enqueue("a");
  world.journal.answer_all();
  OrderReport stands = test::standing(trade);
  world.answer("a", stands);
  Inbox<TradeCancelled> answers;
  caf::send_as(world.listener(answers), world.queue, CancelTrade{{"a"}, "alice"});
  world.advance(kSecond * 3);
  CHECK(answers.empty());
  CHECK(world.cancels.empty());
  REQUIRE(world.journal.held() == 1);
  const std::vector<storage::Put> puts = world.journal.commit().always.puts;
  REQUIRE(puts.size() == 1);
  CHECK((puts[0].key == storage::trade_open_key({"a"})));
  CHECK(puts[0].value == "alice");
  world.journal.answer();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].outcome.value_or("") == "CANCEL_SENT");
  CHECK(world.cancels == Ids{"a"});
}

TEST_CASE("what was to be cancelled before a restart is cancelled after it") {
  const Timestamp crashed = test::ActorFixture::kStart - kSecond * 60;
  TradeQueueBirth birth = after_a_crash(
      {executing_trade("stands", crashed), test::pending_trade("waits", {"bot-1"}, crashed)});
  birth.trade_slots = {0, 1};
  birth.cancelled = {{{"stands"}, "alice"}, {{"waits"}, "bob"}};
  QueueWorld world(std::move(birth));
  world.journal.release();
  REQUIRE(world.told_other.size() == 1);
  CHECK(world.told_other[0].report->blocked == ReasonCode::kCancelledByOperator);
  CHECK(world.told_other[0].report->report.message == "cancelled by bob");
  world.advance(kSecond);
  REQUIRE(world.asked.size() == 1);
  const OrderReport stands = test::standing(test::pending_trade("stands", {"bot-0"}, crashed));
  world.answer_question("stands", std::optional(stands));
  CHECK(world.cancels == Ids{"stands"});
  CHECK(world.placed.empty());
}

// -- closes before the end of their entry

// A part of the entry "a" is booked, the rest stands, and then its position is to be closed.
struct ClosedWhileEntered : QueueWorld {
  ClosedWhileEntered() {
    journal.release();
    entry = enqueue("a");
    answer("a", part_of(entry, 1, 4, now()));
    settle(told[0]);
    close_it();
  }
  void close_it() {
    Trade close = test::pending_trade("c", {"bot-0"}, now(), Direction::kClose);
    close.position = entry.position;
    tell(queue, EnqueueTrade{close, 0});
  }
  Trade entry;
};

TEST_CASE("a close cancels what its entry has not bought yet, and sells all that it has") {
  ClosedWhileEntered world;
  CHECK(world.cancels == Ids{"a"});
  OrderReport ended = part_of(world.entry, 2, 4, world.now());
  ended.status = OrderStatus::kCancelled;
  world.tell(world.queue, OrderCancelled{{"a"}, ended});
  REQUIRE(world.told.size() == 2);
  CHECK(world.told[1].report->cancelled == ReasonCode::kClosedMeanwhile);
  world.advance(kSecond * 5);
  CHECK(world.placed_ids() == Ids{"a"});
  const Quantity bought = Quantity::literal("0.0025");
  world.tell(world.queue, ReportSettled{.report = world.told[1].report,
                                        .final = true,
                                        .closed = {},
                                        .bot_slot = 0,
                                        .closes = {{{"c"}, bought}}});
  REQUIRE(world.placed_ids() == Ids{"a", "c"});
  CHECK(world.placed[1].quantity == bought);
  CHECK(world.placed[1].effect == OrderEffect::kReduceOnly);
  const auto row = test::record_in<Trade>(world.journal.durable().back()->always, Kind::kTrade);
  REQUIRE(row.has_value());
  CHECK(row->id.value == "c");
  CHECK(row->quantity == bought);
}

TEST_CASE("a close whose entry comes to no end is sent as it was decided") {
  ClosedWhileEntered world;
  world.advance(kSecond * 55);
  CHECK(world.placed_ids() == Ids{"a"});
  world.advance(kSecond * 10);
  REQUIRE(world.placed_ids() == Ids{"a", "c"});
  CHECK(world.placed[1].quantity == Quantity::literal("0.005"));
}

// The entry "a" stands, nothing of it is filled, and then its position is to be closed.
struct ClosedBeforeItsFill : QueueWorld {
  ClosedBeforeItsFill() {
    journal.release();
    entry = enqueue("a");
    answer("a", test::standing(entry));
    Trade close = test::pending_trade("c", {"bot-0"}, now(), Direction::kClose);
    close.position = entry.position;
    close.quantity = {};
    tell(queue, EnqueueTrade{close, 0});
  }
  void end_entry(OrderReport report) {
    report.status = is_final(report.status) ? report.status : OrderStatus::kCancelled;
    tell(queue, OrderCancelled{{"a"}, std::move(report)});
  }
  // What the bot says of the newest report, once that is durable.
  void say(bool is_final, std::vector<CloseSize> closes = {}) {
    tell(queue, ReportSettled{.report = told[told.size() - 1].report,
                              .final = is_final,
                              .closed = {},
                              .bot_slot = 0,
                              .closes = std::move(closes)});
  }
  Trade entry;
};

TEST_CASE("a close before the first fill cancels its entry, and ends unsent when nothing came") {
  ClosedBeforeItsFill world;
  CHECK(world.cancels == Ids{"a"});
  world.advance(kSecond * 90);  // the exchange takes its time
  CHECK(world.told.empty());
  world.end_entry(test::standing(world.entry));
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->cancelled == ReasonCode::kClosedMeanwhile);
  world.advance(kSecond * 5);
  CHECK(world.told.size() == 1);
  world.say(true);
  REQUIRE(world.told.size() == 2);
  CHECK(world.told[1].report->trade.id.value == "c");
  CHECK(world.told[1].report->blocked == ReasonCode::kNothingToClose);
  world.say(true);
  world.advance(kSecond * 90);
  CHECK(world.told.size() == 2);
  CHECK(world.placed_ids() == Ids{"a"});
}

TEST_CASE("a close before the first fill sells what its entry has bought until it ended") {
  for (const int parts : {2, 4}) {
    CAPTURE(parts);
    ClosedBeforeItsFill world;
    world.end_entry(part_of(world.entry, parts, 4, world.now()));
    REQUIRE(world.told.size() == 1);
    CHECK(world.placed_ids() == Ids{"a"});
    const Quantity bought = world.told[0].report->report.filled;
    world.say(true, {{{"c"}, bought}});
    CHECK(world.told.size() == 1);
    REQUIRE(world.placed_ids() == Ids{"a", "c"});
    CHECK(world.placed[1].quantity == bought);
    CHECK(world.placed[1].effect == OrderEffect::kReduceOnly);
  }
}

TEST_CASE("what the bot knows of a close counts more than what the queue does") {
  ClosedBeforeItsFill world;
  world.end_entry(test::standing(world.entry));
  world.say(true);
  REQUIRE(world.told.size() == 2);
  // Something may still come of it: it is asked again a minute later.
  world.say(false);
  world.advance(kSecond * 55);
  CHECK(world.told.size() == 2);
  world.advance(kSecond * 10);
  REQUIRE(world.told.size() == 3);
  CHECK(world.told[2].report->blocked == ReasonCode::kNothingToClose);
  const Quantity held = Quantity::literal("0.001");
  world.say(false, {{{"c"}, held}});
  REQUIRE(world.placed_ids() == Ids{"a", "c"});
  CHECK(world.placed[1].quantity == held);
  const auto row = test::record_in<Trade>(world.journal.durable().back()->always, Kind::kTrade);
  REQUIRE(row.has_value());
  CHECK(row->id.value == "c");
  CHECK(row->quantity == held);
}

TEST_CASE("after a restart a close before the first fill waits for its entry, or asks its bot") {
  const Timestamp crashed = test::ActorFixture::kStart - kSecond * 60;
  Trade close = test::pending_trade("c", {"bot-0"}, crashed, Direction::kClose);
  close.position = {"a"};
  close.quantity = {};
  for (const bool has_ended : {false, true}) {
    CAPTURE(has_ended);
    const Trade entry = executing_trade("a", crashed);
    QueueWorld world(
        after_a_crash(has_ended ? std::vector<Trade>{close} : std::vector<Trade>{close, entry}));
    world.journal.release();
    world.advance(kSecond * 2);
    CHECK(world.asked.size() == (has_ended ? 0 : 1));
    if (!has_ended) {
      CHECK(world.told.empty());
      world.answer_question("a", std::optional(test::rejected(entry, world.now())));
      REQUIRE(world.told.size() == 1);
      world.settle(world.told[0]);
    }
    REQUIRE(world.told.size() == (has_ended ? 1 : 2));
    CHECK(world.told[world.told.size() - 1].report->blocked == ReasonCode::kNothingToClose);
    CHECK(world.placed.empty());
  }
}

TEST_CASE("what was to enlarge a position and was not sent yet ends before the close") {
  QueueWorld world;
  world.journal.release();
  world.room = 0;
  Trade more = test::pending_trade("m", {"bot-0"}, world.now());
  more.position = {"position"};
  world.tell(world.queue, EnqueueTrade{more, 0});
  world.enqueue("c", Direction::kClose);
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->trade.id.value == "m");
  CHECK(world.told[0].report->blocked == ReasonCode::kClosedMeanwhile);
  world.room = SIZE_MAX;
  world.advance(kSecond * 5);
  CHECK(world.placed.empty());
  world.settle(world.told[0]);
  CHECK(world.placed_ids() == Ids{"c"});
}

TEST_CASE("a close that waited for its entry does so again after a restart") {
  const Timestamp crashed = test::ActorFixture::kStart - kSecond * 60;
  Trade close = test::pending_trade("c", {"bot-0"}, crashed, Direction::kClose);
  close.position = {"a"};
  QueueWorld world(after_a_crash({close, executing_trade("a", crashed)}));
  world.journal.release();
  world.advance(kSecond);
  REQUIRE(world.asked.size() == 1);
  const OrderReport stands = test::standing(test::pending_trade("a", {"bot-0"}, crashed));
  world.answer_question("a", std::optional(stands));
  CHECK(world.cancels == Ids{"a"});
  world.advance(kSecond * 5);
  CHECK(world.placed.empty());
}

TEST_CASE("a close that HALTED holds back cancels nothing, in restored data either") {
  const Timestamp before = test::ActorFixture::kStart - kSecond * 60;
  Trade close = test::pending_trade("c", {"bot-0"}, before, Direction::kClose);
  close.position = {"a"};
  TradeQueueBirth birth = after_a_crash({close, executing_trade("a", before)});
  birth.restored_at = test::ActorFixture::kStart;
  birth.engine.mode = EngineMode::kHalted;
  QueueWorld world(std::move(birth));
  world.journal.release();
  world.advance(kSecond);
  REQUIRE(world.asked.size() == 2);
  const OrderReport stands = test::standing(test::pending_trade("a", {"bot-0"}, before));
  world.answer_question("a", std::optional(stands));
  world.advance(kSecond * 5);
  CHECK(world.cancels.empty());
}

// -- an exchange that never answers

// Longer than the queue waits for any word.
constexpr Duration kLongSilence{150'000};

TEST_CASE("an order that is never answered becomes of unknown outcome, durably, and is asked for") {
  QueueWorld world;
  world.journal.release();
  const Trade trade = world.enqueue("a");
  world.advance(kSecond * 100);
  CHECK(world.asked.empty());
  world.advance(kSecond * 40);
  const auto row = test::record_in<Trade>(world.journal.durable().back()->always, Kind::kTrade);
  REQUIRE(row.has_value());
  CHECK(row->status == TradeStatus::kExecuting);
  CHECK(row->outcome_unknown);
  REQUIRE(world.asked.size() == 1);
  world.answer_question("a", std::optional(test::filled(trade, world.now())));
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->report.status == OrderStatus::kFilled);
  CHECK(world.placed.size() == 1);
}

TEST_CASE("an order that is answered after the queue has given up waiting is taken at its word") {
  QueueWorld world;
  world.journal.release();
  const Trade filled = world.enqueue("a");
  world.enqueue("b", Direction::kLong, 1);
  world.advance(kLongSilence);
  REQUIRE(world.asked.size() == 2);
  world.answer("a", test::filled(filled, world.now()));
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->report.status == OrderStatus::kFilled);
  world.settle(world.told[0]);
  world.answer("b", fail(ErrorCode::kRejected, "insufficient balance"));
  REQUIRE(world.told_other.size() == 1);
  CHECK(world.told_other[0].report->report.message == "insufficient balance");
  world.settle(world.told_other[0]);
  world.advance(kLongSilence);
  CHECK(world.placed.size() == 2);
}

TEST_CASE("a late refusal of an attempt that is not the newest says nothing about the newest") {
  for (const ErrorCode code : {ErrorCode::kRejected, ErrorCode::kUnavailable}) {
    QueueWorld world;
    world.journal.release();
    const Trade trade = world.enqueue("a");
    world.advance(kLongSilence);
    REQUIRE(world.asked.size() == 1);
    world.answer_question("a", std::optional<OrderReport>{});
    world.advance(kSecond);
    REQUIRE(world.placed.size() == 2);
    world.answer_attempt("a", 1, fail(code, "late"));
    world.advance(kSecond * 10);
    CHECK(world.told.empty());
    CHECK(world.placed.size() == 2);
    world.answer("a", test::filled(trade, world.now()));
    REQUIRE(world.told.size() == 1);
    CHECK(world.told[0].report->report.status == OrderStatus::kFilled);
  }
}

TEST_CASE(
    "a question that is never answered is put again, and its late answer counts only if yes") {
  QueueWorld world;
  const Trade trade = world.unknown_trade("a");
  world.advance(kSecond * 3);
  REQUIRE(world.asked.size() == 1);
  const Timestamp first = world.asked_at["a"];
  world.advance(kLongSilence);
  REQUIRE(world.asked.size() == 2);
  // It was not there when the first question was put: it may be by now.
  world.tell(world.queue, OrderAsked{{"a"}, std::optional<OrderReport>{}, first});
  world.advance(kSecond * 10);
  CHECK(world.placed.size() == 1);
  world.tell(world.queue,
             OrderAsked{{"a"}, std::optional(test::filled(trade, world.now())), first});
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].report->report.status == OrderStatus::kFilled);
}

TEST_CASE("a poll and a cancel that are never answered are sent again") {
  QueueWorld world;
  world.journal.release();
  const Trade trade = world.enqueue("a");
  OrderReport stands = test::standing(trade);
  world.answer("a", stands);
  world.is_mute = true;
  CHECK(world.cancel("a") == "CANCEL_SENT");
  world.advance(kSecond * 10);
  REQUIRE(world.cancels == Ids{"a"});
  const std::size_t polls = world.polls;
  world.advance(kSecond * 50);
  CHECK(world.polls == polls);
  world.advance(kLongSilence);
  CHECK(world.polls == polls + 1);
  CHECK(world.cancels == Ids{"a", "a"});
}

TEST_CASE("a poll that was given up on is heard late, and does not stand for the one after it") {
  QueueWorld world;
  world.journal.release();
  const Trade trade = world.enqueue("a");
  world.answer("a", test::standing(trade));
  world.is_mute = true;
  world.advance(kSecond * 2);
  const Timestamp first = world.polled_at;
  world.advance(kLongSilence);
  REQUIRE(world.polled_at != first);
  const std::size_t polls = world.polls;
  world.tell(
      world.queue,
      OrderUpdatesPolled{exchange::OrderUpdates{{part_of(trade, 1, 2, world.now())}, 70}, first});
  REQUIRE(world.told.size() == 1);
  world.settle(world.told[0]);
  world.advance(kSecond * 10);
  CHECK(world.polls == polls);
  // The same again, by the newer one, is nothing new to the bot that has it.
  world.is_mute = false;
  world.tell(world.queue, OrderUpdatesPolled{exchange::OrderUpdates{{}, 60}, world.polled_at});
  world.advance(kSecond * 2);
  CHECK(world.polls > polls);
  CHECK(world.cursors[polls] == 60);
}

}  // namespace botbox::actors
