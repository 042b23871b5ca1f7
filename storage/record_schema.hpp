// What to_json() (storage/codec.hpp) makes of a record, as JSON Schema (draft 2020-12): from the
// same lists of fields, so that the two cannot disagree; what to_json() does besides is said again
// here.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "engine/model/bot.hpp"
#include "engine/model/difference.hpp"
#include "engine/model/event.hpp"
#include "engine/model/position.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/trace.hpp"
#include "engine/model/trade.hpp"
#include "storage/booked_fill.hpp"

namespace botbox::storage {

// Of decimals as text.
inline constexpr std::string_view kAmountPattern = R"(^-?[0-9]+(\.[0-9]+)?$)";

template <class T>
nlohmann::ordered_json json_schema();

#define BOTBOX_DESCRIBED_RECORDS(apply)                                                    \
  apply(BotConfig) apply(BotSnapshot) apply(PendingTrade) apply(Signal) apply(OrderIntent) \
      apply(Trade) apply(BookedFill) apply(Position) apply(Event) apply(DecisionTrace)     \
          apply(CycleRecord) apply(Difference) apply(RolloutCaps)

#define BOTBOX_EXTERN_SCHEMA(Record) extern template nlohmann::ordered_json json_schema<Record>();
BOTBOX_DESCRIBED_RECORDS(BOTBOX_EXTERN_SCHEMA)
#undef BOTBOX_EXTERN_SCHEMA

}  // namespace botbox::storage
