#include "tests/exchange/simulator/sim_market.hpp"

#include <fmt/format.h>

#include <sstream>

namespace botbox::exchange::testing {

void add_minutes(TableMarket& market, const std::vector<std::string>& minutes) {
  std::vector<std::string> rows(30, "100 101 99 100");
  rows.insert(rows.end(), minutes.begin(), minutes.end());
  std::istringstream last(rows.back());
  std::string open, high, low, close;
  last >> open >> high >> low >> close;
  rows.resize(rows.size() + 120, fmt::format("{0} {0} {0} {0}", close));
  for (const Symbol& symbol : {kSimSpot, kSimLinear}) market.add(symbol, rows);
}

std::vector<sim::Listing> sim_listings() {
  std::vector<sim::Listing> listings;
  for (const Symbol& symbol : {kSimSpot, kSimLinear}) {
    sim::Listing listing;
    listing.instrument = instrument(symbol.value, "0.01", "0.001");
    listing.instrument.min_quantity = Quantity::literal("0.001");
    listing.instrument.max_quantity = Quantity::literal("100000000");
    listing.instrument.min_notional = Notional::literal("5");
    listings.push_back(listing);
  }
  return listings;
}

}  // namespace botbox::exchange::testing
