// What VenueExchange must be told after a restart: the entries that may be open at the venue, with
// what is recorded of them. Derived from the engine's own records, like paper_history.hpp.
#pragma once

#include <vector>

#include "exchange/venue/open_bracket.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

// Open positions, and entries that were sent and have no final state.
Result<std::vector<exchange::OpenBracket>> venue_history(const storage::Store& store);

}  // namespace botbox::actors
