// EngineFacts: what the actors said of themselves a moment ago. A part that did not answer in time
// is missing, and is shown as such.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/balance_book.hpp"
#include "actors/protocol.hpp"
#include "engine/market/market_view.hpp"

namespace botbox::actors {

struct ActorFacts {
  std::string name;
  std::optional<std::size_t> mailbox;  // empty: it did not answer in time
};

// A series that is only read beside shorter ones is fetched once per candle of its own: it gets old
// when its next one is missing, and the series of the bots say how old the data are.
inline Duration age_of(const SeriesFacts& series, Timestamp now) {
  return data_age(series.is_asked ? series.as_of : now, series.last_close, series.timeframe, now);
}

struct EngineFacts {
  Timestamp asked_at;
  std::optional<LimiterTold> limiter;
  std::optional<QueueTold> queue;
  std::optional<CacheTold> cache;
  std::uint64_t commits = 0;  // since the start
  std::uint64_t commit_groups = 0;
  Histogram commit_seconds{kWriteBounds};
  Histogram commit_group_size{kGroupBounds};
  std::optional<CallsTold> calls;
  BalanceBook::Shown balances;
  std::optional<FleetTold> fleet;
  std::vector<ActorFacts> actors;  // of the engine, bots apart

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
