// EngineFacts: what the actors said of themselves a moment ago. A part that did not answer in time
// is missing, and is shown as such.
#pragma once

#include <map>
#include <optional>

#include "actors/protocol.hpp"

namespace botbox::actors {

struct EngineFacts {
  Timestamp asked_at;
  std::optional<LimiterTold> limiter;
  std::optional<QueueTold> queue;
  std::optional<CacheTold> cache;
  std::uint64_t commits = 0;  // since the start
  std::uint64_t commit_groups = 0;

  // The newest close of each symbol.
  std::map<Symbol, Price> prices() const {
    std::map<Symbol, std::pair<Timestamp, Price>> newest;
    if (cache)
      for (const SeriesFacts& series : cache->series) {
        auto& known = newest[series.symbol];
        if (series.last_close > known.first) known = {series.last_close, series.close};
      }
    std::map<Symbol, Price> prices;
    for (const auto& [symbol, known] : newest) prices.emplace(symbol, known.second);
    return prices;
  }
};

}  // namespace botbox::actors
