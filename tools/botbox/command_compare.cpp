// `botbox compare`: variants of a bot side by side on the same candles, and whether they differ.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "tools/botbox/commands.hpp"
#include "tools/botbox/compare.hpp"
#include "tools/botbox/engine_assembly.hpp"
#include "tools/botbox/output.hpp"
#include "tools/botbox/text_table.hpp"
#include "tools/config/load_config.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

// The bots asked for, in that order; without a word all of them.
Result<std::vector<BotConfig>> variants_of(const config::EngineConfig& config,
                                           const std::vector<std::string>& ids) {
  if (ids.empty()) return config.bots;
  std::vector<BotConfig> bots;
  for (const std::string& id : ids) {
    const auto found = std::find_if(config.bots.begin(), config.bots.end(),
                                    [&](const BotConfig& bot) { return bot.id.value == id; });
    if (found == config.bots.end())
      return fail(ErrorCode::kNotFound, fmt::format("there is no bot '{}'", id), "--bots");
    if (std::ranges::count(ids, id) > 1)
      return fail(ErrorCode::kInvalidInput, fmt::format("'{}' is named twice", id), "--bots");
    bots.push_back(*found);
  }
  return bots;
}

Result<Json> compare(const CompareOptions& options, const config::EngineConfig& config) {
  BOTBOX_ASSIGN(const std::vector<BotConfig> bots, variants_of(config, options.bots));
  if (bots.size() < 2)
    return fail(ErrorCode::kInvalidInput, "a comparison needs at least two bots", "--bots");
  if (options.draws == 0) return fail(ErrorCode::kInvalidInput, "must be positive", "--draws");
  const auto make_feed = [&] { return recorded_feed(options.candles, bots, options.venues); };
  BOTBOX_ASSIGN(const std::shared_ptr<exchange::MarketFeed> feed, make_feed());
  BOTBOX_ASSIGN(const TimeRange range, run_range(*feed, bots, options.from, options.to));
  // Each in an engine of its own: a limit, a balance or a market's depth that they shared would let
  // one variant stand in the way of another.
  BOTBOX_ASSIGN(std::vector<TrialScore> scores,
                run_trials(config, bots, make_feed,
                           {.range = range,
                            .threads = std::max(1U, std::thread::hardware_concurrency()),
                            .on_done = {}}));
  std::vector<Variant> variants;
  for (std::size_t i = 0; i < bots.size(); ++i) variants.push_back({bots[i], std::move(scores[i])});
  Json json{{"from", to_iso8601(range.from)}, {"to", to_iso8601(range.to)}};
  json.update(comparison(variants, {.seed = options.seed, .draws = options.draws}));
  return json;
}

std::string number_text(const Json& value, double scale) {
  return value.is_null() ? "-" : fmt::format("{:.3f}", value.get<double>() * scale);
}

void print_comparison(const Json& json) {
  constexpr Align kRight = Align::kRight;
  TextTable results({{"variant"},
                     {"return %", kRight},
                     {"sharpe", kRight},
                     {"drawdown %", kRight},
                     {"factor", kRight},
                     {"trades", kRight}});
  for (const Json& row : json.at("variants"))
    results.add({row.at("id").get<std::string>(), number_text(row.at("return"), 100),
                 number_text(row.at("sharpe"), 1), number_text(row.at("max_drawdown_ratio"), 100),
                 number_text(row.at("profit_factor"), 1), row.at("trades").dump()});
  TextTable pairs({{"against " + json.at("baseline").get<std::string>()},
                   {"days", kRight},
                   {"% a day", kRight},
                   {"from", kRight},
                   {"to", kRight},
                   {"verdict"}});
  for (const Json& row : json.at("differences"))
    pairs.add({row.at("id").get<std::string>(), row.at("days").dump(),
               number_text(row.at("mean"), 100), number_text(row.at("low"), 100),
               number_text(row.at("high"), 100), row.at("verdict").get<std::string>()});
  print_text(
      fmt::format("{} to {}\n\n{}\n{}\nfrom, to: {:.0f} % confidence, stationary bootstrap, "
                  "seed {}, {} draws\n",
                  json.at("from").get<std::string>(), json.at("to").get<std::string>(),
                  results.text(), pairs.text(), json.at("confidence").get<double>() * 100,
                  json.at("seed").dump(), json.at("draws").dump()));
}

}  // namespace

int run_compare(const CompareOptions& options) {
  const OutputFormat format = format_of(options.json);
  const auto config = config::load_config(options.config, config::process_environment(),
                                          config::shipped_catalogue());
  if (!config) {
    fmt::print(stderr, "{}", config::to_string(config.error()));
    return number(ExitCode::kConfig);
  }
  const auto json = compare(options, *config);
  if (!json) return report_error(json.error(), format);
  if (options.json)
    print_json(*json);
  else
    print_comparison(*json);
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
