#include "tools/botbox/candle_download.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "engine/limits/rate_limiter.hpp"

namespace botbox::cli {
namespace {

constexpr std::size_t kRequestsPerSave = 50;
constexpr int kTries = 4;
constexpr Duration kRetryPause{2'000};
constexpr std::int64_t kShare = 4;  // of the published limits, one part in so many

Timestamp ceiling(Timeframe timeframe, Timestamp at) {
  const Timestamp floor = timeframe.floor(at);
  return floor == at ? floor : floor + timeframe.duration();
}

void pause_for(Duration time) { std::this_thread::sleep_for(time); }

// Permits at a venue's published pace, and its signals.
class Pacer {
 public:
  Pacer(exchange::VenueApi& api, const Clock& clock) : clock_(clock), limiter_(config_of(api)) {}

  Result<Permit> next(const PermitRequest& request) {
    while (true) {
      Duration wait{0};
      {
        const std::lock_guard lock(mutex_);
        const Timestamp now = clock_.now();
        const AcquireResult got = limiter_.acquire(now, request);
        // No promise of this process outlives it: there is nothing to write down.
        if (const auto state = limiter_.state_to_save(now)) limiter_.on_saved();
        if (got) return *got;
        if (got.error().reason == DenialReason::kTooLarge)
          return fail(ErrorCode::kRateLimited, "one request is more than the limits allow",
                      got.error().window);
        if (got.error().reason != DenialReason::kNotReserved)
          wait = std::max(Duration{50}, got.error().retry_at - now);
      }
      if (wait > Duration{0}) pause_for(wait);
    }
  }
  void on_stop(std::optional<Duration> retry_after) {
    const std::lock_guard lock(mutex_);
    limiter_.on_rate_limited(clock_.now(), retry_after);
  }

 private:
  static RateLimiterConfig config_of(const exchange::VenueApi& api) {
    RateLimiterConfig config;
    config.windows = api.limits();
    for (LimitWindow& window : config.windows)
      window.limit = std::max<std::int64_t>(1, window.limit / kShare);
    return config;
  }

  const Clock& clock_;
  std::mutex mutex_;
  RateLimiter limiter_;
};

bool may_be_repeated(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kRateLimited ||
         error.code == ErrorCode::kOutcomeUnknown || error.code == ErrorCode::kTimeout;
}

// One walk over what is missing.
class Download {
 public:
  Download(exchange::CandleFile& file, const Symbol& symbol, const CandleFetch& fetch,
           const DownloadOptions& options)
      : file_(file), symbol_(symbol), fetch_(fetch), options_(options) {}

  Result<DownloadReport> run() {
    const Timeframe timeframe = file_.timeframe();
    const Timestamp from = ceiling(timeframe, options_.range.from);
    const Timestamp to = ceiling(timeframe, options_.range.to);
    const std::size_t before = file_.candles().size();
    for (const CandleGap& gap : exchange::gaps_of(file_.candles(), timeframe, from, to))
      if (const auto filled = fill(gap); !filled) {
        // What came so far is not asked for again.
        BOTBOX_TRY(file_.save());
        return tl::unexpected<Error>(filled.error());
      }
    BOTBOX_TRY(file_.save());
    report_.added = file_.candles().size() - before;
    report_.gaps = exchange::gaps_of(file_.candles(), timeframe, from, to);
    return report_;
  }

 private:
  Result<void> fill(const CandleGap& gap) {
    const Duration step = file_.timeframe().duration() * options_.per_request;
    for (Timestamp at = gap.from; at < gap.to; at = at + step) {
      const Timestamp end = std::min(at + step, gap.to);
      BOTBOX_ASSIGN(std::vector<Candle> candles, fetch_({.symbol = symbol_,
                                                         .timeframe = file_.timeframe(),
                                                         .from = at,
                                                         .to = end,
                                                         .limit = options_.per_request}));
      std::erase_if(candles, [&](const Candle& candle) {
        return candle.open_time < at || candle.open_time >= end;
      });
      BOTBOX_TRY(file_.add(candles));
      if (++report_.requests % kRequestsPerSave == 0) BOTBOX_TRY(file_.save());
      if (options_.on_progress) options_.on_progress(end, file_.candles().size());
    }
    return {};
  }

  exchange::CandleFile& file_;
  const Symbol& symbol_;
  const CandleFetch& fetch_;
  const DownloadOptions& options_;
  DownloadReport report_;
};

}  // namespace

Result<DownloadReport> download_candles(exchange::CandleFile& file, const Symbol& symbol,
                                        const CandleFetch& fetch, const DownloadOptions& options) {
  return Download(file, symbol, fetch, options).run();
}

CandleFetch paced_fetch(exchange::VenueApi& api, const Clock& clock) {
  const auto pacer = std::make_shared<Pacer>(api, clock);
  api.set_signals({.on_counter = [](std::string_view, std::int64_t) {},
                   .on_stop = [pacer](std::optional<Duration> after) { pacer->on_stop(after); },
                   .further_permit = {}});
  return [pacer, &api](const exchange::CandleQuery& query) -> Result<std::vector<Candle>> {
    for (int attempt = 1;; ++attempt) {
      BOTBOX_ASSIGN(const Permit permit,
                    pacer->next(api.cost(exchange::VenueCall::kCandles, query.limit)));
      auto promise = std::make_shared<std::promise<Result<std::vector<Candle>>>>();
      auto answer = promise->get_future();
      api.candles(permit, query, [promise](Result<std::vector<Candle>> result) {
        promise->set_value(std::move(result));
      });
      auto candles = answer.get();
      if (candles || !may_be_repeated(candles.error()) || attempt == kTries) return candles;
      pause_for(kRetryPause * attempt);
    }
  };
}

}  // namespace botbox::cli
