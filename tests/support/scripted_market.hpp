// A market of minutes that a test writes down, the same for every symbol.
#pragma once

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "exchange/market/market_feed.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::test {

// From `start` on one price for each minute, the last one for two hours more: flat candles, so that
// whatever is filled within a minute is filled at its price. Ten hours before it the candles reach
// 1 up and down and close at the first price, every other one 0.5 above: something moves.
class ScriptedMarket final : public exchange::MarketFeed {
 public:
  ScriptedMarket(std::vector<Symbol> symbols, Timestamp start,
                 const std::vector<std::string_view>& prices)
      : symbols_(std::move(symbols)) {
    constexpr int kBefore = 600;
    constexpr int kAfter = 120;
    const Price reach = Price::literal("1");
    for (int i = -kBefore; i < 0; ++i) {
      Candle candle = flat(start, i, Price::literal(prices.front()));
      if (i % 2 == 0) candle.close += Price::literal("0.5");
      candle.high = candle.close + reach;
      candle.low = candle.open - reach;
      candles_.push_back(candle);
    }
    const int written = static_cast<int>(prices.size());
    for (int i = 0; i < written + kAfter; ++i) {
      const auto at = static_cast<std::size_t>(std::min(i, written - 1));
      candles_.push_back(flat(start, i, Price::literal(prices[at])));
    }
  }

  std::vector<Symbol> symbols() const override { return symbols_; }
  std::optional<Timeframe> base_timeframe(const Symbol& symbol) const override {
    if (std::find(symbols_.begin(), symbols_.end(), symbol) == symbols_.end()) return std::nullopt;
    return Timeframe::minutes(1);
  }
  std::optional<Timestamp> first_open(const Symbol&) const override {
    return candles_.front().open_time;
  }
  std::optional<Timestamp> last_open(const Symbol&) const override {
    return candles_.back().open_time;
  }
  std::optional<Candle> candle_at(const Symbol& symbol, Timestamp open_time) override {
    const auto next = next_candle(symbol, open_time);
    return next && next->open_time == open_time ? next : std::nullopt;
  }
  std::optional<Candle> next_candle(const Symbol&, Timestamp from) override {
    const auto at = std::find_if(candles_.begin(), candles_.end(),
                                 [&](const Candle& candle) { return candle.open_time >= from; });
    return at == candles_.end() ? std::nullopt : std::optional<Candle>(*at);
  }
  std::vector<Candle> candles(const Symbol&, Timeframe timeframe,
                              exchange::CandleRange range) override {
    std::vector<Candle> found = exchange::aggregate(candles_, timeframe);
    std::erase_if(found, [&](const Candle& candle) {
      return candle.open_time < range.from || candle.open_time >= range.to;
    });
    if (found.size() > range.limit)
      found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(range.limit));
    return found;
  }

 private:
  static Candle flat(Timestamp start, int minute, Price price) {
    const Timestamp open_time = start + Duration{60'000} * minute;
    return {open_time, price, price, price, price, Quantity::literal("10")};
  }

  std::vector<Symbol> symbols_;
  std::vector<Candle> candles_;  // ascending, without holes
};

// Of all symbols of paper_config(), from the start of an engine that is told no other.
inline std::shared_ptr<ScriptedMarket> scripted_market(
    const std::vector<std::string_view>& prices) {
  std::vector<Symbol> symbols;
  for (const exchange::PaperInstrument& listed : paper_config().instruments)
    symbols.push_back(listed.instrument.symbol);
  return std::make_shared<ScriptedMarket>(std::move(symbols), actors::VirtualEngineOptions{}.start,
                                          prices);
}

// Nothing costs anything, so that what is filled is filled at the prices of the minutes.
inline exchange::PaperConfig paper_config_without_costs() {
  exchange::PaperConfig config = paper_config();
  config.taker_fee = config.maker_fee = config.slippage = {};
  return config;
}

}  // namespace botbox::test
