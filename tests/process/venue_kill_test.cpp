// The engine as a real process over each adapter, killed again and again, at a venue in another
// process (botbox-exchange) at which everything goes wrong that a fault plan knows: answers are
// lost, late, broken or refused, connections reset, the address is banned, the venue's clock and
// candles are wrong, the venue is away. Some bots add to positions that run against them. After
// each kill a start at the venue without faults must bring books and venue together: positions,
// coins, money, and a stop and a target for everything that is open.
//
// BOTBOX_VENUE_ROUNDS (of each venue) and BOTBOX_KILL_SEED: longer or other runs.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <future>
#include <nlohmann/json.hpp>
#include <set>

#include "actors/wall_clock.hpp"
#include "engine/model/instrument.hpp"
#include "exchange/http/http_transport.hpp"
#include "tests/process/kill_drill.hpp"
#include "tests/process/program.hpp"

namespace botbox::process {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kVenueRounds = 26;

constexpr const char* kScaling =
    "[bot.scaling]\nlevels = 3\ndeviation = \"0.02%\"\nsize_scale = 1.5\n";

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
      "parameters = {{ fast = 2, slow = 4 }}\n{}",
      toml_list(face.of_bot[1]), kScaling);
  // It holds what it has, so that there is something to add to.
  return text + fmt::format(
                    "[[bot]]\nid = \"dip\"\nstrategy = \"rsi_reversion\"\nsymbols = {}\n"
                    "parameters = {{ rsi_period = 2, oversold = 50, overbought = 99, exit_rsi = 99 "
                    "}}\nstop_loss = \"2%\"\ntake_profit = \"2%\"\n{}",
                    toml_list(face.of_bot[2]), kScaling);
}

std::vector<std::string> exchange_options(const VenueFace& face,
                                          const std::vector<std::string>& drill) {
  std::vector<std::string> options{"--port",          "0",
                                   "--key",           "drill-key:drill-secret",
                                   "--balance",       "USDT=1000000",
                                   "--spot-fee",      "quote",
                                   "--ignore-limits", "--speed",
                                   drill.at(1),       "--time-origin",
                                   drill.at(3)};
  options.push_back("--symbols");
  options.insert(options.end(), face.symbols.begin(), face.symbols.end());
  return options;
}

