// The JSON of the paper exchange's HTTP face. Decimals are text and never become double; times are
// epoch milliseconds; cursors are text (they exceed 2^53). Writers and parsers of both sides.
//
//   order    {"client_id","symbol","side","type","quantity","limit"?,"trigger"?,"reduce_only"?,
//             "group"?,"stop_loss"?:{"client_id","trigger"},"take_profit"?:{...}}
//   report   {"client_id","order_id","symbol","status","quantity","filled","message","updated_at",
//             "fills":[{"id","side","price","quantity","fee","at"}]}
//   error    {"error":{"code","message","place","fix"}}, codes as in engine/result.hpp
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/exchange.hpp"
#include "exchange/faults/order_ledger.hpp"

namespace botbox::exchange::paper_codec {

std::string write_order(const OrderRequest& order);
std::string write_report(const OrderReport& report);
std::string write_found(const std::optional<OrderReport>& report);  // {"order":report or null}
std::string write_updates(const OrderUpdates& updates);
std::string write_instruments(const std::vector<Instrument>& instruments);
std::string write_candles(const std::vector<Candle>& candles);
std::string write_balances(const std::vector<Balance>& balances);
std::string write_ledger(const std::map<ClientOrderId, LedgerEntry>& entries);
std::string write_error(const Error& error);

// Error kInvalidInput names the field. What a client sends is not trusted.
Result<OrderRequest> parse_order(std::string_view json);
Result<OrderReport> parse_report(std::string_view json);
Result<std::optional<OrderReport>> parse_found(std::string_view json);
Result<OrderUpdates> parse_updates(std::string_view json);
Result<std::vector<Instrument>> parse_instruments(std::string_view json);
Result<std::vector<Candle>> parse_candles(std::string_view json);
Result<std::vector<Balance>> parse_balances(std::string_view json);
Result<std::map<ClientOrderId, LedgerEntry>> parse_ledger(std::string_view json);
// The error inside an error document; kOutcomeUnknown if it is none: then nobody knows what it
// means.
Error parse_error(std::string_view json);

}  // namespace botbox::exchange::paper_codec
