// What reconciliation reads of a store: the engine's side of the comparison.
#pragma once

#include <set>
#include <vector>

#include "engine/execution/reconciliation.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

// Open trades, open positions, and the trades that `account` names the orders of. Read beside the
// writer: rows may be of slightly different moments, which is why a difference counts only when it
// stays (engine/execution/difference_book.hpp).
Result<EngineRecords> engine_records(const storage::Store& store, const AccountSnapshot& account);

// Every order that is, or may be, open at the exchange, with the fills that are on record. A
// PENDING trade may be there only where a forgotten life has sent it.
Result<std::vector<OrderRecord>> order_records(const storage::Store& store);

// Coins of spot pairs in which a trade is on record. Reads all trades: once, where bots trade spot.
Result<std::set<Asset>> traded_coins(const storage::Store& store);

Result<std::vector<Difference>> stored_differences(const storage::Store& store);

}  // namespace botbox::actors
