// What tests share that run the engine as a real process on a clock that runs many times faster.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/model/order.hpp"
#include "engine/model/position.hpp"
#include "engine/model/trade.hpp"
#include "exchange/faults/order_ledger.hpp"
#include "exchange/http/paper_http_exchange.hpp"
#include "storage/rocksdb_store.hpp"
#include "tests/process/child_process.hpp"

namespace botbox::process {

// A bound for what must happen; far above what it takes, so that only a hang meets it.
constexpr Duration kPatience{60'000};

// A fleet of twelve bots that trade on nearly every candle of one minute. `check_interval`: how
// often each looks. `port` 0: the paper exchange inside of the engine, else another process's.
std::string drill_config(std::uint16_t port, const std::string& check_interval);

// Writes a text below a directory and returns its path.
std::string write_text(const std::filesystem::path& directory, const std::string& name,
                       const std::string& text);

// [[exchange.limit]] sections that hold nothing back. Long windows: a permit is good for a tenth of
// the shortest, which at six hundred times the speed must still be longer than a commit takes on a
// busy machine.
std::string long_windows();

// The options that make a program take part in a drill that begins now.
std::vector<std::string> drill_options();

// What a data directory holds of orders, read beside a running engine or without one.
struct EngineRecords {
  std::map<ClientOrderId, Trade> trades;
  std::size_t open_trades = 0;  // of the outbox
  std::map<IdempotencyKey, OrderIntent> intents;
  std::map<ExecutionId, Fill> fills;
  std::map<PositionId, Position> positions;  // closed ones too
};
EngineRecords read_records(const std::filesystem::path& data);

// Asks a botbox-paper from outside, as an auditor would.
class PaperAuditor {
 public:
  explicit PaperAuditor(std::uint16_t port);
  std::map<ClientOrderId, exchange::LedgerEntry> ledger();
  // Of all orders there ever were, attached ones too.
  std::map<ExecutionId, Fill> fills();

 private:
  std::string base_url_;
  exchange::HttpTransport transport_;
  exchange::PaperHttpExchange exchange_;
};

}  // namespace botbox::process
