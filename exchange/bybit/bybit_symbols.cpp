#include <array>
#include <cctype>

#include "exchange/bybit/bybit_codec.hpp"
#include "exchange/bybit/bybit_intervals.hpp"

namespace botbox::exchange::bybit {
namespace {

// Quote coins of the spot market, longer names before their endings.
constexpr std::array<std::string_view, 14> kSpotQuotes{"USDT", "USDC", "USDE", "USDQ", "USD1",
                                                       "USDR", "EUR",  "BTC",  "ETH",  "DAI",
                                                       "BRL",  "TRY",  "PLN",  "MNT"};

bool is_coin(std::string_view text) {
  if (text.empty() || text.size() > 20) return false;
  for (const char c : text)
    if (std::isupper(static_cast<unsigned char>(c)) == 0 &&
        std::isdigit(static_cast<unsigned char>(c)) == 0)
      return false;
  return true;
}

}  // namespace

Result<std::string> venue_symbol(MarketType market, const Symbol& symbol) {
  const std::string_view text = symbol.value;
  const std::size_t slash = text.find('/');
  const std::size_t colon = text.find(':');
  const bool linear = colon != std::string_view::npos;
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kInvalidInput, fmt::format("'{}' {}", symbol.value, why), "Bybit",
                market == MarketType::kSpot ? "write BTC/USDT" : "write BTC/USDT:USDT");
  };
  if (slash == std::string_view::npos || (linear && colon < slash))
    return refuse("is not a unified symbol");
  const std::string_view base = text.substr(0, slash);
  const std::string_view quote = text.substr(slash + 1, linear ? colon - slash - 1 : text.npos);
  if (!is_coin(base) || !is_coin(quote)) return refuse("is not a unified symbol");
  if (linear != (market == MarketType::kLinear)) return refuse("is of another market");
  if (linear && (quote != "USDT" || text.substr(colon + 1) != "USDT"))
    return refuse("is not settled in USDT");
  return fmt::format("{}{}", base, quote);
}

Symbol unified_symbol(MarketType market, std::string_view name) {
  const auto split = [&](std::string_view quote) {
    return name.size() > quote.size() && name.ends_with(quote) &&
           is_coin(name.substr(0, name.size() - quote.size()));
  };
  if (market == MarketType::kLinear) {
    if (!split("USDT")) return {std::string(name)};
    return {fmt::format("{}/USDT:USDT", name.substr(0, name.size() - 4))};
  }
  for (const std::string_view quote : kSpotQuotes)
    if (split(quote))
      return {fmt::format("{}/{}", name.substr(0, name.size() - quote.size()), quote)};
  return {std::string(name)};
}

Result<std::string_view> interval_of(Timeframe timeframe) {
  if (const auto name = interval_name(timeframe)) return *name;
  return fail(ErrorCode::kInvalidInput,
              fmt::format("Bybit has no candles of {}", to_string(timeframe)), "timeframe",
              std::string(kIntervalFix));
}

}  // namespace botbox::exchange::bybit
