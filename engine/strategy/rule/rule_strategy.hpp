// RuleStrategy: a strategy made of rules, compiled for one timeframe and one set of parameters.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/strategy/rule/compile.hpp"
#include "engine/strategy/rule/definition.hpp"
#include "engine/strategy/strategy.hpp"

namespace botbox::rule {

class RuleStrategy final : public Strategy {
 public:
  // `parameters` may leave out what is at its default. kInvalidInput: the first rule that is wrong,
  // or a warm-up that is longer than the candles that the engine keeps.
  static Result<std::shared_ptr<const RuleStrategy>> create(
      const StrategyDefinition& definition, Timeframe timeframe,
      const std::vector<StrategyParameter>& parameters);

  std::vector<IndicatorSpec> indicators(const BotConfig& config) const override;
  MarketNeeds needs(const BotConfig& config) const override;
  // Compiled anew, unless this is of the bot's timeframe and parameters already.
  Result<std::shared_ptr<const Strategy>> prepared(const BotConfig& config) const override;

  // Without a position: each factor of the sides that the market can trade, the score, and an entry
  // when a side reaches its threshold (the higher score, if both do; none, if they are equal). With
  // one: the exit rule of its side. A regime that it does not trade is for the gate to refuse.
  // Throws what prepared() would refuse.
  Evaluation evaluate(const MarketView& market, const BotConfig& config,
                      const Position* position) const override;

  // The same decision from slots that were computed elsewhere, without the record; no entry in a
  // regime that is not traded.
  struct Step {
    std::optional<Proposal> entry;
    bool exit_long = false;
    bool exit_short = false;
  };
  Step step(std::span<const double> slots, MarketType market) const;

  const Program& program() const { return *program_; }
  Timeframe timeframe() const { return timeframe_; }
  std::vector<WarmUp> warm_up() const { return rule::warm_up(*program_, timeframe_); }

 private:
  struct Compared {
    Slot left = 0;
    Slot right = 0;
    Slot holds = 0;
  };
  struct Rule {
    std::string label;  // "long oversold: rsi(14) < oversold"
    Slot value = 0;
    std::vector<Compared> comparisons;
  };
  struct Factor {
    Rule rule;
    double weight = 1;
  };
  struct Side {
    Direction direction = Direction::kLong;
    std::vector<Factor> factors;
    std::optional<Rule> require;
    std::optional<Rule> exit;
    double threshold = 1;
    double weights = 0;
  };
  class Assembly;

  RuleStrategy() = default;
  static Condition record(const Rule& rule, std::span<const double> slots);
  static double score_of(const Side& side, std::span<const double> slots);
  static bool enters(const Side& side, double score, std::span<const double> slots);
  bool is_tradable(const Side& side, MarketType market) const;
  bool trades_regime(std::span<const double> slots) const;
  std::optional<Proposal> entry(std::span<const double> slots, MarketType market) const;
  bool is_prepared_for(const BotConfig& config) const;
  void measure(Evaluation& evaluation, std::span<const double> slots) const;
  Evaluation evaluate_here(const MarketView& market, MarketType type,
                           const Position* position) const;

  std::shared_ptr<const StrategyDefinition> definition_;
  Timeframe timeframe_;
  std::vector<StrategyParameter> parameters_;  // complete
  std::shared_ptr<const Program> program_;
  std::vector<std::string> input_names_;  // of the program's inputs; empty: not worth a record
  Side long_;
  Side short_;
  std::optional<Rule> regime_;
};

}  // namespace botbox::rule
