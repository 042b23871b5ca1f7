// Event: one transition of one record, in the append-only log. Its sequence number is given by the
// writer, without holes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/rollout.hpp"
#include "engine/model/time.hpp"

namespace botbox {

struct Event {
  std::uint64_t sequence = 0;  // zero until written
  Timestamp at;
  std::string kind;     // "trade.executing", "bot.paused", "engine.mode", ...
  BotId bot;            // empty: not about one bot
  std::string subject;  // id of the record
  std::string detail;   // JSON object or one sentence
  std::string actor;    // "engine", "cli:alice", ...

  bool operator==(const Event&) const = default;
};

// One pass of the scheduler.
struct CycleRecord {
  std::uint64_t number = 0;
  Timestamp started_at;
  Duration duration{0};
  std::uint32_t found = 0;
  std::uint32_t succeeded = 0;
  std::uint32_t failed = 0;
  std::uint32_t signals = 0;

  bool operator==(const CycleRecord&) const = default;
};

enum class EngineMode : std::uint8_t { kActive, kReducing, kHalted };
constexpr std::string_view to_string(EngineMode mode) {
  switch (mode) {
    case EngineMode::kActive: return "ACTIVE";
    case EngineMode::kReducing: return "REDUCING";
    case EngineMode::kHalted: return "HALTED";
  }
  return "?";
}

// The operator's switches. Durable: a pause survives a restart.
struct EngineState {
  EngineMode mode = EngineMode::kActive;
  bool live_trading = false;  // off: intents end as ORDER_BLOCKED_LIVE_TRADING (paper: always on)
  std::string changed_by;
  Timestamp changed_at;
  std::vector<RolloutCaps> rollout;  // an operator's word over the configuration's; none or one
  // Restored from a backup: no order leaves, closes neither, before the exchange's account has been
  // compared with the records.
  bool reconcile_first = false;

  bool operator==(const EngineState&) const = default;
};

// The caps that are in force.
inline RolloutCaps rollout_of(const EngineState& engine, const RolloutCaps& configured) {
  return engine.rollout.empty() ? configured : engine.rollout.front();
}

}  // namespace botbox
