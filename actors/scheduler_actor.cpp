#include "actors/scheduler_actor.hpp"

#include <algorithm>
#include <utility>

#include "actors/turn_commit.hpp"
#include "engine/short_text.hpp"
#include "storage/codec.hpp"
#include "storage/expiry.hpp"
#include "storage/keys.hpp"

namespace botbox::actors {
namespace {

// Longer than market data waits for a fetch: asked again then, it answers with what it has.
constexpr Duration kViewPatience{60'000};
// For the price of a signal's entry. Later the bot's own candle has to do, as where there are none.
constexpr Duration kPricePatience{5'000};
// A market that goes on failing is written down again after so long, few of them at a time: an
// exchange that is away fails all of them.
constexpr Duration kFailurePause{3'600'000};
constexpr std::size_t kFailuresAtOnce = 20;

}  // namespace

SchedulerActor::SchedulerActor(caf::actor_config& config, const Clock& clock, caf::actor journal,
                               caf::actor market_data, caf::actor observer,
                               SchedulerSettings settings, EngineState engine, storage::Epoch epoch,
                               std::uint64_t last_cycle)
    : caf::event_based_actor(config),
      clock_(clock),
      journal_(std::move(journal)),
      market_data_(std::move(market_data)),
      observer_(std::move(observer)),
      settings_(settings),
      cycle_ms_(settings.alerts.cycle),
      failed_share_(settings.alerts.check_failures),
      engine_(std::make_shared<const EngineState>(std::move(engine))),
      epoch_(epoch),
      cycle_(last_cycle) {}

void SchedulerActor::on_exit() {
  slots_.clear();
  groups_.clear();
  ready_.clear();
  held_.clear();
  signals_.clear();
  journal_ = market_data_ = observer_ = supervisor_ = drain_to_ = nullptr;
}

caf::behavior SchedulerActor::make_behavior() {
  arm_tick();
  return {[this](const CheckDone& answer) {
            on_done(answer);
            arm_earlier();
          },
          [this](const ViewReady& ready) {
            on_view(ready);
            arm_earlier();
          },
          [this](TickNow) {
            if (clock_.now() < next_tick_) return;  // armed before an earlier one was
            on_tick();
            // A drain still needs the deadlines of what is under way.
            if (!draining_ || !cycles_.empty()) arm_tick();
          },
          [this](const BotReady& ready) {
            on_ready(ready);
            arm_earlier();
          },
          [this](const BotStopped& stopped) {
            on_stopped(stopped);
            arm_earlier();
          },
          [this](const BotHolds& told) {
            on_holds(told);
            arm_earlier();
          },
          [this](const RunCycleNow&) {
            on_tick();
            arm_earlier();
          },
          [this](CheckEverybody) {
            const CycleBegun begun = check_everybody();
            arm_earlier();
            return begun;
          },
          [this](const CheckBotNow& request) { on_check_now(request); },
          [this](const DecideSignal& decide) { on_signal(decide); },
          [this](const SetEngineState& message) {
            engine_ = std::make_shared<const EngineState>(message.state);
          },
          [this](const SignalSettled& settled) { on_settled(settled); },
          [this](const DiskMeasured& measured) { disk_ = measured.space; },
          [this](const ExchangeHealthChanged& changed) { health_ = changed.health; },
          [this](const BudgetChanged& changed) { budget_ = changed.budget; },
          [this](const AlertsConfigured& configured) {
            cycle_ms_.set_threshold(configured.thresholds.cycle);
            failed_share_.set_threshold(configured.thresholds.check_failures);
          },
          [this](AskActor) { return ActorTold{mailbox().size()}; },
          [this](const Drain& drain) { on_drain(drain); }};
}

// -- ticks

// From a moment at which there is, or was, a tick: how many ticks on it goes on.
std::int64_t SchedulerActor::ticks_until_next(Timestamp from) const {
  const std::int64_t most = settings_.longest_tick / settings_.tick;
  if (most <= 1 || draining_ || !cycles_.empty()) return 1;
  if (due_.armed() == 0) return most;
  const std::int64_t tick = settings_.tick.count();
  const std::int64_t ticks_to_due = ((due_.next_due() - from).count() + tick - 1) / tick;
  return std::clamp<std::int64_t>(ticks_to_due, 1, most);
}

void SchedulerActor::arm_tick() {
  const Duration after = settings_.tick * ticks_until_next(clock_.now());
  if (settings_.longest_tick > Duration{0}) next_tick_ = clock_.now() + after;
  delayed_send(this, after, TickNow{});
}

// Something is due, or under way, earlier than it was when the next tick was armed.
void SchedulerActor::arm_earlier() {
  if (settings_.longest_tick <= Duration{0}) return;
  const Timestamp now = clock_.now();
  const std::int64_t tick = settings_.tick.count();
  const std::int64_t left_out = ((next_tick_ - now).count() + tick - 1) / tick;
  const Timestamp last = next_tick_ - settings_.tick * left_out;  // of the grid, at most now
  const Timestamp wanted = last + settings_.tick * ticks_until_next(last);
  if (wanted >= next_tick_ || wanted <= now) return;
  next_tick_ = wanted;
  delayed_send(this, wanted - now, TickNow{});
}

// -- the fleet

std::uint32_t SchedulerActor::group_of(const SeriesRequest& series) {
  const SeriesKey key{series.symbol, series.timeframe};
  const auto [at, inserted] =
      group_index_.try_emplace(key, static_cast<std::uint32_t>(groups_.size()));
  if (inserted) groups_.emplace_back().wanted = {series.symbol, series.timeframe, {}};
  Group& group = groups_[at->second];
  if (group.wanted.needs.merge(series.needs)) group.series = nullptr;
  return at->second;
}

void SchedulerActor::on_ready(const BotReady& ready) {
  if (slots_.size() <= ready.slot) slots_.resize(ready.slot + 1);
  Slot& slot = slots_[ready.slot];
  const bool was_evicted = std::exchange(slot.is_evicted, false);
  const bool is_at_it = slot.cycle != 0 && slot.bot == ready.bot;
  supervisor_ = ready.supervisor;
  slot.bot = ready.bot;
  slot.status = ready.status;
  const bool may_leave = ready.status == BotStatus::kPaused || ready.status == BotStatus::kError;
  const bool is_checked = ready.status == BotStatus::kActive || (may_leave && ready.has_position);
  // One that is resumed during its check has nothing new to look at after it.
  if ((was_evicted || is_at_it) && is_checked && due_.contains(ready.slot))
    return hand_out_held(ready.slot);
  forget_check(slot);
  slot.id = ready.config->id;
  const std::uint32_t group = group_of(*ready.series);
  if (is_checked) watch_series(group);
  if (due_.contains(ready.slot)) leave_series(slot.group);
  slot.group = group;
  slot.interval = ready.config->check_interval;
  slot.due = ready.next_check_at;
  slot_of_.insert_or_assign(slot.id, ready.slot);
  if (is_checked)
    due_.put(ready.slot, ready.next_check_at, slot.failed_attempts);
  else
    due_.remove(ready.slot);
  if (const auto found = signals_.find(slot.id); found != signals_.end())
    wait_for_view(
        {.slot = ready.slot, .reply_to = found->second.reply_to, .signal = found->second.waiting});
  if (was_evicted) hand_out_held(ready.slot);
}

// The last bot that looked at it is gone.
void SchedulerActor::leave_series(std::uint32_t index) {
  Group& group = groups_[index];
  if (--group.watchers == 0)
    send(market_data_, SeriesLeft{group.wanted.symbol, group.wanted.timeframe});
}

void SchedulerActor::stop_looking(std::uint32_t slot) {
  if (due_.remove(slot)) leave_series(slots_[slot].group);
}

// What waited for a bot that was evicted goes on; what it was to do next stood in the table all the
// time.
void SchedulerActor::hand_out_held(std::uint32_t slot) {
  if (const auto found = held_.find(slot); found != held_.end()) {
    ready_.insert(ready_.end(), found->second.begin(), found->second.end());
    held_.erase(found);
  }
  hand_out();
}

void SchedulerActor::on_stopped(const BotStopped& stopped) {
  if (stopped.slot >= slots_.size()) return;
  Slot& slot = slots_[stopped.slot];
  slot.status = stopped.status;
  if (stopped.status == BotStatus::kPaused) return;
  if (slot.cycle != 0) fail(stopped.slot, CheckFailure::kCounted, "the bot has stopped");
  stop_looking(stopped.slot);
  if (stopped.status == BotStatus::kError) {
    slot.bot = nullptr;
    slot.is_evicted = false;
  }
  hand_out_held(stopped.slot);
  finish_cycles();
}

// Of an active bot this is an old word, as it is of one that is not there. One whose check is under
// way says it once more after that.
void SchedulerActor::on_holds(const BotHolds& told) {
  if (told.slot >= slots_.size()) return;
  const Slot& slot = slots_[told.slot];
  if (slot.status == BotStatus::kActive || !is_there(slot)) return;
  if (told.has_position) {
    if (due_.contains(told.slot)) return;
    due_.put(told.slot, clock_.now());
    watch_series(slot.group);
  } else if (slot.cycle == 0) {
    stop_looking(told.slot);
  }
}

// -- a cycle

void SchedulerActor::on_tick() {
  const Timestamp now = clock_.now();
  for (auto& [number, tracker] : cycles_)
    for (const BotSlot late : tracker.expire(now))
      if (slots_[late].cycle == number)
        fail(late, CheckFailure::kCounted, "no answer within " + humanize(settings_.deadline));
  finish_cycles();
  if (draining_) return;
  ask_again_for_views(now);
  give_up_prices(now);
  const std::vector<DueCheck> found = due_.take_due(now, SIZE_MAX);
  if (found.empty()) return;
  ++cycle_;
  CheckTracker& tracker =
      cycles_.try_emplace(cycle_, cycle_, now, settings_.deadline).first->second;
  for (const DueCheck& check : found) {
    Slot& slot = slots_[check.slot];
    // A retry is still for the time that was missed, or the schedule would move with every failure.
    if (check.failed_attempts == 0 || slot.due.is_never())
      slot.due = check.due.is_never() ? now : check.due;
    slot.failed_attempts = check.failed_attempts;
    slot.cycle = cycle_;
    tracker.on_started(check.slot, now);
    if (slot.is_evicted) wake(check.slot);
    wait_for_view({check.slot, cycle_, nullptr});
  }
}

void SchedulerActor::wait_for_view(const Pending& pending) {
  const std::uint32_t index = slots_[pending.slot].group;
  groups_[index].waiting.push_back(pending);
  if (!groups_[index].is_asked) ask_for_view(index, clock_.now());
}

void SchedulerActor::ask_for_view(std::uint32_t index, Timestamp now) {
  Group& group = groups_[index];
  group.is_asked = true;
  group.asked_at = now;
  if (!group.series) group.series = std::make_shared<const SeriesRequest>(group.wanted);
  send(market_data_, PrepareView{index, group.series, this, group.watchers > 0});
}

// Rests on no exchange's promise to answer every fetch, or one that gets lost would keep all bots
// of its series from looking ever again.
void SchedulerActor::ask_again_for_views(Timestamp now) {
  for (std::uint32_t index = 0; index < groups_.size(); ++index)
    if (groups_[index].is_asked && now - groups_[index].asked_at >= kViewPatience)
      ask_for_view(index, now);
}

// The newest closed minute of its symbol, by the cache of all: a signal comes at any time, and the
// bot's own candle may have closed hours ago. A close needs no price, and waits for none.
bool SchedulerActor::wants_price(const Pending& pending) const {
  const Timeframe own = groups_[slots_[pending.slot].group].wanted.timeframe;
  return pending.signal && pending.signal->signal.direction != Direction::kClose &&
         own > Timeframe::minutes(1);
}

void SchedulerActor::wait_for_price(Pending pending) {
  const Symbol symbol = groups_[slots_[pending.slot].group].wanted.symbol;
  const std::uint32_t minutes = group_of({symbol, Timeframe::minutes(1), {}});
  pending.price_asked_at = clock_.now();
  groups_[minutes].waiting.push_back(std::move(pending));
  if (!groups_[minutes].is_asked) ask_for_view(minutes, clock_.now());
}

void SchedulerActor::give_up_prices(Timestamp now) {
  for (Group& group : groups_) {
    const auto late = std::stable_partition(
        group.waiting.begin(), group.waiting.end(), [now](const Pending& pending) {
          return pending.price_asked_at.is_never() || now - pending.price_asked_at < kPricePatience;
        });
    const std::vector<Pending> given_up(late, group.waiting.end());
    group.waiting.erase(late, group.waiting.end());
    for (const Pending& pending : given_up) hand_signal(pending);
  }
}

void SchedulerActor::on_view(const ViewReady& ready) {
  Group& group = groups_[ready.ticket];
  group.is_asked = false;
  std::vector<Pending> waiting = std::move(group.waiting);
  group.waiting.clear();
  if (!ready.view) {
    const std::string why = to_string(ready.view.error());
    for (Pending pending : waiting) {
      if (pending.signal) {
        pending.is_blind = pending.price_asked_at.is_never();
        hand_signal(pending);
      } else if (pending.reply_to) {
        slots_[pending.slot].asked_by_hand = false;
        answer_failed(pending.reply_to, pending.slot, why);
      } else if (slots_[pending.slot].cycle != pending.cycle) {
        continue;  // expired meanwhile
      } else if (ready.has_no_candle_yet) {
        see_nothing(pending.slot);
      } else {
        record_failure(group, ready.view.error());
        fail(pending.slot, CheckFailure::kInfrastructure, why);
      }
    }
    return finish_cycles();
  }
  group.view = *ready.view;
  for (Pending& pending : waiting) {
    const bool is_of_price = !pending.price_asked_at.is_never();
    if (is_of_price) pending.newest = *ready.view;
    if (!is_of_price && wants_price(pending))
      wait_for_price(std::move(pending));
    else
      ready_.push_back(std::move(pending));
  }
  hand_out();
}

void SchedulerActor::hand_out() {
  const Timestamp now = clock_.now();
  while (!ready_.empty() && outstanding_ < settings_.batches_under_way * settings_.batch) {
    const Pending next = std::move(ready_.front());
    ready_.pop_front();
    Slot& slot = slots_[next.slot];
    if (slot.is_evicted) {
      hold(next);
      continue;
    }
    if (next.signal) {
      hand_signal(next);
      continue;
    }
    const bool by_hand = next.cycle == 0;
    if (by_hand) slot.asked_by_hand = false;
    if (!by_hand && slot.cycle != next.cycle) continue;  // expired meanwhile
    if (!slot.bot) {
      if (by_hand)
        answer_failed(next.reply_to, next.slot, slot.id.value + " is not running");
      else
        fail(next.slot, CheckFailure::kCounted, "it is not running");
      continue;
    }
    if (!by_hand) {
      slot.handed_out = true;
      slot.handed_out_at = now;
      ++outstanding_;
    }
    const bool is_due = !by_hand && slot.ahead_of.is_never();
    send(slot.bot, Check{.market = groups_[slot.group].view,
                         .due_at = is_due ? slot.due : Timestamp{},
                         .engine = engine_,
                         .exchange_health = health_,
                         .disk = disk_,
                         .budget = budget_,
                         .cycle = next.cycle,
                         .reply_to = by_hand ? next.reply_to : caf::actor(this)});
  }
}

void SchedulerActor::on_signal(const DecideSignal& decide) {
  const BotId& bot = decide.waiting->signal.bot;
  signals_.insert_or_assign(bot, decide);
  const auto found = slot_of_.find(bot);
  if (found == slot_of_.end()) return;
  wait_for_view({.slot = found->second, .reply_to = decide.reply_to, .signal = decide.waiting});
}

// Told for ever, it would be decided anew once the memory that it was decided has expired.
void SchedulerActor::on_settled(const SignalSettled& settled) {
  const auto found = signals_.find(settled.bot);
  if (found != signals_.end() && found->second.waiting->order == settled.order)
    signals_.erase(found);
}

// A bot that is away gets it from on_ready().
void SchedulerActor::hand_signal(const Pending& pending) {
  const Slot& slot = slots_[pending.slot];
  if (slot.is_evicted) return hold(pending);
  if (!slot.bot) return;
  send(slot.bot,
       TakeSignal{.waiting = pending.signal,
                  .look = {.market = pending.is_blind ? nullptr : groups_[slot.group].view,
                           .due_at = {},
                           .engine = engine_,
                           .exchange_health = health_,
                           .disk = disk_,
                           .budget = budget_,
                           .cycle = 0,
                           .reply_to = pending.reply_to},
                  .newest = pending.newest});
}

void SchedulerActor::forget_check(Slot& slot) {
  if (slot.handed_out) --outstanding_;
  slot.handed_out = false;
  slot.cycle = 0;
  slot.ahead_of = {};
}

void SchedulerActor::on_done(const CheckDone& answer) {
  Slot& slot = slots_[answer.slot];
  if (slot.cycle != answer.cycle || answer.cycle == 0)
    return;  // too late: counted as failed before
  if (answer.reason == ReasonCode::kCheckFailed || answer.reason == ReasonCode::kAlreadyChecking) {
    if (answer.reason == ReasonCode::kCheckFailed)
      fail(answer.slot, CheckFailure::kCounted, answer.error);
    else
      fail(answer.slot, CheckFailure::kInfrastructure, "its check before is still under way");
  } else {
    const bool has_signal = answer.outcome >= CheckOutcome::kRefused;
    const Timestamp now = clock_.now();
    const auto cycle = cycles_.find(answer.cycle);
    if (cycle != cycles_.end()) cycle->second.on_succeeded(answer.slot, now, has_signal ? 1 : 0);
    answered_.add(now - slot.handed_out_at);
    const Timestamp regular = slot.ahead_of.is_never() ? answer.next_check_at : slot.ahead_of;
    forget_check(slot);
    const bool comes_again = !answer.again_at.is_never() && answer.again_at < regular;
    if (comes_again) slot.ahead_of = regular;
    due_.reschedule(answer.slot, comes_again ? answer.again_at : regular);
    if (!comes_again) evict_if_idle(answer);
  }
  hand_out();
  finish_cycles();
}

// -- eviction

// The due table keeps its entry: what wakes it is the same as what would have checked it.
void SchedulerActor::evict_if_idle(const CheckDone& answer) {
  Slot& slot = slots_[answer.slot];
  const bool is_worth_it = settings_.evict_idle > Duration{0} &&
                           answer.next_check_at - clock_.now() >= settings_.evict_idle;
  if (!answer.is_idle || !is_worth_it || !slot.bot || !supervisor_ || slot.asked_by_hand ||
      draining_)
    return;
  slot.is_evicted = true;
  send(supervisor_, EvictBot{answer.slot, std::exchange(slot.bot, nullptr)});
}

void SchedulerActor::wake(std::uint32_t slot) { send(supervisor_, WakeBot{slot}); }

void SchedulerActor::hold(const Pending& pending) {
  held_[pending.slot].push_back(pending);
  wake(pending.slot);
}

// For whoever asks later why a bot of this market has decided nothing (decision_story.hpp).
void SchedulerActor::record_failure(Group& group, const Error& error) {
  const Timestamp now = clock_.now();
  if (!group.failure_told_at.is_never() && now - group.failure_told_at < kFailurePause) return;
  if (events_.size() >= kFailuresAtOnce) return;
  group.failure_told_at = now;
  events_.push_back(
      storage::encode(Event{.at = now,
                            .kind = std::string(kCheckFailedEvent),
                            .bot = {},
                            .subject = series_text(group.wanted.symbol, group.wanted.timeframe),
                            .detail = short_text(to_string(error)),
                            .actor = "engine"}));
}

void SchedulerActor::fail(std::uint32_t index, CheckFailure failure, std::string_view why) {
  Slot& slot = slots_[index];
  const auto cycle = cycles_.find(slot.cycle);
  if (cycle != cycles_.end()) {
    cycle->second.on_failed(index, clock_.now());
    if (!first_failures_.contains(slot.cycle))
      first_failures_.emplace(slot.cycle, fmt::format("{}: {}", slot.id.value, why));
  }
  const Timestamp ahead_of = slot.ahead_of;
  forget_check(slot);
  if (!ahead_of.is_never()) {
    due_.reschedule(index, ahead_of);
    return;
  }
  const RetryDecision retry = after_failure(
      {slot.id, slot.due, slot.interval, ++slot.failed_attempts}, failure, clock_.now());
  if (retry.what == AfterFailure::kAbandoned) {
    send(observer_,
         AlertRaised{"check.abandoned",
                     fmt::format("{}: {} checks failed in a row, next regular one at {}",
                                 slot.id.value, slot.failed_attempts, to_iso8601(retry.at))});
    slot.failed_attempts = 0;
  }
  due_.reschedule(index, retry.at, slot.failed_attempts);
}

// The market has no candle yet. The bot has nothing to write down: after a restart it looks at
// once.
void SchedulerActor::see_nothing(std::uint32_t index) {
  Slot& slot = slots_[index];
  const Timestamp now = clock_.now();
  const auto cycle = cycles_.find(slot.cycle);
  if (cycle != cycles_.end()) cycle->second.on_succeeded(index, now, 0);
  const Timestamp ahead_of = slot.ahead_of;
  forget_check(slot);
  due_.reschedule(index,
                  ahead_of.is_never() ? next_regular_due(slot.due, slot.interval, now) : ahead_of);
}

void SchedulerActor::finish_cycles() {
  const Timestamp now = clock_.now();
  for (auto at = cycles_.begin(); at != cycles_.end();) {
    if (!at->second.is_done()) {
      ++at;
      continue;
    }
    const CycleRecord record = at->second.record(now);
    auto commit = std::make_shared<storage::Commit>();
    commit->producer = "scheduler";
    commit->epoch = epoch_;
    commit->turn = ++turn_;
    commit->at = now;
    commit->always.puts.push_back(
        {storage::cycle_key(record.number),
         storage::encode_expiring(storage::encode(record),
                                  kept_until(now, settings_.cycles_kept))});
    commit->always.events = std::exchange(events_, {});
    send(journal_, CommitRequest{std::move(commit), nullptr});
    CycleFinished finished{record, std::exchange(answered_, {}), {}};
    if (const auto failure = first_failures_.extract(record.number))
      finished.failure = std::move(failure.mapped());
    send(observer_, std::move(finished));
    watch(record);
    at = cycles_.erase(at);
  }
  if (!drain_to_ || !cycles_.empty()) return;
  send(drain_to_, Drained{"scheduler"});
  drain_to_ = nullptr;
}

// Of the failed checks: a single bot that fails is told of by its own alert.
void SchedulerActor::watch(const CycleRecord& record) {
  constexpr std::uint32_t kChecksMin = 10;
  const auto tell = [this](AlertChange change, const char* begun, const char* ended,
                           const auto& text) {
    if (change == AlertChange::kNone) return;
    send(observer_, AlertRaised{change == AlertChange::kRaised ? begun : ended, text()});
  };
  const Timestamp now = clock_.now();
  const auto took = static_cast<double>(record.duration.count());
  tell(cycle_ms_.update(took, now), "cycle.slow", "cycle.normal", [&] {
    return fmt::format("cycle {} took {:.1f} s for {} checks", record.number, took / 1000,
                       record.found);
  });
  if (record.found < kChecksMin) return;
  tell(failed_share_.update(static_cast<double>(record.failed) / record.found, now), "check.errors",
       "check.normal", [&] {
         return fmt::format("{} of {} checks failed in cycle {}", record.failed, record.found,
                            record.number);
       });
}

// -- by hand

// A bot whose check is under way has its turn already. Who is overdue, or tried again, is checked
// for that due time; the others look without one, as a check by hand does, or their bots would take
// it for a time that they have dealt with.
CycleBegun SchedulerActor::check_everybody() {
  if (draining_) return {cycle_, 0};
  const Timestamp now = clock_.now();
  for (std::uint32_t index = 0; index < slots_.size(); ++index) {
    Slot& slot = slots_[index];
    const std::optional<DueCheck> armed = due_.armed_check(index);
    if (!is_there(slot) || slot.cycle != 0 || !armed) continue;
    if (armed->failed_attempts == 0 && armed->due > now && slot.ahead_of.is_never())
      slot.ahead_of = armed->due;
    due_.reschedule(index, now, armed->failed_attempts);
  }
  const std::uint64_t before = cycle_;
  on_tick();
  const auto begun = cycles_.find(cycle_);
  if (cycle_ == before || begun == cycles_.end()) return {before, 0};
  return {cycle_, begun->second.record(now).found};
}

void SchedulerActor::on_check_now(const CheckBotNow& request) {
  const auto found = slot_of_.find(request.bot);
  if (found == slot_of_.end() || !is_there(slots_[found->second]))
    return answer_failed(request.reply_to, 0, "no running bot is called " + request.bot.value);
  // One at a time, so that no flood of requests can pile up here or in the bot's mailbox.
  Slot& slot = slots_[found->second];
  if (slot.asked_by_hand)
    return send(request.reply_to,
                CheckDone{.slot = found->second, .reason = ReasonCode::kAlreadyChecking});
  slot.asked_by_hand = true;
  wait_for_view({found->second, 0, request.reply_to});
}

void SchedulerActor::answer_failed(const caf::actor& to, std::uint32_t slot, std::string error) {
  send(to, CheckDone{.slot = slot, .reason = ReasonCode::kCheckFailed, .error = std::move(error)});
}

void SchedulerActor::on_drain(const Drain& drain) {
  draining_ = true;
  drain_to_ = drain.reply_to;
  finish_cycles();
}

}  // namespace botbox::actors
