// One run of a fleet over a market on virtual time: what replay, sweep and compare have in common.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/virtual_engine.hpp"
#include "tools/botbox/run_record.hpp"
#include "tools/config/engine_config.hpp"

namespace botbox::cli {

struct VirtualRunOptions {
  Timestamp from;
  Timestamp to;
  std::vector<BotConfig> bots;
  std::shared_ptr<exchange::MarketFeed> feed;
  std::string data;  // new or empty directory for the records; empty: in memory
  // Told once per hour of the run, and at its end; null: nobody is.
  std::function<void(Timestamp, const actors::RunTotals&)> on_progress;
};

struct VirtualRun {
  std::unique_ptr<actors::VirtualEngine> engine;  // at options.to; its store holds the records
  ReplayFacts facts;
};

// Everything but the fleet is the configuration's: paper exchange, limits, strategies. Runs on the
// calling thread; several may run at once, each with a feed of its own. Errors: kAlreadyExists (the
// data directory is not empty), and what stopped the engine.
Result<VirtualRun> run_virtually(const config::EngineConfig& config, VirtualRunOptions options);

// The span in which all symbols of `bots` have candles of the bots' timeframes, or finer ones, cut
// to what was asked for; "never" asks for as much as there is. Error kInvalidInput, with the span
// that there is: a symbol without candles, a span outside of it, an empty one.
Result<TimeRange> run_range(exchange::MarketFeed& feed, const std::vector<BotConfig>& bots,
                            Timestamp from, Timestamp to);

}  // namespace botbox::cli
