// Strategy: looks at closed candles and shared indicators, and proposes. Pure: the same input gives
// the same evaluation, and the input holds no candle that was not closed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/market/market_needs.hpp"
#include "engine/market/market_view.hpp"
#include "engine/model/bot.hpp"
#include "engine/model/signal.hpp"
#include "engine/strategy/indicators.hpp"
#include "engine/strategy/regime.hpp"
#include "engine/strategy/schema.hpp"

namespace botbox {

// One measured number, for the trace: {"rsi(14)", 28.4}.
struct Measurement {
  std::string name;
  double value = 0;
};

struct Proposal {
  Direction direction = Direction::kLong;
  double score = 0;  // 0..1
};

struct Evaluation {
  bool warm = false;  // false: too few candles, nothing is proposed
  std::optional<Proposal> proposal;
  std::vector<Condition> conditions;
  std::vector<Measurement> measurements;
  // The kind of market as the strategy sees it; empty: as everybody does (regime_of). It goes into
  // the record. Where the strategy does not trade in it, a gate refuses its entries, its exits
  // pass.
  std::optional<RegimeKind> regime;
  bool trades_regime = true;
};

class Strategy {
 public:
  virtual ~Strategy() = default;
  // What must be computed for a bot with these parameters. The market-data cache computes each spec
  // once per candle for all bots.
  virtual std::vector<IndicatorSpec> indicators(const BotConfig& config) const = 0;
  // The same with longer timeframes and shared rules. By default: the indicators alone.
  virtual MarketNeeds needs(const BotConfig& config) const;
  // This strategy prepared for one bot's timeframe and parameters; null: it serves all as it is.
  // kInvalidInput: it makes no sense with them; the fix says which one to change. Bots with the
  // same of both may share the result.
  virtual Result<std::shared_ptr<const Strategy>> prepared(const BotConfig& config) const;
  // `position` is the bot's open position on the symbol, or null.
  virtual Evaluation evaluate(const MarketView& market, const BotConfig& config,
                              const Position* position) const = 0;
};

// The value of a parameter, or the catalogue's default.
double parameter(const BotConfig& config, std::string_view name, double otherwise);

// What the catalogue knows; the same names that a config uses.
class StrategyCatalogue {
 public:
  // RSI reversion, EMA cross, and bots that only follow signals from outside.
  static StrategyCatalogue standard();

  // A name that is there already is replaced. `id` is what a bot's settings hold: the name, or for
  // strategies that users edit the name and its content (rule/definition.hpp).
  void add(StrategySchema schema, std::shared_ptr<const Strategy> strategy);
  void add(StrategyId id, StrategySchema schema, std::shared_ptr<const Strategy> strategy);
  // By name; a content after '@' is not compared, so that a bot that is only kept for its open
  // position finds its strategy also after an edit. Null when there is none of that name.
  std::shared_ptr<const Strategy> find(const StrategyId& id) const;
  // Empty when there is none of that name.
  StrategyId id_of(std::string_view name) const;
  std::vector<StrategySchema> schemas() const;

 private:
  struct Entry {
    StrategyId id;
    StrategySchema schema;
    std::shared_ptr<const Strategy> strategy;
  };
  const Entry* entry(std::string_view name) const;
  std::vector<Entry> entries_;
};

}  // namespace botbox
