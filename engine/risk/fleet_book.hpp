// FleetBook: what all bots together hold, and whether one more entry fits. Pure data of one owner;
// engines on several threads share it behind a lock (actors/fleet_exposure.hpp).
//
// Worths are in quote currency and are added up as they stand: a fleet whose bots quote in
// different currencies should not limit them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/model/candle.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/money.hpp"
#include "engine/model/position.hpp"
#include "engine/model/signal.hpp"

namespace botbox {

struct FleetLimits {
  std::uint32_t per_symbol = UINT32_MAX;     // positions of one symbol
  std::uint32_t per_direction = UINT32_MAX;  // longs, and as many shorts
  Notional allocation;                       // of everything held; zero: no limit
  Notional base_exposure;  // held in one base coin, whatever the symbol or side; zero: no limit
  // Correlation of returns with a position that would win and lose with the new one: below this.
  // Zero: no limit.
  Decimal correlation;
  std::uint32_t correlation_candles = 100;

  bool are_set() const { return *this != FleetLimits{}; }
  bool operator==(const FleetLimits&) const = default;
};

// A position, or an entry under way.
struct FleetHolding {
  Symbol symbol;
  Asset base;
  PositionSide side = PositionSide::kLong;
  Notional worth;  // what it cost, or may
};

// Where the verdicts of the book stand in the walk of the gates.
inline constexpr std::string_view kCorrelationGate = "correlation";
inline constexpr std::string_view kFleetGate = "fleet";

class FleetBook {
 public:
  FleetBook(FleetLimits limits, std::size_t slots) : limits_(limits), slots_(slots) {}

  const FleetLimits& limits() const { return limits_; }
  // May the bot of this slot hold this as well? If so it does from now on. `enlarges`: the slot
  // holds that position already, and only worths are asked about.
  enum class Entry : std::uint8_t { kOpens, kEnlarges };
  Verdict admit(std::size_t slot, const FleetHolding& holding, Entry entry);
  // What admit() would say of correlation; nothing is taken.
  std::optional<Verdict> refuse_correlated(std::size_t slot, const FleetHolding& holding) const;
  // What the slot really holds now, also beyond a limit.
  void hold(std::size_t slot, std::vector<FleetHolding> holdings);
  // The candles that the slot's bot trades on. A position whose candles nobody has seen yet, or
  // that are of another timeframe, cannot be compared; it does not stand in the way.
  void see(std::size_t slot, std::shared_ptr<const CandleSeries> series);

 private:
  struct Slot {
    std::vector<FleetHolding> holdings;
    std::shared_ptr<const CandleSeries> series;
  };
  std::optional<Verdict> refuse_count(const FleetHolding& holding) const;
  std::optional<Verdict> refuse_worth(const FleetHolding& holding) const;

  FleetLimits limits_;
  std::vector<Slot> slots_;
};

// Pearson's correlation of the logarithmic returns of the newest `candles` candles that both series
// have, over steps that are one candle long in both. Empty: fewer than 10 such steps, one of the
// two did not move, or the timeframes differ.
std::optional<double> return_correlation(const CandleSeries& a, const CandleSeries& b,
                                         std::uint32_t candles);

}  // namespace botbox
