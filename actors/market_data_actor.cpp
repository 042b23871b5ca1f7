#include "actors/market_data_actor.hpp"

#include <algorithm>

namespace botbox::actors {

MarketDataActor::MarketDataActor(caf::actor_config& config, const Clock& clock,
                                 caf::actor exchange, caf::actor observer,
                                 CandleCacheSettings settings)
    : caf::event_based_actor(config),
      clock_(clock),
      exchange_(std::move(exchange)),
      observer_(std::move(observer)),
      cache_(settings) {}

caf::behavior MarketDataActor::make_behavior() {
  return {[this](const PrepareView& request) { prepare(request); },
          [this](const PermitsGranted& granted) { on_permits(granted); },
          [this](const CandlesFetched& fetched) { on_candles(fetched); },
          [this](const RetryFetch& retry) { start_fetch(retry.series); }};
}

std::uint64_t MarketDataActor::index_of(const SeriesKey& key) {
  const auto [at, inserted] = index_.try_emplace(key, series_.size());
  if (inserted) series_.push_back({key, {}, {}});
  return at->second;
}

void MarketDataActor::prepare(const PrepareView& request) {
  const SeriesKey key{request.series->symbol, request.series->timeframe};
  const CandleCache::Wanted wanted = cache_.want(key, request.series->indicators, clock_.now());
  switch (wanted.answer) {
    case CandleCache::Answer::kFresh:
    case CandleCache::Answer::kServeOld:
      return answer(key, request.ticket, request.reply_to, std::nullopt);
    case CandleCache::Answer::kUnavailable:
      return answer(key, request.ticket, request.reply_to,
                    Error{ErrorCode::kUnavailable, "no candles yet; the last fetch failed",
                          key.symbol.value + " " + to_string(key.timeframe), {}});
    case CandleCache::Answer::kJoin:
    case CandleCache::Answer::kFetch: break;
  }
  const std::uint64_t index = index_of(key);
  series_[index].waiters.emplace_back(request.ticket, request.reply_to);
  if (wanted.answer == CandleCache::Answer::kJoin) return;
  series_[index].range = wanted.range;
  start_fetch(index);
}

void MarketDataActor::start_fetch(std::uint64_t index) {
  send(exchange_, AcquirePermits{.ticket = index, .weight = 1, .reply_to = this});
}

void MarketDataActor::on_permits(const PermitsGranted& granted) {
  const Series& series = series_[granted.ticket];
  if (granted.permits.empty()) {
    const Duration wait = std::clamp(granted.retry_at - clock_.now(), Duration{50}, Duration{5'000});
    delayed_send(this, wait, RetryFetch{granted.ticket});
    return;
  }
  send(exchange_, FetchCandles{granted.permits.front(),
                               granted.ticket,
                               {.symbol = series.key.symbol,
                                .timeframe = series.key.timeframe,
                                .from = series.range.from,
                                .to = series.range.to,
                                .limit = series.range.limit},
                               this});
}

void MarketDataActor::on_candles(const CandlesFetched& fetched) {
  Series& series = series_[fetched.ticket];
  if (!fetched.candles) {
    cache_.on_failed(series.key, clock_.now());
    return answer_waiters(series, fetched.candles.error());
  }
  const auto taken = cache_.on_fetched(series.key, series.range, *fetched.candles, clock_.now());
  if (!taken) {
    send(observer_, AlertRaised{"data.invalid", fmt::format("{} {}: {}", series.key.symbol.value,
                                                            to_string(series.key.timeframe),
                                                            to_string(taken.error()))});
    return answer_waiters(series, taken.error());
  }
  if (taken->fill) {
    series.range = *taken->fill;
    return start_fetch(fetched.ticket);
  }
  answer_waiters(series, std::nullopt);
}

void MarketDataActor::answer_waiters(Series& series, const std::optional<Error>& error) {
  const auto waiters = std::move(series.waiters);
  series.waiters.clear();
  for (const auto& [ticket, to] : waiters) answer(series.key, ticket, to, error);
}

// A failed fetch still serves what there is: its age decides at the gate whether it may be used.
void MarketDataActor::answer(const SeriesKey& key, std::uint64_t ticket, const caf::actor& to,
                             const std::optional<Error>& error) {
  if (auto view = cache_.view(key)) {
    watch_lag(key, view->age(clock_.now()));
    return send(to, ViewReady{ticket, std::move(view)});
  }
  const Error none{ErrorCode::kUnavailable, "the exchange has no candles in this range",
                   key.symbol.value + " " + to_string(key.timeframe), {}};
  send(to, ViewReady{ticket, tl::unexpected(error.value_or(none))});
}

void MarketDataActor::watch_lag(const SeriesKey& key, Duration age) {
  const bool lags = age > kLagAlert;
  if (lags == lagging_.contains(key)) return;
  const std::string name = key.symbol.value + " " + to_string(key.timeframe);
  if (lags) {
    lagging_.insert(key);
    send(observer_, AlertRaised{"data.stale", fmt::format("{} is {} old", name, humanize(age))});
  } else {
    lagging_.erase(key);
    send(observer_, AlertRaised{"data.fresh", name + " is fresh again"});
  }
}

}  // namespace botbox::actors
