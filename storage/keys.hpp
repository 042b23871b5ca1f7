// The key table. A kind is two bytes, written once and never reused: see storage/README.md.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "engine/model/difference.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/time.hpp"

namespace botbox::storage {

constexpr std::uint16_t kind_code(char a, char b) {
  return static_cast<std::uint16_t>((static_cast<unsigned char>(a) << 8) |
                                    static_cast<unsigned char>(b));
}

enum class Kind : std::uint16_t {
  kMeta = kind_code('M', 'E'),  // name -> schema version, installation id, process epoch, sequence
  kBotConfig = kind_code('B', 'C'),    // bot
  kBotSnapshot = kind_code('B', 'S'),  // bot
  kSignal = kind_code('S', 'G'),       // bot, created at, signal id
  kIntent = kind_code('O', 'I'),       // idempotency key
  kTrade = kind_code('T', 'R'),        // trade id
  kTradeOpen = kind_code('T', 'O'),   // trade id: present while the trade is not final (the outbox)
  kTradeIndex = kind_code('T', 'I'),  // retired: nobody writes or reads it
  kFill = kind_code('F', 'I'),        // bot, position id, execution id
  kPosition = kind_code('P', 'O'),    // bot, position id
  kEvent = kind_code('E', 'V'),       // sequence
  kTrace = kind_code('D', 'T'),       // bot, candle close; expires
  kCycle = kind_code('C', 'Y'),       // number; expires
  kDedup = kind_code('D', 'D'),       // name of what may happen once (storage/claim.hpp); expires
  kPendingSlot = kind_code('P', 'S'),  // bot, symbol, direction: one PENDING row each; a claim row
  kLimiter = kind_code('R', 'L'),      // exchange
  kOperatorBot = kind_code('B', 'O'),  // bot: what an operator said of it, beside the file
  kEngineState = kind_code('E', 'S'),  // one row
  kDifference = kind_code('R', 'D'),   // difference id
  kPaper = kind_code('P', 'X'),        // reserved: state of an embedded paper exchange
  kLock = kind_code('L', 'K'),         // scope, reason: locks of the guards of all bots together
  kFleetResult = kind_code('F', 'R'),  // closed at, position: what those guards add up; expires
  kInbox = kind_code('I', 'B'),        // order of arrival: signals from outside, not decided yet
  kOutbox = kind_code('O', 'B'),       // target of notifications: the first event not told
  kCandle = kind_code('C', 'A'),       // reserved: local candle store
  kInstrument = kind_code('I', 'N'),   // venue, symbol: what the venue said last
  kShard = kind_code('S', 'H'),        // reserved: ownership on several machines
};

struct Key {
  Kind kind;
  std::string bytes;

  auto operator<=>(const Key&) const = default;
};

// Every kind above, for walks over the whole store.
inline constexpr std::array kAllKinds{
    Kind::kMeta,        Kind::kBotConfig,   Kind::kBotSnapshot, Kind::kSignal, Kind::kIntent,
    Kind::kTrade,       Kind::kTradeOpen,   Kind::kTradeIndex,  Kind::kFill,   Kind::kPosition,
    Kind::kEvent,       Kind::kTrace,       Kind::kCycle,       Kind::kDedup,  Kind::kPendingSlot,
    Kind::kLimiter,     Kind::kEngineState, Kind::kDifference,  Kind::kPaper,  Kind::kLock,
    Kind::kInbox,       Kind::kOutbox,      Kind::kCandle,      Kind::kShard,  Kind::kFleetResult,
    Kind::kOperatorBot, Kind::kInstrument};

// "trade", "bot snapshot": for people.
std::string_view to_string(Kind kind);

// Kinds whose values start with the time at which the row stops counting (storage/expiry.hpp).
constexpr bool is_expiring(Kind kind) {
  return kind == Kind::kTrace || kind == Kind::kCycle || kind == Kind::kDedup ||
         kind == Kind::kPendingSlot || kind == Kind::kFleetResult;
}

// Parts are joined by a zero byte (no id holds one); numbers are big-endian, so that byte order is
// time order.
std::string join_key(std::initializer_list<std::string_view> parts);
std::string big_endian(std::uint64_t number);
std::uint64_t from_big_endian(std::string_view bytes);  // first 8 bytes; fewer is a bug
// What the keys of one bot start with, in the kinds whose keys start with a bot.
std::string bot_prefix(const BotId& bot);

Key bot_config_key(const BotId& bot);
Key bot_snapshot_key(const BotId& bot);
Key signal_key(const BotId& bot, Timestamp created_at, const SignalId& id);
Key intent_key(const IdempotencyKey& key);
Key trade_key(const TradeId& id);
Key trade_open_key(const TradeId& id);
Key fill_key(const BotId& bot, const PositionId& position, const ExecutionId& id);
Key position_key(const BotId& bot, const PositionId& position);
Key event_key(std::uint64_t sequence);
Key trace_key(const BotId& bot, Timestamp candle_close);
Key cycle_key(std::uint64_t number);
Key dedup_key(std::string_view name);
// The row that makes an intent unique: claimed in the commit that writes the intent.
Key intent_claim_key(const IdempotencyKey& key);
// That an alert came: by its own id, or by its content.
Key alert_claim_key(std::string_view alert);
// That a signal from outside was decided.
Key decided_key(const SignalId& signal);
Key inbox_key(std::uint64_t order);
Key pending_slot_key(const BotId& bot, const Symbol& symbol, Direction direction);
Key limiter_key(std::string_view exchange);
Key engine_state_key();
Key difference_key(const DifferenceId& id);
// An empty scope: of all bots.
Key fleet_lock_key(const Symbol& scope, ReasonCode reason);
Key fleet_result_key(Timestamp closed_at, const PositionId& position);
Key operator_bot_key(const BotId& bot);
Key instrument_key(std::string_view venue, const Symbol& symbol);
Key meta_key(std::string_view name);

}  // namespace botbox::storage
