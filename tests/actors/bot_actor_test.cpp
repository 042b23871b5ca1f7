// A bot as a durable object: what it lets out, and when.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>

#include "actors/bot_actor.hpp"
#include "actors/journal_actor.hpp"
#include "storage/expiry.hpp"
#include "storage/memory_store.hpp"
#include "storage/reader.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/held_journal.hpp"
#include "tests/support/seeded_runs.hpp"

namespace botbox::actors {
namespace {

using storage::CommitOutcome;
using storage::Kind;
using test::Inbox;

std::shared_ptr<const EngineState> engine_state(bool live_trading) {
  EngineState state;
  state.live_trading = live_trading;
  return std::make_shared<const EngineState>(std::move(state));
}

// Bots between listeners and a held journal. All propose `proposal` at every check.
struct BotWorld : test::ActorFixture {
  explicit BotWorld(std::uint32_t max_open_positions = UINT32_MAX, std::size_t slots = 1)
      : journal(*this), exposure(std::make_shared<FleetExposure>(max_open_positions, slots)) {
    strategy->propose = [this](const MarketView&, const Position*) {
      if (throws) throw std::runtime_error("division by a candle");
      return proposal;
    };
    advance(Duration{30'000});
  }

  std::shared_ptr<const BotSurroundings> around(const caf::actor& to_journal) {
    return std::make_shared<const BotSurroundings>(BotSurroundings{
        .clock = clock(),
        .journal = to_journal,
        .trade_queue = queue,
        .observer = observer,
        .scheduler = scheduler,
        .installation = {"test"},
        .exposure = exposure,
        .balances = balances,
        .symbols = symbols,
        .instruments = std::make_shared<const std::vector<Instrument>>(1, instrument)});
  }
  caf::actor bot(BotSnapshot snapshot = {}, std::uint32_t slot = 0, std::uint64_t activation = 1) {
    return bot_on(journal.actor(), std::move(snapshot), slot, activation);
  }
  caf::actor bot_on(const caf::actor& to_journal, BotSnapshot snapshot, std::uint32_t slot,
                    std::uint64_t activation) {
    BotConfig config = test::plain_bot(fmt::format("bot-{}", slot));
    config.market = instrument.market;
    return spawn<BotActor>(around(to_journal),
                           BotBirth{.slot = slot,
                                    .config = std::make_shared<const BotConfig>(std::move(config)),
                                    .strategy = strategy,
                                    .snapshot = std::move(snapshot),
                                    .epoch = {1, activation}});
  }
  // A minute later there is a new candle to look at.
  void check(const caf::actor& to, bool live_trading = true) {
    advance(Duration{60'000});
    check_same_candle(to, live_trading);
  }
  void check_same_candle(const caf::actor& to, bool live_trading = true) {
    tell(to, Check{.market = test::view_at(now()),
                   .due_at = now(),
                   .engine = engine_state(live_trading),
                   .reply_to = asker});
  }
  void report(const caf::actor& to, const Trade& trade, const OrderReport& word,
              ReasonCode blocked = ReasonCode::kNone) {
    tell(to,
         DeliverReport{std::make_shared<const OrderReported>(OrderReported{trade, word, blocked})});
  }
  // A bot that bought, and whose position is open.
  caf::actor bot_with_position() {
    const caf::actor made = bot();
    proposal = Direction::kLong;
    check(made);
    journal.answer();
    Trade trade = executing(enqueued.back().trade);
    report(made, trade, test::filled(trade, now()));
    journal.answer();
    proposal.reset();
    return made;
  }
  static Trade executing(Trade trade) {
    trade.status = TradeStatus::kExecuting;
    trade.attempts = 1;
    return trade;
  }
  bool is_silent() const {
    return enqueued.empty() && settled.empty() && done.empty() && signals.empty() && fills.empty();
  }
  void forget_messages() {
    enqueued.clear();
    settled.clear();
    done.clear();
    signals.clear();
    fills.clear();
  }

  test::HeldJournal journal;
  std::optional<Direction> proposal;
  bool throws = false;
  std::shared_ptr<test::ScriptedStrategy> strategy = std::make_shared<test::ScriptedStrategy>();
  std::shared_ptr<FleetExposure> exposure;
  std::shared_ptr<BalanceBook> balances = nullptr;
  std::shared_ptr<SymbolBook> symbols = nullptr;
  Instrument instrument = test::paper_config().instruments.front().instrument;
  Inbox<EnqueueTrade> enqueued;
  Inbox<ReportSettled> settled;
  Inbox<CheckDone> done;
  Inbox<SignalNoticed> signals;
  Inbox<FillsNoticed> fills;
  Inbox<AlertRaised> alerts;
  Inbox<BotHolds> holds;
  caf::actor queue = listener(enqueued, settled);
  caf::actor scheduler = listener(holds);
  caf::actor observer = listener(signals, fills, alerts);
  caf::actor asker = listener(done);
};

BotSnapshot snapshot_in(const storage::Commit& commit) {
  const auto snapshot = test::record_in<BotSnapshot>(test::written_by(commit), Kind::kBotSnapshot);
  REQUIRE(snapshot.has_value());
  return *snapshot;
}

std::optional<DecisionTrace> trace_in(const storage::WriteOps& rows) {
  for (const storage::Put& put : rows.puts) {
    if (put.key.kind != Kind::kTrace) continue;
    const auto trace = storage::decode<DecisionTrace>(storage::strip_expiry(put.value)->value);
    if (trace) return *trace;
  }
  return std::nullopt;
}

TEST_CASE("nothing of a check leaves a bot before its commit is durable") {
  BotWorld world;
  const caf::actor bot = world.bot();
  world.proposal = Direction::kLong;
  world.check(bot);
  REQUIRE(world.journal.held() == 1);
  world.advance(Duration{5'000});
  CHECK(world.is_silent());
  world.journal.answer();
  REQUIRE(world.enqueued.size() == 1);
  CHECK(world.enqueued[0].trade.status == TradeStatus::kPending);
  REQUIRE(world.done.size() == 1);
  CHECK(world.done[0].outcome == CheckOutcome::kAccepted);
  CHECK(world.signals.size() == 1);
}

TEST_CASE("nothing of a report leaves a bot before its commit is durable") {
  BotWorld world;
  const caf::actor bot = world.bot();
  world.proposal = Direction::kLong;
  world.check(bot);
  world.journal.answer();
  const Trade trade = BotWorld::executing(world.enqueued[0].trade);
  world.forget_messages();
  world.report(bot, trade, test::filled(trade, world.now()));
  REQUIRE(world.journal.held() == 1);
  CHECK(world.is_silent());
  CHECK(snapshot_in(world.journal.commit()).open_positions.size() == 1);
  world.journal.answer();
  REQUIRE(world.settled.size() == 1);
  CHECK(world.settled[0].final);
  CHECK(world.settled[0].report->report.client_id == trade.client_order_id);
  REQUIRE(world.fills.size() == 1);
  CHECK(world.fills[0].is_opened);
}

TEST_CASE("of a close that the queue finds nothing for, the bot has the last word") {
  BotWorld world;
  world.bot_with_position();
  BotSnapshot snapshot = snapshot_in(*world.journal.durable().back());
  REQUIRE(snapshot.open_positions.size() == 1);
  const Position held = snapshot.open_positions[0];
  Trade close = test::pending_trade("c", {"bot-0"}, world.now(), Direction::kClose);
  close.position = held.id;
  close.quantity = {};
  snapshot.pending.push_back(
      {.id = close.id, .direction = close.direction, .position = close.position});
  world.forget_messages();
  const caf::actor holding = world.bot(snapshot, 0, 2);
  world.report(holding, close, test::rejected(close, world.now()), ReasonCode::kNothingToClose);
  CHECK(world.journal.held() == 0);
  REQUIRE(world.settled.size() == 1);
  CHECK_FALSE(world.settled[0].final);
  CHECK(world.settled[0].closes == std::vector<CloseSize>{{close.id, held.quantity}});
  snapshot.open_positions.clear();
  const caf::actor flat = world.bot(snapshot, 0, 3);
  world.report(flat, close, test::rejected(close, world.now()), ReasonCode::kNothingToClose);
  REQUIRE(world.journal.held() == 1);
  world.journal.answer();
  REQUIRE(world.settled.size() == 2);
  CHECK(world.settled[1].final);
  CHECK(world.settled[1].closes.empty());
}

TEST_CASE("a stop that the exchange calls passed closes its position once, on no candle at all") {
  BotWorld world;
  const caf::actor bot = world.bot_with_position();
  const Trade entry = world.enqueued.back().trade;
  REQUIRE_FALSE(entry.stop_client_id.empty());
  world.forget_messages();
  const TellStopPassed passed{{entry.stop_client_id, false, "Binance -2021"}};
  world.tell(bot, passed);
  CHECK(world.is_silent());
  world.tell(bot, passed);  // while the first is being written
  REQUIRE(world.journal.held() == 1);
  world.journal.answer();
  REQUIRE(world.enqueued.size() == 1);
  const Trade close = world.enqueued.back().trade;
  CHECK(close.direction == Direction::kClose);
  CHECK(close.position == entry.position);
  world.tell(bot, passed);
  CHECK(world.journal.held() == 0);
  CHECK(world.enqueued.size() == 1);
  world.report(bot, world.executing(close), test::filled(close, world.now()));
  const auto closed =
      test::record_in<Position>(test::written_by(world.journal.commit()), Kind::kPosition);
  REQUIRE(closed.has_value());
  CHECK(closed->close_reason == ReasonCode::kStopLossHit);
}

TEST_CASE("what a failed write held back is never released") {
  BotWorld world;
  const caf::actor bot = world.bot();
  world.proposal = Direction::kLong;
  world.check(bot);
  world.journal.fail();
  world.advance(Duration{3'600'000});
  CHECK(world.is_silent());
  world.check(bot);
  REQUIRE(world.done.size() == 1);
  CHECK(world.done[0].reason == ReasonCode::kAlreadyChecking);
  CHECK(world.enqueued.empty());
}

TEST_CASE("a check that comes while a fill is written waits for it, and sees the position") {
  BotWorld world;
  const caf::actor bot = world.bot();
  world.proposal = Direction::kLong;
  world.check(bot);
  world.journal.answer();
  const Trade trade = BotWorld::executing(world.enqueued.back().trade);
  world.report(bot, trade, test::filled(trade, world.now()));
  REQUIRE(world.journal.held() == 1);
  world.forget_messages();
  world.check(bot);
  CHECK(world.is_silent());
  world.check_same_candle(bot);  // the one that waits has this turn
  REQUIRE(world.done.size() == 1);
  CHECK(world.done[0].reason == ReasonCode::kAlreadyChecking);
  world.forget_messages();

  world.journal.answer();
  REQUIRE(world.settled.size() == 1);
  CHECK(world.done.empty());
  REQUIRE(world.journal.held() == 1);
  CHECK(test::record_in<Signal>(test::written_by(world.journal.commit()), Kind::kSignal)
            ->rejection_reason == ReasonCode::kDuplicatePosition);
  world.journal.answer();
  REQUIRE(world.done.size() == 1);
  CHECK(world.done[0].outcome == CheckOutcome::kRefused);
  CHECK(world.journal.held() == 0);
}

TEST_CASE("one commit holds all records of an accepted signal") {
  BotWorld world;
  const caf::actor bot = world.bot();
  world.proposal = Direction::kLong;
  world.check(bot);
  const storage::Commit& commit = world.journal.commit();
  CHECK(commit.claims.size() == 2);
  CHECK(commit.always.empty());
  const storage::WriteOps& rows = commit.if_claimed;
  CHECK(test::record_in<Signal>(rows, Kind::kSignal)->decision == SignalDecision::kAccepted);
  CHECK(test::record_in<OrderIntent>(rows, Kind::kIntent)->status == IntentStatus::kPending);
  CHECK(test::record_in<Trade>(rows, Kind::kTrade)->status == TradeStatus::kPending);
  CHECK(snapshot_in(commit).pending.size() == 1);
  CHECK(snapshot_in(commit).turn == 1);
  CHECK(rows.events.size() == 3);
}

TEST_CASE(
    "a second check while one is under way is answered ALREADY_CHECKING and decides nothing") {
  BotWorld world;
  const caf::actor bot = world.bot();
  world.proposal = Direction::kLong;
  world.check(bot);
  world.check(bot);
  REQUIRE(world.done.size() == 1);
  CHECK(world.done[0].reason == ReasonCode::kAlreadyChecking);
  CHECK(world.done[0].outcome == CheckOutcome::kNotACheck);
  CHECK(world.journal.held() == 1);
  world.journal.answer();
  CHECK(world.journal.held() == 0);
  CHECK(world.enqueued.size() == 1);
}

TEST_CASE("reports that come during a commit wait and are taken up one by one, in their order") {
  BotWorld world;
  const caf::actor bot = world.bot_with_position();
  const Position position = snapshot_in(*world.journal.durable().back()).open_positions.at(0);
  world.forget_messages();
  world.check(bot);
  REQUIRE(world.journal.held() == 1);
  world.report(bot, {},
               test::report_on(position.stop_client_id, OrderSide::kSell, position.quantity, 1, 5,
                               world.now()));
  world.report(bot, {},
               test::report_on(position.take_profit_client_id, OrderSide::kSell, position.quantity,
                               2, 5, world.now()));
  CHECK(world.is_silent());
  CHECK(world.journal.held() == 1);
  world.journal.answer();
  CHECK(world.done.size() == 1);
  CHECK(world.settled.empty());
  REQUIRE(world.journal.held() == 1);
  world.journal.answer();
  REQUIRE(world.settled.size() == 1);
  CHECK(world.settled[0].report->report.client_id == position.stop_client_id);
  REQUIRE(world.journal.held() == 1);
  world.journal.answer();
  REQUIRE(world.settled.size() == 2);
  CHECK(world.settled[1].report->report.client_id == position.take_profit_client_id);
  const Position left = snapshot_in(*world.journal.durable().back()).open_positions.at(0);
  CHECK(left.quantity < position.quantity);
  CHECK(left.applied.size() == 3);
}

TEST_CASE("turns of a bot are numbered without holes") {
  BotWorld world;
  const caf::actor bot = world.bot_with_position();
  world.check(bot);
  world.journal.answer_all();
  std::uint64_t turn = 0;
  for (const auto& commit : world.journal.durable()) {
    CHECK(commit->turn == ++turn);
    CHECK(snapshot_in(*commit).turn == turn);
  }
  CHECK(turn == 3);
}

TEST_CASE("a due time is handled once, also when its commit came too late for the asker") {
  BotWorld world;
  const caf::actor bot = world.bot();
  world.check(bot);
  const Timestamp due = world.now();
  world.advance(Duration{15'000});
  world.journal.answer();
  REQUIRE(world.done.size() == 1);
  world.tell(bot, Check{.market = test::view_at(world.now()),
                        .due_at = due,
                        .engine = engine_state(true),
                        .cycle = 2,
                        .reply_to = world.asker});
  CHECK(world.journal.held() == 0);
  REQUIRE(world.done.size() == 2);
  CHECK(world.done[1].cycle == 2);
  CHECK(world.done[1].next_check_at == world.done[0].next_check_at);
  CHECK(world.done[1].next_check_at > world.now());
}

TEST_CASE(
    "a refused claim means no trade; which one it was is durable before anybody hears of it") {
  for (const auto& [claim, reason] : {std::pair{0U, ReasonCode::kIdempotencyBlocked},
                                      std::pair{1U, ReasonCode::kQueueDuplicate}}) {
    CAPTURE(claim);
    BotWorld world(1);
    const caf::actor bot = world.bot();
    world.proposal = Direction::kLong;
    world.check(bot);
    CHECK(world.exposure->open() == 1);
    REQUIRE(world.journal.commit().claims.size() == 2);
    CHECK(world.journal.commit().if_refused.empty());
    world.journal.refuse(claim);
    CHECK(world.exposure->open() == 0);
    CHECK(world.is_silent());
    REQUIRE(world.journal.held() == 1);
    const storage::Commit second = world.journal.commit();
    CHECK(second.claims.empty());
    CHECK(second.turn == 2);
    const auto trace = trace_in(second.always);
    REQUIRE(trace.has_value());
    CHECK(trace->reason == reason);
    CHECK(trace->stage == TraceStage::kDedupSkipped);
    CHECK(test::record_in<Signal>(second.always, Kind::kSignal)->rejection_reason == reason);
    world.journal.answer();
    CHECK(world.enqueued.empty());
    REQUIRE(world.done.size() == 1);
    CHECK(world.done[0].outcome == CheckOutcome::kDuplicate);
    CHECK(world.done[0].reason == reason);
    // The bot goes on: its next candle may trade.
    world.check(bot);
    world.journal.answer();
    CHECK(world.enqueued.size() == 1);
  }
}

TEST_CASE("a check on a nearly full disk refuses the entry and says so in the trace") {
  BotWorld world;
  const caf::actor bot = world.bot();
  world.proposal = Direction::kLong;
  world.advance(Duration{60'000});
  world.tell(bot, Check{.market = test::view_at(world.now()),
                        .due_at = world.now(),
                        .engine = engine_state(true),
                        .disk = {.free = 255, .floor = 256},
                        .reply_to = world.asker});
  REQUIRE(world.journal.held() == 1);
  CHECK(trace_in(world.journal.commit().always)->reason == ReasonCode::kDiskSpaceLow);
  world.journal.answer();
  CHECK(world.enqueued.empty());
  CHECK(world.done[0].reason == ReasonCode::kDiskSpaceLow);
}

TEST_CASE("a fenced commit ends the activation without a word") {
  BotWorld world;
  const caf::actor bot = world.bot();
  const auto downs = world.watch(bot);
  world.proposal = Direction::kLong;
  world.check(bot);
  world.journal.answer(CommitOutcome::kFenced);
  CHECK(world.is_silent());
  CHECK(world.alerts.empty());
  REQUIRE(downs.size() == 1);
  CHECK(downs[0] == caf::exit_reason::normal);
}

TEST_CASE("a strategy that throws ends its bot, and the asker hears of it") {
  BotWorld world;
  const caf::actor bot = world.bot();
  const auto downs = world.watch(bot);
  world.throws = true;
  world.check(bot);
  REQUIRE(world.done.size() == 1);
  CHECK(world.done[0].reason == ReasonCode::kCheckFailed);
  CHECK(world.done[0].error.find("division by a candle") != std::string::npos);
  CHECK(downs.size() == 1);
  CHECK(world.alerts.size() == 1);
}

TEST_CASE("the candle of a check that failed has a trace that says why, and nothing else changes") {
  BotWorld world;
  const caf::actor bot = world.bot();
  world.throws = true;
  world.check(bot);
  REQUIRE(world.journal.held() == 1);
  const storage::WriteOps& rows = world.journal.commit().always;
  REQUIRE(rows.puts.size() == 1);
  const auto trace = trace_in(rows);
  REQUIRE(trace.has_value());
  CHECK(trace->reason == ReasonCode::kCheckFailed);
  CHECK(trace->decision == DecisionType::kFailed);
  CHECK(trace->reason_message.find("division by a candle") != std::string::npos);
  // The next activation decides the same candle, and its trace takes the place.
  world.throws = false;
  const caf::actor next = world.bot({}, 0, 2);
  world.check_same_candle(next);
  CHECK(trace_in(world.journal.commit(1).always)->candle_close == trace->candle_close);
}

TEST_CASE("a turn whose records are too large fails the check and its bot, not the engine") {
  BotWorld world;
  const caf::actor bot = world.bot();
  const auto downs = world.watch(bot);
  world.proposal = Direction::kLong;
  world.check(bot);
  world.journal.answer(CommitOutcome::kTooLarge);
  CHECK(world.enqueued.empty());
  REQUIRE(world.done.size() == 1);
  CHECK(world.done[0].reason == ReasonCode::kCheckFailed);
  CHECK(world.done[0].error.find("too large") != std::string::npos);
  CHECK(downs.size() == 1);
  CHECK(world.alerts.size() == 1);
  REQUIRE(world.journal.held() == 1);
  CHECK(trace_in(world.journal.commit().always)->reason == ReasonCode::kCheckFailed);
}

TEST_CASE("a report that contradicts the books ends the bot before anything is written") {
  BotWorld world;
  const caf::actor bot = world.bot_with_position();
  const Position position = snapshot_in(*world.journal.durable().back()).open_positions.at(0);
  const auto downs = world.watch(bot);
  world.forget_messages();
  world.report(bot, {},
               test::report_on(position.stop_client_id, OrderSide::kSell,
                               position.quantity + position.quantity, 1, 1, world.now()));
  CHECK(world.journal.held() == 0);
  CHECK(world.is_silent());
  CHECK(downs.size() == 1);
  CHECK(world.alerts.size() == 1);
}

TEST_CASE("a pause that comes during a commit takes effect after it") {
  BotWorld world;
  const caf::actor bot = world.bot();
  world.check(bot);
  world.tell(bot, ChangeStatus{{BotStatus::kPaused, "news", "cli:alice"}});
  world.advance(Duration{100});
  REQUIRE(world.journal.held() == 1);
  world.journal.answer();
  world.advance(Duration{10});
  REQUIRE(world.journal.held() == 1);
  CHECK(snapshot_in(world.journal.commit()).status == BotStatus::kPaused);
  world.journal.answer();
  world.proposal = Direction::kLong;
  world.check(bot);
  world.journal.answer();
  CHECK(world.done.back().reason == ReasonCode::kBotNotActive);
  CHECK(world.enqueued.empty());
}

TEST_CASE("a paused bot still leaves, and says after each turn whether it holds a position") {
  BotWorld world;
  const caf::actor bot = world.bot_with_position();
  const ChangeStatus pause{{BotStatus::kPaused, "news", "cli:alice"}};
  world.tell(bot, pause);
  CHECK(world.holds.empty());
  world.journal.answer();
  REQUIRE(world.holds.size() == 1);
  CHECK(world.holds[0].has_position);
  // Told again, nothing changes.
  world.tell(bot, pause);
  CHECK(world.journal.held() == 0);
  CHECK(world.holds.size() == 2);
  world.proposal = Direction::kClose;
  world.check(bot);
  world.journal.answer();
  CHECK(world.holds.back().has_position);
  const Trade close = BotWorld::executing(world.enqueued.back().trade);
  REQUIRE(close.direction == Direction::kClose);
  world.report(bot, close, test::filled(close, world.now()));
  world.journal.answer();
  CHECK_FALSE(world.holds.back().has_position);
}

TEST_CASE("with live trading off an accepted signal is recorded as blocked and nothing is queued") {
  BotWorld world(1);
  const caf::actor bot = world.bot();
  world.proposal = Direction::kLong;
  world.check(bot, false);
  world.journal.answer();
  CHECK(world.enqueued.empty());
  CHECK(world.exposure->open() == 0);
  REQUIRE(world.done.size() == 1);
  CHECK(world.done[0].outcome == CheckOutcome::kBlocked);
  CHECK(world.done[0].reason == ReasonCode::kOrderBlockedLiveTrading);
}

TEST_CASE("what moves with the fleet is refused for that before the bot's own lock") {
  BotWorld world;
  world.exposure = std::make_shared<FleetExposure>(
      UINT32_MAX, 2, FleetLimits{.correlation = Decimal::literal("0.9")});
  BotSnapshot locked;
  locked.risk.emplace_back().locks = {
      {ReasonCode::kMaxDrawdown, {}, world.now() + Duration{3'600'000}, "120 below 1000"}};
  const caf::actor bot = world.bot(locked, 1);
  world.proposal = Direction::kLong;
  const auto reason = [&] {
    world.check(bot);
    world.journal.answer();
    return world.done.back().reason;
  };
  CHECK(to_string(reason()) == to_string(ReasonCode::kMaxDrawdown));
  world.exposure->hold(0, std::vector<FleetHolding>{{.symbol = {"BTC/USDT"},
                                                     .base = {"BTC"},
                                                     .side = PositionSide::kLong,
                                                     .worth = Notional::literal("100")}});
  CHECK(to_string(reason()) == to_string(ReasonCode::kCorrelated));
  // The other way round it would hedge.
  world.exposure->hold(0, std::vector<FleetHolding>{{.symbol = {"BTC/USDT"},
                                                     .base = {"BTC"},
                                                     .side = PositionSide::kShort,
                                                     .worth = Notional::literal("100")}});
  CHECK(to_string(reason()) == to_string(ReasonCode::kMaxDrawdown));
  CHECK(world.enqueued.empty());
}

TEST_CASE("a place is taken by an entry and given back when it is rejected or closed") {
  BotWorld world(1, 2);
  const caf::actor first = world.bot({}, 0);
  const caf::actor second = world.bot({}, 1);
  world.proposal = Direction::kLong;
  world.check(first);
  world.check_same_candle(second);
  world.journal.answer_all();
  REQUIRE(world.enqueued.size() == 1);
  CHECK(world.done.back().reason == ReasonCode::kMaxPositionsGlobal);
  const Trade trade = BotWorld::executing(world.enqueued[0].trade);
  world.report(first, trade, test::rejected(trade, world.now()));
  CHECK(world.exposure->open() == 1);  // not yet durable
  world.journal.answer();
  CHECK(world.exposure->open() == 0);

  world.check(second);
  world.journal.answer();
  REQUIRE(world.enqueued.size() == 2);
  const Trade bought = BotWorld::executing(world.enqueued[1].trade);
  world.report(second, bought, test::filled(bought, world.now()));
  world.journal.answer();
  CHECK(world.exposure->open() == 1);
  world.report(
      second, {},
      test::report_on(bought.stop_client_id, OrderSide::kSell, bought.quantity, 1, 1, world.now()));
  world.journal.answer();
  CHECK(world.exposure->open() == 0);
}

TEST_CASE("what a stop has sold is there for the next entry before the account is asked again") {
  const Instrument spot = test::paper_config().instruments.front().instrument;
  BotWorld world;
  world.balances = std::make_shared<BalanceBook>(Leverages{}, Duration{3'600'000});
  const auto tell_account = [&](std::int64_t free) {
    world.balances->take(world.balances->begin_reading(),
                         {{spot.quote, Decimal::from_int(free), {}}}, world.now());
  };
  tell_account(1'000'000);
  const caf::actor bot = world.bot_with_position();
  const Trade bought = world.enqueued.back().trade;
  tell_account(0);  // all of it went into the position
  CHECK(world.balances->funds(spot, world.now()).free == Decimal{});
  const OrderReport sold =
      test::report_on(bought.stop_client_id, OrderSide::kSell, bought.quantity, 1, 1, world.now());
  world.report(bot, {}, sold);
  CHECK(world.balances->funds(spot, world.now()).free == Decimal{});  // not yet durable
  world.journal.answer();
  const auto worth = notional(sold.fills[0].price, bought.quantity, Rounding::kUp);
  CHECK(world.balances->funds(spot, world.now()).free ==
        balance_needed(MarketType::kSpot, *worth, {}));
}

TEST_CASE("an entry that would not be sent is refused by its gate, and no trade comes of it") {
  BotWorld world;
  world.symbols = std::make_shared<SymbolBook>();
  world.symbols->follow_exchange();
  world.instrument.market = MarketType::kLinear;
  world.instrument.max_conditional_orders = 5;
  const Symbol symbol = world.instrument.symbol;
  const caf::actor bot = world.bot();
  world.proposal = Direction::kLong;
  const auto refusal = [&] {
    world.check(bot);
    REQUIRE(world.journal.held() == 1);
    const auto trace = trace_in(world.journal.commit().always);
    world.journal.answer();
    REQUIRE(trace.has_value());
    CHECK(world.done.back().outcome == CheckOutcome::kRefused);
    CHECK(world.done.back().reason == trace->reason);
    return std::string(to_string(trace->reason));
  };
  world.symbols->hold({}, {symbol});
  CHECK(refusal() == "RECONCILIATION_PENDING");
  world.symbols->hold("POSITION_MODE: hedge mode", {});
  CHECK(refusal() == "RECONCILIATION_PENDING");
  world.symbols->hold({}, {});
  SymbolStanding standing;
  standing.short_by = {"other"};
  world.symbols->follow(symbol, standing);
  CHECK(refusal() == "OPPOSITE_SIDE_HELD");
  standing.short_by = {};
  standing.orders.conditional = 4;
  world.symbols->follow(symbol, standing);
  CHECK(refusal() == "NO_ORDER_ROOM");
  CHECK(world.enqueued.empty());
  standing.orders.conditional = 3;
  world.symbols->follow(symbol, standing);
  world.check(bot);
  world.journal.answer();
  CHECK(world.enqueued.size() == 1);
}

TEST_CASE("of two bots that want the last room of a symbol at one moment only one gets a trade") {
  BotWorld world(UINT32_MAX, 2);
  world.symbols = std::make_shared<SymbolBook>();
  world.symbols->follow_exchange();
  world.instrument.max_conditional_orders = 3;
  const caf::actor first = world.bot({}, 0);
  const caf::actor second = world.bot({}, 1);
  world.proposal = Direction::kLong;
  world.check(first);
  world.check_same_candle(second);
  world.journal.answer_all();
  REQUIRE(world.enqueued.size() == 1);
  CHECK(world.done.back().reason == ReasonCode::kNoOrderRoom);
  CHECK(world.exposure->open() == 1);
  const Trade trade = BotWorld::executing(world.enqueued[0].trade);
  world.report(first, trade, test::rejected(trade, world.now()));
  world.journal.answer();
  world.check(second);
  world.journal.answer();
  CHECK(world.enqueued.size() == 2);
}

TEST_CASE("a close passes whatever stands in the way of entries") {
  BotWorld world;
  world.symbols = std::make_shared<SymbolBook>();
  const caf::actor bot = world.bot_with_position();
  world.symbols->hold("POSITION_MODE: hedge mode", {});
  world.proposal = Direction::kClose;
  world.check(bot);
  world.journal.answer();
  CHECK(world.enqueued.back().trade.direction == Direction::kClose);
}

TEST_CASE("a dead bot keeps its places until its next activation counts them") {
  BotWorld world(1, 2);
  const caf::actor first = world.bot_with_position();
  const BotSnapshot durable = snapshot_in(*world.journal.durable().back());
  CHECK(world.exposure->open() == 1);
  world.kill(first);
  // Its position is still open at the exchange: nobody else may have the place.
  CHECK(world.exposure->open() == 1);
  world.bot(durable, 0, 2);
  CHECK(world.exposure->open() == 1);
}

TEST_CASE("an entry that did not become durable frees its place with the next activation") {
  BotWorld world(1, 2);
  const caf::actor first = world.bot();
  world.proposal = Direction::kLong;
  world.check(first);
  CHECK(world.exposure->open() == 1);
  world.kill(first);
  world.bot({}, 0, 2);
  CHECK(world.exposure->open() == 0);
}

// What a bot of the property below is known to hold.
struct Model {
  caf::actor actor;
  BotSnapshot durable;
  std::uint64_t activation = 1;
};

TEST_CASE("places never leak and never exceed the limit, whatever happens to the bots") {
  constexpr std::uint32_t kLimit = 2;
  constexpr std::uint32_t kBots = 4;
  constexpr std::uint64_t seed = 20'240'101;
  MESSAGE("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20; ++round) {
    BotWorld world(kLimit, kBots);
    std::vector<Model> bots(kBots);
    for (std::uint32_t i = 0; i < kBots; ++i) bots[i].actor = world.bot({}, i);
    for (int step = 0; step < 60; ++step) {
      const auto slot = static_cast<std::uint32_t>(random() % kBots);
      Model& model = bots[slot];
      world.proposal = random() % 3 == 0 ? Direction::kClose : Direction::kLong;
      world.check(model.actor);
      CHECK(world.exposure->open() <= kLimit);
      // Every commit of this round ends in one way or another.
      bool is_gone = false;
      while (world.journal.held() > 0) {
        const auto commit = world.journal.commit();
        const auto fate = random() % 10;
        if (fate == 0) {
          world.kill(model.actor);
          world.journal.answer(CommitOutcome::kFenced);
          is_gone = true;
        } else if (fate == 1 && !commit.claims.empty()) {
          world.journal.refuse(random() % 2);
        } else {
          world.journal.answer();
          model.durable = snapshot_in(commit);
          if (const auto trade = test::record_in<Trade>(test::written_by(commit), Kind::kTrade);
              trade && trade->status == TradeStatus::kPending && random() % 4 != 0) {
            const Trade sent = BotWorld::executing(*trade);
            world.report(model.actor, sent,
                         random() % 3 == 0 ? test::rejected(sent, world.now())
                                           : test::filled(sent, world.now()));
          }
        }
      }
      if (is_gone) model.actor = world.bot(model.durable, slot, ++model.activation);
      std::uint32_t expected = 0;
      for (const Model& bot : bots) expected += places_of(bot.durable);
      REQUIRE(world.exposure->open() == expected);
    }
  }
}

TEST_CASE("a late commit of a dead activation changes nothing") {
  BotWorld world;
  storage::MemoryStore store;
  const auto directory = storage::open_directory(store, {"test"});
  REQUIRE(directory.has_value());
  const caf::actor journal = world.spawn<JournalActor>(
      JournalSettings{.writer = std::make_shared<storage::CommitWriter>(store, *directory),
                      .store = &store,
                      .on_fatal = [](const Error& error) { FAIL(to_string(error)); }},
      std::make_shared<JournalCounters>());

  // The old activation decides, and its commit is delayed on the way.
  const caf::actor old_one = world.bot();
  world.proposal = Direction::kLong;
  world.check(old_one);
  const auto late = std::make_shared<const storage::Commit>(world.journal.commit());
  world.kill(old_one);

  Inbox<BotRead> read;
  Inbox<Committed> answers;
  world.tell(journal, ReadBot{{"bot-0"}, {1, 2}, world.listener(read)});
  REQUIRE(read.size() == 1);
  CHECK_FALSE(read[0].snapshot.value().has_value());
  world.tell(journal, CommitRequest{late, world.listener(answers)});
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].result.outcome == CommitOutcome::kFenced);
  const auto lost = test::record_in<Trade>(late->if_claimed, Kind::kTrade);
  REQUIRE(lost.has_value());
  CHECK_FALSE(storage::find_trade(store, lost->id)->has_value());

  // The new activation decides the same candle once, under its own number.
  const caf::actor new_one = world.bot_on(journal, {}, 0, 2);
  world.check_same_candle(new_one);
  REQUIRE(world.enqueued.size() == 1);
  CHECK(storage::find_trade(store, world.enqueued[0].trade.id)->has_value());
}

TEST_CASE("on a slow disk ten times the checks leave one commit a bot, and all of them drain") {
  constexpr std::size_t kBots = 10;
  BotWorld world(UINT32_MAX, kBots);
  std::vector<caf::actor> bots;
  for (std::uint32_t slot = 0; slot < kBots; ++slot) bots.push_back(world.bot({}, slot));
  world.proposal = Direction::kLong;
  for (std::size_t times = 0; times < 10; ++times) {
    for (const caf::actor& bot : bots) world.check_same_candle(bot);
    world.advance(Duration{1'000});
    CHECK(world.journal.held() == kBots);
  }
  CHECK(world.enqueued.empty());
  CHECK(world.done.size() == 9 * kBots);
  for (const CheckDone& done : world.done) CHECK(done.reason == ReasonCode::kAlreadyChecking);
  world.journal.answer_all();
  CHECK(world.done.size() == 10 * kBots);
  CHECK(world.enqueued.size() == kBots);
  world.proposal.reset();
  for (const caf::actor& bot : bots) world.check(bot);
  world.journal.answer_all();
  CHECK(world.done.size() == 11 * kBots);
  CHECK(world.done.back().reason != ReasonCode::kAlreadyChecking);
}

TEST_CASE(
    "while a commit is under way nothing leaves, whatever comes; then its own turn, and no more") {
  testing::SeededRuns runs;
  INFO("seed " << runs.seed());
  std::size_t trades = 0;
  for (int run = 0; run < 40; ++run) {
    BotWorld world;
    const caf::actor bot = world.bot();
    world.proposal = Direction::kLong;
    const auto outside = [&world] {
      const auto answered = std::ranges::count_if(world.done, [](const CheckDone& done) {
        return done.reason != ReasonCode::kAlreadyChecking;
      });
      return std::array{world.enqueued.size(), world.settled.size(), world.signals.size(),
                        world.fills.size(), static_cast<std::size_t>(answered)};
    };
    for (int step = 0; step < 40; ++step) {
      const bool is_under_way = world.journal.held() == 1;
      const auto before = outside();
      if (is_under_way && runs.one_in(3)) {
        const auto trade =
            test::record_in<Trade>(test::written_by(world.journal.commit()), Kind::kTrade);
        world.journal.answer();
        CHECK(world.enqueued.size() == before[0] + (trade ? 1 : 0));
        CHECK(world.signals.size() <= before[2] + 1);
      } else {
        StatusChanged change;
        change.to = runs.one_in(2) ? BotStatus::kActive : BotStatus::kPaused;
        switch (runs.between(0, 3)) {
          case 0: world.tell(bot, ChangeStatus{change}); break;
          case 1: world.tell(bot, LiftLocks{}); break;
          case 2: world.check_same_candle(bot); break;
          default: world.check(bot);
        }
        if (is_under_way) CHECK(outside() == before);
      }
      CHECK(world.journal.held() <= 1);
    }
    trades += world.enqueued.size();
  }
  CHECK(trades > 0);
}

TEST_CASE("a bot that dies has handled what came first, in order; the rest fails for its senders") {
  testing::SeededRuns runs;
  INFO("seed " << runs.seed());
  for (int run = 0; run < 20; ++run) {
    BotWorld world;
    world.journal.release();
    const caf::actor old_one = world.bot();
    const auto handled = std::make_shared<std::vector<std::uint64_t>>();
    const auto failed = std::make_shared<std::vector<std::uint64_t>>();
    const caf::actor client =
        world.system().spawn([=](caf::event_based_actor* self) -> caf::behavior {
          return {[=](const Check& check) {
            const std::uint64_t number = check.cycle;
            self->request(old_one, caf::infinite, check)
                .then([=] { handled->push_back(number); },
                      [=](const caf::error&) { failed->push_back(number); });
          }};
        });
    constexpr std::uint64_t kAsked = 20;
    const auto died_after = static_cast<std::uint64_t>(runs.between(0, 19));
    std::vector<std::uint64_t> first;
    std::vector<std::uint64_t> rest;
    for (std::uint64_t number = 1; number <= kAsked; ++number) {
      (number <= died_after ? first : rest).push_back(number);
      if (number == died_after + 1) world.kill(old_one);
      world.advance(Duration{60'000});
      world.tell(client, Check{.market = test::view_at(world.now()),
                               .due_at = world.now(),
                               .engine = engine_state(true),
                               .cycle = number,
                               .reply_to = world.asker});
    }
    const caf::actor new_one = world.bot({}, 0, 2);
    world.run();
    CHECK(*handled == first);
    CHECK(*failed == rest);
    std::vector<std::uint64_t> done;
    for (const CheckDone& answer : world.done) done.push_back(answer.cycle);
    CHECK(done == first);
    world.check(new_one);
    CHECK(world.done.size() == first.size() + 1);
  }
}

TEST_CASE("what is sent to a dead activation reaches no later one") {
  BotWorld world;
  world.proposal = Direction::kLong;
  const caf::actor old_one = world.bot();
  world.check(old_one);
  REQUIRE(world.journal.held() == 1);
  world.kill(old_one);
  for (int i = 0; i < 3; ++i) world.check_same_candle(old_one);
  const caf::actor new_one = world.bot({}, 0, 2);
  world.advance(Duration{60'000});
  CHECK(world.journal.held() == 1);
  CHECK(world.is_silent());
  world.journal.answer();
  CHECK(world.is_silent());
  world.check_same_candle(new_one);
  world.journal.answer();
  CHECK(world.done.size() == 1);
  CHECK(world.enqueued.size() == 1);
}

}  // namespace
}  // namespace botbox::actors
