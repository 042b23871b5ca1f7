#include "tests/exchange/fixture.hpp"

#include <sstream>

namespace botbox::exchange::testing {

void TableMarket::add(const Symbol& symbol, const std::vector<std::string>& rows) {
  Timestamp at = kStart;
  auto& candles = candles_[symbol];
  for (const std::string& row : rows) {
    std::istringstream in(row);
    std::string open, high, low, close, volume = "1000";
    if (row != "-") {
      in >> open >> high >> low >> close >> volume;
      candles[at] = {at,
                     Price::literal(open),
                     Price::literal(high),
                     Price::literal(low),
                     Price::literal(close),
                     Quantity::literal(volume.empty() ? "1000" : volume)};
    }
    at = at + kMinute;
  }
}

std::vector<Symbol> TableMarket::symbols() const {
  std::vector<Symbol> out;
  for (const auto& [symbol, unused] : candles_) out.push_back(symbol);
  return out;
}

std::optional<Timeframe> TableMarket::base_timeframe(const Symbol& symbol) const {
  if (!candles_.contains(symbol)) return std::nullopt;
  return Timeframe::minutes(1);
}

std::optional<Timestamp> TableMarket::first_open(const Symbol& symbol) const {
  return candles_.at(symbol).begin()->first;
}

std::optional<Timestamp> TableMarket::last_open(const Symbol& symbol) const {
  return candles_.at(symbol).rbegin()->first;
}

std::optional<Candle> TableMarket::candle_at(const Symbol& symbol, Timestamp open_time) {
  const auto& of_symbol = candles_.at(symbol);
  const auto it = of_symbol.find(open_time);
  if (it == of_symbol.end()) return std::nullopt;
  return it->second;
}

std::optional<Candle> TableMarket::next_candle(const Symbol& symbol, Timestamp from) {
  const auto& of_symbol = candles_.at(symbol);
  const auto it = of_symbol.lower_bound(from);
  if (it == of_symbol.end()) return std::nullopt;
  return it->second;
}

std::vector<Candle> TableMarket::candles(const Symbol& symbol, Timeframe timeframe,
                                         CandleRange range) {
  std::vector<Candle> parts;
  for (const auto& [at, candle] : candles_.at(symbol))
    if (timeframe.floor(at) >= range.from && timeframe.floor(at) < range.to)
      parts.push_back(candle);
  std::vector<Candle> out = aggregate(parts, timeframe);
  if (out.size() > range.limit)
    out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(range.limit));
  return out;
}

}  // namespace botbox::exchange::testing
