// What an operator is shown of the engine's inside: how the journal writes, and how its actors
// fare.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "actors/engine_facts.hpp"
#include "actors/engine_statistics.hpp"

namespace botbox::actors {

// Times in milliseconds; a quantile is the upper bound of the bucket that holds it.
nlohmann::ordered_json journal_json(const EngineFacts& facts, std::uint64_t last_batch);

// A row for each cycle; quantiles as above, null where there was nothing to time.
nlohmann::ordered_json latency_json(const std::vector<CycleLatency>& latencies);

// The caps that are in force, whose they are, and how far trading has got; null: nobody answered.
nlohmann::ordered_json rollout_json(const EngineFacts& facts);

// The actors of the engine as a tree: each with its parent and what waits for it (null: it did not
// answer within a second). Bots are one row, and those that had to be started again one each.
nlohmann::ordered_json actors_json(const EngineFacts& facts);

}  // namespace botbox::actors
