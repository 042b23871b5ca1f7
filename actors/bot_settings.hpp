// The settings of a bot by the names and in the words of its [[bot]] in a configuration file, so
// that whoever hears of one finds its line.
#pragma once

#include <string>
#include <vector>

#include "engine/model/bot.hpp"

namespace botbox::actors {

struct BotSetting {
  std::string name;   // "exits.trailing"; "exits.partial[2].close" of a list
  std::string value;  // "2%"

  bool operator==(const BotSetting&) const = default;
};

// All but the id and the two lists of symbols, each name once. What has a default is always there;
// a setting that does nothing unless it is written is there when it does something.
std::vector<BotSetting> settings_of(const BotConfig& bot);

// "parameters.rsi_period 14 -> 7; exits.trailing (not set) -> 2%; block_list +DOGE/USDT". Of many
// the first ones, as many as 600 bytes have room for, "and 3 more". Empty: they are equal.
std::string difference_text(const BotConfig& before, const BotConfig& after);

}  // namespace botbox::actors
