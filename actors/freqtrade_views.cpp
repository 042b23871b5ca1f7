#include "actors/freqtrade_views.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "actors/record_rows.hpp"
#include "engine/assert.hpp"
#include "engine/risk/sizing.hpp"
#include "engine/statistics/trade_statistics.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;
using Trades = std::vector<const FreqtradeTrade*>;

constexpr std::int64_t kDayMs = 86'400'000;

std::string ago(Timestamp at, Timestamp now) {
  return at.is_never() ? std::string() : humanize(now - at) + " ago";
}

// "1 day, 2:03:04", as Python writes a span.
std::string span_text(Duration span) {
  const std::int64_t seconds = span.count() / 1'000;
  const std::int64_t days = seconds / 86'400;
  const std::string clock =
      fmt::format("{}:{:02}:{:02}", seconds / 3'600 % 24, seconds / 60 % 60, seconds % 60);
  if (days == 0) return clock;
  return fmt::format("{} day{}, {}", days, days == 1 ? "" : "s", clock);
}

double allocation(const FreqtradeBot& of) { return freqtrade_number(of.bot.config.allocation); }
double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

struct FreqtradeAsked {
  const FreqtradeBot& of;
  const OperatorArguments& arguments;
};

const RiskPlan& planned_of(const BotConfig& config) {
  static const RiskPlan kNothingPlanned;
  const RiskPlan* plan = plan_of(config);
  return plan != nullptr ? *plan : kNothingPlanned;
}

std::string stake_text(const BotConfig& config) {
  const SizingPlan& sizing = planned_of(config).sizing;
  switch (sizing.kind) {
    case SizingKind::kStake: break;
    case SizingKind::kPercentOfEquity: return to_string(sizing.ratio) + " of the equity";
    case SizingKind::kRiskPerTrade:
      return to_string(sizing.ratio) + " of the equity lost at the stop";
    case SizingKind::kAtrTarget:
      return fmt::format("{} of the equity moved by {} ATR", to_string(sizing.ratio),
                         to_string(sizing.atr_multiple));
  }
  return config.stake_kind == StakeKind::kFixed ? to_string(config.stake)
                                                : to_string(config.stake) + " of the allocation";
}

// By minutes of age. The target holds at every age, so that no step asks for more than it.
Json roi_table(const BotConfig& config) {
  const ExitPlan& exits = planned_of(config).exits;
  const bool has_target =
      exits.target.kind == LevelKind::kRatio && config.take_profit_ratio.is_positive();
  Json table = Json::object();
  if (has_target) table["0"] = freqtrade_number(config.take_profit_ratio);
  for (const RoiStep& step : exits.roi)
    table[std::to_string(step.after.count() / 60'000)] =
        freqtrade_number(has_target ? std::min(step.ratio, config.take_profit_ratio) : step.ratio);
  return table;
}

// A stop that is no ratio of the entry is a custom one there, above a loss of everything.
void add_stops(Json& json, const BotConfig& config) {
  const ExitPlan& exits = planned_of(config).exits;
  const TrailingPlan& trailing = exits.trailing;
  const bool is_ratio = exits.stop.kind == LevelKind::kRatio;
  const auto or_null = [](Decimal ratio) {
    return ratio.is_positive() ? Json(freqtrade_number(ratio)) : Json();
  };
  json["stoploss"] = is_ratio ? -freqtrade_number(config.stop_loss_ratio) : -1.0;
  json["trailing_stop"] = trailing.is_on();
  json["trailing_stop_positive"] = or_null(trailing.distance);
  json["trailing_stop_positive_offset"] = freqtrade_number(trailing.activation);
  json["trailing_only_offset_is_reached"] = trailing.activation.is_positive();
  json["use_custom_stoploss"] =
      !is_ratio || exits.break_even_at.is_positive() || trailing.atr_multiple.is_positive();
}

Result<Json> show_config(const FreqtradeAsked& asked) {
  const FreqtradeBot& of = asked.of;
  const BotConfig& config = of.bot.config;
  const bool is_running = of.is_trading && of.bot.snapshot.status == BotStatus::kActive;
  const bool is_linear = config.market == MarketType::kLinear;
  const std::uint32_t levels = planned_of(config).scaling.levels;
  Json json{{"version", "botbox " + of.version},
            {"strategy_version", std::to_string(of.bot.snapshot.settings_version)},
            {"api_version", 2.34},
            {"dry_run", of.is_paper},
            {"trading_mode", is_linear ? "futures" : "spot"},
            {"margin_mode", is_linear ? of.margin_mode : ""},
            {"short_allowed", is_linear},
            {"stake_currency", of.quote()},
            {"stake_currency_decimals", 2},
            {"stake_amount", stake_text(config)},
            {"available_capital", allocation(of)},
            {"max_open_trades", config.max_open_positions},
            {"minimal_roi", roi_table(config)},
            {"stoploss_on_exchange", true},
            {"order_types",
             {{"entry", "market"},
              {"exit", "market"},
              {"stoploss", "market"},
              {"stoploss_on_exchange", true}}},
            {"timeframe", to_string(config.timeframe)},
            {"timeframe_ms", config.timeframe.ms()},
            {"timeframe_min", config.timeframe.ms() / 60'000},
            {"exchange", of.exchange},
            {"strategy", config.strategy.value},
            {"force_entry_enable", false},
            {"entry_pricing", Json::object()},
            {"exit_pricing", Json::object()},
            {"bot_name", config.name.empty() ? of.bot.id.value : config.name},
            {"state", is_running ? "running" : "stopped"},
            {"runmode", of.is_paper ? "dry_run" : "live"},
            {"position_adjustment_enable", levels > 0},
            {"max_entry_position_adjustment", levels}};
  add_stops(json, config);
  return json;
}

Result<Json> count(const FreqtradeAsked& asked) {
  Notional stake;
  const Trades open = asked.of.open();
  for (const FreqtradeTrade* trade : open) stake += trade->position.entry_cost;
  return Json{{"current", open.size()},
              {"max", asked.of.bot.config.max_open_positions},
              {"total_stake", freqtrade_number(stake) / asked.of.leverage}};
}

Result<Json> status(const FreqtradeAsked& asked) {
  Json rows = Json::array();
  for (const FreqtradeTrade* trade : asked.of.open())
    rows.push_back(freqtrade_trade_json(asked.of, *trade));
  return rows;
}

// Closed ones only, oldest first, so that pages stay as they are while new ones come.
Result<Json> trades(const FreqtradeAsked& asked) {
  BOTBOX_ASSIGN(const auto limit, asked.arguments.whole("limit", 0, 500));
  BOTBOX_ASSIGN(const auto offset, asked.arguments.whole("offset", 0, 1'000'000'000));
  const Trades closed = asked.of.closed();
  const auto most = limit.value_or(0) == 0 ? 500U : static_cast<std::size_t>(*limit);
  const auto first = static_cast<std::size_t>(offset.value_or(0));
  Json rows = Json::array();
  for (std::size_t i = first; i < closed.size() && rows.size() < most; ++i)
    rows.push_back(freqtrade_trade_json(asked.of, *closed[i]));
  const std::size_t shown = rows.size();
  return Json{{"trades", std::move(rows)},
              {"trades_count", shown},
              {"offset", first},
              {"total_trades", closed.size()}};
}

Result<Json> trade(const FreqtradeAsked& asked) {
  BOTBOX_ASSIGN(const auto id, asked.arguments.whole("id", 1, UINT32_MAX));
  const auto& all = asked.of.trades;
  const auto found = std::ranges::find(all, id.value_or(0), &FreqtradeTrade::number);
  if (found == all.end()) return fail(ErrorCode::kNotFound, "the bot has no such trade", "id");
  return freqtrade_trade_json(asked.of, *found);
}

// How far the equity of closed trades fell from its highest point.
struct DeepestFall {
  double amount = 0;
  double ratio = 0;
  Timestamp from;
  Timestamp to;
};

DeepestFall deepest_fall(const FreqtradeBot& of, const Trades& closed) {
  DeepestFall deepest;
  double equity = allocation(of);
  double highest = equity;
  Timestamp highest_at = of.started_at;
  for (const FreqtradeTrade* trade : closed) {
    equity += freqtrade_number(trade->realised());
    if (equity >= highest) {
      highest = equity;
      highest_at = trade->position.closed_at;
    } else if (highest - equity > deepest.amount) {
      deepest = {highest - equity, share(highest - equity, highest), highest_at,
                 trade->position.closed_at};
    }
  }
  return deepest;
}

TradeStatistics statistics_of(const Trades& closed) {
  std::vector<ClosedTrade> rows;
  for (const FreqtradeTrade* trade : closed)
    rows.push_back({.opened_at = trade->position.opened_at,
                    .closed_at = trade->position.closed_at,
                    .profit = trade->realised(),
                    .fees = trade->position.fees,
                    .turnover = {}});
  return trade_statistics(rows);
}

double volume_of(const FreqtradeBot& of) {
  double volume = 0;
  for (const FreqtradeTrade& trade : of.trades)
    for (const storage::BookedFill& booked : trade.fills)
      volume += freqtrade_number(booked.fill.price) * freqtrade_number(booked.fill.quantity);
  return volume;
}

// A sum of profit under the names that start with `prefix`.
void add_profit_sums(Json& json, const std::string& prefix, double profit, const Trades& of_trades,
                     const FreqtradeBot& of) {
  double ratios = 0;
  for (const FreqtradeTrade* trade : of_trades) ratios += profit_ratio(of, *trade);
  const double mean = share(ratios, static_cast<double>(of_trades.size()));
  const double ratio = share(profit, allocation(of));
  json[prefix + "_coin"] = profit;
  json[prefix + "_percent_mean"] = 100 * mean;
  json[prefix + "_ratio_mean"] = mean;
  json[prefix + "_percent_sum"] = 100 * ratios;
  json[prefix + "_ratio_sum"] = ratios;
  json[prefix + "_percent"] = 100 * ratio;
  json[prefix + "_ratio"] = ratio;
  json[prefix + "_fiat"] = 0;
}

void add_moment(Json& json, const std::string& name, Timestamp at, Timestamp now) {
  json[name + "_date"] = freqtrade_date(at);
  json[name + "_humanized"] = ago(at, now);
  json[name + "_timestamp"] = at.ms;
}

void add_statistics(Json& json, const FreqtradeBot& of, const Trades& closed) {
  const TradeStatistics sums = statistics_of(closed);
  const auto or_null = [](std::optional<double> value) { return value ? Json(*value) : Json(); };
  const double win_rate = sums.win_rate.value_or(0);
  json["avg_duration"] = span_text(sums.average_duration.value_or(Duration{0}));
  const double best = share(freqtrade_number(sums.net_profit), allocation(of));
  json["best_pair"] = closed.empty() ? "" : of.bot.config.symbol.value;
  json["best_rate"] = 100 * best;
  json["best_pair_profit_ratio"] = best;
  json["best_pair_profit_abs"] = freqtrade_number(sums.net_profit);
  json["winning_trades"] = sums.wins;
  json["losing_trades"] = sums.losses;
  json["profit_factor"] = or_null(sums.profit_factor);
  json["winrate"] = win_rate;
  json["expectancy"] = sums.expectancy.value_or(0);
  json["expectancy_ratio"] =
      sums.payoff_ratio ? Json((1 + *sums.payoff_ratio) * win_rate - 1) : Json();
  const DeepestFall fall = deepest_fall(of, closed);
  json["max_drawdown"] = fall.ratio;
  json["max_drawdown_abs"] = fall.amount;
  json["max_drawdown_start"] = freqtrade_date(fall.from);
  json["max_drawdown_start_timestamp"] = fall.from.ms;
  json["max_drawdown_end"] = freqtrade_date(fall.to);
  json["max_drawdown_end_timestamp"] = fall.to.ms;
  json["trading_volume"] = volume_of(of);
}

// Nothing where an open position has no price.
std::optional<double> all_open_profit(const FreqtradeBot& of) {
  double sum = 0;
  for (const FreqtradeTrade* trade : of.open()) {
    const auto profit = open_profit(of, *trade);
    if (!profit) return std::nullopt;
    sum += *profit;
  }
  return sum;
}

double realised_of(const FreqtradeBot& of) { return freqtrade_number(net_profit(of.bot.snapshot)); }

Result<Json> profit(const FreqtradeAsked& asked) {
  const FreqtradeBot& of = asked.of;
  const Trades closed = of.closed();
  Notional of_closed;
  for (const FreqtradeTrade* one : closed) of_closed += one->realised();
  Trades all;
  for (const FreqtradeTrade& one : of.trades) all.push_back(&one);
  Json json = Json::object();
  add_profit_sums(json, "profit_closed", freqtrade_number(of_closed), closed, of);
  add_profit_sums(json, "profit_all", realised_of(of) + all_open_profit(of).value_or(0), all, of);
  json["trade_count"] = all.size();
  json["closed_trade_count"] = closed.size();
  add_moment(json, "first_trade", all.empty() ? Timestamp{} : all.front()->position.opened_at,
             of.now);
  add_moment(json, "latest_trade", all.empty() ? Timestamp{} : all.back()->position.opened_at,
             of.now);
  add_statistics(json, of, closed);
  json["bot_start_date"] = freqtrade_date(of.started_at);
  json["bot_start_timestamp"] = of.started_at.ms;
  return json;
}

// -- by days, weeks, months

// The start of the stretch of days that holds `at`, in UTC.
using StretchStart = Timestamp (*)(Timestamp at);

Timestamp day_start(Timestamp at) { return {at.ms / kDayMs * kDayMs}; }
Timestamp week_start(Timestamp at) {
  const std::int64_t day = at.ms / kDayMs;
  return {(day - (day + 3) % 7) * kDayMs};  // the first of January 1970 was a Thursday
}
Timestamp month_start(Timestamp at) {
  const Result<Timestamp> start = parse_timestamp(to_iso8601(at).substr(0, 8) + "01");
  ENGINE_ASSERT(start.has_value());
  return *start;
}

Result<Json> by_stretch(const FreqtradeAsked& asked, StretchStart start_of) {
  const FreqtradeBot& of = asked.of;
  BOTBOX_ASSIGN(const auto wanted, asked.arguments.whole("timescale", 1, 366));
  struct Stretch {
    double profit = 0;
    std::size_t trades = 0;
  };
  std::map<Timestamp, Stretch> stretches;
  Timestamp at = start_of(of.now);
  for (std::int64_t i = wanted.value_or(7); i > 0 && at.ms >= 0; --i) {
    stretches[at];
    at = start_of(at - Duration{1});
  }
  double equity = allocation(of);
  for (const FreqtradeTrade* one : of.closed()) {
    const auto stretch = stretches.find(start_of(one->position.closed_at));
    const double profit_of_one = freqtrade_number(one->realised());
    if (stretch == stretches.end()) {
      equity += profit_of_one;  // before all of them
      continue;
    }
    stretch->second.profit += profit_of_one;
    ++stretch->second.trades;
  }
  Json rows = Json::array();
  for (const auto& [start, stretch] : stretches) {
    rows.insert(rows.begin(), Json{{"date", to_iso8601(start).substr(0, 10)},
                                   {"abs_profit", stretch.profit},
                                   {"rel_profit", share(stretch.profit, equity)},
                                   {"starting_balance", equity},
                                   {"fiat_value", 0},
                                   {"trade_count", stretch.trades}});
    equity += stretch.profit;
  }
  return Json{
      {"data", std::move(rows)}, {"fiat_display_currency", ""}, {"stake_currency", of.quote()}};
}

Result<Json> daily(const FreqtradeAsked& asked) { return by_stretch(asked, day_start); }
Result<Json> weekly(const FreqtradeAsked& asked) { return by_stretch(asked, week_start); }
Result<Json> monthly(const FreqtradeAsked& asked) { return by_stretch(asked, month_start); }

// -- money

Json balance_row(const std::string& currency, double amount, double worth,
                 const std::string& quote) {
  return {{"currency", currency},  {"free", amount},     {"balance", amount},      {"used", 0},
          {"bot_owned", amount},   {"est_stake", worth}, {"est_stake_bot", worth}, {"stake", quote},
          {"side", "long"},        {"leverage", 1},      {"is_position", false},   {"position", 0},
          {"is_bot_managed", true}};
}

// The part of the account that is the bot's: its allocation and what came of it.
Result<Json> balance(const FreqtradeAsked& asked) {
  const FreqtradeBot& of = asked.of;
  const bool is_linear = of.bot.config.market == MarketType::kLinear;
  const double total = allocation(of) + realised_of(of) + all_open_profit(of).value_or(0);
  double at_stake = 0;
  Json positions = Json::array();
  for (const FreqtradeTrade* one : of.open()) {
    const double cost = freqtrade_number(one->position.entry_cost) / of.leverage;
    const double worth = cost + open_profit(of, *one).value_or(0);
    at_stake += cost;
    const double quantity = freqtrade_number(one->position.quantity);
    Json row = balance_row(is_linear ? of.bot.config.symbol.value : of.base(),
                           is_linear ? 0 : quantity, worth, of.quote());
    row["is_position"] = is_linear;
    row["position"] = is_linear ? quantity : 0;
    row["side"] = one->is_short() ? "short" : "long";
    row["leverage"] = of.leverage;
    positions.push_back(std::move(row));
  }
  const double left = allocation(of) + realised_of(of);
  Json money = balance_row(of.quote(), left - at_stake, left - at_stake, of.quote());
  if (is_linear) {
    money["balance"] = money["bot_owned"] = left;
    money["used"] = at_stake;
  }
  Json rows = Json::array({std::move(money)});
  for (Json& row : positions) rows.push_back(std::move(row));
  const double gain = share(total - allocation(of), allocation(of));
  return Json{{"currencies", std::move(rows)},
              {"total", total},
              {"total_bot", total},
              {"symbol", ""},
              {"value", 0},
              {"value_bot", 0},
              {"stake", of.quote()},
              {"note", of.is_paper ? "Simulated balances" : ""},
              {"starting_capital", allocation(of)},
              {"starting_capital_ratio", gain},
              {"starting_capital_pct", 100 * gain},
              {"starting_capital_fiat", 0},
              {"starting_capital_fiat_ratio", 0},
              {"starting_capital_fiat_pct", 0}};
}

// -- grouped

// Closed trades together that have the same name in `column`; the best first.
Json grouped(const FreqtradeBot& of, const std::string& column,
             const std::function<std::string(const FreqtradeTrade&)>& name_of) {
  struct Sum {
    double profit = 0;
    double ratio = 0;
    std::size_t count = 0;
  };
  std::map<std::string, Sum> sums;
  for (const FreqtradeTrade* one : of.closed()) {
    Sum& sum = sums[name_of(*one)];
    sum.profit += freqtrade_number(one->realised());
    sum.ratio += profit_ratio(of, *one);
    ++sum.count;
  }
  std::vector<std::pair<std::string, Sum>> sorted(sums.begin(), sums.end());
  std::ranges::stable_sort(
      sorted, [](const auto& a, const auto& b) { return a.second.profit > b.second.profit; });
  Json rows = Json::array();
  for (const auto& [name, sum] : sorted)
    rows.push_back({{column, name},
                    {"profit", 100 * sum.ratio},
                    {"profit_ratio", sum.ratio},
                    {"profit_pct", 100 * sum.ratio},
                    {"profit_abs", sum.profit},
                    {"count", sum.count}});
  return rows;
}

std::string exit_of(const FreqtradeTrade& one) {
  return std::string(to_string(one.position.close_reason));
}

Result<Json> performance(const FreqtradeAsked& asked) {
  return grouped(asked.of, "pair",
                 [](const FreqtradeTrade& one) { return one.position.symbol.value; });
}
Result<Json> entries(const FreqtradeAsked& asked) {
  const std::string tag = asked.of.bot.config.strategy.value;
  return grouped(asked.of, "enter_tag", [&](const FreqtradeTrade&) { return tag; });
}
Result<Json> exits(const FreqtradeAsked& asked) {
  return grouped(asked.of, "exit_reason", exit_of);
}
Result<Json> mix_tags(const FreqtradeAsked& asked) {
  const std::string tag = asked.of.bot.config.strategy.value;
  return grouped(asked.of, "mix_tag",
                 [&](const FreqtradeTrade& one) { return tag + " " + exit_of(one); });
}

Result<Json> stats(const FreqtradeAsked& asked) {
  struct Sum {
    std::size_t count = 0;
    double seconds = 0;
    Json mean() const { return count > 0 ? Json(seconds / static_cast<double>(count)) : Json(); }
  };
  std::array<Sum, 3> durations;  // wins, draws, losses
  Json reasons = Json::object();
  for (const FreqtradeTrade* one : asked.of.closed()) {
    const std::size_t kind = one->realised().is_positive()   ? 0
                             : one->realised().is_negative() ? 2
                                                             : 1;
    Json& row = reasons[exit_of(*one)];
    if (row.is_null()) row = {{"wins", 0}, {"draws", 0}, {"losses", 0}};
    Json& number = row[std::array{"wins", "draws", "losses"}[kind]];
    number = number.get<std::uint64_t>() + 1;
    ++durations[kind].count;
    durations[kind].seconds +=
        static_cast<double>((one->position.closed_at - one->position.opened_at).count()) / 1'000;
  }
  return Json{{"exit_reasons", std::move(reasons)},
              {"durations",
               {{"wins", durations[0].mean()},
                {"draws", durations[1].mean()},
                {"losses", durations[2].mean()}}}};
}

// -- the rest

Json pair_list(const std::string& name, std::vector<std::string> pairs) {
  const std::size_t length = pairs.size();
  return {
      {name, std::move(pairs)}, {"length", length}, {"method", Json::array({"StaticPairList"})}};
}

Result<Json> whitelist(const FreqtradeAsked& asked) {
  return pair_list("whitelist", {asked.of.bot.config.symbol.value});
}

Result<Json> blacklist(const FreqtradeAsked& asked) {
  Json json = pair_list("blacklist", asked.of.bot.config.block_list);
  json["blacklist_expanded"] = asked.of.bot.config.block_list;
  json["errors"] = Json::object();
  return json;
}

Result<Json> locks(const FreqtradeAsked& asked) {
  Json rows = Json::array();
  for (const LockRow& row : lock_rows(asked.of.bot, asked.of.now))
    if (row.state == "ACTIVE")
      rows.push_back({{"id", rows.size() + 1},
                      {"active", true},
                      {"pair", asked.of.bot.config.symbol.value},
                      {"side", "*"},
                      {"reason", std::string(to_string(row.lock.reason)) + ": " + row.lock.detail},
                      {"lock_time", freqtrade_date(row.lock.since)},
                      {"lock_timestamp", row.lock.since.ms},
                      {"lock_end_time", freqtrade_date(row.lock.until)},
                      {"lock_end_timestamp", row.lock.until.ms}});
  const std::size_t found = rows.size();
  return Json{{"lock_count", found}, {"locks", std::move(rows)}};
}

Result<Json> health(const FreqtradeAsked& asked) {
  const auto date = [](Timestamp at) { return at.is_never() ? Json() : Json(freqtrade_date(at)); };
  const Timestamp checked = std::max(asked.of.checked_at, asked.of.bot.snapshot.last_check_at);
  return Json{{"last_process", date(checked)},
              {"last_process_ts", checked.is_never() ? Json() : Json(checked.ms / 1'000)},
              {"bot_start", date(asked.of.started_at)},
              {"bot_start_ts", asked.of.started_at.ms / 1'000},
              {"bot_startup", date(asked.of.started_at)},
              {"bot_startup_ts", asked.of.started_at.ms / 1'000}};
}

struct FreqtradeName {
  std::string_view name;
  Result<Json> (*show)(const FreqtradeAsked&);
};
constexpr std::array<FreqtradeName, 19> kFreqtradeNames{{
    {"show_config", show_config},
    {"count", count},
    {"status", status},
    {"trades", trades},
    {"trade", trade},
    {"profit", profit},
    {"daily", daily},
    {"weekly", weekly},
    {"monthly", monthly},
    {"balance", balance},
    {"performance", performance},
    {"entries", entries},
    {"exits", exits},
    {"mix_tags", mix_tags},
    {"stats", stats},
    {"whitelist", whitelist},
    {"blacklist", blacklist},
    {"locks", locks},
    {"health", health},
}};

}  // namespace

Result<Json> freqtrade_view(std::string_view name, const FreqtradeBot& of,
                            const OperatorArguments& arguments) {
  const auto* const found = std::ranges::find(kFreqtradeNames, name, &FreqtradeName::name);
  if (found == kFreqtradeNames.end())
    return fail(ErrorCode::kNotFound, fmt::format("there is no '{}'", name));
  return found->show({of, arguments});
}

Json freqtrade_logs(const Json& events) {
  Json rows = Json::array();
  for (const Json& event : events) {
    const Timestamp at = parse_timestamp(event.at("at").is_string() ? event["at"].get<std::string>()
                                                                    : event["at"].dump())
                             .value_or(Timestamp{});
    const std::string kind = event.at("kind").get<std::string>();
    rows.insert(rows.begin(),
                Json::array({freqtrade_date(at), at.ms, "botbox." + kind, "INFO",
                             fmt::format("{} {} {}", kind, event.at("subject").get<std::string>(),
                                         event.at("detail").get<std::string>())}));
  }
  const std::size_t count_of_rows = rows.size();
  return {{"log_count", count_of_rows}, {"logs", std::move(rows)}};
}

}  // namespace botbox::actors
