// A signal from outside through a whole engine: from the offer to the order, and across a crash.
#include <doctest/doctest.h>

#include <caf/send.hpp>
#include <optional>

#include "storage/memory_store.hpp"
#include "storage/reader.hpp"
#include "storage/verify.hpp"
#include "tests/support/actor_builders.hpp"

namespace botbox::actors {
namespace {

struct Outside {
  explicit Outside(std::size_t bots = 1) {
    options = test::fleet_options(0);
    options.bots.clear();
    for (std::size_t i = 0; i < bots; ++i) {
      BotConfig bot = test::plain_bot("follower-" + std::to_string(i));
      bot.strategy = {"external"};
      options.bots.push_back(bot);
    }
    auto started = VirtualEngine::start(options);
    REQUIRE_MESSAGE(started.has_value(), to_string(started.error()));
    engine = std::move(*started);
  }

  void offer(const std::string& content, const std::string& bot = "follower-0",
             Direction direction = Direction::kLong, Duration delay = Duration{0}) {
    auto made = std::make_shared<SignalOffer>();
    made->signal.source = SignalSource::kWebhook;
    made->signal.bot = {bot};
    made->signal.symbol = {"BTC/USDT"};
    made->signal.direction = direction;
    if (delay != Duration{0}) made->signal.execution_scheduled_at = engine->now() + delay;
    made->content = content;
    made->answer = [this](const Result<OfferAnswer>& answer) { answers.push_back(answer); };
    caf::anon_send(engine->engine().signal_inbox(), OfferSignal{std::move(made)});
  }
  std::vector<Signal> signals(const std::string& bot = "follower-0") {
    return *storage::load_signals(engine->store(), {bot}, {}, 1000);
  }
  std::vector<Trade> trades(const std::string& bot = "follower-0") {
    return *storage::load_trades(engine->store(), {bot}, {}, 1000);
  }
  void check_verified() {
    const auto report = storage::verify(engine->store(), {.now = engine->now()});
    REQUIRE(report.has_value());
    for (const storage::Finding& finding : report->findings)
      MESSAGE(finding.place << ": " << finding.text);
    CHECK(report->is_clean());
  }

