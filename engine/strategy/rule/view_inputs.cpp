#include "engine/strategy/rule/view_inputs.hpp"

#include <algorithm>
#include <optional>
#include <span>

#include "engine/market/candle_bar.hpp"
#include "engine/strategy/indicator_registry.hpp"
#include "engine/strategy/rule/clock_inputs.hpp"

namespace botbox::rule {
namespace {

enum class Presence : std::uint8_t { kThere, kMissing, kTooFewCandles };

struct Place {
  Presence presence = Presence::kThere;
  const MarketView* part = nullptr;
  std::size_t back = 0;  // from the newest candle of the part
};

const MarketView* part_of(const MarketView& view, Timeframe timeframe) {
  if (timeframe == view.timeframe) return &view;
  for (const auto& part : view.higher)
    if (part != nullptr && part->timeframe == timeframe) return part.get();
  return nullptr;
}

Place place_in(const MarketView& view, const Input& input) {
  const std::span<const Candle> base = view.series->candles();
  Place place{Presence::kThere, part_of(view, input.timeframe), input.back};
  if (place.part == nullptr) return {Presence::kMissing, nullptr, 0};
  const std::span<const Candle> candles = place.part->series->candles();
  if (place.part != &view) {
    if (input.as_of >= base.size()) return {Presence::kTooFewCandles, nullptr, 0};
    const Timestamp moment =
        base[base.size() - 1 - input.as_of].open_time + view.timeframe.duration();
    const Timestamp wanted = input.timeframe.floor(moment) - input.timeframe.duration();
    const auto at = std::lower_bound(candles.begin(), candles.end(), wanted,
                                     [](const Candle& c, Timestamp t) { return c.open_time < t; });
    if (at == candles.begin() && (at == candles.end() || at->open_time > wanted))
      return {Presence::kTooFewCandles, nullptr, 0};
    if (at == candles.end() || at->open_time != wanted) return {Presence::kMissing, nullptr, 0};
    place.back += static_cast<std::size_t>(candles.end() - at) - 1;
  }
  if (place.back >= candles.size()) place.presence = Presence::kTooFewCandles;
  return place;
}

// The value of an indicator `back` candles ago; null: not computed, or not any more.
const IndicatorValue* indicator_at(const MarketView& part, const Input& input, std::size_t back) {
  if (part.indicators == nullptr) return nullptr;
  const auto history = part.indicators->history(input.spec);
  return back < history.size() ? &history[back] : nullptr;
}

double read_input(const MarketView& view, const Input& input) {
  const Place place = place_in(view, input);
  if (place.presence != Presence::kThere) return kUnknown;
  if (input.kind == InputKind::kIndicator) {
    const IndicatorValue* value = indicator_at(*place.part, input, place.back);
    return value != nullptr ? value->output(input.output).value_or(kUnknown) : kUnknown;
  }
  const std::span<const Candle> candles = place.part->series->candles();
  const Candle& candle = candles[candles.size() - 1 - place.back];
  if (input.kind != InputKind::kCandle)
    return clock_input(input.kind, candle.open_time + input.timeframe.duration());
  return input_of(to_bar(candle), input.field);
}

}  // namespace

void read_inputs(const MarketView& view, const Program& program, std::span<double> slots) {
  for (std::size_t i = 0; i < program.inputs.size(); ++i)
    slots[i] = read_input(view, program.inputs[i]);
}

bool is_warm(const MarketView& view, const Program& program) {
  return std::all_of(program.inputs.begin(), program.inputs.end(), [&](const Input& input) {
    const Place place = place_in(view, input);
    if (place.presence == Presence::kTooFewCandles) return false;
    if (place.presence == Presence::kMissing || input.kind != InputKind::kIndicator) return true;
    const IndicatorValue* value = indicator_at(*place.part, input, place.back);
    return value != nullptr && value->ready;
  });
}

}  // namespace botbox::rule
