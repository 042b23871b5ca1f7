// Dust: what is left of a position and too small for any order. What an order of ours leaves closes
// its position in the same turn, and stays as that position's quantity. What reconciliation finds
// otherwise is open until the records let go of it. Every list of positions says so of both.
#pragma once

#include <nlohmann/json.hpp>
#include <set>

#include "engine/model/ids.hpp"
#include "engine/result.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

// Open positions whose difference DUST stands. Reads all differences; few stand at any time.
Result<std::set<PositionId>> dust_positions(const storage::Store& store);

// "dust": true or false in the row of a position, told by its "id", or by what it was closed with.
void mark_dust(nlohmann::ordered_json& position, const std::set<PositionId>& dust);

}  // namespace botbox::actors
