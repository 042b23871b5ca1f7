#include "tools/botbox/trades_csv.hpp"

#include <map>

#include "tools/botbox/run_statistics.hpp"

namespace botbox::cli {
namespace {

std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace

std::string trades_csv(const RunRecord& record, const std::vector<RunTrade>& trades) {
  std::map<BotId, std::string> strategies;
  for (const storage::StoredBot& bot : record.bots)
    strategies[bot.id] = strategy_name(bot.config.strategy);
  std::string csv =
      "bot,symbol,strategy,side,opened_at,closed_at,minutes,quantity,entry,exit,value,profit,fees,"
      "funding,return,exit_reason,regime,fills,position\r\n";
  for (const RunTrade& trade : trades) {
    const Position& position = trade.of->position;
    const Duration held = trade.closed.closed_at - trade.closed.opened_at;
    csv += fmt::format(
        "{},{},{},{},{},{},{:.2f},{},{:.10g},{:.10g},{},{},{},{},{:.6f},{},{},{},{}\r\n",
        csv_text(position.bot.value), csv_text(position.symbol.value),
        csv_text(strategies[position.bot]), to_string(position.side),
        to_iso8601(trade.closed.opened_at), to_iso8601(trade.closed.closed_at),
        static_cast<double>(held.count()) / 60'000, to_string(trade.quantity),
        trade.average_entry(), trade.average_exit(), to_string(trade.entered),
        to_string(trade.closed.profit), to_string(trade.closed.fees),
        to_string(trade.closed.funding), trade.return_ratio(), to_string(position.close_reason),
        csv_text(trade.of->regime), trade.of->fills.size(), csv_text(position.id.value));
  }
  return csv;
}

}  // namespace botbox::cli
