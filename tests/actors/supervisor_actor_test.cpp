// The supervisor: brings bots up, back, and into quarantine; and holds the operator's switches.
#include "actors/supervisor_actor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <optional>

#include "actors/bot_change.hpp"
#include "actors/fleet_change.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/held_journal.hpp"
#include "tests/support/seeded_runs.hpp"
#include "tests/support/set_back_clock.hpp"

namespace botbox::actors {
namespace {

using storage::Kind;
using test::Inbox;

constexpr Duration kSecond{1'000};
constexpr Duration kMinute{60'000};

struct FleetWorld : test::ActorFixture {
  FleetWorld() : journal(*this) {
    venue = fake(
        [this](const AcquirePermits& ask) {
          caf::anon_send(ask.reply_to,
                         PermitsGranted{ask.ticket, test::TestPermits::many(permits), now()});
        },
        [this](const FetchInstruments& fetch) {
          CHECK(fetch.permit.consume());
          ++fetches;
          if (exchange_is_silent) return;
          Result<std::vector<Instrument>> listed =
              std::vector<Instrument>{test::paper_config().instruments.front().instrument};
          if (exchange_fails) listed = fail(ErrorCode::kUnavailable, "connection refused");
          caf::anon_send(fetch.reply_to, InstrumentsFetched{std::move(listed)});
        });
    queue = listener(attached, detached, enqueued, queue_states);
    scheduler = listener(ready_bots, stopped, scheduler_states, holds);
    observer = listener(fleet_ready, alerts, evicted);
    signal_inbox = listener(gone, returned);
  }
  FleetMember member(std::uint32_t slot, Result<BotSnapshot> snapshot = BotSnapshot{}) {
    return {std::make_shared<const BotConfig>(test::plain_bot(fmt::format("bot-{}", slot))),
            strategy, std::move(snapshot)};
  }
  void start(std::vector<FleetMember> fleet, std::size_t portion = 1'000) {
    supervisor = spawn<SupervisorActor>(std::cref(seen != nullptr ? *seen : clock()),
                                        SupervisorBirth{.journal = journal_to,
                                                        .exchange = venue,
                                                        .exchange_name = "venue",
                                                        .market_data = {},
                                                        .trade_queue = queue,
                                                        .scheduler = scheduler,
                                                        .signal_inbox = signal_inbox,
                                                        .observer = observer,
                                                        .installation = {"test"},
                                                        .fleet = std::move(fleet),
                                                        .restart = {},
                                                        .portion = portion,
                                                        .engine = {},
                                                        .epoch = {1, 1},
                                                        .keeps_instruments = keeps_instruments,
                                                        .kept_instruments = kept});
  }
  void start_one(BotSnapshot snapshot = {}) {
    std::vector<FleetMember> fleet;
    fleet.push_back(member(0, std::move(snapshot)));
    start(std::move(fleet));
    run();
  }
  FleetTold fleet() {
    Inbox<FleetTold> told;
    system().spawn([&](caf::event_based_actor* self) {
      self->request(supervisor, caf::infinite, AskFleet{}).then([told](const FleetTold& fleet) {
        told.push(fleet);
      });
    });
    run();
    REQUIRE(told.size() == 1);
    return told[0];
  }
  void answer_read(Result<std::optional<BotSnapshot>> snapshot) {
    tell(supervisor, BotRead{journal.reads().back().bot, {}, std::move(snapshot)});
  }
  std::size_t alerts_of(const std::string& kind) const {
    return static_cast<std::size_t>(
        std::count_if(alerts.begin(), alerts.end(),
                      [&](const AlertRaised& alert) { return alert.kind == kind; }));
  }

  test::HeldJournal journal;
  std::shared_ptr<test::ScriptedStrategy> strategy = std::make_shared<test::ScriptedStrategy>();
  const Clock* seen = nullptr;  // by the supervisor; null: the true one
  bool keeps_instruments = false;
  std::vector<storage::KeptInstrument> kept;  // in an earlier life
  std::size_t permits = 1;
  bool exchange_is_silent = false;
  bool exchange_fails = false;
  int fetches = 0;
  Inbox<BotAttached> attached;
  Inbox<BotDetached> detached;
  Inbox<EnqueueTrade> enqueued;
  Inbox<SetEngineState> queue_states;
  Inbox<BotReady> ready_bots;
  Inbox<BotStopped> stopped;
  Inbox<BotHolds> holds;
  Inbox<SetEngineState> scheduler_states;
  Inbox<FleetReady> fleet_ready;
  Inbox<AlertRaised> alerts;
  Inbox<BotsEvicted> evicted;
  Inbox<BotGone> gone;
  Inbox<BotReturned> returned;
  caf::actor journal_to = journal.actor();
  caf::actor venue;
  caf::actor queue;
  caf::actor scheduler;
  caf::actor observer;
  caf::actor signal_inbox;
  caf::actor supervisor;
};

TEST_CASE("no bot runs before the exchange has said what can be traded, and it is asked again") {
  FleetWorld world;
  world.exchange_is_silent = true;
  world.start_one();
  world.advance(kMinute - Duration{1});
  CHECK(world.fetches == 1);
  CHECK(world.alerts.empty());
  world.advance(Duration{1});
  CHECK(world.fetches == 2);
  REQUIRE(world.alerts_of("exchange.unreachable") == 1);
  CHECK(world.alerts[0].text.find("venue") != std::string::npos);
  CHECK_FALSE(world.fleet().has_instruments);
  // Not more often as it goes on.
  world.advance(kMinute * 10);
  CHECK(world.fetches == 12);
  CHECK(world.alerts_of("exchange.unreachable") == 11);
  CHECK(world.attached.empty());
  CHECK(world.fleet_ready.empty());
  world.exchange_is_silent = false;
  world.advance(kMinute);
  CHECK(world.fetches == 13);
  CHECK(world.fleet_ready.size() == 1);
  CHECK(world.alerts_of("exchange.reached") == 1);
  CHECK(world.fleet().has_instruments);
  world.advance(kMinute * 10);
  CHECK(world.fetches == 13);
  CHECK(world.alerts_of("exchange.unreachable") == 12);
}

TEST_CASE("a clock that is set back while the instruments are waited for keeps no fleet away") {
  test::SetBackClock late;
  FleetWorld world;
  late.follow(world.clock());
  world.seen = &late;
  world.exchange_is_silent = true;
  world.start_one();
  late.set_back(kSecond);
  world.advance(kMinute);
  CHECK(world.fetches == 1);
  world.exchange_is_silent = false;
  world.advance(kSecond);
  CHECK(world.fetches == 2);
  CHECK(world.fleet_ready.size() == 1);
}

TEST_CASE("a list that comes after the one that was asked for again starts nobody twice") {
  FleetWorld world;
  world.start_one();
  REQUIRE(world.attached.size() == 1);
  const Instrument listed = test::paper_config().instruments.front().instrument;
  world.tell(world.supervisor, InstrumentsFetched{std::vector<Instrument>{listed}});
  world.tell(world.supervisor, InstrumentsFetched{fail(ErrorCode::kUnavailable, "late")});
  world.advance(kMinute * 5);
  CHECK(world.attached.size() == 1);
  CHECK(world.fleet_ready.size() == 1);
  CHECK(world.fetches == 1);
  CHECK(world.alerts.empty());
}

TEST_CASE("the pauses between askings that fail grow to a minute, and no further") {
  FleetWorld world;
  world.exchange_fails = true;
  world.start_one();
  // At 0, 1, 3, 7, 15, 31 and 63 s, and then every 60 s.
  world.advance(kSecond * 63);
  CHECK(world.fetches == 7);
  world.advance(kMinute * 10);
  CHECK(world.fetches == 17);
  CHECK(world.alerts_of("exchange.unreachable") == 17);
}

TEST_CASE("instruments are asked for again until they are there, with permits and an alert") {
  FleetWorld world;
  world.permits = 0;
  world.start_one();
  world.advance(kSecond * 5);
  CHECK(world.fetches == 0);
  world.permits = 1;
  world.exchange_fails = true;
  world.advance(kSecond * 5);
  CHECK(world.fetches >= 3);
  CHECK(world.alerts_of("exchange.unreachable") >= 3);
  CHECK(world.attached.empty());
  world.exchange_fails = false;
  world.advance(kSecond * 4);
  CHECK(world.attached.size() == 1);
  CHECK(world.fleet_ready.size() == 1);
}

TEST_CASE("a large fleet comes up in portions, and the operator is heard in between") {
  FleetWorld world;
  std::vector<FleetMember> fleet;
  for (std::uint32_t slot = 0; slot < 250; ++slot) fleet.push_back(world.member(slot));
  // One actor plays scheduler and journal, so that it sees which came first.
  std::optional<std::size_t> ready_at_commit;
  world.scheduler = world.journal_to =
      world.fake([&](const BotReady& ready) { world.ready_bots.push(ready); },
                 [&](const CommitRequest&) { ready_at_commit = world.ready_bots.size(); });
  world.exchange_is_silent = true;
  world.start(std::move(fleet), 100);
  world.run();
  world.post(world.supervisor, InstrumentsFetched{std::vector<Instrument>{
                                   test::paper_config().instruments.front().instrument}});
  world.post(world.supervisor, ChangeEngineState{{.mode = EngineMode::kHalted}});
  world.run();
  // The commit overtakes what is told of the first portion.
  REQUIRE(ready_at_commit.has_value());
  CHECK(*ready_at_commit <= 100);
  CHECK(world.ready_bots.size() == 250);
  REQUIRE(world.fleet_ready.size() == 1);
  CHECK(world.fleet_ready[0].bots == 250);
  CHECK(world.fleet_ready[0].quarantined == 0);
  for (std::uint32_t slot = 0; slot < 250; ++slot) CHECK(world.attached[slot].slot == slot);
}

TEST_CASE("a dead bot comes back from its durable snapshot, as the next activation") {
  FleetWorld world;
  world.start_one();
  REQUIRE(world.attached.size() == 1);
  const caf::actor first = world.attached[0].bot;
  world.kill(first);
  CHECK(world.detached.size() == 1);
  REQUIRE(world.stopped.size() == 1);
  CHECK(world.journal.reads().empty());  // not at once
  CHECK(world.alerts_of("bot.failed") == 1);
  world.advance(kSecond * 2);
  REQUIRE(world.journal.reads().size() == 1);
  CHECK(world.journal.reads()[0].epoch == storage::Epoch{1, 2});
  BotSnapshot durable;
  durable.turn = 5;
  durable.next_check_at = world.now() + kMinute;
  world.answer_read(std::optional(durable));
  REQUIRE(world.attached.size() == 2);
  CHECK(world.attached[1].bot != first);
  REQUIRE(world.ready_bots.size() == 2);
  CHECK(world.ready_bots[1].next_check_at == durable.next_check_at);
  // It goes on with the turn after the durable one, under its own number.
  Inbox<CheckDone> done;
  world.tell(world.attached[1].bot, Check{.market = test::view_at(world.now()),
                                          .due_at = durable.next_check_at,
                                          .reply_to = world.listener(done)});
  REQUIRE(world.journal.held() == 1);
  CHECK(world.journal.commit().turn == 6);
  CHECK(world.journal.commit().epoch == storage::Epoch{1, 2});
  // Whoever asks is told that it happened.
  const FleetTold told = world.fleet();
  CHECK(told.bots == 1);
  CHECK(told.in_memory == 1);
  CHECK(told.restarts == 1);
  REQUIRE(told.restarted.size() == 1);
  CHECK(told.restarted[0].bot == BotId{"bot-0"});
  CHECK_FALSE(told.restarted[0].failure.empty());
}

TEST_CASE("an evicted bot ends, is no failure, and comes back as the next activation when asked") {
  FleetWorld world;
  world.start_one();
  world.tell(world.supervisor, EvictBot{0});
  REQUIRE(world.detached.size() == 1);
  CHECK(world.detached[0].waker == world.supervisor);
  CHECK(world.stopped.empty());
  CHECK(world.alerts.empty());
  REQUIRE(world.evicted.size() == 1);
  CHECK(world.evicted[0].bots == 1);
  world.advance(kMinute * 60);
  CHECK(world.journal.reads().empty());
  for (int i = 0; i < 3; ++i) world.tell(world.supervisor, WakeBot{0});
  REQUIRE(world.journal.reads().size() == 1);
  CHECK(world.journal.reads()[0].epoch == storage::Epoch{1, 2});
  BotSnapshot durable;
  durable.turn = 5;
  world.answer_read(std::optional(durable));
  REQUIRE(world.attached.size() == 2);
  REQUIRE(world.ready_bots.size() == 2);
  CHECK(world.evicted[1].bots == 0);
  world.tell(world.supervisor, WakeBot{0});
  CHECK(world.journal.reads().size() == 1);
}

TEST_CASE("a bot is evicted only when its commit is there, and is back at once if it is wanted") {
  FleetWorld world;
  world.start_one();
  Inbox<CheckDone> done;
  world.tell(world.attached[0].bot, Check{.market = test::view_at(world.now()),
                                          .due_at = world.now(),
                                          .reply_to = world.listener(done)});
  REQUIRE(world.journal.held() == 1);
  world.tell(world.supervisor, EvictBot{0});
  world.tell(world.supervisor, WakeBot{0});
  CHECK(world.evicted.empty());
  CHECK(world.journal.reads().empty());
  world.journal.release();
  world.run();
  CHECK(done.size() == 1);
  REQUIRE(world.journal.reads().size() == 1);
  world.answer_read(std::optional(BotSnapshot{}));
  CHECK(world.attached.size() == 2);
}

TEST_CASE("who asks for the end of an activation that was replaced meanwhile is not heard") {
  FleetWorld world;
  world.start_one();
  const caf::actor first = world.attached[0].bot;
  world.kill(first);
  world.advance(kSecond * 2);
  world.answer_read(std::optional(BotSnapshot{}));
  REQUIRE(world.attached.size() == 2);
  world.tell(world.supervisor, EvictBot{0, first});
  CHECK(world.evicted.empty());
  world.tell(world.supervisor, EvictBot{0, world.attached[1].bot});
  CHECK(world.evicted.size() == 1);
}

TEST_CASE("a bot whose settings change while it waits for its restart is started once") {
  FleetWorld world;
  world.start_one();
  world.kill(world.attached[0].bot);
  BotConfig changed = test::plain_bot("bot-0");
  changed.allocation.value = changed.allocation.value + Decimal::from_int(1);
  auto plan = std::make_shared<FleetPlan>();
  plan->bots.push_back({std::make_shared<const BotConfig>(changed), world.strategy});
  plan->by = "alice";
  world.tell(world.supervisor, ChangeFleet{plan});
  REQUIRE(world.journal.reads().size() == 1);
  world.advance(kSecond * 5);  // when it would have been restarted
  CHECK(world.journal.reads().size() == 1);
  world.answer_read(std::optional(BotSnapshot{}));
  REQUIRE(world.journal.held() == 1);
  world.advance(kSecond * 5);
  CHECK(world.attached.size() == 1);
  world.journal.release();
  world.run();
  CHECK(world.attached.size() == 2);
  CHECK(world.journal.reads().size() == 1);
}

TEST_CASE("a reload lets a bot stay in its former market where a start did, and no other") {
  const BotConfig before = test::plain_bot("bot-0");
  BotConfig wanted = before;
  wanted.symbol = {"ETH/USDT"};
  const std::array cases{std::pair(BotStatus::kActive, true), std::pair(BotStatus::kPaused, true),
                         std::pair(BotStatus::kError, true), std::pair(BotStatus::kActive, false)};
  for (const auto& one : cases) {
    const BotStatus status = one.first;
    const bool was_left = one.second;
    CAPTURE(to_string(status));
    CAPTURE(was_left);
    FleetWorld world;
    BotSnapshot holding;
    holding.status = status;
    holding.open_positions.emplace_back().quantity = Quantity::literal("1");
    storage::WriteOps rows;
    if (was_left)
      holding = stay_in_market(rows, before, wanted, holding, {world.now(), "config"}).snapshot;
    std::vector<FleetMember> fleet;
    fleet.push_back(world.member(0, holding));
    fleet.front().is_bound = was_left;
    world.start(std::move(fleet));
    world.run();
    auto plan = std::make_shared<FleetPlan>();
    plan->bots.push_back({std::make_shared<const BotConfig>(wanted), world.strategy});
    plan->is_whole = true;
    Inbox<FleetChanged> told;
    world.system().spawn([&](caf::event_based_actor* self) {
      self->request(world.supervisor, caf::infinite, ChangeFleet{plan})
          .then([told](const FleetChanged& changed) { told.push(changed); });
    });
    world.run();
    world.answer_read(std::optional(holding));
    REQUIRE(told.size() == 1);
    CHECK(told[0].changes.has_value() == was_left);
    if (was_left) CHECK(told[0].changes->empty());
    CHECK(world.journal.held() == 0);
    REQUIRE(world.attached.size() == 2);
    CHECK(world.attached[1].symbol == before.symbol);
  }
}

TEST_CASE("what the operator wants of an evicted bot wakes it, and is told to it") {
  FleetWorld world;
  world.start_one();
  world.tell(world.supervisor, EvictBot{0});
  StatusChanged pause;
  pause.to = BotStatus::kPaused;
  world.tell(world.supervisor, ChangeBotStatus{{"bot-0"}, pause});
  REQUIRE(world.journal.reads().size() == 1);
  world.answer_read(std::optional(BotSnapshot{}));
  REQUIRE(world.stopped.size() == 1);
  CHECK(world.stopped[0].status == BotStatus::kPaused);
  REQUIRE(world.journal.held() == 1);  // it writes it down
  CHECK(world.journal.commit().epoch == storage::Epoch{1, 2});
}

TEST_CASE(
    "of a thousand first messages to a bot that is away one starts it, whatever their order") {
  testing::SeededRuns runs;
  INFO("seed " << runs.seed());
  StatusChanged pause;
  pause.to = BotStatus::kPaused;
  for (int run = 0; run < 100; ++run) {
    FleetWorld world;
    world.start_one();
    const bool has_died = runs.one_in(2);
    if (has_died)
      world.kill(world.attached[0].bot);
    else
      world.tell(world.supervisor, EvictBot{0});
    const std::int64_t restarted_at = runs.between(0, 999);
    const std::int64_t read_at = runs.between(0, 999);
    bool is_read = false;
    for (std::int64_t i = 0; i < 1'000; ++i) {
      switch (runs.between(0, 2)) {
        case 0: world.post(world.supervisor, WakeBot{0}); break;
        case 1: world.post(world.supervisor, LiftBotLocks{{"bot-0"}, {}}); break;
        default: world.post(world.supervisor, ChangeBotStatus{{"bot-0"}, pause});
      }
      if (has_died && i == restarted_at) world.advance(kSecond * 2);
      if (runs.one_in(20)) world.run();
      if (is_read || i < read_at || world.journal.reads().empty()) continue;
      is_read = true;
      world.answer_read(std::optional(BotSnapshot{}));
    }
    world.run();
    REQUIRE(world.journal.reads().size() == 1);
    CHECK(world.journal.reads()[0].epoch == storage::Epoch{1, 2});
    if (!is_read) world.answer_read(std::optional(BotSnapshot{}));
    world.advance(kSecond * 10);
    CHECK(world.attached.size() == 2);
    CHECK(world.journal.reads().size() == 1);
  }
}

// A hundred letters to a bot that is being read, and a snapshot in which most of them find a lock
// to lift.
BotSnapshot write_letters(FleetWorld& world) {
  world.tell(world.supervisor, EvictBot{0});
  BotSnapshot durable;
  RiskState& risk = durable.risk.emplace_back();
  for (const ReasonName& known : kReasonNames)
    if (known.code != ReasonCode::kNone)
      risk.locks.push_back({.reason = known.code,
                            .since = world.now(),
                            .until = world.now() + kMinute,
                            .detail = "as scripted"});
  for (std::size_t i = 0; i < 100; ++i) {
    const ReasonCode reason = risk.locks[i % risk.locks.size()].reason;
    world.post(world.supervisor, LiftBotLocks{{"bot-0"}, {reason, fmt::format("op-{}", i)}});
  }
  world.run();
  REQUIRE(world.journal.reads().size() == 1);
  CHECK(world.journal.held() == 0);
  return durable;
}

std::vector<std::string> lifted_by(const FleetWorld& world) {
  std::vector<std::string> by;
  for (const auto& commit : world.journal.durable())
    for (const std::string& bytes : test::written_by(*commit).events) {
      const Result<Event> event = storage::decode<Event>(bytes);
      REQUIRE(event.has_value());
      if (event->kind == "risk.lifted") by.push_back(event->actor);
    }
  return by;
}

TEST_CASE("what comes while a bot is being read is done after it, in the order in which it came") {
  FleetWorld world;
  world.start_one();
  const BotSnapshot durable = write_letters(world);
  CHECK(world.attached.size() == 1);
  world.answer_read(std::optional(durable));
  world.journal.answer_all();
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < std::min<std::size_t>(100, durable.risk.front().locks.size()); ++i)
    expected.push_back(fmt::format("op-{}", i));
  CHECK(expected.size() > 50);
  CHECK(lifted_by(world) == expected);
}

TEST_CASE("letters to a bot that is away are bounded, and who writes more is told") {
  FleetWorld world;
  world.start_one();
  world.tell(world.supervisor, EvictBot{0});
  for (int i = 0; i < 300; ++i)
    world.post(world.supervisor, LiftBotLocks{{"bot-0"}, {ReasonCode::kNone, "alice"}});
  world.run();
  CHECK(world.alerts_of("risk.lift_missed") == 300 - 256);
  CHECK(world.journal.reads().size() == 1);
}

TEST_CASE("what came for a bot that cannot be read is not done, then or when it is back") {
  FleetWorld world;
  world.start_one();
  const BotSnapshot durable = write_letters(world);
  world.answer_read(fail(ErrorCode::kCorruption, "checksum"));
  world.journal.answer_all();
  CHECK(world.attached.size() == 1);
  CHECK(world.gone.size() == 1);
  CHECK(world.alerts_of("bot.quarantined") == 1);
  StatusChanged resume;
  resume.to = BotStatus::kActive;
  world.tell(world.supervisor, ChangeBotStatus{{"bot-0"}, resume});
  REQUIRE(world.journal.reads().size() == 2);
  world.answer_read(std::optional(durable));
  world.journal.answer_all();
  CHECK(world.attached.size() == 2);
  CHECK(world.returned.size() == 1);
  CHECK(lifted_by(world).empty());
}

TEST_CASE("an evicted bot whose row cannot be read any more is in quarantine, and all hear of it") {
  FleetWorld world;
  world.start_one();
  world.tell(world.supervisor, EvictBot{0});
  world.tell(world.supervisor, WakeBot{0});
  world.answer_read(fail(ErrorCode::kCorruption, "checksum"));
  REQUIRE(world.stopped.size() == 1);
  CHECK(world.stopped[0].status == BotStatus::kError);
  CHECK(world.alerts_of("bot.quarantined") == 1);
}

TEST_CASE("what a dead activation had not told the queue is told when it comes back") {
  FleetWorld world;
  world.start_one();
  world.kill(world.attached[0].bot);
  world.advance(kSecond * 2);
  const Trade trade = test::pending_trade("a", {"bot-0"}, world.now());
  world.tell(world.supervisor, BotRead{{"bot-0"}, {trade}, std::optional(BotSnapshot{})});
  REQUIRE(world.enqueued.size() == 1);
  CHECK(world.enqueued[0].trade == trade);
}

TEST_CASE("a bot that keeps dying is quarantined: ERROR is written with an event, and an alert") {
  FleetWorld world;
  world.start_one();
  std::size_t reads = 0;
  while (world.alerts_of("bot.quarantined") == 0) {
    REQUIRE(reads < 10);
    world.kill(world.attached.back().bot);
    while (world.journal.reads().size() == reads) {
      world.advance(kSecond);
      REQUIRE(world.now() < world.kStart + kMinute * 10);
    }
    ++reads;
    BotSnapshot durable;
    durable.turn = 9;
    durable.open_positions.emplace_back().quantity = Quantity::literal("1");
    world.answer_read(std::optional(durable));
  }
  const auto alert = std::find_if(world.alerts.begin(), world.alerts.end(), [](const auto& raised) {
    return raised.kind == "bot.quarantined";
  });
  CHECK(alert->text.ends_with("it goes on leaving its positions as a paused bot does (1)"));
  CHECK(reads == RestartConfig{}.failures_to_quarantine);
  REQUIRE(world.journal.held() == 1);
  const storage::Commit& commit = world.journal.commit();
  CHECK(commit.producer == "bot-0");
  CHECK(commit.turn == 10);
  const auto row = test::record_in<BotSnapshot>(commit.always, Kind::kBotSnapshot);
  CHECK(row->status == BotStatus::kError);
  CHECK_FALSE(row->status_reason.empty());
  REQUIRE(commit.always.events.size() == 1);
  CHECK(storage::decode<Event>(commit.always.events[0])->kind == "bot.quarantined");
  // It is read behind that commit, as the next activation, for what it holds.
  CHECK(world.journal.reads().size() == reads + 1);
  // Whoever has signals for it hears that nobody decides them.
  REQUIRE(world.gone.size() == 1);
  CHECK(world.gone[0].bot.value == "bot-0");
  CHECK(world.gone[0].why == ReasonCode::kBotNotActive);
  CHECK(world.returned.empty());
}

namespace {
// Dies until it is in quarantine; `durable` is what is read of it each time.
void let_die_into_quarantine(FleetWorld& world, const BotSnapshot& durable) {
  world.start_one();
  world.journal.release();
  for (std::size_t reads = 1; world.alerts_of("bot.quarantined") == 0; ++reads) {
    REQUIRE(reads < 10);
    world.kill(world.attached.back().bot);
    while (world.journal.reads().size() < reads) world.advance(kSecond);
    world.answer_read(std::optional(durable));
  }
}
std::string newest_quarantine(const FleetWorld& world) {
  std::string text;
  for (const AlertRaised& alert : world.alerts)
    if (alert.kind == "bot.quarantined") text = alert.text;
  return text;
}
}  // namespace

TEST_CASE("in quarantine a bot looks after what it holds, then without its strategy, then nobody") {
  FleetWorld world;
  BotSnapshot durable;
  durable.open_positions.emplace_back().quantity = Quantity::literal("1");
  let_die_into_quarantine(world, durable);
  durable.status = BotStatus::kError;
  std::size_t attached = world.attached.size();
  for (const char* what : {"by its plan, not its strategy (1)", "still end its 1 open position"}) {
    CAPTURE(what);
    world.answer_read(std::optional(durable));
    REQUIRE(world.attached.size() == ++attached);
    CHECK(world.ready_bots.back().status == BotStatus::kError);
    CHECK(world.ready_bots.back().has_position);
    CHECK(world.returned.size() == world.gone.size());  // what comes now it hears
    world.kill(world.attached.back().bot);              // no pause between: it is read at once
    world.answer_read(std::optional(durable));
    CHECK(newest_quarantine(world).ends_with(what));
  }
  CHECK(world.alerts_of("bot.quarantined") == 3);
  const std::size_t reads = world.journal.reads().size();
  world.advance(kMinute * 60);
  CHECK(world.journal.reads().size() == reads);
  CHECK(world.attached.size() == attached);
  CHECK(world.gone.size() == 3);
  const std::size_t returned = world.returned.size();

  // The operator brings it back.
  world.tell(world.supervisor, ChangeBotStatus{{"bot-0"}, {BotStatus::kActive, "mended", "cli"}});
  world.answer_read(std::optional(durable));
  REQUIRE(world.attached.size() == attached + 1);
  CHECK(world.ready_bots.back().status == BotStatus::kActive);
  REQUIRE(world.returned.size() == returned + 1);
  CHECK(world.returned.back().bot.value == "bot-0");
}

TEST_CASE("a bot in quarantine that holds nothing stays away until somebody brings it back") {
  FleetWorld world;
  let_die_into_quarantine(world, {});
  const std::size_t attached = world.attached.size();
  const std::size_t reads = world.journal.reads().size();
  world.advance(kMinute * 60);
  CHECK(world.attached.size() == attached);
  CHECK(world.journal.reads().size() == reads);
  CHECK(world.gone.size() == 1);
}

TEST_CASE("the alert of a quarantine ends when its bot is archived by an operator") {
  for (const bool is_of_earlier_life : {false, true}) {
    CAPTURE(is_of_earlier_life);
    FleetWorld world;
    BotSnapshot durable;
    durable.status = BotStatus::kError;
    world.journal.release();
    if (is_of_earlier_life)
      world.start_one(durable);
    else
      let_die_into_quarantine(world, {});
    world.tell(world.supervisor,
               ChangeBotStatus{{"bot-0"}, {BotStatus::kArchived, "enough", "cli"}});
    if (!is_of_earlier_life) {
      CHECK(world.alerts_of("bot.released") == 0);
      world.answer_read(std::optional(durable));
    }
    REQUIRE(world.alerts_of("bot.released") == 1);
    CHECK(world.alerts.back().text == "bot-0 is archived");
    CHECK(world.alerts.back().subject == "bot-0");
    CHECK(world.stopped.back().status == BotStatus::kArchived);
    // Nothing is left to end when it goes on.
    world.tell(world.supervisor, ChangeBotStatus{{"bot-0"}, {BotStatus::kActive, "on", "cli"}});
    CHECK(world.alerts_of("bot.released") == 1);
  }
}

TEST_CASE("the alert of a quarantine ends when its bot leaves the configuration") {
  FleetWorld world;
  let_die_into_quarantine(world, {});
  auto plan = std::make_shared<FleetPlan>();
  plan->is_whole = true;
  world.tell(world.supervisor, ChangeFleet{plan});
  BotSnapshot durable;
  durable.status = BotStatus::kError;
  world.answer_read(std::optional(durable));
  REQUIRE(world.alerts_of("bot.released") == 1);
  CHECK(world.alerts.back().text == "bot-0 is archived");
}

TEST_CASE("who is let out of quarantine while he leaves by his plan comes back once, as a whole") {
  FleetWorld world;
  BotSnapshot durable;
  durable.open_positions.emplace_back().quantity = Quantity::literal("1");
  let_die_into_quarantine(world, durable);
  durable.status = BotStatus::kError;
  world.answer_read(std::optional(durable));
  world.kill(world.attached.back().bot);
  world.answer_read(std::optional(durable));
  world.answer_read(std::optional(durable));  // the next activation: by its plan
  const std::size_t attached = world.attached.size();
  const auto gone = world.watch(world.attached.back().bot);
  // A pause in between is told to it, and changes nothing of that.
  world.tell(world.supervisor, ChangeBotStatus{{"bot-0"}, {BotStatus::kPaused, "wait", "cli"}});
  CHECK(gone.empty());
  CHECK(world.alerts_of("bot.released") == 0);
  world.tell(world.supervisor, ChangeBotStatus{{"bot-0"}, {BotStatus::kActive, "mended", "cli"}});
  CHECK(world.alerts_of("bot.released") == 1);
  CHECK(gone.size() == 1);
  world.answer_read(std::optional(durable));
  CHECK(world.attached.size() == attached + 1);
  CHECK(world.ready_bots.back().status == BotStatus::kActive);
  world.advance(kMinute * 5);
  CHECK(world.attached.size() == attached + 1);
}

TEST_CASE("a bot whose row cannot be read is quarantined and keeps its row; the others start") {
  FleetWorld world;
  std::vector<FleetMember> fleet;
  fleet.push_back(world.member(0));
  fleet.push_back(world.member(1, fail(ErrorCode::kCorruption, "checksum", "bot snapshot bot-1")));
  fleet.push_back(world.member(2));
  world.start(std::move(fleet));
  world.run();
  CHECK(world.attached.size() == 2);
  CHECK(world.fleet_ready[0].bots == 3);
  CHECK(world.fleet_ready[0].quarantined == 1);
  CHECK(world.alerts_of("bot.quarantined") == 1);
  CHECK(newest_quarantine(world).ends_with("only stop and target at the exchange end it"));
  REQUIRE(world.journal.held() == 1);
  CHECK(world.journal.commit().always.puts.empty());
  CHECK(world.journal.commit().always.events.size() == 1);
}

namespace {
Instrument the_listed() { return test::paper_config().instruments.front().instrument; }
void tell_listed(FleetWorld& world, std::vector<Instrument> listed) {
  world.tell(
      world.supervisor,
      InstrumentsChanged{std::make_shared<const std::vector<Instrument>>(std::move(listed))});
}
}  // namespace

TEST_CASE("what the exchange lists is written down, then what changes of it, and nobody waits") {
  FleetWorld world;
  world.keeps_instruments = true;
  world.start_one();
  CHECK(world.attached.size() == 1);
  REQUIRE(world.journal.held() == 1);
  const storage::Commit first = world.journal.commit();
  CHECK(first.producer == "instruments");
  const auto row =
      test::record_in<storage::KeptInstrument>(first.always, storage::Kind::kInstrument);
  REQUIRE(row.has_value());
  CHECK(*row == storage::KeptInstrument{"venue", the_listed(), world.now()});
  world.journal.answer();
  tell_listed(world, {the_listed()});
  CHECK(world.journal.held() == 0);
  Instrument coarser = the_listed();
  coarser.lot = coarser.lot + coarser.lot;
  tell_listed(world, {coarser});
  REQUIRE(world.journal.held() == 1);
  const storage::Commit second = world.journal.commit();
  CHECK(second.turn > first.turn);
  REQUIRE(second.always.puts.size() == 1);
  CHECK(test::record_in<storage::KeptInstrument>(second.always, storage::Kind::kInstrument)
            ->instrument == coarser);
  world.journal.answer();
  tell_listed(world, {});
  REQUIRE(world.journal.held() == 1);
  CHECK(world.journal.commit().always.puts.empty());
  CHECK(world.journal.commit().always.deletes ==
        std::vector{storage::instrument_key("venue", the_listed().symbol)});
}

TEST_CASE("what an earlier life wrote of the exchange's list is not written again") {
  FleetWorld world;
  world.keeps_instruments = true;
  Instrument gone = the_listed();
  gone.symbol = {"GONE/USDT"};
  world.kept = {{"venue", the_listed(), world.now()}, {"venue", gone, world.now()}};
  world.start_one();
  REQUIRE(world.journal.held() == 1);
  CHECK(world.journal.commit().always.puts.empty());
  CHECK(world.journal.commit().always.deletes ==
        std::vector{storage::instrument_key("venue", {"GONE/USDT"})});
}

TEST_CASE(
    "what was kept of the exchange's list lets no bot start without the exchange's own word") {
  FleetWorld world;
  world.keeps_instruments = true;
  world.kept = {{"venue", the_listed(), world.now()}};
  world.exchange_is_silent = true;
  world.start_one();
  world.advance(kMinute * 10);
  CHECK(world.attached.empty());
  CHECK_FALSE(world.fleet().has_instruments);
  CHECK(world.journal.held() == 0);
}

TEST_CASE("the engine's mode is durable before anybody acts on it") {
  FleetWorld world;
  world.start_one();
  world.tell(world.supervisor,
             ChangeEngineState{
                 {.mode = EngineMode::kHalted, .live_trading = true, .changed_by = "cli:alice"}});
  world.advance(kSecond * 10);
  CHECK(world.queue_states.empty());
  CHECK(world.scheduler_states.empty());
  REQUIRE(world.journal.held() == 1);
  const storage::Commit& commit = world.journal.commit();
  CHECK(test::record_in<EngineState>(commit.always, Kind::kEngineState)->mode ==
        EngineMode::kHalted);
  CHECK(storage::decode<Event>(commit.always.events.at(0))->actor == "cli:alice");
  const Timestamp durable_at = world.now();
  world.journal.answer();
  REQUIRE(world.queue_states.size() == 1);
  CHECK(world.queue_states[0].state.mode == EngineMode::kHalted);
  CHECK(world.scheduler_states.size() == 1);
  CHECK(world.now() == durable_at);
}

TEST_CASE("of two switches in a row the last one holds") {
  FleetWorld world;
  world.start_one();
  world.tell(world.supervisor, ChangeEngineState{{.mode = EngineMode::kHalted}});
  world.tell(world.supervisor, ChangeEngineState{{.mode = EngineMode::kReducing}});
  world.journal.answer_all();
  REQUIRE_FALSE(world.queue_states.empty());
  CHECK(world.queue_states.back().state.mode == EngineMode::kReducing);
  for (const SetEngineState& state : world.queue_states)
    CHECK(state.state.mode != EngineMode::kHalted);
}

TEST_CASE("another commit of the supervisor does not make a mode effective before it is durable") {
  FleetWorld world;
  std::vector<FleetMember> fleet;
  fleet.push_back(world.member(0, fail(ErrorCode::kCorruption, "checksum")));
  world.start(std::move(fleet));
  world.run();
  world.tell(world.supervisor, ChangeEngineState{{.mode = EngineMode::kHalted}});
  REQUIRE(world.journal.held() == 2);
  REQUIRE(world.journal.commit(0).producer == "bot-0");
  world.journal.answer();
  CHECK(world.queue_states.empty());
  world.journal.answer();
  CHECK(world.queue_states.size() == 1);
}

TEST_CASE("a pause of a bot that is on its way back is told to it when it is there") {
  FleetWorld world;
  world.start_one();
  world.kill(world.attached[0].bot);
  world.tell(world.supervisor, ChangeBotStatus{{"bot-0"}, {BotStatus::kPaused, "news", "cli"}});
  world.advance(kSecond * 2);
  world.answer_read(std::optional(BotSnapshot{}));
  world.run();
  REQUIRE(world.journal.held() == 1);
  CHECK(test::record_in<BotSnapshot>(world.journal.commit().always, Kind::kBotSnapshot)->status ==
        BotStatus::kPaused);
  REQUIRE_FALSE(world.stopped.empty());
  CHECK(world.stopped.back().status == BotStatus::kPaused);
}

TEST_CASE("a word of the operator's that is written down is not told to the next activation") {
  FleetWorld world;
  world.start_one();
  world.tell(world.supervisor, ChangeBotStatus{{"bot-0"}, {BotStatus::kActive, "go on", "cli"}});
  world.tell(world.supervisor, EvictBot{0});
  world.tell(world.supervisor, WakeBot{0});
  const std::size_t told = world.ready_bots.size();
  world.answer_read(std::optional(BotSnapshot{}));
  REQUIRE(world.attached.size() == 2);
  CHECK(world.ready_bots.size() == told + 1);
}

TEST_CASE("who held something when it was to be archived is paused, for its supervisor as well") {
  FleetWorld world;
  BotSnapshot holding;
  holding.open_positions.emplace_back().quantity = Quantity::literal("1");
  world.start_one(holding);
  world.tell(world.supervisor, ChangeBotStatus{{"bot-0"}, {BotStatus::kArchived, "enough", "cli"}});
  REQUIRE(world.journal.held() == 1);
  auto durable = test::record_in<BotSnapshot>(world.journal.commit().always, Kind::kBotSnapshot);
  REQUIRE(durable.has_value());
  CHECK(durable->status == BotStatus::kPaused);
  CHECK(world.stopped.back().status == BotStatus::kArchived);
  world.journal.answer();
  CHECK(world.stopped.back().status == BotStatus::kPaused);
  // Flat, its next activation does not go after all.
  durable->open_positions.clear();
  world.tell(world.supervisor, EvictBot{0});
  world.tell(world.supervisor, WakeBot{0});
  world.answer_read(std::optional(*durable));
  REQUIRE(world.attached.size() == 2);
  CHECK(world.journal.held() == 0);
  CHECK(world.stopped.back().status == BotStatus::kPaused);
}

TEST_CASE("who comes up paused with a position is told of as one who holds it") {
  FleetWorld world;
  BotSnapshot paused;
  paused.status = BotStatus::kPaused;
  std::vector<FleetMember> fleet;
  fleet.push_back(world.member(0, paused));
  paused.open_positions.emplace_back().quantity = Quantity::literal("1");
  fleet.push_back(world.member(1, paused));
  world.start(std::move(fleet));
  world.run();
  REQUIRE(world.ready_bots.size() == 2);
  CHECK_FALSE(world.ready_bots[0].has_position);
  CHECK(world.ready_bots[1].has_position);
  CHECK(world.ready_bots[1].status == BotStatus::kPaused);
}

TEST_CASE("when the fleet stops, every bot goes, and none comes back") {
  FleetWorld world;
  std::vector<FleetMember> fleet;
  for (std::uint32_t slot = 0; slot < 10; ++slot) fleet.push_back(world.member(slot));
  world.start(std::move(fleet));
  world.run();
  std::vector<Inbox<caf::error>> downs;
  for (const BotAttached& bot : world.attached) downs.push_back(world.watch(bot.bot));
  world.tell(world.supervisor, StopFleet{});
  world.advance(kMinute * 10);
  for (const auto& down : downs) CHECK(down.size() == 1);
  CHECK(world.journal.reads().empty());
  CHECK(world.alerts.empty());
}

}  // namespace
}  // namespace botbox::actors
