// What freqtrade's clients are told of a bot, from positions that are known to the last digit.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "actors/freqtrade_views.hpp"
#include "tests/support/builders.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;
using botbox::testing::a_config;
using botbox::testing::a_fill;
using botbox::testing::money;
using botbox::testing::price;
using botbox::testing::quantity;
using doctest::Approx;

// Wednesday, the 1st of May 2024, noon.
constexpr Timestamp kNoon{1'714'564'800'000};
constexpr Duration kHour{3'600'000};
constexpr Duration kDay = 24 * kHour;

struct TradeOf {
  std::uint32_t number = 1;
  PositionSide side = PositionSide::kLong;
  Price entered = Price::literal("100");
  Price left;  // zero: it is open
  Quantity quantity = Quantity::literal("2");
  Timestamp opened_at = kNoon - kDay;
  Timestamp closed_at = kNoon - kHour;
};

// One entry and, unless it is open, one exit, each for a fee of 0.1.
FreqtradeTrade a_trade_of(const TradeOf& of) {
  const OrderSide entry = entry_side(of.side);
  const std::string name = "p" + std::to_string(of.number);
  std::vector<Fill> fills{a_fill({.id = name + "-in",
                                  .order = name,
                                  .side = entry,
                                  .price = of.entered,
                                  .quantity = of.quantity,
                                  .fee = money("0.1"),
                                  .at = of.opened_at})};
  if (!of.left.is_zero())
    fills.push_back(a_fill({.id = name + "-out",
                            .order = name + "-stop",
                            .side = opposite(entry),
                            .price = of.left,
                            .quantity = of.quantity,
                            .fee = money("0.1"),
                            .at = of.closed_at}));
  Position position;
  position.id = {name};
  position.bot = {"bot-1"};
  position.symbol = {"BTC/USDT"};
  position.side = of.side;
  position.stop_loss = of.side == PositionSide::kLong ? price("98") : price("102");
  position.stop_client_id = {name + "-stop"};
  position.opened_at = of.opened_at;
  FreqtradeTrade trade{of.number, position, {}};
  for (const Fill& fill : fills) {
    const Result<Position> folded = apply_fill(trade.position, fill);
    REQUIRE(folded.has_value());
    trade.position = *folded;
    trade.fills.push_back({fill, static_cast<std::uint32_t>(trade.fills.size() + 1)});
  }
  trade.position.opened_at = of.opened_at;
  if (!of.left.is_zero()) {
    trade.position.closed_at = of.closed_at;
    trade.position.close_reason = ReasonCode::kStopLossHit;
  }
  return trade;
}

FreqtradeBot a_freqtrade_bot(std::vector<FreqtradeTrade> trades, Price now = price("110")) {
  FreqtradeBot of;
  of.bot.id = {"bot-1"};
  of.bot.config = a_config();
  for (const FreqtradeTrade& trade : trades) {
    of.bot.snapshot.realised_profit += trade.position.realised_profit;
    of.bot.snapshot.fees += trade.position.fees;
    if (trade.is_open()) of.bot.snapshot.open_positions.push_back(trade.position);
  }
  of.trades = std::move(trades);
  of.prices = {{{"BTC/USDT"}, now}};
  of.version = "1.2.3";
  of.exchange = "paper";
  of.is_paper = true;
  of.started_at = kNoon - 10 * kDay;
  of.now = kNoon;
  return of;
}

Json shown(std::string_view name, const FreqtradeBot& of, OperatorArguments arguments = {}) {
  const Result<Json> json = freqtrade_view(name, of, arguments);
  REQUIRE_MESSAGE(json.has_value(), name << ": " << to_string(json.error()));
  return *json;
}

OperatorArguments with(const std::string& name, const std::string& value) {
  OperatorArguments arguments;
  arguments.set(name, value);
  return arguments;
}

}  // namespace

