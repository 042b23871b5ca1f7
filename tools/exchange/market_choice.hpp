// What botbox-exchange lists and where its candles come from.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exchange/market/market_feed.hpp"
#include "exchange/simulator/sim_types.hpp"

namespace botbox::cli {

struct MarketChoice {
  std::vector<std::string> symbols{"BTC/USDT", "ETH/USDT", "BTC/USDT:USDT", "ETH/USDT:USDT"};
  std::string csv;                  // empty: invented
  std::vector<std::string> venues;  // whose files in `csv`; empty: whichever a symbol has
  std::uint64_t seed = 1;
};

struct Market {
  std::unique_ptr<exchange::MarketFeed> feed;
  std::vector<exchange::sim::Listing> listings;
  Timestamp recorded_from;  // "never" for an invented market
};

// A symbol that was not recorded as linear takes the candles of its spot market and the reverse, so
// that one file serves all venues. Files that serve no symbol are not read.
Result<Market> open_market(const MarketChoice& choice);

}  // namespace botbox::cli
