#include "actors/reason_counts.hpp"

#include <algorithm>
#include <map>

#include "engine/model/event.hpp"
#include "storage/codec.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {

Result<ReasonCounts> count_reasons(const storage::Store& store, const ReasonRange& range) {
  ReasonCounts found{.counts = {}, .counted_from = range.from};
  std::map<std::string, std::uint64_t> counts;
  std::size_t walked = 0;
  Timestamp oldest;
  BOTBOX_TRY(storage::visit_records<Event>(
      store, {.kind = storage::Kind::kEvent, .prefix = {}, .from = {}, .reverse = true}, {},
      [&](std::string_view, Event&& event) {
        if (event.at < range.from) return false;
        if (walked == range.events_max) {
          found.is_complete = false;
          found.counted_from = oldest;
          return false;
        }
        ++walked;
        oldest = event.at;
        const bool is_late = !range.until.is_never() && event.at > range.until;
        if (event.kind == "signal.rejected" && !is_late &&
            (range.bot.empty() || range.bot == event.bot))
          ++counts[event.detail];
        return true;
      }));
  found.counts.assign(counts.begin(), counts.end());
  std::ranges::stable_sort(found.counts,
                           [](const auto& a, const auto& b) { return a.second > b.second; });
  return found;
}

}  // namespace botbox::actors
