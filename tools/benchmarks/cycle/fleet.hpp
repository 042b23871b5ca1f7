// The fleet that is measured: what work.md of the peers prescribes, as configuration of this
// engine.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/model/bot.hpp"
#include "engine/strategy/strategy.hpp"
#include "exchange/market/market_feed.hpp"
#include "exchange/paper/paper_config.hpp"

namespace botbox::bench {

inline constexpr Timestamp kStart{1'704'067'200'000};  // 2024-01-01T00:00:00Z
inline constexpr Duration kCycleLength{300'000};
inline constexpr std::size_t kWindow = 200;  // candles

// Where the indicators of a check come from: the engine's table, computed once per symbol and
// candle (what the engine really does), or computed anew from the 200 candles for every single bot.
enum class Indicators : std::uint8_t { kShared, kPerBot };

// Seconds since this process's first call: every time in a run is of this clock.
double elapsed();

// When each bot's newest check began; each bot writes only its own.
using CheckStarts = std::vector<double>;

// Ten consecutive bots share one of 20 symbols; every tenth bot signals in every cycle.
std::vector<BotConfig> fleet(std::size_t bots);
constexpr std::size_t signals_per_cycle(std::size_t bots) { return (bots + 9) / 10; }
// The place of a bot in the fleet, from its id.
std::size_t index_of(const BotId& bot);

// The strategy: RSI(14), EMA(20), Bollinger(20, 2); a signal when RSI is below the bot's threshold,
// which is always (101) or never (-1). A signal opens a long, the next one closes it.
StrategyCatalogue catalogue(Indicators indicators, std::shared_ptr<CheckStarts> starts);

// Enough candles before kStart for a window, and for 2,000 cycles after it.
std::shared_ptr<exchange::MarketFeed> market();
exchange::PaperConfig paper_config();

}  // namespace botbox::bench
