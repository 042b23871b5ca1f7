#include "tools/botbox/run_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/statistics/curve_statistics.hpp"
#include "engine/statistics/realised_equity.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;
constexpr Duration kDay{86'400'000};

Json optional_number(std::optional<double> value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

// Returns the turnover.
Notional put_trades(Json& group, const std::vector<ClosedTrade>& trades) {
  const TradeStatistics sums = trade_statistics(trades);
  group["trades"] = sums.trades;
  group["wins"] = sums.wins;
  group["losses"] = sums.losses;
  group["net_profit"] = to_string(sums.net_profit);
  group["gross_profit"] = to_string(sums.gross_profit);
  group["gross_loss"] = to_string(sums.gross_loss);
  group["fees"] = to_string(sums.fees);
  group["funding"] = to_string(sums.funding);
  group["turnover"] = to_string(sums.turnover);
  group["best"] = to_string(sums.best);
  group["worst"] = to_string(sums.worst);
  group["win_rate"] = optional_number(sums.win_rate);
  group["profit_factor"] = optional_number(sums.profit_factor);
  group["expectancy"] = optional_number(sums.expectancy);
  group["average_win"] = optional_number(sums.average_win);
  group["average_loss"] = optional_number(sums.average_loss);
  group["payoff_ratio"] = optional_number(sums.payoff_ratio);
  group["average_minutes"] =
      sums.average_duration ? Json(static_cast<double>(sums.average_duration->count()) / 60'000)
                            : Json(nullptr);
  group["longest_losing_streak"] = sums.longest_losing_streak;
  return sums.turnover;
}

// What is drawn from a start, an end and the days between; drawdowns are added by whoever knows
// them best.
void put_growth(Json& group, double start, double end, const std::vector<double>& days,
                Duration time) {
  const std::vector<double> returns = simple_returns(days);
  const auto yearly = [](std::optional<double> ratio) {
    return optional_number(ratio ? std::optional(annualised(*ratio, kDaysPerYear)) : std::nullopt);
  };
  group["start"] = start;
  group["end"] = end;
  group["return"] = optional_number(start > 0 ? std::optional(end / start - 1) : std::nullopt);
  group["growth_per_year"] = optional_number(growth_per_year(start, end, time));
  group["sharpe"] = yearly(sharpe_ratio(returns));
  group["sortino"] = yearly(sortino_ratio(returns));
  group["volatility"] = yearly(moments(returns).deviation);
}

void put_curve(Json& group, const EquityCurve& curve, Duration time) {
  put_growth(group, curve.equity.front(), curve.equity.back(), daily_equity(curve), time);
}

struct Fall {
  double amount = 0;
  double ratio = 0;
  Duration length{0};
};

void put_fall(Json& group, const Fall& fall) {
  std::optional<double> growth;
  if (const Json& value = group.at("growth_per_year"); value.is_number())
    growth = value.get<double>();
  group["calmar"] = optional_number(calmar_ratio(growth, fall.ratio));
  group["max_drawdown"] = fall.amount;
  group["max_drawdown_ratio"] = fall.ratio;
  group["max_drawdown_days"] =
      static_cast<double>(fall.length.count()) / static_cast<double>(kDay.count());
}

Fall fall_of(const Equity& equity) {
  return {to_double_for_indicator(equity.max_drawdown.value),
          to_double_for_indicator(equity.max_drawdown_ratio), equity.max_drawdown_length};
}

EquityCurve sum_of(const std::vector<const EquityCurve*>& curves) {
  EquityCurve sum{.step = curves.front()->step,
                  .equity = std::vector<double>(curves.front()->equity.size()),
                  .drawdown = {}};
  for (const EquityCurve* curve : curves)
    for (std::size_t i = 0; i < sum.equity.size(); ++i) sum.equity[i] += curve->equity[i];
  return sum;
}

// One run, looked at from several sides.
class Statistics {
 public:
  Statistics(const RunRecord& record, const std::vector<RunTrade>& trades, const ReplayFacts& facts)
      : record_(record), trades_(trades), facts_(facts) {
    for (const storage::StoredBot& bot : record.bots) {
      symbols_[bot.id] = bot.config.symbol.value;
      strategies_[bot.id] = strategy_name(bot.config.strategy);
    }
  }

  Json total() const {
    const auto all = [](const BotId&) { return true; };
    Json group;
    const Notional turnover = put_trades(group, closed_if([](const RunTrade&) { return true; }));
    put_curve(group, record_.equity.total.curve, facts_.to - facts_.from);
    put_fall(group, fall_of(record_.equity.total));
    put_exposure(group, all, turnover);
    return group;
  }

  Json by_bot() const {
    Json list = Json::object();
    for (const storage::StoredBot& bot : record_.bots) {
      const Equity& equity = record_.equity.bots.at(bot.id);
      const auto is_own = [&](const BotId& id) { return id == bot.id; };
      Json& group = list[bot.id.value];
      const Notional turnover =
          put_trades(group, closed_if([&](const RunTrade& t) { return is_own(bot_of(t)); }));
      put_curve(group, equity.curve, facts_.to - facts_.from);
      put_fall(group, fall_of(equity));
      put_exposure(group, is_own, turnover);
    }
    return list;
  }

  Json by_bots_name(const std::map<BotId, std::string>& names) const {
    std::map<std::string, std::vector<const EquityCurve*>> curves;
    for (const auto& [bot, name] : names)
      curves[name].push_back(&record_.equity.bots.at(bot).curve);
    Json list = Json::object();
    for (const auto& entry : curves) {
      const std::string& name = entry.first;
      const auto is_in = [&](const BotId& id) { return names.at(id) == name; };
      const EquityCurve curve = sum_of(entry.second);
      const Drawdown fall = drawdown(curve.equity);
      Json& group = list[name];
      const Notional turnover =
          put_trades(group, closed_if([&](const RunTrade& t) { return is_in(bot_of(t)); }));
      put_curve(group, curve, facts_.to - facts_.from);
      // The last point may stand for less than a step.
      put_fall(group, {fall.deepest, fall.deepest_ratio,
                       std::min(curve.step * static_cast<std::int64_t>(fall.longest),
                                facts_.to - facts_.from)});
      put_exposure(group, is_in, turnover);
    }
    return list;
  }
  Json by_symbol() const { return by_bots_name(symbols_); }
  Json by_strategy() const { return by_bots_name(strategies_); }

  template <class NameOf>
  Json by_trades_name(NameOf name_of) const {
    std::map<std::string, std::vector<ClosedTrade>> groups;
    for (const RunTrade& trade : trades_)
      if (const std::string name(name_of(*trade.of)); !name.empty())
        groups[name].push_back(trade.closed);
    Json list = Json::object();
    for (const auto& [name, closed] : groups) put_trades_alone(list[name], closed);
    return list;
  }

  Json monthly() const {
    const EquityCurve& curve = record_.equity.total.curve;
    std::map<std::string, std::uint64_t> closed;
    for (const RunTrade& trade : trades_) ++closed[month_of(trade.closed.closed_at)];
    Json list = Json::array();
    double start = curve.equity.front();
    for (std::size_t i = 1; i < curve.equity.size(); ++i) {
      const Timestamp at = time_of(curve, i);
      const bool is_last = i + 1 == curve.equity.size();
      // A point on the border is the end of the month before it.
      const std::string month = month_of(at - Duration{1});
      if (!is_last && month_of(time_of(curve, i + 1) - Duration{1}) == month) continue;
      const double end = curve.equity[i];
      list.push_back(
          {{"month", month},
           {"start", start},
           {"end", end},
           {"profit", end - start},
           {"return", optional_number(start > 0 ? std::optional(end / start - 1) : std::nullopt)},
           {"trades", closed[month]}});
      start = end;
    }
    return list;
  }

 private:
  static const BotId& bot_of(const RunTrade& trade) { return trade.of->position.bot; }
  static std::string month_of(Timestamp at) { return to_iso8601(at).substr(0, 7); }

  Timestamp time_of(const EquityCurve& curve, std::size_t point) const {
    return std::min(facts_.from + curve.step * static_cast<std::int64_t>(point), facts_.to);
  }

  template <class Wanted>
  std::vector<ClosedTrade> closed_if(Wanted is_wanted) const {
    std::vector<ClosedTrade> closed;
    for (const RunTrade& trade : trades_)
      if (is_wanted(trade)) closed.push_back(trade.closed);
    return closed;
  }

  template <class IsIn>
  void put_exposure(Json& group, IsIn is_in, Notional turnover) const {
    std::vector<TimeRange> open;
    for (const RunPosition& of : record_.positions) {
      const Position& position = of.position;
      if (!is_in(position.bot)) continue;
      const bool is_closed = position.status == PositionStatus::kClosed;
      open.push_back({position.opened_at, is_closed ? position.closed_at : facts_.to});
    }
    put_use(group, open, turnover);
  }

  void put_use(Json& group, const std::vector<TimeRange>& open, Notional turnover) const {
    group["exposure"] = exposure(open, {facts_.from, facts_.to});
    const double start = group.at("start").get<double>();
    const double traded = to_double_for_indicator(turnover.value);
    group["turnover_ratio"] =
        optional_number(start > 0 ? std::optional(traded / start) : std::nullopt);
  }

  // Of trades that are not all of any bot's: what they made of the capital of all bots.
  void put_trades_alone(Json& group, const std::vector<ClosedTrade>& closed) const {
    const Notional turnover = put_trades(group, closed);
    const RealisedEquity made =
        realised_equity(closed, record_.equity.total.start, {facts_.from, facts_.to});
    put_growth(group, made.start, made.end, made.days, facts_.to - facts_.from);
    put_fall(group, {made.deepest, made.deepest_ratio, made.longest});
    std::vector<TimeRange> open;
    for (const ClosedTrade& trade : closed) open.push_back({trade.opened_at, trade.closed_at});
    put_use(group, open, turnover);
  }

  const RunRecord& record_;
  const std::vector<RunTrade>& trades_;
  const ReplayFacts& facts_;
  std::map<BotId, std::string> symbols_;
  std::map<BotId, std::string> strategies_;
};

}  // namespace

std::string strategy_name(const StrategyId& id) { return id.value.substr(0, id.value.find('@')); }

std::vector<double> daily_equity(const EquityCurve& curve) {
  std::vector<double> days;
  if (curve.equity.empty() || curve.step <= Duration{0}) return days;
  const auto points = static_cast<std::size_t>(kDay / curve.step);
  // The last point may stand for less than a step; it counts only where it ends a day, and then it
  // stands for a whole one.
  for (std::size_t i = 0; i < curve.equity.size(); i += points) days.push_back(curve.equity[i]);
  return days;
}

Json run_statistics(const RunRecord& record, const std::vector<RunTrade>& trades,
                    const ReplayFacts& facts) {
  const Statistics run(record, trades, facts);
  return {{"total", run.total()},
          {"by_bot", run.by_bot()},
          {"by_symbol", run.by_symbol()},
          {"by_strategy", run.by_strategy()},
          {"by_regime", run.by_trades_name([](const RunPosition& p) { return p.regime; })},
          {"by_exit_reason", run.by_trades_name([](const RunPosition& p) {
             return to_string(p.position.close_reason);
           })},
          {"by_side",
           run.by_trades_name([](const RunPosition& p) { return to_string(p.position.side); })},
          {"monthly", run.monthly()}};
}

}  // namespace botbox::cli
