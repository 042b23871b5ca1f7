#include "actors/signal_inbox_actor.hpp"

#include <algorithm>

#include "actors/fleet_change.hpp"
#include "actors/turn_commit.hpp"
#include "engine/assert.hpp"
#include "engine/execution/identity.hpp"
#include "engine/execution/rejection.hpp"
#include "storage/claim.hpp"
#include "storage/codec.hpp"
#include "storage/expiry.hpp"
#include "storage/keys.hpp"

namespace botbox::actors {
namespace {

// By the sender's id where there is one; that of one bot is not that of another.
std::string name_of(const SignalOffer& offer) {
  if (!offer.own_id.empty()) return "id." + alert_signal_id(offer.signal.bot, offer.own_id).value;
  return idempotency_key(offer.signal.bot, offer.content).value;
}

}  // namespace

SignalInboxActor::SignalInboxActor(caf::actor_config& config, const Clock& clock,
                                   caf::actor journal, caf::actor scheduler, caf::actor observer,
                                   SignalInboxBirth birth)
    : caf::event_based_actor(config),
      clock_(clock),
      journal_(std::move(journal)),
      scheduler_(std::move(scheduler)),
      observer_(std::move(observer)),
      epoch_(birth.epoch),
      room_{birth.waiting_max, birth.bytes_max},
      room_of_bot_{birth.waiting_of_bot_max, birth.bytes_of_bot_max},
      decided_within_(birth.decided_within),
      traces_kept_(birth.traces_kept) {
  for (const RecentAlert& recent : birth.recent) {
    known_[recent.name] = {.answer = {.id = recent.signal, .is_status_known = false},
                           .is_durable = true,
                           .offers = {}};
    expiring_.emplace_back(recent.expires_at, recent.name);
  }
  std::sort(expiring_.begin(), expiring_.end());
  for (auto& waiting : birth.waiting) {
    order_ = std::max(order_, waiting->order);
    ++count_;
    bytes_ += waiting->bytes;
    if (waiting->signal.execution_scheduled_at > clock_.now())
      hold_back(std::move(waiting));
    else
      append(std::move(waiting));
  }
}

void SignalInboxActor::on_exit() {
  known_.clear();
  under_way_.clear();
  queues_.clear();
  delayed_.clear();
  journal_ = scheduler_ = observer_ = nullptr;
}

caf::behavior SignalInboxActor::make_behavior() {
  for (const auto& [bot, queue] : queues_) deliver(bot);
  arm_timer();
  return {[this](const OfferSignal& offered) { on_offer(offered.offer); },
          [this](const Committed& committed) { on_committed(committed); },
          [this](const SignalSettled& settled) { on_settled(settled); },
          [this](const BotGone& gone) { on_gone(gone.bot, gone.why); },
          [this](const BotReturned& back) { gone_.erase(back.bot); },
          [this](AskActor) { return ActorTold{mailbox().size()}; },
          [this](TickNow) { on_tick(); }};
}

void SignalInboxActor::on_offer(const Offer& offer) {
  forget_expired();
  std::string name = name_of(*offer);
  const auto found = known_.find(name);
  if (found == known_.end()) {
    if (has_room(*offer)) return take_in(offer, name);
    return offer->answer(fail(ErrorCode::kOverloaded, "too many signals wait for their bots"));
  }
  if (!found->second.is_durable) return found->second.offers.push_back(offer);
  OfferAnswer answer = found->second.answer;
  answer.is_repeated = true;
  offer->answer(answer);
}

bool SignalInboxActor::has_room(const SignalOffer& offer) const {
  const bool is_delayed = !offer.signal.execution_scheduled_at.is_never();
  if (count_ >= room_.count || bytes_ >= room_.bytes) return false;
  if (is_delayed && delayed_.size() >= room_.count / 2) return false;
  const auto found = queues_.find(offer.signal.bot);
  if (found == queues_.end()) return true;
  const Queue& queue = found->second;
  return queue.waiting.size() < room_of_bot_.count && queue.bytes < room_of_bot_.bytes &&
         clock_.now() - queue.first_since < decided_within_;
}

// No two signals of a bot have the same time, and none that of a candle's close: both name traces.
Timestamp SignalInboxActor::new_time(const BotId& bot) {
  Timestamp& newest = newest_[bot];
  newest = std::max(clock_.now(), newest + Duration{1});
  if (newest.ms % 60'000 == 0) newest = newest + Duration{1};
  return newest;
}

void SignalInboxActor::take_in(const Offer& offer, const std::string& name) {
  Signal signal = offer->signal;
  const ReasonCode why = unheard(signal);
  if (signal.decision == SignalDecision::kPending && why != ReasonCode::kNone)
    reject_unheard(signal, why);
  const Timestamp now = clock_.now();
  signal.created_at = new_time(signal.bot);
  // An alert cannot be younger than its arrival, nor keep fresh by claiming so.
  if (signal.candle_close.is_never() || signal.candle_close > now) signal.candle_close = now;
  const bool has_id = !offer->own_id.empty();
  signal.id = has_id ? alert_signal_id(signal.bot, offer->own_id)
                     : alert_signal_id(signal.bot, offer->content, signal.created_at);
  const Timestamp expires_at = now + (has_id ? kIdempotencyRetention : kContentWindow);
  const bool waits = signal.decision == SignalDecision::kPending;

  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "signals";
  commit->epoch = epoch_;
  commit->turn = ++turn_;
  commit->at = now;
  const storage::Key claim = storage::alert_claim_key(name);
  commit->claims.push_back({claim, expires_at});
  storage::WriteOps& rows = commit->if_claimed;
  rows.puts.push_back(
      {claim, storage::encode_expiring(storage::encode(storage::ClaimRow{now, signal.id.value}),
                                       expires_at)});
  const std::string bytes = storage::encode(signal);
  rows.puts.push_back({storage::signal_key(signal.bot, signal.created_at, signal.id), bytes});
  // Above all orders before, also those of earlier processes: time times 2^20, as a cursor.
  order_ = std::max(order_ + 1, static_cast<std::uint64_t>(now.ms) << 20);
  if (waits)
    rows.puts.push_back({storage::inbox_key(order_), bytes});
  else
    rows.puts.push_back(trace_row(rejection_trace(signal, now), traces_kept_));
  const Timestamp due = signal.execution_scheduled_at;
  std::string what(to_string(signal.direction));
  if (!due.is_never()) what += ", to be executed at " + to_iso8601(due);
  note(rows, {.at = now,
              .kind = waits ? "signal.received" : "signal.rejected",
              .bot = signal.bot,
              .subject = signal.id.value,
              .detail = waits ? what : std::string(to_string(signal.rejection_reason)),
              .actor = "webhook"});

  Known& known = known_[name];
  known.answer = {signal.id, false, signal.execution_status, signal.execution_reason, due};
  known.offers.push_back(offer);
  expiring_.emplace_back(now + kContentWindow, name);
  ++count_;
  bytes_ += bytes.size();
  UnderWay& under_way = under_way_[commit->turn];
  under_way.name = name;
  under_way.bytes = bytes.size();
  if (waits)
    under_way.waiting = std::make_shared<const WaitingSignal>(
        WaitingSignal{std::move(signal), order_, bytes.size()});
  send<kCommitFirst>(journal_, CommitRequest{std::move(commit), this});
}

void SignalInboxActor::on_committed(const Committed& committed) {
  const auto at = under_way_.find(committed.turn);
  ENGINE_ASSERT(at != under_way_.end());
  const UnderWay finished = std::move(at->second);
  under_way_.erase(at);
  --count_;
  bytes_ -= finished.bytes;
  if (finished.name.empty()) return;
  using storage::CommitOutcome;
  const CommitOutcome outcome = committed.result.outcome;
  Known& known = known_.at(finished.name);
  const std::vector<Offer> offers = std::exchange(known.offers, {});
  if (outcome == CommitOutcome::kFenced || outcome == CommitOutcome::kTooLarge) {
    known_.erase(finished.name);
    for (const Offer& offer : offers)
      offer->answer(fail(ErrorCode::kInvalidInput, "the signal cannot be kept"));
    return;
  }
  known.is_durable = true;
  OfferAnswer answer = known.answer;
  // The claim of an id from before the last minute. Its signal has a time of its own, if any.
  answer.is_repeated = outcome == CommitOutcome::kClaimRefused;
  if (answer.is_repeated) {
    answer.scheduled_at = known.answer.scheduled_at = {};
    answer.is_status_known = known.answer.is_status_known = false;
  }
  if (!answer.is_repeated && finished.waiting) enqueue(finished.waiting);
  for (const Offer& offer : offers) {
    offer->answer(answer);
    answer.is_repeated = true;
  }
}

void SignalInboxActor::enqueue(std::shared_ptr<const WaitingSignal> waiting) {
  ++count_;
  bytes_ += waiting->bytes;
  if (const ReasonCode why = unheard(waiting->signal); why != ReasonCode::kNone)
    return ignore(*waiting, why);
  if (waiting->signal.execution_scheduled_at <= clock_.now()) return line_up(std::move(waiting));
  hold_back(std::move(waiting));
  arm_timer();
}

void SignalInboxActor::hold_back(std::shared_ptr<const WaitingSignal> waiting) {
  const std::pair key{waiting->signal.execution_scheduled_at, waiting->order};
  delayed_.emplace(key, std::move(waiting));
}

void SignalInboxActor::line_up(std::shared_ptr<const WaitingSignal> waiting) {
  const BotId bot = waiting->signal.bot;
  if (const ReasonCode why = unheard(waiting->signal); why != ReasonCode::kNone)
    return ignore(*waiting, why);
  append(std::move(waiting));
  if (queues_.at(bot).waiting.size() == 1) deliver(bot);
}

void SignalInboxActor::append(std::shared_ptr<const WaitingSignal> waiting) {
  Queue& queue = queues_[waiting->signal.bot];
  queue.bytes += waiting->bytes;
  queue.waiting.push_back(std::move(waiting));
}

// The times are those of the clock, which may be set; so it is asked each second, and no timer is
// trusted with a day.
void SignalInboxActor::arm_timer() {
  if (is_timer_armed_ || delayed_.empty()) return;
  is_timer_armed_ = true;
  delayed_send(this, Duration{1'000}, TickNow{});
}

void SignalInboxActor::on_tick() {
  is_timer_armed_ = false;
  const Timestamp now = clock_.now();
  while (!delayed_.empty() && delayed_.begin()->first.first <= now)
    line_up(std::move(delayed_.extract(delayed_.begin()).mapped()));
  arm_timer();
}

void SignalInboxActor::deliver(const BotId& bot) {
  Queue& queue = queues_.at(bot);
  queue.first_since = clock_.now();
  send(scheduler_, DecideSignal{queue.waiting.front(), this});
}

void SignalInboxActor::on_settled(const SignalSettled& settled) {
  const auto found = queues_.find(settled.bot);
  if (found == queues_.end()) return;
  auto& waiting = found->second.waiting;
  // Told twice, when the bot was restarted in between.
  if (waiting.front()->order != settled.order) return;
  const std::size_t bytes = waiting.front()->bytes;
  waiting.pop_front();
  --count_;
  bytes_ -= bytes;
  found->second.bytes -= bytes;
  send(scheduler_, settled);
  if (!waiting.empty()) return deliver(settled.bot);
  queues_.erase(found);
}

void SignalInboxActor::on_gone(const BotId& bot, ReasonCode why) {
  gone_.insert_or_assign(bot, why);
  if (const auto queue = queues_.extract(bot)) {
    send(scheduler_, SignalSettled{bot, queue.mapped().waiting.front()->order});
    for (const auto& waiting : queue.mapped().waiting) ignore(*waiting, why);
  }
  std::erase_if(delayed_, [&](const auto& entry) {
    if (entry.second->signal.bot != bot) return false;
    if (unheard(entry.second->signal) == ReasonCode::kNone) return false;
    ignore(*entry.second, why);
    return true;
  });
}

// Why nobody decides this signal; kNone: its bot does, or may do so when its time has come.
ReasonCode SignalInboxActor::unheard(const Signal& signal) const {
  const auto gone = gone_.find(signal.bot);
  if (gone == gone_.end()) return ReasonCode::kNone;
  const bool may_wait =
      gone->second != ReasonCode::kUnknownBot && signal.execution_scheduled_at > clock_.now();
  return may_wait ? ReasonCode::kNone : gone->second;
}

// It keeps its place among those that wait until that is durable. What is not written now meets the
// next start: the bot's own word, or that of actors/fleet_loader.cpp.
void SignalInboxActor::ignore(const WaitingSignal& waiting, ReasonCode why) {
  Signal signal = waiting.signal;
  reject_unheard(signal, why);
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "signals";
  commit->epoch = epoch_;
  commit->turn = ++turn_;
  commit->at = clock_.now();
  commit->always.deletes.push_back(storage::inbox_key(waiting.order));
  commit->claims.push_back({storage::decided_key(signal.id), commit->at + kIdempotencyRetention});
  note_unheard(commit->if_claimed, signal, commit->at, "engine", traces_kept_);
  under_way_[commit->turn].bytes = waiting.bytes;
  send<kCommitFirst>(journal_, CommitRequest{std::move(commit), this});
}

// What is not durable yet stays, however long the disk takes.
void SignalInboxActor::forget_expired() {
  const Timestamp now = clock_.now();
  constexpr std::size_t kBotsMax = 20'000;  // senders can name any
  if (newest_.size() > kBotsMax)
    std::erase_if(newest_, [now](const auto& entry) { return entry.second < now; });
  while (!expiring_.empty() && expiring_.front().first <= now) {
    const auto found = known_.find(expiring_.front().second);
    if (found != known_.end() && !found->second.is_durable) return;
    if (found != known_.end()) known_.erase(found);
    expiring_.pop_front();
  }
}

}  // namespace botbox::actors
