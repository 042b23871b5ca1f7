// IndicatorTable: for one series, every indicator that some bot wants, computed once per closed candle
// and shared by all bots. The table that a MarketView holds never changes; the running state behind it
// belongs to the market-data cache.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/model/candle.hpp"
#include "engine/strategy/indicators.hpp"

namespace botbox {

// The newest values of one indicator; [0] belongs to the newest candle, [1] to the one before.
struct IndicatorHistory {
  static constexpr std::size_t kDepth = 4;
  std::array<IndicatorValue, kDepth> recent{};

  const IndicatorValue& now() const { return recent[0]; }
  const IndicatorValue& before() const { return recent[1]; }
};

class IndicatorTable {
 public:
  struct Row {
    IndicatorSpec spec;
    IndicatorHistory history;
  };

  explicit IndicatorTable(std::vector<Row> sorted_rows) : rows_(std::move(sorted_rows)) {}

  // Null when nobody asked for it before the view was made.
  const IndicatorHistory* find(const IndicatorSpec& spec) const;
  std::span<const Row> rows() const { return rows_; }

 private:
  std::vector<Row> rows_;  // sorted by spec
};

// The running indicators of one series.
class IndicatorEngine {
 public:
  // From now on these are computed too. New ones are computed over the candles at the next table().
  void want(std::span<const IndicatorSpec> specs);
  bool has(std::span<const IndicatorSpec> specs) const;

  // The table at the newest candle of the series. Only candles newer than at the last call are folded
  // in, unless the series changed further back (`revised`): then everything is computed anew.
  std::shared_ptr<const IndicatorTable> table(const CandleSeries& series, bool revised);

  // Candle updates computed since the start, over all indicators: what tests count.
  std::uint64_t computations() const { return computations_; }

 private:
  struct Running {
    Indicator indicator;
    IndicatorHistory history;
    Timestamp folded_to;  // open time of the newest candle folded in
  };
  void fold(Running& running, const CandleSeries& series);

  std::vector<Running> running_;  // sorted by spec
  std::uint64_t computations_ = 0;
};

}  // namespace botbox
