#include "exchange/binance/binance_symbols.hpp"

#include <algorithm>

namespace botbox::exchange {
namespace {

std::string venue_name(std::string_view symbol) {
  std::string name(symbol.substr(0, symbol.find(':')));
  std::erase(name, '/');
  return name;
}

}  // namespace

Result<std::string> binance_symbol(const Symbol& symbol, MarketType market) {
  const bool unified = symbol.value.find('/') != std::string::npos;
  const bool linear = symbol.value.find(':') != std::string::npos;
  if (symbol.empty() || (unified && linear != (market == MarketType::kLinear)))
    return fail(ErrorCode::kInvalidInput,
                fmt::format("'{}' is no symbol of the {} market", symbol.value, to_string(market)));
  return venue_name(symbol.value);
}

Symbol guess_symbol(std::string_view name, MarketType market) {
  std::string text(name);
  if (market == MarketType::kLinear) text += ".P";
  if (const Result<SymbolParts> parts = parse_symbol(text);
      parts && venue_name(parts->unified.value) == name)
    return parts->unified;
  return {std::string(name)};
}

void BinanceSymbols::learn(const std::vector<Instrument>& instruments) {
  const std::lock_guard lock(mutex_);
  for (const Instrument& i : instruments) by_venue_name_[venue_name(i.symbol.value)] = i.symbol;
}

Symbol BinanceSymbols::unified(Symbol guess) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_venue_name_.find(venue_name(guess.value));
  return found == by_venue_name_.end() ? guess : found->second;
}

}  // namespace botbox::exchange
