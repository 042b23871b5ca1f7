// StrategySchema: what a strategy is called, which numbers it takes, and within which bounds. Data
// for configuration, documentation and the admin shell; the strategy itself stands behind it.
#pragma once

#include <string>
#include <vector>

namespace botbox {

struct ParameterSchema {
  std::string name;          // [a-z0-9_]+
  double default_value = 0;  // within [min, max]
  double min = 0;
  double max = 0;
  bool integer = false;  // true: fractions are refused
  std::string help;      // one line for a person

  bool operator==(const ParameterSchema&) const = default;
};

// "`smaller` < `larger`": two parameters of one strategy that only make sense in this order.
struct ParameterOrder {
  std::string smaller;
  std::string larger;

  bool operator==(const ParameterOrder&) const = default;
};

struct StrategySchema {
  std::string name;         // as in a config: "rsi_reversion"
  std::string description;  // one line for a person
  std::vector<ParameterSchema> parameters;
  std::vector<ParameterOrder> ordered;

  bool operator==(const StrategySchema&) const = default;
};

}  // namespace botbox
