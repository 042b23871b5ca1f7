#include "engine/execution/trade_queue.hpp"

#include <algorithm>

#include "engine/assert.hpp"
#include "engine/execution/lifecycle.hpp"

namespace botbox {
namespace {

Trade in_doubt(const Trade& trade, Timestamp now, std::string message) {
  Result<Trade> unknown = advance(trade, TradeStep::kNoAnswer,
                                  {.at = now,
                                   .order_id = {},
                                   .reason = ReasonCode::kOutcomeUnknown,
                                   .message = std::move(message)});
  ENGINE_ASSERT(unknown.has_value());
  return std::move(*unknown);
}

// A close that was decided before its entry had bought anything: how much it sells is not known.
bool is_unsized(const Trade& trade) {
  return trade.direction == Direction::kClose && trade.quantity.is_zero();
}

bool is_held_back(const TradeQueue::Entry& entry, Timestamp now) {
  return now < entry.not_before || is_unsized(entry.trade);
}

}  // namespace

bool mode_allows(const Trade& trade, EngineMode mode) {
  if (mode == EngineMode::kHalted) return false;
  return mode == EngineMode::kActive || trade.direction == Direction::kClose;
}

std::string_view to_string(QueueStage stage) {
  switch (stage) {
    case QueueStage::kWaiting: return "WAITING";
    case QueueStage::kCommitting: return "COMMITTING";
    case QueueStage::kInFlight: return "IN_FLIGHT";
    case QueueStage::kUnknown: return "UNKNOWN";
    case QueueStage::kAsking: return "ASKING";
    case QueueStage::kWorking: return "WORKING";
    case QueueStage::kReported: return "REPORTED";
  }
  return "?";
}

TradeQueue::Order TradeQueue::order_of(const Trade& trade) {
  return {trade.direction == Direction::kClose ? 0 : 1, trade.created_at.ms, trade.id.value};
}

TradeQueue::Entry& TradeQueue::at(const TradeId& id) {
  const auto found = entries_.find(id.value);
  ENGINE_ASSERT(found != entries_.end());
  return found->second;
}

void TradeQueue::start_waiting(const Entry& entry) {
  if (!waiting_.insert(order_of(entry.trade)).second) return;
  if (entry.trade.direction == Direction::kClose) ++waiting_closes_;
  if (!entry.not_before.is_never() || is_unsized(entry.trade)) held_.insert(order_of(entry.trade));
}

void TradeQueue::stop_waiting(const Entry& entry) {
  const Order order = order_of(entry.trade);
  if (waiting_.erase(order) == 0) return;
  if (entry.trade.direction == Direction::kClose) --waiting_closes_;
  held_.erase(order);
}

bool TradeQueue::may_leave(const Entry& entry, EngineMode mode, Timestamp now) const {
  return mode_allows(entry.trade, mode) && !is_held_back(entry, now);
}

void TradeQueue::add(Trade trade, Timestamp now) {
  if (is_final(trade.status)) return;
  const auto [at, inserted] = entries_.try_emplace(trade.id.value);
  if (!inserted) return;
  Entry& entry = at->second;
  entry.trade = std::move(trade);
  if (entry.trade.direction != Direction::kClose)
    entering_[entry.trade.position.value].insert(entry.trade.id.value);
  if (entry.trade.status == TradeStatus::kPending) {
    start_waiting(entry);
    return;
  }
  entry.stage = QueueStage::kUnknown;
  entry.ask_at = now;
  // A time ahead of now says that the clock has been set back since.
  entry.dispatched_at = std::min(entry.trade.updated_at, now);
  questions_.insert({now.ms, entry.trade.id.value});
  recovering_.insert(entry.trade.id.value);
}

void TradeQueue::recover(const TradeId& id) {
  ENGINE_ASSERT(entries_.contains(id.value));
  recovering_.insert(id.value);
}

void TradeQueue::question_refused(const TradeId& id) {
  if (++at(id).refusals >= kRefusals) leave_recovery(id);
}

std::vector<Trade> TradeQueue::take_dispatchable(std::size_t limit, EngineMode mode,
                                                 Timestamp now) {
  std::vector<Trade> taken;
  if (!recovering_.empty()) return taken;
  for (auto next = waiting_.begin(); next != waiting_.end() && taken.size() < limit;) {
    Entry& entry = at({std::get<2>(*next)});
    if (!may_leave(entry, mode, now)) {
      ++next;
      continue;
    }
    ++next;
    taken.push_back(start(entry, now));
  }
  return taken;
}

bool TradeQueue::ask_unsent(const TradeId& id, Timestamp now) {
  const auto found = entries_.find(id.value);
  if (found == entries_.end()) return false;
  Entry& entry = found->second;
  if (entry.stage != QueueStage::kWaiting || entry.trade.status != TradeStatus::kPending)
    return false;
  stop_waiting(entry);
  entry.dispatched_at = {};
  entry.questions = 0;
  ask_at(entry, now);
  return true;
}

std::optional<Trade> TradeQueue::take_found(const TradeId& id, Timestamp now) {
  Entry& entry = at(id);
  const bool is_told = entry.stage == QueueStage::kReported;
  if (entry.trade.status != TradeStatus::kPending || is_told) return std::nullopt;
  questions_.erase({entry.ask_at.ms, id.value});
  return start(entry, now);
}

Trade TradeQueue::start(Entry& entry, Timestamp now) {
  stop_waiting(entry);
  held_closes_.erase(entry.trade.id.value);
  Result<Trade> executing = advance(entry.trade, TradeStep::kDispatch, {.at = now});
  ENGINE_ASSERT(executing.has_value());
  entry.trade = std::move(*executing);
  entry.stage = QueueStage::kCommitting;
  entry.dispatched_at = now;
  entry.questions = 0;
  return entry.trade;
}

std::size_t TradeQueue::waiting(EngineMode mode, Timestamp now) const {
  if (!recovering_.empty() || mode == EngineMode::kHalted) return 0;
  const std::size_t allowed = mode == EngineMode::kActive ? waiting_.size() : waiting_closes_;
  const auto held = std::count_if(held_.begin(), held_.end(), [&](const Order& order) {
    const Entry& entry = entries_.at(std::get<2>(order));
    return mode_allows(entry.trade, mode) && is_held_back(entry, now);
  });
  return allowed - static_cast<std::size_t>(held);
}

void TradeQueue::unsent(const TradeId& id, Timestamp not_before) {
  Entry& entry = at(id);
  entry.stage = QueueStage::kWaiting;
  entry.not_before = not_before;
  start_waiting(entry);
}

std::vector<Trade> TradeQueue::take_blocked(EngineMode mode) {
  std::vector<Trade> blocked;
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    Entry& entry = at({std::get<2>(*next)});
    if (mode_allows(entry.trade, mode)) {
      ++next;
      continue;
    }
    ++next;
    stop_waiting(entry);
    entry.stage = QueueStage::kReported;
    blocked.push_back(entry.trade);
  }
  return blocked;
}

