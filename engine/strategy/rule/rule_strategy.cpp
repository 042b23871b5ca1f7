#include "engine/strategy/rule/rule_strategy.hpp"

#include <algorithm>
#include <stdexcept>

#include "engine/short_text.hpp"
#include "engine/strategy/indicator_registry.hpp"
#include "engine/strategy/rule/shared_rules.hpp"
#include "engine/strategy/rule/view_inputs.hpp"

namespace botbox::rule {
namespace {

constexpr std::size_t kMostMeasurements = 16;
// Weights such as 0.1 have no exact sum.
constexpr double kScoreTolerance = 1e-9;

// "rsi(14)", "ema(200)@4h", "macd(12,26,9).histogram": without quotes, for it becomes a JSON key.
std::string name_of_input(const Input& input, Timeframe timeframe) {
  if (input.back != 0 || input.as_of != 0) return {};
  std::string name;
  if (input.kind == InputKind::kIndicator) {
    const IndicatorDescription& row = describe(input.spec.kind);
    name = to_string(input.spec);
    if (row.outputs.size() > 1) name += fmt::format(".{}", row.outputs[input.output].name);
  } else if (input.kind == InputKind::kCandle && input.timeframe != timeframe) {
    name = to_string(input.field);
  } else {
    return {};  // the candle itself is on record
  }
  if (input.timeframe != timeframe) name += "@" + to_string(input.timeframe);
  return name;
}

std::string regime_rule(const std::vector<std::string>& regimes) {
  std::string text;
  for (const std::string& name : regimes)
    text += fmt::format("{}regime().{}", text.empty() ? "" : " or ", name);
  return text;
}

Result<void> check_warm_up(const Program& program, Timeframe timeframe) {
  for (const WarmUp& need : rule::warm_up(program, timeframe))
    if (need.candles > kCandlesKept)
      return fail(ErrorCode::kInvalidInput,
                  fmt::format("its rules need {} candles of {}, the engine keeps {}", need.candles,
                              to_string(need.timeframe), kCandlesKept),
                  "1:1", "use shorter periods, or a longer timeframe");
  return {};
}

}  // namespace

// Compiles the rules into one program; slots are known only once it is complete.
class RuleStrategy::Assembly {
 public:
  explicit Assembly(const Scope& scope) : scope_(scope) {}

  Result<void> add(const std::string& label, const std::string& text) {
    BOTBOX_ASSIGN(CompiledRule compiled, compile(text, scope_, builder_));
    rules_.push_back({short_text(label + ": " + text), std::move(compiled)});
    return {};
  }
  Result<void> add(const std::string& name, const SideDefinition& side) {
    for (const FactorDefinition& factor : side.factors)
      BOTBOX_TRY(add(name + " " + factor.name, factor.when));
    if (!side.require.empty()) BOTBOX_TRY(add(name + " require", side.require));
    if (!side.exit.empty()) BOTBOX_TRY(add(name + " exit", side.exit));
    return {};
  }

  Program program() const { return builder_.program(); }
  // In the order in which they were added.
  Rule next() {
    const Named& named = rules_[taken_++];
    Rule rule{named.label, builder_.slot_of(named.compiled.value), {}};
    for (const Comparison& c : named.compiled.comparisons)
      rule.comparisons.push_back(
          {builder_.slot_of(c.left), builder_.slot_of(c.right), builder_.slot_of(c.holds)});
    return rule;
  }
  Side next(Direction direction, const SideDefinition& definition) {
    Side side{.direction = direction, .threshold = definition.threshold};
    for (const FactorDefinition& factor : definition.factors) {
      side.factors.push_back({next(), factor.weight});
      side.weights += factor.weight;
    }
    if (!definition.require.empty()) side.require = next();
    if (!definition.exit.empty()) side.exit = next();
    return side;
  }

