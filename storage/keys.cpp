#include "storage/keys.hpp"

#include "engine/assert.hpp"

namespace botbox::storage {

std::string join_key(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size() + 1;
  std::string key;
  key.reserve(size);
  bool first = true;
  for (const std::string_view part : parts) {
    if (!first) key.push_back('\0');
    first = false;
    key.append(part);
  }
  return key;
}

std::string big_endian(std::uint64_t number) {
  std::string bytes(8, '\0');
  for (std::size_t i = 8; i-- > 0; number >>= 8) bytes[i] = static_cast<char>(number & 0xFF);
  return bytes;
}

std::uint64_t from_big_endian(std::string_view bytes) {
  ENGINE_ASSERT(bytes.size() >= 8);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = (number << 8) | static_cast<unsigned char>(bytes[i]);
  return number;
}

std::string bot_prefix(const BotId& bot) { return join_key({bot.value, ""}); }

namespace {
// Instants before 1970 do not occur; they would sort behind all others.
std::string time_bytes(Timestamp at) { return big_endian(static_cast<std::uint64_t>(at.ms)); }
}  // namespace

Key bot_config_key(const BotId& bot) { return {Kind::kBotConfig, bot.value}; }
Key bot_snapshot_key(const BotId& bot) { return {Kind::kBotSnapshot, bot.value}; }
Key signal_key(const BotId& bot, Timestamp created_at, const SignalId& id) {
  return {Kind::kSignal, join_key({bot.value, time_bytes(created_at), id.value})};
}
Key intent_key(const IdempotencyKey& key) { return {Kind::kIntent, key.value}; }
Key trade_key(const TradeId& id) { return {Kind::kTrade, id.value}; }
Key trade_open_key(const TradeId& id) { return {Kind::kTradeOpen, id.value}; }
Key fill_key(const BotId& bot, const PositionId& position, const ExecutionId& id) {
  return {Kind::kFill, join_key({bot.value, position.value, id.value})};
}
Key position_key(const BotId& bot, const PositionId& position) {
  return {Kind::kPosition, join_key({bot.value, position.value})};
}
Key event_key(std::uint64_t sequence) { return {Kind::kEvent, big_endian(sequence)}; }
Key trace_key(const BotId& bot, Timestamp candle_close) {
  return {Kind::kTrace, join_key({bot.value, time_bytes(candle_close)})};
}
Key cycle_key(std::uint64_t number) { return {Kind::kCycle, big_endian(number)}; }
Key dedup_key(std::string_view name) { return {Kind::kDedup, std::string(name)}; }
Key intent_claim_key(const IdempotencyKey& key) {
  return {Kind::kDedup, join_key({"intent", key.value})};
}
Key alert_claim_key(std::string_view alert) { return {Kind::kDedup, join_key({"alert", alert})}; }
Key decided_key(const SignalId& signal) {
  return {Kind::kDedup, join_key({"decided", signal.value})};
}
Key inbox_key(std::uint64_t order) { return {Kind::kInbox, big_endian(order)}; }
Key pending_slot_key(const BotId& bot, const Symbol& symbol, Direction direction) {
  return {Kind::kPendingSlot, join_key({bot.value, symbol.value, to_string(direction)})};
}
Key limiter_key(std::string_view exchange) { return {Kind::kLimiter, std::string(exchange)}; }
Key engine_state_key() { return {Kind::kEngineState, "engine"}; }
Key difference_key(const DifferenceId& id) { return {Kind::kDifference, id.value}; }
Key fleet_lock_key(const Symbol& scope, ReasonCode reason) {
  return {Kind::kLock, join_key({scope.value, to_string(reason)})};
}
Key fleet_result_key(Timestamp closed_at, const PositionId& position) {
  return {Kind::kFleetResult, join_key({time_bytes(closed_at), position.value})};
}
Key operator_bot_key(const BotId& bot) { return {Kind::kOperatorBot, bot.value}; }
Key instrument_key(std::string_view venue, const Symbol& symbol) {
  return {Kind::kInstrument, join_key({venue, symbol.value})};
}
Key meta_key(std::string_view name) { return {Kind::kMeta, std::string(name)}; }

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::kMeta: return "meta";
    case Kind::kBotConfig: return "bot config";
    case Kind::kBotSnapshot: return "bot snapshot";
    case Kind::kSignal: return "signal";
    case Kind::kIntent: return "order intent";
    case Kind::kTrade: return "trade";
    case Kind::kTradeOpen: return "open trade";
    case Kind::kTradeIndex: return "trade index";
    case Kind::kFill: return "fill";
    case Kind::kPosition: return "position";
    case Kind::kEvent: return "event";
    case Kind::kTrace: return "decision trace";
    case Kind::kCycle: return "cycle";
    case Kind::kDedup: return "dedup";
    case Kind::kPendingSlot: return "pending slot";
    case Kind::kLimiter: return "limiter";
    case Kind::kEngineState: return "engine state";
    case Kind::kDifference: return "difference";
    case Kind::kPaper: return "paper exchange";
    case Kind::kLock: return "lock";
    case Kind::kFleetResult: return "fleet result";
    case Kind::kInbox: return "inbox";
    case Kind::kOutbox: return "outbox";
    case Kind::kCandle: return "candle";
    case Kind::kShard: return "shard";
    case Kind::kOperatorBot: return "operator's bot";
    case Kind::kInstrument: return "instrument";
  }
  return "unknown kind";
}

}  // namespace botbox::storage
