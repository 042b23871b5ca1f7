// EquityCurve: what the closed positions of all bots have brought, over time. Read from the
// positions once, then followed along the event log. Safe to use from any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
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

class EquityCurve {
 public:
  explicit EquityCurve(const storage::Store& store) : store_(store) {}

  // At most `points` of them, the newest among them; empty: nothing was closed yet.
  Result<std::vector<EquityStep>> steps(std::size_t points);

 private:
  Result<void> follow();
  void count(const Position& position, Timestamp at);

  const storage::Store& store_;
  std::mutex mutex_;
  bool is_read_ = false;
  std::uint64_t next_event_ = 1;
  std::vector<EquityStep> steps_;
  std::unordered_map<std::string, Notional> counted_;  // by position
};

}  // namespace botbox::actors
