// What VenueExchange must be told after a restart: the entries that may be open at the venue, with
// what is recorded of them. Derived from the engine's own records, like paper_history.hpp.
#pragma once

#include <optional>
#include <vector>

#include "exchange/venue/open_bracket.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

// Open positions with what enlarged them and the closes that are under way, and entries that were
// sent and have no final state. Perpetuals: with what shared the symbol meanwhile and is closed.
Result<std::vector<exchange::OpenBracket>> venue_history(const storage::Store& store);

// The bracket whose stop or target has this id, or a later one of its chain; also of positions that
// are closed. Reads all trades and fills: for the rare order that stands and that nobody expects.
Result<std::optional<exchange::OpenBracket>> venue_bracket(const storage::Store& store,
                                                           const ClientOrderId& leg);
// The same for VenueExchange::adopt(); `store` outlives it. A store that cannot be read knows none,
// and it is not read for an id that is none of ours by its form: others may have many orders.
exchange::FindBracket bracket_finder(const storage::Store& store);

}  // namespace botbox::actors
