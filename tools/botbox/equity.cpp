#include "tools/botbox/equity.hpp"

#include <algorithm>
#include <span>
#include <tuple>

namespace botbox::cli {
namespace {

// No candle is shorter, so two closes of one symbol never share a sample.
constexpr std::int64_t kSampleMs = 60'000;

struct Close {
  std::size_t sample = 0;
  Timestamp at;
  Price price;
};

// A curve as its changes: sample i stands for the time from + i minutes, sample 0 for the start.
using Changes = std::vector<Decimal>;

struct OwnedFill {
  std::size_t position;  // index into the history's positions
  bool enters;
  const Fill* fill;
};

class Leg {
 public:
  // The positions of `history` on one symbol. Within one millisecond entries come before exits, as
  // a position cannot be left before it is entered.
  Leg(const BotHistory& history, const Symbol& symbol, exchange::MarketFeed& feed,
      const exchange::FundingSchedule* funding)
      : symbol_(symbol), feed_(feed), funding_schedule_(funding) {
    for (std::size_t i = 0; i < history.positions.size(); ++i) {
      const PositionHistory& position = history.positions[i];
      Position& fold = folds_.emplace_back();
      fold.id = position.id;
      fold.bot = history.bot;
      fold.symbol = position.symbol;
      fold.side = position.side;
      if (position.symbol != symbol) continue;
      for (const Fill& fill : position.fills)
        fills_.push_back({i, fill.side == entry_side(position.side), &fill});
    }
    std::sort(fills_.begin(), fills_.end(), [](const OwnedFill& a, const OwnedFill& b) {
      return std::tuple(a.fill->at, !a.enters, a.position, a.fill->id) <
             std::tuple(b.fill->at, !b.enters, b.position, b.fill->id);
    });
    if (funding_schedule_ != nullptr && !fills_.empty())
      next_funding_ = funding_schedule_->next(fills_.front().fill->at);
  }

  // Folds what was filled, and pays the funding that was due, at or before `at`. True if anything
  // was filled.
  Result<bool> fold_until(Timestamp at) {
    const std::size_t before = next_;
    while (next_ < fills_.size() && fills_[next_].fill->at <= at) BOTBOX_TRY(fold_next());
    fund_until(at);
    return next_ != before;
  }
  Result<void> fold_rest() {
    while (next_ < fills_.size()) BOTBOX_TRY(fold_next());
    return {};
  }

  bool is_flat() const { return open_.empty(); }
  Notional realised() const { return realised_; }
  Notional fees() const { return fees_; }
  Notional funding() const { return funding_; }
  Result<Notional> unrealised(Price price) const {
    Notional sum;
    for (const std::size_t i : open_) {
      BOTBOX_ASSIGN(const Notional profit, unrealised_profit(folds_[i], price));
      sum += profit;
    }
    return sum;
  }

 private:
  Result<void> fold_next() {
    const OwnedFill& next = fills_[next_++];
    fund_until(next.fill->at);
    Position& fold = folds_[next.position];
    const bool was_open = fold.quantity.is_positive();
    const Notional realised_before = fold.realised_profit;
    BOTBOX_ASSIGN(fold, apply_fill(std::move(fold), *next.fill));
    realised_ += fold.realised_profit - realised_before;
    fees_ += next.fill->fee;
    const bool is_open = fold.quantity.is_positive();
    if (is_open && !was_open) open_.push_back(next.position);
    if (!is_open && was_open) std::erase(open_, next.position);
    return {};
  }

  // What is filled at the very moment of a payment comes after it.
  void fund_until(Timestamp at) {
    for (; next_funding_ && next_funding_->at <= at;
         next_funding_ = funding_schedule_->next(next_funding_->at)) {
      if (open_.empty()) continue;
      const auto mark = exchange::mark_price(feed_, symbol_, next_funding_->at);
      for (const std::size_t i : open_) {
        const Decimal quantity = folds_[i].quantity.value;
        const bool is_long = folds_[i].side == PositionSide::kLong;
        if (mark)
          funding_ +=
              exchange::funding_payment(is_long ? quantity : -quantity, *mark, next_funding_->rate);
      }
    }
  }

