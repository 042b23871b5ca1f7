#include "tests/simulation/holds.hpp"

#include <algorithm>

namespace botbox::simulation {
namespace {

constexpr std::string_view kOthers[]{"exchange",  "trade_queue", "market_data",
                                     "scheduler", "supervisor",  "bot"};

}  // namespace

void Holds::begin(std::string_view actor, Timestamp now, Duration most) {
  if (is_held(actor)) return;
  const auto length = Duration{
      static_cast<std::int64_t>(1 + draw(random_, static_cast<std::uint64_t>(most.count())))};
  held_.push_back({actor, now + length});
  trace_.note(now, fmt::format("{} is held for {} ms", actor, length.count()));
}

void Holds::on_step(Timestamp now) {
  if (happens(random_, plan_.silent_limiter, 10'000)) begin(kLimiter, now, plan_.silence_most);
  if (happens(random_, plan_.stalled_actor, 10'000))
    begin(kOthers[draw(random_, std::size(kOthers))], now, plan_.stall_most);
}

void Holds::on_write(Timestamp now) {
  if (!happens(random_, plan_.slow_commit, 1'000)) return;
  ++slow_commits_;
  begin(kJournal, now, plan_.sync_most);
}

void Holds::expire(Timestamp now) {
  std::erase_if(held_, [&](const Hold& hold) {
    if (hold.until > now) return false;
    trace_.note(now, fmt::format("{} goes on", hold.actor));
    return true;
  });
}

void Holds::new_life() {
  held_.clear();
  only_journal_ = false;
}

bool Holds::is_held(std::string_view actor) const {
  if (only_journal_) return actor != kJournal;
  return std::any_of(held_.begin(), held_.end(),
                     [&](const Hold& hold) { return hold.actor == actor; });
}

Timestamp Holds::next_end() const {
  Timestamp next;
  for (const Hold& hold : held_)
    if (next.is_never() || hold.until < next) next = hold.until;
  return next;
}

}  // namespace botbox::simulation
