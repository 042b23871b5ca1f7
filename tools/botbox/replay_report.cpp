#include "tools/botbox/replay_report.hpp"

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "storage/reader.hpp"
#include "storage/rows.hpp"
#include "tools/botbox/build_facts.hpp"
#include "tools/botbox/equity.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;
using storage::Kind;
using storage::Store;
using storage::visit_all;
using storage::visit_records;

using Counts = std::map<std::string, std::uint64_t, std::less<>>;

template <class E>
std::string name_of(E value) {
  return std::string(to_string(value));
}

// Every state is there, the ones that nothing is in as well.
template <class E, std::size_t N>
Counts zero_counts(const std::array<E, N>& states) {
  Counts counts;
  for (const E state : states) counts[name_of(state)] = 0;
  return counts;
}

struct BotCounts {
  std::uint64_t signals = 0;
  std::uint64_t trades = 0;
};

// What the rows of a run add up to.
struct Tally {
  std::uint64_t signals = 0;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t blocked = 0;
  Counts reasons;
  Counts intents = zero_counts(std::array{IntentStatus::kPending, IntentStatus::kOrderPlaced,
                                          IntentStatus::kOrderFailed, IntentStatus::kDedupSkipped,
                                          IntentStatus::kOrderBlockedLiveTrading});
  Counts trades = zero_counts(std::array{TradeStatus::kPending, TradeStatus::kExecuting,
                                         TradeStatus::kCompleted, TradeStatus::kFailed});
  std::uint64_t outcome_unknown = 0;
  std::uint64_t duplicate_signals = 0;
  std::uint64_t duplicate_orders = 0;
  std::uint64_t fills = 0;
  std::uint64_t opened = 0;
  std::uint64_t closed = 0;
  Counts close_reasons;
  std::map<BotId, BotCounts> bots;
};

Result<void> count_signals(const Store& store, Tally& tally) {
  std::set<SignalId> ids;
  std::set<std::tuple<BotId, std::int64_t, Direction>> decisions;
  return visit_all<Signal>(store, Kind::kSignal, [&](std::string_view, Signal&& signal) {
    ++tally.signals;
    ++tally.bots[signal.bot].signals;
    if (signal.decision == SignalDecision::kRejected) {
      ++tally.rejected;
      ++tally.reasons[name_of(signal.rejection_reason)];
    }
    if (signal.decision != SignalDecision::kAccepted) return;
    ++tally.accepted;
    if (signal.execution_reason == ReasonCode::kOrderBlockedLiveTrading) {
      ++tally.blocked;
      ++tally.reasons[name_of(signal.execution_reason)];
    }
    const bool is_new_id = ids.insert(signal.id).second;
    const bool is_new_decision =
        decisions.emplace(signal.bot, signal.candle_close.ms, signal.direction).second;
    if (!is_new_id || !is_new_decision) ++tally.duplicate_signals;
  });
}

Result<void> count_trades(const Store& store, const ReplayFacts& facts, Tally& tally) {
  std::set<ClientOrderId> ids;
  BOTBOX_TRY(visit_all<Trade>(store, Kind::kTrade, [&](std::string_view, Trade&& trade) {
    ++tally.trades[name_of(trade.status)];
    if (trade.outcome_unknown) ++tally.outcome_unknown;
    if (trade.status == TradeStatus::kCompleted) ++tally.bots[trade.bot].trades;
    for (const ClientOrderId* id :
         {&trade.client_order_id, &trade.stop_client_id, &trade.take_profit_client_id})
      if (!id->empty() && !ids.insert(*id).second) ++tally.duplicate_orders;
  }));
  std::set<ClientOrderId> taken;
  for (const ClientOrderId& id : facts.taken_orders)
    if (!taken.insert(id).second) ++tally.duplicate_orders;
  return visit_all<OrderIntent>(store, Kind::kIntent, [&](std::string_view, OrderIntent&& intent) {
    ++tally.intents[name_of(intent.status)];
  });
}

using Positions = std::map<std::pair<BotId, PositionId>, PositionHistory>;

