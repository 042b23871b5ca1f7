#include "tools/botbox/sweep_run.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <thread>

#include "engine/statistics/curve_statistics.hpp"
#include "tools/botbox/run_statistics.hpp"

namespace botbox::cli {
namespace {

std::optional<double> yearly(std::optional<double> ratio) {
  if (!ratio) return std::nullopt;
  return annualised(*ratio, kDaysPerYear);
}

Result<TrialScore> run_trial(const config::EngineConfig& config, const BotConfig& bot,
                             const std::shared_ptr<exchange::MarketFeed>& feed, TimeRange range) {
  BOTBOX_ASSIGN(const VirtualRun run, run_virtually(config, {.from = range.from,
                                                             .to = range.to,
                                                             .bots = {bot},
                                                             .feed = feed,
                                                             .data = {},
                                                             .on_progress = {}}));
  BOTBOX_ASSIGN(const RunRecord record, read_run(run.engine->store(), *feed, run.facts));
  BOTBOX_ASSIGN(const std::vector<RunTrade> trades, run_trades(record));
  return score_of(record, trades, bot.id, run.facts);
}

// Trials that are left, taken by one thread after the other.
class TrialQueue {
 public:
  TrialQueue(const config::EngineConfig& config, const std::vector<BotConfig>& bots,
             const FeedFactory& make_feed, const TrialsOptions& options)
      : config_(config),
        bots_(bots),
        make_feed_(make_feed),
        options_(options),
        scores_(bots.size()) {}

  void work() {
    const auto feed = make_feed_();
    if (!feed) return stop(feed.error());
    for (std::size_t i = next_++; i < bots_.size() && !is_stopped_; i = next_++) {
      auto score = run_trial(config_, bots_[i], *feed, options_.range);
      if (!score) return stop(score.error());
      const std::lock_guard lock(mutex_);
      scores_[i] = std::move(*score);
      if (options_.on_done) options_.on_done(++done_, scores_[i]);
    }
  }

  Result<std::vector<TrialScore>> take() {
    if (error_) return tl::unexpected<Error>(std::move(*error_));
    return std::move(scores_);
  }

 private:
  void stop(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    is_stopped_ = true;
  }

  const config::EngineConfig& config_;
  const std::vector<BotConfig>& bots_;
  const FeedFactory& make_feed_;
  const TrialsOptions& options_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> is_stopped_{false};
  std::mutex mutex_;  // of what follows
  std::vector<TrialScore> scores_;
  std::size_t done_ = 0;
  std::optional<Error> error_;
};

}  // namespace

TrialScore score_of(const RunRecord& record, const std::vector<RunTrade>& trades, const BotId& bot,
                    const ReplayFacts& facts) {
  const Equity& equity = record.equity.bots.at(bot);
  const double start = equity.curve.equity.front();
  const double end = equity.curve.equity.back();
  std::vector<ClosedTrade> closed;
  for (const RunTrade& trade : trades)
    if (trade.of->position.bot == bot) closed.push_back(trade.closed);
  const TradeStatistics sums = trade_statistics(closed);
  TrialScore score;
  score.trades = sums.trades;
  score.profit = end - start;
  score.return_ratio = start > 0 ? end / start - 1 : 0;
  score.max_drawdown_ratio = to_double_for_indicator(equity.max_drawdown_ratio);
  score.daily_returns = simple_returns(daily_equity(equity.curve));
  score.sharpe = yearly(sharpe_ratio(score.daily_returns));
  score.sortino = yearly(sortino_ratio(score.daily_returns));
  score.calmar =
      calmar_ratio(growth_per_year(start, end, facts.to - facts.from), score.max_drawdown_ratio);
  score.profit_factor = sums.profit_factor;
  return score;
}

std::optional<double> objective_of(const TrialScore& score, Objective objective) {
  switch (objective) {
    case Objective::kSharpe: return score.sharpe;
    case Objective::kSortino: return score.sortino;
    case Objective::kCalmar: return score.calmar;
    case Objective::kReturn: return score.return_ratio;
    case Objective::kProfitFactor: return score.profit_factor;
  }
  return std::nullopt;
}

Result<std::vector<TrialScore>> run_trials(const config::EngineConfig& config,
                                           const std::vector<BotConfig>& bots,
                                           const FeedFactory& make_feed,
                                           const TrialsOptions& options) {
  TrialQueue queue(config, bots, make_feed, options);
  std::vector<std::thread> threads;
  const std::size_t wanted = std::min(std::max<std::size_t>(options.threads, 1), bots.size());
  for (std::size_t i = 1; i < wanted; ++i) threads.emplace_back([&queue] { queue.work(); });
  queue.work();
  for (std::thread& thread : threads) thread.join();
  return queue.take();
}

std::vector<std::size_t> ranked(const std::vector<TrialScore>& scores, Objective objective) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto x = objective_of(scores[a], objective);
    const auto y = objective_of(scores[b], objective);
    if (!x || !y) return x.has_value() && !y.has_value();
    return *x > *y;
  });
  return order;
}

std::optional<DeflatedSharpe> luck_of(const std::vector<TrialScore>& scores, std::size_t best) {
  std::vector<double> sharpes;
  for (const TrialScore& score : scores)
    sharpes.push_back(sharpe_ratio(score.daily_returns).value_or(0));
  const std::vector<double>& returns = scores.at(best).daily_returns;
  const auto sharpe = sharpe_ratio(returns);
  if (!sharpe) return std::nullopt;
  const Moments sample = moments(returns);
  return deflated_sharpe({.sharpe = *sharpe,
                          .returns = sample.count,
                          .skewness = sample.skewness.value_or(0),
                          .kurtosis = sample.kurtosis.value_or(3)},
                         sharpes);
}

}  // namespace botbox::cli
