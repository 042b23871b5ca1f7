// What an embedded paper exchange must be told after a restart. It dies with the engine, so its
// memory is derived from the engine's own durable records: one truth, no second journal. An order
// that was sent but not recorded never existed there, and "ask by client order id" answers so.
#pragma once

#include "exchange/paper/paper_config.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

// `now`: the time of this start. An empty directory gives a seed without orders.
Result<exchange::PaperSeed> paper_history(const storage::Store& store, Timestamp now);

}  // namespace botbox::actors
