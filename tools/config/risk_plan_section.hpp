// [bot.sizing], [bot.exits], [bot.scaling] and [bot.guards]: a bot's RiskPlan. The guards of all
// bots together are written the same way.
#pragma once

#include <string_view>
#include <vector>

#include "engine/model/bot.hpp"
#include "tools/config/section_reader.hpp"

namespace botbox::config {

// From the table of a [[bot]]: at most one plan, none when the table has none of these sections.
// `bot` has its market and ratios already, which the plan must agree with.
std::vector<RiskPlan> read_risk_plan(SectionReader& reader, const BotConfig& bot,
                                     Decimal leverage_max, ProblemList& problems);

// [bot.guards], [risk.guards] or [risk.symbol_guards]; `section` names it in problems.
GuardPlan read_guards(const ConfigNode& table, std::string_view section, ProblemList& problems);

}  // namespace botbox::config
