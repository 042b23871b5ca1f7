#include "actors/equity_curve.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/directory.hpp"
#include "storage/event_head.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {

// A position may be met twice: closed during the first walk, or opened once more by a late fill and
// closed again. What it had brought before is taken off then.
void EquityCurve::count(const Position& position, Timestamp at) {
  const Notional profit = net_profit(position);
  Notional& counted = counted_[position.id.value];
  const Notional before = steps_.empty() ? Notional{} : steps_.back().realised;
  if (profit != counted || steps_.empty()) steps_.push_back({at, before + profit - counted});
  counted = profit;
  counted_at_.emplace_back(at, position.id.value);
  forget();
}

// Steps are sums, so those that stay say the same without the others.
void EquityCurve::forget() {
  while (counted_at_.front().first < counted_at_.back().first - bounds_.reopened_within) {
    counted_.erase(counted_at_.front().second);
    counted_at_.pop_front();
  }
  if (steps_.size() <= bounds_.steps) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i)
    if (i % 2 == 1 || i + 1 == steps_.size()) steps_[kept++] = steps_[i];
  steps_.resize(kept);
}

std::size_t EquityCurve::remembered() {
  const std::lock_guard lock(mutex_);
  return counted_.size();
}

Result<void> EquityCurve::follow() {
  if (!is_read_) {
    BOTBOX_ASSIGN(const storage::DirectoryState directory, storage::read_directory(store_));
    std::vector<Position> closed;
    BOTBOX_TRY(storage::visit_all<Position>(store_, storage::Kind::kPosition,
                                            [&](std::string_view, Position&& position) {
                                              if (position.status == PositionStatus::kClosed)
                                                closed.push_back(std::move(position));
                                            }));
    std::ranges::stable_sort(closed, {}, &Position::closed_at);
    for (const Position& position : closed) count(position, position.closed_at);
    next_event_ = directory.last_event + 1;
    is_read_ = true;
    return {};
  }
  std::optional<Error> problem;
  BOTBOX_TRY(storage::visit_events(
      store_,
      {.kind = storage::Kind::kEvent, .prefix = {}, .from = storage::big_endian(next_event_)},
      [&](const storage::EventHead& head) {
        if (head.kind == "position.closed") return storage::HeadVerdict::kRead;
        next_event_ = head.sequence + 1;
        return storage::HeadVerdict::kSkip;
      },
      [&](Event&& event) {
        const auto position = storage::find_position(store_, event.bot, {event.subject});
        if (!position) {
          problem = position.error();
          return false;
        }
        next_event_ = event.sequence + 1;
        if (*position) count(**position, event.at);
        return true;
      }));
  if (problem) return tl::unexpected<Error>(std::move(*problem));
  return {};
}

Result<std::vector<EquityStep>> EquityCurve::steps(std::size_t points) {
  const std::lock_guard lock(mutex_);
  BOTBOX_TRY(follow());
  if (points == 0 || steps_.size() <= points) return steps_;
  std::vector<EquityStep> picked;
  picked.reserve(points);
  for (std::size_t i = 1; i <= points; ++i)
    picked.push_back(steps_[steps_.size() * i / points - 1]);
  return picked;
}

}  // namespace botbox::actors
