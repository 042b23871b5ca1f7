#include "tests/support/venue_fleet.hpp"

#include <fmt/format.h>

#include <map>

#include "actors/venue_history.hpp"
#include "engine/assert.hpp"
#include "engine/model/position.hpp"
#include "exchange/market/synthetic_market.hpp"
#include "storage/rows.hpp"

namespace botbox::test {
namespace {

using exchange::VenueKind;

constexpr const char* kKey = "fleet-key";
constexpr const char* kSecret = "fleet-secret";
constexpr Timestamp kStart{1'704'067'200'000};  // 2024-01-01

bool trades_spot(VenueKind kind) {
  return kind == VenueKind::kBybitSpot || kind == VenueKind::kBinanceSpot;
}

Instrument listed(const std::string& coin, bool spot) {
  Instrument made;
  made.base = {coin};
  made.quote = {"USDT"};
  made.market = spot ? MarketType::kSpot : MarketType::kLinear;
  made.symbol = {fmt::format("{}/USDT{}", made.base.value, spot ? "" : ":USDT")};
  made.tick = Price::literal("0.01");
  made.lot = Quantity::literal("0.0001");
  made.min_quantity = made.lot;
  made.max_quantity = Quantity::literal("100000");
  made.min_notional = Notional::literal("5");
  return made;
}

void scale_in(BotConfig& bot) {
  bot.stake = Decimal::literal("100");
  RiskPlan& plan = bot.plan.emplace_back();
  plan.scaling = {.levels = 2,
                  .deviation = Decimal::literal("0.001"),
                  .deviation_scale = Decimal::literal("1.5"),
                  .size_scale = Decimal::literal("1.5")};
}

BotConfig bot_on(std::size_t number, const Symbol& symbol, bool spot) {
  BotConfig bot;
  bot.id = {fmt::format("bot-{:03}", number)};
  bot.name = bot.id.value;
  bot.symbol = symbol;
  bot.market = spot ? MarketType::kSpot : MarketType::kLinear;
  bot.timeframe = Timeframe::minutes(1);
  bot.check_interval = Duration{60'000};
  bot.allocation = Notional::literal("1000");
  bot.stake = Decimal::literal("250");
  bot.stop_loss_ratio = Decimal::literal("0.004");
  bot.take_profit_ratio = Decimal::literal("0.008");
  bot.max_open_positions = 1;
  const auto varied = [number](std::size_t n) { return static_cast<double>(number % n); };
  if (number % 2 == 0) {
    bot.strategy = {"rsi_reversion"};
    bot.parameters = {{"exit_rsi", 55},
                      {"overbought", 65},
                      {"oversold", 35 + varied(5)},
                      {"rsi_period", 7 + varied(4)}};
  } else {
    bot.strategy = {"ema_cross"};
    bot.parameters = {{"fast", 3 + varied(3)}, {"slow", 9}};
  }
  return bot;
}

}  // namespace

VenueFleet::VenueFleet(VenueFleetOptions options)
    : options_(std::move(options)), clock_(kStart), venue_clock_(clock_, kStart, 1) {
  exchange::SyntheticMarketConfig market;
  market.seed = options_.market_seed;
  exchange::sim::SimulatorConfig config;
  for (std::size_t i = 0; i < options_.symbols; ++i) {
    const std::string coin = i == 0 ? options_.first_coin : fmt::format("C{:03}", i);
    const Instrument instrument = listed(coin, is_spot());
    symbols_.push_back(instrument.symbol);
    market.symbols.push_back({instrument,
                              Price{Decimal::from_int(100 + 50 * static_cast<int>(i % 7))},
                              Decimal::literal("0.04"), Quantity::literal("1000")});
    exchange::sim::Listing listing;
    listing.instrument = instrument;
    config.listings.push_back(listing);
  }
  for (std::size_t i = 0; i < options_.bots; ++i)
    bots_.push_back(bot_on(i, symbols_[i % symbols_.size()], is_spot()));
  if (options_.scales_in)
    for (BotConfig& bot : bots_) scale_in(bot);
  auto made = exchange::SyntheticMarket::create(std::move(market));
  ENGINE_ASSERT(made.has_value());
  feed_ = std::make_unique<exchange::SyntheticMarket>(*std::move(made));
  config.keys = {{kKey, kSecret}};
  config.balances = {{{"USDT"}, Decimal::from_int(1'000'000)}};
  config.spot_fee_coin = options_.fee_coin;
  if (options_.fee_coin == exchange::sim::FeeCoin::kThird)
    config.balances[{"BNB"}] = Decimal::from_int(1'000);
  config.faults = options_.faults;
  config.enforce_order_caps = options_.enforce_order_caps;
  config.max_participation = options_.max_participation;
  config.funding_rate = options_.funding_rate;
  simulator_ = std::make_unique<exchange::sim::Simulator>(config, *feed_, venue_clock_);
  sender_ = std::make_unique<SimulatorSender>(*simulator_);
  by_hand_ = open_api();
  by_hand_->set_signals({});
}

std::shared_ptr<exchange::VenueApi> VenueFleet::open_api() {
  exchange::VenueOptions venue;
  venue.kind = options_.kind;
  venue.url = "http://venue";
  venue.credentials = {kKey, kSecret};
  return exchange::open_venue_over(*sender_, std::move(venue), clock_);
}

bool VenueFleet::is_spot() const { return trades_spot(options_.kind); }

std::string VenueFleet::venue() const {
  switch (options_.kind) {
    case VenueKind::kBinanceSpot: return "binance-spot";
    case VenueKind::kBinanceUsdm: return "binance-usdm";
    default: return "bybit";
  }
}

void VenueFleet::start() {
  stop();
  const std::shared_ptr<exchange::VenueApi> api = open_api();
  auto exchange = std::make_shared<exchange::VenueExchange>(api);
  const auto records = std::make_shared<storage::MemoryStore>(medium_);
  const auto open = actors::venue_history(*records);
  ENGINE_ASSERT(open.has_value());
  exchange->adopt(
      *open, [records](const ClientOrderId& leg) { return actors::bracket_finder(*records)(leg); });
  actors::VirtualEngineOptions made;
  made.start = clock_.now();
  made.bots = bots_;
  made.exchange = std::move(exchange);
  made.settings.exchange_name = std::string(api->name());
  made.settings.limits.windows = api->limits();
  made.settings.trade_queue.poll_interval =
      std::max(made.settings.trade_queue.poll_interval,
               exchange::poll_interval_for(*api, symbols_.size(), 3 * bots_.size()));
  made.settings.reconciliation.is_on = options_.reconciles;
  made.settings.reconciliation.rules.decisions[static_cast<std::size_t>(DifferenceKind::kDust)] =
      DifferenceDecision::kAdopt;
  made.open_store = [this](const Clock&) -> Result<std::unique_ptr<storage::Store>> {
    return std::make_unique<storage::MemoryStore>(medium_);
  };
  if (options_.adjust) options_.adjust(made);
  auto started = actors::VirtualEngine::start(std::move(made));
  ENGINE_ASSERT(started.has_value());
  engine_ = *std::move(started);
  clock_.follow(&engine_->clock());
}

void VenueFleet::stop() {
  clock_.follow(nullptr);
  engine_.reset();
}

const exchange::sim::Account& VenueFleet::account() {
  return *simulator_->venue(venue()).account(kKey);
}

std::uint64_t VenueFleet::turned_away() const {
  std::uint64_t sum = 0;
  for (const auto& [endpoint, count] : simulator_->ledger().endpoints()) sum += count.turned_away;
  return sum;
}

std::uint64_t VenueFleet::requests(const std::string& part) const {
  std::uint64_t sum = 0;
  for (const auto& [endpoint, count] : simulator_->ledger().endpoints())
    if (endpoint.second.find(part) != std::string::npos) sum += count.requests;
  return sum;
}

std::size_t VenueFleet::booked_fills() {
  std::size_t count = 0;
  const auto visited = storage::visit_all<storage::BookedFill>(
      engine_->store(), storage::Kind::kFill, [&](auto, const storage::BookedFill& booked) {
        // A reduction that was adopted is no execution.
        if (!booked.fill.order_id.empty()) ++count;
      });
  ENGINE_ASSERT(visited.has_value());
  return count;
}

bool VenueFleet::comes_to_rest() {
  for (int second = 0; second < 3'600; ++second) {
    engine_->advance(Duration{1'000});
    if (booked_fills() == account().executions.size()) return true;
  }
  return false;
}

bool VenueFleet::tells_funding() {
  const auto is_owed = [this] {
    const auto& payments = account().funding;
    bool is_held = false;
    const auto visited = storage::visit_all<Position>(
        engine_->store(), storage::Kind::kPosition, [&](auto, const Position& position) {
          const bool is_open = position.status == PositionStatus::kOpen;
          is_held =
              is_held || (is_open && !payments.empty() && position.opened_at < payments.back().at);
        });
    ENGINE_ASSERT(visited.has_value());
    return is_held;
  };
  for (int minute = 0; minute < 8 * 60 - 20; ++minute) {
    if (!is_owed()) return true;
    engine_->advance(Duration{60'000});
  }
  return false;
}

std::string VenueFleet::what_differs() {
  struct Sums {
    Decimal executed, booked;
  };
  std::map<std::string, Sums> orders;
  for (const exchange::sim::Execution& execution : account().executions)
    orders[execution.order->request.client_id].executed += execution.quantity.value;
  const auto visited = storage::visit_all<storage::BookedFill>(
      engine_->store(), storage::Kind::kFill, [&](auto, const storage::BookedFill& booked) {
        orders[booked.fill.client_id.value].booked += booked.fill.quantity.value;
      });
  ENGINE_ASSERT(visited.has_value());
  std::string text;
  for (const auto& [id, sums] : orders) {
    if (sums.executed == sums.booked) continue;
    text += fmt::format("\n{}: executed {}, booked {}", id, to_string(sums.executed),
                        to_string(sums.booked));
    for (const exchange::sim::Execution& execution : account().executions)
      if (execution.order->request.client_id == id)
        text += fmt::format("\n  {} {} at {}, order of {}{}", to_string(execution.quantity),
                            execution.order->request.symbol.value, to_iso8601(execution.at),
                            to_iso8601(execution.order->created_at),
                            execution.order->is_conditional() ? ", a leg" : "");
  }
  return text;
}

Decimal VenueFleet::in_records(const Symbol& symbol) {
  Decimal sum;
  const auto visited = storage::visit_all<Position>(
      engine_->store(), storage::Kind::kPosition, [&](auto, const Position& position) {
        if (position.symbol != symbol || position.status == PositionStatus::kClosed) return;
        const bool is_short = position.side == PositionSide::kShort;
        const Decimal held = position.quantity.value;
        sum += is_short ? -held : held;
      });
  ENGINE_ASSERT(visited.has_value());
  return sum;
}

Decimal VenueFleet::at_venue(const Symbol& symbol) {
  const exchange::sim::Account& held = account();
  if (!is_spot()) {
    const auto position = held.positions.find(symbol);
    return position == held.positions.end() ? Decimal{} : position->second.size;
  }
  const auto purse = held.purses.find(parse_symbol(symbol.value)->base);
  return purse == held.purses.end() ? Decimal{} : purse->second.total;
}

}  // namespace botbox::test
