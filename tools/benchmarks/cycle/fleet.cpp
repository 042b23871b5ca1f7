#include "tools/benchmarks/cycle/fleet.hpp"

#include <array>
#include <charconv>

#include "actors/wall_clock.hpp"
#include "engine/assert.hpp"
#include "tools/benchmarks/cycle/table_market.hpp"

namespace botbox::bench {
namespace {

constexpr std::size_t kSymbols = 20;
constexpr std::size_t kBotsInARow = 10;
const IndicatorSpec kRsi{IndicatorKind::kRsi, 14, 0};
const IndicatorSpec kEma{IndicatorKind::kEma, 20, 0};
const IndicatorSpec kBollinger{IndicatorKind::kBollinger, 20, 2};

Symbol symbol(std::size_t i) { return {fmt::format("C{:02}/USDT", i % kSymbols)}; }

Instrument instrument(std::size_t i) {
  const Result<SymbolParts> parts = parse_symbol(symbol(i).value);
  ENGINE_ASSERT(parts.has_value());
  Instrument made;
  made.symbol = parts->unified;
  made.base = parts->base;
  made.quote = parts->quote;
  made.market = parts->market;
  made.tick = Price::literal("0.01");
  made.lot = Quantity::literal("0.0001");
  made.min_quantity = made.lot;
  made.min_notional = Notional::literal("5");
  return made;
}

using Values = std::array<IndicatorValue, 3>;

Values shared_values(const MarketView& market) {
  return {market.indicators->latest(kRsi), market.indicators->latest(kEma),
          market.indicators->latest(kBollinger)};
}

Values own_values(const MarketView& market) {
  Indicator rsi(kRsi), ema(kEma), bollinger(kBollinger);
  for (const Candle& candle : market.series->candles()) {
    const double close = to_double_for_indicator(candle.close.value);
    const Bar bar{to_double_for_indicator(candle.open.value),
                  to_double_for_indicator(candle.high.value),
                  to_double_for_indicator(candle.low.value), close,
                  to_double_for_indicator(candle.volume.value)};
    rsi.update(bar);
    ema.update(bar);
    bollinger.update(bar);
  }
  return {rsi.value(), ema.value(), bollinger.value()};
}

class BenchStrategy final : public Strategy {
 public:
  BenchStrategy(Indicators indicators, std::shared_ptr<CheckStarts> starts)
      : indicators_(indicators), starts_(std::move(starts)) {}

  std::vector<IndicatorSpec> indicators(const BotConfig&) const override {
    if (indicators_ == Indicators::kPerBot) return {};
    return {kRsi, kEma, kBollinger};
  }

  Evaluation evaluate(const MarketView& market, const BotConfig& config,
                      const Position* position) const override {
    (*starts_)[static_cast<std::size_t>(parameter(config, "index", 0))] = elapsed();
    const auto [rsi, ema, bollinger] =
        indicators_ == Indicators::kShared ? shared_values(market) : own_values(market);
    Evaluation evaluation;
    if (!rsi.ready || !ema.ready || !bollinger.ready) return evaluation;
    evaluation.warm = true;
    evaluation.measurements = {{"rsi", rsi.value()},
                               {"ema", ema.value()},
                               {"bollinger_upper", bollinger.upper()},
                               {"bollinger_lower", bollinger.lower()}};
    const double threshold = parameter(config, "threshold", -1);
    const bool fires = rsi.value() < threshold;
    evaluation.conditions.push_back({"rsi < threshold", rsi.value(), threshold, fires});
    if (fires)
      evaluation.proposal =
          Proposal{position == nullptr ? Direction::kLong : Direction::kClose, 1.0};
    return evaluation;
  }

 private:
  Indicators indicators_;
  std::shared_ptr<CheckStarts> starts_;
};

}  // namespace

double elapsed() {
  static const actors::Stopwatch watch;
  return watch.seconds();
}

std::vector<BotConfig> fleet(std::size_t bots) {
  std::vector<BotConfig> made;
  made.reserve(bots);
  for (std::size_t i = 0; i < bots; ++i) {
    BotConfig bot;
    bot.id = {fmt::format("bot-{:06}", i)};
    bot.name = bot.id.value;
    bot.strategy = {"bench"};
    bot.parameters = {{"index", static_cast<double>(i)}, {"threshold", i % 10 == 0 ? 101.0 : -1.0}};
    bot.symbol = symbol(i / kBotsInARow);
    bot.timeframe = Timeframe::minutes(5);
    bot.check_interval = kCycleLength;
    bot.allocation = Notional::literal("1000");
    bot.stake = Decimal::literal("100");
    made.push_back(std::move(bot));
  }
  return made;
}

std::size_t index_of(const BotId& bot) {
  std::size_t index = 0;
  const std::string& text = bot.value;
  std::from_chars(text.data() + 4, text.data() + text.size(), index);
  return index;
}

StrategyCatalogue catalogue(Indicators indicators, std::shared_ptr<CheckStarts> starts) {
  StrategyCatalogue made;
  made.add({.name = "bench", .description = "", .parameters = {}, .ordered = {}},
           std::make_shared<BenchStrategy>(indicators, std::move(starts)));
  return made;
}

std::shared_ptr<exchange::MarketFeed> market() {
  std::vector<Symbol> symbols;
  for (std::size_t i = 0; i < kSymbols; ++i) symbols.push_back(symbol(i));
  constexpr std::size_t kBefore = kWindow + 50;
  constexpr std::size_t kAfter = 2'000;
  return std::make_shared<TableMarket>(std::move(symbols),
                                       kStart - kCycleLength * static_cast<std::int64_t>(kBefore),
                                       kBefore + kAfter);
}

exchange::PaperConfig paper_config() {
  exchange::PaperConfig config;
  for (std::size_t i = 0; i < kSymbols; ++i) config.instruments.push_back({instrument(i)});
  config.balances = {{Asset{"USDT"}, Decimal::from_int(1'000'000'000)}};
  config.taker_fee = Decimal::literal("0.001");
  config.maker_fee = Decimal::literal("0.001");
  config.slippage = Decimal::literal("0.0005");
  return config;
}

}  // namespace botbox::bench
