// CandleCache: the market-data cache as data. Which candles are there, how old, which fetch to make,
// who joins a fetch under way. It asks nobody itself; the market-data actor does what it says.
//
// Requests per candle are constant in the number of bots: while a fetch of a series is under way
// everybody else joins it, and what it brought serves everybody until the next candle closes or the TTL
// runs out.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/model/candle.hpp"

namespace botbox {

struct SeriesKey {
  Symbol symbol;
  Timeframe timeframe;

  auto operator<=>(const SeriesKey&) const = default;
};

struct FetchRange {
  Timestamp from;  // open time, inclusive
  Timestamp to;    // exclusive
  std::uint32_t limit = 0;

  bool operator==(const FetchRange&) const = default;
};

struct CandleCacheSettings {
  Duration ttl{60'000};
  std::size_t capacity = 500;          // candles kept per series
  Duration retry_first{1'000};         // after a failed fetch, or one that brought nothing new;
  Duration retry_longest{30'000};      // doubled each time up to this
  std::size_t known_gaps_max = 64;     // per series
};

class CandleCache {
 public:
  explicit CandleCache(CandleCacheSettings settings = {}) : settings_(settings) {}

  enum class Answer : std::uint8_t {
    kFresh,   // view() is good
    kFetch,   // make this fetch, then tell on_fetched or on_failed; the asker waits
    kJoin,    // a fetch is under way; the asker waits for it
    kServeOld,  // a fetch brought nothing new a moment ago: view() as it is, its age speaks for it
    kUnavailable,  // nothing there at all and the last fetch failed a moment ago
  };
  struct Wanted {
    Answer answer = Answer::kFresh;
    FetchRange range;  // kFetch only
  };
  Wanted want(const SeriesKey& key, const std::vector<IndicatorSpec>& indicators, Timestamp now);

  struct Fetched {
    std::size_t new_candles = 0;
    std::optional<FetchRange> fill;  // a gap to ask for before the series is shown
  };
  // Error kInvalidInput: the exchange sent candles that break a rule; nothing of them is kept and the
  // fetch counts as failed.
  Result<Fetched> on_fetched(const SeriesKey& key, const FetchRange& range,
                             const std::vector<Candle>& candles, Timestamp now);
  void on_failed(const SeriesKey& key, Timestamp now);

  // Null while there is no candle. Built once per change and shared.
  std::shared_ptr<const MarketView> view(const SeriesKey& key);

  std::uint64_t fetches() const { return fetches_; }
  std::uint64_t hits() const { return hits_; }
  std::uint64_t computations(const SeriesKey& key) const;
  std::vector<CandleGap> known_gaps(const SeriesKey& key) const;
  std::size_t series_count() const { return entries_.size(); }

 private:
  struct Entry {
    std::shared_ptr<CandleSeries> series;
    IndicatorEngine indicators;
    std::shared_ptr<const MarketView> view;
    Timestamp fetched_at;        // last successful fetch
    Timestamp not_before;        // no fetch earlier
    std::uint32_t vain = 0;      // fetches in a row that failed or brought nothing new
    bool fetching = false;
    bool revised = false;        // candles behind the newest changed since the last table
    std::vector<CandleGap> known_gaps;  // the exchange confirmed that it has nothing there
  };
  bool is_fresh(const Entry& entry, const SeriesKey& key, Timestamp now) const;
  FetchRange range_for(const Entry& entry, const SeriesKey& key, Timestamp now) const;
  std::optional<FetchRange> unknown_gap(const Entry& entry) const;
  void note_gaps_in(Entry& entry, const FetchRange& range) const;
  void fetched_in_vain(Entry& entry, Timestamp now) const;

  CandleCacheSettings settings_;
  std::map<SeriesKey, Entry> entries_;
  std::uint64_t fetches_ = 0;
  std::uint64_t hits_ = 0;
};

}  // namespace botbox
