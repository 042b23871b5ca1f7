// Market data: one cache for all bots. Asks the exchange through the gateway, with a permit, for
// what engine/market/candle_cache.hpp says is missing; everybody who wants a series meanwhile
// joins.
#pragma once

#include <caf/event_based_actor.hpp>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "actors/protocol.hpp"
#include "engine/clock.hpp"
#include "engine/market/candle_cache.hpp"
#include "engine/market/indicator_table.hpp"

namespace botbox::actors {

class MarketDataActor : public caf::event_based_actor {
 public:
  MarketDataActor(caf::actor_config& config, const Clock& clock, caf::actor exchange,
                  caf::actor observer, CandleCacheConfig settings);
  const char* name() const override { return "market_data"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  struct Series {
    SeriesKey key;
    FetchRange range;  // of the fetch under way
    SharedIndicators indicators;
    std::shared_ptr<const MarketView> view;                     // null: nothing fetched yet
    std::vector<std::pair<std::uint64_t, caf::actor>> waiters;  // ticket, reply_to
  };

  void prepare(const PrepareView& request);
  void start_fetch(std::uint64_t index);
  void on_permits(const PermitsGranted& granted);
  void on_candles(const CandlesFetched& fetched);
  void show(Series& series);
  void answer_waiters(Series& series, const std::optional<Error>& error);
  void answer(const Series& series, std::uint64_t ticket, const caf::actor& to,
              const std::optional<Error>& error);
  void watch_lag(const SeriesKey& key, Duration age);
  std::uint64_t index_of(const SeriesKey& key);
  void want_indicators(Series& series, const std::vector<IndicatorSpec>& specs);

  const Clock& clock_;
  caf::actor exchange_;
  caf::actor observer_;
  CandleCache cache_;
  std::map<SeriesKey, std::uint64_t> index_;
  std::deque<Series> series_;
  std::set<SeriesKey> lagging_;
};

}  // namespace botbox::actors
