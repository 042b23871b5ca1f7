#include "tests/exchange/simulator/simulated_desk.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace botbox::exchange::testing {
namespace {

constexpr const char* kKey = "desk-key";
constexpr const char* kSecret = "desk-secret";
MarketType market_of(VenueKind kind) {
  return kind == VenueKind::kBybitSpot || kind == VenueKind::kBinanceSpot ? MarketType::kSpot
                                                                          : MarketType::kLinear;
}

sim::SimulatorConfig simulator_config(const SimulatedDeskOptions& options) {
  sim::SimulatorConfig config;
  config.keys = {{kKey, kSecret}};
  config.balances = {{{"USDT"}, Decimal::from_int(100'000)}};
  if (options.fee_coin == sim::FeeCoin::kThird) config.balances[{"BNB"}] = Decimal::from_int(10);
  config.listings = sim_listings();
  config.spot_fee_coin = options.fee_coin;
  config.max_participation = Decimal::literal(options.participation);
  config.funding_rate = Decimal::literal(options.funding);
  config.enforce_limits = options.enforce_limits;
  return config;
}

}  // namespace

std::string_view name_of(VenueKind kind) {
  switch (kind) {
    case VenueKind::kBybitSpot: return "bybit spot";
    case VenueKind::kBybitLinear: return "bybit linear";
    case VenueKind::kBinanceSpot: return "binance spot";
    case VenueKind::kBinanceUsdm: return "binance usd-m";
  }
  return "?";
}

SimulatedDesk::SimulatedDesk(SimulatedDeskOptions options)
    : options_(std::move(options)),
      market_(market_of(options_.kind)),
      symbol_(market_ == MarketType::kSpot ? kSimSpot : kSimLinear),
      clock_(kSimStart),
      venue_clock_(clock_, kSimStart, 1) {
  add_minutes(feed_, options_.minutes);
  simulator_ = std::make_unique<sim::Simulator>(simulator_config(options_), feed_, venue_clock_);
  auto server = sim::SimulatorServer::start(*simulator_);
  REQUIRE(server.has_value());
  server_ = *std::move(server);
  restart({});
}

SimulatedDesk::~SimulatedDesk() {
  exchange_.reset();
  api_.reset();
}

void SimulatedDesk::restart(const std::vector<OpenBracket>& open) {
  exchange_.reset();
  VenueOptions options;
  options.kind = options_.kind;
  options.url = fmt::format("http://127.0.0.1:{}", server_->port());
  options.credentials = {kKey, kSecret};
  api_ = open_venue(std::move(options), clock_);
  exchange_ = std::make_unique<VenueExchange>(api_, options_.settings);
  exchange_->adopt(open);
  exchange_->connect(link());
  cursor = 0;
  REQUIRE(instruments(*exchange_).has_value());
}

ExchangeLink SimulatedDesk::link() {
  return {.acquire =
              [this](PermitRequest, Reply<Permit> reply) {
                if (no_room || --room < 0) return reply(fail(ErrorCode::kRateLimited, "no room"));
                ++permits;
                reply(Permits::fresh());
              },
          .on_counter =
              [this](std::string_view window, std::int64_t used) {
                const std::lock_guard lock(told_);
                counters[std::string(window)] = used;
              },
          .on_stop =
              [this](std::optional<Duration> after) {
                const std::lock_guard lock(told_);
                stops.push_back(after);
              },
          .on_event =
              [this](std::string_view kind, std::string text) {
                const std::lock_guard lock(told_);
                events.emplace_back(kind, std::move(text));
              },
          .on_stop_passed =
              [this](PassedStop passed) {
                const std::lock_guard lock(told_);
                passed_.push_back(std::move(passed));
              }};
}

std::string SimulatedDesk::venue() const {
  switch (options_.kind) {
    case VenueKind::kBinanceSpot: return "binance-spot";
    case VenueKind::kBinanceUsdm: return "binance-usdm";
    default: return "bybit";
  }
}

void SimulatedDesk::step(Duration by) { clock_.advance(by); }

nlohmann::json SimulatedDesk::send(HttpRequest request) {
  request.url = fmt::format("http://127.0.0.1:{}{}", server_->port(), request.url);
  const auto answer = ask<HttpResponse>(
      [&](auto reply) { by_hand_.send(Permits::fresh(), std::move(request), reply); });
  REQUIRE(answer.has_value());
  REQUIRE_MESSAGE(answer->status == 200, answer->body);
  return nlohmann::json::parse(answer->body);
}

nlohmann::json SimulatedDesk::get(const std::string& path) { return send({.url = path}); }

nlohmann::json SimulatedDesk::post(const std::string& path, const nlohmann::json& body) {
  return send({.method = HttpMethod::kPost, .url = path, .body = body.dump()});
}

void SimulatedDesk::fault(const std::string& kind, const std::string& path, int count) {
  const nlohmann::json rule{{"kind", kind}, {"path", path}, {"chance", 1000}, {"count", count}};
  post("/admin/faults", {{"rules", nlohmann::json::array({rule})}});
}

void SimulatedDesk::hedge(bool on) {
  post("/admin/hedge", {{"venue", venue()}, {"key", kKey}, {"symbol", symbol_.value}, {"on", on}});
}

void SimulatedDesk::buy_by_hand(const std::string& quantity) {
  post("/admin/order", {{"venue", venue()},
                        {"key", kKey},
                        {"symbol", symbol_.value},
                        {"side", "BUY"},
                        {"quantity", quantity}});
}

nlohmann::json SimulatedDesk::account() { return get("/admin/accounts").at(venue()).at(kKey); }

std::size_t SimulatedDesk::open_orders() { return account().at("open_orders").size(); }

std::uint32_t SimulatedDesk::accepted(const std::string& client_id) {
  const nlohmann::json orders = get("/admin/ledger").at("orders");
  if (!orders.contains(venue()) || !orders.at(venue()).contains(client_id)) return 0;
  return orders.at(venue()).at(client_id).at("accepted").get<std::uint32_t>();
}

OrderRequest SimulatedDesk::entry(const std::string& id, std::string_view quantity) const {
  return with_target(with_stop(order(id, symbol_, OrderSide::kBuy, quantity), "90"), "120");
}

std::map<std::string, OrderReport> SimulatedDesk::poll() {
  const auto changed = updates(*exchange_, cursor);
  REQUIRE_MESSAGE(changed.has_value(), to_string(changed.error()));
  cursor = changed->next_cursor;
  std::map<std::string, OrderReport> by_id;
  for (const OrderReport& report : changed->reports) by_id[report.client_id.value] = report;
  return by_id;
}

std::vector<PassedStop> SimulatedDesk::take_passed() {
  const std::lock_guard lock(told_);
  return std::exchange(passed_, {});
}

std::size_t SimulatedDesk::events_of(std::string_view kind) const {
  const std::lock_guard lock(told_);
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(), [&](const auto& e) { return e.first == kind; }));
}

}  // namespace botbox::exchange::testing
