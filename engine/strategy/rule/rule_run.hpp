// RuleRun: a rule strategy over candles one by one, without an engine around it: for sweeps,
// benchmarks and the proof that the engine's way gives the same decisions. Longer timeframes are
// built from the candles given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/strategy/rule/rule_strategy.hpp"

namespace botbox::rule {

class RuleRun {
 public:
  RuleRun(std::shared_ptr<const RuleStrategy> strategy, MarketType market);

  // The next closed candle of the strategy's timeframe; open times ascend. Candles may be missing.
  // Nothing is proposed before all inputs have had their candles.
  RuleStrategy::Step update(const Bar& bar);
  bool is_warm() const { return is_warm_; }
  // Of the newest candle.
  std::span<const double> slots() const { return slots_; }

 private:
  // A number that inputs read, with as much of its past as they need.
  struct Line {
    InputKind kind = InputKind::kCandle;
    BarInput field = BarInput::kClose;
    std::size_t indicator = 0;  // index into Frame::indicators
    std::uint8_t output = 0;
    std::vector<double> past;  // a ring
  };
  // One timeframe.
  struct Frame {
    Timeframe timeframe;
    std::vector<Indicator> indicators;
    std::vector<Line> lines;
    std::uint64_t candles = 0;
    Timestamp close;  // of the newest candle
    // Higher timeframes only:
    Bar forming;
    bool is_forming = false;
    std::vector<std::uint64_t> counts;  // a ring: candles at each base candle; 0: not aligned
  };
  struct Source {
    std::size_t frame = 0;
    std::size_t line = 0;
    std::uint16_t back = 0;
    std::uint16_t as_of = 0;
    std::uint64_t needed = 1;  // candles of its timeframe
  };

  std::size_t frame_of(Timeframe timeframe);
  void take(Frame& frame, const Bar& bar, Timestamp close);
  void take_higher(Frame& frame, const Bar& bar);
  // Candles of its timeframe at the moment that the source is about; 0: not aligned then.
  std::uint64_t candles_of(const Source& source) const;
  double value_of(const Source& source) const;

  std::shared_ptr<const RuleStrategy> strategy_;
  MarketType market_;
  std::vector<Frame> frames_;    // the strategy's own first
  std::vector<Source> sources_;  // of the program's inputs
  std::vector<double> slots_;
  std::uint64_t steps_ = 0;
  int longest_as_of_ = 0;
  bool is_warm_ = false;
};

}  // namespace botbox::rule
