#include "tools/config/risk_plan_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/risk/exits.hpp"
#include "tools/config/value_text.hpp"

namespace botbox::config {
namespace {

constexpr Duration kDay{86'400'000};
const Decimal kOne = Decimal::from_int(1);

// Ratios that may be large, as a profit may.
const DecimalRange kProfit{.min = {}, .max = Decimal::from_int(100), .min_included = false};
const DecimalRange kMultiple{.min = {}, .max = Decimal::from_int(100), .min_included = false};
const DurationRange kSpan{Duration{1000}, kDay * 366};

// "<name>" holds the limit; how many trades (at most `most`), over how long, how long a pause stand
// beside it.
void read_pause(SectionReader& reader, const std::string& name, std::uint32_t trades,
                std::int64_t most, PauseRule& rule) {
  const bool is_set = reader.find(name) != nullptr;
  const auto wanted = reader.integer(name + "_trades", {1, most});
  const Duration lookback = reader.duration(name + "_lookback", kSpan).value_or(kDay);
  const Duration pause = reader.duration(name + "_pause", kSpan).value_or(kDay);
  if (!is_set) return;
  rule.trades = wanted ? static_cast<std::uint32_t>(*wanted) : trades;
  rule.lookback = lookback;
  rule.pause = pause;
}

class RiskPlanReader {
 public:
  RiskPlanReader(const BotConfig& bot, Decimal leverage_max, ProblemList& problems)
      : bot_(bot), leverage_max_(leverage_max), problems_(problems) {}

  void sizing(const ConfigNode& table) {
    SectionReader reader(table, "bot.sizing", problems_);
    SizingPlan& plan = plan_.sizing;
    take(reader.choice<SizingKind>("kind", {{"stake", SizingKind::kStake},
                                            {"equity", SizingKind::kPercentOfEquity},
                                            {"risk", SizingKind::kRiskPerTrade},
                                            {"atr", SizingKind::kAtrTarget}}),
         plan.kind);
    DecimalRange share = DecimalRange::share();
    share.max_included = true;
    take(reader.ratio("ratio", share), plan.ratio);
    if (plan.kind != SizingKind::kStake && reader.find("ratio") == nullptr)
      reader.missing("ratio", "write ratio = \"1%\": the share of the bot's equity");
    if (plan.kind == SizingKind::kStake && reader.find("ratio") != nullptr)
      reader.problem(*reader.find("ratio"), "ratio", "means nothing without a kind",
                     "write kind = \"equity\", \"risk\" or \"atr\"");
    take(reader.decimal("atr_multiple", kMultiple), plan.atr_multiple);
    take(reader.decimal("leverage", {.min = kOne, .max = Decimal::from_int(125)}), plan.leverage);
    if (bot_.market == MarketType::kSpot && plan.leverage > kOne)
      reader.problem(*reader.find("leverage"), "leverage", "a spot bot has none",
                     "leave it out, or trade a linear symbol");
    if (plan.leverage > leverage_max_)
      reader.problem(*reader.find("leverage"), "leverage",
                     fmt::format("is above max_leverage {} of [risk]", to_string(leverage_max_)),
                     "lower one, or raise the other");
    take(reader.ratio("kelly", share), plan.kelly.fraction);
    take_count(reader.integer("kelly_trades", {1, static_cast<std::int64_t>(kResultsMax)}),
               plan.kelly.min_trades);
    take(reader.duration("kelly_lookback", kSpan), plan.kelly.lookback);
    take_count(reader.integer("atr_period", {1, 1000}), plan_.atr_period);
    reader.finish();
  }

