// Funding: what holders of a perpetual pay one another at fixed moments, so that its price stays
// with the coin's. Where the rate is positive longs pay shorts, where it is negative shorts pay
// longs: rate * mark price * quantity held at that moment (Binance, "Introduction to Funding
// Rates"; Bybit, "Funding Fee Calculation").
//
// Pure, but for reading a file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/market/market_feed.hpp"

namespace botbox::exchange {

constexpr Duration kFundingInterval{8 * 3'600'000};

struct FundingRate {
  Timestamp at;
  Decimal rate;  // ratio of the position's worth

  bool operator==(const FundingRate&) const = default;
};

class FundingSchedule {
 public:
  // One rate at 00:00, 08:00 and 16:00 UTC, for ever.
  static FundingSchedule constant(Decimal rate);
  // Error kInvalidInput: not ascending, or a rate beyond 100 %.
  static Result<FundingSchedule> of(std::vector<FundingRate> rates);
  // A file with the header line "time_ms,rate" and a line per payment: UTC epoch milliseconds and
  // the ratio as decimal text, ascending. Errors: kIo, kInvalidInput with "file:line".
  static Result<FundingSchedule> load(const std::filesystem::path& path);
  // The same of a text; `name` is the place in errors.
  static Result<FundingSchedule> parse(const std::string& name, std::string_view text);

  // The first one after `after`; empty: there is none.
  std::optional<FundingRate> next(Timestamp after) const;

 private:
  Decimal constant_;
  std::vector<FundingRate> rates_;
  bool is_constant_ = false;
};

// What a position of `open` (signed: below zero is short) receives, negative when it pays; to
// 1e-12, half-even.
Notional funding_payment(Decimal open, Price mark, Decimal rate);

// The price at which funding is reckoned: of the base candle that opens at `at`, else of the newest
// close before, at most a month ago. Empty: there is none.
std::optional<Price> mark_price(MarketFeed& feed, const Symbol& symbol, Timestamp at);

}  // namespace botbox::exchange
