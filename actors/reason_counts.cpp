#include "actors/reason_counts.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "engine/model/event.hpp"
#include "engine/model/reason_code.hpp"
#include "storage/event_head.hpp"
#include "storage/reader.hpp"

namespace botbox::actors {
namespace {

constexpr std::array<std::string_view, 6> kRefusing{"signal.rejected",     "intent.dedup_skipped",
                                                    "trade.dedup_skipped", "intent.blocked",
                                                    "trade.failed",        "trade.overtaken"};

Result<std::string> reason_told(const storage::Store& store, const Event& event) {
  if (event.kind == "signal.rejected") return event.detail;
  ReasonCode reason = ReasonCode::kNone;
  if (event.kind == "intent.dedup_skipped") {
    reason = ReasonCode::kIdempotencyBlocked;
  } else if (event.kind == "trade.dedup_skipped") {
    reason = ReasonCode::kQueueDuplicate;
  } else if (event.kind == "intent.blocked") {
    reason = ReasonCode::kOrderBlockedLiveTrading;
  } else {
    BOTBOX_ASSIGN(const auto trade, storage::find_trade(store, {event.subject}));
    if (trade) reason = trade->reason;
  }
  return std::string(to_string(reason));
}

}  // namespace

Result<ReasonCounts> count_reasons(const storage::Store& store, const ReasonRange& range) {
  ReasonCounts found{.counts = {}, .counted_from = range.from};
  std::map<std::string, std::uint64_t> counts;
  std::size_t walked = 0;
  Timestamp oldest;
  std::optional<Error> problem;
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
        const bool fits = !is_late && (range.bot.empty() || range.bot.value == event.bot) &&
                          std::ranges::find(kRefusing, event.kind) != kRefusing.end();
        return fits ? storage::HeadVerdict::kRead : storage::HeadVerdict::kSkip;
      },
      [&](Event&& event) {
        Result<std::string> reason = reason_told(store, event);
        if (reason)
          ++counts[*reason];
        else
          problem = std::move(reason.error());
        return !problem;
      }));
  if (problem) return tl::unexpected<Error>(std::move(*problem));
  found.counts.assign(counts.begin(), counts.end());
  std::ranges::stable_sort(found.counts,
                           [](const auto& a, const auto& b) { return a.second > b.second; });
  return found;
}

}  // namespace botbox::actors
