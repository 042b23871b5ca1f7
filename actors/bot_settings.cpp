#include "actors/bot_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "actors/lower_case.hpp"
#include "engine/short_text.hpp"

namespace botbox::actors {
namespace {

constexpr std::size_t kSettingValueMax = 60;
constexpr std::size_t kListTextMax = 200;
constexpr std::size_t kDifferenceTextMax = 600;
constexpr std::string_view kNotSet = "(not set)";

class SettingList {
 public:
  void text(std::string name, std::string_view value) {
    all_.push_back({std::move(name), std::string(value)});
  }
  template <class T>
  void number(std::string name, T value) {
    text(std::move(name), fmt::format("{}", value));
  }
  void decimal(std::string name, Decimal value) { text(std::move(name), to_string(value)); }
  // 0.02 is 2 %, exactly: a ratio is at most 100 here.
  void ratio(std::string name, Decimal value) {
    text(std::move(name), to_string(Decimal::from_units(value.units() * 100)) + "%");
  }
  void duration(std::string name, Duration value) { text(std::move(name), duration_text(value)); }
  // Zero: none.
  void set_decimal(std::string name, Decimal value) {
    if (!value.is_zero()) decimal(std::move(name), value);
  }
  void set_ratio(std::string name, Decimal value) {
    if (!value.is_zero()) ratio(std::move(name), value);
  }
  std::vector<BotSetting> take() { return std::move(all_); }