TradeQueue::Entry* TradeQueue::unsent_close(const TradeId& id) {
  const auto found = entries_.find(id.value);
  if (found == entries_.end()) return nullptr;
  Entry& entry = found->second;
  const Trade& trade = entry.trade;
  const bool is_unsent = trade.status == TradeStatus::kPending && trade.attempts == 0 &&
                         entry.stage != QueueStage::kReported;
  return is_unsent && trade.direction == Direction::kClose ? &entry : nullptr;
}

std::vector<TradeId> TradeQueue::entries_of(const PositionId& position) const {
  std::vector<TradeId> ids;
  if (const auto found = entering_.find(position.value); found != entering_.end())
    for (const std::string& id : found->second) ids.push_back({id});
  return ids;
}

void TradeQueue::forget_entering(const Trade& trade) {
  const auto found = entering_.find(trade.position.value);
  if (found == entering_.end()) return;
  found->second.erase(trade.id.value);
  if (found->second.empty()) entering_.erase(found);
}

void TradeQueue::hold_until(Entry& entry, Timestamp not_before) {
  const bool waits = entry.stage == QueueStage::kWaiting;
  if (waits) stop_waiting(entry);
  entry.not_before = not_before;
  if (waits) start_waiting(entry);
}

std::vector<TradeId> TradeQueue::hold_close(const TradeId& id, Timestamp until) {
  Entry* const close = unsent_close(id);
  if (close == nullptr) return {};
  std::vector<TradeId> entries = entries_of(close->trade.position);
  if (entries.empty()) return entries;
  hold_until(*close, until);
  held_closes_.insert(id.value);
  return entries;
}

