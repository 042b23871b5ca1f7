#include "tools/config/bot_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tools/config/value_text.hpp"

namespace botbox::config {
namespace {

// For each of `total` bots, where it stands on the way of spread number `which`: a permutation.
// Were all spreads walked in step, a fleet would try one line through the space of parameters. So
// the first is walked in order, and the others in the order of a Weyl sequence (multiples of the
// golden section, modulo 2^64), which fills the space evenly without a random generator.
std::vector<std::size_t> positions_of(std::size_t total, std::size_t which) {
  constexpr std::uint64_t kGoldenSection = 0x9E3779B97F4A7C15u;
  std::vector<std::size_t> order(total);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (which == 0) return order;
  const std::uint64_t step = kGoldenSection * (2 * which - 1);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return a * step < b * step; });
  std::vector<std::size_t> positions(total);
  for (std::size_t rank = 0; rank < total; ++rank) positions[order[rank]] = rank;
  return positions;
}

double spread_value(const ParameterSpread& spread, std::size_t position, std::size_t total) {
  const double share =
      total < 2 ? 0.0 : static_cast<double>(position) / static_cast<double>(total - 1);
  const double value = spread.from + (spread.to - spread.from) * share;
  // Four places are enough to tell bots apart and few enough to read.
  return spread.integer ? std::round(value) : std::round(value * 1e4) / 1e4;
}

void set_parameter(BotConfig& bot, const std::string& name, double value) {
  for (StrategyParameter& parameter : bot.parameters)
    if (parameter.name == name) parameter.value = value;
}

}  // namespace

std::string symbol_suffix(const SymbolParts& symbol) {
  std::string suffix = to_lower(symbol.base.value + symbol.quote.value);
  return symbol.market == MarketType::kLinear ? suffix + "-p" : suffix;
}

std::vector<BotConfig> expand(const BotTemplate& from) {
  std::vector<BotConfig> bots;
  const std::size_t total = from.symbols.size() * from.count;
  const std::size_t width = std::max<std::size_t>(3, std::to_string(from.count).size());
  bots.reserve(total);
  std::vector<std::vector<std::size_t>> positions;
  for (std::size_t which = 0; which < from.spreads.size(); ++which)
    positions.push_back(positions_of(total, which));
  for (const SymbolParts& symbol : from.symbols) {
    for (std::uint32_t number = 1; number <= from.count; ++number) {
      BotConfig bot = from.config;
      bot.symbol = symbol.unified;
      bot.market = symbol.market;
      if (from.per_symbol) {
        bot.id.value += "-" + symbol_suffix(symbol);
        bot.name += " " + symbol.unified.value;
      }
      if (from.counted) {
        bot.id.value += fmt::format("-{:0{}}", number, width);
        bot.name += fmt::format(" {:0{}}", number, width);
      }
      for (std::size_t which = 0; which < from.spreads.size(); ++which) {
        const ParameterSpread& spread = from.spreads[which];
        set_parameter(bot, spread.name, spread_value(spread, positions[which][bots.size()], total));
      }
      bots.push_back(std::move(bot));
    }
  }
  return bots;
}

}  // namespace botbox::config
