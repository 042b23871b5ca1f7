#include "actors/equity_curve.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/directory.hpp"
#include "storage/event_head.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {
namespace {

// Of so many days what was realised by their end stays exact, however few steps are shown.
constexpr std::size_t kExactDays = 32;
constexpr Duration kStepDay{86'400'000};

bool is_end_of_day(const std::vector<EquityStep>& steps, std::size_t i) {
  return i + 1 < steps.size() &&
         steps[i].at.ms / kStepDay.count() != steps[i + 1].at.ms / kStepDay.count();
}

// The newest first, without the one that is still going on.
std::vector<std::size_t> ends_of_days(const std::vector<EquityStep>& steps, std::size_t most) {
  std::vector<std::size_t> ends;
  for (std::size_t i = steps.size(); i-- > 0 && ends.size() < most;)
    if (is_end_of_day(steps, i)) ends.push_back(i);
  return ends;
}

}  // namespace

// A position may be met twice: closed during the first walk, or opened once more by a late fill and
// closed again. What it had brought before is taken off then.
void EquityCurve::count(const Position& position, Timestamp at) {
  const Notional profit = net_profit(position);
  Counted& counted = counted_[position.id.value];
  const Notional before = steps_.empty() ? Notional{} : steps_.back().realised;
  if (profit != counted.profit || steps_.empty())
    steps_.push_back({at, before + profit - counted.profit});
  counted = {profit, at};
  counted_at_.emplace_back(at, position.id.value);
  forget();
}

// Steps are sums, so those that stay say the same without the others. A position that was counted
// once more since is remembered from then on.
void EquityCurve::forget() {
  while (counted_at_.front().first < counted_at_.back().first - bounds_.reopened_within) {
    const auto& [at, id] = counted_at_.front();
    const auto known = counted_.find(id);
    if (known != counted_.end() && known->second.at == at) counted_.erase(known);
    counted_at_.pop_front();
  }
  if (steps_.size() <= bounds_.steps) return;
  const Timestamp exact_from = steps_.back().at - kExactDays * kStepDay;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const bool is_exact = steps_[i].at >= exact_from && is_end_of_day(steps_, i);
    if (i % 2 == 1 || i + 1 == steps_.size() || is_exact) steps_[kept++] = steps_[i];
  }
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
  std::vector<std::size_t> chosen = ends_of_days(steps_, std::min(kExactDays, points / 2));
  const std::size_t evenly = points - chosen.size();
  for (std::size_t i = 1; i <= evenly; ++i) chosen.push_back(steps_.size() * i / evenly - 1);
  std::ranges::sort(chosen);
  const auto twice = std::ranges::unique(chosen);
  chosen.erase(twice.begin(), twice.end());
  std::vector<EquityStep> picked;
  picked.reserve(chosen.size());
  for (const std::size_t i : chosen) picked.push_back(steps_[i]);
  return picked;
}

}  // namespace botbox::actors
