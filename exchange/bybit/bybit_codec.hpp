// Reading Bybit v5 replies: pure functions of the body. Names and shapes are those of the venue's
// API documentation; amounts are read from their text and never pass through double.
//
// Every function but parse_head expects a reply whose retCode is 0. Empty text and null mean "not
// told", as the venue uses them ("avgPrice": "", "liqPrice": ""). What must be there and is not, or
// makes no sense, is the error kInvalidInput that names the field. Amounts the venue computes
// (averages, values, fees, balances, profits) may have more than our 12 places; what lies beyond is
// cut off. Prices and quantities of orders and executions are read exactly or not at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/candle.hpp"
#include "exchange/exchange.hpp"
#include "exchange/venue/venue_types.hpp"

namespace botbox::exchange::bybit {

// "BTC/USDT" -> "BTCUSDT", "BTC/USDT:USDT" -> "BTCUSDT". Error kInvalidInput: of another market,
// or not settled in USDT.
Result<std::string> venue_symbol(MarketType market, const Symbol& symbol);
// "BTCUSDT" -> "BTC/USDT" or "BTC/USDT:USDT". What cannot be split (dated futures, rare quotes)
// keeps the venue's name, so that it stays visible.
Symbol unified_symbol(MarketType market, std::string_view name);
// Error kInvalidInput: 8h and 3d, which Bybit does not have.
Result<std::string_view> interval_of(Timeframe timeframe);

// The part that all replies have.
struct ReplyHead {
  std::int64_t code = 0;
  std::string message;
  Timestamp time;  // "never" where it is missing or absurd

  bool operator==(const ReplyHead&) const = default;
};
Result<ReplyHead> parse_head(std::string_view body);

template <class T>
struct Page {
  std::vector<T> items;
  std::size_t rows = 0;     // as sent; more than items where some are none of ours
  std::string next_cursor;  // empty: the last page

  bool operator==(const Page&) const = default;
};

struct Acknowledgement {
  OrderId order_id;
  ClientOrderId client_id;  // may be empty

  bool operator==(const Acknowledgement&) const = default;
};

struct AccountSettings {
  std::int64_t unified_status = 0;  // 1: classic account
  std::string margin_mode;          // "REGULAR_MARGIN"

  bool operator==(const AccountSettings&) const = default;
};

Result<Timestamp> parse_server_time(std::string_view body);
// Of status Trading; linear: perpetuals that are quoted and settled in USDT. Those whose filters
// cannot be read are left out: without its grid nothing can be traded.
Result<Page<Instrument>> parse_instruments(MarketType market, std::string_view body);
// Ascending.
Result<std::vector<Candle>> parse_candles(std::string_view body);
Result<Ticker> parse_ticker(MarketType market, std::string_view body);
// free + locked is the venue's walletBalance. Locked: by spot orders, and as initial margin of
// orders and positions as far as the coin itself covers it.
Result<std::vector<Balance>> parse_balances(std::string_view body);
// Those that are open.
Result<Page<VenuePosition>> parse_positions(std::string_view body);
Result<Page<VenueOrder>> parse_orders(MarketType market, std::string_view body);
// Ascending; trades alone, no funding or settlement. The coin of the fee is empty where neither
// the venue nor the symbol tells it.
Result<Page<VenueExecution>> parse_executions(MarketType market, std::string_view body);
// Of account/transaction-log. Ascending; entries that are not about funding are left out.
Result<Page<VenueFunding>> parse_funding(std::string_view body);
// Of market/tickers. Those that tell no next payment are left out.
Result<std::vector<FundingTime>> parse_funding_times(std::string_view body);
Result<Acknowledgement> parse_acknowledgement(std::string_view body);
// can_trade, can_withdraw, account_type and notes.
Result<AccountFacts> parse_api_key(MarketType market, std::string_view body);
Result<AccountSettings> parse_account_settings(std::string_view body);
// By positionIdx of the reply to position/list; empty where it lists nothing.
Result<std::optional<PositionMode>> parse_position_mode(std::string_view body);
// set-margin-mode tells its reasons beside a retCode; "" where there are none.
std::string parse_reasons(std::string_view body);

}  // namespace botbox::exchange::bybit
