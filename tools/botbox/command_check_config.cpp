#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/strategy/rule/definition.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/output.hpp"
#include "tools/botbox/secret_problems.hpp"
#include "tools/config/load_config.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;
using config::ConfigProblem;
using config::EngineConfig;

Json to_json(const std::vector<ConfigProblem>& problems) {
  Json list = Json::array();
  for (const ConfigProblem& problem : problems)
    list.push_back({{"file", problem.file},
                    {"line", problem.line},
                    {"column", problem.column},
                    {"key", problem.key},
                    {"message", problem.message},
                    {"fix", problem.fix}});
  return list;
}

struct FleetSummary {
  Notional allocation;
  std::set<std::string> symbols;
  std::map<std::string, int> by_strategy;
  std::map<std::string, int> by_timeframe;
  std::map<std::string, int> by_status;
};

FleetSummary summarise(const EngineConfig& config) {
  FleetSummary fleet;
  for (const BotConfig& bot : config.bots) {
    fleet.allocation += bot.allocation;
    fleet.symbols.insert(bot.symbol.value);
    ++fleet.by_strategy[std::string(rule::name_of(bot.strategy))];
    ++fleet.by_timeframe[to_string(bot.timeframe)];
    ++fleet.by_status[std::string(to_string(bot.status))];
  }
  return fleet;
}

std::string counts(const std::map<std::string, int>& by_name) {
  std::string text;
  for (const auto& [name, count] : by_name)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  return text;
}

Json fleet_json(const EngineConfig& config) {
  const FleetSummary fleet = summarise(config);
  return {{"engine", config.engine.name},     {"exchange", to_string(config.exchange.kind)},
          {"bots", config.bots.size()},       {"symbols", fleet.symbols},
          {"by_strategy", fleet.by_strategy}, {"by_timeframe", fleet.by_timeframe},
          {"by_status", fleet.by_status},     {"allocation", to_string(fleet.allocation)}};
}

std::string fleet_text(const EngineConfig& config) {
  const FleetSummary fleet = summarise(config);
  std::string text =
      fmt::format("{} on exchange {}\n", config.engine.name, to_string(config.exchange.kind));
  text += fmt::format("bots        {}: {}\n", config.bots.size(), counts(fleet.by_status));
  text += fmt::format("strategies  {}\n", counts(fleet.by_strategy));
  text += fmt::format("timeframes  {}\n", counts(fleet.by_timeframe));
  text += fmt::format("symbols     {}: {}\n", fleet.symbols.size(), fmt::join(fleet.symbols, ", "));
  text += fmt::format("allocation  {} together\n", to_string(fleet.allocation));
  return text;
}

int refuse(const std::vector<ConfigProblem>& problems, const CheckConfigOptions& options) {
  const Error error{ErrorCode::kInvalidInput,
                    fmt::format("{} problem{} in the configuration", problems.size(),
                                problems.size() == 1 ? "" : "s"),
                    options.file, "correct the places named and check again"};
  if (options.json)
    print_json({{"ok", false}, {"file", options.file}, {"problems", to_json(problems)}});
  else
    fmt::print(stderr, "{}", config::to_string(problems));
  return report_error(error, format_of(options.json), ExitCode::kConfig);
}

}  // namespace

int run_check_config(const CheckConfigOptions& options) {
  const auto config =
      config::load_config(options.file, config::process_environment(), config::shipped_catalogue());
  if (!config) return refuse(config.error(), options);
  if (const auto problems = secret_problems(*config); !problems.empty())
    return refuse(problems, options);
  if (options.json) {
    print_json({{"ok", true},
                {"file", options.file},
                {"problems", Json::array()},
                {"warnings", to_json(config->warnings)},
                {"fleet", fleet_json(*config)}});
    return number(ExitCode::kOk);
  }
  for (const ConfigProblem& warning : config->warnings)
    fmt::print(stderr, "warning: {}\n", config::to_string(warning));
  print_text(
      fmt::format("{}: {}\n{}", options.file, painted("OK", Colour::kGreen), fleet_text(*config)));
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
