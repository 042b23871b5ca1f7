// Real venues: what signing and reading cost, and how long an order takes from its permit to the
// venue's acknowledgement, over the loopback at a simulated venue in this process.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "actors/wall_clock.hpp"
#include "engine/assert.hpp"
#include "exchange/binance/binance_codec.hpp"
#include "exchange/binance/binance_rest.hpp"
#include "exchange/bybit/bybit_codec.hpp"
#include "exchange/market/synthetic_market.hpp"
#include "exchange/simulator/simulator_server.hpp"
#include "exchange/venue/venue_factory.hpp"
#include "tools/benchmarks/micro/checks.hpp"

namespace botbox::bench {
namespace {

using exchange::VenueKind;

const std::string kBenchSecret(64, 's');

struct VenuePermits : PermitIssuer {
  static Permit one() { return issue(); }
};

void sign_an_order(benchmark::State& state) {
  for (auto _ : state) {
    exchange::BinanceQuery query;
    query.add("symbol", "BTCUSDT").add("side", "BUY").add("type", "MARKET");
    query.add("quantity", "0.001").add("newClientOrderId", "a123456789012345678901234567");
    query.add("recvWindow", 5'000).add("timestamp", 1'704'067'200'000);
    benchmark::DoNotOptimize(exchange::signed_query(query.text(), kBenchSecret));
  }
}
BENCHMARK(sign_an_order);

std::string joined_rows(std::size_t count, const std::string& row) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + row;
  return text;
}

void read_a_thousand_candles_of_binance(benchmark::State& state) {
  const std::string body =
      "[" +
      joined_rows(
          1'000,
          R"([1499040000000,"42283.58000000","42298.62000000","42261.02000000",)"
          R"("42298.61000000","35.92724000",1499040059999,"1519032.1",100,"17.1","1.0","0"])") +
      "]";
  for (auto _ : state) {
    const auto candles = exchange::binance_codec::parse_candles(body);
    ENGINE_ASSERT(candles.has_value() && candles->size() == 1'000);
  }
}
BENCHMARK(read_a_thousand_candles_of_binance);

void read_fifty_orders_of_bybit(benchmark::State& state) {
  const std::string body =
      R"({"retCode":0,"retMsg":"OK","result":{"category":"linear","nextPageCursor":"","list":[)" +
      joined_rows(
          50, R"({"orderId":"fd4300ae-7847-404e-b947-b46980a4d140","orderLinkId":"a1",)"
              R"("symbol":"BTCUSDT","price":"0","qty":"0.10","side":"Sell","avgPrice":"",)"
              R"("orderStatus":"Untriggered","cumExecQty":"0","cumExecValue":"0",)"
              R"("orderType":"Market","stopOrderType":"Stop","triggerPrice":"41000",)"
              R"("reduceOnly":true,"createdTime":"1684738540559","updatedTime":"1684738540561"})") +
      R"(]},"time":1684765770483})";
  for (auto _ : state) {
    const auto page = exchange::bybit::parse_orders(MarketType::kLinear, body);
    ENGINE_ASSERT(page.has_value() && page->items.size() == 50);
  }
}
BENCHMARK(read_fifty_orders_of_bybit);

// The clock of a simulated venue that takes any number of orders in no time.
struct Venue {
  explicit Venue(VenueKind kind)
      : clock(Timestamp{1'704'067'200'000}), time(clock, clock.now(), 1) {
    exchange::sim::Listing listing;
    const bool spot = kind == VenueKind::kBinanceSpot || kind == VenueKind::kBybitSpot;
    const auto parts = parse_symbol(spot ? "BTC/USDT" : "BTC/USDT:USDT");
    Instrument& traded = listing.instrument;
    traded = {parts->unified,
              parts->base,
              parts->quote,
              parts->market,
              Price::literal("0.1"),
              Quantity::literal("0.001"),
              Quantity::literal("0.001"),
              {},
              {}};
    symbol = traded.symbol;
    exchange::SyntheticMarketConfig market;
    market.symbols = {
        {traded, Price::literal("60000"), Decimal::literal("0.02"), Quantity::literal("10")}};
    feed = std::make_unique<exchange::SyntheticMarket>(
        *exchange::SyntheticMarket::create(std::move(market)));
    exchange::sim::SimulatorConfig config;
    config.keys = {{"bench", kBenchSecret}};
    config.listings = {listing};
    config.balances = {{{"USDT"}, Decimal::from_int(1'000'000'000)}};
    config.enforce_limits = false;
    simulator = std::make_unique<exchange::sim::Simulator>(config, *feed, time);
    server = *exchange::sim::SimulatorServer::start(*simulator);
    exchange::VenueOptions options;
    options.kind = kind;
    options.url = fmt::format("http://127.0.0.1:{}", server->port());
    options.credentials = {"bench", kBenchSecret};
    options.http.queued_max = 100'000;
    api = exchange::open_venue(std::move(options), clock);
  }

  ManualClock clock;
  exchange::sim::SimulatorClock time;
  Symbol symbol;
  std::unique_ptr<exchange::SyntheticMarket> feed;
  std::unique_ptr<exchange::sim::Simulator> simulator;
  std::unique_ptr<exchange::sim::SimulatorServer> server;
  std::shared_ptr<exchange::VenueApi> api;
};

// Keeps `in_flight` orders under way until all were acknowledged; their durations in microseconds.
class OrderStream {
 public:
  OrderStream(Venue& venue, std::size_t orders, std::size_t in_flight)
      : venue_(venue), left_(orders), open_(orders) {
    for (std::size_t i = 0; i < in_flight; ++i) send_next();
  }
  std::vector<double> wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return open_ == 0; });
    return took_;
  }

 private:
  void send_next() {
    exchange::VenueOrderRequest order;
    {
      const std::lock_guard lock(mutex_);
      if (left_ == 0) return;
      order.client_id = {fmt::format("bench{}", left_--)};
    }
    order.symbol = venue_.symbol;
    order.quantity = Quantity::literal("0.001");
    const actors::Stopwatch permitted;
    venue_.api->place(VenuePermits::one(), order,
                      [this, permitted](const Result<exchange::VenueOrder>& placed) {
                        ENGINE_ASSERT(placed.has_value());
                        const double took = permitted.seconds() * 1e6;
                        send_next();
                        const std::lock_guard lock(mutex_);
                        took_.push_back(took);
                        if (--open_ == 0) done_.notify_one();
                      });
  }

  Venue& venue_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::size_t left_;
  std::size_t open_;
  std::vector<double> took_;
};

void order_from_permit_to_acknowledgement(benchmark::State& state) {
  constexpr std::size_t kOrders = 1'000;
  std::vector<double> took;
  for (auto _ : state) {
    Venue venue(static_cast<VenueKind>(state.range(0)));
    const actors::Stopwatch watch;
    took = OrderStream(venue, kOrders, static_cast<std::size_t>(state.range(1))).wait();
    state.SetIterationTime(watch.seconds());
  }
  std::sort(took.begin(), took.end());
  state.SetItemsProcessed(static_cast<std::int64_t>(kOrders) * state.iterations());
  state.counters["p50_us"] = took[took.size() / 2];
  state.counters["p99_us"] = took[took.size() * 99 / 100];
}
BENCHMARK(order_from_permit_to_acknowledgement)
    ->ArgNames({"venue", "in_flight"})
    ->ArgsProduct({{static_cast<std::int64_t>(VenueKind::kBybitLinear),
                    static_cast<std::int64_t>(VenueKind::kBinanceSpot),
                    static_cast<std::int64_t>(VenueKind::kBinanceUsdm)},
                   {1, 16}})
    ->Iterations(3)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace botbox::bench
