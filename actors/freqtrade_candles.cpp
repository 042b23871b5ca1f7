// Candles for charts in freqtrade's shape: rows of numbers under a list of columns.
#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "actors/freqtrade_views.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;

double number_in_text(const Json& value) {
  const Result<Decimal> number = Decimal::parse(value.get_ref<const std::string&>());
  return number ? freqtrade_number(*number) : 0;
}

std::string candle_date(Timestamp at) { return to_iso8601(at).substr(0, 19) + "Z"; }

// What happened on a candle, in the order of kSignalColumns.
constexpr std::array kSignalColumns{"enter_long", "exit_long", "enter_short", "exit_short"};
using SignalsOnCandle = std::array<int, kSignalColumns.size()>;

// By the candle's opening; a marker stands on the last candle that had opened by then.
std::map<std::int64_t, SignalsOnCandle> signals_by_candle(const Json& chart) {
  std::map<std::int64_t, SignalsOnCandle> found;
  for (const Json& candle : chart.at("candles")) found[candle.at("at").get<std::int64_t>()] = {};
  for (const Json& marker : chart.at("markers")) {
    auto on = found.upper_bound(marker.at("at").get<std::int64_t>());
    if (on == found.begin()) continue;
    --on;
    const bool is_short = marker.at("side") == "SHORT";
    const bool is_entry = marker.at("kind") == "entry" || marker.at("kind") == "add";
    ++on->second[(is_short ? 2U : 0U) + (is_entry ? 0U : 1U)];
  }
  return found;
}

std::map<std::int64_t, double> points_of(const Json& indicator) {
  std::map<std::int64_t, double> points;
  for (const Json& point : indicator.at("points"))
    points.emplace(point.at(0).get<std::int64_t>(), point.at(1).get<double>());
  return points;
}

}  // namespace

Json freqtrade_candles(const Json& chart, const FreqtradeBot& of) {
  const auto signals = signals_by_candle(chart);
  std::vector<std::map<std::int64_t, double>> indicators;
  Json columns = Json::array({"date", "open", "high", "low", "close", "volume"});
  for (const Json& indicator : chart.at("indicators")) {
    columns.push_back(indicator.at("name"));
    indicators.push_back(points_of(indicator));
  }
  for (const char* name : kSignalColumns) columns.push_back(name);
  columns.push_back("__date_ts");
  for (const char* name : kSignalColumns)
    columns.push_back("_" + std::string(name) + "_signal_close");
  Json rows = Json::array();
  SignalsOnCandle totals{};
  for (const Json& candle : chart.at("candles")) {
    const std::int64_t at = candle.at("at").get<std::int64_t>();
    Json row = Json::array({candle_date({at})});
    for (const char* name : {"open", "high", "low", "close", "volume"})
      row.push_back(number_in_text(candle.at(name)));
    for (const auto& points : indicators) {
      const auto point = points.find(at);
      row.push_back(point != points.end() ? Json(point->second) : Json());
    }
    const SignalsOnCandle& on = signals.at(at);
    for (std::size_t i = 0; i < on.size(); ++i) {
      totals[i] += on[i];
      row.push_back(on[i] > 0 ? 1 : 0);
    }
    row.push_back(at);
    for (const int number : on)
      row.push_back(number > 0 ? Json(number_in_text(candle.at("close"))) : Json());
    rows.push_back(std::move(row));
  }
  const std::int64_t first = rows.empty() ? 0 : chart["candles"].front()["at"].get<std::int64_t>();
  const std::int64_t last = rows.empty() ? 0 : chart["candles"].back()["at"].get<std::int64_t>();
  const Timestamp analysed = of.bot.snapshot.last_check_at;
  const std::size_t length = rows.size();
  return {{"strategy", of.bot.config.strategy.value},
          {"pair", of.bot.config.symbol.value},
          {"timeframe", to_string(of.bot.config.timeframe)},
          {"timeframe_ms", of.bot.config.timeframe.ms()},
          {"columns", columns},
          {"all_columns", columns},
          {"data", std::move(rows)},
          {"annotations", Json::array()},
          {"length", length},
          {"buy_signals", totals[0]},
          {"sell_signals", totals[1]},
          {"enter_long_signals", totals[0]},
          {"exit_long_signals", totals[1]},
          {"enter_short_signals", totals[2]},
          {"exit_short_signals", totals[3]},
          {"last_analyzed", analysed.is_never() ? "" : candle_date(analysed)},
          {"last_analyzed_ts", analysed.ms},
          {"data_start_ts", first},
          {"data_start", length > 0 ? freqtrade_date({first}) + "+00:00" : ""},
          {"data_stop", length > 0 ? freqtrade_date({last}) + "+00:00" : ""},
          {"data_stop_ts", last}};
}

// An indicator whose newest value lies among the prices is drawn over them, any other below.
Json freqtrade_plot(const Json& chart) {
  double low = std::numeric_limits<double>::max();
  double high = 0;
  for (const Json& candle : chart.at("candles")) {
    low = std::min(low, number_in_text(candle.at("low")));
    high = std::max(high, number_in_text(candle.at("high")));
  }
  Json main = Json::object();
  Json below = Json::object();
  for (const Json& indicator : chart.at("indicators")) {
    const std::string name = indicator.at("name").get<std::string>();
    if (indicator.at("points").empty()) continue;
    const double newest = indicator["points"].back().at(1).get<double>();
    if (newest > 0.8 * low && newest < 1.2 * high)
      main[name] = Json::object();
    else
      below[name][name] = {{"type", "line"}};
  }
  return {{"main_plot", std::move(main)}, {"subplots", std::move(below)}};
}

}  // namespace botbox::actors
