// Simulator: the admin endpoints. They need no key and meet no fault.
//
//   GET    /admin                               the paths of all of these
//   GET    /admin/time                          {"now","speed"}
//   POST   /admin/time   {"speed"}              0: stands still
//   POST   /admin/step   {"ms"}                 moves time and market on
//   GET    /admin/ledger                        {"orders":{venue:{client id:{...}}},"endpoints"}
//   GET    /admin/requests                      the newest 10,000
//   GET    /admin/accounts                      balances, positions, open orders of all accounts
//   GET | POST | DELETE /admin/faults           {"seed","rules":[{"kind","path","chance","count",
//          "ms"}],"clock_skew_ms","candle_lag_ms","read_lag_ms","repeat_candles","outage_ms"}; what
//          is not said stays as it is; of a rule only the kind is needed: always, everywhere,
//          without end
//   POST   /admin/order     {"venue","key","symbol","side","quantity"}   a market order by hand
//   POST   /admin/close     {"venue","key","symbol"}                     closes a position by hand
//   POST   /admin/liquidate {"venue","key","symbol"}
//   POST   /admin/bust      {"venue","key","symbol"}                     takes a trade back
//   POST   /admin/deposit   {"venue","key","asset","amount"}
//   POST   /admin/hedge     {"venue","key","symbol","on"}   the position mode of a symbol
//   POST   /admin/delist    {"venue","symbol"}
//   POST   /admin/filters   {"venue","symbol","tick","lot","min_quantity","min_notional"}
//
// Symbols as ccxt writes them: BTC/USDT, BTC/USDT:USDT. A member that nobody knows, and a number
// that is none, is refused with 400: it would change nothing, unseen.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>

#include "exchange/simulator/simulator.hpp"

