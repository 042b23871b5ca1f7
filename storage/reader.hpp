// Typed reads, for starting the engine and for inspecting a directory. All lists are bounded by
// their `limit`; a row that cannot be read is an error with its place, never left out in silence.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/model/bot.hpp"
#include "engine/model/event.hpp"
#include "engine/model/order.hpp"
#include "engine/model/position.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/trace.hpp"
#include "engine/model/trade.hpp"
#include "storage/booked_fill.hpp"
#include "storage/kept_instrument.hpp"
#include "storage/store.hpp"

namespace botbox::storage {

// One bot as found. A bot that cannot be read must not be started, and must not be reset either:
// its positions may be open. `damage` says why; the other bots are not concerned.
struct StoredBot {
  BotId id;
  BotConfig config;
  BotSnapshot snapshot;
  std::optional<Error> damage;  // also when one of the two rows is missing
};

Result<std::vector<StoredBot>> load_bots(const Store& store, std::size_t limit = SIZE_MAX);
Result<StoredBot> load_bot(const Store& store, const BotId& bot);  // kNotFound

Result<std::optional<OrderIntent>> find_intent(const Store& store, const IdempotencyKey& key);
Result<std::optional<Trade>> find_trade(const Store& store, const TradeId& id);
Result<std::optional<Position>> find_position(const Store& store, const BotId& bot,
                                              const PositionId& id);
Result<std::optional<EngineState>> find_engine_state(const Store& store);
Result<std::optional<KeptInstrument>> find_instrument(const Store& store, std::string_view venue,
                                                      const Symbol& symbol);
// Expired traces count as absent.
Result<std::optional<DecisionTrace>> find_trace(const Store& store, const BotId& bot,
                                                Timestamp candle_close, Timestamp now);

// Every trade that is not final, by id. A row of the outbox without its trade is kCorruption.
Result<std::vector<Trade>> load_open_trades(const Store& store, std::size_t limit = SIZE_MAX);
Result<std::vector<Position>> load_positions(const Store& store, const BotId& bot,
                                             std::size_t limit);
// Of all bots, as their snapshots have them; of a bot whose snapshot cannot be read, as the rows of
// its positions do.
Result<std::vector<Position>> load_open_positions(const Store& store);
// By execution id; the order in which they were booked is that of `number`.
Result<std::vector<BookedFill>> load_fills(const Store& store, const BotId& bot,
                                           const PositionId& position, std::size_t limit);
Result<std::vector<OrderIntent>> load_intents(const Store& store, std::size_t limit);
// Of one venue, by symbol.
Result<std::vector<KeptInstrument>> load_instruments(const Store& store, std::string_view venue,
                                                     std::size_t limit = SIZE_MAX);

// Newest first, created (or closed) at or before `until`; "never": from the newest on.
Result<std::vector<Signal>> load_signals(const Store& store, const BotId& bot, Timestamp until,
                                         std::size_t limit);
// Reads all trades, whosever they are.
Result<std::vector<Trade>> load_trades(const Store& store, const BotId& bot, Timestamp until,
                                       std::size_t limit);
Result<std::vector<DecisionTrace>> load_traces(const Store& store, const BotId& bot,
                                               Timestamp until, Timestamp now, std::size_t limit);
// As load_traces, but a row that cannot be read stands among the others as its error.
struct StoredTrace {
  Timestamp candle_close;  // as its key says
  Result<DecisionTrace> trace;
};
Result<std::vector<StoredTrace>> load_stored_traces(const Store& store, const BotId& bot,
                                                    Timestamp until, Timestamp now,
                                                    std::size_t limit);

// Oldest first, from number `from` on, with their numbers.
Result<std::vector<Event>> load_events(const Store& store, std::uint64_t from, std::size_t limit);
// Newest first.
Result<std::vector<Event>> load_newest_events(const Store& store, std::size_t limit);
Result<std::vector<CycleRecord>> load_newest_cycles(const Store& store, Timestamp now,
                                                    std::size_t limit);

// An event's bytes do not hold its number: the key does.
Result<Event> decode_event(std::string_view key, std::string_view value);

// A row for people: "signal grid-1/2021-04-25T04:01:00.000Z/5f2c", "event 17". Unprintable bytes in
// hex.
std::string printable_key(Kind kind, std::string_view key);

}  // namespace botbox::storage
