// How often signals were refused, and orders skipped, blocked or failed, for which reason, by the
// event log. Of candles on which nothing was proposed the log says nothing: `botbox inspect
// reasons` counts traces, those as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

struct ReasonRange {
  Timestamp from;
  Timestamp until;                   // "never": up to now
  BotId bot;                         // empty: all
  std::size_t events_max = 200'000;  // of the log, newest first, whatever they say
};

struct ReasonCounts {
  std::vector<std::pair<std::string, std::uint64_t>> counts;  // most frequent first
  // The range as far as it was counted: from its beginning, or, where events_max ended the walk,
  // from the oldest event that was looked at.
  Timestamp counted_from;
  bool is_complete = true;
};

Result<ReasonCounts> count_reasons(const storage::Store& store, const ReasonRange& range);

}  // namespace botbox::actors
