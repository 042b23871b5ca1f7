#include "engine/statistics/trade_statistics.hpp"

#include <algorithm>
#include <vector>

namespace botbox {
namespace {

double number(Notional amount) { return to_double_for_indicator(amount.value); }

std::optional<double> per(double amount, double divisor) {
  if (divisor == 0) return std::nullopt;
  return amount / divisor;
}

std::size_t longest_losing_streak(std::span<const ClosedTrade> trades) {
  std::vector<const ClosedTrade*> by_close;
  by_close.reserve(trades.size());
  for (const ClosedTrade& trade : trades) by_close.push_back(&trade);
  std::stable_sort(by_close.begin(), by_close.end(),
                   [](const auto* a, const auto* b) { return a->closed_at < b->closed_at; });
  std::size_t longest = 0;
  std::size_t now = 0;
  for (const ClosedTrade* trade : by_close) {
    now = trade->profit.is_negative() ? now + 1 : 0;
    longest = std::max(longest, now);
  }
  return longest;
}

void add_ratios(TradeStatistics& sums, Duration held) {
  const auto count = static_cast<double>(sums.trades);
  sums.win_rate = per(static_cast<double>(sums.wins), count);
  sums.profit_factor = per(number(sums.gross_profit), number(sums.gross_loss));
  sums.expectancy = per(number(sums.net_profit), count);
  sums.average_win = per(number(sums.gross_profit), static_cast<double>(sums.wins));
  sums.average_loss = per(number(sums.gross_loss), static_cast<double>(sums.losses));
  if (sums.average_win && sums.average_loss)
    sums.payoff_ratio = per(*sums.average_win, *sums.average_loss);
  if (sums.trades > 0) sums.average_duration = held / static_cast<std::int64_t>(sums.trades);
}

}  // namespace

TradeStatistics trade_statistics(std::span<const ClosedTrade> trades) {
  TradeStatistics sums;
  Duration held{0};
  for (const ClosedTrade& trade : trades) {
    const bool is_first = sums.trades++ == 0;
    sums.net_profit += trade.profit;
    sums.fees += trade.fees;
    sums.funding += trade.funding;
    sums.turnover += trade.turnover;
    sums.best = is_first ? trade.profit : std::max(sums.best, trade.profit);
    sums.worst = is_first ? trade.profit : std::min(sums.worst, trade.profit);
    held += trade.closed_at - trade.opened_at;
    if (trade.profit.is_positive()) {
      ++sums.wins;
      sums.gross_profit += trade.profit;
    } else if (trade.profit.is_negative()) {
      ++sums.losses;
      sums.gross_loss -= trade.profit;
    }
  }
  sums.longest_losing_streak = longest_losing_streak(trades);
  add_ratios(sums, held);
  return sums;
}

double exposure(std::span<const TimeRange> ranges, TimeRange run) {
  if (run.to <= run.from) return 0;
  std::vector<TimeRange> sorted(ranges.begin(), ranges.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const TimeRange& a, const TimeRange& b) { return a.from < b.from; });
  Duration covered{0};
  Timestamp seen = run.from;  // everything before is counted
  for (const TimeRange& range : sorted) {
    const Timestamp from = std::max(range.from, seen);
    const Timestamp to = std::min(range.to, run.to);
    if (to <= from) continue;
    covered += to - from;
    seen = to;
  }
  return static_cast<double>(covered.count()) / static_cast<double>((run.to - run.from).count());
}

}  // namespace botbox
