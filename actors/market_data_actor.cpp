#include "actors/market_data_actor.hpp"

#include <algorithm>

namespace botbox::actors {

MarketDataActor::MarketDataActor(caf::actor_config& config, const Clock& clock, caf::actor exchange,
                                 caf::actor observer, CandleCacheConfig settings)
    : caf::event_based_actor(config),
      clock_(clock),
      exchange_(std::move(exchange)),
      observer_(std::move(observer)),
      cache_(settings) {}

void MarketDataActor::on_exit() {
  series_.clear();
  exchange_ = observer_ = nullptr;
}

caf::behavior MarketDataActor::make_behavior() {
  return {[this](const PrepareView& request) { prepare(request); },
          [this](const PermitsGranted& granted) { on_permits(granted); },
          [this](const CandlesFetched& fetched) { on_candles(fetched); },
          [this](const RetryFetch& retry) { start_fetch(retry.series); }};
}

std::uint64_t MarketDataActor::index_of(const SeriesKey& key) {
  const auto [at, inserted] = index_.try_emplace(key, series_.size());
  if (inserted) series_.emplace_back().key = key;
  return at->second;
}

void MarketDataActor::want_indicators(Series& series, const std::vector<IndicatorSpec>& specs) {
  const std::shared_ptr<const IndicatorTable> before = series.indicators.table();
  for (const IndicatorSpec& spec : specs)
    if (const Result<void> added = series.indicators.add(spec); !added)
      send(observer_, AlertRaised{"indicator.invalid", to_string(added.error())});
  if (series.view && series.indicators.table() != before) show(series);
}

void MarketDataActor::prepare(const PrepareView& request) {
  const SeriesKey key{request.series->symbol, request.series->timeframe};
  const std::uint64_t index = index_of(key);
  Series& series = series_[index];
  want_indicators(series, request.series->indicators);
  const WantResult wanted = cache_.want(key, clock_.now());
  if (std::holds_alternative<FreshSeries>(wanted) || std::holds_alternative<WaitForRetry>(wanted))
    return answer(series, request.ticket, request.reply_to, std::nullopt);
  series.waiters.emplace_back(request.ticket, request.reply_to);
  const auto* fetch = std::get_if<StartFetch>(&wanted);
  if (fetch == nullptr) return;
  series.range = fetch->range;
  start_fetch(index);
}

void MarketDataActor::start_fetch(std::uint64_t index) {
  send(exchange_, AcquirePermits{.ticket = index,
                                 .call = exchange::ExchangeCall::kCandles,
                                 .size = static_cast<std::uint32_t>(series_[index].range.limit),
                                 .reply_to = this});
}

void MarketDataActor::on_permits(const PermitsGranted& granted) {
  const Series& series = series_[granted.ticket];
  if (granted.permits.empty()) {
    const Duration wait =
        std::clamp(granted.retry_at - clock_.now(), Duration{50}, Duration{5'000});
    delayed_send(this, wait, RetryFetch{granted.ticket});
    return;
  }
  send(exchange_, FetchCandles{granted.permits.front(),
                               granted.ticket,
                               {.symbol = series.key.symbol,
                                .timeframe = series.key.timeframe,
                                .from = series.range.from,
                                .to = series.range.to,
                                .limit = static_cast<std::uint32_t>(series.range.limit)},
                               this});
}

void MarketDataActor::on_candles(const CandlesFetched& fetched) {
  Series& series = series_[fetched.ticket];
  const Timestamp now = clock_.now();
  if (!fetched.candles) {
    cache_.on_fetch_failed(series.key, series.range, now);
    return answer_waiters(series, fetched.candles.error());
  }
  const auto change = cache_.on_fetched(series.key, series.range, *fetched.candles, now);
  if (!change) {
    send(observer_, AlertRaised{"data.invalid", fmt::format("{} {}: {}", series.key.symbol.value,
                                                            to_string(series.key.timeframe),
                                                            to_string(change.error()))});
    return answer_waiters(series, change.error());
  }
  if (change->next) {
    series.range = *change->next;
    return start_fetch(fetched.ticket);
  }
  if (change->series && !change->series->empty()) {
    series.indicators.on_series(change->series);
    show(series);
  }
  answer_waiters(series, std::nullopt);
}

// The next view: what the cache holds and what was computed over it.
void MarketDataActor::show(Series& series) {
  const auto candles = cache_.series(series.key);
  series.view =
      std::make_shared<const MarketView>(MarketView{.symbol = series.key.symbol,
                                                    .timeframe = series.key.timeframe,
                                                    .series = candles,
                                                    .indicators = series.indicators.table(),
                                                    .as_of = cache_.fetched_at(series.key),
                                                    .gaps = candles->gaps().size()});
}

void MarketDataActor::answer_waiters(Series& series, const std::optional<Error>& error) {
  const auto waiters = std::move(series.waiters);
  series.waiters.clear();
  for (const auto& [ticket, to] : waiters) answer(series, ticket, to, error);
}

// A failed fetch still serves what there is: its age decides at the gate whether it may be used.
void MarketDataActor::answer(const Series& series, std::uint64_t ticket, const caf::actor& to,
                             const std::optional<Error>& error) {
  if (series.view) {
    watch_lag(series.key, series.view->age(clock_.now()));
    return send(to, ViewReady{ticket, series.view});
  }
  const Error none{ErrorCode::kUnavailable,
                   "there are no candles yet",
                   series.key.symbol.value + " " + to_string(series.key.timeframe),
                   {}};
  send(to, ViewReady{ticket, tl::unexpected(error.value_or(none))});
}

void MarketDataActor::watch_lag(const SeriesKey& key, Duration age) {
  const bool lags = age > kDataAgeAlert;
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