  VirtualEngineOptions options;
  std::vector<Result<OfferAnswer>> answers;
  std::unique_ptr<VirtualEngine> engine;
};

}  // namespace

TEST_CASE("an offered signal becomes one order and one position, by the way of all signals") {
  Outside world;
  world.engine->advance(std::chrono::minutes{3});
  for (int i = 0; i < 1000; ++i) world.offer("buy");
  world.engine->advance(std::chrono::minutes{1});
  REQUIRE(world.answers.size() == 1000);
  const std::vector<Signal> signals = world.signals();
  REQUIRE(signals.size() == 1);
  CHECK(signals[0].decision == SignalDecision::kAccepted);
  CHECK(signals[0].id == world.answers[0]->id);
  REQUIRE(world.trades().size() == 1);
  CHECK(world.engine->totals().accepted == 1);
  world.engine->advance(std::chrono::minutes{3});
  CHECK(world.trades()[0].status == TradeStatus::kCompleted);
  CHECK(storage::load_positions(world.engine->store(), {"follower-0"}, 10)->size() == 1);
  // Every transition of the signal is in the log, and names it.
  std::vector<std::string> told;
  const auto events = storage::load_events(world.engine->store(), 1, 100'000);
  REQUIRE(events.has_value());
  for (const Event& event : *events) {
    const bool names_it = event.detail.find("signal " + signals[0].id.value) != std::string::npos;
    if (names_it || event.subject == signals[0].id.value) told.push_back(event.kind);
  }
  CHECK(told == std::vector<std::string>{"signal.received", "signal.accepted", "trade.pending",
                                         "trade.executing", "trade.completed"});
  world.check_verified();
}

TEST_CASE("five hundred signals in a burst are all decided, each bot's in their order") {
  Outside world(5);
  world.engine->advance(std::chrono::minutes{3});
  for (int i = 0; i < 500; ++i)
    world.offer("n" + std::to_string(i), "follower-" + std::to_string(i % 5));
  world.engine->advance(std::chrono::minutes{1});
  REQUIRE(world.answers.size() == 500);
  for (int bot = 0; bot < 5; ++bot) {
    const std::string name = "follower-" + std::to_string(bot);
    const std::vector<Signal> newest_first = world.signals(name);
    REQUIRE(newest_first.size() == 100);
    for (std::size_t i = 0; i < 100; ++i) {
      const std::size_t arrived = (99 - i) * 5 + static_cast<std::size_t>(bot);
      CHECK(newest_first[i].id == world.answers[arrived]->id);
      CHECK(newest_first[i].decision != SignalDecision::kPending);
    }
    // The first is accepted; the others find its trade or its position.
    CHECK(newest_first[99].decision == SignalDecision::kAccepted);
    CHECK(newest_first[98].decision == SignalDecision::kRejected);
    CHECK(world.trades(name).size() == 1);
  }
  world.check_verified();
}

TEST_CASE("a signal that waits for a bot that is configured no more is IGNORED at the next start") {
  Outside world;
  world.engine.reset();
  const auto medium = std::make_shared<storage::MemoryMedium>();
  world.options.open_store = [&](const Clock&) -> Result<std::unique_ptr<storage::Store>> {
    return std::make_unique<storage::MemoryStore>(medium);
  };
  bool is_held = true;
  world.options.is_held = [&](std::string_view actor) { return is_held && actor == "bot"; };
  world.engine = std::move(*VirtualEngine::start(world.options));
  world.engine->advance(std::chrono::minutes{1});
  world.offer("buy");
  world.engine->advance(std::chrono::seconds{2});
  REQUIRE(world.answers.size() == 1);
  world.options.start = world.engine->now();
  world.engine.reset();
  is_held = false;
  world.options.bots[0].id = {"another"};
  world.engine = std::move(*VirtualEngine::start(world.options));
  world.engine->advance(std::chrono::seconds{2});
  REQUIRE(world.signals().size() == 1);
  CHECK(world.signals()[0].execution_status == ExecutionStatus::kIgnored);
  CHECK(world.signals()[0].execution_reason == ReasonCode::kUnknownBot);
  // It has a trace, and the event names it.
  const auto traces =
      storage::load_traces(world.engine->store(), {"follower-0"}, {}, world.engine->now(), 10);
  REQUIRE(traces.has_value());
  REQUIRE_FALSE(traces->empty());
  CHECK(traces->front().signal == world.signals()[0].id);
  bool is_named = false;
  const auto events = storage::load_newest_events(world.engine->store(), 1'000).value();
  for (const Event& event : events)
    is_named = is_named ||
               (event.kind == "signal.rejected" && event.subject == world.signals()[0].id.value);
  CHECK(is_named);
  world.check_verified();
}

TEST_CASE("signals while the engine is halted are kept as IGNORED") {
  Outside world;
  world.engine->advance(std::chrono::minutes{3});
  world.engine->set_engine_state({.mode = EngineMode::kHalted, .live_trading = true});
  world.offer("buy");
  world.engine->advance(std::chrono::seconds{5});
  REQUIRE(world.signals().size() == 1);
  CHECK(world.signals()[0].execution_status == ExecutionStatus::kIgnored);
  CHECK(world.signals()[0].execution_reason == ReasonCode::kEngineHalted);
  CHECK(world.trades().empty());
}

TEST_CASE("a signal that was answered and not decided is decided once after a crash") {
  Outside world;
  world.engine.reset();
  const auto medium = std::make_shared<storage::MemoryMedium>();
  world.options.open_store = [&](const Clock&) -> Result<std::unique_ptr<storage::Store>> {
    return std::make_unique<storage::MemoryStore>(medium);
  };
  bool is_held = false;
  world.options.is_held = [&](std::string_view actor) { return is_held && actor == "bot"; };
  world.engine = std::move(*VirtualEngine::start(world.options));
  world.engine->advance(std::chrono::minutes{3});
  is_held = true;
  world.offer("buy");
  world.engine->advance(std::chrono::seconds{2});
  REQUIRE(world.answers.size() == 1);
  CHECK(world.trades().empty());
  world.options.start = world.engine->now();
  world.engine.reset();  // as a crash: nothing is drained
  is_held = false;
  for (int life = 0; life < 3; ++life) {
    world.engine = std::move(*VirtualEngine::start(world.options));
    world.engine->advance(std::chrono::seconds{20});
    world.offer("buy");  // the sender tries again
    world.engine->advance(std::chrono::seconds{1});
    REQUIRE(world.signals().size() == 1);
    CHECK(world.signals()[0].decision == SignalDecision::kAccepted);
    CHECK(world.answers.back()->id == world.answers.front()->id);
    CHECK(world.answers.back()->is_repeated);
    CHECK(world.trades().size() == 1);
    world.check_verified();
    world.engine.reset();
  }
}

TEST_CASE("across a crash the same content is one signal for exactly a minute") {
  struct Row {
    Duration later;
    bool is_repeated;
  };
  for (const Row row :
       {Row{Duration{59'999}, true}, Row{Duration{60'000}, false}, Row{Duration{60'001}, false}}) {
    CAPTURE(row.later.count());
    Outside world;
    world.engine.reset();
    const auto medium = std::make_shared<storage::MemoryMedium>();
    world.options.open_store = [&](const Clock&) -> Result<std::unique_ptr<storage::Store>> {
      return std::make_unique<storage::MemoryStore>(medium);
    };
    world.engine = std::move(*VirtualEngine::start(world.options));
    world.engine->advance(Duration{187'654});
    const Timestamp first = world.engine->now();
    world.offer("buy");
    world.engine->advance(std::chrono::seconds{2});
    REQUIRE(world.signals().size() == 1);
    REQUIRE(world.signals()[0].created_at == first);
    world.options.start = world.engine->now();
    world.engine.reset();  // as a crash: nothing is drained
    world.engine = std::move(*VirtualEngine::start(world.options));
    world.engine->advance(first + row.later - world.engine->now());
    world.offer("buy");
    world.engine->advance(std::chrono::seconds{2});
    REQUIRE(world.answers.size() == 2);
    CHECK(world.answers[1]->is_repeated == row.is_repeated);
    CHECK((world.answers[1]->id == world.answers[0]->id) == row.is_repeated);
    CHECK(world.signals().size() == (row.is_repeated ? 1 : 2));
    CHECK(world.trades().size() == 1);  // the second finds the position of the first
    world.check_verified();
  }
}

TEST_CASE(
    "a delayed signal is PENDING until its time, across crashes, and becomes one order then") {
  Outside world;
  world.engine.reset();
  const auto medium = std::make_shared<storage::MemoryMedium>();
  world.options.open_store = [&](const Clock&) -> Result<std::unique_ptr<storage::Store>> {
    return std::make_unique<storage::MemoryStore>(medium);
  };
  world.engine = std::move(*VirtualEngine::start(world.options));
  world.engine->advance(std::chrono::minutes{3});
  world.offer("buy", "follower-0", Direction::kLong, std::chrono::minutes{10});
  world.engine->advance(std::chrono::seconds{2});
  REQUIRE(world.answers.size() == 1);
  const Timestamp due = world.answers.front()->scheduled_at;
  for (int life = 0; life < 3; ++life) {
    world.engine->advance(std::chrono::minutes{2});
    REQUIRE(world.engine->now() < due);
    REQUIRE(world.signals().size() == 1);
    CHECK(world.signals()[0].execution_status == ExecutionStatus::kPending);
    CHECK(world.signals()[0].execution_scheduled_at == due);
    CHECK(world.trades().empty());
    world.check_verified();
    world.options.start = world.engine->now();
    world.engine.reset();
    world.engine = std::move(*VirtualEngine::start(world.options));
  }
  world.engine->advance(due - world.engine->now() + std::chrono::minutes{1});
  REQUIRE(world.trades().size() == 1);
  CHECK(world.trades()[0].created_at >= due);
  CHECK(world.trades()[0].created_at <= due + std::chrono::seconds{5});
  CHECK(world.signals()[0].decision == SignalDecision::kAccepted);
  CHECK(world.signals()[0].execution_scheduled_at == due);
  world.options.start = world.engine->now();
  world.engine.reset();
  world.engine = std::move(*VirtualEngine::start(world.options));
  world.engine->advance(std::chrono::minutes{5});
  CHECK(world.trades().size() == 1);
  world.check_verified();
}

TEST_CASE("a delayed signal wakes its bot from eviction, and meets the gates of then") {
  for (const bool is_halted : {false, true}) {
    CAPTURE(is_halted);
    Outside world;
    world.engine.reset();
    world.options.bots[0].check_interval = std::chrono::hours{2};
    world.engine = std::move(*VirtualEngine::start(world.options));
    world.engine->advance(std::chrono::minutes{3});
    world.offer("buy", "follower-0", Direction::kLong, std::chrono::minutes{40});
    world.engine->advance(std::chrono::minutes{30});
    CHECK(world.trades().empty());
    if (is_halted)
      world.engine->set_engine_state({.mode = EngineMode::kHalted, .live_trading = true});
    world.engine->advance(std::chrono::minutes{12});
    CHECK(world.trades().size() == (is_halted ? 0 : 1));
    REQUIRE(world.signals().size() == 1);
    if (is_halted) CHECK(world.signals()[0].execution_reason == ReasonCode::kEngineHalted);
  }
}

TEST_CASE("a delayed signal whose time passed while the engine was down is told to be too old") {
  Outside world;
  world.engine.reset();
  const auto medium = std::make_shared<storage::MemoryMedium>();
  world.options.open_store = [&](const Clock&) -> Result<std::unique_ptr<storage::Store>> {
    return std::make_unique<storage::MemoryStore>(medium);
  };
  world.engine = std::move(*VirtualEngine::start(world.options));
  world.engine->advance(std::chrono::minutes{3});
  world.offer("buy", "follower-0", Direction::kLong, std::chrono::minutes{10});
  world.engine->advance(std::chrono::seconds{2});
  world.options.start = world.engine->now() + std::chrono::minutes{15};
  world.engine.reset();
  world.engine = std::move(*VirtualEngine::start(world.options));
  world.engine->advance(std::chrono::minutes{1});
  REQUIRE(world.signals().size() == 1);
  CHECK(world.signals()[0].execution_status == ExecutionStatus::kIgnored);
  CHECK(world.signals()[0].execution_reason == ReasonCode::kSignalExpired);
  CHECK(world.trades().empty());
}

}  // namespace botbox::actors
