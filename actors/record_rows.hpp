// Stored records as rows of JSON, as `botbox inspect` and the operator's API show them: the fields
// of storage/fields.hpp, joined with what other rows know of them.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "engine/model/position.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/trace.hpp"
#include "storage/booked_fill.hpp"
#include "storage/reader.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

// As they stand now, joined with their trades. Errors: those of the store.
Result<Signal> with_stored_outcome(const storage::Store& store, Signal signal);
Result<DecisionTrace> with_stored_outcome(const storage::Store& store, DecisionTrace trace);

// "ACTIVE", ..., or "DAMAGED".
std::string_view state_of(const storage::StoredBot& bot);
// {"id","state","damage","note","config","snapshot"}.
nlohmann::ordered_json bot_row(const storage::StoredBot& bot);
// {"last_at","candles","text"}: for how many of the bot's candles no alert has come, from its
// signals, newest first. TradingView stops an alert that fires too often and says so by mail alone,
// so that has to be seen here. null: the bot trades without alerts.
nlohmann::ordered_json alert_silence(const BotConfig& bot, const std::vector<Signal>& newest_first,
                                     Timestamp now);
// With its "explanation".
nlohmann::ordered_json trace_row_json(const DecisionTrace& trace);
// In the row of a position its "profit", net, and at the newest price of its symbol "mark" and
// "unrealized": null where there is no price, or nothing open.
void add_value(nlohmann::ordered_json& row, const Position& position,
               const std::map<Symbol, Price>& prices);
// With the "bot" and "position" of its key.
nlohmann::ordered_json fill_row(std::string_view key, const storage::BookedFill& fill);

struct LockRow {
  RiskLock lock;
  std::string_view state;  // "ACTIVE" or "ENDED"
  nlohmann::ordered_json json;
};
std::vector<LockRow> lock_rows(const storage::StoredBot& bot, Timestamp now);
// Those of the guards of all bots together; no "bot", but a "scope": "fleet" or a symbol.
Result<std::vector<LockRow>> fleet_lock_rows(const storage::Store& store, Timestamp now);

}  // namespace botbox::actors
