#include "tools/botbox/run_record.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>

#include "storage/rows.hpp"

namespace botbox::cli {
namespace {

using storage::Kind;
using storage::Store;
using storage::visit_all;
using storage::visit_records;

template <class E>
std::string name_of(E value) {
  return std::string(to_string(value));
}

template <class E, std::size_t N>
Counts zero_counts(const std::array<E, N>& states) {
  Counts counts;
  for (const E state : states) counts[name_of(state)] = 0;
  return counts;
}

// What one kind of rows says about another.
struct Links {
  std::map<SignalId, std::string> regimes;
  std::map<PositionId, SignalId> openings;

  std::string regime_of(const PositionId& position) const {
    const auto opening = openings.find(position);
    if (opening == openings.end()) return {};
    const auto regime = regimes.find(opening->second);
    return regime == regimes.end() ? std::string() : regime->second;
  }
};

// The name of the regime in a signal's context; empty: none recorded.
std::string regime_in(const std::string& context) {
  if (context.find("\"regime\"") == context.npos) return {};
  const auto document = nlohmann::json::parse(context, nullptr, false);
  if (!document.is_object()) return {};
  const auto regime = document.find("regime");
  if (regime == document.end() || !regime->is_string()) return {};
  return regime->get<std::string>();
}

Result<void> read_signals(const Store& store, RunCounts& counts, Links& links) {
  std::set<SignalId> ids;
  std::set<std::tuple<BotId, std::int64_t, Direction>> decisions;
  return visit_all<Signal>(store, Kind::kSignal, [&](std::string_view, Signal&& signal) {
    ++counts.signals;
    ++counts.bots[signal.bot].signals;
    if (signal.decision == SignalDecision::kRejected) {
      ++counts.rejected;
      ++counts.reasons[name_of(signal.rejection_reason)];
    }
    if (signal.decision != SignalDecision::kAccepted) return;
    ++counts.accepted;
    if (signal.execution_reason == ReasonCode::kOrderBlockedLiveTrading) {
      ++counts.blocked;
      ++counts.reasons[name_of(signal.execution_reason)];
    }
    if (std::string regime = regime_in(signal.market_context); !regime.empty())
      links.regimes.emplace(signal.id, std::move(regime));
    const bool is_new_id = ids.insert(signal.id).second;
    const bool is_new_decision =
        decisions.emplace(signal.bot, signal.candle_close.ms, signal.direction).second;
    if (!is_new_id || !is_new_decision) ++counts.duplicate_signals;
  });
}

Result<void> read_trades(const Store& store, const ReplayFacts& facts, RunCounts& counts,
                         Links& links) {
  std::set<ClientOrderId> ids;
  BOTBOX_TRY(visit_all<Trade>(store, Kind::kTrade, [&](std::string_view, Trade&& trade) {
    ++counts.trades[name_of(trade.status)];
    if (trade.outcome_unknown) ++counts.outcome_unknown;
    if (trade.status == TradeStatus::kCompleted) ++counts.bots[trade.bot].trades;
    for (const ClientOrderId* id :
         {&trade.client_order_id, &trade.stop_client_id, &trade.take_profit_client_id})
      if (!id->empty() && !ids.insert(*id).second) ++counts.duplicate_orders;
    if (trade.position.value == trade.id.value)
      links.openings.emplace(trade.position, trade.signal);
  }));
  std::set<ClientOrderId> taken;
  for (const ClientOrderId& id : facts.taken_orders)
    if (!taken.insert(id).second) ++counts.duplicate_orders;
  return visit_all<OrderIntent>(store, Kind::kIntent, [&](std::string_view, OrderIntent&& intent) {
    ++counts.intents[name_of(intent.status)];
  });
}

using Positions = std::map<std::pair<BotId, PositionId>, RunPosition>;

Result<void> read_fills(const Store& store, RunCounts& counts, Positions& positions) {
  std::optional<Error> problem;
  BOTBOX_TRY(visit_records<storage::BookedFill>(
      store, {.kind = Kind::kFill, .prefix = {}, .from = {}}, {},
      [&](std::string_view key, storage::BookedFill&& booked) {
        ++counts.fills;
        const storage::FillOwner owner = storage::owner_of_fill(key);
        const auto at = positions.find({owner.bot, owner.position});
        if (at == positions.end()) {
          problem = Error{ErrorCode::kCorruption, "the fill's position does not exist",
                          storage::printable_key(Kind::kFill, key), "run 'botbox verify'"};
          return false;
        }
        at->second.fills.push_back(std::move(booked.fill));
        return true;
      }));
  if (problem) return tl::unexpected<Error>(std::move(*problem));
  return {};
}

Result<std::vector<RunPosition>> read_positions(const Store& store, const Links& links,
                                                RunCounts& counts) {
  Positions positions;
  BOTBOX_TRY(visit_all<Position>(store, Kind::kPosition, [&](std::string_view, Position&& row) {
    ++counts.opened;
    if (row.status == PositionStatus::kClosed) {
      ++counts.closed;
      ++counts.close_reasons[name_of(row.close_reason)];
    }
    std::pair key(row.bot, row.id);
    std::string regime = links.regime_of(row.id);
    positions.emplace(
        std::move(key),
        RunPosition{.position = std::move(row), .regime = std::move(regime), .fills = {}});
  }));
  BOTBOX_TRY(read_fills(store, counts, positions));
  std::vector<RunPosition> list;
  list.reserve(positions.size());
  for (auto& [key, position] : positions) {
    std::sort(position.fills.begin(), position.fills.end(), [](const Fill& a, const Fill& b) {
      return std::tie(a.at, a.id) < std::tie(b.at, b.id);
    });
    list.push_back(std::move(position));
  }
  std::stable_sort(list.begin(), list.end(), [](const RunPosition& a, const RunPosition& b) {
    return std::tie(a.position.bot, a.position.opened_at) <
           std::tie(b.position.bot, b.position.opened_at);
  });
  return list;
}

std::vector<BotHistory> histories(const RunRecord& record) {
  std::vector<BotHistory> histories;
  auto next = record.positions.begin();
  for (const storage::StoredBot& bot : record.bots) {
    BotHistory& history = histories.emplace_back();
    history.bot = bot.id;
    history.allocation = bot.config.allocation;
    next = std::find_if(next, record.positions.end(),
                        [&](const RunPosition& p) { return p.position.bot >= bot.id; });
    for (; next != record.positions.end() && next->position.bot == bot.id; ++next)
      history.positions.push_back({.id = next->position.id,
                                   .symbol = next->position.symbol,
                                   .side = next->position.side,
                                   .fills = next->fills});
  }
  return histories;
}

Result<RunTrade> trade_of(const RunPosition& of) {
  RunTrade trade;
  trade.of = &of;
  for (const Fill& fill : of.fills) {
    BOTBOX_ASSIGN(const Notional value, notional(fill.price, fill.quantity, Rounding::kHalfEven));
    const bool enters = fill.side == entry_side(of.position.side);
    (enters ? trade.entered : trade.left) += value;
    if (enters) trade.quantity += fill.quantity;
    trade.closed.fees += fill.fee;
    trade.closed.funding += fill.funding;
  }
  const Notional gain = of.position.side == PositionSide::kLong ? trade.left - trade.entered
                                                                : trade.entered - trade.left;
  trade.closed.opened_at = of.position.opened_at;
  trade.closed.closed_at = of.position.closed_at;
  trade.closed.profit = gain - trade.closed.fees + trade.closed.funding;
  trade.closed.turnover = trade.entered + trade.left;
  return trade;
}

double ratio(Decimal a, Decimal b) {
  return b.is_zero() ? 0 : to_double_for_indicator(a) / to_double_for_indicator(b);
}

void read_market(RunRecord& record, const Symbol& symbol, exchange::MarketFeed& feed,
                 const ReplayFacts& facts) {
  if (record.markets.contains(symbol) || !feed.base_timeframe(symbol)) return;
  const std::optional<Candle> first = feed.next_candle(symbol, facts.from);
  const std::vector<Candle> last =
      feed.base_candles(symbol, {.from = facts.from, .to = facts.to, .limit = 1});
  if (first && !last.empty()) record.markets[symbol] = {first->open, last.back().close};
}

}  // namespace

Result<RunRecord> read_run(const Store& store, exchange::MarketFeed& feed,
                           const ReplayFacts& facts) {
  RunRecord record;
  record.counts.intents = zero_counts(
      std::array{IntentStatus::kPending, IntentStatus::kOrderPlaced, IntentStatus::kOrderFailed,
                 IntentStatus::kDedupSkipped, IntentStatus::kOrderBlockedLiveTrading});
  record.counts.trades = zero_counts(std::array{TradeStatus::kPending, TradeStatus::kExecuting,
                                                TradeStatus::kCompleted, TradeStatus::kFailed});
  BOTBOX_ASSIGN(record.bots, storage::load_bots(store));
  for (const storage::StoredBot& bot : record.bots)
    if (bot.damage) return tl::unexpected<Error>(*bot.damage);
  for (const storage::StoredBot& bot : record.bots)
    read_market(record, bot.config.symbol, feed, facts);
  Links links;
  BOTBOX_TRY(read_signals(store, record.counts, links));
  BOTBOX_TRY(read_trades(store, facts, record.counts, links));
  BOTBOX_ASSIGN(record.positions, read_positions(store, links, record.counts));
  BOTBOX_ASSIGN(record.equity,
                fold_equity(histories(record), feed, facts.funding, {facts.from, facts.to}));
  return record;
}

double MarketMove::change() const { return ratio(last.value, first.value) - 1; }
double RunTrade::average_entry() const { return ratio(entered.value, quantity.value); }
double RunTrade::average_exit() const { return ratio(left.value, quantity.value); }
double RunTrade::return_ratio() const { return ratio(closed.profit.value, entered.value); }

Result<std::vector<RunTrade>> run_trades(const RunRecord& record) {
  std::vector<RunTrade> trades;
  for (const RunPosition& position : record.positions) {
    if (position.position.status != PositionStatus::kClosed) continue;
    BOTBOX_ASSIGN(RunTrade trade, trade_of(position));
    trades.push_back(std::move(trade));
  }
  return trades;
}

}  // namespace botbox::cli
