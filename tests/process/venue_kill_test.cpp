// The engine as a real process over each adapter, killed again and again, at a venue in another
// process (botbox-exchange) that loses answers, breaks connections and says "try again" on purpose.
//
// BOTBOX_VENUE_ROUNDS (of each venue) and BOTBOX_KILL_SEED: longer or other runs.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <array>
#include <future>
#include <nlohmann/json.hpp>
#include <set>

#include "actors/wall_clock.hpp"
#include "engine/model/instrument.hpp"
#include "exchange/http/http_transport.hpp"
#include "tests/process/kill_drill.hpp"

namespace botbox::process {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kVenueRounds = 26;

struct VenueFace {
  const char* kind;   // in the configuration
  const char* venue;  // as the simulator names it
  std::vector<std::string> symbols;
  // Which bot has which; perpetuals net per symbol, so there each has symbols of its own.
  std::array<std::vector<std::string>, 3> of_bot;
  bool is_spot() const { return symbols.front().find(':') == std::string::npos; }
};

VenueFace spot_face(const char* kind, const char* venue) {
  const std::vector<std::string> all{"BTC/USDT", "ETH/USDT", "SOL/USDT"};
  return {kind, venue, all, {all, all, all}};
}
VenueFace linear_face(const char* kind, const char* venue) {
  return {kind,
          venue,
          {"BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT", "XRP/USDT:USDT", "ADA/USDT:USDT",
           "LTC/USDT:USDT"},
          {{{"ETH/USDT:USDT", "SOL/USDT:USDT"},
            {"BTC/USDT:USDT", "XRP/USDT:USDT"},
            {"ADA/USDT:USDT", "LTC/USDT:USDT"}}}};
}

std::string toml_list(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list += (list.size() > 1 ? ", \"" : "\"") + text + "\"";
  return list + "]";
}

std::string venue_config(const VenueFace& face, std::uint16_t port, const std::string& interval) {
  std::string text = fmt::format(R"([exchange]
kind = "{}"
url = "http://127.0.0.1:{}"
credentials_file = "venue.keys"
{}[engine]
name = "drill"
live_trading = true
freshness_max = "10m"
[bot_defaults]
timeframe = "1m"
allocation = 2000
stake_amount = 200
stop_loss = "0.5%"
take_profit = "1%"
max_open_positions = 1
check_interval = "{}"
)",
                                 face.kind, port, long_windows(), interval);
  text += fmt::format(
      "[[bot]]\nid = \"quick\"\nstrategy = \"ema_cross\"\nsymbols = {}\n"
      "parameters = {{ fast = 1, slow = 2 }}\n",
      toml_list(face.of_bot[0]));
  text += fmt::format(
      "[[bot]]\nid = \"slower\"\nstrategy = \"ema_cross\"\nsymbols = {}\n"
      "parameters = {{ fast = 2, slow = 4 }}\n",
      toml_list(face.of_bot[1]));
  return text + fmt::format(
                    "[[bot]]\nid = \"dip\"\nstrategy = \"rsi_reversion\"\nsymbols = {}\n"
                    "parameters = {{ rsi_period = 2, oversold = 50, overbought = 55, exit_rsi = 55 "
                    "}}\n",
                    toml_list(face.of_bot[2]));
}

std::vector<std::string> exchange_options(const VenueFace& face, std::uint64_t seed,
                                          const std::vector<std::string>& drill) {
  std::vector<std::string> options{"--port",
                                   "0",
                                   "--key",
                                   "drill-key:drill-secret",
                                   "--balance",
                                   "USDT=1000000",
                                   "--spot-fee",
                                   "quote",
                                   "--ignore-limits",
                                   "--speed",
                                   drill.at(1),
                                   "--time-origin",
                                   drill.at(3),
                                   "--fault-seed",
                                   std::to_string(seed)};
  options.push_back("--symbols");
  options.insert(options.end(), face.symbols.begin(), face.symbols.end());
  for (const char* kind : {"drop_reply", "reset", "error_500", "timeout", "truncate", "malformed",
                           "drop_request", "unavailable"})
    options = joined(std::move(options), {"--fault", fmt::format("{}:12", kind)});
  return options;
}

