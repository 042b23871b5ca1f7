// A catalogue and a smallest good config for tests of the configuration.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/config/load_config.hpp"

namespace botbox::config::test {

inline StrategyCatalogue catalogue() {
  StrategyCatalogue made;
  made.add({.name = "rsi_reversion",
            .description = "for tests",
            .parameters = {{"rsi_period", 14, 2, 200, true, "candles of the RSI"},
                           {"oversold", 30, 1, 99, false, "long below this RSI"}},
            .ordered = {}},
           nullptr);
  made.add({.name = "ema_cross",
            .description = "for tests",
            .parameters = {{"slow", 21, 2, 1000, true, ""}, {"fast", 9, 1, 500, true, ""}},
            .ordered = {{"fast", "slow"}}},
           nullptr);
  return made;
}

// Ten lines: what a test appends begins at line 11 and belongs to the bot.
inline std::string good_config() {
  return "[[paper.symbol]]\n"
         "symbol = \"BTC/USDT\"\n"
         "price = 60000\n"
         "[[bot]]\n"
         "id = \"rsi-btc\"\n"
         "strategy = \"rsi_reversion\"\n"
         "symbol = \"BTC/USDT\"\n"
         "timeframe = \"15m\"\n"
         "allocation = 1000\n"
         "stake_amount = 100\n";
}

inline ConfigResult parse(std::string_view text, const Environment& environment = {},
                          const std::set<std::string>& files = {}) {
  return parse_config(text, "conf/demo.toml", environment, catalogue(),
                      [&](const std::string& path) { return files.contains(path); });
}

// With files that bots may name as their strategy.
using Files = std::map<std::string, std::string>;
inline ConfigResult parse_with_files(std::string_view text, const Files& files) {
  return parse_config(
      text, "conf/demo.toml", {}, catalogue(),
      [&](const std::string& path) { return files.contains(path); },
      [&](const std::string& path) {
        const auto found = files.find(path);
        return found == files.end() ? std::nullopt : std::optional(found->second);
      });
}

// The problems as printed, one per line; empty: none.
inline std::string problems_of(std::string_view text, const Environment& environment = {},
                               const std::set<std::string>& files = {}) {
  const ConfigResult result = parse(text, environment, files);
  return result ? std::string() : to_string(result.error());
}

inline EngineConfig good(std::string_view text, const Environment& environment = {},
                         const std::set<std::string>& files = {}) {
  const ConfigResult result = parse(text, environment, files);
  REQUIRE_MESSAGE(result.has_value(),
                  to_string(result.has_value() ? std::vector<ConfigProblem>{} : result.error()));
  return *result;
}

}  // namespace botbox::config::test
