#include "engine/execution/queue_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace botbox {

std::vector<QueueAlert> QueueWatch::look(const TradeQueue& queue, Timestamp now) {
  std::vector<QueueAlert> alerts;
  look_at_depth(queue.size(), now, alerts);
  look_at_unknown(queue, now, alerts);
  return alerts;
}

void QueueWatch::look_at_depth(std::size_t depth, Timestamp now, std::vector<QueueAlert>& alerts) {
  switch (depth_.update(static_cast<double>(depth), now)) {
    case AlertChange::kNone: return;
    case AlertChange::kCleared:
      return alerts.push_back({"queue.normal", fmt::format("{} trades wait or stand", depth), {}});
    case AlertChange::kRaised: break;
  }
  alerts.push_back({"queue.deep",
                    fmt::format("{} trades wait or stand, more than {} for {}", depth,
                                depth_.threshold().raise_above, humanize(now - depth_.since())),
                    {}});
}

void QueueWatch::look_at_unknown(const TradeQueue& queue, Timestamp now,
                                 std::vector<QueueAlert>& alerts) {
  if (!unknown_threshold_.is_on) {
    for (const auto& [id, unknown] : unknown_)
      if (unknown.is_told)
        alerts.push_back({"trade.known", id + ": unknown outcomes are not watched any more", id});
    return unknown_.clear();
  }
  // In restored data one that was never sent, as far as is known, is asked for as well.
  const bool is_asking = queue.recovering() > 0 || !queue.next_question_at().is_never();
  if (unknown_.empty() && !is_asking && (queue.size() == 0 || queue.unknown_outcomes() == 0))
    return;
  for (auto& [id, unknown] : unknown_) unknown.is_seen = false;
  queue.for_each([&](const TradeQueue::Entry& entry) {
    if (entry.stage != QueueStage::kUnknown && entry.stage != QueueStage::kAsking) return;
    Unknown& unknown = unknown_[entry.trade.id.value];
    unknown.is_seen = true;
    if (unknown.since.is_never()) unknown.since = now;
    if (unknown.is_told || now - unknown.since < unknown_threshold_.patience) return;
    unknown.is_told = true;
    alerts.push_back(
        {"trade.unknown",
         fmt::format("{} of {}: no definite answer for {} ({} questions); {}", entry.trade.id.value,
                     entry.trade.bot.value, humanize(now - unknown.since), entry.questions,
                     entry.trade.status == TradeStatus::kPending
                         ? "restored, so it is asked for before it is sent"
                         : entry.trade.error_message),
         entry.trade.id.value});
  });
  std::vector<std::string> known;
  for (const auto& [id, unknown] : unknown_)
    if (!unknown.is_seen && unknown.is_told) known.push_back(id);
  std::erase_if(unknown_, [](const auto& item) { return !item.second.is_seen; });
  std::ranges::sort(known);
  for (const std::string& id : known)
    alerts.push_back({"trade.known", id + ": the exchange has answered", id});
}

}  // namespace botbox