TEST_CASE("with leverage the stake is a part of the value, and ratios are of the stake") {
  FreqtradeBot of = a_freqtrade_bot({a_trade_of({.left = price("105")})});
  of.leverage = 5;
  const Json json = freqtrade_trade_json(of, of.trades[0]);
  CHECK(json["leverage"] == 5.0);
  CHECK(json["stake_amount"] == 40.0);  // 2 * 100 / 5
  CHECK(json["open_trade_value"] == 200.0);
  CHECK(json["profit_abs"].get<double>() == Approx(9.8));
  CHECK(json["profit_ratio"].get<double>() == Approx(0.245));
  CHECK(json["stop_loss_ratio"].get<double>() == Approx(-0.1));
  of = a_freqtrade_bot({a_trade_of({})});
  of.leverage = 5;
  CHECK(shown("count", of)["total_stake"] == 40.0);
  const Json open = freqtrade_trade_json(of, of.trades[0]);
  CHECK(open["profit_abs"].get<double>() == Approx(20));
  CHECK(open["profit_ratio"].get<double>() == Approx(0.5));
}

TEST_CASE("a position is a trade of freqtrade's, whatever its side and state") {
  struct Row {
    const char* what;
    TradeOf trade;
    double profit_abs, profit_ratio, realized;
    double stop_ratio;
  };
  const std::vector<Row> table{
      // 2 * (105 - 100) - 0.2, of 200
      {"closed, won", {.left = price("105")}, 9.8, 0.049, 9.8, -0.02},
      {"closed, lost", {.left = price("98")}, -4.2, -0.021, -4.2, -0.02},
      {"short, closed, won",
       {.side = PositionSide::kShort, .left = price("95")},
       9.8,
       0.049,
       9.8,
       -0.02},
      // 2 * (110 - 100); the fee of the way in is realised
      {"open", {}, 20, 0.1, -0.1, -0.02},
      {"short, open", {.side = PositionSide::kShort}, -20, -0.1, -0.1, -0.02},
  };
  for (const Row& row : table) {
    CAPTURE(row.what);
    const FreqtradeBot of = a_freqtrade_bot({a_trade_of(row.trade)});
    const bool is_open = row.trade.left.is_zero();
    const Json json = freqtrade_trade_json(of, of.trades[0]);
    CHECK(json["trade_id"] == 1);
    CHECK(json["pair"] == "BTC/USDT");
    CHECK(json["base_currency"] == "BTC");
    CHECK(json["is_open"] == is_open);
    CHECK(json["is_short"] == (row.trade.side == PositionSide::kShort));
    CHECK(json["amount"] == 2.0);
    CHECK(json["stake_amount"] == 200.0);
    CHECK(json["open_rate"] == 100.0);
    CHECK(json["open_date"] == "2024-04-30 12:00:00");
    CHECK(json["open_timestamp"] == (kNoon - kDay).ms);
    CHECK(json["profit_abs"].get<double>() == Approx(row.profit_abs));
    CHECK(json["profit_ratio"].get<double>() == Approx(row.profit_ratio));
    CHECK(json["profit_pct"].get<double>() == Approx(100 * row.profit_ratio));
    CHECK(json["realized_profit"].get<double>() == Approx(row.realized));
    CHECK(json["stop_loss_ratio"].get<double>() == Approx(row.stop_ratio));
    CHECK(json["close_date"].is_null() == is_open);
    CHECK(json["exit_reason"].is_null() == is_open);
    CHECK(json["close_rate"].is_null() == is_open);
    CHECK(json.contains("current_rate") == is_open);
    REQUIRE(json["orders"].size() == (is_open ? 1 : 2));
    const bool is_short = row.trade.side == PositionSide::kShort;
    CHECK(json["orders"][0]["ft_order_side"] == (is_short ? "sell" : "buy"));
    CHECK(json["orders"][0]["ft_is_entry"] == true);
    if (is_open) continue;
    CHECK(json["orders"][1]["ft_order_side"] == "stoploss");
    CHECK(json["close_profit_abs"] == json["profit_abs"]);
    CHECK(json["exit_reason"] == "STOP_LOSS_HIT");
  }
}

TEST_CASE("funding that a position received is part of what its trade made") {
  FreqtradeTrade trade = a_trade_of({.left = price("110")});
  const auto realised = [&] {
    return freqtrade_trade_json(a_freqtrade_bot({trade}), trade)["realized_profit"].get<double>();
  };
  const double before = realised();
  trade.position.funding = money("-0.5");
  CHECK(realised() == Approx(before - 0.5));
  CHECK(freqtrade_trade_json(a_freqtrade_bot({trade}), trade)["funding_fees"] == -0.5);
}

