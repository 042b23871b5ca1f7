// A year of five-minute candles through the whole actor system on virtual time, with the memory
// store: what a replay costs, and what one more bot on the same symbol adds.
#include <benchmark/benchmark.h>

#include "actors/virtual_engine.hpp"
#include "engine/assert.hpp"
#include "tools/benchmarks/cycle/fleet.hpp"
#include "tools/benchmarks/cycle/table_market.hpp"

namespace botbox::bench {
namespace {

constexpr std::int64_t kCandlesOfYear = 365 * 288;

enum class Trades : std::uint8_t { kAsItsStrategySays, kAtEveryCandle };

// One symbol, as many bots as asked for. RSI reversion, which trades some thousand times a year on
// this market; or every tenth bot trades at every candle, and the others never.
actors::VirtualEngineOptions replay_options(std::size_t bots, std::int64_t candles, Trades trades) {
  actors::VirtualEngineOptions options;
  options.start = kStart;
  options.bots = fleet(bots);
  if (trades == Trades::kAsItsStrategySays)
    for (BotConfig& bot : options.bots) {
      bot.strategy = {"rsi_reversion"};
      bot.parameters = {};
    }
  for (BotConfig& bot : options.bots) bot.symbol = options.bots.front().symbol;
  if (trades == Trades::kAtEveryCandle)
    options.catalogue = catalogue(Indicators::kShared, std::make_shared<CheckStarts>(bots));
  const Duration before = kCycleLength * static_cast<std::int64_t>(kWindow + 10);
  options.feed =
      std::make_shared<TableMarket>(std::vector{options.bots.front().symbol}, kStart - before,
                                    static_cast<std::size_t>(candles) + kWindow + 20);
  options.paper = paper_config();
  std::erase_if(options.paper.instruments, [&](const exchange::PaperInstrument& listed) {
    return listed.instrument.symbol != options.bots.front().symbol;
  });
  // As `botbox replay` has them.
  options.settings.limits = actors::default_limits();
  options.settings.limits.reservation_length = Duration{86'400'000};
  options.settings.limiter_patience = Duration{3'600'000};
  options.settings.scheduler.longest_tick = Duration{3'600'000};
  options.settings.trade_queue.poll_interval = kCycleLength;
  options.settings.scheduler.evict_idle = Duration{0};
  return options;
}

void replay_of_a_year(benchmark::State& state, Trades trades) {
  const auto bots = static_cast<std::size_t>(state.range(0));
  const std::int64_t candles = kCandlesOfYear / state.range(1);
  std::uint64_t checks = 0;
  std::uint64_t orders = 0;
  for (auto _ : state) {
    auto engine = actors::VirtualEngine::start(replay_options(bots, candles, trades));
    if (!engine) return state.SkipWithError(to_string(engine.error()).c_str());
    (*engine)->advance(kCycleLength * candles);
    ENGINE_ASSERT(!(*engine)->fatal() && (*engine)->totals().failed_checks == 0);
    checks += (*engine)->totals().checks;
    orders += (*engine)->totals().accepted;
    // What is measured ends with the last candle; giving back a year of records is no part of it.
    state.PauseTiming();
    engine->reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(checks));
  state.counters["orders"] = static_cast<double>(orders);
}
// Bots, and the part of a year: a hundred bots for a twelfth, and what the first and the last cost.
BENCHMARK_CAPTURE(replay_of_a_year, rsi_reversion, Trades::kAsItsStrategySays)
    ->Args({1, 1})
    ->Args({1, 12})
    ->Args({99, 12})
    ->Args({100, 12})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(replay_of_a_year, trade_at_every_candle, Trades::kAtEveryCandle)
    ->Args({1, 1})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace botbox::bench
