// What `botbox doctor` asks a real venue: read-only questions, a bounded number of requests, none
// of which changes an order, a position or a setting.
#pragma once

#include <vector>

#include "exchange/venue/venue_api.hpp"
#include "tools/botbox/doctor.hpp"
#include "tools/config/engine_config.hpp"

namespace botbox::cli {

// Reachability, clock offset, key and its rights (a key that may withdraw is a warning), account
// and position mode, symbols and filters of the configured bots, balances. Without a key only what
// needs none. Waits for the answers: each within the transport's own time-outs. `api` is not used
// by anybody else meanwhile.
std::vector<Diagnosis> examine_venue(exchange::VenueApi& api, const config::EngineConfig& config,
                                     bool has_key);

// The same for the venue that the configuration names, over a transport of its own; empty when it
// names a paper exchange.
std::vector<Diagnosis> examine_configured_venue(const config::EngineConfig& config);

}  // namespace botbox::cli
