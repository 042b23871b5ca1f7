// EquityCurve: what the closed positions of all bots have brought, over time. Read from the
// positions once, then followed along the event log. Safe to use from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/model/money.hpp"
#include "engine/model/position.hpp"
#include "engine/model/time.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

struct EquityStep {
  Timestamp at;
  Notional realised;  // of all positions closed by then, fees paid
};

// What bounds the memory of a curve, however long the engine runs.
struct EquityBounds {
  // With more of them every second one is left out, but for the ends of the newest days.
  std::size_t steps = 100'000;
  // A closed position that a late fill opens again is closed once more within this, or is counted
  // twice until the next start.
  Duration reopened_within{7LL * 86'400'000};
};

class EquityCurve {
 public:
  explicit EquityCurve(const storage::Store& store, EquityBounds bounds = {})
      : store_(store), bounds_(bounds) {}

  // At most `points` of them, the newest among them, and the last ones of the newest days (UTC; 32,
  // or half of the points); empty: nothing was closed yet.
  Result<std::vector<EquityStep>> steps(std::size_t points);
  // Positions whose profit it remembers.
  std::size_t remembered();

 private:
  struct Counted {
    Notional profit;
    Timestamp at;  // the newest time that it was counted
  };
  Result<void> follow();
  void count(const Position& position, Timestamp at);
  void forget();

  const storage::Store& store_;
  const EquityBounds bounds_;
  std::mutex mutex_;
  bool is_read_ = false;
  std::uint64_t next_event_ = 1;
  std::vector<EquityStep> steps_;
  std::unordered_map<std::string, Counted> counted_;          // by position
  std::deque<std::pair<Timestamp, std::string>> counted_at_;  // in the order of counting
};

}  // namespace botbox::actors
