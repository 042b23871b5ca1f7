// From a checked configuration to the parts of an engine: what `run` and `replay` share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/engine_system.hpp"
#include "exchange/exchange.hpp"
#include "exchange/market/market_feed.hpp"
#include "exchange/paper/paper_config.hpp"
#include "exchange/venue/venue_factory.hpp"
#include "storage/retention.hpp"
#include "storage/store.hpp"
#include "tools/config/engine_config.hpp"

namespace botbox::cli {

// Without what the store gives: sizes and compaction.
storage::RetentionPolicy retention_policy(const config::RetentionSection& section);
actors::EngineSettings engine_settings(const config::EngineConfig& config);

// Errors: those of a file of funding rates.
Result<exchange::PaperConfig> paper_config(const config::PaperSection& paper);

// The feed that the configuration names: invented, or from its csv files.
Result<std::shared_ptr<exchange::MarketFeed>> market_feed(const config::PaperSection& paper);

// Recorded candles from a file or directory instead: of the symbols of `bots`, of all timeframes.
// `venues` as in file names; none: whichever a symbol has, but not two.
Result<std::shared_ptr<exchange::MarketFeed>> recorded_feed(
    const std::string& path, const std::vector<BotConfig>& bots,
    const std::vector<std::string>& venues = {});

// The adapter to a paper exchange in another process, with its own transport.
std::shared_ptr<exchange::Exchange> remote_paper(const config::ExchangeSection& section);

// How to reach the real venue that the configuration names. Error: its file of keys.
Result<exchange::VenueOptions> venue_options(const config::ExchangeSection& section);

// The engine's exchange over it, told what `store` knows to be open there. `clock` must outlive it.
Result<std::shared_ptr<exchange::Exchange>> real_venue(const config::ExchangeSection& section,
                                                       const AlertThreshold& clock_offset,
                                                       const storage::Store& store,
                                                       const Clock& clock);

// A new id for a data directory that has none: 32 random hex digits.
InstallationId random_installation();

}  // namespace botbox::cli
