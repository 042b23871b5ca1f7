// How many requests for candles a fleet makes, over the number of its bots: the number of candles
// decides, the number of bots must not. Counted on virtual time, so the count is exact.
#include <benchmark/benchmark.h>

#include "actors/virtual_engine.hpp"
#include "tools/benchmarks/cycle/fleet.hpp"

namespace botbox::bench {
namespace {

// A real venue answers each of these calls with one request.
class CandleCounter final : public exchange::Exchange {
 public:
  CandleCounter(std::shared_ptr<exchange::Exchange> inner, std::uint64_t& requests)
      : inner_(std::move(inner)), requests_(requests) {}

  void candles(Permit permit, const exchange::CandleQuery& query,
               exchange::Reply<std::vector<Candle>> reply) override {
    ++requests_;
    inner_->candles(permit, query, std::move(reply));
  }
  void instruments(Permit permit, exchange::Reply<std::vector<Instrument>> reply) override {
    inner_->instruments(permit, std::move(reply));
  }
  void place(Permit permit, const OrderRequest& order,
             exchange::Reply<OrderReport> reply) override {
    inner_->place(permit, order, std::move(reply));
  }
  void order_by_client_id(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                          exchange::Reply<std::optional<OrderReport>> reply) override {
    inner_->order_by_client_id(permit, symbol, id, std::move(reply));
  }
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              exchange::Reply<OrderReport> reply) override {
    inner_->cancel(permit, symbol, id, std::move(reply));
  }
  void order_updates(Permit permit, std::uint64_t cursor,
                     exchange::Reply<exchange::OrderUpdates> reply) override {
    inner_->order_updates(permit, cursor, std::move(reply));
  }
  void balances(Permit permit, exchange::Reply<std::vector<exchange::Balance>> reply) override {
    inner_->balances(permit, std::move(reply));
  }

 private:
  std::shared_ptr<exchange::Exchange> inner_;
  std::uint64_t& requests_;
};

// Fleets of these sizes share ten symbols of 5m for a day.
void requests_for_each_candle(benchmark::State& state) {
  constexpr std::size_t kTradedSymbols = 10;
  constexpr std::int64_t kCandles = 288;
  const auto bots = static_cast<std::size_t>(state.range(0));
  std::uint64_t requests = 0;
  std::uint64_t checks = 0;
  for (auto _ : state) {
    requests = 0;
    actors::VirtualEngineOptions options;
    options.start = kStart;
    // Ten bots after one another share a symbol, so every tenth of these has one of its own.
    const std::vector<BotConfig> all = fleet(kTradedSymbols * 10);
    for (std::size_t i = 0; i < bots; ++i) {
      options.bots.push_back(all[i % kTradedSymbols * 10 + 1]);
      options.bots.back().id = {fmt::format("bot-{}", i)};
      options.bots.back().strategy = {"ema_cross"};
      options.bots.back().parameters = {{"fast", 9}, {"slow", 21}};
    }
    options.feed = market();
    options.paper = paper_config();
    options.settings.limits = actors::default_limits();
    options.wrap = [&](std::shared_ptr<exchange::Exchange> inner) {
      return std::make_shared<CandleCounter>(std::move(inner), requests);
    };
    auto engine = actors::VirtualEngine::start(std::move(options));
    if (!engine) {
      state.SkipWithError(to_string(engine.error()).c_str());
      return;
    }
    (*engine)->advance(kCycleLength * kCandles);
    checks = (*engine)->totals().checks;
  }
  state.counters["requests"] = static_cast<double>(requests);
  state.counters["requests_per_candle"] =
      static_cast<double>(requests) / static_cast<double>(kTradedSymbols * kCandles);
  state.counters["checks"] = static_cast<double>(checks);
}
BENCHMARK(requests_for_each_candle)
    ->ArgName("bots")
    ->Arg(10)
    ->Arg(100)
    ->Arg(1'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace botbox::bench
