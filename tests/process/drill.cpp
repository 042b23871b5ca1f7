#include "tests/process/drill.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <future>

#include "actors/wall_clock.hpp"
#include "exchange/http/paper_codec.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"

namespace botbox::process {
namespace {

constexpr const char* kLongWindows = R"([[exchange.limit]]
name = "weight"
window = "10m"
limit = 1000000
[[exchange.limit]]
name = "orders"
window = "10m"
limit = 100000
counts = "orders"
)";

constexpr const char* kSection = R"([engine]
name = "drill"
freshness_max = "10m"
[paper]
seed = 5
start_balance = 1000000
[[paper.symbol]]
symbol = "BTC/USDT"
price = 60000
minute_volume = 20
[[paper.symbol]]
symbol = "ETH/USDT"
price = 3000
lot = 0.0001
minute_volume = 300
[[paper.symbol]]
symbol = "SOL/USDT"
price = 150
lot = 0.001
minute_volume = 4000
[[paper.symbol]]
symbol = "ETH/USDT:USDT"
price = 3000
lot = 0.001
minute_volume = 900
leverage = 3
[bot_defaults]
timeframe = "1m"
allocation = 2000
stake_amount = 200
stop_loss = "0.5%"
take_profit = "1%"
max_open_positions = 1
symbols = ["BTC/USDT", "ETH/USDT", "SOL/USDT", "ETH/USDT:USDT"]
)";

constexpr const char* kBots = R"([[bot]]
id = "quick"
strategy = "ema_cross"
[bot.parameters]
fast = 1
slow = 2
[[bot]]
id = "slower"
strategy = "ema_cross"
[bot.parameters]
fast = 2
slow = 4
[[bot]]
id = "dip"
strategy = "rsi_reversion"
[bot.parameters]
rsi_period = 2
oversold = 50
overbought = 55
exit_rsi = 55
)";

struct Permits : PermitIssuer {
  static Permit fresh() { return issue(); }
};

template <class T>
T must(Result<T> result) {
  if (!result) FAIL(to_string(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// Rows of a kind, decoded.
template <class T, class Visit>
void each(const storage::Store& store, storage::Kind kind, Visit visit) {
  must(storage::visit_all<T>(store, kind, [&](auto, T&& record) { visit(std::move(record)); }));
}

}  // namespace

std::string drill_config(std::uint16_t port, const std::string& check_interval) {
  const std::string exchange =
      port == 0
          ? "[exchange]\nkind = \"paper\"\n"
          : fmt::format("[exchange]\nkind = \"paper-http\"\nurl = \"http://127.0.0.1:{}\"\n", port);
  return exchange + kLongWindows + kSection +
         fmt::format("check_interval = \"{}\"\n", check_interval) + kBots;
}

std::string write_text(const std::filesystem::path& directory, const std::string& name,
                       const std::string& text) {
  const std::string path = (directory / name).string();
  std::ofstream(path) << text;
  return path;
}

std::string long_windows() { return kLongWindows; }

std::vector<std::string> drill_options() {
  return {"--time-scale", "600", "--time-origin", std::to_string(actors::WallClock().now().ms)};
}

EngineRecords read_records(const std::filesystem::path& data) {
  const auto store = must(storage::RocksDbStore::open_secondary(data));
  EngineRecords records;
  // In this order, beside a running engine: what is open now cannot be missing among the trades.
  records.open_trades = must(storage::load_open_trades(*store)).size();
  each<Trade>(*store, storage::Kind::kTrade,
              [&](Trade trade) { records.trades.emplace(trade.client_order_id, trade); });
  each<OrderIntent>(*store, storage::Kind::kIntent,
                    [&](OrderIntent intent) { records.intents.emplace(intent.key, intent); });
  each<storage::BookedFill>(*store, storage::Kind::kFill, [&](const storage::BookedFill& booked) {
    records.fills.emplace(booked.fill.id, booked.fill);
  });
  each<Position>(*store, storage::Kind::kPosition,
                 [&](Position position) { records.positions.emplace(position.id, position); });
  return records;
}

PaperAuditor::PaperAuditor(std::uint16_t port)
    : base_url_(fmt::format("http://127.0.0.1:{}", port)), exchange_(base_url_, transport_) {}

std::map<ClientOrderId, exchange::LedgerEntry> PaperAuditor::ledger() {
  std::promise<Result<exchange::HttpResponse>> answer;
  transport_.send(Permits::fresh(), {.url = base_url_ + "/v1/ledger"},
                  [&](Result<exchange::HttpResponse> got) { answer.set_value(std::move(got)); });
  return must(exchange::paper_codec::parse_ledger(must(answer.get_future().get()).body));
}

std::map<ExecutionId, Fill> PaperAuditor::fills() {
  std::map<ExecutionId, Fill> fills;
  for (std::uint64_t cursor = 0;;) {
    std::promise<Result<exchange::OrderUpdates>> answer;
    exchange_.order_updates(Permits::fresh(), cursor, [&](Result<exchange::OrderUpdates> got) {
      answer.set_value(std::move(got));
    });
    const exchange::OrderUpdates updates = must(answer.get_future().get());
    for (const OrderReport& report : updates.reports)
      for (const Fill& fill : report.fills) fills.emplace(fill.id, fill);
    if (updates.reports.empty()) return fills;
    cursor = updates.next_cursor;
  }
}

}  // namespace botbox::process