void TradeQueue::release_closes(const PositionId& position) {
  for (auto next = held_closes_.begin(); next != held_closes_.end();) {
    Entry& close = at({*next});
    if (close.trade.position != position || entering_.contains(position.value)) {
      ++next;
      continue;
    }
    hold_until(close, {});
    next = held_closes_.erase(next);
  }
}

bool TradeQueue::resize_close(const TradeId& id, Quantity quantity) {
  Entry* const close = unsent_close(id);
  if (close == nullptr || close->trade.quantity == quantity) return false;
  const bool waits = close->stage == QueueStage::kWaiting;
  if (waits) stop_waiting(*close);
  close->trade.quantity = quantity;
  // Held back for no other reason than that.
  if (!held_closes_.contains(id.value)) close->not_before = {};
  if (waits) start_waiting(*close);
  return true;
}

std::vector<Trade> TradeQueue::take_unsized(Timestamp now) {
  std::vector<Trade> taken;
  for (auto next = held_.begin(); next != held_.end();) {
    Entry& entry = at({std::get<2>(*next)});
    ++next;
    if (!is_unsized(entry.trade) || now < entry.not_before ||
        entering_.contains(entry.trade.position.value))
      continue;
    stop_waiting(entry);
    entry.stage = QueueStage::kReported;
    taken.push_back(entry.trade);
  }
  return taken;
}

bool TradeQueue::take_waiting(const TradeId& id) {
  Entry& entry = at(id);
  if (entry.stage != QueueStage::kWaiting) return false;
  stop_waiting(entry);
  entry.stage = QueueStage::kReported;
  return true;
}

void TradeQueue::sent(const TradeId& id, Timestamp now) {
  Entry& entry = at(id);
  entry.stage = QueueStage::kInFlight;
  entry.dispatched_at = entry.awaited_since = now;
}

