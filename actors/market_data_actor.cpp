#include "actors/market_data_actor.hpp"

#include <algorithm>
#include <utility>

#include "actors/turn_commit.hpp"

namespace botbox::actors {
namespace {

// A bot that is started again, or changed, is away for a while and then looks on.
constexpr Duration kLeftGrace{300'000};

std::string series_name(const SeriesKey& key) { return series_text(key.symbol, key.timeframe); }

}  // namespace

MarketDataActor::MarketDataActor(caf::actor_config& config, const Clock& clock, caf::actor exchange,
                                 caf::actor observer, CandleCacheConfig settings,
                                 const AlertThreshold& data_age)
    : caf::event_based_actor(config),
      clock_(clock),
      exchange_(std::move(exchange)),
      observer_(std::move(observer)),
      cache_(settings),
      data_age_(data_age) {}

void MarketDataActor::on_exit() {
  series_.clear();
  exchange_ = observer_ = nullptr;
}

caf::behavior MarketDataActor::make_behavior() {
  return {[this](const PrepareView& request) { prepare(request); },
          [this](const PermitsGranted& granted) { on_permits(granted); },
          [this](const CandlesFetched& fetched) { on_candles(fetched); },
          [this](const SeriesLeft& left) { on_left(left); },
          [this](const EndAlertsOfLeft& end) { end_alerts(end); },
          [this](const AlertsConfigured& configured) {
            data_age_ = configured.thresholds.data_age;
            for (auto& [key, level] : lags_) level.set_threshold(data_age_);
          },
          [this](AskActor) { return ActorTold{mailbox().size()}; },
          [this](AskCache) { return told(); },
          [this](const AskSeries& ask) { return told(ask); },
          [this](const RetryFetch& retry) {
            series_[retry.series].waits_for_permit = false;
            start_fetch(retry.series);
          }};
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
  const std::uint64_t index = index_of({request.series->symbol, request.series->timeframe});
  if (request.is_watched)
    series_[index].left_at = {};
  else if (!series_[index].request)
    series_[index].left_at = clock_.now();  // no bot has looked at it yet
  take_needs(index, request.series);
  const auto waiter =
      std::make_shared<Waiter>(Waiter{request.ticket, request.reply_to, index, 0, {}});
  fetch_for(waiter, index, Freshness::kFetchedLately);
  for (const std::uint64_t higher : series_[index].higher)
    fetch_for(waiter, higher, Freshness::kNewestCandle);
  if (waiter->fetches == 0) {
    ++hits_;
    answer(*waiter);
  }
}

bool MarketDataActor::is_lag_told(const SeriesKey& key) const {
  const auto lag = lags_.find(key);
  return lag != lags_.end() && lag->second.is_raised();
}

void MarketDataActor::on_left(const SeriesLeft& left) {
  const auto found = index_.find({left.symbol, left.timeframe});
  if (found == index_.end()) return;
  Series& series = series_[found->second];
  series.left_at = clock_.now();
  if (series.is_told_empty || is_lag_told(series.key))
    delayed_send(this, kLeftGrace, EndAlertsOfLeft{found->second, series.left_at});
}

// What is wrong with it would stand for ever: only who asks finds out that it is well again.
void MarketDataActor::end_alerts(const EndAlertsOfLeft& end) {
  Series& series = series_[end.series];
  if (series.left_at.is_never() || series.left_at != end.left_at) return;
  const std::string name = series_name(series.key);
  const std::string text = "no bot looks at " + name + " any more";
  if (std::exchange(series.is_told_empty, false))
    send(observer_, AlertRaised{"data.begun", text, name});
  if (is_lag_told(series.key)) send(observer_, AlertRaised{"data.fresh", text, name});
  lags_.erase(series.key);
}

void MarketDataActor::take_needs(std::uint64_t index,
                                 const std::shared_ptr<const SeriesRequest>& request) {
  Series& series = series_[index];
  if (series.request == request) return;
  series.request = request;
  want_indicators(series, request->needs.indicators);
  for (const HigherSeries& longer : request->needs.higher) {
    const std::uint64_t higher = index_of({request->symbol, longer.timeframe});
    series.higher.insert(higher);
    want_indicators(series_[higher], longer.indicators);
  }
  for (const auto& program : request->needs.rules)
    if (series.rules.add(program)) series.shown_view = nullptr;  // what was shown lacks it
}

// A longer series is not fetched anew for its age: its newest closed candle stays the newest for
// hours, and the bot's own series says how old the data are.
void MarketDataActor::fetch_for(const std::shared_ptr<Waiter>& waiter, std::uint64_t index,
                                Freshness freshness) {
  Series& series = series_[index];
  const Timestamp now = clock_.now();
  if (freshness == Freshness::kNewestCandle && series.view &&
      series.view->last_close() >= series.key.timeframe.last_close(now))
    return;
  const WantResult wanted = cache_.want(series.key, now);
  if (std::holds_alternative<FreshSeries>(wanted) || std::holds_alternative<WaitForRetry>(wanted))
    return;
  series.waiters.push_back(waiter);
  ++waiter->fetches;
  const auto* fetch = std::get_if<StartFetch>(&wanted);
  if (fetch == nullptr) return;
  series.range = fetch->range;
  start_fetch(index);
}

// A fetch that got no permit in time counts as failed, and another one may be wanted meanwhile.
void MarketDataActor::start_fetch(std::uint64_t index) {
  if (std::exchange(series_[index].waits_for_permit, true)) return;
  send(exchange_, AcquirePermits{.ticket = index,
                                 .call = exchange::ExchangeCall::kCandles,
                                 .size = static_cast<std::uint32_t>(series_[index].range.limit),
                                 .reply_to = this});
}

void MarketDataActor::on_permits(const PermitsGranted& granted) {
  Series& series = series_[granted.ticket];
  if (granted.permits.empty()) {
    const Duration wait =
        std::clamp(granted.retry_at - clock_.now(), Duration{50}, Duration{5'000});
    delayed_send(this, wait, RetryFetch{granted.ticket});
    return;
  }
  series.waits_for_permit = false;
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
  ++fetches_;
  if (!fetched.candles) {
    cache_.on_fetch_failed(series.key, series.range, now);
    return answer_waiters(fetched.ticket, fetched.candles.error());
  }
  const auto change = cache_.on_fetched(series.key, series.range, *fetched.candles, now);
  if (!change) {
    send(observer_, AlertRaised{"data.invalid", fmt::format("{} {}: {}", series.key.symbol.value,
                                                            to_string(series.key.timeframe),
                                                            to_string(change.error()))});
    return answer_waiters(fetched.ticket, change.error());
  }
  if (change->next) {
    series.range = *change->next;
    return start_fetch(fetched.ticket);
  }
  if (change->series && !change->series->empty()) {
    series.indicators.on_series(change->series);
    show(series);
  }
  answer_waiters(fetched.ticket, std::nullopt);
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
  if (!std::exchange(series.is_told_empty, false)) return;
  const std::string name = series_name(series.key);
  send(observer_, AlertRaised{"data.begun", name + " has its first candle", name});
}

void MarketDataActor::answer_waiters(std::uint64_t index, const std::optional<Error>& error) {
  const auto waiters = std::move(series_[index].waiters);
  series_[index].waiters.clear();
  for (const std::shared_ptr<Waiter>& waiter : waiters) {
    if (waiter->series == index) waiter->error = error;
    if (--waiter->fetches == 0) answer(*waiter);
  }
}

// A failed fetch still serves what there is: its age decides at the gate whether it may be used.
void MarketDataActor::answer(const Waiter& waiter) {
  Series& series = series_[waiter.series];
  if (series.view) {
    watch_lag(series, series.view->age(clock_.now()));
    return send(waiter.reply_to, ViewReady{waiter.ticket, view_for(series)});
  }
  answer_without(waiter);
}

// An exchange that was asked and had nothing has not failed; one that was not heard has.
void MarketDataActor::answer_without(const Waiter& waiter) {
  Series& series = series_[waiter.series];
  const auto known = cache_.series(series.key);
  const bool is_empty = !waiter.error && known != nullptr && known->empty();
  const Error none{
      ErrorCode::kUnavailable,
      is_empty ? "the exchange has no closed candle of it yet" : "there are no candles yet",
      series_name(series.key),
      {}};
  if (is_empty && series.left_at.is_never() && !std::exchange(series.is_told_empty, true))
    send(observer_, AlertRaised{"data.none", to_string(none), none.place});
  send(waiter.reply_to,
       ViewReady{waiter.ticket, tl::unexpected(waiter.error.value_or(none)), is_empty});
}

// The series with its longer ones and what the rules say of them: made when one of these changed.
// One that lacks a longer candle is waited for by the bots that read it, in their turns.
std::shared_ptr<const MarketView> MarketDataActor::view_for(Series& series) {
  if (series.higher.empty() && series.rules.empty()) return series.view;
  std::vector<std::shared_ptr<const MarketView>> longer;
  for (const std::uint64_t index : series.higher)
    if (series_[index].view) longer.push_back(series_[index].view);
  std::sort(longer.begin(), longer.end(),
            [](const auto& a, const auto& b) { return a->timeframe < b->timeframe; });
  if (series.shown_view == series.view && series.shown->higher == longer) return series.shown;
  MarketView view = *series.view;
  view.higher = std::move(longer);
  if (!series.rules.empty()) view.rules = series.rules.evaluate(view);
  series.shown = std::make_shared<const MarketView>(std::move(view));
  series.shown_view = series.view;
  return series.shown;
}

void MarketDataActor::watch_lag(const Series& series, Duration age) {
  const SeriesKey& key = series.key;
  AlertLevel& level = lags_.try_emplace(key, data_age_).first->second;
  if (!series.left_at.is_never() && !level.is_raised()) return;
  const AlertChange change = level.update(static_cast<double>(age.count()), clock_.now());
  if (change == AlertChange::kNone) return;
  std::string name = series_name(key);
  if (change == AlertChange::kRaised)
    return send(observer_,
                AlertRaised{"data.stale", fmt::format("{} is {} old", name, humanize(age)), name});
  send(observer_, AlertRaised{"data.fresh", name + " is fresh again", name});
}

// -- for the operator

CacheTold MarketDataActor::told() const {
  CacheTold told{.series = {}, .hits = hits_, .fetches = fetches_};
  for (const Series& series : series_) {
    if (!series.view) continue;
    const MarketView& view = *series.view;
    told.series.push_back({.symbol = view.symbol,
                           .timeframe = view.timeframe,
                           .candles = view.series->candles().size(),
                           .gaps = view.gaps,
                           .last_close = view.last_close(),
                           .as_of = view.as_of,
                           .close = view.last_candle().close,
                           .is_asked = series.request != nullptr});
  }
  return told;
}

SeriesTold MarketDataActor::told(const AskSeries& ask) const {
  const auto found = index_.find({ask.symbol, ask.timeframe});
  return {found != index_.end() ? series_[found->second].view : nullptr};
}

}  // namespace botbox::actors
