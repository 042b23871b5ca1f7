#include "actors/reason_counts.hpp"

#include <algorithm>
#include <map>

#include "engine/model/event.hpp"
#include "storage/event_head.hpp"

namespace botbox::actors {

Result<ReasonCounts> count_reasons(const storage::Store& store, const ReasonRange& range) {
  ReasonCounts found{.counts = {}, .counted_from = range.from};
  std::map<std::string, std::uint64_t> counts;
  std::size_t walked = 0;
  Timestamp oldest;
  BOTBOX_TRY(storage::visit_events(
      store, {.kind = storage::Kind::kEvent, .prefix = {}, .from = {}, .reverse = true},
      [&](const storage::EventHead& event) {
        if (event.at < range.from) return storage::HeadVerdict::kEnd;
        if (walked == range.events_max) {
          found.is_complete = false;
          found.counted_from = oldest;
          return storage::HeadVerdict::kEnd;
        }
        ++walked;
        oldest = event.at;
        const bool is_late = !range.until.is_never() && event.at > range.until;
        const bool fits = event.kind == "signal.rejected" && !is_late &&
                          (range.bot.empty() || range.bot.value == event.bot);
        return fits ? storage::HeadVerdict::kRead : storage::HeadVerdict::kSkip;
      },
      [&](Event&& event) {
        ++counts[event.detail];
        return true;
      }));
  found.counts.assign(counts.begin(), counts.end());
  std::ranges::stable_sort(found.counts,
                           [](const auto& a, const auto& b) { return a.second > b.second; });
  return found;
}

}  // namespace botbox::actors
