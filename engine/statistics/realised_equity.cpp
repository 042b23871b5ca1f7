#include "engine/statistics/realised_equity.hpp"

#include <algorithm>

namespace botbox {
namespace {

constexpr Duration kDayOfRun{86'400'000};

double plain_number(Notional amount) { return to_double_for_indicator(amount.value); }

// Heights of a curve that changes in steps, and the falls below them.
class StepFalls {
 public:
  explicit StepFalls(Notional start) : height_(start) {}

  void at(Timestamp time, Notional equity, RealisedEquity& into) {
    if (equity >= height_) {
      end_at(time, into);
      height_ = equity;
      return;
    }
    if (!is_below_) fell_at_ = time;
    is_below_ = true;
    const double fall = plain_number(height_ - equity);
    into.deepest = std::max(into.deepest, fall);
    if (height_.is_positive())
      into.deepest_ratio = std::max(into.deepest_ratio, fall / plain_number(height_));
  }

  void end_at(Timestamp time, RealisedEquity& into) {
    if (is_below_) into.longest = std::max(into.longest, time - fell_at_);
    is_below_ = false;
  }

 private:
  Notional height_;
  bool is_below_ = false;
  Timestamp fell_at_;  // while below it
};

std::vector<ClosedTrade> in_order_of_closing(std::span<const ClosedTrade> trades) {
  std::vector<ClosedTrade> sorted(trades.begin(), trades.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const ClosedTrade& a, const ClosedTrade& b) {
    return a.closed_at < b.closed_at;
  });
  return sorted;
}

}  // namespace

RealisedEquity realised_equity(std::span<const ClosedTrade> trades, Notional start, TimeRange run) {
  RealisedEquity made{.start = plain_number(start), .end = 0, .days = {plain_number(start)}};
  StepFalls falls(start);
  Notional equity = start;
  Timestamp next_day = run.from + kDayOfRun;
  const auto days_until = [&](Timestamp time) {
    for (; next_day < time && next_day <= run.to; next_day = next_day + kDayOfRun)
      made.days.push_back(plain_number(equity));
  };
  for (const ClosedTrade& trade : in_order_of_closing(trades)) {
    days_until(trade.closed_at);
    equity += trade.profit;
    falls.at(trade.closed_at, equity, made);
  }
  days_until(run.to + Duration{1});
  falls.end_at(run.to, made);
  made.end = plain_number(equity);
  return made;
}

}  // namespace botbox
