#include "engine/strategy/rule/rule_run.hpp"

#include <algorithm>

#include "engine/strategy/indicator_registry.hpp"
#include "engine/strategy/rule/clock_inputs.hpp"

namespace botbox::rule {

RuleRun::RuleRun(std::shared_ptr<const RuleStrategy> strategy, MarketType market)
    : strategy_(std::move(strategy)), market_(market), slots_(strategy_->program().slots()) {
  frame_of(strategy_->timeframe());
  for (const Input& input : strategy_->program().inputs) {
    const std::size_t index = frame_of(input.timeframe);
    Frame& frame = frames_[index];
    Line line{.kind = input.kind, .field = input.field, .output = input.output};
    if (input.kind == InputKind::kIndicator) {
      const auto found =
          std::find_if(frame.indicators.begin(), frame.indicators.end(),
                       [&](const Indicator& running) { return running.spec() == input.spec; });
      line.indicator = static_cast<std::size_t>(found - frame.indicators.begin());
      if (found == frame.indicators.end()) frame.indicators.emplace_back(input.spec);
    }
    const auto same = std::find_if(frame.lines.begin(), frame.lines.end(), [&](const Line& other) {
      return other.kind == line.kind && other.output == line.output &&
             (line.kind == InputKind::kIndicator ? other.indicator == line.indicator
                                                 : other.field == line.field);
    });
    const auto at = static_cast<std::size_t>(same - frame.lines.begin());
    if (same == frame.lines.end()) frame.lines.push_back(std::move(line));
    std::vector<double>& past = frame.lines[at].past;
    // After a gap, one candle of the strategy may end two longer ones: the one that the gap cut off
    // and its own.
    past.resize(std::max<std::size_t>(past.size(), 1u + input.back + 2u * input.as_of), kUnknown);
    const int first = input.kind == InputKind::kIndicator ? botbox::warm_up(input.spec) : 1;
    sources_.push_back(
        {index, at, input.back, input.as_of, static_cast<std::uint64_t>(first) + input.back});
    longest_as_of_ = std::max<int>(longest_as_of_, input.as_of);
  }
  for (Frame& frame : frames_) frame.counts.resize(static_cast<std::size_t>(longest_as_of_) + 1);
}

std::size_t RuleRun::frame_of(Timeframe timeframe) {
  const auto found = std::find_if(frames_.begin(), frames_.end(),
                                  [&](const Frame& f) { return f.timeframe == timeframe; });
  if (found != frames_.end()) return static_cast<std::size_t>(found - frames_.begin());
  frames_.emplace_back().timeframe = timeframe;
  return frames_.size() - 1;
}

void RuleRun::take(Frame& frame, const Bar& bar, Timestamp close) {
  for (Indicator& indicator : frame.indicators) indicator.update(bar);
  for (Line& line : frame.lines) {
    double value = 0;
    switch (line.kind) {
      case InputKind::kIndicator:
        value = frame.indicators[line.indicator].value().output(line.output).value_or(kUnknown);
        break;
      case InputKind::kCandle: value = input_of(bar, line.field); break;
      case InputKind::kHour:
      case InputKind::kWeekday: value = clock_input(line.kind, close); break;
    }
    line.past[frame.candles % line.past.size()] = value;
  }
  ++frame.candles;
  frame.close = close;
}

// A higher candle is closed by the base candle that ends it, or by the first one after it; one
// whose beginning was not seen is left out.
void RuleRun::take_higher(Frame& frame, const Bar& bar) {
  const Duration length = frame.timeframe.duration();
  const auto finish = [&] {
    if (frame.is_forming) take(frame, frame.forming, frame.forming.open_time + length);
    frame.is_forming = false;
  };
  const Timestamp open = frame.timeframe.floor(bar.open_time);
  if (frame.is_forming && frame.forming.open_time != open) finish();
  if (frame.is_forming) {
    frame.forming.high = std::max(frame.forming.high, bar.high);
    frame.forming.low = std::min(frame.forming.low, bar.low);
    frame.forming.close = bar.close;
    frame.forming.volume += bar.volume;
  } else if (bar.open_time == open || frame.candles > 0) {
    frame.forming = bar;
    frame.forming.open_time = open;
    frame.is_forming = true;
  }
  const Timestamp close = bar.open_time + strategy_->timeframe().duration();
  if (frame.is_forming && close >= frame.forming.open_time + length) finish();
  const bool aligned = frame.close == frame.timeframe.floor(close);
  frame.counts[steps_ % frame.counts.size()] = aligned ? frame.candles : 0;
}

std::uint64_t RuleRun::candles_of(const Source& source) const {
  const Frame& frame = frames_[source.frame];
  if (source.frame == 0) return frame.candles;
  if (source.as_of > steps_) return 0;
  return frame.counts[(steps_ - source.as_of) % frame.counts.size()];
}

double RuleRun::value_of(const Source& source) const {
  const Line& line = frames_[source.frame].lines[source.line];
  const std::uint64_t candles = candles_of(source);
  if (source.back >= candles) return kUnknown;
  return line.past[(candles - 1 - source.back) % line.past.size()];
}

RuleStrategy::Step RuleRun::update(const Bar& bar) {
  const Program& program = strategy_->program();
  take(frames_[0], bar, bar.open_time + strategy_->timeframe().duration());
  for (std::size_t i = 1; i < frames_.size(); ++i) take_higher(frames_[i], bar);
  for (std::size_t i = 0; i < sources_.size(); ++i) slots_[i] = value_of(sources_[i]);
  if (!is_warm_)
    is_warm_ = std::all_of(sources_.begin(), sources_.end(), [&](const Source& source) {
      return candles_of(source) >= source.needed;
    });
  program.run(slots_);
  ++steps_;
  return is_warm_ ? strategy_->step(slots_, market_) : RuleStrategy::Step{};
}

}  // namespace botbox::rule