TEST_CASE("an open trade of a market without a price says so instead of guessing") {
  FreqtradeBot of = a_freqtrade_bot({a_trade_of({})});
  of.prices.clear();
  const Json json = shown("status", of)[0];
  for (const char* name :
       {"current_rate", "profit_abs", "profit_ratio", "total_profit_abs", "stoploss_current_dist"})
    CHECK_MESSAGE(json[name].is_null(), name);
  CHECK(json["stoploss_entry_dist"].get<double>() == Approx(-4));
}

TEST_CASE("closed trades are paged oldest first, and each is found by its number") {
  std::vector<FreqtradeTrade> trades;
  for (std::uint32_t n = 1; n <= 5; ++n)
    trades.push_back(a_trade_of({.number = n,
                                 .left = n == 3 ? Price{} : price("105"),
                                 .closed_at = kNoon - kHour * (10 - static_cast<int>(n))}));
  const FreqtradeBot of = a_freqtrade_bot(std::move(trades));
  const Json all = shown("trades", of);
  CHECK(all["total_trades"] == 4);
  CHECK(all["trades_count"] == 4);
  CHECK(all["trades"][0]["trade_id"] == 1);
  CHECK(all["trades"][3]["trade_id"] == 5);
  OperatorArguments page = with("limit", "2");
  page.set("offset", "3");
  const Json last = shown("trades", of, page);
  CHECK(last["trades_count"] == 1);
  CHECK(last["offset"] == 3);
  CHECK(last["total_trades"] == 4);
  CHECK(shown("status", of)[0]["trade_id"] == 3);
  CHECK(shown("trade", of, with("id", "4"))["trade_id"] == 4);
  CHECK(freqtrade_view("trade", of, with("id", "6")).error().code == ErrorCode::kNotFound);
  CHECK(freqtrade_view("trade", of, with("id", "x")).error().code == ErrorCode::kInvalidInput);
  CHECK(freqtrade_view("nothing", of, {}).error().code == ErrorCode::kNotFound);
  const Json open = shown("count", of);
  CHECK(open["current"] == 1);
  CHECK(open["max"] == 6);
  CHECK(open["total_stake"] == 200.0);
}

TEST_CASE("profit, balance and drawdown add up to the trades") {
  // +9.8, -4.2, +9.8 closed, +20 - 0.1 open, out of 1000.
  const FreqtradeBot of = a_freqtrade_bot(
      {a_trade_of({.number = 1, .left = price("105"), .closed_at = kNoon - 4 * kHour}),
       a_trade_of({.number = 2, .left = price("98"), .closed_at = kNoon - 3 * kHour}),
       a_trade_of({.number = 3, .left = price("105"), .closed_at = kNoon - 2 * kHour}),
       a_trade_of({.number = 4})});
  const Json profit = shown("profit", of);
  CHECK(profit["profit_closed_coin"].get<double>() == Approx(15.4));
  CHECK(profit["profit_closed_ratio"].get<double>() == Approx(0.0154));
  CHECK(profit["profit_closed_ratio_mean"].get<double>() == Approx((0.049 * 2 - 0.021) / 3));
  CHECK(profit["profit_all_coin"].get<double>() == Approx(35.3));
  CHECK(profit["trade_count"] == 4);
  CHECK(profit["closed_trade_count"] == 3);
  CHECK(profit["winning_trades"] == 2);
  CHECK(profit["losing_trades"] == 1);
  CHECK(profit["winrate"].get<double>() == Approx(2.0 / 3));
  CHECK(profit["profit_factor"].get<double>() == Approx(19.6 / 4.2));
  CHECK(profit["expectancy"].get<double>() == Approx(15.4 / 3));
  CHECK(profit["max_drawdown_abs"].get<double>() == Approx(4.2));
  CHECK(profit["max_drawdown"].get<double>() == Approx(4.2 / 1009.8));
  CHECK(profit["max_drawdown_end_timestamp"] == (kNoon - 3 * kHour).ms);
  CHECK(profit["avg_duration"] == "21:00:00");
  CHECK(profit["first_trade_date"] == "2024-04-30 12:00:00");
  CHECK(profit["trading_volume"].get<double>() == Approx(4 * 200 + 210 + 196 + 210));
  const Json balance = shown("balance", of);
  CHECK(balance["total"].get<double>() == Approx(1035.3));
  CHECK(balance["starting_capital"] == 1000.0);
  CHECK(balance["starting_capital_pct"].get<double>() == Approx(3.53));
  double worth = 0;
  for (const Json& row : balance["currencies"]) worth += row["est_stake"].get<double>();
  CHECK(worth == Approx(1035.3));
  CHECK(balance["currencies"][0]["free"].get<double>() == Approx(1000 + 15.3 - 200));
  CHECK(balance["currencies"][1]["currency"] == "BTC");
  CHECK(balance["currencies"][1]["balance"] == 2.0);
}