void TradeQueue::ask_later(Entry& entry, Timestamp now) {
  const std::uint32_t doublings = std::min<std::uint32_t>(entry.questions, 5);
  const Duration wait = std::min(Duration{2000LL << doublings}, Duration{60'000});
  ++entry.questions;
  ask_at(entry, now + wait);
}

void TradeQueue::ask_at(Entry& entry, Timestamp when) {
  entry.stage = QueueStage::kUnknown;
  entry.ask_at = when;
  questions_.insert({when.ms, entry.trade.id.value});
}

void TradeQueue::ask_first(const TradeId& id, Timestamp now, std::string message) {
  Entry& entry = at(id);
  entry.trade = in_doubt(entry.trade, now, std::move(message));
  entry.dispatched_at = {};
  ask_at(entry, now);
}

void TradeQueue::no_answer(const TradeId& id, Timestamp now, std::string message) {
  Entry& entry = at(id);
  if (entry.stage == QueueStage::kReported || entry.stage == QueueStage::kUnknown) return;
  if (entry.trade.status == TradeStatus::kPending) return ask_later(entry, now);
  entry.trade = in_doubt(entry.trade, now, std::move(message));
  ask_later(entry, now);
}

void TradeQueue::not_found(const TradeId& id, Timestamp now) {
  Entry& entry = at(id);
  if (entry.awaited_since - entry.dispatched_at < resend_after_) return ask_later(entry, now);
  if (entry.trade.status != TradeStatus::kPending) {
    Result<Trade> again =
        advance(entry.trade, TradeStep::kNotFound,
                {.at = now, .order_id = {}, .reason = ReasonCode::kOrderNotFound, .message = {}});
    ENGINE_ASSERT(again.has_value());
    entry.trade = std::move(*again);
  }
  entry.stage = QueueStage::kWaiting;
  start_waiting(entry);
  leave_recovery(id);
}

// The exchange has an order that waits to be sent (again): it was slow to arrive, or our data is
// from a backup that is older than the order. Sending it now would be a second attempt at
// what is done.
void TradeQueue::leave_waiting(Entry& entry) {
  if (entry.stage != QueueStage::kWaiting) return;
  stop_waiting(entry);
  // Not by dispatch, which would count an attempt that this installation knows nothing of.
  entry.trade.status = TradeStatus::kExecuting;
}

void TradeQueue::accepted(const TradeId& id, const OrderId& order_id, Timestamp now) {
  Entry& entry = at(id);
  if (entry.stage == QueueStage::kReported) return;
  leave_waiting(entry);
  Result<Trade> known = advance(entry.trade, TradeStep::kAccepted,
                                {.at = now, .order_id = order_id, .reason = {}, .message = {}});
  ENGINE_ASSERT(known.has_value());
  entry.trade = std::move(*known);
  questions_.erase({entry.ask_at.ms, id.value});
  entry.stage = QueueStage::kWorking;
  leave_recovery(id);
}

void TradeQueue::reported(const TradeId& id) {
  Entry& entry = at(id);
  leave_waiting(entry);
  questions_.erase({entry.ask_at.ms, id.value});
  entry.stage = QueueStage::kReported;
  leave_recovery(id);
}

void TradeQueue::settled(const TradeId& id) {
  const auto found = entries_.find(id.value);
  if (found == entries_.end()) return;
  stop_waiting(found->second);
  questions_.erase({found->second.ask_at.ms, id.value});
  leave_recovery(id);
  held_closes_.erase(id.value);
  const PositionId position = found->second.trade.position;
  forget_entering(found->second.trade);
  entries_.erase(found);
  release_closes(position);
}

std::vector<Trade> TradeQueue::take_questions(std::size_t limit, Timestamp now) {
  std::vector<Trade> taken;
  while (!questions_.empty() && taken.size() < limit && questions_.begin()->first <= now.ms) {
    Entry& entry = at({questions_.begin()->second});
    questions_.erase(questions_.begin());
    entry.stage = QueueStage::kAsking;
    entry.awaited_since = now;
    taken.push_back(entry.trade);
  }
  return taken;
}

std::vector<TradeId> TradeQueue::awaited(Timestamp since) const {
  std::vector<TradeId> ids;
  for (const auto& [id, entry] : entries_) {
    const bool is_awaited =
        entry.stage == QueueStage::kInFlight || entry.stage == QueueStage::kAsking;
    if (is_awaited && entry.awaited_since <= since) ids.push_back(entry.trade.id);
  }
  std::sort(ids.begin(), ids.end(),
            [](const TradeId& a, const TradeId& b) { return a.value < b.value; });
  return ids;
}

Timestamp TradeQueue::next_question_at() const {
  return questions_.empty() ? Timestamp{} : Timestamp{questions_.begin()->first};
}

const TradeQueue::Entry* TradeQueue::find(const TradeId& id) const {
  const auto found = entries_.find(id.value);
  return found == entries_.end() ? nullptr : &found->second;
}

const TradeQueue::Entry* TradeQueue::find(const ClientOrderId& id) const {
  return find(TradeId{id.value});
}

const TradeQueue::Entry* TradeQueue::find_if(const std::function<bool(const Entry&)>& fits) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& entry) { return fits(entry.second); });
  return found == entries_.end() ? nullptr : &found->second;
}

std::size_t TradeQueue::depth(QueueStage stage) const {
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(),
                    [&](const auto& entry) { return entry.second.stage == stage; }));
}

std::size_t TradeQueue::unknown_outcomes() const {
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(),
                    [](const auto& entry) { return entry.second.trade.outcome_unknown; }));
}

void TradeQueue::for_each(const std::function<void(const Entry&)>& visit) const {
  std::vector<const Entry*> sorted;
  sorted.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(),
            [](const Entry* a, const Entry* b) { return order_of(a->trade) < order_of(b->trade); });
  for (const Entry* entry : sorted) visit(*entry);
}

}  // namespace botbox
