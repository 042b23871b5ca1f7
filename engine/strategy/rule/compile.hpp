// Compiling a rule: names, types and ranges are checked, parameters become numbers, and what is
// left is instructions of a Program (tools/strategies/README.md is the language).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engine/model/bot.hpp"
#include "engine/result.hpp"
#include "engine/strategy/rule/program.hpp"

namespace botbox::rule {

// How far back a rule may look: IndicatorTable keeps a little more of each indicator, the engine a
// little more of each series.
constexpr int kMostBackIndicator = 20;
constexpr int kMostBackCandle = 400;
// The candles of a series with which the engine begins: what needs more could not get warm.
constexpr int kCandlesKept = 500;

// What a rule may refer to.
struct Scope {
  Timeframe timeframe;                            // of the bot: what has no other one is of this
  std::span<const StrategyParameter> parameters;  // by name, as plain numbers
};

// A comparison of a rule: what was measured, against what, and whether it holds.
struct Comparison {
  Value left;
  Value right;
  Value holds;
};

struct CompiledRule {
  Value value;                          // a condition
  std::vector<Comparison> comparisons;  // of the newest candle, in the order of the text
};

// kInvalidInput: what is wrong, place "line:column" in the rule, and what to write instead. The
// builder may then hold parts of the rule.
Result<CompiledRule> compile(std::string_view rule, const Scope& scope, ProgramBuilder& builder);

// Candles that a program needs before all its inputs have a value, by timeframe.
struct WarmUp {
  Timeframe timeframe;
  int candles = 0;

  bool operator==(const WarmUp&) const = default;
};
// Ascending; the program's own timeframe is always there.
std::vector<WarmUp> warm_up(const Program& program, Timeframe timeframe);

// Names that a rule knows and a parameter therefore must not have.
bool is_reserved(std::string_view name);
// The functions of the language, for its documentation.
std::vector<std::string_view> function_names();

}  // namespace botbox::rule
