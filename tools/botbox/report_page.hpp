// The report of a replay as one HTML file that needs nothing else: curves of equity and drawdown, a
// chart per bot with its entries and exits, months, trades and groups. Opens from a disk, loads
// nothing, and its content policy forbids it to.
//
// Charts are the dashboard's (Lightweight Charts, uPlot). In a build without them the page says so
// and shows its tables. The page itself is tools/report/.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/market/market_feed.hpp"
#include "tools/botbox/run_record.hpp"

namespace botbox::cli {

// Ready-made parts, as text; empty charts: a page without them.
struct PageParts {
  std::string_view charts;  // an ES module
  std::string_view uplot;
  std::string_view uplot_style;
};
// What the build put into this program.
PageParts built_in_parts();

// `report` is build_report(record, trades, facts). Candles are thinned to a longer timeframe where
// there are more than 25,000 of a symbol; curves of single bots are left out of runs with more
// than 200.
std::string report_page(const nlohmann::ordered_json& report, const RunRecord& record,
                        const std::vector<RunTrade>& trades, exchange::MarketFeed& feed,
                        const ReplayFacts& facts, const PageParts& parts);

}  // namespace botbox::cli
