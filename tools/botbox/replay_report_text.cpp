// The report of a replay on a terminal. It reads the JSON, so that people and scripts are told the
// same.
#include <nlohmann/json.hpp>

#include "tools/botbox/output.hpp"
#include "tools/botbox/replay_report.hpp"
#include "tools/botbox/text_table.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// "COMPLETED 12, FAILED 1": what is zero is left out.
std::string counts_text(const Json& counts) {
  std::string text;
  for (const auto& [name, count] : counts.items()) {
    if (count == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count.dump());
  }
  return text.empty() ? "none" : text;
}

// Money for people: cut to 4 places, as the report keeps all 12.
std::string money(const Json& value) {
  std::string text = value.get<std::string>();
  if (const auto point = text.find('.'); point != text.npos && text.size() > point + 5)
    text.resize(point + 5);
  return text;
}

// What holding each market would have brought, to hold the bots against.
std::string markets_text(const Json& markets) {
  constexpr std::size_t kShown = 5;
  std::string text;
  std::size_t shown = 0;
  for (const auto& [symbol, move] : markets.items()) {
    if (shown++ == kShown) break;
    text += fmt::format("{}{} {:+.2f} % ({} -> {})", text.empty() ? "" : ", ", symbol,
                        move.at("change").get<double>() * 100, money(move.at("first")),
                        money(move.at("last")));
  }
  if (markets.size() > kShown) text += fmt::format(", and {} more", markets.size() - kShown);
  return text;
}

std::string totals_text(const Json& report) {
  const Json& total = report.at("total");
  const Json& signals = report.at("signals");
  const Json& positions = report.at("positions");
  const Json& duplicates = report.at("duplicates");
  const bool is_clean = duplicates.at("signals") == 0 && duplicates.at("orders") == 0;
  std::string text = fmt::format("{} to {}: {} bots, {} cycles, {} checks, {} failed\n",
                                 text_of(report.at("from")), text_of(report.at("to")),
                                 text_of(report.at("bots")), text_of(report.at("cycles")),
                                 text_of(report.at("checks")), text_of(report.at("failed_checks")));
  text += fmt::format("signals     {}: {} accepted, {} rejected, {} blocked\n",
                      text_of(signals.at("generated")), text_of(signals.at("accepted")),
                      text_of(signals.at("rejected")), text_of(signals.at("blocked")));
  text += fmt::format("reasons     {}\n", counts_text(signals.at("by_reason")));
  text += fmt::format("intents     {}\n", counts_text(report.at("intents")));
  text += fmt::format("trades      {}\n", counts_text(report.at("trades")));
  text += fmt::format("positions   {} opened, {} closed, {} open; {} fills; {}\n",
                      text_of(positions.at("opened")), text_of(positions.at("closed")),
                      text_of(positions.at("open")), text_of(report.at("fills")),
                      counts_text(positions.at("by_close_reason")));
  text += fmt::format("duplicates  {}\n", painted(fmt::format("{} signals, {} orders",
                                                              text_of(duplicates.at("signals")),
                                                              text_of(duplicates.at("orders"))),
                                                  is_clean ? Colour::kGreen : Colour::kRed));
  text += fmt::format("equity      {} -> {} (realised {}, fees {}, funding {}, unrealised {})\n",
                      money(total.at("start_equity")), money(total.at("end_equity")),
                      money(total.at("realised")), money(total.at("fees")),
                      money(total.at("funding")), money(total.at("unrealised")));
  text += fmt::format("drawdown    {} at most, ratio {} at most\n", money(total.at("max_drawdown")),
                      money(total.at("max_drawdown_ratio")));
  if (!report.at("markets").empty())
    text += fmt::format("market      {}\n", markets_text(report.at("markets")));
  for (const Json& lacking : report.at("lacking_candles"))
    text += painted(fmt::format("candles     {}\n", text_of(lacking)), Colour::kYellow);
  const Json& timing = report.at("timing");
  text += fmt::format("took        {:.2f} s, {:.0f} times as fast as the market\n",
                      timing.at("wall_seconds").get<double>(),
                      timing.at("virtual_per_wall_second").get<double>());
  return text;
}

}  // namespace

std::string report_text(const Json& report) {
  constexpr Align kRight = Align::kRight;
  TextTable table({{"bot"},
                   {"symbol"},
                   {"strategy"},
                   {"checks", kRight},
                   {"signals", kRight},
                   {"trades", kRight},
                   {"realised", kRight},
                   {"fees", kRight},
                   {"funding", kRight},
                   {"unrealised", kRight},
                   {"equity", kRight},
                   {"drawdown", kRight}});
  for (const Json& bot : report.at("per_bot")) {
    std::vector<std::string> cells;
    for (const char* name : {"id", "symbol", "strategy", "checks", "signals", "trades"})
      cells.push_back(text_of(bot.at(name)));
    for (const char* name : {"realised", "fees", "funding", "unrealised", "equity", "max_drawdown"})
      cells.push_back(money(bot.at(name)));
    table.add(std::move(cells));
  }
  return totals_text(report) + '\n' + table.text();
}

void print_report(const Json& report) { print_text(report_text(report)); }

}  // namespace botbox::cli
