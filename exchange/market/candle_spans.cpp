#include "exchange/market/candle_spans.hpp"

#include <algorithm>
#include <span>

namespace botbox::exchange {
namespace {

struct Step {
  Timestamp open;
  Timeframe timeframe;
  Quantity volume;

  Timestamp close() const { return open + timeframe.duration(); }
};

// Do the parts, which lie within it, show all of the candle?
bool show_all(std::span<const Step> parts, const Step& whole) {
  if (parts.empty()) return false;
  Duration length{0};
  Quantity volume;
  for (const Step& part : parts) {
    length += part.timeframe.duration();
    volume += part.volume;
  }
  return length == whole.timeframe.duration() || volume == whole.volume;
}

// The finer steps, and a longer one wherever they do not show all of it.
std::vector<Step> with_longer(const std::vector<Step>& finer, Timeframe timeframe,
                              const std::vector<Candle>& longer) {
  std::vector<Step> all;
  all.reserve(finer.size());
  auto next = finer.begin();
  for (const Candle& candle : longer) {
    const Step whole{candle.open_time, timeframe, candle.volume};
    const auto opens_before = [](const Step& step, Timestamp at) { return step.open < at; };
    const auto begin = std::lower_bound(next, finer.end(), whole.open, opens_before);
    const auto end = std::lower_bound(begin, finer.end(), whole.close(), opens_before);
    all.insert(all.end(), next, begin);
    if (show_all(std::span(begin, end), whole))
      all.insert(all.end(), begin, end);
    else
      all.push_back(whole);
    next = end;
  }
  all.insert(all.end(), next, finer.end());
  return all;
}

}  // namespace

std::vector<CandleSpan> finest_spans(const CandlesByTimeframe& series,
                                     std::optional<Timeframe> within) {
  std::vector<Step> steps;
  std::vector<Timeframe> used;
  for (const auto& [timeframe, candles] : series) {
    const std::int64_t length = timeframe.ms();
    if (within && within->ms() % length != 0) continue;
    if (!std::all_of(used.begin(), used.end(),
                     [length](Timeframe finer) { return length % finer.ms() == 0; }))
      continue;
    used.push_back(timeframe);
    steps = with_longer(steps, timeframe, candles);
  }
  std::vector<CandleSpan> spans;
  for (const Step& step : steps) {
    if (spans.empty() || spans.back().timeframe != step.timeframe)
      spans.push_back({step.open, step.close(), step.timeframe});
    spans.back().to = step.close();
  }
  return spans;
}

}  // namespace botbox::exchange
