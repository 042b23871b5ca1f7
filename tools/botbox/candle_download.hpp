// Fills a candle file from a venue: what is there is not asked for again, what is missing is.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/clock.hpp"
#include "engine/statistics/trade_statistics.hpp"
#include "exchange/exchange.hpp"
#include "exchange/market/candle_file.hpp"
#include "exchange/venue/venue_api.hpp"

namespace botbox::cli {

// Answers a query as VenueApi::candles does.
using CandleFetch = std::function<Result<std::vector<Candle>>(const exchange::CandleQuery&)>;

struct DownloadOptions {
  TimeRange range;                   // open times from <= t < to; cut to the grid inwards
  std::uint32_t per_request = 1000;  // >= 1
  // Told after each request; null: nobody is.
  std::function<void(Timestamp reached, std::size_t candles)> on_progress;
};

struct DownloadReport {
  std::size_t requests = 0;
  std::size_t added = 0;
  std::vector<CandleGap> gaps;  // that the venue does not fill, of the range
};

// Asks for every stretch of the range that `file` lacks, oldest first, and saves as it goes: after
// an error, or a crash, the same call goes on where this one ended. Candles outside of the query
// are dropped. Errors: those of `fetch` and of the file.
Result<DownloadReport> download_candles(exchange::CandleFile& file, const Symbol& symbol,
                                        const CandleFetch& fetch, const DownloadOptions& options);

// Asks a venue, waiting for its limits: at most a quarter of what it publishes, as an engine may
// trade at the same address. What failed on the way is asked again, a few times. `api` is used by
// nobody else and outlives the fetch, which gives up its signals.
CandleFetch paced_fetch(exchange::VenueApi& api, const Clock& clock);

}  // namespace botbox::cli
