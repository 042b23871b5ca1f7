// The list of bots: searched, filtered, sorted, page by page.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "actors/fleet_index.hpp"
#include "actors/operator_arguments.hpp"
#include "engine/model/money.hpp"
#include "storage/reader.hpp"

namespace botbox::actors {

using SymbolPrices = std::map<Symbol, Price>;

// One row: state, position, newest decision. Errors: those of the store.
Result<nlohmann::ordered_json> bot_summary(const storage::Store& store,
                                           const storage::StoredBot& bot,
                                           const SymbolPrices& prices,
                                           const std::set<PositionId>& dust, Timestamp now);

// Profit of the open positions at these prices; nothing when one has no price.
std::optional<Notional> unrealised_of(const BotSnapshot& snapshot, const SymbolPrices& prices);

// Arguments: search, status, symbol, sort (id, profit, next_check, position), desc, limit, cursor.
Result<nlohmann::ordered_json> list_fleet(const storage::Store& store, const Fleet& fleet,
                                          const OperatorArguments& arguments,
                                          const SymbolPrices& prices, Timestamp now);

}  // namespace botbox::actors
