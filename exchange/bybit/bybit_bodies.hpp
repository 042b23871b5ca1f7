// Writing Bybit v5 request bodies: pure. `name` is the venue's symbol. Prices and quantities go out
// as they are, in the venue's exact decimals.
#pragma once

#include <string>

#include "exchange/venue/venue_types.hpp"

namespace botbox::exchange::bybit {

// Which orders of the spot market a request is about; contracts are not divided.
enum class OrderFilter : std::uint8_t { kAll, kPlain, kConditional };

// Linear: one-way mode, levels attached for the order's own quantity (tpslMode Partial), triggers
// by the last price. Spot: market orders in base coin, conditional ones as StopOrder, which bind no
// coins before they fire; levels attached to limit orders.
std::string write_order(MarketType market, const std::string& name, const VenueOrderRequest& order);
std::string write_amend(MarketType market, const std::string& name, const AmendOrder& change);
std::string write_cancel(MarketType market, const std::string& name, const ClientOrderId& id,
                         OrderFilter filter);
std::string write_cancel_nameless(MarketType market, const std::string& name, const OrderId& id,
                                  OrderFilter filter);
// `name` empty: of the whole account.
std::string write_cancel_all(MarketType market, const std::string& name, OrderFilter filter);
std::string write_leverage(const std::string& name, Decimal leverage);
// kCross or kIsolated; of the whole account.
std::string write_margin_mode(MarginMode mode);

}  // namespace botbox::exchange::bybit
