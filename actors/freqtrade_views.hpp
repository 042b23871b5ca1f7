// The part of freqtrade's REST API that other people's tools read (version 2.34 of that API), with
// its names and shapes, of one bot. Pure: no IO, no clock.
//
// What is different, and why:
//  - trade_id counts the bot's positions; a position with several entries is one trade there too.
//  - There are no tags: enter_tag is the strategy's name.
//  - Amounts are numbers there, so they are numbers here; never reckon with them.
//  - Nothing is converted to other currencies: values "in fiat" are zero.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "actors/freqtrade_bot.hpp"
#include "actors/operator_arguments.hpp"

namespace botbox::actors {

// `name` is that of the endpoint: show_config, count, status, trades, trade (argument id),
// profit, daily, weekly, monthly (timescale), balance, performance, entries, exits, mix_tags,
// stats, whitelist, blacklist, locks, health. Errors: kInvalidInput (arguments), kNotFound (name,
// trade).
Result<nlohmann::ordered_json> freqtrade_view(std::string_view name, const FreqtradeBot& of,
                                              const OperatorArguments& arguments);

// /pair_candles and /plot_config, of what bot_chart() made for the bot.
nlohmann::ordered_json freqtrade_candles(const nlohmann::ordered_json& chart,
                                         const FreqtradeBot& of);
nlohmann::ordered_json freqtrade_plot(const nlohmann::ordered_json& chart);

// /logs, of rows of events, newest first.
nlohmann::ordered_json freqtrade_logs(const nlohmann::ordered_json& events);

}  // namespace botbox::actors