TEST_CASE("a bot that never traded has all fields, and divides by nothing") {
  const FreqtradeBot of = a_freqtrade_bot({});
  const Json profit = shown("profit", of);
  CHECK(profit["profit_closed_coin"] == 0.0);
  CHECK(profit["profit_factor"].is_null());
  CHECK(profit["best_pair"] == "");
  CHECK(profit["avg_duration"] == "0:00:00");
  CHECK(profit["first_trade_date"] == "");
  for (const char* name : {"status", "performance", "entries", "exits", "mix_tags"})
    CHECK_MESSAGE(shown(name, of).empty(), name);
  CHECK(shown("trades", of)["total_trades"] == 0);
  CHECK(shown("stats", of)["durations"]["wins"].is_null());
}

TEST_CASE("profit is told by days, weeks from Monday on, and months, newest first") {
  const FreqtradeBot of = a_freqtrade_bot(
      {a_trade_of({.number = 1, .left = price("105"), .closed_at = kNoon - 40 * kDay}),
       a_trade_of({.number = 2, .left = price("98"), .closed_at = kNoon - kDay}),
       a_trade_of({.number = 3, .left = price("105"), .closed_at = kNoon - kHour})});
  const Json days = shown("daily", of, with("timescale", "3"));
  REQUIRE(days["data"].size() == 3);
  CHECK(days["stake_currency"] == "USDT");
  CHECK(days["data"][0]["date"] == "2024-05-01");
  CHECK(days["data"][0]["abs_profit"].get<double>() == Approx(9.8));
  CHECK(days["data"][0]["trade_count"] == 1);
  CHECK(days["data"][0]["starting_balance"].get<double>() == Approx(1005.6));
  CHECK(days["data"][0]["rel_profit"].get<double>() == Approx(9.8 / 1005.6));
  CHECK(days["data"][1]["date"] == "2024-04-30");
  CHECK(days["data"][1]["starting_balance"].get<double>() == Approx(1009.8));
  CHECK(days["data"][2]["abs_profit"] == 0.0);
  const Json weeks = shown("weekly", of, with("timescale", "2"));
  CHECK(weeks["data"][0]["date"] == "2024-04-29");
  CHECK(weeks["data"][0]["trade_count"] == 2);
  CHECK(weeks["data"][1]["date"] == "2024-04-22");
  const Json months = shown("monthly", of, with("timescale", "3"));
  CHECK(months["data"][0]["date"] == "2024-05-01");
  CHECK(months["data"][1]["date"] == "2024-04-01");
  CHECK(months["data"][2]["date"] == "2024-03-01");
  CHECK(months["data"][2]["trade_count"] == 1);
  CHECK(freqtrade_view("daily", of, with("timescale", "0")).error().code ==
        ErrorCode::kInvalidInput);
  CHECK(shown("daily", of)["data"].size() == 7);
}

