#include "engine/market/candle_cache.hpp"

#include <algorithm>

namespace botbox {

bool CandleCache::is_fresh(const Entry& entry, const SeriesKey& key, Timestamp now) const {
  if (entry.series->empty()) return false;
  return now - entry.fetched_at < settings_.ttl &&
         entry.series->last_close() >= key.timeframe.last_close(now);
}

// From the newest candle on (it may have been revised), or everything that fits when there is none.
FetchRange CandleCache::range_for(const Entry& entry, const SeriesKey& key, Timestamp now) const {
  const Timestamp to = key.timeframe.last_close(now);
  const auto capacity = static_cast<std::int64_t>(settings_.capacity);
  const Timestamp oldest = to - key.timeframe.duration() * capacity;
  Timestamp from = oldest;
  if (!entry.series->empty())
    from = std::max(oldest, entry.series->last_close() - key.timeframe.duration());
  if (from >= to) from = to - key.timeframe.duration();
  return {from, to, static_cast<std::uint32_t>((to - from) / key.timeframe.duration())};
}

CandleCache::Wanted CandleCache::want(const SeriesKey& key,
                                      const std::vector<IndicatorSpec>& indicators,
                                      Timestamp now) {
  Entry& entry = entries_[key];
  if (!entry.series) entry.series = std::make_shared<CandleSeries>(key.timeframe, settings_.capacity);
  if (!entry.indicators.has(indicators)) {
    entry.indicators.want(indicators);
    entry.view.reset();
  }
  if (entry.fetching) return {Answer::kJoin, {}};
  if (is_fresh(entry, key, now)) {
    ++hits_;
    return {Answer::kFresh, {}};
  }
  if (now < entry.not_before)
    return {entry.series->empty() ? Answer::kUnavailable : Answer::kServeOld, {}};
  entry.fetching = true;
  ++fetches_;
  return {Answer::kFetch, range_for(entry, key, now)};
}

void CandleCache::fetched_in_vain(Entry& entry, Timestamp now) const {
  const std::uint32_t doublings = std::min<std::uint32_t>(entry.vain, 10);
  const Duration wait = settings_.retry_first * (1LL << doublings);
  entry.not_before = now + std::min(wait, settings_.retry_longest);
  ++entry.vain;
}

Result<CandleCache::Fetched> CandleCache::on_fetched(const SeriesKey& key, const FetchRange& range,
                                                     const std::vector<Candle>& candles,
                                                     Timestamp now) {
  Entry& entry = entries_[key];
  const Timestamp newest = entry.series->last_close();
  // Views hold the old series; a change makes a new one.
  auto next = std::make_shared<CandleSeries>(*entry.series);
  if (Result<void> merged = next->merge(candles, now); !merged) {
    on_failed(key, now);
    return tl::unexpected(merged.error());
  }
  entry.fetching = false;
  entry.fetched_at = now;
  Fetched fetched;
  if (next->candles() != entry.series->candles()) {
    const auto& after = next->candles();
    const auto first_new = std::lower_bound(
        after.begin(), after.end(), newest,
        [](const Candle& candle, Timestamp at) { return candle.open_time < at; });
    fetched.new_candles = static_cast<std::size_t>(after.end() - first_new);
    // Anything that differs behind the newest known candle invalidates what was folded so far.
    const auto& before = entry.series->candles();
    entry.revised = entry.revised ||
                    !std::equal(after.begin(), first_new,
                                before.end() - std::min<std::ptrdiff_t>(first_new - after.begin(),
                                                                        std::ssize(before)),
                                before.end());
    entry.series = std::move(next);
    entry.view.reset();
  } else {
    entry.view.reset();  // same candles, fetched later
  }
  note_gaps_in(entry, range);
  fetched.fill = unknown_gap(entry);
  if (fetched.fill) {
    entry.fetching = true;
    ++fetches_;
  }
  if (fetched.new_candles == 0 && !is_fresh(entry, key, now))
    fetched_in_vain(entry, now);
  else
    entry.vain = 0;
  return fetched;
}

void CandleCache::on_failed(const SeriesKey& key, Timestamp now) {
  Entry& entry = entries_[key];
  entry.fetching = false;
  fetched_in_vain(entry, now);
}

// A gap is known once the exchange was asked for exactly it and had nothing: a hole in a long answer may
// be a candle that came late.
void CandleCache::note_gaps_in(Entry& entry, const FetchRange& range) const {
  std::vector<CandleGap> known;
  for (const CandleGap& gap : entry.series->gaps()) {
    const bool was_known = std::find(entry.known_gaps.begin(), entry.known_gaps.end(), gap) !=
                           entry.known_gaps.end();
    if (was_known || (range.from == gap.from && range.to == gap.to)) known.push_back(gap);
  }
  if (known.size() > settings_.known_gaps_max)
    known.erase(known.begin(), known.end() - static_cast<std::ptrdiff_t>(settings_.known_gaps_max));
  entry.known_gaps = std::move(known);
}

std::optional<FetchRange> CandleCache::unknown_gap(const Entry& entry) const {
  if (entry.known_gaps.size() >= settings_.known_gaps_max) return std::nullopt;
  for (const CandleGap& gap : entry.series->gaps()) {
    if (std::find(entry.known_gaps.begin(), entry.known_gaps.end(), gap) != entry.known_gaps.end())
      continue;
    const auto missing = (gap.to - gap.from) / entry.series->timeframe().duration();
    return FetchRange{gap.from, gap.to, static_cast<std::uint32_t>(missing)};
  }
  return std::nullopt;
}

std::shared_ptr<const MarketView> CandleCache::view(const SeriesKey& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.series->empty()) return nullptr;
  Entry& entry = found->second;
  if (!entry.view) {
    const auto table = entry.indicators.table(*entry.series, entry.revised);
    entry.revised = false;
    entry.view =
        std::make_shared<const MarketView>(key.symbol, entry.series, table, entry.fetched_at);
  }
  return entry.view;
}

std::uint64_t CandleCache::computations(const SeriesKey& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? 0 : found->second.indicators.computations();
}

std::vector<CandleGap> CandleCache::known_gaps(const SeriesKey& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? std::vector<CandleGap>{} : found->second.known_gaps;
}

}  // namespace botbox
