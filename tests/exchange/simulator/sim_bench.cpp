#include "tests/exchange/simulator/sim_bench.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "exchange/venue/signing.hpp"

namespace botbox::exchange::testing {
namespace {

sim::SimulatorConfig bench_config(const SimBenchOptions& options) {
  const Signing right;
  sim::SimulatorConfig config;
  config.keys = {{right.key, right.secret}};
  config.balances = {{{"USDT"}, Decimal::from_int(100'000)}, {{"BTC"}, Decimal::from_int(10)}};
  config.listings = sim_listings();
  config.spot_fee_coin = options.fee_coin;
  config.max_participation = Decimal::literal(options.participation);
  config.funding_rate = Decimal::literal(options.funding);
  config.enforce_limits = options.enforce_limits;
  config.enforce_order_caps = options.enforce_order_caps;
  return config;
}

TableMarket& with_minutes(TableMarket& feed, const std::vector<std::string>& minutes) {
  add_minutes(feed, minutes);
  return feed;
}

}  // namespace

SimBench::SimBench(const SimBenchOptions& options)
    : venue_clock(clock, kSimStart, 1),
      simulator(bench_config(options), with_minutes(feed, options.minutes), venue_clock) {}

sim::WireRequest SimBench::binance(const std::string& method, const std::string& path,
                                   const std::string& query, const Signing& signing) const {
  sim::WireRequest request{method, path, query, {}, {}};
  if (!request.query.empty()) request.query += '&';
  if (!signing.window.empty()) request.query += "recvWindow=" + signing.window + "&";
  request.query += fmt::format("timestamp={}", (clock.now() + signing.stamp_off).ms);
  request.query += "&signature=" + hmac_sha256_hex(signing.secret, request.query);
  if (!signing.key.empty()) request.headers["x-mbx-apikey"] = signing.key;
  return request;
}

sim::WireRequest SimBench::bybit(const std::string& method, const std::string& path,
                                 const std::string& text, const Signing& signing) const {
  const bool gets = method == "GET";
  sim::WireRequest request{method, path, gets ? text : "", gets ? "" : text, {}};
  const std::string stamp = std::to_string((clock.now() + signing.stamp_off).ms);
  request.headers["x-bapi-timestamp"] = stamp;
  if (!signing.key.empty()) request.headers["x-bapi-api-key"] = signing.key;
  if (!signing.window.empty()) request.headers["x-bapi-recv-window"] = signing.window;
  request.headers["x-bapi-sign"] =
      hmac_sha256_hex(signing.secret, stamp + signing.key + signing.window + text);
  return request;
}

Json SimBench::spot(const std::string& method, const std::string& path, const std::string& query) {
  return Json::parse(send(binance(method, "/api/v3/" + path, query)).answer.body);
}

Json SimBench::usdm(const std::string& method, const std::string& path, const std::string& query) {
  return Json::parse(send(binance(method, "/fapi/" + path, query)).answer.body);
}

Json SimBench::bybit_result(const std::string& method, const std::string& path,
                            const std::string& text) {
  const Json body = Json::parse(send(bybit(method, "/v5/" + path, text)).answer.body);
  REQUIRE_MESSAGE(body.at("retCode") == 0, body.dump());
  return body.at("result");
}

int SimBench::bybit_code(const std::string& method, const std::string& path,
                         const std::string& text) {
  return Json::parse(send(bybit(method, "/v5/" + path, text)).answer.body).at("retCode");
}

void SimBench::step(Duration by) {
  clock.advance(by);
  simulator.handle({"GET", "/admin/time", {}, {}, {}});
}

const sim::Account& SimBench::account(const std::string& venue) {
  return *simulator.venue(venue).account(Signing{}.key);
}

Decimal SimBench::total(const std::string& venue, const std::string& asset) {
  const auto& purses = account(venue).purses;
  const auto found = purses.find({asset});
  return found == purses.end() ? Decimal{} : found->second.total;
}

Decimal SimBench::locked(const std::string& venue, const std::string& asset) {
  const auto& purses = account(venue).purses;
  const auto found = purses.find({asset});
  return found == purses.end() ? Decimal{} : found->second.locked;
}

}  // namespace botbox::exchange::testing
