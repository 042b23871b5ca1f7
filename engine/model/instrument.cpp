#include "engine/model/instrument.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <string>

namespace botbox {
namespace {

constexpr std::array<std::string_view, 10> kQuotes{"USDT", "USDC", "FDUSD", "BUSD", "TUSD",
                                                   "USD",  "EUR",  "BTC",   "ETH",  "BNB"};

std::string upper_without_exchange(std::string_view text) {
  std::string out;
  for (const char c : text)
    out.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  // "BINANCE:BTCUSDT" names an exchange; "BTC/USDT:USDT" a settlement currency.
  const std::size_t colon = out.find(':');
  const std::size_t slash = out.find('/');
  if (colon != std::string::npos && (slash == std::string::npos || colon < slash))
    out.erase(0, colon + 1);
  return out;
}

bool plain(std::string_view text) {
  if (text.empty() || text.size() > 20) return false;
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) return false;
  return true;
}

SymbolParts unify(std::string base, std::string quote, MarketType market) {
  std::string unified = base + "/" + quote;
  if (market == MarketType::kLinear) unified += ":" + quote;
  return {{std::move(unified)}, {std::move(base)}, {std::move(quote)}, market};
}

}  // namespace

Result<SymbolParts> parse_symbol(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::kInvalidInput, fmt::format("'{}' is not a symbol", text), {},
                "write BTC/USDT for spot or BTC/USDT:USDT for a linear perpetual");
  };
  std::string name = upper_without_exchange(text);
  MarketType market = MarketType::kSpot;
  if (name.size() > 2 && name.ends_with(".P")) {
    market = MarketType::kLinear;
    name.resize(name.size() - 2);
  }
  const std::size_t separator = name.find_first_of("/-");
  if (separator != std::string::npos) {
    std::string base = name.substr(0, separator);
    std::string quote = name.substr(separator + 1);
    if (const std::size_t colon = quote.find(':'); colon != std::string::npos) {
      if (quote.substr(colon + 1) != quote.substr(0, colon)) return bad();
      quote.resize(colon);
      market = MarketType::kLinear;
    }
    if (!plain(base) || !plain(quote)) return bad();
    return unify(std::move(base), std::move(quote), market);
  }
  for (const std::string_view quote : kQuotes) {
    if (name.size() <= quote.size() || !name.ends_with(quote)) continue;
    std::string base = name.substr(0, name.size() - quote.size());
    if (!plain(base)) return bad();
    return unify(std::move(base), std::string(quote), market);
  }
  return bad();
}

Quantity round_quantity(const Instrument& instrument, Quantity quantity) {
  return {round_to_step(quantity.value, instrument.lot.value, Rounding::kDown)};
}

Price round_price(const Instrument& instrument, Price price, OrderSide side) {
  const Rounding rounding = side == OrderSide::kBuy ? Rounding::kDown : Rounding::kUp;
  return {round_to_step(price.value, instrument.tick.value, rounding)};
}

std::string describe_change(const Instrument& before, const Instrument& after) {
  std::string text =
      fmt::format("tick {} to {}, lot {} to {}, minimum notional {} to {}", to_string(before.tick),
                  to_string(after.tick), to_string(before.lot), to_string(after.lot),
                  to_string(before.min_notional), to_string(after.min_notional));
  if (before.max_orders != after.max_orders)
    text += fmt::format(", most orders {} to {}", before.max_orders, after.max_orders);
  if (before.max_conditional_orders != after.max_conditional_orders)
    text += fmt::format(", most of them conditional {} to {}", before.max_conditional_orders,
                        after.max_conditional_orders);
  return text;
}

}  // namespace botbox
