#include "engine/market/indicator_table.hpp"

#include <algorithm>

namespace botbox {
namespace {

Bar bar_of(const Candle& candle) {
  return {.open = to_double_for_indicator(candle.open.value),
          .high = to_double_for_indicator(candle.high.value),
          .low = to_double_for_indicator(candle.low.value),
          .close = to_double_for_indicator(candle.close.value),
          .volume = to_double_for_indicator(candle.volume.value)};
}

}  // namespace

const IndicatorHistory* IndicatorTable::find(const IndicatorSpec& spec) const {
  const auto at = std::lower_bound(rows_.begin(), rows_.end(), spec,
                                   [](const Row& row, const IndicatorSpec& s) { return row.spec < s; });
  return at != rows_.end() && at->spec == spec ? &at->history : nullptr;
}

void IndicatorEngine::want(std::span<const IndicatorSpec> specs) {
  for (const IndicatorSpec& spec : specs) {
    const auto at = std::lower_bound(
        running_.begin(), running_.end(), spec,
        [](const Running& r, const IndicatorSpec& s) { return r.indicator.spec() < s; });
    if (at != running_.end() && at->indicator.spec() == spec) continue;
    running_.insert(at, Running{Indicator(spec), {}, {}});
  }
}

bool IndicatorEngine::has(std::span<const IndicatorSpec> specs) const {
  return std::all_of(specs.begin(), specs.end(), [&](const IndicatorSpec& spec) {
    return std::any_of(running_.begin(), running_.end(),
                       [&](const Running& r) { return r.indicator.spec() == spec; });
  });
}

void IndicatorEngine::fold(Running& running, const CandleSeries& series) {
  const std::vector<Candle>& candles = series.candles();
  const auto first = std::upper_bound(
      candles.begin(), candles.end(), running.folded_to,
      [](Timestamp at, const Candle& candle) { return at < candle.open_time; });
  for (auto candle = first; candle != candles.end(); ++candle) {
    auto& recent = running.history.recent;
    std::shift_right(recent.begin(), recent.end(), 1);
    recent[0] = running.indicator.update(bar_of(*candle));
    running.folded_to = candle->open_time;
    ++computations_;
  }
}

std::shared_ptr<const IndicatorTable> IndicatorEngine::table(const CandleSeries& series,
                                                             bool revised) {
  std::vector<IndicatorTable::Row> rows;
  rows.reserve(running_.size());
  for (Running& running : running_) {
    if (revised) running = Running{Indicator(running.indicator.spec()), {}, {}};
    fold(running, series);
    rows.push_back({running.indicator.spec(), running.history});
  }
  return std::make_shared<const IndicatorTable>(std::move(rows));
}

}  // namespace botbox
