#include "engine/strategy/regime.hpp"

namespace botbox {

std::optional<RegimeKind> regime_of(const MarketView& market) {
  if (market.indicators == nullptr) return std::nullopt;
  const IndicatorValue value = market.indicators->latest(regime_spec());
  for (const RegimeKind kind :
       {RegimeKind::kTrending, RegimeKind::kRanging, RegimeKind::kVolatile, RegimeKind::kQuiet})
    if (value.output(static_cast<std::size_t>(kind)) == 1.0) return kind;
  return std::nullopt;
}

}  // namespace botbox
