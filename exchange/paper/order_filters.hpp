// The filters of an instrument, applied to a request. Error kRejected, its message begins with a
// code: FILTER_QUANTITY, FILTER_LOT, FILTER_MIN_QUANTITY, FILTER_MAX_QUANTITY, FILTER_PRICE,
// FILTER_TICK, FILTER_NOTIONAL, FILTER_ATTACHED.
#pragma once

#include "engine/model/instrument.hpp"
#include "engine/model/order.hpp"
#include "engine/result.hpp"

namespace botbox::exchange {

// Whether the order closes all that is open of its group: then it may be as small as what is left.
enum class ClosesGroup { kNo, kYes };

// `reference`: the expected price of a market order.
Result<void> check_filters(const Instrument& instrument, const OrderRequest& order, Price reference,
                           ClosesGroup closes);

}  // namespace botbox::exchange