  void exits(const ConfigNode& table) {
    SectionReader reader(table, "bot.exits", problems_);
    ExitPlan& plan = plan_.exits;
    plan.stop = level(reader, "stop_");
    plan.target = level(reader, "target_");
    take(reader.ratio("trailing", DecimalRange::share()), plan.trailing.distance);
    take(reader.decimal("trailing_atr", kMultiple), plan.trailing.atr_multiple);
    both(reader, "trailing", "trailing_atr");
    take(reader.ratio("trailing_from", kProfit), plan.trailing.activation);
    needs(reader, "trailing_from", plan.trailing.is_on(), "trailing = \"2%\"");
    take(reader.ratio("break_even_at", kProfit), plan.break_even_at);
    take(reader.ratio("break_even_offset", DecimalRange::share()), plan.break_even_offset);
    needs(reader, "break_even_offset", plan.break_even_at.is_positive(), "break_even_at = \"1%\"");
    if (plan.break_even_at.is_positive() && plan.break_even_offset >= plan.break_even_at)
      reader.problem(*reader.find("break_even_offset"), "break_even_offset",
                     "is not below break_even_at: the stop would be crossed at once",
                     "make it smaller");
    take(reader.duration("time_stop", kSpan), plan.time_stop);
    if (const ConfigNode* roi = reader.table("minimal_roi")) plan.roi = roi_steps(reader, *roi);
    plan.partials = partials(reader);
    take(reader.boolean("on_reversal"), plan.on_reversal);
    take_count(reader.integer("atr_period", {1, 1000}), plan_.atr_period);
    reader.finish();
  }

  // freqtrade's names, beside the bot's own keys.
  void freqtrade_exits(SectionReader& reader) {
    if (const ConfigNode* roi = reader.table("minimal_roi")) {
      if (!plan_.exits.roi.empty())
        reader.problem(*roi, "minimal_roi", "stands in [bot.exits] as well", "keep one of the two");
      plan_.exits.roi = roi_steps(reader, *roi);
    }
    const auto is_on = reader.boolean("trailing_stop");
    const FreqtradeTrailing written = freqtrade_trailing(reader);
    if (!is_on) {
      for (const std::string_view key : {"trailing_stop_positive", "trailing_stop_positive_offset",
                                         "trailing_only_offset_is_reached"})
        needs(reader, key, false, "trailing_stop = true");
    }
    if (is_on.value_or(false)) follow(reader, written);
  }

  void scaling(const ConfigNode& table) {
    SectionReader reader(table, "bot.scaling", problems_);
    ScalingPlan& plan = plan_.scaling;
    take_count(reader.integer("levels", {1, 50}), plan.levels);
    if (reader.find("levels") == nullptr) reader.missing("levels", "write levels = 3");
    take(reader.ratio("deviation", DecimalRange::share()), plan.deviation);
    if (reader.find("deviation") == nullptr)
      reader.missing("deviation", "write deviation = \"1.5%\"");
    const DecimalRange scale{.min = Decimal::literal("0.1"), .max = Decimal::from_int(10)};
    take(reader.decimal("deviation_scale", scale), plan.deviation_scale);
    take(reader.decimal("size_scale", scale), plan.size_scale);
    const Result<Decimal> deepest = deviation_of(plan, plan.levels);
    const bool by_ratio = plan_.exits.stop.kind == LevelKind::kRatio;
    if (by_ratio && (!deepest || *deepest >= bot_.stop_loss_ratio))
      reader.problem(
          reader.node(), "levels",
          fmt::format("the last level lies {} away, not before the stop at {}",
                      deepest ? to_string(*deepest) : "far", to_string(bot_.stop_loss_ratio)),
          "widen stop_loss, or lower levels or deviation");
    reader.finish();
  }

  void guards(const ConfigNode& table) {
    plan_.guards = read_guards(table, "bot.guards", problems_);
  }

  const RiskPlan& plan() const { return plan_; }

 private:
  struct FreqtradeTrailing {
    Decimal distance;  // zero: that of the stop
    Decimal offset;
    bool only_from_offset = false;
  };

  FreqtradeTrailing freqtrade_trailing(SectionReader& reader) {
    FreqtradeTrailing written;
    take(reader.ratio("trailing_stop_positive", DecimalRange::share()), written.distance);
    take(reader.ratio("trailing_stop_positive_offset", {.min = {}, .max = Decimal::from_int(100)}),
         written.offset);
    take(reader.boolean("trailing_only_offset_is_reached"), written.only_from_offset);
    return written;
  }