// What goes wrong in a round: all that can happen to a request, and one thing more that lasts. The
// times of a delay are real ones, all others the venue's.
Json faults_of(std::uint64_t round, std::uint64_t seed) {
  Json rules = Json::array();
  for (const char* kind : {"drop_reply", "reset", "error_500", "timeout", "truncate", "malformed",
                           "drop_request", "unavailable"})
    rules.push_back({{"kind", kind}, {"chance", 12}});
  rules.push_back({{"kind", "latency"}, {"chance", 12}, {"ms", 30}});
  rules.push_back({{"kind", "rate_limited"}, {"chance", 4}});
  Json plan{{"seed", seed + round}};
  switch (round % 6) {
    case 1: plan["clock_skew_ms"] = 3'000; break;
    case 2: plan["candle_lag_ms"] = 90'000; break;
    case 3: plan["repeat_candles"] = true; break;
    case 4: plan["outage_ms"] = 180'000; break;
    case 5: rules.push_back({{"kind", "ban"}, {"chance", 25}, {"count", 1}, {"ms", 30'000}}); break;
    default: break;
  }
  plan["rules"] = std::move(rules);
  return plan;
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
  void begin_faults(const Json& plan) {
    const exchange::HttpResponse answer = send({exchange::HttpMethod::kPost,
                                                base_url_ + "/admin/faults",
                                                {"Content-Type: application/json"},
                                                plan.dump()});
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
  }
  void end_faults() { send({exchange::HttpMethod::kDelete, base_url_ + "/admin/faults", {}, {}}); }
  // How often something went wrong on purpose, and how often within an outage.
  std::uint64_t faults() {
    std::uint64_t sum = 0;
    const Json ledger = get("/admin/ledger");
    for (const Json& endpoint : ledger.at("endpoints").value(venue_, Json::object()))
      sum += endpoint.at("faults").get<std::uint64_t>();
    return sum;
  }

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

// Orders that were filled and added to a position.
std::size_t enlarged(const EngineRecords& records) {
  return static_cast<std::size_t>(std::ranges::count_if(records.trades, [](const auto& named) {
    return enlarges(named.second) && named.second.status == TradeStatus::kCompleted;
  }));
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

std::string differ(const std::string& what, Decimal ours, Decimal theirs) {
  return ours == theirs ? std::string{}
                        : fmt::format("{}: {} on record, {} at the venue", what, to_string(ours),
                                      to_string(theirs));
}

// To the last decimal: what fills have moved at a spot venue, what positions have brought at one of
// perpetuals.
Decimal money_on_record(const VenueFace& face, const EngineRecords& records) {
  Decimal money = Decimal::from_int(1'000'000);
  if (!face.is_spot()) {
    for (const auto& [id, position] : records.positions)
      money += position.realised_profit.value - position.fees.value;
    return money;
  }
  for (const auto& [id, fill] : records.fills) {
    const Decimal value = *multiply(fill.price.value, fill.quantity.value, Rounding::kHalfEven);
    money += fill.side == OrderSide::kBuy ? -value : value;
    money -= fill.fee.value;
  }
  return money;
}

// By symbol: for how much stops and targets stand.
std::map<std::string, Decimal> protection(const Json& account) {
  std::map<std::string, Decimal> sums;
  for (const Json& order : account.at("open_orders"))
    if (order.at("trigger") != "0")
      sums[order.at("symbol").get<std::string>()] +=
          Decimal::literal(order.at("quantity").get<std::string>()) -
          Decimal::literal(order.at("filled").get<std::string>());
  return sums;
}

// Coins, positions, money, stops and targets. Empty: the books are those of the venue.
std::string disagreement(const VenueFace& face, const Json& account, const EngineRecords& records) {
  auto sums = recorded(records);
  auto triggers = protection(account);
  for (const std::string& symbol : face.symbols) {
    const Decimal held = held_at_venue(face, account, symbol);
    if (std::string text = differ(symbol, sums[symbol], held); !text.empty()) return text;
    const Decimal of_both = abs(held) + abs(held);
    if (std::string text = differ("stops and targets of " + symbol, of_both, triggers[symbol]);
        !text.empty())
      return text;
  }
  return differ("money", money_on_record(face, records),
                Decimal::literal(account.at("balances").at("USDT").at("total").get<std::string>()));
}

// Lets the engine finish what is open, until it knows every execution that the venue has and the
// books agree at a moment at which neither moved.
void comes_together(ChildProcess& engine, const VenueFace& face, const KillDrill& drill,
                    VenueAuditor& auditor) {
  const actors::Stopwatch watch;
  std::string apart = "nothing was compared";
  while (watch.seconds() < 60) {
    REQUIRE_MESSAGE(!engine.wait(Duration{50}).has_value(), engine.output());
    const Json before = auditor.account();
    const EngineRecords records = read_records(drill.data());
    const Json after = auditor.account();
    if (before.at("executions") != after.at("executions") ||
        before.at("open_orders") != after.at("open_orders"))
      continue;
    if (records.open_trades > 0) {
      apart = fmt::format("{} trades are open", records.open_trades);
      continue;
    }
    if (records.fills.size() != after.at("executions").get<std::size_t>()) {
      apart = fmt::format("{} fills, {} executions", records.fills.size(),
                          after.at("executions").dump());
      continue;
    }
    apart = disagreement(face, after, records);
    if (apart.empty()) return;
  }
  FAIL("books and venue do not come together: ", apart, "\n", engine.output());
}

void set_mode(const KillDrill& drill, const std::string& mode) {
  const Ended ended = run_program("botbox", {"mode", mode, "--data", drill.data().string()});
  REQUIRE_MESSAGE(ended.exit_code == 0, ended.out << ended.err);
}

// A life without faults in which nothing is entered.
void check_books(const VenueFace& face, KillDrill& drill, VenueAuditor& auditor,
                 const std::string& config) {
  set_mode(drill, "reducing");
  const auto engine = drill.start(config);
  REQUIRE_MESSAGE(engine->says(kReady, kPatience), engine->output());
  comes_together(*engine, face, drill, auditor);
  drill.end_gently(*engine);
  set_mode(drill, "active");
}

// The orders that added to a position. One of four loops may see none: prices decide.
std::size_t run_kill_loop(const VenueFace& face) {
  const std::uint64_t seed = number_from("BOTBOX_KILL_SEED", 20240101);
  const std::uint64_t rounds = number_from("BOTBOX_VENUE_ROUNDS", kVenueRounds);
  INFO("BOTBOX_KILL_SEED=", seed, " ", face.kind);
  const actors::Stopwatch watch;
  KillDrill drill(seed);
  ChildProcess venue("botbox-exchange", exchange_options(face, drill.options()));
  const std::uint16_t port = port_of(venue);
  VenueAuditor auditor(port, face.venue);
  const std::string keys =
      write_text(drill.home(), "venue.keys", "key = drill-key\nsecret = drill-secret\n");
  REQUIRE(::chmod(keys.c_str(), S_IRUSR | S_IWUSR) == 0);
  const std::string busy = write_text(drill.home(), "busy.toml", venue_config(face, port, "10s"));
  for (std::uint64_t round = 0; round < rounds; ++round) {
    INFO("round ", round);
    auditor.begin_faults(faults_of(round, seed));
    drill.kill_round(busy);
    auditor.end_faults();
    const auto records = drill.examine_if_any();
    if (!records) continue;
    check_orders(auditor.orders(), *records);
    check_books(face, drill, auditor, busy);
  }
  // Each bot looks at most once more.
  const std::string calm = write_text(drill.home(), "calm.toml", venue_config(face, port, "7d"));
  const auto engine = drill.start(calm);
  REQUIRE_MESSAGE(engine->says(kReady, kPatience), engine->output());
  comes_together(*engine, face, drill, auditor);
  drill.end_gently(*engine);
  const EngineRecords at_end = drill.examine();
  const Json orders = auditor.orders();
  check_orders(orders, at_end);
  check_completed(orders, at_end);
  report(drill.tally(), orders.size(), watch.seconds());
  const std::uint64_t faults = auditor.faults();
  const std::size_t added = enlarged(at_end);
  MESSAGE(faults << " faults, " << added << " orders that added to a position");
  CHECK(orders.size() >= rounds);
  CHECK(faults > rounds);
  return added;
}

}  // namespace

TEST_SUITE("venue_kill_loop") {
  TEST_CASE("killed at any moment over each venue, no order is lost or sent twice") {
    const std::array faces{spot_face("bybit-spot", "bybit"), linear_face("bybit-linear", "bybit"),
                           spot_face("binance-spot", "binance-spot"),
                           linear_face("binance-usdm", "binance-usdm")};
    std::size_t added = 0;
    for (const VenueFace& face : faces) added += run_kill_loop(face);
    CHECK(added > 0);
  }
}

}  // namespace botbox::process
