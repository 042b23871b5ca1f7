#include "actors/birth_index.hpp"

#include <algorithm>
#include <functional>

namespace botbox::actors {
namespace {

constexpr std::array<std::string_view, 5> kSignalBirths{"signal.accepted", "signal.rejected",
                                                        "signal.received", "intent.dedup_skipped",
                                                        "trade.dedup_skipped"};
constexpr std::array<std::string_view, 2> kIntentBirths{"intent.pending", "intent.blocked"};
constexpr std::array<std::string_view, 1> kTradeBirths{"trade.pending"};
constexpr std::array<std::string_view, 1> kPositionBirths{"position.opened"};

}  // namespace

std::span<const std::string_view> birth_events(BirthOf what) {
  switch (what) {
    case BirthOf::kSignal: return kSignalBirths;
    case BirthOf::kIntent: return kIntentBirths;
    case BirthOf::kTrade: return kTradeBirths;
    case BirthOf::kPosition: return kPositionBirths;
  }
  return {};
}

std::size_t hash_of_bot(const BotId& bot) { return std::hash<std::string>{}(bot.value); }

void BirthIndex::on_event(const Event& event) {
  const std::lock_guard lock(mutex_);
  if (event.sequence != next_)
    for (Births& births : births_) births = {event.sequence, {}};
  next_ = event.sequence + 1;
  for (std::size_t what = 0; what < births_.size(); ++what) {
    const auto kinds = birth_events(static_cast<BirthOf>(what));
    if (std::ranges::find(kinds, event.kind) == kinds.end()) continue;
    Births& births = births_[what];
    births.rows.push_back({event.sequence, event.at, hash_of_bot(event.bot)});
    if (births.rows.size() <= kept_) continue;
    births.first = births.rows.front().event + 1;
    births.rows.pop_front();
  }
}

BirthIndex::Portion BirthIndex::births(BirthOf what, std::uint64_t below, std::size_t most) const {
  const std::lock_guard lock(mutex_);
  const Births& known = births_[static_cast<std::size_t>(what)];
  const auto end = std::ranges::lower_bound(known.rows, below, {}, &Birth::event);
  const auto count =
      std::min<std::ptrdiff_t>(end - known.rows.begin(), static_cast<std::ptrdiff_t>(most));
  Portion portion{known.first, next_, {end - count, end}};
  std::ranges::reverse(portion.births);
  return portion;
}

}  // namespace botbox::actors