TEST_CASE("trades are grouped by pair, reason of the exit, and outcome") {
  const FreqtradeBot of = a_freqtrade_bot({a_trade_of({.number = 1, .left = price("105")}),
                                           a_trade_of({.number = 2, .left = price("98")}),
                                           a_trade_of({.number = 3, .left = {}})});
  const Json pairs = shown("performance", of);
  REQUIRE(pairs.size() == 1);
  CHECK(pairs[0]["pair"] == "BTC/USDT");
  CHECK(pairs[0]["count"] == 2);
  CHECK(pairs[0]["profit_abs"].get<double>() == Approx(5.6));
  CHECK(shown("exits", of)[0]["exit_reason"] == "STOP_LOSS_HIT");
  CHECK(shown("entries", of)[0]["enter_tag"] == "rsi_reversion");
  CHECK(shown("mix_tags", of)[0]["mix_tag"] == "rsi_reversion STOP_LOSS_HIT");
  const Json stats = shown("stats", of);
  CHECK(stats["exit_reasons"]["STOP_LOSS_HIT"] == Json{{"wins", 1}, {"draws", 0}, {"losses", 1}});
  CHECK(stats["durations"]["wins"].get<double>() == Approx(23 * 3'600));
  CHECK(stats["durations"]["draws"].is_null());
}

TEST_CASE("how a bot is set up is told in freqtrade's words") {
  FreqtradeBot of = a_freqtrade_bot({});
  of.bot.config.block_list = {"DOGE/*"};
  const Json config = shown("show_config", of);
  CHECK(config["state"] == "running");
  CHECK(config["runmode"] == "dry_run");
  CHECK(config["bot_name"] == "Bot 1");
  CHECK(config["stake_currency"] == "USDT");
  CHECK(config["stoploss"].get<double>() == Approx(-0.02));
  CHECK(config["minimal_roi"]["0"].get<double>() == Approx(0.04));
  CHECK(config["trading_mode"] == "spot");
  CHECK(shown("whitelist", of)["whitelist"] == Json::array({"BTC/USDT"}));
  CHECK(shown("blacklist", of)["blacklist"] == Json::array({"DOGE/*"}));
  of.bot.snapshot.status = BotStatus::kPaused;
  CHECK(shown("show_config", of)["state"] == "stopped");
  of.bot.snapshot.status = BotStatus::kActive;
  of.is_trading = false;
  CHECK(shown("show_config", of)["state"] == "stopped");
}

TEST_CASE("what a plan says of stake, stops and targets is told in freqtrade's words") {
  FreqtradeBot of = a_freqtrade_bot({});
  Json config = shown("show_config", of);
  CHECK(config["trailing_stop"] == false);
  CHECK(config["trailing_stop_positive"].is_null());
  CHECK(config["use_custom_stoploss"] == false);
  CHECK(config["position_adjustment_enable"] == false);
  CHECK(config["max_entry_position_adjustment"] == 0);
  CHECK(config["margin_mode"] == "");

  RiskPlan plan;
  plan.sizing.kind = SizingKind::kRiskPerTrade;
  plan.sizing.ratio = Decimal::literal("0.01");
  plan.exits.stop = {LevelKind::kAtr, Decimal::literal("3"), 0};
  plan.exits.trailing.distance = Decimal::literal("0.01");
  plan.exits.trailing.activation = Decimal::literal("0.02");
  plan.exits.roi = {{Duration{0}, Decimal::literal("0.05")},
                    {Duration{30 * 60'000}, Decimal::literal("0.01")}};
  plan.scaling.levels = 3;
  of.bot.config.plan = {plan};
  of.bot.config.market = MarketType::kLinear;
  config = shown("show_config", of);
  CHECK(config["stake_amount"] == "0.01 of the equity lost at the stop");
  CHECK(config["stoploss"] == -1.0);
  CHECK(config["use_custom_stoploss"] == true);
  CHECK(config["trailing_stop"] == true);
  CHECK(config["trailing_stop_positive"].get<double>() == Approx(0.01));
  CHECK(config["trailing_stop_positive_offset"].get<double>() == Approx(0.02));
  CHECK(config["trailing_only_offset_is_reached"] == true);
  // The target of 4 % is reached before the step of 5 %.
  REQUIRE(config["minimal_roi"].size() == 2);
  CHECK(config["minimal_roi"]["0"].get<double>() == Approx(0.04));
  CHECK(config["minimal_roi"]["30"].get<double>() == Approx(0.01));
  CHECK(config["position_adjustment_enable"] == true);
  CHECK(config["max_entry_position_adjustment"] == 3);
  CHECK(config["margin_mode"] == "cross");
  of.margin_mode = "isolated";
  CHECK(shown("show_config", of)["margin_mode"] == "isolated");

  // A target by ATR is no share of the entry: the plan's own table alone is.
  of.bot.config.plan.front().exits.target = {LevelKind::kAtr, Decimal::literal("6"), 0};
  CHECK(shown("show_config", of)["minimal_roi"]["0"].get<double>() == Approx(0.05));
}

TEST_CASE("only locks that stand are told") {
  FreqtradeBot of = a_freqtrade_bot({});
  RiskState risk;
  risk.locks = {{ReasonCode::kCooldownBot, kNoon - kHour, kNoon + kHour, "three losses"},
                {ReasonCode::kCooldownBot, kNoon - 2 * kHour, kNoon - kHour, "over"}};
  of.bot.snapshot.risk = {risk};
  const Json locks = shown("locks", of);
  CHECK(locks["lock_count"] == 1);
  CHECK(locks["locks"][0]["lock_end_timestamp"] == (kNoon + kHour).ms);
  CHECK(locks["locks"][0]["reason"] == "COOLDOWN_BOT: three losses");
}

TEST_CASE("candles become rows with what happened on them and where indicators stood") {
  const Timestamp first = kNoon - 2 * Duration{60'000};
  const auto candle = [&](int number, const char* close) {
    return Json{{"at", first.ms + number * 60'000},
                {"open", "100"},
                {"high", "112"},
                {"low", "99"},
                {"close", close},
                {"volume", "3"}};
  };
  const Json chart{
      {"candles", Json::array({candle(0, "101"), candle(1, "110")})},
      {"markers", Json::array({{{"at", first.ms + 1'000}, {"kind", "entry"}, {"side", "LONG"}},
                               {{"at", first.ms + 61'000}, {"kind", "stop"}, {"side", "LONG"}},
                               {{"at", first.ms - 1'000}, {"kind", "entry"}, {"side", "SHORT"}}})},
      {"indicators",
       Json::array({{{"name", "ema(9)"}, {"points", {{first.ms + 60'000, 104.5}}}},
                    {{"name", "rsi(14)"}, {"points", {{first.ms + 60'000, 55.0}}}}})}};
  const Json json = freqtrade_candles(chart, a_freqtrade_bot({}));
  REQUIRE(json["length"] == 2);
  const auto at = [&](int row, const std::string& column) {
    const auto& columns = json["columns"];
    const auto found = std::find(columns.begin(), columns.end(), column);
    REQUIRE_MESSAGE(found != columns.end(), column);
    return json["data"][static_cast<std::size_t>(row)]
               [static_cast<std::size_t>(found - columns.begin())];
  };
  for (const Json& row : json["data"]) CHECK(row.size() == json["columns"].size());
  CHECK(at(0, "date") == "2024-05-01T11:58:00Z");
  CHECK(at(0, "__date_ts") == first.ms);
  CHECK(at(1, "close") == 110.0);
  CHECK(at(0, "enter_long") == 1);
  CHECK(at(0, "_enter_long_signal_close") == 101.0);
  CHECK(at(1, "exit_long") == 1);
  CHECK(at(1, "enter_long") == 0);
  CHECK(at(1, "_enter_long_signal_close").is_null());
  CHECK(at(0, "ema(9)").is_null());
  CHECK(at(1, "ema(9)") == 104.5);
  CHECK(json["enter_long_signals"] == 1);
  CHECK(json["exit_long_signals"] == 1);
  CHECK(json["enter_short_signals"] == 0);
  CHECK(json["data_start_ts"] == first.ms);
  const Json plot = freqtrade_plot(chart);
  CHECK(plot["main_plot"].contains("ema(9)"));
  CHECK(plot["subplots"].contains("rsi(14)"));
  CHECK_FALSE(plot["main_plot"].contains("rsi(14)"));
}

TEST_CASE("events become lines of a log, oldest first") {
  const Json events = Json::array({{{"at", "2024-05-01T12:00:01.000Z"},
                                    {"kind", "trade.failed"},
                                    {"subject", "t1"},
                                    {"detail", "refused"}},
                                   {{"at", "2024-05-01T12:00:00.000Z"},
                                    {"kind", "bot.paused"},
                                    {"subject", "bot-1"},
                                    {"detail", ""}}});
  const Json logs = freqtrade_logs(events);
  CHECK(logs["log_count"] == 2);
  CHECK(logs["logs"][0][0] == "2024-05-01 12:00:00");
  CHECK(logs["logs"][0][1] == kNoon.ms);
  CHECK(logs["logs"][1] == Json{"2024-05-01 12:00:01", kNoon.ms + 1'000, "botbox.trade.failed",
                                "INFO", "trade.failed t1 refused"});
}

}  // namespace botbox::actors
