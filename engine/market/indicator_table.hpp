// IndicatorTable and SharedIndicators: each indicator of a series is computed once per new candle,
// and read by all bots.
//
// A value is the fold of all candles since the first one fed. EMA, RSI and ATR forget their start
// only gradually, so a table that has run for long and one that starts from the last 500 candles
// agree approximately (see engine/strategy/indicators.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/model/candle.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"
#include "engine/strategy/indicators.hpp"

namespace botbox {

// Immutable.
class IndicatorTable {
 public:
  // Newest first: [0] is of the newest candle, [1] of the one before (crossings compare the two).
  // At most kHistory values, fewer in a shorter series; empty when `spec` is not registered.
  static constexpr std::size_t kHistory = 24;
  std::span<const IndicatorValue> history(const IndicatorSpec& spec) const;
  // Of the newest candle; not ready when unknown or warming up.
  IndicatorValue latest(const IndicatorSpec& spec) const;

  // Close time of the newest candle; "never": no candle yet.
  Timestamp last_close() const { return last_close_; }
  std::size_t size() const { return rows_.size(); }

 private:
  friend class SharedIndicators;
  struct Row {
    IndicatorSpec spec;
    std::vector<IndicatorValue> newest_first;
  };
  std::vector<Row> rows_;  // ascending in spec
  Timestamp last_close_;
};

// The running indicators of one series; one owner.
class SharedIndicators {
 public:
  // A new one is computed over the present series at once. Registered already: no effect.
  // kInvalidInput: the spec is out of range.
  Result<void> add(const IndicatorSpec& spec);

  // The series as it is now. New candles at its end are fed to each indicator; when an older one
  // was revised or filled in, all are computed anew.
  void on_series(const std::shared_ptr<const CandleSeries>& series);

  std::shared_ptr<const IndicatorTable> table() const { return table_; }
  // How many candles were fed to indicators so far, over all of them.
  std::uint64_t computations() const { return computations_; }

 private:
  struct Running {
    Indicator indicator;
    std::vector<IndicatorValue> newest_first;
  };
  void feed(Running& running, std::span<const Candle> candles);
  void publish();

  std::shared_ptr<const CandleSeries> series_;
  std::vector<Running> running_;  // ascending in spec
  std::shared_ptr<const IndicatorTable> table_ = std::make_shared<IndicatorTable>();
  std::uint64_t computations_ = 0;
};

}  // namespace botbox
