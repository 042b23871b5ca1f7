// FleetIndex: all bots as they were a moment ago, for lists that search and sort, and for sums.
// Reading ten thousand snapshots takes longer than a list may, so it is done beside; whoever shows
// a page reads the rows on it anew. Safe to use from any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/clock.hpp"
#include "engine/model/bot.hpp"
#include "engine/model/difference.hpp"
#include "engine/model/money.hpp"
#include "engine/model/position.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

struct IndexedPosition {
  PositionId id;
  Symbol symbol;
  Quantity quantity;
  Notional cost;
  Timestamp opened_at;
  PositionSide side = PositionSide::kLong;
  bool has_stop = false;
};

// A bot with what lists look for and sort by, and what sums are made of: everything else of it is
// read where it is shown. Beside these bytes a bot of the index costs its texts, a pointer to it,
// and an IndexedPosition for each of its open positions.
struct IndexedBot {
  BotId id;
  Symbol symbol;
  std::string words;     // id, name, symbol and strategy in lower case, each on a line
  Notional profit;       // fees paid
  Notional open_profit;  // that part of it which its open positions have brought so far
  Notional stake;        // cost of its open positions
  Notional allocation;   // none once it is archived
  std::vector<IndexedPosition> open;
  Timestamp next_check_at;
  std::size_t config_hash = 0;  // of its two rows
  std::size_t snapshot_hash = 0;
  std::uint32_t pending = 0;
  BotStatus status = BotStatus::kActive;
  bool is_damaged = false;
  bool has_locks = false;  // of its own, also those that have ended
};
static_assert(sizeof(IndexedBot) <= 256 && sizeof(IndexedPosition) <= 128);

// As actors/record_rows.hpp says of a stored bot.
std::string_view state_of(const IndexedBot& bot);

struct FleetCounts {
  std::size_t total = 0;
  std::size_t active = 0;
  std::size_t paused = 0;
  std::size_t quarantined = 0;  // ERROR, and rows that cannot be read
  std::size_t archived = 0;
  std::size_t open_positions = 0;
  std::size_t pending = 0;
  std::size_t unprotected = 0;  // open positions without a stop
  std::size_t dust = 0;         // open positions too small for an order
  std::size_t differences = 0;  // between exchange and records, ignored ones apart
  Notional allocation;
  Notional realised;       // fees paid
  Notional realised_open;  // that part of it which open positions have brought, fees of entries too
  Notional unrealised;     // of the positions whose symbol has a price; none in Fleet::counts
  Timestamp earliest_due;  // of the active ones; "never": one is due at once, or there are none
};

// An open position of the fleet, and its bot.
struct OpenPosition {
  const IndexedBot* bot = nullptr;
  const IndexedPosition* position = nullptr;
};

// All open positions of a symbol on one side.
struct OpenSum {
  Quantity quantity;
  Notional cost;
};

struct Fleet {
  std::vector<std::shared_ptr<const IndexedBot>> bots;  // by id
  std::vector<Difference> differences;                  // those that are not over
  std::set<PositionId> dust;                            // positions that one of them names as dust
  // What overviews and lists would have to walk over all bots for.
  FleetCounts counts;
  std::vector<OpenPosition> open;                     // newest first, then by id; of `bots`
  std::map<Symbol, std::array<OpenSum, 2>> exposure;  // by PositionSide
  std::uint64_t newest_event = 0;  // events up to this one were durable before it was read
};

class FleetIndex {
 public:
  using FleetPtr = std::shared_ptr<const Fleet>;  // not null

  FleetIndex(const storage::Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // The first call reads them; later ones read anew what is older than kAge. A fleet of more than
  // kReadAtOnceMax takes too long for that: what there is is returned, up to kAgeMax old, and read
  // anew by `read_later`, if there is one. Where nothing has been written since the newest read,
  // nothing is read.
  Result<FleetPtr> fleet();
  Result<void> read();
  // How many were there at the newest read; 0: nobody has read.
  std::size_t known();
  // Somebody has changed a bot and will look for it: what was read until now is not shown again.
  void outdate();
  // Set before the first use. Is to let read() be called soon, on any thread.
  void set_read_later(std::function<void()> read_later) { read_later_ = std::move(read_later); }

 private:
  static constexpr Duration kAge{2'000};
  static constexpr Duration kAgeMax{60'000};
  static constexpr std::size_t kReadAtOnceMax = 2'000;  // bots: a few milliseconds

  struct Reading;

  // Under mutex_. The clock of the machine may be set back.
  bool is_younger_than(Duration age) const {
    const Duration is = clock_.now() - read_at_;
    return fleet_ && fleet_changes_ == changes_ && is >= Duration{0} && is < age;
  }
  std::uint64_t told();
  Result<FleetPtr> read_fleet(const FleetPtr& before) const;
  Result<std::vector<Reading>> scan(const FleetPtr& before) const;
  Result<std::shared_ptr<const IndexedBot>> bot_of(Reading& reading) const;

  const storage::Store& store_;
  const Clock& clock_;
  std::function<void()> read_later_;
  std::atomic<bool> is_reading_{false};
  std::mutex reading_;  // one at a time
  std::mutex mutex_;
  FleetPtr fleet_;
  Timestamp read_at_;                // when the newest read began
  std::uint64_t fleet_changes_ = 0;  // changes_ when it began
  std::uint64_t fleet_batch_ = 0;    // the store's newest batch when it began
  std::uint64_t changes_ = 0;        // told by outdate()
};

}  // namespace botbox::actors