  Symbol symbol_;
  exchange::MarketFeed& feed_;
  const exchange::FundingSchedule* funding_schedule_;
  std::optional<exchange::FundingRate> next_funding_;
  Notional funding_;
  std::vector<Position> folds_;
  std::vector<OwnedFill> fills_;
  std::size_t next_ = 0;
  std::vector<std::size_t> open_;
  Notional realised_;
  Notional fees_;
};

// One way along a curve: heights, falls, and the points that are kept.
class CurveWalk {
 public:
  CurveWalk(Equity& equity, Duration step)
      : equity_(equity), height_(equity.start), now_(equity.start) {
    equity.curve.step = step;
    equity.end = equity.start;
  }

  // The next sample.
  Result<void> add(Decimal change) {
    ++sample_;
    if (!change.is_zero()) BOTBOX_TRY(move(Notional{change}));
    // The sample that reaches the height again ends a fall; the one right after it was none.
    const Duration below{(sample_ - height_sample_) * kSampleMs};
    const bool is_at_height = now_ >= height_;
    if (!is_at_height || below.count() > kSampleMs)
      equity_.max_drawdown_length = std::max(equity_.max_drawdown_length, below);
    if (is_at_height) {
      height_ = now_;
      height_sample_ = sample_;
    }
    step_fall_ = std::max(step_fall_, fall_);
    return {};
  }

  // Keeps the newest sample as a point.
  void mark() {
    equity_.curve.equity.push_back(to_double_for_indicator(now_.value));
    equity_.curve.drawdown.push_back(to_double_for_indicator(step_fall_));
    step_fall_ = fall_;
  }

 private:
  Result<void> move(Notional change) {
    now_ += change;
    equity_.end = now_;
    const Notional fall = std::max(Notional{}, height_ - now_);
    equity_.max_drawdown = std::max(equity_.max_drawdown, fall);
    fall_ = {};
    if (!fall.is_positive() || !height_.is_positive()) return {};
    BOTBOX_ASSIGN(fall_, divide(fall.value, height_.value, Rounding::kHalfEven));
    equity_.max_drawdown_ratio = std::max(equity_.max_drawdown_ratio, fall_);
    return {};
  }

  Equity& equity_;
  Notional height_;
  Notional now_;
  Decimal fall_;       // now, in proportion to the height
  Decimal step_fall_;  // the deepest since the last point
  std::int64_t sample_ = -1;
  std::int64_t height_sample_ = 0;  // the newest at the height
};

class EquityFold {
 public:
  EquityFold(exchange::MarketFeed& feed, const FundingSchedules& funding, TimeRange run)
      : feed_(feed),
        funding_(funding),
        from_(run.from),
        to_(run.to),
        samples_(static_cast<std::size_t>(((to_ - from_).count() + kSampleMs - 1) / kSampleMs) + 1),
        total_(samples_) {}

  Result<Equity> add(const BotHistory& history) {
    changes_.assign(samples_, {});
    Equity equity{.start = history.allocation};
    for (const Symbol& symbol : symbols_of(history)) BOTBOX_TRY(add_leg(history, symbol, equity));
    for (std::size_t i = 0; i < samples_; ++i) total_[i] += changes_[i];
    BOTBOX_TRY(measure(changes_, equity));
    return equity;
  }

  Result<void> measure_total(Equity& total) const { return measure(total_, total); }

 private:
  static std::vector<Symbol> symbols_of(const BotHistory& history) {
    std::vector<Symbol> symbols;
    for (const PositionHistory& position : history.positions) symbols.push_back(position.symbol);
    std::sort(symbols.begin(), symbols.end());
    symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
    return symbols;
  }

  Result<void> add_leg(const BotHistory& history, const Symbol& symbol, Equity& equity) {
    const auto funding = funding_.find(symbol);
    Leg leg(history, symbol, feed_, funding == funding_.end() ? nullptr : funding->second.get());
    const std::span<const Close> closes = closes_of(symbol);
    Notional worth;
    const auto mark = [&](std::size_t sample, Price price) -> Result<void> {
      BOTBOX_ASSIGN(const Notional unrealised, leg.unrealised(price));
      const Notional next = leg.realised() - leg.fees() + leg.funding() + unrealised;
      changes_[sample] += (next - worth).value;
      worth = next;
      return {};
    };
    for (const Close& close : closes) {
      BOTBOX_ASSIGN(const bool changed, leg.fold_until(close.at));
      if (changed || !leg.is_flat()) BOTBOX_TRY(mark(close.sample, close.price));
    }
    BOTBOX_TRY(leg.fold_rest());
    if (closes.empty() && !leg.is_flat())
      return fail(ErrorCode::kNotFound, fmt::format("there is no candle of {}", symbol.value),
                  fmt::format("open position of bot {}", history.bot.value),
                  "give the candles of every symbol that was traded");
    const Price last = closes.empty() ? Price{} : closes.back().price;
    BOTBOX_TRY(mark(samples_ - 1, last));
    BOTBOX_ASSIGN(const Notional unrealised, leg.unrealised(last));
    equity.realised += leg.realised();
    equity.fees += leg.fees();
    equity.funding += leg.funding();
    equity.unrealised += unrealised;
    return {};
  }

