// Event: one transition of one record, in the append-only log. Its sequence number is given by the
// writer, without holes.
#pragma once

#include <cstdint>
#include <string>

#include "engine/model/ids.hpp"
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

  bool operator==(const EngineState&) const = default;
};

}  // namespace botbox
