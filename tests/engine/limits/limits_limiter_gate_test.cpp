#include "engine/limits/limiter_gate.hpp"

#include <doctest/doctest.h>

#include <deque>

#include "tests/engine/limits/limits_ledger.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

constexpr Timestamp kStart{1'700'000'000'000};
constexpr PermitRequest kNormalOne{1, 0, PermitPriority::kNormal};
constexpr PermitRequest kProtectiveOne{1, 0, PermitPriority::kProtective};

GateConfig hundred_a_minute() {
  return {.limits = {.windows = {{"weight_1m", Duration{60'000}, 100, LimitKind::kRequestWeight}},
                     .permit_life = Duration{0}}};
}

int local_grants(LimiterGate& gate, Timestamp now, const PermitRequest& request) {
  for (int granted = 0;; ++granted) {
    auto acquired = gate.acquire_local(now, request);
    if (!acquired && acquired.error().reason == DenialReason::kNotReserved) {
      if (!gate.state_to_save(now)) return granted;
      gate.on_saved();
      acquired = gate.acquire_local(now, request);
    }
    if (!acquired) return granted;
  }
}

void go_local(LimiterGate& gate) {
  CHECK_FALSE(gate.on_no_answer());
  CHECK_FALSE(gate.on_no_answer());
  CHECK(gate.on_no_answer());
}

}  // namespace

TEST_CASE("three unanswered requests in a row switch to the local limiter, two do not") {
  LimiterGate gate(hundred_a_minute());
  gate.on_no_answer();
  gate.on_no_answer();
  gate.on_answer(kStart);
  gate.on_no_answer();
  gate.on_no_answer();
  CHECK(gate.mode() == GateMode::kLimiter);
  CHECK(gate.on_no_answer());
  CHECK(gate.mode() == GateMode::kLocal);
  CHECK_FALSE(gate.on_no_answer());
}

TEST_CASE("the local limiter stops at 50 %, of which what passed before takes its part") {
  LimiterGate gate(hundred_a_minute());
  for (int i = 0; i < 15; ++i) REQUIRE(gate.let_pass(kStart, kNormalOne, gate.era()));
  CHECK_FALSE(gate.acquire_local(kStart, kNormalOne).has_value());
  go_local(gate);
  CHECK(local_grants(gate, kStart, kNormalOne) == 25);
  CHECK(local_grants(gate, kStart, kProtectiveOne) == 10);
}

TEST_CASE("a permit from before the switch never passes any more") {
  LimiterGate gate(hundred_a_minute());
  const std::uint64_t era = gate.era();
  go_local(gate);
  CHECK_FALSE(gate.let_pass(kStart, kNormalOne, era));
  REQUIRE(gate.on_answer(kStart).has_value());
  CHECK_FALSE(gate.let_pass(kStart, kNormalOne, gate.era()));
  gate.on_handed_over();
  CHECK(gate.mode() == GateMode::kLimiter);
  CHECK_FALSE(gate.let_pass(kStart, kNormalOne, era));
  CHECK(gate.let_pass(kStart, kNormalOne, gate.era()));
}

TEST_CASE("the limiter that answers again takes over what was granted locally") {
  LimiterGate gate(hundred_a_minute());
  go_local(gate);
  CHECK(local_grants(gate, kStart, kProtectiveOne) == 50);
  const auto handed = gate.on_answer(kStart);
  REQUIRE(handed.has_value());
  CHECK(local_grants(gate, kStart, kProtectiveOne) == 0);
  RateLimiter limiter(hundred_a_minute().limits);
  limiter.absorb(*handed, kStart);
  CHECK_FALSE(limiter.is_saved());
  REQUIRE(limiter.state_to_save(kStart).has_value());
  limiter.on_saved();
  CHECK(limiter.is_saved());
  int granted = 0;
  while (acquire_saving(limiter, kStart, kProtectiveOne)) ++granted;
  CHECK(granted == 30);
}

TEST_CASE("a limiter that falls silent during the return leaves the local one in charge") {
  LimiterGate gate(hundred_a_minute());
  go_local(gate);
  REQUIRE(gate.on_answer(kStart).has_value());
  go_local(gate);
  CHECK(gate.mode() == GateMode::kLocal);
  gate.on_handed_over();
  CHECK(gate.mode() == GateMode::kLocal);
}

TEST_CASE("a stop by the exchange holds back the local limiter, too") {
  LimiterGate gate(hundred_a_minute());
  gate.on_rate_limited(kStart, Duration{5'000});
  go_local(gate);
  CHECK(gate.acquire_local(kStart, kNormalOne).error().reason == DenialReason::kStopped);
}

namespace {

// One process with a limiter, a gate, and a disk; the limiter falls silent at times.
class GateWorld {
 public:
  GateWorld(const GateConfig& config, std::mt19937_64& random)
      : config_(config),
        random_(random),
        limiter_(config.limits),
        gate_(config),
        ledger_(config.limits.windows) {}

  void step(Timestamp now) {
    if (random_() % 40 == 0) answering_ = !answering_;
    request_ = random_request(random_);
    if (gate_.mode() == GateMode::kLimiter)
      ask_limiter(now);
    else if (gate_.mode() == GateMode::kLocal)
      go_on_locally(now);
    else
      return_to_limiter(now);
    if (random_() % 20 == 0) deliver_late(now);
    if (random_() % 200 == 0) crash(now);
  }
  std::string broken() const { return ledger_.first_window_above(80); }
  int local_grants = 0;
  int returns = 0;

 private:
  struct LateAnswer {
    Timestamp granted_at;
    PermitRequest request;
    std::uint64_t era;
  };

  bool lost() { return random_() % 4 == 0; }

  void save_limiter(Timestamp now) {
    while (auto state = limiter_.state_to_save(now)) {
      durable_limiter_ = std::move(state);
      limiter_.on_saved();
    }
  }
  void save_gate(Timestamp now) {
    while (auto state = gate_.state_to_save(now)) {
      durable_local_ = std::move(state);
      gate_.on_saved();
    }
  }

  void ask_limiter(Timestamp now) {
    auto acquired = limiter_.acquire(now, request_);
    save_limiter(now);
    if (acquired && answering_) {
      gate_.on_answer(now);
      REQUIRE(gate_.let_pass(now, request_, gate_.era()));
      ledger_.granted(now, request_);
    } else if (!answering_) {
      if (acquired) late_.push_back({now, request_, gate_.era()});
      gate_.on_no_answer();
    }
  }

  void go_on_locally(Timestamp now) {
    if (gate_.acquire_local(now, request_)) {
      ledger_.granted(now, request_);
      ++local_grants;
    }
    save_gate(now);
    if (answering_) handed_ = gate_.on_answer(now);
  }

  void return_to_limiter(Timestamp now) {
    if (lost()) {
      gate_.on_no_answer();
      return;
    }
    if (handed_) limiter_.absorb(*handed_, now);
    if (random_() % 20 == 0) return crash(now);
    save_limiter(now);
    if (lost()) {
      gate_.on_no_answer();
      return;
    }
    gate_.on_handed_over();
    ++returns;
    if (random_() % 20 == 0) return crash(now);
    save_gate(now);
  }

  void deliver_late(Timestamp now) {
    if (late_.empty()) return;
    const LateAnswer answer = late_.front();
    late_.pop_front();
    if (gate_.let_pass(now, answer.request, answer.era))
      ledger_.granted(answer.granted_at, answer.request);
  }

  void crash(Timestamp now) {
    late_.clear();
    limiter_ = RateLimiter(config_.limits);
    gate_ = LimiterGate(config_);
    if (durable_limiter_) limiter_.restore(*durable_limiter_, now);
    if (durable_local_) limiter_.absorb(*durable_local_, now);
    gate_.restore(durable_local_, durable_limiter_, now);
    handed_.reset();
    if (random_() % 2 == 0) return;  // the limiter does not get as far as to save
    save_limiter(now);
    gate_.on_handed_over();
    save_gate(now);
  }

  GateConfig config_;
  std::mt19937_64& random_;
  RateLimiter limiter_;
  LimiterGate gate_;
  GrantLedger ledger_;
  std::optional<LimiterState> durable_limiter_;
  std::optional<LimiterState> durable_local_;
  std::optional<LimiterState> handed_;
  std::deque<LateAnswer> late_;
  PermitRequest request_;
  bool answering_ = true;
};

}  // namespace

TEST_CASE("both limiters together stay at 80 % in every window, over switches and crashes") {
  SeededRuns runs;
  auto& random = runs.next();
  int local_grants = 0;
  int returns = 0;
  for (int run = 0; run < 150; ++run) {
    GateWorld world({.limits = random_config(random)}, random);
    std::int64_t now = kStart.ms;
    for (int step = 0; step < 1'500; ++step) {
      now += random_gap(random);
      world.step(Timestamp{now});
    }
    INFO("run " << run << " of seed " << runs.seed());
    REQUIRE(world.broken() == "");
    local_grants += world.local_grants;
    returns += world.returns;
  }
  CHECK(local_grants > 1'000);
  CHECK(returns > 100);
  MESSAGE("seed " << runs.seed() << ", " << local_grants << " local grants, " << returns
                  << " returns");
}
