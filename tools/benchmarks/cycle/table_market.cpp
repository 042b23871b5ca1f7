#include "tools/benchmarks/cycle/table_market.hpp"

#include <algorithm>

namespace botbox::bench {
namespace {

constexpr Timeframe kTimeframe = Timeframe::minutes(5);

// In cents: a triangle of 1.00 around 100.00, in a phase of its own for each symbol.
std::int64_t cents(std::size_t symbol, std::size_t i) {
  const auto step = static_cast<std::int64_t>((i * 7 + symbol * 13) % 200);
  return 10'000 + (step < 100 ? step : 200 - step) - 50;
}

Price price(std::int64_t cents_of_it) {
  return {Decimal::from_units(Decimal::from_int(cents_of_it).units() / 100)};
}

Candle candle(std::size_t symbol, std::size_t i, Timestamp open_time) {
  const std::int64_t open = cents(symbol, i);
  const std::int64_t close = cents(symbol, i + 1);
  return {open_time,
          price(open),
          price(std::max(open, close) + 1),
          price(std::min(open, close) - 1),
          price(close),
          Quantity{Decimal::from_int(1'000'000)}};
}

}  // namespace

TableMarket::TableMarket(std::vector<Symbol> symbols, Timestamp first, std::size_t count)
    : symbols_(std::move(symbols)), first_(first), count_(count) {
  std::sort(symbols_.begin(), symbols_.end());
  for (std::size_t s = 0; s < symbols_.size(); ++s) {
    std::vector<Candle>& table = tables_.emplace_back();
    table.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
      table.push_back(candle(s, i, first + kTimeframe.duration() * static_cast<std::int64_t>(i)));
  }
}

const std::vector<Candle>* TableMarket::find(const Symbol& symbol) const {
  const auto at = std::lower_bound(symbols_.begin(), symbols_.end(), symbol);
  if (at == symbols_.end() || *at != symbol) return nullptr;
  return &tables_[static_cast<std::size_t>(at - symbols_.begin())];
}

std::size_t TableMarket::index(Timestamp at) const {
  if (at <= first_) return 0;
  const std::int64_t passed = (at - first_).count();
  const std::int64_t candles = (passed + kTimeframe.ms() - 1) / kTimeframe.ms();
  return std::min(count_, static_cast<std::size_t>(candles));
}

std::optional<Timeframe> TableMarket::base_timeframe(const Symbol& symbol) const {
  return find(symbol) == nullptr ? std::nullopt : std::optional(kTimeframe);
}

std::optional<Timestamp> TableMarket::first_open(const Symbol& symbol) const {
  return find(symbol) == nullptr ? std::nullopt : std::optional(first_);
}

std::optional<Timestamp> TableMarket::last_open(const Symbol& symbol) const {
  const std::vector<Candle>* table = find(symbol);
  return table == nullptr ? std::nullopt : std::optional(table->back().open_time);
}

std::optional<Candle> TableMarket::candle_at(const Symbol& symbol, Timestamp open_time) {
  std::optional<Candle> next = next_candle(symbol, open_time);
  if (!next || next->open_time != open_time) return std::nullopt;
  return next;
}

std::optional<Candle> TableMarket::next_candle(const Symbol& symbol, Timestamp from) {
  const std::vector<Candle>* table = find(symbol);
  const std::size_t at = index(from);
  if (table == nullptr || at == count_) return std::nullopt;
  return (*table)[at];
}

std::vector<Candle> TableMarket::candles(const Symbol& symbol, Timeframe timeframe,
                                         exchange::CandleRange range) {
  const std::vector<Candle>* table = find(symbol);
  if (table == nullptr || timeframe != kTimeframe) return {};
  const std::size_t to = index(range.to);
  std::size_t from = std::min(index(range.from), to);
  if (to - from > range.limit) from = to - range.limit;
  return {table->begin() + static_cast<std::ptrdiff_t>(from),
          table->begin() + static_cast<std::ptrdiff_t>(to)};
}

}  // namespace botbox::bench
