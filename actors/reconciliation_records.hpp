// What reconciliation reads of a store: the engine's side of the comparison.
#pragma once

#include <map>
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

// Of these coins, those in which a spot trade is on record that was made before the time given.
// Reads trades until all are found, or there are no more.
Result<std::set<Asset>> traded_coins(const storage::Store& store,
                                     const std::map<Asset, Timestamp>& before);

Result<std::vector<Difference>> stored_differences(const storage::Store& store);

}  // namespace botbox::actors
