#include "tools/botbox/compare.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/botbox/run_statistics.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

Json number_or_null(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }

Json variant_json(const Variant& variant) {
  const TrialScore& score = variant.score;
  Json parameters = Json::object();
  for (const StrategyParameter& parameter : variant.bot.parameters)
    parameters[parameter.name] = parameter.value;
  return {{"id", variant.bot.id.value},
          {"strategy", strategy_name(variant.bot.strategy)},
          {"timeframe", to_string(variant.bot.timeframe)},
          {"check_minutes", static_cast<double>(variant.bot.check_interval.count()) / 60'000},
          {"parameters", std::move(parameters)},
          {"trades", score.trades},
          {"profit", score.profit},
          {"return", score.return_ratio},
          {"max_drawdown_ratio", score.max_drawdown_ratio},
          {"sharpe", number_or_null(score.sharpe)},
          {"sortino", number_or_null(score.sortino)},
          {"calmar", number_or_null(score.calmar)},
          {"profit_factor", number_or_null(score.profit_factor)}};
}

const char* verdict_of(const MeanInterval& interval) {
  if (!interval.excludes_zero()) return "NO_DIFFERENCE_SHOWN";
  return interval.low > 0 ? "BETTER" : "WORSE";
}

Json difference_json(const Variant& variant, const Variant& baseline,
                     const BootstrapOptions& options) {
  const std::vector<double>& own = variant.score.daily_returns;
  const std::vector<double>& others = baseline.score.daily_returns;
  std::vector<double> differences;
  for (std::size_t day = 0; day < std::min(own.size(), others.size()); ++day)
    differences.push_back(own[day] - others[day]);
  const auto interval = bootstrap_mean(differences, options);
  Json json{{"id", variant.bot.id.value}, {"days", differences.size()}};
  for (const char* name : {"mean", "low", "high", "share_above_zero"}) json[name] = nullptr;
  if (interval) {
    json["mean"] = interval->mean;
    json["low"] = interval->low;
    json["high"] = interval->high;
    json["share_above_zero"] = interval->share_above_zero;
  }
  json["return"] = variant.score.return_ratio - baseline.score.return_ratio;
  json["verdict"] = interval ? verdict_of(*interval) : "TOO_SHORT";
  return json;
}

}  // namespace

Json comparison(const std::vector<Variant>& variants, const BootstrapOptions& options) {
  Json rows = Json::array();
  Json differences = Json::array();
  for (const Variant& variant : variants) {
    rows.push_back(variant_json(variant));
    if (&variant != &variants.front())
      differences.push_back(difference_json(variant, variants.front(), options));
  }
  return {{"baseline", variants.front().bot.id.value},
          {"seed", options.seed},
          {"draws", options.draws},
          {"confidence", options.confidence},
          {"variants", std::move(rows)},
          {"differences", std::move(differences)}};
}

}  // namespace botbox::cli
