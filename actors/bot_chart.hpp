// The chart of one bot: candles, what it did on them, the levels of its open positions, and the
// indicators of its strategy.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>

#include "engine/market/market_view.hpp"
#include "engine/strategy/strategy.hpp"
#include "storage/reader.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

// The newest `candles` of the view (null: there is none yet), oldest first. `strategy` may be null.
// Errors: those of the store.
Result<nlohmann::ordered_json> bot_chart(const storage::Store& store, const storage::StoredBot& bot,
                                         const MarketView* view, const Strategy* strategy,
                                         std::size_t candles);

}  // namespace botbox::actors
