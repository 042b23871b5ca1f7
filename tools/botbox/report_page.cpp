#include "tools/botbox/report_page.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "tools/botbox/dashboard_assets.hpp"
#include "tools/botbox/report_assets.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostCandles = 25'000;
constexpr std::size_t kMostCurves = 200;

// Long lists are written as text at once: as JSON values they would take twenty times their size.
class Text {
 public:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }
  // A comma before every element of a list but the first.
  void next(bool& is_first) {
    if (!is_first) text_ += ',';
    is_first = false;
  }
  void add_json(const Json& value) {
    text_ += value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  void add_numbers(const std::vector<double>& numbers, int digits) {
    text_ += '[';
    bool is_first = true;
    for (const double number : numbers) {
      next(is_first);
      add("{:.{}g}", number, digits);
    }
    text_ += ']';
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_curve(Text& out, const EquityCurve& curve) {
  out.add("{{\"equity\":");
  out.add_numbers(curve.equity, 10);
  out.add(",\"drawdown\":");
  out.add_numbers(curve.drawdown, 4);
  out.add("}}");
}

void add_curves(Text& out, const RunRecord& record, const ReplayFacts& facts) {
  const EquityCurve& total = record.equity.total.curve;
  out.add("{{\"from\":{},\"to\":{},\"step\":{},\"total\":", facts.from.ms, facts.to.ms,
          total.step.count());
  add_curve(out, total);
  out.add(",\"bots\":{{");
  bool is_first = true;
  for (const storage::StoredBot& bot : record.bots) {
    if (record.bots.size() > kMostCurves) break;
    out.next(is_first);
    out.add_json(bot.id.value);
    out.add(":");
    add_curve(out, record.equity.bots.at(bot.id).curve);
  }
  out.add("}}}}");
}

// The longest of the base candles of the run: a chart has one timeframe. Some glances are enough.
Timeframe longest_base(const Symbol& symbol, const exchange::MarketFeed& feed,
                       const ReplayFacts& facts) {
  constexpr std::int64_t kGlances = 1'000;
  Timeframe longest = feed.timeframe_at(symbol, facts.from);
  for (std::int64_t i = 1; i < kGlances; ++i) {
    const Timestamp at = facts.from + (facts.to - facts.from) * i / kGlances;
    longest = std::max(longest, feed.timeframe_at(symbol, at));
  }
  return longest;
}

// The shortest timeframe from the base on with few enough candles in the run.
Timeframe chart_timeframe(Timeframe base, const ReplayFacts& facts) {
  constexpr std::array kLonger{5, 15, 30, 60, 120, 240, 360, 720, 1440};
  Timeframe chosen = base;
  for (const int minutes : kLonger) {
    if ((facts.to - facts.from) / chosen.duration() <= kMostCandles) break;
    const Timeframe next = Timeframe::minutes(minutes);
    if (next > base && next.ms() % base.ms() == 0) chosen = next;
  }
  return chosen;
}

void add_market(Text& out, const Symbol& symbol, Timeframe timeframe, exchange::MarketFeed& feed,
                const ReplayFacts& facts) {
  out.add("{{\"timeframe\":\"{}\",\"step\":{},\"candles\":[", to_string(timeframe), timeframe.ms());
  bool is_first = true;
  for (const Candle& candle :
       feed.candles(symbol, timeframe, {.from = timeframe.floor(facts.from), .to = facts.to})) {
    out.next(is_first);
    out.add("[{},{},{},{},{}]", candle.open_time.ms, to_string(candle.open), to_string(candle.high),
            to_string(candle.low), to_string(candle.close));
  }
  out.add("]}}");
}

void add_markets(Text& out, const RunRecord& record, exchange::MarketFeed& feed,
                 const ReplayFacts& facts) {
  std::set<Symbol> symbols;
  for (const storage::StoredBot& bot : record.bots) symbols.insert(bot.config.symbol);
  out.add("{{");
  bool is_first = true;
  for (const Symbol& symbol : symbols) {
    if (!feed.base_timeframe(symbol)) continue;
    const Timeframe base = longest_base(symbol, feed, facts);
    out.next(is_first);
    out.add_json(symbol.value);
    out.add(":");
    add_market(out, symbol, chart_timeframe(base, facts), feed, facts);
  }
  out.add("}}");
}

// Per bot: [time, bought, enters].
void add_fills(Text& out, const RunRecord& record) {
  out.add("{{");
  bool is_first = true;
  for (auto at = record.positions.begin(); at != record.positions.end();) {
    out.next(is_first);
    const BotId& bot = at->position.bot;
    out.add_json(bot.value);
    out.add(":[");
    bool is_first_fill = true;
    for (; at != record.positions.end() && at->position.bot == bot; ++at)
      for (const Fill& fill : at->fills) {
        out.next(is_first_fill);
        out.add("[{},{},{}]", fill.at.ms, fill.side == OrderSide::kBuy ? 1 : 0,
                fill.side == entry_side(at->position.side) ? 1 : 0);
      }
    out.add("]");
  }
  out.add("}}");
}

void add_trades(Text& out, const std::vector<RunTrade>& trades) {
  out.add("[");
  bool is_first = true;
  for (const RunTrade& trade : trades) {
    const Position& position = trade.of->position;
    out.next(is_first);
    out.add("{{\"bot\":");
    out.add_json(position.bot.value);
    out.add(
        R"(,"side":"{}","opened":{},"closed":{},"quantity":"{}","entry":{:.10g},"exit":{:.10g})",
        to_string(position.side), trade.closed.opened_at.ms, trade.closed.closed_at.ms,
        to_string(trade.quantity), trade.average_entry(), trade.average_exit());
    out.add(R"(,"profit":{},"fees":{},"funding":{},"return":{:.6g},"reason":"{}"}})",
            to_string(trade.closed.profit), to_string(trade.closed.fees),
            to_string(trade.closed.funding), trade.return_ratio(),
            to_string(position.close_reason));
  }
  out.add("]");
}

// Nothing inside a script element may end it.
std::string within_script(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool ends = text[i] == '/' && i > 0 && text[i - 1] == '<';
    if (ends) out += '\\';
    out += text[i];
  }
  return out;
}

// JSON knows no '<' outside of its strings, where it may be written as its number.
std::string json_within_script(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

using Slots = std::vector<std::pair<std::string_view, std::string>>;

// Puts each slot's text where the page names it; what is put in is not searched.
std::string filled(std::string_view page, const Slots& slots) {
  std::string out;
  while (true) {
    const std::size_t open = page.find("{{");
    const std::size_t close = page.find("}}", open);
    out += page.substr(0, open);
    if (open == page.npos || close == page.npos) return out;
    const std::string_view name = page.substr(open + 2, close - open - 2);
    for (const auto& [slot, text] : slots)
      if (slot == name) out += text;
    page.remove_prefix(close + 2);
  }
}

}  // namespace

PageParts built_in_parts() {
  PageParts parts;
  for (const DashboardAsset& asset : dashboard_assets()) {
    if (asset.path == "/assets/vendor/charts.js") parts.charts = asset.bytes;
    if (asset.path == "/assets/vendor/uplot.js") parts.uplot = asset.bytes;
    if (asset.path == "/assets/vendor/uplot.css") parts.uplot_style = asset.bytes;
  }
  // Without npm the build leaves empty files.
  return parts.charts.empty() ? PageParts{} : parts;
}

std::string report_page(const Json& report, const RunRecord& record,
                        const std::vector<RunTrade>& trades, exchange::MarketFeed& feed,
                        const ReplayFacts& facts, const PageParts& parts) {
  Text data;
  data.add("{{\"report\":");
  data.add_json(report);
  data.add(",\"curves\":");
  add_curves(data, record, facts);
  data.add(",\"markets\":");
  add_markets(data, record, feed, facts);
  data.add(",\"fills\":");
  add_fills(data, record);
  data.add(",\"trades\":");
  add_trades(data, trades);
  data.add("}}");
  const ReportAssets& assets = report_assets();
  return filled(assets.page, {{"style", std::string(parts.uplot_style) + std::string(assets.style)},
                              {"data", json_within_script(data.take())},
                              {"charts", within_script(parts.charts)},
                              {"uplot", within_script(parts.uplot)},
                              {"script", within_script(assets.script)}});
}

}  // namespace botbox::cli
