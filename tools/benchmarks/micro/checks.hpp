// One check of one bot of the measured fleet, without actors: what decide() gets and gives.
#pragma once

#include <memory>

#include "engine/decide.hpp"
#include "tools/benchmarks/cycle/fleet.hpp"

namespace botbox::bench {

// The parts that a decision refers to, for bots 0 (signals) and 1 (never does).
class CheckBench {
 public:
  CheckBench();

  // Bot `index` of the fleet on the newest candle.
  Result<Decision> decide(std::size_t index) const;
  const BotConfig& config(std::size_t index) const { return bots_[index]; }
  std::size_t bots() const { return bots_.size(); }
  const MarketView& view() const { return *view_; }

 private:
  std::vector<BotConfig> bots_;
  std::shared_ptr<const Strategy> strategy_;
  std::shared_ptr<const MarketView> view_;
  Instrument instrument_;
  InstallationId installation_{"bench"};
  BotSnapshot snapshot_;
};

}  // namespace botbox::bench
