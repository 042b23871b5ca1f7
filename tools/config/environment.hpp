// Environment overrides: BOTBOX__SECTION__KEY=value sets one value over the file's, as freqtrade
// does.
//
//   BOTBOX__ENGINE__NAME=night             [engine] name
//   BOTBOX__ENGINE__RESTART__FIRST_DELAY=2s  [engine.restart] first_delay
//   BOTBOX__BOT_DEFAULTS__ALLOCATION=50    [bot_defaults] allocation
//   BOTBOX__BOT__RSI_BTC__ALLOCATION=500   the [[bot]] with id = "rsi-btc" (before it is expanded)
//   BOTBOX__BOT__RSI_BTC__PARAMETERS__RSI_PERIOD=7
//   BOTBOX__PAPER__SYMBOL__BTCUSDT__PRICE=60000   the [[paper.symbol]] BTC/USDT
//   BOTBOX__EXCHANGE__LIMIT__ORDERS_10S__LIMIT=50 the [[exchange.limit]] of that name
//   BOTBOX__WEBHOOK__SOURCE__TV__SECRET=...       the [[webhook.source]] of that name
//   BOTBOX__NOTIFY__WEBHOOK__OPS__SECRET=...      the [[notify.webhook]] of that name
//
// Names are case-insensitive. In ids every character but letters and digits is written '_' (in
// symbols it is left out). Lists are separated by commas. A name that leads nowhere is a problem,
// not ignored; so is one that lacks a '_', as BOTBOX_ENGINE__NAME.
#pragma once

#include <map>
#include <string>

#include "tools/config/config_node.hpp"
#include "tools/config/section_reader.hpp"

namespace botbox::config {

using Environment = std::map<std::string, std::string>;

// This process's variables that begin with BOTBOX__, in any case, or were meant to.
Environment process_environment();

// `root` is canonicalised already. Variables without the prefix are left alone.
void apply_environment(ConfigNode& root, const Environment& environment, ProblemList& problems);

}  // namespace botbox::config
