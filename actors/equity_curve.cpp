#include "actors/equity_curve.hpp"

#include <algorithm>
#include <utility>

#include "storage/directory.hpp"
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
  constexpr std::size_t kPortion = 10'000;
  while (true) {
    BOTBOX_ASSIGN(const std::vector<Event> events,
                  storage::load_events(store_, next_event_, kPortion));
    for (const Event& event : events) {
      next_event_ = event.sequence + 1;
      if (event.kind != "position.closed") continue;
      BOTBOX_ASSIGN(const auto position,
                    storage::find_position(store_, event.bot, {event.subject}));
      if (position) count(*position, event.at);
    }
    if (events.size() < kPortion) return {};
  }
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
