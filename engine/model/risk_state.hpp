// RiskState: what a bot remembers for its RiskPlan, in its snapshot and so across restarts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/money.hpp"
#include "engine/model/reason_code.hpp"
#include "engine/model/time.hpp"

namespace botbox {

// An open position as its exits see it, from the first check after its entry was final.
struct PositionCare {
  PositionId position;
  Price first_entry;  // average price and cost of what the first order entered
  Notional first_cost;
  Price best;  // the most favourable one since the entry, or an addition; zero: not looked since
  Price stop;  // followed at each closed candle; the position's own stop stands here too, or stays
               // further away where the exchange does not move stops. Zero: none yet
  ReasonCode stop_reason = ReasonCode::kNone;
  ReasonCode due = ReasonCode::kNone;  // the stop was crossed; stays until the position is closed
  std::uint32_t partials = 0;          // taken
  std::uint32_t levels = 0;  // of scaling in, asked for; one whose order failed is not repeated

  bool operator==(const PositionCare&) const = default;
};

// How a position ended.
struct ClosedResult {
  PositionId position;
  Timestamp at;
  Notional profit;  // fees paid
  Decimal ratio;    // of the cost of all that was entered
  ReasonCode reason = ReasonCode::kNone;

  bool operator==(const ClosedResult&) const = default;
};

// No entries until then.
struct RiskLock {
  ReasonCode reason = ReasonCode::kNone;
  Timestamp since;
  Timestamp until;
  std::string detail;  // the numbers

  bool operator==(const RiskLock&) const = default;
};

inline constexpr std::size_t kResultsMax = 256;

struct RiskState {
  std::vector<PositionCare> care;     // of open positions
  std::vector<ClosedResult> results;  // oldest first, at most kResultsMax
  std::vector<RiskLock> locks;        // one for a reason, ended ones are dropped at the next close

  bool operator==(const RiskState&) const = default;
};

}  // namespace botbox