namespace botbox::exchange::sim {
namespace {

WireAnswer answer(const Json& body, int status = 200) { return {status, body.dump(), {}}; }
WireAnswer wrong(const std::string& message) { return answer({{"error", message}}, 400); }

Json fault_json(const FaultPlan& plan) {
  Json rules = Json::array();
  for (const FaultRule& rule : plan.rules)
    rules.push_back({{"kind", std::string(to_string(rule.kind))},
                     {"path", rule.path},
                     {"chance", rule.chance},
                     {"count", rule.count},
                     {"ms", rule.lasts.count()}});
  return {{"seed", plan.seed},
          {"rules", std::move(rules)},
          {"clock_skew_ms", plan.clock_skew.count()},
          {"candle_lag_ms", plan.candle_lag.count()},
          {"read_lag_ms", plan.read_lag.count()},
          {"repeat_candles", plan.repeat_candles},
          {"outage_until", plan.outage_until.ms}};
}

Json admin_index() {
  return {{"venues", {{"bybit", "/v5"}, {"binance-spot", "/api/v3"}, {"binance-usdm", "/fapi"}}},
          {"get",
           {"/admin/time", "/admin/ledger", "/admin/requests", "/admin/accounts", "/admin/faults"}},
          {"post",
           {"/admin/step", "/admin/time", "/admin/faults", "/admin/order", "/admin/close",
            "/admin/liquidate", "/admin/bust", "/admin/deposit", "/admin/hedge", "/admin/delist",
            "/admin/filters"}},
          {"delete", Json::array({"/admin/faults"})}};
}

// Empty: all is well; else what is wrong.
std::string check_members(const Params& params, std::initializer_list<std::string_view> known,
                          std::initializer_list<const char*> whole_numbers) {
  for (const auto& [name, value] : params.all())
    if (std::find(known.begin(), known.end(), name) == known.end())
      return fmt::format("unknown member '{}'", name);
  for (const char* name : whole_numbers)
    if (params.has(name) && !params.integer(name))
      return fmt::format("{} must be a whole number", name);
  return {};
}

std::string read_rule(const Params& given, FaultRule& rule) {
  const std::string bad =
      check_members(given, {"kind", "path", "chance", "count", "ms"}, {"chance", "count", "ms"});
  if (!bad.empty()) return bad;
  const auto kind = parse_fault_kind(given.text("kind"));
  const std::int64_t chance = given.integer("chance").value_or(1000);
  if (!kind) return "unknown kind '" + given.text("kind") + "'";
  if (chance < 0 || chance > 1000) return "chance must be 0 to 1000";
  rule = {*kind, given.text("path"), static_cast<std::uint32_t>(chance),
          given.integer("count").value_or(-1), Duration{given.integer("ms").value_or(200)}};
  return {};
}

// Empty: done; else what is wrong, and nothing was changed.
std::string read_faults(const Params& params, Timestamp now, FaultPlan& plan) {
  const std::string bad =
      check_members(params,
                    {"seed", "rules", "clock_skew_ms", "candle_lag_ms", "read_lag_ms",
                     "repeat_candles", "outage_ms"},
                    {"seed", "clock_skew_ms", "candle_lag_ms", "read_lag_ms", "outage_ms"});
  if (!bad.empty()) return bad;
  std::vector<FaultRule> rules = plan.rules;
  if (params.has("rules")) {
    const auto given = parse_objects(params.text("rules"));
    if (!given) return "rules is no array of objects";
    rules.assign(given->size(), {});
    for (std::size_t i = 0; i < rules.size(); ++i)
      if (const std::string wrong_rule = read_rule((*given)[i], rules[i]); !wrong_rule.empty())
        return wrong_rule;
  }
  plan.rules = std::move(rules);
  if (const auto seed = params.integer("seed")) plan.reseed(static_cast<std::uint64_t>(*seed));
  if (const auto ms = params.integer("clock_skew_ms")) plan.clock_skew = Duration{*ms};
  if (const auto ms = params.integer("candle_lag_ms")) plan.candle_lag = Duration{*ms};
  if (const auto ms = params.integer("read_lag_ms")) plan.read_lag = Duration{*ms};
  if (const auto ms = params.integer("outage_ms")) plan.outage_until = now + Duration{*ms};
  if (params.has("repeat_candles")) plan.repeat_candles = params.flag("repeat_candles");
  return {};
}

// The words of those that an order, or anything else by hand, meets.
std::string why_refused(Refusal refusal) {
  switch (refusal) {
    case Refusal::kUnknownSymbol: return "no such symbol at this venue";
    case Refusal::kNotTrading: return "the symbol is delisted";
    case Refusal::kQuantityNotPositive: return "the quantity must be above zero";
    case Refusal::kQuantityOffLot: return "the quantity is no multiple of the lot";
    case Refusal::kQuantityTooSmall: return "the quantity is below the smallest";
    case Refusal::kQuantityTooLarge: return "the quantity is above the largest";
    case Refusal::kNotionalTooSmall: return "it is worth less than the minimum notional";
    case Refusal::kInsufficientBalance: return "the account has not enough";
    case Refusal::kReduceOnly:
    case Refusal::kNoPosition: return "there is no position";
    case Refusal::kOrderNotFound: return "there is no trade";
    case Refusal::kNoMarket: return "there is no price yet";
    default: return fmt::format("refused, reason {}", static_cast<int>(refusal));
  }
}

std::optional<OrderSide> side_by_hand(std::string word) {
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
  if (word == "buy") return OrderSide::kBuy;
  if (word == "sell") return OrderSide::kSell;
  return std::nullopt;
}

// Empty: done; else what is wrong.
std::string order_by_hand(SimulatedVenue& at, Account& account, const Symbol& symbol,
                          const Params& params) {
  const auto side = side_by_hand(params.text("side"));
  const auto quantity = params.decimal("quantity");
  if (!side) return "side must be BUY or SELL";
  if (!quantity) return "quantity must be a number";
  PlaceOrder order;
  order.symbol = symbol;
  order.origin = Origin::kAdmin;
  order.venue_type = "MARKET";
  order.side = *side;
  order.quantity = {*quantity};
  const auto made = at.place(account, order);
  return made ? std::string{} : why_refused(made.error());
}

std::string close_by_hand(SimulatedVenue& at, Account& account, const Symbol& symbol) {
  const Decimal held = at.position(account, symbol).size;
  if (held.is_zero()) return why_refused(Refusal::kNoPosition);
  PlaceOrder order;
  order.symbol = symbol;
  order.origin = Origin::kAdmin;
  order.venue_type = "MARKET";
  order.side = held.is_negative() ? OrderSide::kBuy : OrderSide::kSell;
  order.reduce_only = true;
  order.quantity = {abs(held)};
  const auto made = at.place(account, order);
  return made ? std::string{} : why_refused(made.error());
}

std::string deposit_by_hand(SimulatedVenue& at, Account& account, const Params& params) {
  const auto amount = params.decimal("amount");
  if (params.text("asset").empty()) return "asset must be given";
  if (!amount) return "amount must be a number";
  at.deposit(account, {params.text("asset")}, *amount);
  return {};
}

// Empty: all that is given is a number, and something is.
std::string check_new_filters(const Params& params) {
  bool is_given = false;
  for (const char* name : {"tick", "lot", "min_quantity", "min_notional"}) {
    if (!params.has(name)) continue;
    is_given = true;
    const auto value = params.decimal(name);
    if (!value || value->is_negative()) return fmt::format("{} must be a number", name);
  }
  return is_given ? "" : "tick, lot, min_quantity or min_notional must be given";
}

Json ledger_json(const RequestLedger& ledger) {
  Json orders = Json::object(), endpoints = Json::object();
  for (const auto& [of, entry] : ledger.orders())
    orders[of.first][of.second] = {{"arrived", entry.arrived},
                                   {"accepted", entry.accepted},
                                   {"duplicates", entry.duplicates},
                                   {"refused", entry.refused}};
  for (const auto& [of, count] : ledger.endpoints())
    endpoints[of.first][of.second] = {{"requests", count.requests},
                                      {"executed", count.executed},
                                      {"turned_away", count.turned_away},
                                      {"faults", count.faults}};
  return {{"orders", std::move(orders)}, {"endpoints", std::move(endpoints)}};
}

}  // namespace

Json Simulator::admin_accounts() const {
  Json all = Json::object();
  for (const auto& [name, venue] : venues_) {
    Json& of_venue = all[name] = Json::object();
    for (const Account* account : venue->accounts()) {
      Json balances = Json::object(), positions = Json::object(), open = Json::array();
      for (const auto& [asset, purse] : account->purses)
        balances[asset.value] = {{"total", to_string(purse.total)},
                                 {"locked", to_string(purse.locked)}};
      for (const auto& [symbol, position] : account->positions)
        if (!position.size.is_zero())
          positions[symbol.value] = {{"size", to_string(position.size)},
                                     {"entry", to_string(position.average_entry())},
                                     {"leverage", to_string(position.leverage)}};
      for (const Order* order : account->open)
        open.push_back({{"client_id", order->request.client_id},
                        {"symbol", order->request.symbol.value},
                        {"side", std::string(to_string(order->request.side))},
                        {"quantity", to_string(order->request.quantity)},
                        {"filled", to_string(order->filled)},
                        {"limit", to_string(order->request.limit)},
                        {"trigger", to_string(order->request.trigger_price)}});
      of_venue[account->name] = {{"balances", std::move(balances)},
                                 {"positions", std::move(positions)},
                                 {"open_orders", std::move(open)},
                                 {"orders", account->orders.size()},
                                 {"executions", account->executions.size()}};
    }
  }
  return all;
}

WireAnswer Simulator::admin_time(const WireRequest& request) {
  Params params;
  if (request.method == "POST" && !parse_object(request.body, params))
    return wrong("the body is no JSON object");
  if (request.path == "/admin/step") {
    const auto ms = params.integer("ms");
    if (!ms || *ms < 0) return wrong("ms must be a number, zero or more");
    clock_.step(Duration{*ms});
  } else if (request.method == "POST") {
    const auto speed = params.integer("speed");
    if (!speed || *speed < 0) return wrong("speed must be a number, zero or more");
    clock_.set_speed(*speed);
  }
  move_market();
  return answer({{"now", clock_.now().ms}, {"speed", clock_.speed()}});
}

WireAnswer Simulator::admin(const WireRequest& request) {
  const std::string& path = request.path;
  if (path == "/admin" || path == "/admin/") return answer(admin_index());
  if (path == "/admin/time" || path == "/admin/step") return admin_time(request);
  if (path == "/admin/ledger") return answer(ledger_json(ledger_));
  if (path == "/admin/accounts") return answer(admin_accounts());
  if (path == "/admin/requests") {
    Json rows = Json::array();
    for (const RequestNote& note : ledger_.recent())
      rows.push_back({{"at", note.at.ms},
                      {"venue", note.venue},
                      {"request", note.what},
                      {"status", note.status},
                      {"fault", note.fault}});
    return answer(rows);
  }
  Params params;
  if (request.method == "POST" && !parse_object(request.body, params))
    return wrong("the body is no JSON object");
  if (path == "/admin/faults") {
    if (request.method == "DELETE") faults_ = {};
    if (request.method == "POST")
      if (const std::string bad = read_faults(params, clock_.now(), faults_); !bad.empty())
        return wrong(bad);
    return answer(fault_json(faults_));
  }
  if (request.method == "POST") return admin_hand(request, params);
  return answer({{"error", "no such path"}}, 404);
}

WireAnswer Simulator::admin_hand(const WireRequest& request, const Params& params) {
  const std::string what = request.path.substr(7);
  const auto venue = venues_.find(params.text("venue"));
  if (venue == venues_.end()) return wrong("venue must be bybit, binance-spot or binance-usdm");
  const std::string strange =
      check_members(params,
                    {"venue", "key", "symbol", "side", "quantity", "asset", "amount", "on", "tick",
                     "lot", "min_quantity", "min_notional"},
                    {});
  if (!strange.empty()) return wrong(strange);
  SimulatedVenue& at = *venue->second;
  const Symbol symbol{params.text("symbol")};
  Outcome<void> done;
  std::string bad;
  if (what == "delist") {
    done = at.delist(symbol);
  } else if (what == "filters") {
    if (bad = check_new_filters(params); !bad.empty()) return wrong(bad);
    done = at.change_filters(symbol, [&](Listing& listing) {
      Instrument& i = listing.instrument;
      if (const auto tick = params.decimal("tick"); tick && tick->is_positive()) i.tick = {*tick};
      if (const auto lot = params.decimal("lot"); lot && lot->is_positive()) i.lot = {*lot};
      if (const auto least = params.decimal("min_quantity")) i.min_quantity = {*least};
      if (const auto least = params.decimal("min_notional")) i.min_notional = {*least};
    });
  } else {
    Account* account = at.account(params.text("key"));
    if (account == nullptr) return wrong("no account has this key");
    if (what == "liquidate") {
      done = at.liquidate(*account, symbol);
    } else if (what == "bust") {
      done = at.bust(*account, symbol);
    } else if (what == "hedge") {
      done = at.set_hedged(*account, symbol, params.flag("on"));
    } else if (what == "deposit") {
      bad = deposit_by_hand(at, *account, params);
    } else if (what == "order") {
      bad = order_by_hand(at, *account, symbol, params);
    } else if (what == "close") {
      bad = close_by_hand(at, *account, symbol);
    } else {
      return answer({{"error", "no such path"}}, 404);
    }
  }
  if (!done) bad = why_refused(done.error());
  if (!bad.empty()) return wrong(bad);
  return answer({{"done", true}});
}

}  // namespace botbox::exchange::sim
