#include "engine/risk/fleet_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace botbox {
namespace {

constexpr std::size_t kStepsMin = 10;

double log_return(const Candle& from, const Candle& to) {
  return std::log(to_double_for_indicator(to.close.value) /
                  to_double_for_indicator(from.close.value));
}

// Returns of both series over the same steps, newest candles first.
std::vector<std::pair<double, double>> common_returns(const CandleSeries& a, const CandleSeries& b,
                                                      std::uint32_t candles) {
  std::vector<std::pair<double, double>> steps;
  auto x = a.candles().rbegin();
  auto y = b.candles().rbegin();
  const Duration length = a.timeframe().duration();
  const auto follows = [&](auto newer, auto end) {
    return std::next(newer) != end && std::next(newer)->open_time + length == newer->open_time;
  };
  for (std::uint32_t seen = 1;
       seen < candles && x != a.candles().rend() && y != b.candles().rend();) {
    if (x->open_time != y->open_time) {
      if (x->open_time > y->open_time)
        ++x;
      else
        ++y;
      continue;
    }
    if (follows(x, a.candles().rend()) && follows(y, b.candles().rend()))
      steps.emplace_back(log_return(*std::next(x), *x), log_return(*std::next(y), *y));
    ++seen;
    ++x;
    ++y;
  }
  return steps;
}

}  // namespace

std::optional<double> return_correlation(const CandleSeries& a, const CandleSeries& b,
                                         std::uint32_t candles) {
  if (a.timeframe() != b.timeframe()) return std::nullopt;
  const auto steps = common_returns(a, b, candles);
  if (steps.size() < kStepsMin) return std::nullopt;
  double mean_x = 0;
  double mean_y = 0;
  for (const auto& [x, y] : steps) {
    mean_x += x / static_cast<double>(steps.size());
    mean_y += y / static_cast<double>(steps.size());
  }
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (const auto& [x, y] : steps) {
    xx += (x - mean_x) * (x - mean_x);
    yy += (y - mean_y) * (y - mean_y);
    xy += (x - mean_x) * (y - mean_y);
  }
  if (xx <= 0 || yy <= 0) return std::nullopt;
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

std::optional<Verdict> FleetBook::refuse_count(const FleetHolding& holding) const {
  std::uint32_t of_symbol = 0;
  std::uint32_t of_side = 0;
  for (const Slot& slot : slots_)
    for (const FleetHolding& held : slot.holdings) {
      of_symbol += held.symbol == holding.symbol ? 1 : 0;
      of_side += held.side == holding.side ? 1 : 0;
    }
  if (of_symbol >= limits_.per_symbol)
    return refuse(kFleetGate, ReasonCode::kMaxPositionsSymbol,
                  fmt::format("{}/{} of {}", of_symbol, limits_.per_symbol, holding.symbol.value));
  if (of_side >= limits_.per_direction)
    return refuse(kFleetGate, ReasonCode::kMaxPositionsDirection,
                  fmt::format("{}/{} {}", of_side, limits_.per_direction, to_string(holding.side)));
  return std::nullopt;
}

std::optional<Verdict> FleetBook::refuse_worth(const FleetHolding& holding) const {
  Notional all = holding.worth;
  Notional of_base = holding.worth;
  for (const Slot& slot : slots_)
    for (const FleetHolding& held : slot.holdings) {
      all += held.worth;
      if (held.base == holding.base) of_base += held.worth;
    }
  if (!limits_.allocation.is_zero() && all > limits_.allocation)
    return refuse(kFleetGate, ReasonCode::kFleetAllocation,
                  fmt::format("{} of all bots with this entry, at most {}", to_string(all),
                              to_string(limits_.allocation)));
  if (!limits_.base_exposure.is_zero() && of_base > limits_.base_exposure)
    return refuse(kFleetGate, ReasonCode::kBaseExposure,
                  fmt::format("{} in {} with this entry, at most {}", to_string(of_base),
                              holding.base.value, to_string(limits_.base_exposure)));
  return std::nullopt;
}

std::optional<Verdict> FleetBook::refuse_correlated(std::size_t own_slot,
                                                    const FleetHolding& holding) const {
  const Slot& own = slots_[own_slot];
  if (limits_.correlation.is_zero() || own.series == nullptr) return std::nullopt;
  const double limit = to_double_for_indicator(limits_.correlation);
  for (const Slot& slot : slots_)
    for (const FleetHolding& held : slot.holdings) {
      std::optional<double> same = 1.0;
      if (held.symbol != holding.symbol)
        same = slot.series != nullptr
                   ? return_correlation(*own.series, *slot.series, limits_.correlation_candles)
                   : std::nullopt;
      if (!same || (held.side == holding.side ? *same : -*same) < limit) continue;
      return refuse(kCorrelationGate, ReasonCode::kCorrelated,
                    fmt::format("{:.3f} with the {} in {}, at most {}", *same, to_string(held.side),
                                held.symbol.value, to_string(limits_.correlation)));
    }
  return std::nullopt;
}

Verdict FleetBook::admit(std::size_t slot, const FleetHolding& holding, Entry entry) {
  std::optional<Verdict> refusal = refuse_worth(holding);
  if (!refusal && entry == Entry::kOpens) refusal = refuse_count(holding);
  if (!refusal && entry == Entry::kOpens) refusal = refuse_correlated(slot, holding);
  if (refusal) return std::move(*refusal);
  std::vector<FleetHolding>& holdings = slots_[slot].holdings;
  const auto same = std::ranges::find(holdings, holding.symbol, &FleetHolding::symbol);
  if (entry == Entry::kEnlarges && same != holdings.end())
    same->worth += holding.worth;
  else
    holdings.push_back(holding);
  return {std::string(kFleetGate), ReasonCode::kNone, {}};
}

void FleetBook::hold(std::size_t slot, std::vector<FleetHolding> holdings) {
  slots_[slot].holdings = std::move(holdings);
}

void FleetBook::see(std::size_t slot, std::shared_ptr<const CandleSeries> series) {
  slots_[slot].series = std::move(series);
}

}  // namespace botbox
