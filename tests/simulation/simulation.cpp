#include "tests/simulation/simulation.hpp"

#include <algorithm>
#include <stdexcept>

#include "actors/virtual_engine.hpp"
#include "engine/execution/identity.hpp"
#include "storage/reader.hpp"
#include "storage/verify.hpp"
#include "tests/simulation/holds.hpp"
#include "tests/simulation/world.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::simulation {
namespace {

// How long after the faults everything may take: unknown orders are asked for every minute at most,
// a stopped limiter goes on after a minute, parts of an order fill once a minute.
constexpr Duration kLookAgainWithin{600'000};
// Paused bots still leave what they hold, and in a thin market one order waits for another.
constexpr Duration kQuietWithin{4 * 3'600'000};

// A strategy with a bug that shows now and then.
class Flaky final : public Strategy {
 public:
  Flaky(std::shared_ptr<const Strategy> inner, std::mt19937_64& random, const std::uint32_t& chance)
      : inner_(std::move(inner)), random_(random), chance_(chance) {}

  std::vector<IndicatorSpec> indicators(const BotConfig& config) const override {
    return inner_->indicators(config);
  }
  Evaluation evaluate(const MarketView& market, const BotConfig& config,
                      const Position* position) const override {
    if (happens(random_, chance_, 1'000)) throw std::runtime_error("a bug of the strategy");
    return inner_->evaluate(market, config, position);
  }

 private:
  std::shared_ptr<const Strategy> inner_;
  std::mt19937_64& random_;
  const std::uint32_t& chance_;
};

class Run {
 public:
  Run(std::uint64_t seed, std::size_t events)
      : plan_(plan_for(seed)),
        world_(plan_),
        random_(seed * 4),
        hold_random_(seed * 4 + 6),
        holds_(plan_.holds, world_.trace, hold_random_),
        strategy_random_(seed * 4 + 5),
        strategy_fault_(plan_.strategy_fault),
        crashes_left_(plan_.crashes) {
    world_.trace.keep(events);
    for (const StrategySchema& schema : StrategyCatalogue::standard().schemas())
      catalogue_.add(schema, std::make_shared<const Flaky>(
                                 StrategyCatalogue::standard().find(StrategyId{schema.name}),
                                 strategy_random_, strategy_fault_));
  }
  ~Run() { end_life(); }

  RunReport go() {
    const Timestamp end = world_.clock.now() + plan_.faulty_time;
    be_faulty(end);
    if (is_sound()) be_calm();
    end_life();
    return report();
  }

 private:
  bool is_sound() const { return world_.oracle.violations().empty() || mutated_; }

  // -- lives

  bool begin_life() {
    life_ = std::make_shared<Life>();
    ++lives_;
    holds_.new_life();
    draw_crash();
    auto started = actors::VirtualEngine::start(options());
    if (!started) return did_not_start(started.error());
    engine_ = std::move(*started);
    world_.clock.follow(&engine_->clock());
    world_.trace.note(world_.clock.now(), fmt::format("life {} begins", lives_));
    return true;
  }

  // A start writes as well, so its commit may fail like any other; nothing else may keep it down.
  bool did_not_start(const Error& error) {
    life_->alive = false;
    world_.network.hang_up();
    world_.disk.crash();
    world_.trace.note(world_.clock.now(), "no start: " + to_string(error));
    if (error.code == ErrorCode::kIo) return true;
    world_.oracle.violated(Invariant::kStarts, world_.clock.now(), to_string(error));
    return false;
  }

  actors::VirtualEngineOptions options() {
    actors::VirtualEngineOptions options;
    options.start = world_.clock.now();
    options.bots = plan_.planned ? test::planned_bots(plan_.bots) : test::lively_bots(plan_.bots);
    options.exchange = world_.network.connect(life_);
    options.catalogue = catalogue_;
    options.settings = plan_.settings;
    options.installation = world_.installation;
    options.open_store = [this](const Clock& clock) -> Result<std::unique_ptr<storage::Store>> {
      return world_.disk.open(clock, life_);
    };
    options.shuffle = plan_.shuffle ? &random_ : nullptr;
    options.is_held = [this](std::string_view actor) { return holds_.is_held(actor); };
    listen(options);
    return options;
  }

  void listen(actors::VirtualEngineOptions& options) {
    options.on_signal = [this, life = life_](const actors::SignalNoticed& notice) {
      if (life->alive) world_.oracle.on_signal(world_.clock.now(), notice);
    };
    options.on_fills = [this, life = life_](const actors::FillsNoticed& notice) {
      if (life->alive) world_.oracle.on_fills(world_.clock.now(), notice);
    };
    options.on_alert = [this, life = life_](const actors::AlertRaised& alert) {
      if (!life->alive) return;
      if (alert.kind == "bot.failed") ++bot_failures_;
      if (alert.kind == "limiter.silent") ++met_.fallbacks;
      if (alert.kind == "limiter.back") ++met_.returns;
      world_.trace.note(world_.clock.now(), fmt::format("alert {}: {}", alert.kind, alert.text));
    };
  }

  // The process is gone, at whatever it was doing.
  void end_life() {
    if (!engine_) return;
    if (holds_.is_syncing()) end_sync();
    life_->alive = false;
    world_.network.hang_up();
    world_.clock.follow(nullptr);
    engine_.reset();
    world_.disk.crash();
    world_.trace.note(world_.clock.now(), fmt::format("life {} ends", lives_));
  }

  // What was being synced is lost, or becomes durable and nobody hears of it.
  void end_sync() {
    if (happens(random_, 1, 2)) {
      ++met_.lost_commits;
      return;
    }
    const std::uint64_t before = world_.disk.writes();
    holds_.hold_all_but_journal();
    while (!engine_->fatal() && world_.disk.writes() == before && engine_->step(engine_->now())) {
    }
    if (world_.disk.writes() == before) return;  // nothing was asked for
    ++met_.unanswered_commits;
    world_.trace.note(world_.clock.now(), "the last commit is durable and not answered");
  }

  // -- time

  // One message, one arrival of the network, or the way to the next of them.
  void step(Timestamp end) {
    ++steps_;
    const Timestamp now = engine_->now();
    holds_.expire(now);
    const Timestamp arrival = world_.network.next_at();
    const bool arrives = !arrival.is_never() && arrival <= now;
    if (arrives && plan_.shuffle && happens(random_, 1, 2)) return world_.network.deliver_one();
    Timestamp until = arrives ? now : arrival.is_never() ? end : std::min(end, arrival);
    if (const Timestamp held = holds_.next_end(); !held.is_never()) until = std::min(until, held);
    if (!engine_->step(until) && arrives) world_.network.deliver_one();
    world_.oracle.on_stops(world_.clock.now(), world_.paper->standing_stops());
  }

  void run_until(Timestamp end) {
    while (!engine_->fatal() && engine_->now() < end) step(end);
  }

  // -- safety phase

  // Moments around writes and orders are where crashes hurt; moments between are most of time.
  void draw_crash() {
    never_crash();
    if (crashes_left_ == 0) return;
    after_ = draw(random_, 4);
    switch (draw(random_, 4)) {
      case 0: crash_at_step_ = steps_ + 1 + draw(random_, 6'000); break;
      case 1: crash_at_write_ = world_.disk.writes() + 2 + draw(random_, 200); break;
      case 2: crash_at_sync_ = holds_.slow_commits() + 1 + draw(random_, 6); break;
      default: crash_at_order_ = world_.network.orders_sent() + 1 + draw(random_, 6);
    }
  }

  void never_crash() {
    crash_at_step_ = crash_at_write_ = crash_at_sync_ = crash_at_order_ = UINT64_MAX;
  }

  bool crashes_now() {
    const bool reached = steps_ >= crash_at_step_ || world_.disk.writes() >= crash_at_write_ ||
                         world_.network.orders_sent() >= crash_at_order_ ||
                         (holds_.slow_commits() >= crash_at_sync_ && holds_.is_syncing());
    if (!reached) return false;
    if (after_ > 0) {
      --after_;
      return false;
    }
    return true;
  }

  void be_faulty(Timestamp end) {
    while (world_.clock.now() < end && is_sound()) {
      if (!engine_ && !begin_life()) return;
      if (!engine_) continue;
      const std::uint64_t writes = world_.disk.writes();
      step(end);
      holds_.on_step(world_.clock.now());
      if (world_.disk.writes() > writes) holds_.on_write(world_.clock.now());
      if (happens(random_, plan_.operator_act, 10'000)) operate();
      const bool crashes = crashes_now();
      if (!crashes && !engine_->fatal()) continue;
      if (crashes) --crashes_left_;
      end_life();
      // Mostly a quick restart, sometimes one that takes its time.
      const std::uint64_t most = happens(random_, 1, 4) ? 180'000 : 8'000;
      stay_down(Duration{static_cast<std::int64_t>(draw(random_, most))});
    }
  }

  // What the dead engine sent arrives all the same.
  void stay_down(Duration time) {
    const Timestamp until = world_.clock.now() + time;
    for (Timestamp next = world_.network.next_at(); !next.is_never() && next <= until;
         next = world_.network.next_at()) {
      world_.clock.advance(std::max(Duration{0}, next - world_.clock.now()));
      world_.network.deliver_one();
    }
    world_.clock.advance(std::max(Duration{0}, until - world_.clock.now()));
  }

  void operate() {
    const std::size_t bot = draw(random_, plan_.bots);
    const std::uint64_t act = draw(random_, 4);
    world_.trace.note(world_.clock.now(), fmt::format("operator acts: {} on {}", act, bot));
    const BotId id = test::lively_bots(plan_.bots)[bot].id;
    if (act == 0) return engine_->set_bot_status(id, {BotStatus::kPaused, "by hand", "test"});
    if (act == 1) return engine_->set_bot_status(id, {BotStatus::kActive, "by hand", "test"});
    constexpr EngineMode kModes[]{EngineMode::kActive, EngineMode::kReducing, EngineMode::kHalted};
    engine_->set_engine_state({.mode = act == 2 ? EngineMode::kActive : kModes[draw(random_, 3)],
                               .live_trading = true,
                               .changed_by = "test"});
  }

  // -- liveness phase

  void be_calm() {
    world_.trace.note(world_.clock.now(), "the faults stop");
    world_.faulty.set_plan({});
    world_.disk.set_fault_chance(0);
    strategy_fault_ = 0;
    crashes_left_ = 0;
    never_crash();
    holds_.release_all();
    if (engine_ && engine_->fatal()) end_life();
    if (!engine_ && !begin_life()) return;
    set_all(BotStatus::kActive);
    engine_->set_engine_state({EngineMode::kActive, true, "test", {}});
    if (!looks_again()) return;
    set_all(BotStatus::kPaused);
    if (!falls_quiet()) return;
    check_stops();
    check_records();
  }

  void set_all(BotStatus status) {
    for (const BotConfig& bot : test::lively_bots(plan_.bots))
      engine_->set_bot_status(bot.id, {status, "by hand", "test"});
  }

  bool looks_again() {
    const Timestamp began = engine_->now();
    std::string asleep;
    while (engine_->now() < began + kLookAgainWithin) {
      run_until(engine_->now() + Duration{30'000});
      if (engine_->fatal()) return broken("a commit failed: " + to_string(*engine_->fatal()));
      asleep.clear();
      for (const BotConfig& bot : test::lively_bots(plan_.bots)) {
        const auto stored = storage::load_bot(engine_->store(), bot.id);
        if (!stored || stored->damage || stored->snapshot.last_check_at <= began)
          asleep = bot.id.value;
      }
      if (asleep.empty()) return true;
    }
    return broken(asleep + " does not look any more");
  }

  bool falls_quiet() {
    const Timestamp began = engine_->now();
    std::string unfinished;
    std::string difference;
    while (engine_->now() < began + kQuietWithin) {
      run_until(engine_->now() + Duration{10'000});
      if (engine_->fatal()) return broken("a commit failed: " + to_string(*engine_->fatal()));
      unfinished = world_.oracle.unfinished();
      if (!unfinished.empty()) continue;
      difference = world_.oracle.difference(world_.venue_reports());
      if (difference.empty()) return true;
    }
    const Timestamp now = engine_->now();
    if (!unfinished.empty()) world_.oracle.violated(Invariant::kOneFinalState, now, unfinished);
    if (!difference.empty()) world_.oracle.violated(Invariant::kBooksAgree, now, difference);
    return false;
  }

  bool broken(std::string text) {
    world_.oracle.violated(Invariant::kGoesOn, engine_->now(), std::move(text));
    return false;
  }

  // The newest word about a stop may still be on its way.
  void check_stops() {
    std::string misplaced;
    for (int i = 0; i < 6; ++i) {
      misplaced = world_.oracle.misplaced(world_.paper->standing_stops());
      if (misplaced.empty()) return;
      run_until(engine_->now() + Duration{10'000});
    }
    world_.oracle.violated(Invariant::kOneStop, engine_->now(), misplaced);
  }

  void check_records() {
    const auto verified = storage::verify(
        engine_->store(), {.now = engine_->now(), .claim_lifetime = kIdempotencyRetention});
    const Timestamp now = engine_->now();
    if (!verified)
      return world_.oracle.violated(Invariant::kRecordsAgree, now, to_string(verified.error()));
    for (const storage::Finding& finding : verified->findings)
      world_.oracle.violated(Invariant::kRecordsAgree, now, finding.place + ": " + finding.text);
  }

  RunReport report() const {
    RunReport report;
    report.seed = plan_.seed;
    report.violations = world_.oracle.violations();
    report.hash = world_.trace.hash();
    report.last_events = world_.trace.last();
    report.lives = lives_;
    report.bot_failures = bot_failures_;
    report.trades = world_.oracle.trades();
    report.orders = world_.oracle.accepted_orders();
    report.fills = world_.oracle.fills();
    report.steps = steps_;
    report.met = met_;
    report.met.slow_commits = holds_.slow_commits();
    return report;
  }

  Plan plan_;
  World world_;
  std::mt19937_64 random_;  // order of messages, crashes, operator
  std::mt19937_64 hold_random_;
  Holds holds_;
  std::mt19937_64 strategy_random_;
  std::uint32_t strategy_fault_;
  StrategyCatalogue catalogue_;
  std::shared_ptr<Life> life_;
  std::unique_ptr<actors::VirtualEngine> engine_;
  bool mutated_ = !mutation::active(mutation::Kind::kNone);  // then a run shows all it breaks
  std::uint32_t crashes_left_;
  std::uint64_t crash_at_step_ = UINT64_MAX;
  std::uint64_t crash_at_write_ = UINT64_MAX;
  std::uint64_t crash_at_sync_ = UINT64_MAX;
  std::uint64_t crash_at_order_ = UINT64_MAX;
  std::uint64_t after_ = 0;
  std::uint64_t steps_ = 0;
  std::uint32_t lives_ = 0;
  std::uint32_t bot_failures_ = 0;
  Encounters met_;
};

}  // namespace

bool RunReport::broke(Invariant invariant) const {
  return std::any_of(violations.begin(), violations.end(),
                     [&](const Violation& v) { return v.invariant == invariant; });
}

RunReport run(std::uint64_t seed, std::size_t events) { return Run(seed, events).go(); }

std::string explain(const RunReport& report) {
  std::string text = fmt::format("{}\n", describe(plan_for(report.seed)));
  for (const Violation& violation : report.violations)
    text += fmt::format("  VIOLATED {}: {} (at {})\n", to_string(violation.invariant),
                        violation.text, to_iso8601(violation.at));
  text += "last events:\n" + report.last_events;
  text += fmt::format("again: test_simulation --first {} --seeds 1 --events 300\n", report.seed);
  return text;
}

}  // namespace botbox::simulation
