// CandleCache: the candles of all symbols that anybody asks for, as data. It says what to fetch,
// and when; somebody else fetches.
//
// Promises:
//  - single flight: per (symbol, timeframe) at most one fetch is under way, however many ask;
//  - only closed candles; a published series never changes (a new one takes its place);
//  - a series is fresh when it was fetched within the TTL *and* its newest candle is the newest one
//    that is closed now; else it is fetched, also within the TTL, but paced while the exchange is
//    late;
//  - a gap is asked for once, by its exact range; what the exchange does not have is not asked
//    again.
// Not durable: after a restart everything is fetched anew. Pure; time is passed in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/model/candle.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox {

struct SeriesKey {
  Symbol symbol;
  Timeframe timeframe;

  auto operator<=>(const SeriesKey&) const = default;
};

// Candles with from <= open time < to; `limit` is their number when none is missing.
struct FetchRange {
  Symbol symbol;
  Timeframe timeframe;
  Timestamp from;
  Timestamp to;
  std::size_t limit = 0;

  bool operator==(const FetchRange&) const = default;
};

struct CandleCacheConfig {
  Duration ttl{60'000};
  std::size_t capacity = 500;   // candles per series
  Duration behind_pace{2'000};  // while the exchange has no newer candle; doubled each time
  Duration behind_pace_most{60'000};
  Duration failure_delay{1'000};  // after a failed fetch; doubled, and up to 25 % more
  Duration failure_delay_most{60'000};
  Duration fetch_timeout{30'000};  // a fetch of which nothing is heard counts as failed

  bool operator==(const CandleCacheConfig&) const = default;
};

// Use it.
struct FreshSeries {
  std::shared_ptr<const CandleSeries> series;
  Timestamp fetched_at;
};
// A fetch is under way; ask again when its outcome is in.
struct JoinFetch {};
// Perform this fetch, then report on_fetched() or on_fetch_failed().
struct StartFetch {
  FetchRange range;
};
// Not fresh, and not to be fetched before retry_at. The series is what there is (null: nothing),
// its age says whether it may be used.
struct WaitForRetry {
  std::shared_ptr<const CandleSeries> series;
  Timestamp fetched_at;
  Timestamp retry_at;
};
using WantResult = std::variant<FreshSeries, JoinFetch, StartFetch, WaitForRetry>;

// What a fetch brought.
struct SeriesChange {
  std::shared_ptr<const CandleSeries> series;
  std::vector<Candle> closed;       // newer than all before, ascending
  std::vector<Timestamp> revised;   // open times of candles that differ now from before, or filled
                                    // a hole
  std::vector<CandleGap> new_gaps;  // not known to be empty at the exchange
  std::optional<FetchRange> next;   // under way already, to fill a gap: perform it as well
};

class CandleCache {
 public:
  explicit CandleCache(CandleCacheConfig config) : config_(config) {}

  WantResult want(const SeriesKey& key, Timestamp now);

  // The answer to `range`. Error kInvalidInput: a candle is invalid or off the grid; nothing was
  // merged and the fetch counts as failed. An answer that comes after its timeout is merged all the
  // same.
  Result<SeriesChange> on_fetched(const SeriesKey& key, const FetchRange& range,
                                  const std::vector<Candle>& candles, Timestamp now);
  // Returns when the next fetch may go.
  Timestamp on_fetch_failed(const SeriesKey& key, const FetchRange& range, Timestamp now);

  // Null: never fetched.
  std::shared_ptr<const CandleSeries> series(const SeriesKey& key) const;
  Timestamp fetched_at(const SeriesKey& key) const;
  // Gaps of the series that the exchange has confirmed.
  std::size_t known_gaps(const SeriesKey& key) const;
  // Forgets series that nobody asked for since `before`.
  std::size_t forget_unused(Timestamp before);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::shared_ptr<const CandleSeries> series;
    Timestamp fetched_at;
    Timestamp wanted_at;
    std::optional<FetchRange> under_way;
    Timestamp started_at;
    bool filling_gap = false;
    std::uint32_t failures = 0;      // in a row
    std::uint32_t times_behind = 0;  // in a row: fetched, but the newest candle was not there
    Timestamp next_fetch_at;         // "never": at once
    std::vector<CandleGap> known_gaps;
  };
  bool is_fresh(const Entry& entry, const SeriesKey& key, Timestamp now) const;
  FetchRange range_for(const Entry& entry, const SeriesKey& key, Timestamp now) const;
  void fail_fetch(Entry& entry, const SeriesKey& key, Timestamp now);
  void settle(Entry& entry, const SeriesKey& key, const FetchRange& range, Timestamp now);

  CandleCacheConfig config_;
  std::map<SeriesKey, Entry> entries_;
};

}  // namespace botbox