struct DrillPermits : PermitIssuer {
  static Permit fresh() { return issue(); }
};

// Asks the admin endpoints of a botbox-exchange.
class VenueAuditor {
 public:
  VenueAuditor(std::uint16_t port, std::string venue)
      : base_url_(fmt::format("http://127.0.0.1:{}", port)), venue_(std::move(venue)) {}

  Json orders() { return get("/admin/ledger").at("orders").value(venue_, Json::object()); }
  Json account() { return get("/admin/accounts").at(venue_).at("drill-key"); }
  void end_faults() { send({exchange::HttpMethod::kDelete, base_url_ + "/admin/faults", {}, {}}); }

 private:
  Json get(const std::string& path) { return Json::parse(send({.url = base_url_ + path}).body); }
  exchange::HttpResponse send(exchange::HttpRequest request) {
    std::promise<Result<exchange::HttpResponse>> answer;
    transport_.send(DrillPermits::fresh(), std::move(request),
                    [&](Result<exchange::HttpResponse> got) { answer.set_value(std::move(got)); });
    Result<exchange::HttpResponse> got = answer.get_future().get();
    REQUIRE(got.has_value());
    return *std::move(got);
  }

  std::string base_url_;
  std::string venue_;
  exchange::HttpTransport transport_;
};

// An entry or a close was accepted at most once, and every order belongs to a trade. Legs have ids
// of their own, of which only the last three characters change when they are placed anew.
void check_orders(const Json& orders, const EngineRecords& records) {
  std::set<std::string> legs;
  for (const auto& [id, trade] : records.trades)
    for (const ClientOrderId& leg : {trade.stop_client_id, trade.take_profit_client_id})
      legs.insert(leg.value.substr(0, 25));
  for (const auto& [id, arrivals] : orders.items()) {
    INFO("order ", id);
    const auto trade = records.trades.find({id});
    if (trade == records.trades.end()) {
      CHECK(legs.contains(id.substr(0, 25)));
      continue;
    }
    CHECK(arrivals.at("accepted").get<int>() <= 1);
    CHECK(trade->second.status != TradeStatus::kPending);
  }
}

void check_completed(const Json& orders, const EngineRecords& records) {
  CHECK(records.open_trades == 0);
  for (const auto& [id, trade] : records.trades) {
    INFO("trade ", id.value, " ", to_string(trade.status), " ", trade.error_message);
    CHECK(is_final(trade.status));
    const bool is_accepted =
        orders.contains(id.value) && orders.at(id.value).at("accepted").get<int>() == 1;
    CHECK((trade.status == TradeStatus::kCompleted) == is_accepted);
  }
}

// By symbol: what the open positions of the records add up to. Signed.
std::map<std::string, Decimal> recorded(const EngineRecords& records) {
  std::map<std::string, Decimal> sums;
  for (const auto& [position_id, position] : records.positions)
    sums[position.symbol.value] +=
        position.side == PositionSide::kShort ? -position.quantity.value : position.quantity.value;
  return sums;
}

Decimal held_at_venue(const VenueFace& face, const Json& account, const std::string& symbol) {
  const std::string name = face.is_spot() ? parse_symbol(symbol)->base.value : symbol;
  const Json& held = account.at(face.is_spot() ? "balances" : "positions");
  if (!held.contains(name)) return {};
  return Decimal::literal(held.at(name).at(face.is_spot() ? "total" : "size").get<std::string>());
}

