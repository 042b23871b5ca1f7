// FleetResult and FleetLock: what the guards of all bots together remember, each a row of its own
// (storage/README.md), so that it survives restarts and can be listed and lifted.
#pragma once

#include <string>

#include "engine/model/ids.hpp"
#include "engine/model/reason_code.hpp"
#include "engine/model/risk_state.hpp"
#include "engine/model/time.hpp"

namespace botbox {

// How a position of one of the bots ended.
struct FleetResult {
  BotId bot;
  Symbol symbol;
  ClosedResult result;

  bool operator==(const FleetResult&) const = default;
};

// No entries until then: of any bot, or of those on one symbol. One for a scope and a reason.
struct FleetLock {
  Symbol symbol;  // empty: of all bots
  RiskLock lock;

  bool operator==(const FleetLock&) const = default;
};

// For people: "fleet", or the symbol.
inline std::string scope_of(const FleetLock& lock) {
  return lock.symbol.empty() ? "fleet" : lock.symbol.value;
}

}  // namespace botbox
