// Market data: one cache for all bots. Asks the exchange through the gateway, with a permit, for
// what engine/market/candle_cache.hpp says is missing; everybody who wants a series meanwhile
// joins. Longer timeframes and rules are put together here, once per candle for all bots.
#pragma once

#include <caf/event_based_actor.hpp>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "actors/protocol.hpp"
#include "engine/alert_thresholds.hpp"
#include "engine/clock.hpp"
#include "engine/market/candle_cache.hpp"
#include "engine/market/indicator_table.hpp"
#include "engine/strategy/rule/shared_rules.hpp"

namespace botbox::actors {

class MarketDataActor : public caf::event_based_actor {
 public:
  MarketDataActor(caf::actor_config& config, const Clock& clock, caf::actor exchange,
                  caf::actor observer, CandleCacheConfig settings,
                  const AlertThreshold& data_age = AlertThresholds{}.data_age);
  const char* name() const override { return "market_data"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  // Somebody who waits for a series and the longer ones it needs.
  struct Waiter {
    std::uint64_t ticket = 0;
    caf::actor reply_to;
    std::uint64_t series = 0;         // the bot's own
    std::size_t fetches = 0;          // still under way
    std::optional<Error> error = {};  // of the bot's own series
  };
  struct Series {
    SeriesKey key;
    FetchRange range;               // of the fetch under way
    bool waits_for_permit = false;  // for it; one permit is enough, whatever the range becomes
    SharedIndicators indicators;
    std::shared_ptr<const MarketView> view;  // of this series alone; null: nothing fetched yet
    std::vector<std::shared_ptr<Waiter>> waiters;
    // What is asked for with it, by those who look at this series.
    std::shared_ptr<const SeriesRequest> request;  // the newest one
    std::set<std::uint64_t> higher;                // longer series
    rule::SharedRules rules;
    std::shared_ptr<const MarketView> shown;  // the newest answer with all that; null: none yet
    std::shared_ptr<const MarketView> shown_view;  // the view that it was made of
    bool is_told_empty = false;                    // the operator knows that there is no candle yet
    Timestamp left_at;  // since when no bot looks at it: nothing is told of it; never: one does
  };

  void prepare(const PrepareView& request);
  void on_left(const SeriesLeft& left);
  void end_alerts(const EndAlertsOfLeft& end);
  bool is_lag_told(const SeriesKey& key) const;
  void take_needs(std::uint64_t index, const std::shared_ptr<const SeriesRequest>& request);
  enum class Freshness : std::uint8_t { kFetchedLately, kNewestCandle };
  void fetch_for(const std::shared_ptr<Waiter>& waiter, std::uint64_t index, Freshness freshness);
  void start_fetch(std::uint64_t index);
  void on_permits(const PermitsGranted& granted);
  void on_candles(const CandlesFetched& fetched);
  void show(Series& series);
  void answer_waiters(std::uint64_t index, const std::optional<Error>& error);
  void answer(const Waiter& waiter);
  void answer_without(const Waiter& waiter);
  std::shared_ptr<const MarketView> view_for(Series& series);
  CacheTold told() const;
  SeriesTold told(const AskSeries& ask) const;
  void watch_lag(const Series& series, Duration age);
  std::uint64_t index_of(const SeriesKey& key);
  void want_indicators(Series& series, const std::vector<IndicatorSpec>& specs);

  const Clock& clock_;
  caf::actor exchange_;
  caf::actor observer_;
  CandleCache cache_;
  std::map<SeriesKey, std::uint64_t> index_;
  std::deque<Series> series_;
  AlertThreshold data_age_;
  std::map<SeriesKey, AlertLevel> lags_;
  std::uint64_t hits_ = 0;
  std::uint64_t fetches_ = 0;
};

}  // namespace botbox::actors