 private:
  std::vector<BotSetting> all_;
};

void add_sizing(SettingList& list, const SizingPlan& sizing) {
  constexpr std::array<std::string_view, 4> kKinds{"stake", "equity", "risk", "atr"};
  list.text("sizing.kind", kKinds[static_cast<std::size_t>(sizing.kind)]);
  if (sizing.kind != SizingKind::kStake) list.ratio("sizing.ratio", sizing.ratio);
  list.decimal("sizing.atr_multiple", sizing.atr_multiple);
  list.decimal("sizing.leverage", sizing.leverage);
  list.set_ratio("sizing.kelly", sizing.kelly.fraction);
  list.number("sizing.kelly_trades", sizing.kelly.min_trades);
  list.duration("sizing.kelly_lookback", sizing.kelly.lookback);
}

void add_level(SettingList& list, const std::string& prefix, const LevelPlan& level) {
  if (level.kind == LevelKind::kAtr) list.decimal(prefix + "atr", level.value);
  if (level.kind == LevelKind::kSwing) list.number(prefix + "swing", level.candles);
  if (level.kind == LevelKind::kPrice) list.decimal(prefix + "price", level.value);
}

void add_exits(SettingList& list, const ExitPlan& exits) {
  add_level(list, "exits.stop_", exits.stop);
  add_level(list, "exits.target_", exits.target);
  list.set_ratio("exits.trailing", exits.trailing.distance);
  list.set_decimal("exits.trailing_atr", exits.trailing.atr_multiple);
  list.set_ratio("exits.trailing_from", exits.trailing.activation);
  list.set_ratio("exits.break_even_at", exits.break_even_at);
  list.set_ratio("exits.break_even_offset", exits.break_even_offset);
  if (exits.time_stop > Duration{0}) list.duration("exits.time_stop", exits.time_stop);
  list.number("exits.on_reversal", exits.on_reversal);
  for (std::size_t i = 0; i < exits.partials.size(); ++i) {
    const std::string partial = fmt::format("exits.partial[{}].", i + 1);
    list.ratio(partial + "at", exits.partials[i].profit);
    list.ratio(partial + "close", exits.partials[i].share);
  }
  for (const RoiStep& step : exits.roi)
    list.ratio(fmt::format("exits.minimal_roi.{}", step.after.count() / 60'000), step.ratio);
}

void add_scaling(SettingList& list, const ScalingPlan& scaling) {
  if (scaling.levels > 0) list.number("scaling.levels", scaling.levels);
  list.set_ratio("scaling.deviation", scaling.deviation);
  list.decimal("scaling.deviation_scale", scaling.deviation_scale);
  list.decimal("scaling.size_scale", scaling.size_scale);
}

void add_pause(SettingList& list, const std::string& name, const PauseRule& rule) {
  if (rule.trades == 0) return;
  list.ratio(name, rule.limit);
  list.number(name + "_trades", rule.trades);
  list.duration(name + "_lookback", rule.lookback);
  list.duration(name + "_pause", rule.pause);
}

void add_guards(SettingList& list, const GuardPlan& guards) {
  list.set_ratio("guards.daily_loss", guards.daily_loss);
  add_pause(list, "guards.drawdown", guards.drawdown);
  add_pause(list, "guards.low_profit", guards.low_profit);
  if (guards.streak.trades > 0) {
    list.number("guards.losing_streak", guards.streak.trades);
    list.duration("guards.losing_streak_pause", guards.streak.pause);
  }
  if (guards.stops.trades > 0) {
    list.number("guards.stop_losses", guards.stops.trades);
    list.duration("guards.stop_losses_lookback", guards.stops.lookback);
    list.duration("guards.stop_losses_pause", guards.stops.pause);
  }
}

void add_money(SettingList& list, const BotConfig& bot) {
  list.decimal("allocation", bot.allocation.value);
  if (bot.stake_kind == StakeKind::kFixed)
    list.decimal("stake_amount", bot.stake);
  else
    list.ratio("stake_percent", bot.stake);
  list.ratio("stop_loss", bot.stop_loss_ratio);
  list.ratio("take_profit", bot.take_profit_ratio);
  list.number("max_open_positions", bot.max_open_positions);
  list.duration("cooldown_bot", bot.cooldown_bot);
  list.duration("cooldown_symbol", bot.cooldown_symbol);
}

std::string_view value_in(const std::vector<BotSetting>& settings, std::string_view name) {
  const auto found = std::ranges::find(settings, name, &BotSetting::name);
  return found != settings.end() ? std::string_view(found->value) : kNotSet;
}

std::string shown_value(std::string_view value) {
  const std::string text = short_text(value, kSettingValueMax);
  return text.size() < value.size() ? text + "..." : text;
}

std::string change_of(std::string_view name, std::string_view was, std::string_view is) {
  return fmt::format("{} {} -> {}", name, shown_value(was), shown_value(is));
}

// "block_list +DOGE/USDT -XRP/USDT": what came and what went.
std::string change_of_list(std::string_view name, const std::vector<std::string>& before,
                           const std::vector<std::string>& after) {
  std::vector<std::string> changes;
  const auto note_missing = [&changes](const auto& these, const auto& in, char sign) {
    for (const std::string& one : these)
      if (std::ranges::find(in, one) == in.end()) changes.push_back(sign + one);
  };
  note_missing(after, before, '+');
  note_missing(before, after, '-');
  if (changes.empty()) return fmt::format("{} in another order", name);
  return fmt::format("{} {}", name, short_list(changes, " ", kListTextMax));
}

}  // namespace

std::vector<BotSetting> settings_of(const BotConfig& bot) {
  SettingList list;
  list.text("name", bot.name);
  list.text("strategy", bot.strategy.value);
  for (const StrategyParameter& parameter : bot.parameters)
    list.number("parameters." + parameter.name, parameter.value);
  list.text("symbol", bot.symbol.value);
  list.text("market", to_string(bot.market));
  list.text("timeframe", to_string(bot.timeframe));
  list.duration("check_interval", bot.check_interval);
  for (const CheckPace& pace : bot.pace) {
    list.duration("check_interval_min", pace.fastest);
    list.duration("check_interval_max", pace.slowest);
  }
  list.text("status", lower_case(to_string(bot.status)));
  add_money(list, bot);
  const RiskPlan plan = bot.plan.empty() ? RiskPlan{} : bot.plan.front();
  list.number("atr_period", plan.atr_period);  // of [bot.sizing] or [bot.exits], for both
  add_sizing(list, plan.sizing);
  add_exits(list, plan.exits);
  add_scaling(list, plan.scaling);
  add_guards(list, plan.guards);
  return list.take();
}

std::string difference_text(const BotConfig& before, const BotConfig& after) {
  const std::vector<BotSetting> old_settings = settings_of(before);
  const std::vector<BotSetting> new_settings = settings_of(after);
  std::vector<std::string> parts;
  for (const BotSetting& setting : new_settings)
    if (const std::string_view was = value_in(old_settings, setting.name); was != setting.value)
      parts.push_back(change_of(setting.name, was, setting.value));
  for (const BotSetting& setting : old_settings)
    if (value_in(new_settings, setting.name) == kNotSet)
      parts.push_back(change_of(setting.name, setting.value, kNotSet));
  if (before.allow_list != after.allow_list)
    parts.push_back(change_of_list("allow_list", before.allow_list, after.allow_list));
  if (before.block_list != after.block_list)
    parts.push_back(change_of_list("block_list", before.block_list, after.block_list));
  return short_list(parts, "; ", kDifferenceTextMax);
}

}  // namespace botbox::actors