  // As there it follows at one distance, from the start or from the offset on. Two distances, one
  // before the offset and one behind it, are something else than what is here.
  void follow(SectionReader& reader, const FreqtradeTrailing& written) {
    const ConfigNode& node = *reader.find("trailing_stop");
    TrailingPlan& trailing = plan_.exits.trailing;
    if (trailing.is_on())
      return reader.problem(node, "trailing_stop", "stands beside trailing in [bot.exits]",
                            "keep one of the two");
    if (written.distance.is_zero() && written.offset.is_positive())
      return reader.problem(node, "trailing_stop", "has an offset and no distance from there on",
                            "write trailing_stop_positive as well");
    if (written.distance.is_zero() && plan_.exits.stop.kind != LevelKind::kRatio)
      return reader.problem(node, "trailing_stop", "has no distance: the stop is no ratio",
                            "write trailing_stop_positive as well");
    if (written.offset.is_positive() != written.only_from_offset)
      return reader.problem(
          node, "trailing_stop",
          written.only_from_offset ? "waits for an offset that is not there"
                                   : "would follow at stoploss until the offset, which is not "
                                     "known here",
          written.only_from_offset
              ? "write trailing_stop_positive_offset as well"
              : "write trailing_only_offset_is_reached = true, or leave out the offset");
    trailing.distance = written.distance.is_zero() ? bot_.stop_loss_ratio : written.distance;
    trailing.activation = written.offset;
  }

  void both(SectionReader& reader, std::string_view one, std::string_view other) {
    const ConfigNode* node = reader.find(other);
    if (node != nullptr && reader.find(one) != nullptr)
      reader.problem(*node, other, fmt::format("stands beside {}", one), "keep one of the two");
  }

  void needs(SectionReader& reader, std::string_view key, bool is_on, std::string_view other) {
    const ConfigNode* node = reader.find(key);
    if (node != nullptr && !is_on)
      reader.problem(*node, key, "means nothing alone", fmt::format("write {} as well", other));
  }

  LevelPlan level(SectionReader& reader, const std::string& prefix) {
    LevelPlan plan;
    const ConfigNode* first = nullptr;
    const auto found = [&](const std::string& key) {
      const ConfigNode* node = reader.find(key);
      if (node != nullptr && first != nullptr)
        reader.problem(*node, key, fmt::format("stands beside {}", first->key), "keep one of them");
      if (node != nullptr && first == nullptr) first = node;
      return node != nullptr;
    };
    if (found(prefix + "atr"))
      plan = {LevelKind::kAtr, reader.decimal(prefix + "atr", kMultiple).value_or(kOne), 0};
    if (prefix == "stop_" && found("stop_swing"))
      plan = {LevelKind::kSwing,
              {},
              static_cast<std::uint32_t>(reader.integer("stop_swing", {2, 400}).value_or(2))};
    if (found(prefix + "price"))
      plan = {LevelKind::kPrice,
              reader.decimal(prefix + "price", DecimalRange::positive()).value_or(kOne), 0};
    return plan;
  }

