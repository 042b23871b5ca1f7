#include "tools/botbox/replay_report.hpp"

#include <nlohmann/json.hpp>

#include "tools/botbox/build_facts.hpp"
#include "tools/botbox/run_statistics.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;
Json per_bot(const RunRecord& record) {
  Json list = Json::array();
  for (const storage::StoredBot& bot : record.bots) {
    const Equity& equity = record.equity.bots.at(bot.id);
    const auto found = record.counts.bots.find(bot.id);
    const BotCounts counts = found == record.counts.bots.end() ? BotCounts{} : found->second;
    list.push_back({{"id", bot.id.value},
                    {"symbol", bot.config.symbol.value},
                    {"strategy", bot.config.strategy.value},
                    {"checks", bot.snapshot.checks},
                    {"signals", counts.signals},
                    {"trades", counts.trades},
                    {"realised", to_string(equity.realised)},
                    {"fees", to_string(equity.fees)},
                    {"funding", to_string(equity.funding)},
                    {"unrealised", to_string(equity.unrealised)},
                    {"equity", to_string(equity.end)},
                    {"max_drawdown", to_string(equity.max_drawdown)}});
  }
  return list;
}

Json markets_json(const RunRecord& record) {
  Json markets = Json::object();
  for (const auto& [symbol, move] : record.markets)
    markets[symbol.value] = {{"first", to_string(move.first)},
                             {"last", to_string(move.last)},
                             {"change", move.change()}};
  return markets;
}

Json total_json(const Equity& total) {
  return {{"start_equity", to_string(total.start)},
          {"end_equity", to_string(total.end)},
          {"realised", to_string(total.realised)},
          {"fees", to_string(total.fees)},
          {"funding", to_string(total.funding)},
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

Json build_report(const RunRecord& record, const std::vector<RunTrade>& trades,
                  const ReplayFacts& facts) {
  const RunCounts& counts = record.counts;
  const std::int64_t virtual_seconds = (facts.to - facts.from).count() / 1000;
  Json trade_counts = counts.trades;
  trade_counts["outcome_unknown"] = counts.outcome_unknown;
  return Json{
      {"engine", {{"version", engine_version()}}},
      {"from", to_iso8601(facts.from)},
      {"to", to_iso8601(facts.to)},
      {"virtual_seconds", virtual_seconds},
      {"bots", record.bots.size()},
      {"cycles", facts.cycles},
      {"checks", facts.checks},
      {"failed_checks", facts.failed_checks},
      {"lacking_candles", facts.lacking_candles},
      {"signals",
       {{"generated", counts.signals},
        {"accepted", counts.accepted},
        {"rejected", counts.rejected},
        {"blocked", counts.blocked},
        {"by_reason", counts.reasons}}},
      {"intents", counts.intents},
      {"trades", std::move(trade_counts)},
      {"duplicates", {{"signals", counts.duplicate_signals}, {"orders", counts.duplicate_orders}}},
      {"fills", counts.fills},
      {"positions",
       {{"opened", counts.opened},
        {"closed", counts.closed},
        {"open", counts.opened - counts.closed},
        {"by_close_reason", counts.close_reasons}}},
      {"per_bot", per_bot(record)},
      {"markets", markets_json(record)},
      {"total", total_json(record.equity.total)},
      {"statistics", run_statistics(record, trades, facts)},
      {"timing", timing_json(facts, static_cast<double>(virtual_seconds))}};
}

Result<Json> build_report(const storage::Store& store, exchange::MarketFeed& feed,
                          const ReplayFacts& facts) {
  BOTBOX_ASSIGN(const RunRecord record, read_run(store, feed, facts));
  BOTBOX_ASSIGN(const std::vector<RunTrade> trades, run_trades(record));
  return build_report(record, trades, facts);
}

}  // namespace botbox::cli
