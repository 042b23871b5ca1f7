// The records that stand, newest first: open positions and trades that are not final. They are
// found where they stand, without a walk over the history, however long that is.
#pragma once

#include <string>
#include <vector>

#include "actors/fleet_index.hpp"
#include "actors/record_pages.hpp"
#include "engine/model/position.hpp"
#include "engine/model/trade.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

template <class Record>
struct OpenPage {
  std::vector<Record> records;
  std::string next;  // as Page::next
};

// Those of the index, as they are in the store now, and those that were opened since it was read.
// One that a late fill opened again comes with the next index. Times of the query are those of the
// opening. Errors: kInvalidInput (cursor), those of the store.
Result<OpenPage<Position>> open_positions(const storage::Store& store, const Fleet& fleet,
                                          const PageQuery& query);

// Status PENDING, EXECUTING, or OPEN for both. Times of the query are those of the creation.
bool asks_for_open_trades(const PageQuery& query);
Result<OpenPage<Trade>> open_trades(const storage::Store& store, const PageQuery& query);

}  // namespace botbox::actors