 private:
  struct Named {
    std::string label;
    CompiledRule compiled;
  };
  Scope scope_;
  ProgramBuilder builder_;
  std::vector<Named> rules_;
  std::size_t taken_ = 0;
};

Result<std::shared_ptr<const RuleStrategy>> RuleStrategy::create(
    const StrategyDefinition& definition, Timeframe timeframe,
    const std::vector<StrategyParameter>& parameters) {
  std::shared_ptr<RuleStrategy> made(new RuleStrategy);
  made->definition_ = std::make_shared<const StrategyDefinition>(definition);
  made->timeframe_ = timeframe;
  made->parameters_ = complete(definition, parameters);
  Assembly assembly(Scope{timeframe, made->parameters_});
  BOTBOX_TRY(assembly.add("long", definition.long_side));
  BOTBOX_TRY(assembly.add("short", definition.short_side));
  if (!definition.regimes.empty())
    BOTBOX_TRY(assembly.add("regime", regime_rule(definition.regimes)));
  made->program_ = std::make_shared<const Program>(assembly.program());
  BOTBOX_TRY(check_warm_up(*made->program_, timeframe));
  made->long_ = assembly.next(Direction::kLong, definition.long_side);
  made->short_ = assembly.next(Direction::kShort, definition.short_side);
  if (!definition.regimes.empty()) made->regime_ = assembly.next();
  for (const Input& input : made->program_->inputs)
    made->input_names_.push_back(name_of_input(input, timeframe));
  return std::shared_ptr<const RuleStrategy>(std::move(made));
}

// -- for one bot

bool RuleStrategy::is_prepared_for(const BotConfig& config) const {
  return config.timeframe == timeframe_ &&
         (config.parameters == parameters_ ||
          complete(*definition_, config.parameters) == parameters_);
}

Result<std::shared_ptr<const Strategy>> RuleStrategy::prepared(const BotConfig& config) const {
  if (is_prepared_for(config)) return std::shared_ptr<const Strategy>{};
  BOTBOX_ASSIGN(auto made, create(*definition_, config.timeframe, config.parameters));
  return std::shared_ptr<const Strategy>(std::move(made));
}

MarketNeeds RuleStrategy::needs(const BotConfig& config) const {
  const Result<std::shared_ptr<const Strategy>> other = prepared(config);
  if (!other) return {};  // evaluate() says why
  if (*other != nullptr) return (*other)->needs(config);
  MarketNeeds needs;
  for (const Input& input : program_->inputs) {
    MarketNeeds one;
    std::vector<IndicatorSpec> specs;
    if (input.kind == InputKind::kIndicator) specs.push_back(input.spec);
    if (input.timeframe == timeframe_)
      one.indicators = std::move(specs);
    else
      one.higher.push_back({input.timeframe, std::move(specs)});
    needs.merge(one);
  }
  needs.rules.push_back(program_);
  return needs;
}

std::vector<IndicatorSpec> RuleStrategy::indicators(const BotConfig& config) const {
  return needs(config).indicators;
}

// -- a candle

double RuleStrategy::score_of(const Side& side, std::span<const double> slots) {
  double met = 0;
  for (const Factor& factor : side.factors)
    if (is_met(slots[factor.rule.value])) met += factor.weight;
  return side.factors.empty() ? 0 : std::clamp(met / side.weights, 0.0, 1.0);
}

bool RuleStrategy::enters(const Side& side, double score, std::span<const double> slots) {
  return !side.factors.empty() && score + kScoreTolerance >= side.threshold &&
         (!side.require || is_met(slots[side.require->value]));
}

bool RuleStrategy::is_tradable(const Side& side, MarketType market) const {
  return !side.factors.empty() &&
         (side.direction == Direction::kLong || market == MarketType::kLinear);
}

bool RuleStrategy::trades_regime(std::span<const double> slots) const {
  return !regime_ || is_met(slots[regime_->value]);
}

std::optional<Proposal> RuleStrategy::entry(std::span<const double> slots,
                                            MarketType market) const {
  std::optional<Proposal> best;
  for (const Side* side : {&long_, &short_}) {
    if (!is_tradable(*side, market)) continue;
    const double score = score_of(*side, slots);
    if (!enters(*side, score, slots)) continue;
    if (best && best->score == score) return std::nullopt;
    if (!best || score > best->score) best = Proposal{side->direction, score};
  }
  return best;
}

RuleStrategy::Step RuleStrategy::step(std::span<const double> slots, MarketType market) const {
  return {.entry = trades_regime(slots) ? entry(slots, market) : std::nullopt,
          .exit_long = long_.exit && is_met(slots[long_.exit->value]),
          .exit_short = short_.exit && is_met(slots[short_.exit->value])};
}

// A rule of several comparisons is recorded by the one that made it what it is: the first that
// holds if it is met, the first that does not if it is not.
Condition RuleStrategy::record(const Rule& rule, std::span<const double> slots) {
  const double value = slots[rule.value];
  Condition condition{rule.label, is_met(value) ? 1.0 : 0.0, 1, is_met(value)};
  const auto telling =
      std::find_if(rule.comparisons.begin(), rule.comparisons.end(),
                   [&](const Compared& c) { return is_met(slots[c.holds]) == condition.met; });
  if (!is_known(value)) {
    condition.name += " (unknown: something in it has no value on this candle)";
    condition.value = 0;
  } else if (telling != rule.comparisons.end()) {
    condition.value = is_known(slots[telling->left]) ? slots[telling->left] : 0;
    condition.threshold = is_known(slots[telling->right]) ? slots[telling->right] : 0;
  }
  return condition;
}

void RuleStrategy::measure(Evaluation& evaluation, std::span<const double> slots) const {
  for (std::size_t i = 0; i < input_names_.size(); ++i) {
    if (evaluation.measurements.size() == kMostMeasurements) return;
    if (!input_names_[i].empty() && is_known(slots[i]))
      evaluation.measurements.push_back({input_names_[i], slots[i]});
  }
}

Evaluation RuleStrategy::evaluate_here(const MarketView& market, MarketType type,
                                       const Position* position) const {
  std::vector<double> slots(program_->slots());
  if (market.rules == nullptr || !market.rules->read(program_.get(), slots)) {
    read_inputs(market, *program_, slots);
    program_->run(slots);
  }
  Evaluation evaluation;
  measure(evaluation, slots);
  const auto inputs = std::span(slots).first(program_->inputs.size());
  evaluation.warm =
      std::all_of(inputs.begin(), inputs.end(), is_known) || is_warm(market, *program_);
  if (regime_) evaluation.regime = regime_of(market);
  if (!evaluation.warm) return evaluation;
  if (position != nullptr) {
    const Side& side = position->side == PositionSide::kLong ? long_ : short_;
    if (!side.exit) return evaluation;
    evaluation.conditions.push_back(record(*side.exit, slots));
    if (evaluation.conditions.back().met) evaluation.proposal = Proposal{Direction::kClose, 1};
    return evaluation;
  }
  if (regime_) evaluation.conditions.push_back(record(*regime_, slots));
  for (const Side* side : {&long_, &short_}) {
    if (!is_tradable(*side, type)) continue;
    for (const Factor& factor : side->factors)
      evaluation.conditions.push_back(record(factor.rule, slots));
    if (side->require) evaluation.conditions.push_back(record(*side->require, slots));
    const double score = score_of(*side, slots);
    evaluation.conditions.push_back({side == &long_ ? "long score" : "short score", score,
                                     side->threshold, score + kScoreTolerance >= side->threshold});
  }
  evaluation.proposal = entry(slots, type);
  evaluation.trades_regime = trades_regime(slots);
  return evaluation;
}

Evaluation RuleStrategy::evaluate(const MarketView& market, const BotConfig& config,
                                  const Position* position) const {
  if (is_prepared_for(config)) return evaluate_here(market, config.market, position);
  const Result<std::shared_ptr<const Strategy>> other = prepared(config);
  if (!other) throw std::invalid_argument(to_string(other.error()));
  return (*other)->evaluate(market, config, position);
}

}  // namespace botbox::rule
