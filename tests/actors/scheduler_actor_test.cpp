// The scheduler: who is checked when, and what happens to a check that fails.
#include "actors/scheduler_actor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "storage/expiry.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/held_journal.hpp"
#include "tests/support/seeded_runs.hpp"

namespace botbox::actors {
namespace {

using storage::Kind;
using test::Inbox;

constexpr Duration kSecond{1'000};
constexpr Duration kMinute{60'000};

struct ScheduleWorld : test::ActorFixture {
  explicit ScheduleWorld(std::size_t batch = kBatchSize) : journal(*this) {
    journal.release();
    const auto leave = [this](const SeriesLeft& series) { left.push(series); };
    const caf::actor market = fake(leave, [this](const PrepareView& request) {
      prepared.push(request);
      const bool is_of_minutes = request.series->timeframe == Timeframe::minutes(1);
      if (market_is_silent || (is_of_minutes && minutes_are_silent)) return;
      Result<std::shared_ptr<const MarketView>> view = test::view_at(now());
      if (market_fails || (is_of_minutes && minutes_fail))
        view = fail(ErrorCode::kUnavailable, "connection refused");
      if (market_is_empty) view = fail(ErrorCode::kUnavailable, "no closed candle yet");
      caf::anon_send(request.reply_to, ViewReady{request.ticket, std::move(view), market_is_empty});
    });
    bots = fake([this](const Check& check) {
      checks.push(check);
      if (bots_are_silent) return;
      answer(checks.size() - 1, 0);
    });
    supervisor = listener(evicted, woken);
    SchedulerSettings settings;
    settings.evict_idle = kSecond * 30;
    settings.batch = batch;
    settings.batches_under_way = 2;
    scheduler =
        spawn<SchedulerActor>(std::cref(clock()), journal.actor(), market, listener(cycles, alerts),
                              settings, EngineState{}, storage::Epoch{1, 1}, 41U);
    run();
  }
  void ready(std::uint32_t slot, Timestamp next_check_at = {},
             BotStatus status = BotStatus::kActive, std::vector<IndicatorSpec> indicators = {},
             bool has_position = false) {
    ready_as(bots, slot, next_check_at, status, std::move(indicators), has_position);
  }
  void ready_as(const caf::actor& bot, std::uint32_t slot, Timestamp next_check_at,
                BotStatus status = BotStatus::kActive, std::vector<IndicatorSpec> indicators = {},
                bool has_position = false) {
    const auto config =
        std::make_shared<const BotConfig>(test::plain_bot(fmt::format("bot-{}", slot)));
    tell(scheduler, BotReady{.slot = slot,
                             .config = config,
                             .series = std::make_shared<const SeriesRequest>(SeriesRequest{
                                 config->symbol, config->timeframe, std::move(indicators)}),
                             .bot = bot,
                             .next_check_at = next_check_at,
                             .status = status,
                             .supervisor = supervisor,
                             .has_position = has_position});
  }
  BotConfig ready_paused(std::uint32_t slot, Timeframe timeframe) {
    BotConfig config = test::plain_bot(fmt::format("bot-{}", slot));
    config.timeframe = timeframe;
    tell(scheduler, BotReady{.slot = slot,
                             .config = std::make_shared<const BotConfig>(config),
                             .series = std::make_shared<const SeriesRequest>(
                                 SeriesRequest{config.symbol, config.timeframe, {}}),
                             .bot = bots,
                             .next_check_at = {},
                             .status = BotStatus::kPaused,
                             .supervisor = supervisor});
    return config;
  }
  // As the bot of this slot would answer the i-th check.
  void answer(std::size_t i, std::uint32_t slot, ReasonCode reason = ReasonCode::kNone) {
    const Check& check = checks[i];
    const Timestamp next =
        check.due_at.is_never() ? regular : next_regular_due(check.due_at, kMinute, now());
    tell_later(check.reply_to,
               CheckDone{.slot = slot,
                         .cycle = check.cycle,
                         .outcome = reason == ReasonCode::kNone ? CheckOutcome::kNoSignal
                                                                : CheckOutcome::kNotACheck,
                         .reason = reason,
                         .next_check_at = next,
                         .error = {},
                         .again_at = comes_again > Duration{0} ? now() + comes_again : Timestamp{},
                         .is_idle = bots_are_idle});
  }
  template <class Message>
  void tell_later(const caf::actor& to, Message message) {
    post(to, std::move(message));
  }
  std::uint32_t sum_of(std::uint32_t CycleRecord::*count) const {
    std::uint32_t sum = 0;
    for (const CycleFinished& cycle : cycles) sum += cycle.record.*count;
    return sum;
  }

  Inbox<EvictBot> evicted;
  Inbox<WakeBot> woken;
  bool bots_are_idle = false;
  Duration comes_again{0};  // after that the bot wants to look again; zero: it does not
  Timestamp regular;        // what a bot that is checked without a due time calls its next one
  caf::actor supervisor;
  test::HeldJournal journal;
  bool market_is_silent = false;
  bool market_fails = false;
  bool market_is_empty = false;
  bool minutes_are_silent = false;
  bool minutes_fail = false;
  bool bots_are_silent = false;
  Inbox<PrepareView> prepared;
  Inbox<SeriesLeft> left;
  Inbox<Check> checks;
  Inbox<CycleFinished> cycles;
  Inbox<AlertRaised> alerts;
  caf::actor bots;
  caf::actor scheduler;
};

TEST_CASE("a bot is checked once per interval, at times that do not drift") {
  ScheduleWorld world;
  const Timestamp first = world.kStart + kSecond * 10;
  world.ready(0, first);
  world.advance(kSecond * 9);
  CHECK(world.checks.empty());
  world.advance(kMinute * 10);
  REQUIRE(world.checks.size() == 10);
  for (std::size_t i = 0; i < 10; ++i)
    CHECK(world.checks[i].due_at == first + kMinute * static_cast<std::int64_t>(i));
}

TEST_CASE("a bot that never looked is checked at once") {
  ScheduleWorld world;
  world.ready(0);
  world.advance(kSecond);
  REQUIRE(world.checks.size() == 1);
  CHECK(world.checks[0].due_at == world.now());
}

TEST_CASE("all bots of a series share one view, with the indicators of all of them") {
  ScheduleWorld world;
  const IndicatorSpec ema{IndicatorKind::kEma, 5};
  const IndicatorSpec rsi{IndicatorKind::kRsi, 14};
  for (std::uint32_t slot = 0; slot < 20; ++slot)
    world.ready(slot, {}, BotStatus::kActive, {slot % 2 == 0 ? ema : rsi});
  world.bots_are_silent = true;
  world.advance(kSecond);
  REQUIRE(world.prepared.size() == 1);
  CHECK(world.prepared[0].series->needs.indicators.size() == 2);
  REQUIRE(world.checks.size() == 20);
  for (const Check& check : world.checks) CHECK(check.market == world.checks[0].market);
}

TEST_CASE("a check is told how busy the rate limiter is, so that nobody looks too often") {
  ScheduleWorld world;
  world.ready(0);
  world.advance(kSecond);
  REQUIRE(world.checks.size() == 1);
  CHECK(world.checks[0].budget == RateBudget::kAmple);
  world.tell(world.scheduler, BudgetChanged{RateBudget::kTight});
  world.advance(kMinute);
  REQUIRE(world.checks.size() == 2);
  CHECK(world.checks[1].budget == RateBudget::kTight);
}

TEST_CASE("a cycle leaves a durable record of what was found and how it went") {
  ScheduleWorld world;
  world.bots_are_silent = true;
  for (std::uint32_t slot = 0; slot < 3; ++slot) world.ready(slot);
  world.advance(kSecond);
  REQUIRE(world.checks.size() == 3);
  world.answer(0, 0);
  world.answer(1, 1, ReasonCode::kCheckFailed);
  world.run();
  CHECK(world.cycles.empty());
  world.answer(2, 2);
  world.run();
  REQUIRE(world.cycles.size() == 1);
  const CycleRecord& record = world.cycles[0].record;
  CHECK(record.number == 42);
  CHECK(record.found == 3);
  CHECK(record.succeeded == 2);
  CHECK(record.failed == 1);
  REQUIRE(world.journal.durable().size() == 1);
  const storage::Put& row = world.journal.durable()[0]->always.puts.at(0);
  CHECK(row.key == storage::cycle_key(42));
  const auto stored = storage::strip_expiry(row.value);
  CHECK(storage::decode<CycleRecord>(stored->value) == record);
}

TEST_CASE("a check without an answer in 10 s counts as failed, and the cycle goes on") {
  ScheduleWorld world;
  world.bots_are_silent = true;
  world.ready(0);
  world.ready(1);
  world.advance(kSecond);
  world.answer(1, 1);
  world.advance(kSecond * 8);
  CHECK(world.cycles.empty());
  world.advance(kSecond * 3);
  REQUIRE(world.cycles.size() == 1);
  CHECK(world.cycles[0].record.failed == 1);
  CHECK(world.cycles[0].record.succeeded == 1);
  // The answer that comes now is too late: the retry is another check.
  const std::size_t before = world.checks.size();
  world.answer(0, 0);
  world.advance(kSecond * 4);
  CHECK(world.checks.size() == before + 1);
  CHECK(world.checks.back().due_at == world.checks[0].due_at);
}

TEST_CASE("a failing check is retried with growing delays, then left until it is due regularly") {
  ScheduleWorld world;
  world.bots_are_silent = true;
  world.ready(0);
  std::vector<Timestamp> times;
  while (world.alerts.empty()) {
    world.advance(kSecond);
    REQUIRE(world.now() < world.kStart + kMinute * 10);
    if (world.checks.size() == times.size()) continue;
    times.push_back(world.now());
    world.answer(world.checks.size() - 1, 0, ReasonCode::kCheckFailed);
    world.run();
  }
  REQUIRE(times.size() == 7);  // the check and six retries
  for (std::size_t i = 1; i < times.size(); ++i) {
    const Duration wait = times[i] - times[i - 1];
    const Duration planned = kSecond * (1LL << i);
    CHECK(wait >= planned);
    CHECK(wait <= planned * 5 / 4 + kSecond);
  }
  CHECK(world.alerts[0].kind == "check.abandoned");
  world.bots_are_silent = false;
  world.advance(kMinute * 2);
  CHECK(world.checks.size() >= 8);
  CHECK(world.cycles.back().record.succeeded == 1);
}

TEST_CASE("a check that succeeds at its retry does not move the schedule") {
  ScheduleWorld world;
  world.bots_are_silent = true;
  const Timestamp due = world.kStart + kSecond * 10;
  world.ready(0, due);
  world.advance(kSecond * 10);
  REQUIRE(world.checks.size() == 1);
  world.answer(0, 0, ReasonCode::kCheckFailed);
  world.bots_are_silent = false;
  world.advance(kSecond * 4);
  REQUIRE(world.checks.size() == 2);
  CHECK(world.checks[1].due_at == due);
  world.advance(kMinute);
  REQUIRE(world.checks.size() == 3);
  CHECK(world.checks[2].due_at == due + kMinute);
}

TEST_CASE("a bot whose candle waits looks again soon, and its regular checks stay where they are") {
  ScheduleWorld world;
  world.bots_are_idle = true;
  const Timestamp first = world.kStart + kSecond * 10;
  world.regular = first + kMinute;
  world.comes_again = kSecond * 5;
  world.ready(0, first);
  world.advance(kSecond * 18);
  REQUIRE(world.checks.size() == 2);
  CHECK(world.checks[0].due_at == first);
  CHECK(world.checks[1].due_at.is_never());
  CHECK(world.evicted.empty());  // it is back in a moment
  // Everybody's check takes the place of the next look, and the regular one of nothing.
  world.comes_again = Duration{0};
  world.tell(world.scheduler, CheckEverybody{});
  world.advance(kSecond);
  REQUIRE(world.checks.size() == 3);
  CHECK(world.checks[2].due_at.is_never());
  world.ready(0, world.regular);
  world.advance(kMinute);
  REQUIRE(world.checks.size() == 4);
  CHECK(world.checks[3].due_at == first + kMinute);
}

TEST_CASE("a failing market is nobody's fault: every bot is tried again, none is given up") {
  ScheduleWorld world;
  world.market_fails = true;
  for (std::uint32_t slot = 0; slot < 5; ++slot) world.ready(slot);
  world.advance(kMinute * 60);
  CHECK(world.checks.empty());
  CHECK(world.alerts.empty());
  CHECK(world.prepared.size() < 100);
  world.market_fails = false;
  world.advance(kMinute * 30);
  CHECK(world.checks.size() >= 5);
}

TEST_CASE("why checks failed is told with the cycle, and of a market on record once an hour") {
  ScheduleWorld world;
  const auto recorded = [&] {
    std::vector<std::string> events;
    for (const auto& commit : world.journal.durable())
      events.insert(events.end(), commit->always.events.begin(), commit->always.events.end());
    return events;
  };
  world.market_fails = true;
  for (std::uint32_t slot = 0; slot < 3; ++slot) world.ready(slot);
  world.advance(kSecond);
  REQUIRE(world.cycles.size() == 1);
  CHECK(world.cycles[0].record.failed == 3);
  CHECK(world.cycles[0].failure.ends_with(": connection refused"));
  REQUIRE(recorded().size() == 1);
  const auto event = storage::decode<Event>(recorded()[0]);
  REQUIRE(event.has_value());
  CHECK(event->kind == "check.failed");
  const BotConfig bot = test::plain_bot("bot-0");
  CHECK(event->subject == bot.symbol.value + " " + to_string(bot.timeframe));
  CHECK(event->detail == "connection refused");
  world.advance(kMinute * 50);
  CHECK(recorded().size() == 1);
  world.advance(kMinute * 40);  // tried at least every 22 minutes
  CHECK(recorded().size() == 2);

  ScheduleWorld healthy;
  healthy.ready(0);
  healthy.advance(kSecond);
  REQUIRE(healthy.cycles.size() == 1);
  CHECK(healthy.cycles[0].failure.empty());
  CHECK(healthy.journal.durable()[0]->always.events.empty());
}

// Bots that make due times durable, are evicted, and die before a commit or after it.
struct AlarmWorld : ScheduleWorld {
  static constexpr std::uint32_t kBots = 6;
  struct Bot {
    caf::actor actor;
    Timestamp durable;  // its next due time
    std::optional<Check> under_way;
    Timestamp since;
    bool is_away = false;
  };

  AlarmWorld() : fleet(kBots) {
    for (std::uint32_t slot = 0; slot < kBots; ++slot) {
      Bot& bot = fleet[slot];
      bot.actor = fake([this, &bot](const Check& check) {
        CHECK_FALSE(bot.under_way.has_value());
        CHECK(check.due_at == bot.durable);
        CHECK(now() >= bot.durable);
        bot.under_way = check;
        bot.since = now();
      });
      bot.durable = now() + kSecond * runs.between(0, 60);
      ready_as(bot.actor, slot, bot.durable);
    }
  }
  void come_back() {
    while (evictions < evicted.size()) fleet[evicted[evictions++].slot].is_away = true;
    while (wakings < woken.size()) {
      const std::uint32_t slot = woken[wakings++].slot;
      if (std::exchange(fleet[slot].is_away, false))
        ready_as(fleet[slot].actor, slot, fleet[slot].durable);
    }
  }
  void go_on(std::uint32_t slot) {
    Bot& bot = fleet[slot];
    if (!bot.under_way || (!runs.one_in(3) && now() - bot.since < kSecond * 5)) return;
    const Check check = *bot.under_way;
    bot.under_way.reset();
    const bool dies = runs.one_in(5);
    if (!dies || runs.one_in(2)) bot.durable = now() + kSecond * runs.between(1, 90);
    if (dies) {
      tell(scheduler, BotStopped{slot, BotStatus::kError});
      return ready_as(bot.actor, slot, bot.durable);
    }
    tell(check.reply_to, CheckDone{.slot = slot,
                                   .cycle = check.cycle,
                                   .outcome = CheckOutcome::kNoSignal,
                                   .reason = ReasonCode::kNone,
                                   .next_check_at = bot.durable,
                                   .error = {},
                                   .is_idle = runs.one_in(2)});
  }

  testing::SeededRuns runs;
  std::vector<Bot> fleet;
  std::size_t evictions = 0;
  std::size_t wakings = 0;
};

// S13, by what is seen of the table: it has rung by the durable time, or the bot is at it.
TEST_CASE("an alarm rings no later than the durable due time says, nor earlier, however it moves") {
  std::size_t evictions = 0;
  for (int run = 0; run < 20; ++run) {
    AlarmWorld world;
    CAPTURE(world.runs.seed());
    for (int step = 0; step < 300; ++step) {
      world.advance(kSecond);
      world.come_back();
      for (std::uint32_t slot = 0; slot < AlarmWorld::kBots; ++slot) {
        const AlarmWorld::Bot& bot = world.fleet[slot];
        if (bot.durable <= world.now()) REQUIRE(bot.under_way.has_value());
        world.go_on(slot);
      }
    }
    evictions += world.evictions;
  }
  CHECK(evictions > 0);
}

TEST_CASE("a view that is never answered is asked for again, and bots go on looking") {
  ScheduleWorld world;
  world.ready(0);
  world.market_is_silent = true;
  world.advance(kSecond * 40);
  CHECK(world.prepared.size() == 1);
  CHECK(world.checks.empty());
  world.advance(kSecond * 90);
  CHECK(world.prepared.size() >= 2);
  CHECK(world.prepared.size() <= 3);
  world.market_is_silent = false;
  world.advance(kMinute * 5);
  CHECK(world.checks.size() >= 2);
  CHECK(world.cycles.back().record.succeeded == 1);
  // The first answer comes after all, and asks nobody to look.
  const std::size_t checks = world.checks.size();
  world.tell(world.scheduler, ViewReady{world.prepared[0].ticket, test::view_at(world.now())});
  CHECK(world.checks.size() == checks);
}

TEST_CASE("in a market without a candle yet checks come as planned and none has failed") {
  ScheduleWorld world;
  world.market_is_empty = true;
  for (std::uint32_t slot = 0; slot < 20; ++slot) world.ready(slot);
  world.advance(kMinute * 3);
  CHECK(world.prepared.size() == 3);
  CHECK(world.sum_of(&CycleRecord::found) == 60);
  CHECK(world.sum_of(&CycleRecord::succeeded) == 60);
  CHECK(world.sum_of(&CycleRecord::failed) == 0);
  CHECK(world.alerts.empty());
  CHECK(world.checks.empty());
  // Whoever asks is told why there was nothing to look at.
  Inbox<CheckDone> done;
  world.tell(world.scheduler, CheckBotNow{{"bot-3"}, world.listener(done)});
  REQUIRE(done.size() == 1);
  CHECK(done[0].error.find("no closed candle yet") != std::string::npos);
  world.market_is_empty = false;
  world.bots_are_silent = true;
  world.advance(kSecond * 2);
  REQUIRE(world.checks.size() == 20);
  CHECK(world.checks[0].due_at == world.kStart + kSecond + kMinute * 3);
}

TEST_CASE("of 1,200 due bots no more than the allowed two batches are ever under way") {
  ScheduleWorld world;
  world.bots_are_silent = true;
  for (std::uint32_t slot = 0; slot < 1'200; ++slot) world.ready(slot);
  world.advance(kSecond);
  REQUIRE(world.checks.size() == 1'000);
  // Every one of them takes too long; the rest follows all the same.
  world.advance(kSecond * 15);
  CHECK(world.checks.size() == 2'000);
  REQUIRE(world.cycles.size() >= 1);
  CHECK(world.cycles[0].record.found == 1'200);
  CHECK(world.cycles[0].record.failed == 1'200);
}

TEST_CASE("in batches of ten, fifty bots are handed out as others are answered") {
  ScheduleWorld world(10);
  world.bots_are_silent = true;
  for (std::uint32_t slot = 0; slot < 50; ++slot) world.ready(slot);
  world.advance(kSecond);
  CHECK(world.checks.size() == 20);
  // Due at once and in the order of ids; an answer must name the slot that was asked.
  std::vector<std::string> order;
  for (std::uint32_t slot = 0; slot < 50; ++slot) order.push_back(fmt::format("bot-{}", slot));
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < 50; ++i) {
    REQUIRE(i < world.checks.size());
    world.answer(i, static_cast<std::uint32_t>(std::stoul(order[i].substr(4))));
    world.run();
    CHECK(world.checks.size() == std::min<std::size_t>(50, 21 + i));
  }
  REQUIRE(world.cycles.size() == 1);
  CHECK(world.cycles[0].record.found == 50);
  CHECK(world.cycles[0].record.succeeded == 50);
}

TEST_CASE(
    "a check by hand runs at once, is answered to whoever asked, and leaves the schedule alone") {
  ScheduleWorld world;
  const Timestamp due = world.kStart + kSecond * 30;
  world.ready(0, due);
  Inbox<CheckDone> done;
  world.tell(world.scheduler, CheckBotNow{{"bot-0"}, world.listener(done)});
  REQUIRE(world.checks.size() == 1);
  CHECK(world.checks[0].due_at.is_never());
  CHECK(done.size() == 1);
  CHECK(world.cycles.empty());
  world.advance(kSecond * 31);
  REQUIRE(world.checks.size() == 2);
  CHECK(world.checks[1].due_at == due);
}

TEST_CASE("a check by hand is always answered: no such bot, no market, bot gone meanwhile") {
  ScheduleWorld world;
  Inbox<CheckDone> done;
  const caf::actor asker = world.listener(done);
  world.tell(world.scheduler, CheckBotNow{{"nobody"}, asker});
  REQUIRE(done.size() == 1);
  CHECK(done[0].reason == ReasonCode::kCheckFailed);
  CHECK(done[0].error.find("nobody") != std::string::npos);

  world.ready(0, world.kStart + kMinute);
  world.market_fails = true;
  world.tell(world.scheduler, CheckBotNow{{"bot-0"}, asker});
  REQUIRE(done.size() == 2);
  CHECK(done[1].reason == ReasonCode::kCheckFailed);

  world.market_fails = false;
  world.market_is_silent = true;
  world.tell(world.scheduler, CheckBotNow{{"bot-0"}, asker});
  world.tell(world.scheduler, BotStopped{0, BotStatus::kError});
  world.tell(world.scheduler, ViewReady{world.prepared.back().ticket, test::view_at(world.now())});
  REQUIRE(done.size() == 3);
  CHECK(done[2].reason == ReasonCode::kCheckFailed);
}

TEST_CASE("a flood of checks by hand of one bot reaches it once at a time, and all are answered") {
  ScheduleWorld world;
  world.ready(0, world.kStart + kMinute);
  world.ready(1, world.kStart + kMinute);
  world.market_is_silent = true;
  Inbox<CheckDone> done;
  Inbox<CheckDone> other;
  const caf::actor asker = world.listener(done);
  for (int i = 0; i < 1'000; ++i) world.post(world.scheduler, CheckBotNow{{"bot-0"}, asker});
  world.tell(world.scheduler, CheckBotNow{{"bot-1"}, world.listener(other)});
  CHECK(done.size() == 999);
  for (const CheckDone& refused : done) REQUIRE(refused.reason == ReasonCode::kAlreadyChecking);
  CHECK(other.empty());
  world.tell(world.scheduler, ViewReady{world.prepared.back().ticket, test::view_at(world.now())});
  CHECK(world.checks.size() == 2);
  // Once it was handed out, the next one may come.
  world.market_is_silent = false;
  world.tell(world.scheduler, CheckBotNow{{"bot-0"}, asker});
  CHECK(world.checks.size() == 3);
}

TEST_CASE("everybody looks without a due time when asked for, and the schedule stays as it was") {
  ScheduleWorld world;
  world.regular = world.kStart + kMinute;
  world.ready(0, world.regular);
  world.ready(1, world.regular, BotStatus::kPaused);
  world.advance(kSecond * 5);
  CHECK(world.checks.empty());
  world.tell(world.scheduler, CheckEverybody{});
  REQUIRE(world.checks.size() == 1);
  CHECK(world.checks[0].due_at.is_never());
  world.advance(kSecond * 54);
  REQUIRE(world.cycles.size() == 1);
  CHECK(world.cycles[0].record.succeeded == 1);
  CHECK(world.checks.size() == 1);
  world.advance(kSecond);
  REQUIRE(world.checks.size() == 2);
  CHECK(world.checks[1].due_at == world.regular);
}

TEST_CASE("a check asked for with everybody's is not tried again: the regular one comes") {
  ScheduleWorld world;
  world.regular = world.kStart + kMinute;
  world.bots_are_silent = true;
  world.ready(0, world.regular);
  world.tell(world.scheduler, CheckEverybody{});
  REQUIRE(world.checks.size() == 1);
  world.advance(kSecond * 59);
  CHECK(world.sum_of(&CycleRecord::failed) == 1);
  CHECK(world.checks.size() == 1);
  world.advance(kSecond);
  REQUIRE(world.checks.size() == 2);
  CHECK(world.checks[1].due_at == world.regular);
}

TEST_CASE("of a bot that was given up until its next due time, everybody's check is one check") {
  ScheduleWorld world;
  world.ready(0, world.kStart + kMinute);
  world.regular = world.kStart + kSecond;  // the one that it was given up for is durable yet
  world.advance(kSecond * 5);
  world.tell(world.scheduler, CheckEverybody{});
  REQUIRE(world.checks.size() == 1);
  world.advance(kSecond * 54);
  CHECK(world.checks.size() == 1);
  world.advance(kSecond);
  REQUIRE(world.checks.size() == 2);
  CHECK(world.checks[1].due_at == world.kStart + kMinute);
}

TEST_CASE("a due check that failed is tried with everybody's, for the time that was missed") {
  ScheduleWorld world;
  world.bots_are_silent = true;
  world.ready(0, world.kStart + kSecond);
  for (int second = 0; second < 20 && world.sum_of(&CycleRecord::failed) == 0; ++second)
    world.advance(kSecond);
  REQUIRE(world.checks.size() == 1);
  world.tell(world.scheduler, CheckEverybody{});
  REQUIRE(world.checks.size() == 2);
  CHECK(world.checks[1].due_at == world.kStart + kSecond);
}

TEST_CASE("an idle bot leaves memory until it is due, and its check waits until it is back") {
  ScheduleWorld world;
  world.bots_are_idle = true;
  world.ready(0);
  world.advance(kSecond);
  REQUIRE(world.evicted.size() == 1);
  CHECK(world.checks.size() == 1);
  world.advance(kSecond * 50);
  CHECK(world.woken.empty());
  world.advance(kSecond * 10);
  CHECK_FALSE(world.woken.empty());
  CHECK(world.checks.size() == 1);
  world.ready(0, world.kStart + kMinute);
  CHECK(world.checks.size() == 2);
  CHECK(world.sum_of(&CycleRecord::failed) == 0);
  CHECK(world.cycles.size() == 2);
  CHECK(world.evicted.size() == 2);
  // Its schedule is what it was.
  world.ready(0, world.kStart + kMinute * 2);
  world.advance(kSecond * 55);
  CHECK(world.checks.size() == 2);
  world.advance(kSecond * 5);
  CHECK(world.checks.size() == 3);
}

TEST_CASE("a bot that is busy, or soon due, stays in memory") {
  ScheduleWorld busy;
  busy.ready(0);
  busy.advance(kMinute * 3);
  CHECK(busy.checks.size() == 3);
  CHECK(busy.evicted.empty());
  ScheduleWorld soon;
  soon.bots_are_idle = true;
  soon.advance(kSecond * 40);
  soon.ready(0, soon.kStart);
  soon.advance(kSecond);
  CHECK(soon.checks.size() == 1);
  CHECK(soon.evicted.empty());
}

TEST_CASE("a check by hand and a signal bring an evicted bot back, once each") {
  ScheduleWorld world;
  world.bots_are_idle = true;
  world.ready(0);
  world.advance(kSecond);
  REQUIRE(world.evicted.size() == 1);
  Inbox<CheckDone> done;
  const caf::actor asker = world.listener(done);
  world.tell(world.scheduler, CheckBotNow{{"bot-0"}, asker});
  world.tell(world.scheduler, CheckBotNow{{"bot-0"}, asker});
  REQUIRE(done.size() == 1);  // one at a time
  CHECK(done[0].reason == ReasonCode::kAlreadyChecking);
  CHECK_FALSE(world.woken.empty());
  CHECK(world.checks.size() == 1);
  world.ready(0, world.kStart + kMinute);
  CHECK(world.checks.size() == 2);
  CHECK(done.size() == 2);
}

TEST_CASE("a signal is told to every activation of its bot, until it is settled") {
  ScheduleWorld world;
  Inbox<TakeSignal> taken;
  world.bots = world.listener(taken);
  auto waiting = std::make_shared<WaitingSignal>();
  waiting->signal.bot = {"bot-0"};
  waiting->order = 7;
  world.ready(0, {}, BotStatus::kPaused);
  world.tell(world.scheduler, DecideSignal{waiting, world.listener(Inbox<SignalSettled>{})});
  CHECK(taken.size() == 1);
  world.ready(0, {}, BotStatus::kPaused);
  CHECK(taken.size() == 2);
  world.tell(world.scheduler, SignalSettled{{"bot-0"}, 6});  // another one
  world.ready(0, {}, BotStatus::kPaused);
  CHECK(taken.size() == 3);
  world.tell(world.scheduler, SignalSettled{{"bot-0"}, 7});
  world.ready(0, {}, BotStatus::kPaused);
  world.advance(kSecond);
  CHECK(taken.size() == 3);
}

TEST_CASE(
    "an entry from outside comes with the newest minute, unless none is to be had in seconds") {
  ScheduleWorld world;
  Inbox<TakeSignal> taken;
  world.bots = world.listener(taken);
  const BotConfig config = world.ready_paused(0, Timeframe::minutes(240));
  world.ready(1, {}, BotStatus::kPaused);
  std::uint64_t order = 0;
  const auto signal = [&](const std::string& bot, Direction direction) {
    auto waiting = std::make_shared<WaitingSignal>();
    waiting->signal.bot = {bot};
    waiting->signal.direction = direction;
    waiting->order = ++order;
    world.tell(world.scheduler, DecideSignal{waiting, world.listener(Inbox<SignalSettled>{})});
  };
  signal("bot-0", Direction::kLong);
  REQUIRE(taken.size() == 1);
  CHECK(taken[0].look.market != nullptr);
  CHECK(taken[0].newest != nullptr);
  REQUIRE(world.prepared.size() == 2);
  CHECK(world.prepared[0].series->timeframe == config.timeframe);
  CHECK(world.prepared[1].series->timeframe == Timeframe::minutes(1));
  CHECK_FALSE(world.prepared[1].is_watched);
  // A close needs no price, and a bot of minutes has it.
  signal("bot-0", Direction::kClose);
  signal("bot-1", Direction::kLong);
  REQUIRE(taken.size() == 3);
  CHECK(taken[1].newest == nullptr);
  CHECK(taken[2].newest == nullptr);
  CHECK(world.prepared.size() == 4);
  world.minutes_fail = true;
  signal("bot-0", Direction::kShort);
  REQUIRE(taken.size() == 4);
  CHECK(taken[3].look.market != nullptr);
  CHECK(taken[3].newest == nullptr);
  world.minutes_are_silent = true;
  signal("bot-0", Direction::kLong);
  world.advance(kSecond * 4);
  CHECK(taken.size() == 4);
  world.advance(kSecond * 3);
  REQUIRE(taken.size() == 5);
  CHECK(taken[4].look.market != nullptr);
  CHECK(taken[4].newest == nullptr);
}

TEST_CASE("signals that come together ask for the minutes of their symbol once") {
  ScheduleWorld world;
  Inbox<TakeSignal> taken;
  world.bots = world.listener(taken);
  world.minutes_are_silent = true;
  for (std::uint32_t slot = 0; slot < 3; ++slot) {
    const BotConfig config = world.ready_paused(slot, Timeframe::minutes(60));
    auto waiting = std::make_shared<WaitingSignal>();
    waiting->signal.bot = config.id;
    world.tell(world.scheduler, DecideSignal{waiting, world.listener(Inbox<SignalSettled>{})});
  }
  std::size_t asked = 0;
  std::uint64_t ticket = 0;
  for (const PrepareView& request : world.prepared) {
    if (request.series->timeframe != Timeframe::minutes(1)) continue;
    ++asked;
    ticket = request.ticket;
  }
  CHECK(asked == 1);
  CHECK(taken.empty());
  world.tell(world.scheduler, ViewReady{ticket, test::view_at(world.now(), "777")});
  REQUIRE(taken.size() == 3);
  for (const TakeSignal& take : taken) {
    REQUIRE(take.newest != nullptr);
    CHECK(take.newest->last_candle().close == Price::literal("777"));
  }
}

TEST_CASE("an evicted bot that cannot come back answers whoever waits for it") {
  ScheduleWorld world;
  world.bots_are_idle = true;
  world.ready(0);
  world.advance(kSecond);
  REQUIRE(world.evicted.size() == 1);
  Inbox<CheckDone> done;
  world.tell(world.scheduler, CheckBotNow{{"bot-0"}, world.listener(done)});
  world.tell(world.scheduler, BotStopped{0, BotStatus::kError});
  REQUIRE(done.size() == 1);
  CHECK(done[0].reason == ReasonCode::kCheckFailed);
  world.advance(kMinute * 3);
  CHECK(world.checks.size() == 1);
}

TEST_CASE("a paused bot that holds nothing is not checked; resumed it is checked at once") {
  ScheduleWorld world;
  world.ready(1, {}, BotStatus::kPaused);
  world.ready(0);
  world.advance(kSecond);
  CHECK(world.checks.size() == 1);
  world.tell(world.scheduler, BotStopped{0, BotStatus::kPaused});
  world.tell(world.scheduler, BotHolds{0, false});
  world.advance(kMinute * 5);
  CHECK(world.checks.size() == 1);
  world.ready(1, world.now());
  world.advance(kSecond);
  CHECK(world.checks.size() == 2);
}

TEST_CASE("a paused bot is checked at its pace for as long as it holds a position") {
  ScheduleWorld world;
  world.ready(0, world.now(), BotStatus::kPaused, {}, true);
  world.advance(kMinute * 3);
  const std::size_t started_paused = world.checks.size();
  CHECK(started_paused >= 3);
  // What it told is an old word once it is active.
  world.ready(0, world.now());
  world.tell(world.scheduler, BotHolds{0, false});
  world.advance(kMinute * 2);
  const std::size_t active = world.checks.size();
  CHECK(active >= started_paused + 2);
  world.tell(world.scheduler, BotStopped{0, BotStatus::kPaused});
  world.tell(world.scheduler, BotHolds{0, true});
  world.advance(kMinute * 2);
  const std::size_t paused = world.checks.size();
  CHECK(paused == active + 2);
  world.tell(world.scheduler, BotHolds{0, false});
  world.advance(kMinute * 5);
  CHECK(world.checks.size() == paused);
  // An operator adopts a position for it.
  world.tell(world.scheduler, BotHolds{0, true});
  world.advance(kSecond * 2);
  CHECK(world.checks.size() == paused + 1);
  CHECK(world.sum_of(&CycleRecord::failed) == 0);
}

TEST_CASE("a bot that is resumed during its check goes on with that check") {
  ScheduleWorld world;
  world.bots_are_silent = true;
  world.ready(0, world.kStart, BotStatus::kPaused, {}, true);
  world.advance(kSecond);
  REQUIRE(world.checks.size() == 1);
  world.ready(0, world.now());
  world.answer(0, 0);
  world.run();
  REQUIRE(world.cycles.size() == 1);
  CHECK(world.cycles[0].record.succeeded == 1);
  world.advance(kSecond * 15);
  CHECK(world.checks.size() == 1);
  CHECK(world.sum_of(&CycleRecord::failed) == 0);
  world.bots_are_silent = false;
  world.advance(kMinute);
  CHECK(world.checks.size() == 2);
}

TEST_CASE("a paused bot whose entry fills while its check waits is checked once") {
  ScheduleWorld world;
  world.market_is_silent = true;
  world.ready(0);
  world.advance(kSecond);
  REQUIRE(world.prepared.size() == 1);
  world.tell(world.scheduler, BotStopped{0, BotStatus::kPaused});
  world.tell(world.scheduler, BotHolds{0, false});
  world.tell(world.scheduler, BotHolds{0, true});
  world.advance(kSecond * 2);
  world.tell(world.scheduler, ViewReady{world.prepared[0].ticket, test::view_at(world.now())});
  CHECK(world.checks.size() == 1);
  world.advance(kSecond * 12);
  CHECK(world.sum_of(&CycleRecord::found) == 1);
  CHECK(world.sum_of(&CycleRecord::failed) == 0);
}

TEST_CASE("that the last bot of a series stops looking is told, and who looks by hand is no bot") {
  ScheduleWorld world;
  world.ready(0, world.now() + kMinute);
  world.ready(1, world.now() + kMinute);
  world.tell(world.scheduler, BotStopped{0, BotStatus::kArchived});
  world.tell(world.scheduler, BotStopped{1, BotStatus::kPaused});
  CHECK(world.left.empty());
  world.tell(world.scheduler, BotHolds{1, false});
  REQUIRE(world.left.size() == 1);
  CHECK(world.left[0].symbol == test::plain_bot("bot-1").symbol);
  CHECK(world.left[0].timeframe == test::plain_bot("bot-1").timeframe);
  Inbox<CheckDone> done;
  const CheckBotNow by_hand{{"bot-1"}, world.listener(done)};
  world.tell(world.scheduler, by_hand);
  REQUIRE(world.prepared.size() == 1);
  CHECK_FALSE(world.prepared[0].is_watched);
  // One of them looks again; a restart of it counts it once.
  world.ready(0, world.now() + kMinute);
  world.ready(0, world.now() + kMinute);
  world.tell(world.scheduler, by_hand);
  REQUIRE(world.prepared.size() == 2);
  CHECK(world.prepared[1].is_watched);
  CHECK(world.left.size() == 1);
  world.tell(world.scheduler, BotStopped{0, BotStatus::kError});
  CHECK(world.left.size() == 2);
}

TEST_CASE("a bot in quarantine is checked as long as it holds something, and not before or after") {
  ScheduleWorld world;
  world.ready(0, {}, BotStatus::kError);
  world.advance(kMinute * 3);
  CHECK(world.checks.empty());
  world.tell(world.scheduler, BotHolds{0, true});
  world.advance(kMinute * 3);
  const std::size_t checks = world.checks.size();
  CHECK(checks >= 3);
  world.tell(world.scheduler, BotHolds{0, false});
  world.advance(kMinute * 3);
  CHECK(world.checks.size() == checks);
  // As one that comes up with a position.
  world.ready(1, world.now(), BotStatus::kError, {}, true);
  world.advance(kSecond);
  CHECK(world.checks.size() == checks + 1);
}

TEST_CASE("nobody waits for a bot in quarantine because of what it said before") {
  ScheduleWorld world;
  world.ready(0);
  world.advance(kSecond);
  world.tell(world.scheduler, BotStopped{0, BotStatus::kError});
  world.tell(world.scheduler, BotHolds{0, true});
  world.advance(kMinute * 5);
  CHECK(world.sum_of(&CycleRecord::found) == 1);
}

TEST_CASE("what waits for an evicted bot that comes back paused is answered") {
  ScheduleWorld world;
  world.bots_are_idle = true;
  world.ready(0);
  world.advance(kSecond);
  REQUIRE(world.evicted.size() == 1);
  Inbox<CheckDone> done;
  world.tell(world.scheduler, CheckBotNow{{"bot-0"}, world.listener(done)});
  world.ready(0, {}, BotStatus::kPaused);
  CHECK(done.size() == 1);
}

TEST_CASE(
    "a bot that dies during its check counts as failed at once and is tried when it is back") {
  ScheduleWorld world;
  world.bots_are_silent = true;
  world.ready(0);
  world.advance(kSecond);
  world.tell(world.scheduler, BotStopped{0, BotStatus::kError});
  REQUIRE(world.cycles.size() == 1);
  CHECK(world.cycles[0].record.failed == 1);
  world.advance(kMinute * 5);
  CHECK(world.checks.size() == 1);
  world.bots_are_silent = false;
  world.ready(0, world.now());
  world.advance(kSecond);
  CHECK(world.checks.size() == 2);
}

TEST_CASE(
    "the engine's mode, the exchange's health and the room on the disk come with every check") {
  ScheduleWorld world;
  world.ready(0);
  world.tell(world.scheduler, SetEngineState{{.mode = EngineMode::kReducing}});
  world.tell(world.scheduler, ExchangeHealthChanged{ExchangeHealth::kUnhealthy});
  world.tell(world.scheduler, DiskMeasured{{.free = 5, .floor = 7}});
  world.advance(kSecond);
  REQUIRE(world.checks.size() == 1);
  CHECK(world.checks[0].disk == DiskSpace{.free = 5, .floor = 7});
  CHECK(world.checks[0].engine->mode == EngineMode::kReducing);
  CHECK(world.checks[0].exchange_health == ExchangeHealth::kUnhealthy);
}

TEST_CASE("a drain starts nothing new, waits for what is under way, and is answered once") {
  ScheduleWorld world;
  world.bots_are_silent = true;
  world.ready(0);
  world.advance(kSecond);
  Inbox<Drained> drained;
  world.tell(world.scheduler, Drain{world.listener(drained)});
  world.ready(1);
  world.advance(kSecond * 2);
  CHECK(drained.empty());
  CHECK(world.checks.size() == 1);
  world.answer(0, 0);
  world.run();
  CHECK(drained.size() == 1);
  world.advance(kMinute);
  CHECK(drained.size() == 1);
  CHECK(world.checks.size() == 1);
}

TEST_CASE("a bot that never answers does not hold up a drain for longer than its deadline") {
  ScheduleWorld world;
  world.bots_are_silent = true;
  world.ready(0);
  world.advance(kSecond);
  Inbox<Drained> drained;
  world.tell(world.scheduler, Drain{world.listener(drained)});
  world.advance(kSecond * 12);
  CHECK(drained.size() == 1);
}

}  // namespace
}  // namespace botbox::actors
