#include "tools/botbox/sweep_plan.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

#include "engine/jitter.hpp"
#include "engine/risk/exits.hpp"
#include "engine/risk/sizing.hpp"

namespace botbox::cli {
namespace {

constexpr std::size_t kValuesMax = 10'000;

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  while (true) {
    const std::size_t at = text.find(by, from);
    parts.push_back(text.substr(from, at - from));
    if (at == text.npos) return parts;
    from = at + 1;
  }
}

tl::unexpected<Error> bad_setting(const std::string& text, std::string why) {
  return fail(ErrorCode::kInvalidInput, std::move(why), text,
              "write fast=9,21,34 or fast=10:50:5, for random search also fast=10:50");
}

Result<void> read_range(const std::string& text, const std::vector<std::string>& parts,
                        SweptSetting& setting) {
  const auto low = number_in(parts[0]);
  const auto high = number_in(parts[1]);
  if (!low || !high || *low > *high) return bad_setting(text, "this is no range of numbers");
  setting.low = *low;
  setting.high = *high;
  if (parts.size() == 2) return {};
  const auto step = number_in(parts[2]);
  if (!step || *step <= 0) return bad_setting(text, "the step must be a positive number");
  const double steps = std::floor((*high - *low) / *step + 1e-9);
  if (steps >= static_cast<double>(kValuesMax)) return bad_setting(text, "too many values");
  // Counted from the start, so that rounding does not add up.
  for (double i = 0; i <= steps; ++i)
    setting.values.push_back(fmt::format("{:.12g}", *low + i * *step));
  return {};
}

// Bounds and whole numbers as in a configuration.
Result<void> set_parameter(BotConfig& bot, const StrategySchema& schema,
                           const ChosenValue& chosen) {
  const auto known = std::find_if(schema.parameters.begin(), schema.parameters.end(),
                                  [&](const ParameterSchema& p) { return p.name == chosen.name; });
  if (known == schema.parameters.end())
    return fail(ErrorCode::kInvalidInput,
                fmt::format("{} has no parameter '{}'", schema.name, chosen.name), chosen.name,
                "botbox strategies NAME lists the parameters of a strategy");
  const auto value = number_in(chosen.value);
  if (!value || *value < known->min || *value > known->max ||
      (known->integer && *value != std::floor(*value)))
    return fail(ErrorCode::kInvalidInput,
                fmt::format("'{}' must be {} from {:g} to {:g}", chosen.value,
                            known->integer ? "a whole number" : "a number", known->min, known->max),
                chosen.name);
  for (StrategyParameter& parameter : bot.parameters)
    if (parameter.name == chosen.name) parameter.value = *value;
  return {};
}

Result<Decimal> ratio_of(const ChosenValue& chosen) {
  BOTBOX_ASSIGN(const Decimal ratio, Decimal::parse(chosen.value));
  if (ratio.is_negative() || ratio >= Decimal::from_int(1))
    return fail(ErrorCode::kInvalidInput, "must be a ratio from 0 to 1", chosen.name,
                "0.02 is 2 %");
  return ratio;
}

// A ratio that says nothing, because the plan puts the level elsewhere, would be tried in vain.
Result<void> check_level(const BotConfig& bot, const ChosenValue& chosen) {
  const RiskPlan* plan = plan_of(bot);
  if (plan == nullptr) return {};
  const bool is_stop = chosen.name == "stop_loss";
  const LevelPlan& level = is_stop ? plan->exits.stop : plan->exits.target;
  if (level.kind == LevelKind::kRatio) return {};
  return fail(ErrorCode::kInvalidInput,
              fmt::format("the bot's {} stands elsewhere ({})", is_stop ? "stop" : "target",
                          to_string(level.kind)),
              chosen.name, "take that out of [bot.exits] to try ratios");
}

std::optional<StrategySchema> schema_of(const StrategyCatalogue& catalogue,
                                        const StrategyId& strategy) {
  for (StrategySchema& schema : catalogue.schemas())
    if (catalogue.id_of(schema.name).value == strategy.value) return std::move(schema);
  return std::nullopt;
}

Result<void> set_strategy(BotConfig& bot, const std::string& name,
                          const StrategyCatalogue& catalogue) {
  const StrategyId id = catalogue.id_of(name);
  const auto schema = schema_of(catalogue, id);
  if (id.empty() || !schema)
    return fail(ErrorCode::kInvalidInput, fmt::format("there is no strategy '{}'", name),
                "strategy", "botbox strategies lists them");
  bot.strategy = id;
  bot.parameters.clear();
  for (const ParameterSchema& parameter : schema->parameters)
    bot.parameters.push_back({parameter.name, parameter.default_value});
  std::sort(bot.parameters.begin(), bot.parameters.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return {};
}

Result<void> set_value(BotConfig& bot, const ChosenValue& chosen,
                       const StrategyCatalogue& catalogue) {
  if (chosen.name == "timeframe") {
    BOTBOX_ASSIGN(bot.timeframe, Timeframe::parse(chosen.value));
  } else if (chosen.name == "check_interval") {
    const auto minutes = number_in(chosen.value);
    if (!minutes || *minutes <= 0 || *minutes > 1440)
      return fail(ErrorCode::kInvalidInput, "must be minutes from 0 to 1440", chosen.name);
    bot.check_interval = Duration{static_cast<std::int64_t>(*minutes * 60'000)};
  } else if (chosen.name == "stop_loss") {
    BOTBOX_TRY(check_level(bot, chosen));
    BOTBOX_ASSIGN(bot.stop_loss_ratio, ratio_of(chosen));
    if (bot.stop_loss_ratio.is_zero())
      return fail(ErrorCode::kInvalidInput, "must be above 0", chosen.name);
  } else if (chosen.name == "take_profit") {
    BOTBOX_TRY(check_level(bot, chosen));
    BOTBOX_ASSIGN(bot.take_profit_ratio, ratio_of(chosen));
  } else {
    const auto schema = schema_of(catalogue, bot.strategy);
    if (!schema)
      return fail(ErrorCode::kInvalidInput, "the bot's strategy is not in the catalogue",
                  bot.strategy.value);
    BOTBOX_TRY(set_parameter(bot, *schema, chosen));
  }
  return {};
}

// The strategy goes first, as the parameters are its own.
Result<BotConfig> bot_with(const BotConfig& base, const std::vector<ChosenValue>& values,
                           const StrategyCatalogue& catalogue) {
  BotConfig bot = base;
  for (const ChosenValue& chosen : values)
    if (chosen.name == "strategy") BOTBOX_TRY(set_strategy(bot, chosen.value, catalogue));
  for (const ChosenValue& chosen : values)
    if (chosen.name != "strategy") BOTBOX_TRY(set_value(bot, chosen, catalogue));
  return bot;
}

// What a configuration would refuse of settings that depend on one another; empty: nothing.
std::string contradiction_of(const BotConfig& bot) {
  for (const CheckPace& pace : bot.pace)
    if (bot.check_interval < pace.fastest || bot.check_interval > pace.slowest)
      return "check_interval must lie within check_interval_min and check_interval_max";
  const RiskPlan* plan = plan_of(bot);
  if (plan == nullptr || plan->scaling.levels == 0 || plan->exits.stop.kind != LevelKind::kRatio)
    return {};
  const Result<Decimal> deepest = deviation_of(plan->scaling, plan->scaling.levels);
  if (deepest && *deepest < bot.stop_loss_ratio) return {};
  return "stop_loss must lie beyond the last level of scaling in";
}

// Why a bot would not run with these settings; empty: it would.
std::string refusal_of(const BotConfig& bot, const StrategyCatalogue& catalogue) {
  if (std::string contradiction = contradiction_of(bot); !contradiction.empty())
    return contradiction;
  if (const auto schema = schema_of(catalogue, bot.strategy))
    for (const ParameterOrder& order : schema->ordered)
      if (parameter(bot, order.smaller, 0) >= parameter(bot, order.larger, 0))
        return fmt::format("{} must be below {}", order.smaller, order.larger);
  const auto prepared = catalogue.find(bot.strategy)->prepared(bot);
  return prepared ? std::string() : to_string(prepared.error());
}

Result<void> add_trial(SweepPlan& plan, const BotConfig& base, std::vector<ChosenValue> values,
                       const StrategyCatalogue& catalogue) {
  BOTBOX_ASSIGN(BotConfig bot, bot_with(base, values, catalogue));
  const std::string refusal = refusal_of(bot, catalogue);
  if (refusal.empty()) {
    plan.trials.push_back({std::move(values), std::move(bot)});
    return {};
  }
  if (plan.refused++ == 0) plan.first_refusal = refusal;
  return {};
}

// A number between the bounds, or one of the list, by a hash of seed, draw and setting.
std::string drawn(const SweptSetting& setting, bool is_whole, std::uint64_t seed,
                  std::uint64_t draw) {
  const std::uint64_t hash = jitter_hash(setting.name, seed * 0x9e3779b97f4a7c15ULL + draw);
  const double part = static_cast<double>(hash >> 11) * 0x1.0p-53;
  if (!setting.values.empty())
    return setting
        .values[static_cast<std::size_t>(part * static_cast<double>(setting.values.size()))];
  if (is_whole)
    return fmt::format("{:.0f}",
                       std::floor(std::ceil(setting.low) +
                                  part * (std::floor(setting.high) - std::ceil(setting.low) + 1)));
  return fmt::format("{:.6g}", setting.low + part * (setting.high - setting.low));
}

bool is_whole(const std::string& name, const std::vector<ChosenValue>& chosen,
              const BotConfig& base, const StrategyCatalogue& catalogue) {
  StrategyId strategy = base.strategy;
  for (const ChosenValue& value : chosen)
    if (value.name == "strategy") strategy = catalogue.id_of(value.value);
  if (const auto schema = schema_of(catalogue, strategy))
    for (const ParameterSchema& parameter : schema->parameters)
      if (parameter.name == name) return parameter.integer;
  return false;
}

// Of two that set the same only the later would count.
Result<void> check_names(const std::vector<SweptSetting>& settings) {
  std::set<std::string> names;
  for (const SweptSetting& setting : settings)
    if (!names.insert(setting.name).second)
      return fail(ErrorCode::kInvalidInput, "is swept twice", setting.name,
                  "give all its values at once: fast=9,21");
  return {};
}

}  // namespace

Result<SweptSetting> parse_swept_setting(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals == 0 || equals + 1 == text.size())
    return bad_setting(text, "this is no NAME=VALUES");
  SweptSetting setting;
  setting.name = text.substr(0, equals);
  const std::string values = text.substr(equals + 1);
  const std::vector<std::string> range = split(values, ':');
  if (range.size() == 2 || range.size() == 3) {
    BOTBOX_TRY(read_range(text, range, setting));
    return setting;
  }
  setting.values = split(values, ',');
  for (const std::string& value : setting.values)
    if (value.empty()) return bad_setting(text, "a value is empty");
  if (setting.values.size() > kValuesMax) return bad_setting(text, "too many values");
  return setting;
}

Result<SweepPlan> grid_plan(const BotConfig& base, const std::vector<SweptSetting>& settings,
                            const StrategyCatalogue& catalogue) {
  BOTBOX_TRY(check_names(settings));
  std::size_t count = 1;
  for (const SweptSetting& setting : settings) {
    if (setting.values.empty())
      return bad_setting(setting.name, "a grid needs values, this is a range without a step");
    count *= setting.values.size();
    if (count > kTrialsMax)
      return fail(ErrorCode::kInvalidInput, fmt::format("more than {} combinations", kTrialsMax),
                  {}, "take fewer values, or --random N");
  }
  SweepPlan plan;
  for (std::size_t number = 0; number < count; ++number) {
    std::vector<ChosenValue> values(settings.size());
    std::size_t rest = number;
    for (std::size_t i = settings.size(); i-- > 0;) {
      const std::vector<std::string>& all = settings[i].values;
      values[i] = {settings[i].name, all[rest % all.size()]};
      rest /= all.size();
    }
    BOTBOX_TRY(add_trial(plan, base, std::move(values), catalogue));
  }
  return plan;
}

Result<SweepPlan> random_plan(const BotConfig& base, const std::vector<SweptSetting>& settings,
                              const StrategyCatalogue& catalogue, std::size_t count,
                              std::uint64_t seed) {
  if (count > kTrialsMax)
    return fail(ErrorCode::kInvalidInput, fmt::format("more than {} trials", kTrialsMax));
  BOTBOX_TRY(check_names(settings));
  SweepPlan plan;
  std::set<std::vector<std::string>> seen;
  // Repeated draws are no new trials; where lists are exhausted the loop must end all the same.
  for (std::uint64_t draw = 0; plan.trials.size() < count && draw < count * 20; ++draw) {
    std::vector<ChosenValue> values;
    std::vector<std::string> key;
    for (const SweptSetting& setting : settings) {
      const bool whole = is_whole(setting.name, values, base, catalogue);
      values.push_back({setting.name, drawn(setting, whole, seed, draw)});
      key.push_back(values.back().value);
    }
    if (!seen.insert(std::move(key)).second) continue;
    BOTBOX_TRY(add_trial(plan, base, std::move(values), catalogue));
  }
  return plan;
}

}  // namespace botbox::cli
