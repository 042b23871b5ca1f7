// Reads Binance's replies, spot and USD-M. Pure: text in, values out, errors kInvalidInput.
//
// Symbols come out by guess_symbol(); who knows better maps them.
#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/model/candle.hpp"
#include "exchange/binance/binance_errors.hpp"
#include "exchange/exchange.hpp"
#include "exchange/venue/venue_types.hpp"

namespace botbox::exchange::binance_codec {

// Empty: not of the form {"code": ..., "msg": ...}.
std::optional<BinanceRefusal> parse_refusal(std::string_view json);

// The answer to a command that has nothing else to say: any JSON object or list.
Result<std::monostate> parse_acknowledgement(std::string_view json);

Result<Timestamp> parse_server_time(std::string_view json);
// Symbols that trade now: spot, or perpetuals whose margin is their quote currency. Filters for
// limit and market orders are joined, so that any order type passes them. A symbol without a usable
// tick and lot, or with numbers that no Decimal holds, is left out: one odd listing must not stop
// all others. Error: no symbol is left of some.
Result<std::vector<Instrument>> parse_instruments(std::string_view json, MarketType market);
Result<std::vector<Candle>> parse_candles(std::string_view json);
// USD-M's 24-hour ticker has no book: bid and ask stay zero.
Result<Ticker> parse_ticker(std::string_view json, MarketType market);

// GET /api/v3/account. Zero balances are left out, here and below.
Result<std::vector<Balance>> parse_spot_balances(std::string_view json);
// GET /fapi/v3/balance. free + locked is the wallet's balance: profit of open positions that could
// already be used as margin is not counted as free.
Result<std::vector<Balance>> parse_usdm_balances(std::string_view json);
// GET /fapi/v3/positionRisk. That endpoint tells neither leverage nor margin mode: they are found
// from the margins (rounded to a whole number; isolated where margin is set aside). Where an answer
// names them (v2), they are taken from there.
Result<std::vector<VenuePosition>> parse_positions(std::string_view json);

// GET /api/v3/account: "can withdraw" is a fact about the account, so it says something about the
// key only where it is false.
Result<AccountFacts> parse_spot_account(std::string_view json);
// GET /sapi/v1/account/apiRestrictions, as far as it is about this market.
Result<AccountFacts> parse_key_restrictions(std::string_view json, MarketType market);
// GET /fapi/v1/accountConfig
Result<AccountFacts> parse_usdm_account(std::string_view json);

// GET /fapi/v1/income. Ascending; income of other types is left out.
Result<std::vector<VenueFunding>> parse_funding(std::string_view json);
// GET /fapi/v1/premiumIndex of all symbols. Those that tell no next payment are left out.
Result<std::vector<FundingTime>> parse_funding_times(std::string_view json);

// One order, in any of the forms in which it is returned by placing, asking, cancelling, amending.
Result<VenueOrder> parse_order(std::string_view json, MarketType market);
Result<std::vector<VenueOrder>> parse_orders(std::string_view json, MarketType market);
// Spot: the orders of an order list, or the single order, that a reply reports. Placing an OCO and
// cancelling one of its legs are answered with the list.
Result<std::vector<VenueOrder>> parse_order_reports(std::string_view json);
Result<std::vector<VenueExecution>> parse_executions(std::string_view json, MarketType market);

// USD-M conditional ("algo") orders. Until one triggers, order_id is "algo-" and the algo id; then
// it is the id of the order that it became, under which its executions stand.
Result<VenueOrder> parse_algo_order(std::string_view json);
Result<std::vector<VenueOrder>> parse_algo_orders(std::string_view json);
inline constexpr std::string_view kAlgoIdPrefix = "algo-";
// DELETE /fapi/v1/algoOrder acknowledges and says nothing more: client id and order id.
Result<VenueOrder> parse_algo_cancelled(std::string_view json);

}  // namespace botbox::exchange::binance_codec
