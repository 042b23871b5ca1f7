// The contract that every Exchange passes, whatever stands behind it.
//
// It is about one Exchange object's life. Behind a real venue a later life may find a client id
// free again where the venue forgets ids of final orders, and knows attached orders only from
// VenueExchange::adopt.
#pragma once

#include <functional>

#include "exchange/exchange.hpp"

namespace botbox::exchange::testing {

// A venue ready for trading. `symbol` must trade at `now`, with prices from 50 to 200, lot 0.001,
// tick 0.01, no maximum below 1e8, a minimum notional of at most 5, fees in quote currency, and
// enough of it for 100 base; enough history for ten closed minutes.
struct ContractVenue {
  Exchange& exchange;
  Symbol symbol;
  Timestamp now;
  std::string base_asset;
  std::string quote_asset;
  MarketType market = MarketType::kSpot;  // linear: fills move no coins, only fees
};

// Each call of `make` gives a fresh venue that lives until the next call.
void run_exchange_contract(const std::function<ContractVenue()>& make);

}  // namespace botbox::exchange::testing
