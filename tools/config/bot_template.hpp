// BotTemplate: one [[bot]] as read, and the bots it stands for.
//
// A template with symbols = [...] stands for one bot per symbol ("grid-btcusdt", a linear one
// "grid-btcusdt-p"); with count = N for N bots of each ("grid-001"). Over all of them `spread`
// walks parameters from one bound to the other. All of it is a function of the template: the same
// file gives the same bots, so their ids and settings are the same after every restart.
#pragma once

#include <string>
#include <vector>

#include "engine/model/bot.hpp"
#include "engine/model/instrument.hpp"
#include "engine/strategy/schema.hpp"

namespace botbox::config {

// `name` runs from `from` to `to`, both reached if there are two bots or more.
struct ParameterSpread {
  std::string name;
  double from = 0;
  double to = 0;
  bool integer = false;
};

struct BotTemplate {
  BotConfig config;                  // id, name and symbol are of the template
  std::vector<SymbolParts> symbols;  // at least one
  bool per_symbol = false;           // written as a list: ids get a symbol suffix
  std::uint32_t count = 1;
  bool counted = false;  // count was written: ids get a number
  std::vector<ParameterSpread> spreads;
};

// In order of symbols, then numbers. Parameters sorted by name.
std::vector<BotConfig> expand(const BotTemplate& from);

// "btcusdt", "btcusdt-p".
std::string symbol_suffix(const SymbolParts& symbol);

}  // namespace botbox::config
