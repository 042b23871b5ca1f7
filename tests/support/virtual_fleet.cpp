#include "tests/support/virtual_fleet.hpp"

#include <array>

#include "engine/assert.hpp"

namespace botbox::test {
namespace {

Instrument instrument(std::string_view symbol, std::string_view tick, std::string_view lot) {
  const Result<SymbolParts> parts = parse_symbol(symbol);
  ENGINE_ASSERT(parts.has_value());
  Instrument made;
  made.symbol = parts->unified;
  made.base = parts->base;
  made.quote = parts->quote;
  made.market = parts->market;
  made.tick = Price::literal(tick);
  made.lot = Quantity::literal(lot);
  made.min_quantity = made.lot;
  made.min_notional = Notional::literal("5");
  return made;
}

std::array<Instrument, 3> instruments() {
  return {instrument("BTC/USDT", "0.01", "0.00001"), instrument("ETH/USDT", "0.01", "0.0001"),
          instrument("SOL/USDT:USDT", "0.001", "0.01")};
}

}  // namespace

exchange::PaperConfig paper_config() {
  exchange::PaperConfig config;
  for (const Instrument& listed : instruments())
    config.instruments.push_back(
        {listed, Decimal::from_int(listed.market == MarketType::kLinear ? 5 : 1)});
  config.balances = {{Asset{"USDT"}, Decimal::from_int(1'000'000)}};
  config.taker_fee = Decimal::literal("0.001");
  config.maker_fee = Decimal::literal("0.001");
  config.slippage = Decimal::literal("0.0005");
  return config;
}

std::shared_ptr<exchange::MarketFeed> synthetic_feed(std::uint64_t seed) {
  exchange::SyntheticMarketConfig config;
  config.seed = seed;
  const std::array<std::string_view, 3> prices{"60000", "3000", "150"};
  std::size_t next = 0;
  for (const Instrument& listed : instruments())
    config.symbols.push_back({listed, Price::literal(prices[next++]), Decimal::literal("0.04"),
                              Quantity::literal("100")});
  Result<exchange::SyntheticMarket> market = exchange::SyntheticMarket::create(std::move(config));
  ENGINE_ASSERT(market.has_value());
  return std::make_shared<exchange::SyntheticMarket>(std::move(*market));
}

std::vector<BotConfig> lively_bots(std::size_t count) {
  const std::array<Instrument, 3> listed = instruments();
  std::vector<BotConfig> bots;
  for (std::size_t i = 0; i < count; ++i) {
    const Instrument& traded = listed[i % listed.size()];
    BotConfig bot;
    bot.id = {fmt::format("bot-{:03}", i)};
    bot.name = bot.id.value;
    bot.symbol = traded.symbol;
    bot.market = traded.market;
    bot.timeframe = Timeframe::minutes(1);
    bot.check_interval = Duration{60'000};
    bot.allocation = Notional::literal("1000");
    bot.stake = Decimal::literal("250");
    bot.stop_loss_ratio = Decimal::literal("0.004");
    bot.take_profit_ratio = Decimal::literal("0.008");
    const bool is_rsi = i % 2 == 0;
    bot.strategy = {is_rsi ? "rsi_reversion" : "ema_cross"};
    if (is_rsi)
      bot.parameters = {{"exit_rsi", 55},
                        {"overbought", 65},
                        {"oversold", 35 + static_cast<double>(i % 5)},
                        {"rsi_period", 7 + static_cast<double>(i % 4)}};
    else
      bot.parameters = {{"fast", 3 + static_cast<double>(i % 3)}, {"slow", 9}};
    bots.push_back(std::move(bot));
  }
  return bots;
}

std::vector<BotConfig> planned_bots(std::size_t count) {
  std::vector<BotConfig> bots = lively_bots(count);
  for (BotConfig& bot : bots) {
    bot.stop_loss_ratio = Decimal::literal("0.02");
    bot.take_profit_ratio = Decimal::literal("0.05");
    bot.stake = Decimal::literal("100");
    RiskPlan& plan = bot.plan.emplace_back();
    plan.exits.trailing = {.distance = Decimal::literal("0.003"),
                           .atr_multiple = {},
                           .activation = Decimal::literal("0.004")};
    plan.exits.break_even_at = Decimal::literal("0.0035");
    plan.exits.break_even_offset = Decimal::literal("0.0025");
    plan.exits.time_stop = Duration{7'200'000};
    plan.exits.roi = {{Duration{1'800'000}, Decimal::literal("-0.002")}};
    plan.exits.partials = {{Decimal::literal("0.003"), Decimal::literal("0.5")}};
    plan.exits.on_reversal = true;
    plan.scaling = {.levels = 2,
                    .deviation = Decimal::literal("0.002"),
                    .deviation_scale = Decimal::literal("1.5"),
                    .size_scale = Decimal::literal("1.5")};
    plan.guards.streak = {.trades = 3, .limit = {}, .lookback = {}, .pause = Duration{600'000}};
  }
  return bots;
}

actors::VirtualEngineOptions fleet_options(std::size_t bots, std::uint64_t market_seed) {
  actors::VirtualEngineOptions options;
  options.bots = lively_bots(bots);
  options.feed = synthetic_feed(market_seed);
  options.paper = paper_config();
  options.settings.limits = actors::default_limits();
  return options;
}

}  // namespace botbox::test
