// The byte format of records: one version byte, then the fields in the order of storage/fields.hpp.
//
// unsigned numbers  varint, 7 bits a byte, low first        signed, times  zig-zag varint (ms)
// decimals          zig-zag varint of 1e-12 units           double         8 bytes, low first
// enums, bool       one byte                                timeframe      varint, minutes
// text, ids         varint length, bytes                    lists          varint count, elements
//
// Each value has exactly one encoding, so equal records have equal bytes (but for NaNs).
// An event's sequence is not in its bytes: it is its key.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "engine/limits/limiter_state.hpp"
#include "engine/model/bot.hpp"
#include "engine/model/difference.hpp"
#include "engine/model/event.hpp"
#include "engine/model/fleet_lock.hpp"
#include "engine/model/order.hpp"
#include "engine/model/position.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/trace.hpp"
#include "engine/model/trade.hpp"
#include "engine/result.hpp"
#include "storage/booked_fill.hpp"
#include "storage/claim.hpp"
#include "storage/kept_instrument.hpp"
#include "storage/operator_bot.hpp"

namespace botbox::storage {

// One allocation for records up to 2 KiB.
template <class T>
std::string encode(const T& record);

// Reads bytes of this version or an older one, which it upgrades step by step. Never reads beyond
// the bytes, and allocates in proportion to what they hold.
// Errors: kCorruption (cut off, too long, unknown enum value, number out of range; names the record
// kind and the offset), kNewerData (a version that this release does not know).
template <class T>
Result<T> decode(std::string_view bytes);

// For people and scripts: enums by name, decimals as text, times as ISO-8601 ("never" as null),
// durations in ms; null also for the direction of an alert that was not understood. Fields keep
// their order.
template <class T>
nlohmann::ordered_json to_json(const T& record);

#define BOTBOX_STORED_RECORDS(apply)                                                         \
  apply(BotConfig) apply(BotSnapshot) apply(Signal) apply(OrderIntent) apply(Trade)          \
      apply(BookedFill) apply(Position) apply(Event) apply(DecisionTrace) apply(CycleRecord) \
          apply(EngineState) apply(ClaimRow) apply(LimiterState) apply(Difference)           \
              apply(FleetLock) apply(FleetResult) apply(OperatorBot) apply(KeptInstrument)

#define BOTBOX_EXTERN_CODEC(Record)                                \
  extern template std::string encode<Record>(const Record&);       \
  extern template Result<Record> decode<Record>(std::string_view); \
  extern template nlohmann::ordered_json to_json<Record>(const Record&);
BOTBOX_STORED_RECORDS(BOTBOX_EXTERN_CODEC)
#undef BOTBOX_EXTERN_CODEC

}  // namespace botbox::storage
