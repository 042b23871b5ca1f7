// RegimeKind: what kind of market a view shows, by the indicator regime() with its defaults
// (engine/strategy/indicator/regime.cpp, which also keeps it from flickering).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/market/market_view.hpp"
#include "engine/strategy/indicators.hpp"

namespace botbox {

// In the order of the indicator's outputs.
enum class RegimeKind : std::uint8_t { kTrending, kRanging, kVolatile, kQuiet };
constexpr std::string_view to_string(RegimeKind kind) {
  switch (kind) {
    case RegimeKind::kTrending: return "trending";
    case RegimeKind::kRanging: return "ranging";
    case RegimeKind::kVolatile: return "volatile";
    case RegimeKind::kQuiet: return "quiet";
  }
  return "?";
}

constexpr IndicatorSpec regime_spec() {
  return {.kind = IndicatorKind::kRegime, .period = 14, .parameter = 100};
}

// Of the newest candle. Empty: it is not computed for this series, or warming up.
std::optional<RegimeKind> regime_of(const MarketView& market);

}  // namespace botbox
