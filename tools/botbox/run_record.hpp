// What a run left in its store, read once for all its reports.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/statistics/trade_statistics.hpp"
#include "exchange/market/market_feed.hpp"
#include "storage/reader.hpp"
#include "tools/botbox/equity.hpp"

namespace botbox::cli {

// What the store does not know.
struct ReplayFacts {
  Timestamp from;
  Timestamp to;
  double wall_seconds = 0;
  std::uint64_t cycles = 0;
  std::uint64_t checks = 0;
  std::uint64_t failed_checks = 0;
  // The client ids of all orders that the exchange took, in any order; empty: not asked.
  std::vector<ClientOrderId> taken_orders;
  FundingSchedules funding;                  // of the perpetuals
  std::vector<std::string> lacking_candles;  // that strategies read, a sentence each
};

// By name; states that nothing is in are there with 0.
using Counts = std::map<std::string, std::uint64_t, std::less<>>;

struct BotCounts {
  std::uint64_t signals = 0;
  std::uint64_t trades = 0;  // COMPLETED
};

// What the rows of a run add up to.
struct RunCounts {
  std::uint64_t signals = 0;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t blocked = 0;  // accepted ones that the operator's switch held back
  Counts reasons;
  Counts intents;
  Counts trades;
  std::uint64_t outcome_unknown = 0;
  std::uint64_t duplicate_signals = 0;
  std::uint64_t duplicate_orders = 0;
  std::uint64_t fills = 0;
  std::uint64_t opened = 0;
  std::uint64_t closed = 0;
  Counts close_reasons;
  std::map<BotId, BotCounts> bots;
};

// A position with all its fills, in the order in which they were executed.
struct RunPosition {
  Position position;   // as stored
  std::string regime;  // of the market when it was opened, as the signal's context has it; or empty
  std::vector<Fill> fills;
};

// The first open and the last close of a market in the run: what holding it would have brought.
struct MarketMove {
  Price first;
  Price last;

  double change() const;  // a share of the first
};

struct RunRecord {
  std::vector<storage::StoredBot> bots;  // by id
  std::map<Symbol, MarketMove> markets;  // of the bots' symbols; without those that have no candle
  RunCounts counts;
  std::vector<RunPosition> positions;  // by bot, then by time of opening
  FleetEquity equity;
};

// Reads every row of the run. Errors: those of the store, a bot that cannot be read (kCorruption),
// and those of fold_equity (tools/botbox/equity.hpp).
Result<RunRecord> read_run(const storage::Store& store, exchange::MarketFeed& feed,
                           const ReplayFacts& facts);

// A closed position as its fills tell it.
struct RunTrade {
  const RunPosition* of = nullptr;
  Quantity quantity;  // entered in all
  Notional entered;   // value of the entries
  Notional left;      // value of the exits
  ClosedTrade closed;

  double average_entry() const;
  double average_exit() const;
  double return_ratio() const;  // profit / value of the entries
};

// Of the closed positions, in the order of `record.positions`, which must outlive them. Error
// kInvalidInput: amounts beyond all range.
Result<std::vector<RunTrade>> run_trades(const RunRecord& record);

}  // namespace botbox::cli
