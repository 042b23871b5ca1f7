// The embedded paper exchange: an entry with stop and target, and its close.
#include <benchmark/benchmark.h>

#include "engine/assert.hpp"
#include "exchange/paper/paper_exchange.hpp"
#include "tools/benchmarks/micro/checks.hpp"

namespace botbox::bench {
namespace {

class Permits : private PermitIssuer {
 public:
  Permit one() { return issue(); }
};

OrderRequest entry(std::uint64_t number, const Symbol& symbol) {
  const std::string id = fmt::format("order{}", number);
  OrderRequest order;
  order.client_id = {id};
  order.symbol = symbol;
  order.quantity = Quantity::literal("1");
  order.group = {id};
  order.stop_loss = AttachedOrder{{id + "s"}, Price::literal("90")};
  order.take_profit = AttachedOrder{{id + "t"}, Price::literal("110")};
  return order;
}

OrderRequest close_of(const OrderRequest& opened) {
  OrderRequest order;
  order.client_id = {opened.client_id.value + "c"};
  order.symbol = opened.symbol;
  order.side = OrderSide::kSell;
  order.quantity = opened.quantity;
  order.effect = OrderEffect::kReduceOnly;
  order.group = opened.group;
  return order;
}

void paper_entry_with_stop_and_target_and_close(benchmark::State& state) {
  const auto feed = market();
  const ManualClock clock(kStart);
  const auto paper = exchange::PaperExchange::create(paper_config(), *feed, clock);
  ENGINE_ASSERT(paper.has_value());
  const Symbol symbol = feed->symbols().front();
  Permits permits;
  std::uint64_t number = 0;
  const auto place = [&](const OrderRequest& order) {
    (*paper)->place(permits.one(), order,
                    [](const Result<OrderReport>& report) { ENGINE_ASSERT(report.has_value()); });
  };
  for (auto _ : state) {
    const OrderRequest opened = entry(++number, symbol);
    place(opened);
    place(close_of(opened));
  }
}
BENCHMARK(paper_entry_with_stop_and_target_and_close)->Iterations(20'000);

}  // namespace
}  // namespace botbox::bench
