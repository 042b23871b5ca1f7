// What a sweep tries: settings of one bot that vary, and the trials that follow from them.
//
// A setting is written NAME=VALUES. NAME is a parameter of the strategy, or one of strategy,
// timeframe, check_interval (minutes), stop_loss, take_profit (ratios, 0.02 is 2 %). VALUES are a
// list (9,21,34), a range with a step (10:50:5, both ends meant), or for random search a range
// without one (10:50).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/bot.hpp"
#include "engine/strategy/strategy.hpp"

namespace botbox::cli {

struct SweptSetting {
  std::string name;
  std::vector<std::string> values;  // empty: any between low and high
  double low = 0;
  double high = 0;
};

// Error kInvalidInput: no NAME=VALUES, a step that leads nowhere, more than 10,000 values.
Result<SweptSetting> parse_swept_setting(const std::string& text);

struct ChosenValue {
  std::string name;
  std::string value;

  bool operator==(const ChosenValue&) const = default;
};

struct Trial {
  std::vector<ChosenValue> values;  // in the order of the settings
  BotConfig bot;
};

struct SweepPlan {
  std::vector<Trial> trials;
  std::size_t refused = 0;    // combinations that make no sense, such as fast >= slow
  std::string first_refusal;  // why; empty: none was
};

inline constexpr std::size_t kTrialsMax = 100'000;

// Every combination of values, the last setting fastest. Errors: a setting that no strategy of the
// sweep knows, a value outside of its bounds, a ratio of a level that the bot's plan puts
// elsewhere, a setting twice, a range without values, more than kTrialsMax.
Result<SweepPlan> grid_plan(const BotConfig& base, const std::vector<SweptSetting>& settings,
                            const StrategyCatalogue& catalogue);

// `count` draws, each different from those before; fewer where there are not so many (lists alone).
// The same seed draws the same.
Result<SweepPlan> random_plan(const BotConfig& base, const std::vector<SweptSetting>& settings,
                              const StrategyCatalogue& catalogue, std::size_t count,
                              std::uint64_t seed);

}  // namespace botbox::cli
