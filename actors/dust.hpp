// Dust: what is left of a position and too small for any order, as reconciliation has found it. It
// stays in the records, and every list of positions says so, until they let go of it.
#pragma once

#include <nlohmann/json.hpp>
#include <set>

#include "engine/model/ids.hpp"
#include "engine/result.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

// Positions whose difference DUST stands. Reads all differences; few stand at any time.
Result<std::set<PositionId>> dust_positions(const storage::Store& store);

// "dust": true or false in the row of a position, told by its "id".
void mark_dust(nlohmann::ordered_json& position, const std::set<PositionId>& dust);

}  // namespace botbox::actors