  // freqtrade's table: "30" = 0.02 means above 2 % after 30 minutes.
  std::vector<RoiStep> roi_steps(SectionReader& reader, const ConfigNode& table) {
    std::vector<RoiStep> steps;
    for (const ConfigNode& node : table.children) {
      std::int64_t minutes = 0;
      const char* const end = node.key.data() + node.key.size();
      const auto [stop, error] = std::from_chars(node.key.data(), end, minutes);
      const Result<Decimal> ratio = parse_ratio(node.text);
      if (error != std::errc{} || stop != end || minutes < 0 || minutes > 527'040) {
        problems_.add(node.key_place, reader.dotted("minimal_roi"),
                      fmt::format("'{}' is not a number of minutes", node.key),
                      "write minimal_roi = { \"0\" = \"4%\", \"60\" = \"1%\" }");
      } else if (node.kind == NodeKind::kTable || node.kind == NodeKind::kList || !ratio ||
                 *ratio < -kOne || *ratio > Decimal::from_int(100)) {
        problems_.add(node.place, reader.dotted("minimal_roi"),
                      "must be between -1 and 100, as a number or in percent",
                      "write \"60\" = \"1%\"");
      } else {
        steps.push_back({Duration{minutes * 60'000}, *ratio});
      }
    }
    std::sort(steps.begin(), steps.end(),
              [](const RoiStep& a, const RoiStep& b) { return a.after < b.after; });
    for (std::size_t i = 1; i < steps.size(); ++i)
      if (steps[i].after == steps[i - 1].after)
        problems_.add(table.place, reader.dotted("minimal_roi"),
                      "has the same number of minutes twice", "keep one of the two");
    return steps;
  }

  std::vector<PartialExit> partials(SectionReader& reader) {
    std::vector<PartialExit> all;
    Decimal closed;
    for (const ConfigNode* table : reader.tables("partial")) {
      SectionReader inner(*table, "bot.exits.partial", problems_);
      PartialExit partial;
      take(inner.ratio("at", kProfit), partial.profit);
      take(inner.ratio("close", DecimalRange::share()), partial.share);
      for (const std::string_view key : {"at", "close"})
        if (inner.find(key) == nullptr)
          inner.missing(key, "write partial = [{ at = \"2%\", close = \"50%\" }]");
      inner.finish();
      if (!all.empty() && partial.profit <= all.back().profit)
        inner.problem(table->children.empty() ? *table : table->children.front(), "at",
                      "is not above the one before", "write them in rising order");
      closed += partial.share;
      all.push_back(partial);
    }
    if (closed >= kOne)
      reader.problem(*reader.find("partial"), "partial", "together they close everything",
                     "leave something for the last exit");
    return all;
  }

  const BotConfig& bot_;
  Decimal leverage_max_;
  ProblemList& problems_;
  RiskPlan plan_;
};

}  // namespace

GuardPlan read_guards(const ConfigNode& table, std::string_view section, ProblemList& problems) {
  SectionReader reader(table, std::string(section), problems);
  // A bot remembers so many results: a guard that waits for more would never speak.
  const std::int64_t most = section == "bot.guards" ? static_cast<std::int64_t>(kResultsMax) : 1000;
  GuardPlan plan;
  take(reader.ratio("daily_loss", DecimalRange::share()), plan.daily_loss);
  take(reader.ratio("drawdown", DecimalRange::share()), plan.drawdown.limit);
  read_pause(reader, "drawdown", 1, most, plan.drawdown);
  take_count(reader.integer("losing_streak", {1, 100}), plan.streak.trades);
  take(reader.duration("losing_streak_pause", kSpan), plan.streak.pause);
  if (plan.streak.trades > 0 && plan.streak.pause == Duration{0}) plan.streak.pause = kDay;
  take_count(reader.integer("stop_losses", {1, 100}), plan.stops.trades);
  const auto lookback = reader.duration("stop_losses_lookback", kSpan);
  const auto pause_for = reader.duration("stop_losses_pause", kSpan);
  if (plan.stops.trades > 0) {
    plan.stops.lookback = lookback.value_or(kDay);
    plan.stops.pause = pause_for.value_or(kDay);
  }
  const DecimalRange low{.min = -kOne, .max = kOne, .min_included = false};
  take(reader.ratio("low_profit", low), plan.low_profit.limit);
  read_pause(reader, "low_profit", 2, most, plan.low_profit);
  reader.finish();
  return plan;
}

std::vector<RiskPlan> read_risk_plan(SectionReader& reader, const BotConfig& bot,
                                     Decimal leverage_max, ProblemList& problems) {
  RiskPlanReader plan(bot, leverage_max, problems);
  const ConfigNode* sizing = reader.table("sizing");
  const ConfigNode* exits = reader.table("exits");
  const ConfigNode* scaling = reader.table("scaling");
  const ConfigNode* guards = reader.table("guards");
  if (sizing != nullptr) plan.sizing(*sizing);
  if (exits != nullptr) plan.exits(*exits);
  plan.freqtrade_exits(reader);
  if (scaling != nullptr) plan.scaling(*scaling);
  if (guards != nullptr) plan.guards(*guards);
  const bool is_default = plan.plan() == RiskPlan{};
  return is_default ? std::vector<RiskPlan>{} : std::vector{plan.plan()};
}

}  // namespace botbox::config
