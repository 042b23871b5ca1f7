// A small fleet on the synthetic market, for whole-system tests.
#pragma once

#include <memory>
#include <vector>

#include "actors/virtual_engine.hpp"
#include "exchange/market/synthetic_market.hpp"

namespace botbox::test {

// BTC/USDT and ETH/USDT (spot), SOL/USDT:USDT (linear, 5x), with USDT to trade.
exchange::PaperConfig paper_config();
std::shared_ptr<exchange::MarketFeed> synthetic_feed(std::uint64_t seed);

// Bots that trade often: RSI bots and EMA crosses in turn, over the three symbols, on 1m.
std::vector<BotConfig> lively_bots(std::size_t count);

// The same bots with a plan that does a bit of everything, and often: trailing and break-even
// stops, time stops, ROI, partial exits, reversal, scaling in, a pause after three losses.
std::vector<BotConfig> planned_bots(std::size_t count);

// The options of a fleet of `bots` lively bots, on a memory store.
actors::VirtualEngineOptions fleet_options(std::size_t bots, std::uint64_t market_seed = 1);

}  // namespace botbox::test
