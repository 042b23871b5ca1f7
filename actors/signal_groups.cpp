#include "actors/signal_groups.hpp"

#include <algorithm>

#include "actors/birth_index.hpp"

namespace botbox::actors {

using storage::EventHead;

void SignalGroups::begin_anew(Timestamp at) {
  rows_.clear();
  undecided_.clear();
  trades_.clear();
  accepted_ = 0;
  since_ = at;
}

void SignalGroups::on_event(const EventHead& event) {
  const std::lock_guard lock(mutex_);
  if (event.sequence != next_) begin_anew(event.at);
  next_ = event.sequence + 1;
  if (event.kind == "signal.received") {
    undecided_.insert_or_assign(std::string(event.subject), event.sequence);
    add(event, ExecutionStatus::kPending);
  } else if (event.kind == "signal.accepted") {
    on_decided(event, ExecutionStatus::kPending);
  } else if (event.kind == "signal.rejected") {
    on_decided(event, ExecutionStatus::kFiltered);
  } else if (event.kind == "intent.dedup_skipped" || event.kind == "trade.dedup_skipped") {
    on_decided(event, ExecutionStatus::kIgnored);
  } else if (event.kind == "intent.blocked") {
    move(accepted_, ExecutionStatus::kFailed);
  } else if (event.kind == "trade.pending") {
    if (accepted_ != 0) trades_.insert_or_assign(std::string(event.subject), accepted_);
  } else if (event.kind == "trade.completed") {
    on_trade_over(event, ExecutionStatus::kExecuted);
  } else if (event.kind == "trade.failed" || event.kind == "trade.overtaken") {
    on_trade_over(event, ExecutionStatus::kFailed);
  }
}

void SignalGroups::add(const EventHead& event, ExecutionStatus status) {
  rows_.push_back({event.sequence, event.at, hash_of_bot({std::string(event.bot)}), status});
  if (rows_.size() <= kept_) return;
  since_ = std::max(since_, rows_.front().at + Duration{1});
  rows_.pop_front();
}

// One from outside was born when it came, any other is born by its decision.
void SignalGroups::on_decided(const EventHead& event, ExecutionStatus status) {
  accepted_ = 0;
  const auto waited = undecided_.find(std::string(event.subject));
  const std::uint64_t birth = waited != undecided_.end() ? waited->second : event.sequence;
  if (waited != undecided_.end()) {
    undecided_.erase(waited);
    move(birth, status);
  } else {
    add(event, status);
  }
  if (status == ExecutionStatus::kPending) accepted_ = birth;
}

void SignalGroups::on_trade_over(const EventHead& event, ExecutionStatus status) {
  const auto trade = trades_.find(std::string(event.subject));
  if (trade == trades_.end()) return;  // of a signal that is not known
  move(trade->second, status);
  trades_.erase(trade);
}

void SignalGroups::move(std::uint64_t birth, ExecutionStatus status) {
  const auto row = std::ranges::lower_bound(rows_, birth, {}, &Row::event);
  if (row != rows_.end() && row->event == birth) row->status = status;
}

SignalCounts SignalGroups::count(const BotId& bot, Timestamp now) const {
  const std::size_t wanted = hash_of_bot(bot);
  const std::lock_guard lock(mutex_);
  SignalCounts counts{.since = std::max(since_, now - kSignalsCounted), .by_group = {}};
  for (const Row& row : rows_) {
    if (row.at < counts.since || (!bot.empty() && row.bot != wanted)) continue;
    const auto* const group = std::ranges::find(kSignalGroups, group_of(row.status));
    ++counts.by_group[static_cast<std::size_t>(group - kSignalGroups.begin())];
  }
  return counts;
}

}  // namespace botbox::actors