  // Of the newest symbol asked for; bots come sorted by symbol.
  std::span<const Close> closes_of(const Symbol& symbol) {
    if (closes_symbol_ == symbol) return closes_;
    closes_.clear();
    closes_symbol_ = symbol;
    if (!feed_.base_timeframe(symbol)) return closes_;
    // In stretches, as whole candles of a year are four times as large as their closes.
    constexpr Duration kStretch{7 * 86'400'000};
    for (Timestamp at = feed_.base_open(symbol, from_ - Duration{1}); at < to_; at = at + kStretch)
      for (const Candle& candle :
           feed_.base_candles(symbol, {.from = at, .to = std::min(at + kStretch, to_)})) {
        const Timestamp close =
            candle.open_time + feed_.timeframe_at(symbol, candle.open_time).duration();
        if (close <= from_ || close > to_) continue;
        const std::int64_t sample = ((close - from_).count() + kSampleMs - 1) / kSampleMs;
        closes_.push_back({static_cast<std::size_t>(sample), close, candle.close});
      }
    return closes_;
  }

  Result<void> measure(const Changes& changes, Equity& equity) const {
    const Duration step = curve_step(from_, to_);
    CurveWalk walk(equity, step);
    for (std::size_t i = 0; i < changes.size(); ++i) {
      BOTBOX_TRY(walk.add(changes[i]));
      const bool is_last = i + 1 == changes.size();
      if (is_last || static_cast<std::int64_t>(i) % (step.count() / kSampleMs) == 0) walk.mark();
    }
    equity.max_drawdown_length = std::min(equity.max_drawdown_length, to_ - from_);
    return {};
  }

  exchange::MarketFeed& feed_;
  const FundingSchedules& funding_;
  Timestamp from_;
  Timestamp to_;
  std::size_t samples_;
  Changes total_;
  Changes changes_;
  Symbol closes_symbol_;
  std::vector<Close> closes_;
};

const Symbol* first_symbol(const BotHistory& history) {
  return history.positions.empty() ? nullptr : &history.positions.front().symbol;
}

}  // namespace

Duration curve_step(Timestamp from, Timestamp to) {
  constexpr std::int64_t kMostPoints = 3'000;
  for (const std::int64_t minutes : {5, 15, 30, 60, 120, 240, 480})
    if ((to - from) / Duration{minutes * 60'000} <= kMostPoints) return Duration{minutes * 60'000};
  return Duration{86'400'000};
}

Result<FleetEquity> fold_equity(const std::vector<BotHistory>& bots, exchange::MarketFeed& feed,
                                const FundingSchedules& funding, TimeRange run) {
  const auto [from, to] = run;
  if (to <= from)
    return fail(ErrorCode::kInvalidInput, "the end of the run is not after its start",
                fmt::format("{} to {}", to_iso8601(from), to_iso8601(to)));
  std::vector<const BotHistory*> by_symbol;
  for (const BotHistory& bot : bots) by_symbol.push_back(&bot);
  std::stable_sort(by_symbol.begin(), by_symbol.end(), [](const auto* a, const auto* b) {
    const Symbol* first = first_symbol(*a);
    const Symbol* second = first_symbol(*b);
    if (first == nullptr || second == nullptr) return first == nullptr && second != nullptr;
    return *first < *second;
  });
  EquityFold fold(feed, funding, run);
  FleetEquity fleet;
  for (const BotHistory* bot : by_symbol) {
    BOTBOX_ASSIGN(Equity equity, fold.add(*bot));
    fleet.total.start += equity.start;
    fleet.total.realised += equity.realised;
    fleet.total.fees += equity.fees;
    fleet.total.funding += equity.funding;
    fleet.total.unrealised += equity.unrealised;
    fleet.bots.emplace(bot->bot, equity);
  }
  BOTBOX_TRY(fold.measure_total(fleet.total));
  return fleet;
}

}  // namespace botbox::cli
