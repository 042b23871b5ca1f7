// decide(), indicators, ids and the limiter: the pure core of a check.
#include <benchmark/benchmark.h>

#include "engine/execution/identity.hpp"
#include "engine/limits/rate_limiter.hpp"
#include "tools/benchmarks/micro/checks.hpp"

namespace botbox::bench {
namespace {

void decide_without_signal(benchmark::State& state) {
  const CheckBench check;
  for (auto _ : state) benchmark::DoNotOptimize(check.decide(1));
}
BENCHMARK(decide_without_signal);

void decide_with_signal(benchmark::State& state) {
  const CheckBench check;
  for (auto _ : state) benchmark::DoNotOptimize(check.decide(0));
}
BENCHMARK(decide_with_signal);

void indicator_update(benchmark::State& state, const IndicatorSpec& spec) {
  Indicator indicator(spec);
  double close = 100;
  for (auto _ : state) {
    close = close < 101 ? close + 0.01 : 99;
    benchmark::DoNotOptimize(indicator.update({close, close + 0.1, close - 0.1, close, 10}));
  }
}
BENCHMARK_CAPTURE(indicator_update, rsi14, IndicatorSpec{IndicatorKind::kRsi, 14, 0});
BENCHMARK_CAPTURE(indicator_update, ema20, IndicatorSpec{IndicatorKind::kEma, 20, 0});
BENCHMARK_CAPTURE(indicator_update, bollinger20, IndicatorSpec{IndicatorKind::kBollinger, 20, 2});

void ids_of_an_order(benchmark::State& state) {
  const InstallationId installation{"bench"};
  SignalIdentity identity{.bot = {"bot-000001"},
                          .settings_version = 1,
                          .symbol = {"BTC/USDT"},
                          .timeframe = Timeframe::minutes(5),
                          .candle_close = kStart};
  for (auto _ : state) {
    ++identity.settings_version;
    const IdempotencyKey key = idempotency_key(signal_id(identity));
    benchmark::DoNotOptimize(client_order_id(installation, key, OrderLeg::kEntry));
  }
}
BENCHMARK(ids_of_an_order);

void limiter_acquire(benchmark::State& state) {
  RateLimiterConfig config;
  config.windows = {{"weight_1m", Duration{60'000}, 1'000'000'000, LimitKind::kRequestWeight},
                    {"orders_10s", Duration{10'000}, 1'000'000'000, LimitKind::kOrders}};
  RateLimiter limiter(config);
  Timestamp now = kStart;
  for (auto _ : state) {
    auto permit = limiter.acquire(now, {.weight = 1, .orders = 1});
    if (!permit) {
      now = now + Duration{10'000};
      if (limiter.state_to_save(now)) limiter.on_saved();
    }
    benchmark::DoNotOptimize(permit);
  }
}
BENCHMARK(limiter_acquire);

}  // namespace
}  // namespace botbox::bench
