#include "engine/market/candle_cache.hpp"

#include <algorithm>
#include <span>

#include "engine/jitter.hpp"

namespace botbox {
namespace {

// Asked for again with every fetch: exchanges revise the candle they closed last.
constexpr std::int64_t kOverlap = 2;

Duration doubled(Duration first, std::uint32_t times, Duration most) {
  return std::min(most, Duration{first.count() << std::min<std::uint32_t>(times, 20)});
}

std::size_t candles_between(Timestamp from, Timestamp to, Timeframe timeframe) {
  return static_cast<std::size_t>((to - from) / timeframe.duration());
}

// Both ascending and the same before `from`. A candle of `after` that is older than the newest of
// `before` and not in it, is revised.
void compare(std::span<const Candle> before, std::span<const Candle> after, Timestamp from,
             SeriesChange& change) {
  const auto first_of = [from](std::span<const Candle> candles) {
    return std::ranges::lower_bound(candles, from, {}, &Candle::open_time);
  };
  auto old = first_of(before);
  for (auto next = first_of(after); next != after.end(); ++next) {
    const Candle& candle = *next;
    while (old != before.end() && old->open_time < candle.open_time) ++old;
    if (old != before.end() && old->open_time == candle.open_time) {
      if (*old != candle) change.revised.push_back(candle.open_time);
    } else if (before.empty() || candle.open_time > before.back().open_time) {
      change.closed.push_back(candle);
    } else {
      change.revised.push_back(candle.open_time);
    }
  }
}

bool covers(const std::vector<CandleGap>& known, const CandleGap& gap) {
  return std::any_of(known.begin(), known.end(),
                     [&](const CandleGap& k) { return k.from <= gap.from && gap.to <= k.to; });
}

}  // namespace

bool CandleCache::is_fresh(const Entry& entry, const SeriesKey& key, Timestamp now) const {
  return entry.series != nullptr && now - entry.fetched_at < config_.ttl &&
         entry.series->last_close() >= key.timeframe.last_close(now);
}

// From the newest candle on, or all of it when there is none or it has fallen out of reach.
FetchRange CandleCache::range_for(const Entry& entry, const SeriesKey& key, Timestamp now) const {
  const Duration length = key.timeframe.duration();
  const Timestamp to = key.timeframe.last_close(now);
  Timestamp from = to - length * static_cast<std::int64_t>(config_.capacity);
  if (entry.series != nullptr && !entry.series->empty()) {
    const Timestamp newest = entry.series->last_close() - length * kOverlap;
    from = std::clamp(newest, from, to - length);
  }
  return {key.symbol, key.timeframe, from, to, candles_between(from, to, key.timeframe)};
}

WantResult CandleCache::want(const SeriesKey& key, Timestamp now) {
  Entry& entry = entries_[key];
  entry.wanted_at = now;
  if (entry.under_way && now >= entry.started_at + config_.fetch_timeout)
    fail_fetch(entry, key, now);
  if (is_fresh(entry, key, now)) return FreshSeries{entry.series, entry.fetched_at};
  if (entry.under_way) return JoinFetch{};
  if (now < entry.next_fetch_at)
    return WaitForRetry{entry.series, entry.fetched_at, entry.next_fetch_at};
  entry.under_way = range_for(entry, key, now);
  entry.started_at = now;
  entry.filling_gap = false;
  return StartFetch{*entry.under_way};
}

void CandleCache::fail_fetch(Entry& entry, const SeriesKey& key, Timestamp now) {
  const Duration delay = doubled(config_.failure_delay, entry.failures, config_.failure_delay_most);
  ++entry.failures;
  entry.under_way.reset();
  entry.filling_gap = false;
  entry.next_fetch_at = now + delay + jitter(key.symbol.value, entry.failures, delay / 4);
}

Timestamp CandleCache::on_fetch_failed(const SeriesKey& key, const FetchRange& range,
                                       Timestamp now) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return now;
  if (found->second.under_way == range) fail_fetch(found->second, key, now);
  return std::max(now, found->second.next_fetch_at);
}

// What the answer to a fetch of the newest candles says about freshness and pace. The answer to a
// gap says nothing about the newest ones.
void CandleCache::settle(Entry& entry, const SeriesKey& key, const FetchRange& range,
                         Timestamp now) {
  entry.failures = 0;
  entry.fetched_at = std::max(entry.fetched_at, now);
  if (entry.series->last_close() >= range.to) {
    entry.times_behind = 0;
    entry.next_fetch_at = {};
    return;
  }
  const Duration pace = doubled(config_.behind_pace, entry.times_behind, config_.behind_pace_most);
  ++entry.times_behind;
  entry.next_fetch_at = now + pace + jitter(key.symbol.value, entry.times_behind, pace / 4);
}

Result<SeriesChange> CandleCache::on_fetched(const SeriesKey& key, const FetchRange& range,
                                             const std::vector<Candle>& candles, Timestamp now) {
  Entry& entry = entries_[key];
  const bool expected = entry.under_way == range;
  const bool of_gap = expected && entry.filling_gap;
  // A copy: the published one is in the hands of bots, and stays as it is. What is out of reach of
  // a full fetch is dropped, or a long pause would look like a gap of any length.
  const bool extends = entry.series && range.from <= entry.series->last_close();
  auto merged = std::make_shared<CandleSeries>(
      extends ? *entry.series : CandleSeries(key.timeframe, config_.capacity));
  if (auto result = merged->merge(candles, now); !result) {
    if (expected) fail_fetch(entry, key, now);
    return tl::unexpected<Error>(std::move(result).error());
  }
  SeriesChange change;
  Timestamp oldest{INT64_MAX};
  for (const Candle& candle : candles) oldest = std::min(oldest, candle.open_time);
  compare(entry.series ? entry.series->candles() : std::span<const Candle>{}, merged->candles(),
          oldest, change);
  change.series = merged;
  entry.series = std::move(merged);
  if (expected) {
    entry.under_way.reset();
    entry.filling_gap = false;
  }
  // A late answer is merged, but only the fetch that is waited for moves the age and the pace.
  if (expected && !of_gap) settle(entry, key, range, now);

  std::vector<CandleGap> known;
  for (const CandleGap& gap : entry.series->gaps()) {
    const bool confirmed = of_gap && range.from <= gap.from && gap.to <= range.to;
    (confirmed || covers(entry.known_gaps, gap) ? known : change.new_gaps).push_back(gap);
  }
  entry.known_gaps = std::move(known);
  // One hole after the other, but the newest candle goes first.
  const bool turn = !of_gap || is_fresh(entry, key, now);
  if (!change.new_gaps.empty() && !entry.under_way && turn) {
    const CandleGap& gap = change.new_gaps.front();
    change.next = FetchRange{key.symbol, key.timeframe, gap.from, gap.to,
                             candles_between(gap.from, gap.to, key.timeframe)};
    entry.under_way = change.next;
    entry.started_at = now;
    entry.filling_gap = true;
  }
  return change;
}

std::shared_ptr<const CandleSeries> CandleCache::series(const SeriesKey& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second.series;
}

Timestamp CandleCache::fetched_at(const SeriesKey& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? Timestamp{} : found->second.fetched_at;
}

std::size_t CandleCache::known_gaps(const SeriesKey& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? 0 : found->second.known_gaps.size();
}

std::size_t CandleCache::forget_unused(Timestamp before) {
  return std::erase_if(entries_, [&](const auto& entry) {
    return entry.second.wanted_at < before && !entry.second.under_way;
  });
}

}  // namespace botbox
