// Simulator: the admin endpoints. They need no key and meet no fault.
//
//   GET    /admin/time                          {"now","speed"}
//   POST   /admin/time   {"speed"}              0: stands still
//   POST   /admin/step   {"ms"}                 moves time and market on
//   GET    /admin/ledger                        {"orders":{venue:{client id:{...}}},"endpoints"}
//   GET    /admin/requests                      the newest 10,000
//   GET    /admin/accounts                      balances, positions, open orders of all accounts
//   GET | POST | DELETE /admin/faults           {"seed","rules":[{"kind","path","chance","count",
//          "ms"}],"clock_skew_ms","candle_lag_ms","repeat_candles","outage_ms"}
//   POST   /admin/order     {"venue","key","symbol","side","quantity"}   a market order by hand
//   POST   /admin/close     {"venue","key","symbol"}                     closes a position by hand
//   POST   /admin/liquidate {"venue","key","symbol"}
//   POST   /admin/bust      {"venue","key","symbol"}                     takes a trade back
//   POST   /admin/deposit   {"venue","key","asset","amount"}
//   POST   /admin/hedge     {"venue","key","symbol","on"}   the position mode of a symbol
//   POST   /admin/delist    {"venue","symbol"}
//   POST   /admin/filters   {"venue","symbol","tick","lot","min_quantity","min_notional"}
//
// Symbols as ccxt writes them: BTC/USDT, BTC/USDT:USDT.
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
          {"repeat_candles", plan.repeat_candles},
          {"outage_until", plan.outage_until.ms}};
}

// Empty: done; else what is wrong. Members that are not given stay as they are.
std::string read_faults(const Params& params, Timestamp now, FaultPlan& plan) {
  std::vector<FaultRule> rules = plan.rules;
  if (params.has("rules")) {
    const auto given = parse_objects(params.text("rules"));
    if (!given) return "rules is no array of objects";
    rules.clear();
    for (const Params& one : *given) {
      const auto kind = parse_fault_kind(one.text("kind"));
      const std::int64_t chance = one.integer("chance").value_or(1000);
      if (!kind) return "unknown kind '" + one.text("kind") + "'";
      if (chance < 0 || chance > 1000) return "chance must be 0 to 1000";
      rules.push_back({*kind, one.text("path"), static_cast<std::uint32_t>(chance),
                       one.integer("count").value_or(-1),
                       Duration{one.integer("ms").value_or(200)}});
    }
  }
  plan.rules = std::move(rules);
  if (const auto seed = params.integer("seed")) plan.reseed(static_cast<std::uint64_t>(*seed));
  if (const auto ms = params.integer("clock_skew_ms")) plan.clock_skew = Duration{*ms};
  if (const auto ms = params.integer("candle_lag_ms")) plan.candle_lag = Duration{*ms};
  if (const auto ms = params.integer("outage_ms")) plan.outage_until = now + Duration{*ms};
  if (params.has("repeat_candles")) plan.repeat_candles = params.flag("repeat_candles");
  return {};
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
  SimulatedVenue& at = *venue->second;
  const Symbol symbol{params.text("symbol")};
  Outcome<void> done;
  if (what == "delist") {
    done = at.delist(symbol);
  } else if (what == "filters") {
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
    const Position held = at.position(*account, symbol);
    if (what == "liquidate") {
      done = at.liquidate(*account, symbol);
    } else if (what == "bust") {
      done = at.bust(*account, symbol);
    } else if (what == "hedge") {
      done = at.set_hedged(*account, symbol, params.flag("on"));
    } else if (what == "deposit") {
      at.deposit(*account, {params.text("asset")}, params.decimal("amount").value_or(Decimal{}));
    } else if (what == "order" || what == "close") {
      PlaceOrder order;
      order.symbol = symbol;
      order.origin = Origin::kAdmin;
      order.venue_type = "MARKET";
      const bool buys = what == "close" ? held.size.is_negative() : params.text("side") == "BUY";
      order.side = buys ? OrderSide::kBuy : OrderSide::kSell;
      order.reduce_only = what == "close";
      order.quantity = {what == "close" ? abs(held.size)
                                        : params.decimal("quantity").value_or(Decimal{})};
      if (const auto made = at.place(*account, order); !made) done = tl::unexpected(made.error());
    } else {
      return answer({{"error", "no such path"}}, 404);
    }
  }
  if (!done) return wrong("refused: reason " + std::to_string(static_cast<int>(done.error())));
  return answer({{"done", true}});
}

}  // namespace botbox::exchange::sim