Result<Positions> read_positions(const Store& store, Tally& tally) {
  Positions positions;
  BOTBOX_TRY(visit_all<Position>(store, Kind::kPosition, [&](std::string_view, Position&& row) {
    ++tally.opened;
    if (row.status == PositionStatus::kClosed) {
      ++tally.closed;
      ++tally.close_reasons[name_of(row.close_reason)];
    }
    positions.emplace(
        std::pair(row.bot, row.id),
        PositionHistory{.id = row.id, .symbol = row.symbol, .side = row.side, .fills = {}});
  }));
  std::optional<Error> problem;
  BOTBOX_TRY(visit_records<storage::BookedFill>(
      store, {.kind = Kind::kFill, .prefix = {}, .from = {}}, {},
      [&](std::string_view key, storage::BookedFill&& booked) {
        ++tally.fills;
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
  return positions;
}

std::vector<BotHistory> histories(const std::vector<storage::StoredBot>& bots,
                                  Positions positions) {
  std::vector<BotHistory> histories;
  for (const storage::StoredBot& bot : bots) {
    BotHistory& history = histories.emplace_back();
    history.bot = bot.id;
    history.allocation = bot.config.allocation;
    for (auto at = positions.lower_bound({bot.id, {}});
         at != positions.end() && at->first.first == bot.id; ++at)
      history.positions.push_back(std::move(at->second));
  }
  return histories;
}

Json per_bot(const std::vector<storage::StoredBot>& bots, const Tally& tally,
             const FleetEquity& fleet) {
  Json list = Json::array();
  for (const storage::StoredBot& bot : bots) {
    const Equity& equity = fleet.bots.at(bot.id);
    const auto found = tally.bots.find(bot.id);
    const BotCounts counts = found == tally.bots.end() ? BotCounts{} : found->second;
    list.push_back({{"id", bot.id.value},
                    {"symbol", bot.config.symbol.value},
                    {"strategy", bot.config.strategy.value},
                    {"checks", bot.snapshot.checks},
                    {"signals", counts.signals},
                    {"trades", counts.trades},
                    {"realised", to_string(equity.realised)},
                    {"fees", to_string(equity.fees)},
                    {"unrealised", to_string(equity.unrealised)},
                    {"equity", to_string(equity.end)},
                    {"max_drawdown", to_string(equity.max_drawdown)}});
  }
  return list;
}

Json total_json(const Equity& total) {
  return {{"start_equity", to_string(total.start)},
          {"end_equity", to_string(total.end)},
          {"realised", to_string(total.realised)},
          {"fees", to_string(total.fees)},
          {"unrealised", to_string(total.unrealised)},
          {"max_drawdown", to_string(total.max_drawdown)},
          {"max_drawdown_ratio", to_string(total.max_drawdown_ratio)}};
}

Json timing_json(const ReplayFacts& facts, double virtual_seconds) {
  const auto rate = [&](double amount) {
    return facts.wall_seconds > 0 ? amount / facts.wall_seconds : 0.0;
  };
  return {{"wall_seconds", facts.wall_seconds},
          {"virtual_per_wall_second", rate(virtual_seconds)},
          {"checks_per_wall_second", rate(static_cast<double>(facts.checks))}};
}

}  // namespace

Result<Json> build_report(const Store& store, exchange::MarketFeed& feed,
                          const ReplayFacts& facts) {
  BOTBOX_ASSIGN(const std::vector<storage::StoredBot> bots, storage::load_bots(store));
  for (const storage::StoredBot& bot : bots)
    if (bot.damage) return tl::unexpected<Error>(*bot.damage);
  Tally tally;
  BOTBOX_TRY(count_signals(store, tally));
  BOTBOX_TRY(count_trades(store, facts, tally));
  BOTBOX_ASSIGN(Positions positions, read_positions(store, tally));
  BOTBOX_ASSIGN(const FleetEquity fleet,
                fold_equity(histories(bots, std::move(positions)), feed, facts.from, facts.to));
  const std::int64_t virtual_seconds = (facts.to - facts.from).count() / 1000;
  Json trades = tally.trades;
  trades["outcome_unknown"] = tally.outcome_unknown;
  return Json{
      {"engine", {{"version", engine_version()}}},
      {"from", to_iso8601(facts.from)},
      {"to", to_iso8601(facts.to)},
      {"virtual_seconds", virtual_seconds},
      {"bots", bots.size()},
      {"cycles", facts.cycles},
      {"checks", facts.checks},
      {"failed_checks", facts.failed_checks},
      {"signals",
       {{"generated", tally.signals},
        {"accepted", tally.accepted},
        {"rejected", tally.rejected},
        {"blocked", tally.blocked},
        {"by_reason", tally.reasons}}},
      {"intents", tally.intents},
      {"trades", std::move(trades)},
      {"duplicates", {{"signals", tally.duplicate_signals}, {"orders", tally.duplicate_orders}}},
      {"fills", tally.fills},
      {"positions",
       {{"opened", tally.opened},
        {"closed", tally.closed},
        {"open", tally.opened - tally.closed},
        {"by_close_reason", tally.close_reasons}}},
      {"per_bot", per_bot(bots, tally, fleet)},
      {"total", total_json(fleet.total)},
      {"timing", timing_json(facts, static_cast<double>(virtual_seconds))}};
}

}  // namespace botbox::cli
