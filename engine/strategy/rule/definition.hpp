// StrategyDefinition: a strategy as somebody writes it: rules as text, weights, thresholds. A
// value; where it came from (a file, the configuration) is not part of it.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/bot.hpp"
#include "engine/result.hpp"
#include "engine/strategy/rule/program.hpp"
#include "engine/strategy/schema.hpp"

namespace botbox::rule {

constexpr std::size_t kMostFactors = 32;  // of one side
// Outputs of the indicator regime().
inline constexpr std::array<std::string_view, 4> kRegimes{"trending", "ranging", "volatile",
                                                          "quiet"};

// One reason to enter: it counts with its weight while its condition is met.
struct FactorDefinition {
  std::string name;   // [a-z0-9_]+, unique on its side
  double weight = 1;  // positive
  std::string when;

  bool operator==(const FactorDefinition&) const = default;
};

// The long or the short side. Entered when the weights of the factors that are met, as a share of
// all weights, reach the threshold and `require` holds; left when `exit` holds.
struct SideDefinition {
  std::vector<FactorDefinition> factors;  // none: this side is not traded
  double threshold = 1;                   // in (0, 1]
  std::string require;                    // empty: nothing
  std::string exit;                       // empty: stop, target and operator alone

  bool is_traded() const { return !factors.empty(); }
  bool operator==(const SideDefinition&) const = default;
};

struct StrategyDefinition {
  std::string name;  // [a-z0-9_]+
  std::string description;
  std::vector<ParameterSchema> parameters;
  SideDefinition long_side;
  SideDefinition short_side;  // linear markets only
  // Names of kRegimes in which it enters; empty: in any.
  std::vector<std::string> regimes;

  bool operator==(const StrategyDefinition&) const = default;
};

// "name@0123456789ab": the name and twelve hex digits of SHA-256 over everything that decides
// (rules, weights, thresholds; not the description, nor the bounds and defaults of parameters,
// whose values are the bot's settings). So a bot whose strategy was edited has other settings, and
// its signals other ids, while comments and layout change nothing.
StrategyId identity_of(const StrategyDefinition& definition);

// Without the "@...".
std::string_view name_of(const StrategyId& id);

StrategySchema schema_of(const StrategyDefinition& definition);

// The values given, the schema's defaults for the rest; sorted by name.
std::vector<StrategyParameter> complete(const StrategyDefinition& definition,
                                        const std::vector<StrategyParameter>& given);

}  // namespace botbox::rule
