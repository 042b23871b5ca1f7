#include "tests/simulation/oracle.hpp"

#include <algorithm>

#include "engine/assert.hpp"
#include "engine/execution/identity.hpp"
#include "storage/codec.hpp"
#include "storage/row_key.hpp"

namespace botbox::simulation {
namespace {

// Of one invariant; a broken engine breaks it at every step.
constexpr std::size_t kToldMost = 5;

bool is_final_intent(IntentStatus status) { return status != IntentStatus::kPending; }

bool same_fill(const Fill& a, const Fill& b) { return a == b; }

}  // namespace

std::string_view to_string(Invariant invariant) {
  switch (invariant) {
    case Invariant::kOneOrderPerClientId: return "one order per client id";
    case Invariant::kOneOrderPerDecision: return "one order per decision";
    case Invariant::kIdOfTheDecision: return "ids are functions of the decision";
    case Invariant::kIntentBeforeOrder: return "durable intent before order";
    case Invariant::kDurableBeforeSeen: return "durable before seen";
    case Invariant::kNothingLost: return "nothing acknowledged is lost";
    case Invariant::kOneFinalState: return "one final state";
    case Invariant::kWindowsKept: return "windows kept";
    case Invariant::kBooksAgree: return "books agree with the exchange";
    case Invariant::kRecordsAgree: return "records agree";
    case Invariant::kAlarmKept: return "alarms kept";
    case Invariant::kGoesOn: return "goes on";
    case Invariant::kStarts: return "starts";
    case Invariant::kOneStop: return "one stop";
    case Invariant::kSameSeedSameRun: return "same seed, same run";
  }
  return "?";
}

void Oracle::violated(Invariant invariant, Timestamp at, std::string text) {
  trace_.note(at, fmt::format("VIOLATED {}: {}", to_string(invariant), text));
  if (++times_[static_cast<std::size_t>(invariant)] > kToldMost) return;
  violations_.push_back({invariant, at, std::move(text)});
}

// -- disk

void Oracle::on_acknowledged(Timestamp now, const storage::WriteBatch& batch) {
  for (const storage::Put& put : batch.puts) {
    switch (put.key.kind) {
      case storage::Kind::kTrade: on_trade(now, put); break;
      case storage::Kind::kIntent: on_intent(now, put); break;
      case storage::Kind::kSignal: on_signal_row(put); break;
      case storage::Kind::kFill: on_fill_row(now, put); break;
      case storage::Kind::kPosition: on_position_row(put); continue;
      case storage::Kind::kBotSnapshot: on_snapshot(now, put); continue;
      default: continue;
    }
    rows_.insert_or_assign(storage::row_key(put.key), put.value);
  }
}

void Oracle::on_trade(Timestamp now, const storage::Put& put) {
  Result<Trade> read = storage::decode<Trade>(put.value);
  ENGINE_ASSERT(read.has_value());
  const auto [at, is_new] = trades_.try_emplace(read->id.value, *read);
  if (is_new) return;
  if (is_final(at->second.status) && at->second.status != read->status)
    violated(Invariant::kOneFinalState, now,
             fmt::format("trade {} was {} and became {}", read->id.value,
                         to_string(at->second.status), to_string(read->status)));
  at->second = std::move(*read);
}

void Oracle::on_intent(Timestamp now, const storage::Put& put) {
  Result<OrderIntent> read = storage::decode<OrderIntent>(put.value);
  ENGINE_ASSERT(read.has_value());
  const auto [at, is_new] = intents_.try_emplace(read->key.value, *read);
  if (is_new) return;
  if (is_final_intent(at->second.status) && at->second.status != read->status)
    violated(Invariant::kOneFinalState, now,
             fmt::format("intent {} was {} and became {}", read->key.value,
                         to_string(at->second.status), to_string(read->status)));
  at->second = std::move(*read);
}

void Oracle::on_signal_row(const storage::Put& put) {
  const Result<Signal> read = storage::decode<Signal>(put.value);
  ENGINE_ASSERT(read.has_value());
  if (read->decision != SignalDecision::kAccepted) return;
  decisions_.try_emplace(read->id.value, read->bot.value, read->candle_close.ms, read->direction);
  ++durable_[read->bot.value].accepted;
}

// Nobody asks for checks by hand here, so each is for the due time that was durable before it.
void Oracle::on_snapshot(Timestamp now, const storage::Put& put) {
  const Result<BotSnapshot> read = storage::decode<BotSnapshot>(put.value);
  ENGINE_ASSERT(read.has_value());
  Alarm& alarm = alarms_[put.key.bytes];
  if (read->last_check_at > alarm.last_check_at && read->last_check_at < alarm.next_check_at)
    violated(Invariant::kAlarmKept, now,
             fmt::format("a check of {} at {} was due at {}", put.key.bytes,
                         to_iso8601(read->last_check_at), to_iso8601(alarm.next_check_at)));
  alarm = {read->last_check_at, read->next_check_at};
}

void Oracle::on_fill_row(Timestamp now, const storage::Put& put) {
  const Result<storage::BookedFill> read = storage::decode<storage::BookedFill>(put.value);
  ENGINE_ASSERT(read.has_value());
  const Fill& fill = read->fill;
  ++durable_[put.key.bytes.substr(0, put.key.bytes.find('\0'))].fills;
  const auto [at, is_new] = fills_.try_emplace(fill.id.value, fill);
  if (!is_new)
    violated(Invariant::kBooksAgree, now, fmt::format("fill {} was booked twice", fill.id.value));
}

void Oracle::on_position_row(const storage::Put& put) {
  const Result<Position> read = storage::decode<Position>(put.value);
  ENGINE_ASSERT(read.has_value());
  stops_[read->id.value].push_back(read->stop_loss);
}

void Oracle::on_recovered(Timestamp now, const storage::Store& store) {
  base_ = durable_;
  told_.clear();
  for (const auto& [key, value] : rows_) {
    const storage::Key wanted{static_cast<storage::Kind>(storage::kind_code(key[0], key[1])),
                              key.substr(storage::kKindBytes)};
    const auto found = store.get(wanted);
    if (found && *found && **found == value) continue;
    violated(Invariant::kNothingLost, now,
             fmt::format("{} {} is {} after the crash", storage::to_string(wanted.kind),
                         wanted.bytes, found && *found ? "older" : "gone"));
  }
  for (const auto& [id, times] : accepted_by_id_) {
    const auto trade = store.get(storage::trade_key({id}));
    if (!trade || !*trade)
      violated(Invariant::kIntentBeforeOrder, now,
               fmt::format("the exchange has order {}, nothing on disk knows it", id));
  }
}

// -- exchange

void Oracle::check_windows(Timestamp now, LimitKind kind, const std::deque<Timestamp>& used) {
  for (const LimitWindow& window : limits_.windows) {
    if (window.kind != kind) continue;
    const auto first = std::upper_bound(used.begin(), used.end(), now - window.length);
    const auto count = static_cast<std::int64_t>(used.end() - first);
    if (count * 100 > window.limit * 80)
      violated(Invariant::kWindowsKept, now,
               fmt::format("{} of {} in {} ms", count, window.limit, window.length.count()));
  }
}

void Oracle::on_call(Timestamp now, std::int64_t orders) {
  calls_.push_back(now);
  check_windows(now, LimitKind::kRequestWeight, calls_);
  if (orders == 0) return;
  orders_.push_back(now);
  check_windows(now, LimitKind::kOrders, orders_);
}

void Oracle::on_order_sent(Timestamp now, const OrderRequest& order) {
  const std::string& id = order.client_id.value;
  const auto trade = trades_.find(id);
  if (trade == trades_.end())
    return violated(Invariant::kIntentBeforeOrder, now, "no durable trade for order " + id);
  if (trade->second.status != TradeStatus::kExecuting)
    violated(
        Invariant::kIntentBeforeOrder, now,
        fmt::format("the trade of order {} is {} on disk", id, to_string(trade->second.status)));
  const auto intent = intents_.find(trade->second.intent.value);
  if (intent == intents_.end() || intent->second.status != IntentStatus::kPending)
    violated(Invariant::kIntentBeforeOrder, now, "no durable PENDING intent for order " + id);
  const OrderLeg leg =
      trade->second.direction == Direction::kClose ? OrderLeg::kClose : OrderLeg::kEntry;
  if (client_order_id(installation_, trade->second.intent, leg) != order.client_id)
    violated(Invariant::kIdOfTheDecision, now,
             fmt::format("order {} of intent {}", id, trade->second.intent.value));
}

void Oracle::on_order_arrived(Timestamp now, const OrderRequest& order,
                              const Result<OrderReport>& answer) {
  const std::string& id = order.client_id.value;
  trace_.note(
      now,
      fmt::format("order {} {} {} arrived: {}", id, to_string(order.quantity), order.symbol.value,
                  answer ? to_string(answer->status) : to_string(answer.error().code)));
  if (!answer) {
    if (answer.error().code == ErrorCode::kAlreadyExists)
      violated(Invariant::kOneOrderPerClientId, now, fmt::format("order {} came again", id));
    return;
  }
  ++accepted_orders_;
  if (++accepted_by_id_[id] > 1)
    violated(Invariant::kOneOrderPerClientId, now, fmt::format("order {} was taken twice", id));
  const auto trade = trades_.find(id);
  if (trade == trades_.end()) return;  // said when it was sent
  const auto [other, is_first] = accepted_by_intent_.try_emplace(trade->second.intent.value, id);
  if (!is_first && other->second != id)
    violated(Invariant::kOneOrderPerDecision, now,
             fmt::format("intent {} has orders {} and {}", trade->second.intent.value,
                         other->second, id));
  const auto decision = decisions_.find(trade->second.signal.value);
  if (decision == decisions_.end()) return;
  const auto [twin, is_only] = accepted_by_decision_.try_emplace(decision->second, id);
  if (!is_only && twin->second != id)
    violated(Invariant::kOneOrderPerDecision, now,
             fmt::format("one decision of {} has orders {} and {}", trade->second.bot.value,
                         twin->second, id));
}

void Oracle::on_stop_sent(Timestamp now, const PositionId& position, Price trigger) {
  const std::vector<Price>& known = stops_[position.value];
  if (std::find(known.begin(), known.end(), trigger) == known.end())
    violated(Invariant::kIntentBeforeOrder, now,
             fmt::format("the stop of {} is sent to {}, which is not on disk", position.value,
                         botbox::to_string(trigger)));
  trace_.note(now, fmt::format("stop of {} to {}", position.value, botbox::to_string(trigger)));
}

void Oracle::on_stops(Timestamp now,
                      const std::vector<exchange::PaperExchange::StandingStops>& stops) {
  for (const auto& open : stops)
    if (open.triggers.size() != 1)
      violated(Invariant::kOneStop, now,
               fmt::format("{} has {} live stops", open.group.value, open.triggers.size()));
}

// -- observers

void Oracle::on_signal(Timestamp now, const actors::SignalNoticed& notice) {
  if (notice.outcome != CheckOutcome::kAccepted) return;
  const std::string& bot = notice.bot.value;
  trace_.note(now, "signal of " + bot);
  if (++told_[bot].accepted > durable_[bot].accepted - base_[bot].accepted)
    violated(Invariant::kDurableBeforeSeen, now,
             fmt::format("a signal of {} is told and not on disk", bot));
}

void Oracle::on_fills(Timestamp now, const actors::FillsNoticed& notice) {
  const std::string& bot = notice.bot.value;
  trace_.note(now, fmt::format("{} fills of {}", notice.fills, bot));
  told_[bot].fills += notice.fills;
  if (told_[bot].fills > durable_[bot].fills - base_[bot].fills)
    violated(Invariant::kDurableBeforeSeen, now,
             fmt::format("fills of {} are told and not on disk", bot));
}

// -- the end

std::string Oracle::unfinished() const {
  for (const auto& [id, trade] : trades_)
    if (!is_final(trade.status))
      return fmt::format("trade {} of {} is {}{} after {} attempts, since {}", id, trade.bot.value,
                         to_string(trade.status), trade.outcome_unknown ? " (unknown)" : "",
                         trade.attempts, to_iso8601(trade.updated_at));
  for (const auto& [key, intent] : intents_)
    if (!is_final_intent(intent.status))
      return fmt::format("intent {} of {} is PENDING", key, intent.bot.value);
  return {};
}

std::string Oracle::misplaced(
    const std::vector<exchange::PaperExchange::StandingStops>& stops) const {
  for (const auto& open : stops) {
    const auto known = stops_.find(open.group.value);
    if (known == stops_.end() || open.triggers != std::vector<Price>{known->second.back()})
      return fmt::format("the stop of {} stands elsewhere than on disk", open.group.value);
  }
  return {};
}

std::string Oracle::difference(const std::vector<OrderReport>& venue) const {
  std::size_t count = 0;
  for (const OrderReport& report : venue)
    for (const Fill& fill : report.fills) {
      ++count;
      const auto booked = fills_.find(fill.id.value);
      if (booked == fills_.end())
        return fmt::format("fill {} of order {} at {} is not booked", fill.id.value,
                           fill.client_id.value, to_iso8601(fill.at));
      if (!same_fill(booked->second, fill))
        return fmt::format("fill {} is booked otherwise", fill.id.value);
    }
  if (count != fills_.size())
    return fmt::format("{} fills are booked, the exchange has {}", fills_.size(), count);
  return {};
}

}  // namespace botbox::simulation