// Coins, positions, and of spot the money as well: to the last decimal.
void check_money(const VenueFace& face, const Json& account, const EngineRecords& records) {
  auto sums = recorded(records);
  for (const std::string& symbol : face.symbols) {
    INFO(symbol);
    CHECK(to_string(sums[symbol]) == to_string(held_at_venue(face, account, symbol)));
  }
  if (!face.is_spot()) return;
  Decimal money = Decimal::from_int(1'000'000);
  for (const auto& [id, fill] : records.fills) {
    const Decimal value = *multiply(fill.price.value, fill.quantity.value, Rounding::kHalfEven);
    money += fill.side == OrderSide::kBuy ? -value : value;
    money -= fill.fee.value;
  }
  CHECK(to_string(money) == to_string(Decimal::literal(
                                account.at("balances").at("USDT").at("total").get<std::string>())));
}

// Lets the engine finish what is open, until it knows every execution that the venue has. Returns
// both at a moment at which neither moved.
std::pair<EngineRecords, Json> finish_at_venue(ChildProcess& engine, const KillDrill& drill,
                                               VenueAuditor& auditor) {
  const actors::Stopwatch watch;
  while (watch.seconds() < 60) {
    REQUIRE_MESSAGE(!engine.wait(Duration{50}).has_value(), engine.output());
    const Json before = auditor.account();
    EngineRecords records = read_records(drill.data());
    const Json after = auditor.account();
    const auto executions = after.at("executions").get<std::size_t>();
    if (records.open_trades > 0 || records.fills.size() != executions) continue;
    if (before.at("executions") == after.at("executions")) return {std::move(records), after};
  }
  FAIL("the engine does not come to rest: ", engine.output());
  return {};
}

void run_kill_loop(const VenueFace& face) {
  const std::uint64_t seed = number_from("BOTBOX_KILL_SEED", 20240101);
  const std::uint64_t rounds = number_from("BOTBOX_VENUE_ROUNDS", kVenueRounds);
  INFO("BOTBOX_KILL_SEED=", seed, " ", face.kind);
  const actors::Stopwatch watch;
  KillDrill drill(seed);
  ChildProcess venue("botbox-exchange", exchange_options(face, seed, drill.options()));
  const std::uint16_t port = port_of(venue);
  VenueAuditor auditor(port, face.venue);
  const std::string keys =
      write_text(drill.home(), "venue.keys", "key = drill-key\nsecret = drill-secret\n");
  REQUIRE(::chmod(keys.c_str(), S_IRUSR | S_IWUSR) == 0);
  const std::string busy = write_text(drill.home(), "busy.toml", venue_config(face, port, "10s"));
  for (std::uint64_t round = 0; round < rounds; ++round) {
    INFO("round ", round);
    drill.kill_round(busy);
    if (const auto records = drill.examine_if_any()) check_orders(auditor.orders(), *records);
  }
  // Each bot looks at most once more.
  auditor.end_faults();
  const std::string calm = write_text(drill.home(), "calm.toml", venue_config(face, port, "7d"));
  const auto engine = drill.start(calm);
  REQUIRE_MESSAGE(engine->says(kReady, kPatience), engine->output());
  const auto [records, account] = finish_at_venue(*engine, drill, auditor);
  check_money(face, account, records);
  drill.end_gently(*engine);
  const EngineRecords at_end = drill.examine();
  const Json orders = auditor.orders();
  check_orders(orders, at_end);
  check_completed(orders, at_end);
  report(drill.tally(), orders.size(), watch.seconds());
  CHECK(orders.size() >= rounds);
}

}  // namespace

TEST_SUITE("venue_kill_loop") {
  TEST_CASE("killed at any moment over Bybit spot, no order is lost or sent twice") {
    run_kill_loop(spot_face("bybit-spot", "bybit"));
  }
  TEST_CASE("killed at any moment over Bybit linear, no order is lost or sent twice") {
    run_kill_loop(linear_face("bybit-linear", "bybit"));
  }
  TEST_CASE("killed at any moment over Binance spot, no order is lost or sent twice") {
    run_kill_loop(spot_face("binance-spot", "binance-spot"));
  }
  TEST_CASE("killed at any moment over Binance USD-M, no order is lost or sent twice") {
    run_kill_loop(linear_face("binance-usdm", "binance-usdm"));
  }
}

}  // namespace botbox::process
