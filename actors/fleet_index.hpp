// FleetIndex: all bots as they were a moment ago, for lists that search and sort. Reading ten
// thousand snapshots takes longer than a list may, so it is done beside; whoever shows a page reads
// the rows on it anew. Safe to use from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/clock.hpp"
#include "engine/model/difference.hpp"
#include "engine/model/money.hpp"
#include "storage/reader.hpp"

namespace botbox::actors {

// A bot with what lists look for and sort by.
struct IndexedBot {
  storage::StoredBot bot;
  std::string words;  // id, name, symbol and strategy in lower case, each on a line
  Notional profit;    // fees paid
  Notional stake;     // cost of its open positions
};

struct Fleet {
  std::vector<std::shared_ptr<const IndexedBot>> bots;  // by id
  std::vector<Difference> differences;                  // those that are not over
  std::set<PositionId> dust;                            // positions that one of them names as dust
};

class FleetIndex {
 public:
  using FleetPtr = std::shared_ptr<const Fleet>;  // not null

  FleetIndex(const storage::Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // The first call reads them; later ones return what there is, and have it read anew by
  // `read_later` when it is older than kAge. Older than kAgeMax, or where nobody reads later, it is
  // read at once.
  Result<FleetPtr> fleet();
  Result<void> read();
  // Somebody has changed a bot and will look for it: what was read until now is not shown again.
  void outdate();
  // Set before the first use. Is to let read() be called soon, on any thread.
  void set_read_later(std::function<void()> read_later) { read_later_ = std::move(read_later); }

 private:
  static constexpr Duration kAge{2'000};
  static constexpr Duration kAgeMax{60'000};

  // A bot and its two rows, by their hashes.
  struct Row {
    BotId id;
    std::size_t config = 0;
    std::size_t snapshot = 0;
    std::shared_ptr<const IndexedBot> bot;
  };
  struct Reading;

  // Under mutex_. The clock of the machine may be set back.
  bool is_younger_than(Duration age) const {
    const Duration is = clock_.now() - read_at_;
    return fleet_ && fleet_changes_ == changes_ && is >= Duration{0} && is < age;
  }
  Result<FleetPtr> read_fleet();
  Result<std::vector<Reading>> scan() const;

  const storage::Store& store_;
  const Clock& clock_;
  std::function<void()> read_later_;
  std::atomic<bool> is_reading_{false};
  std::mutex reading_;     // one at a time
  std::vector<Row> rows_;  // under reading_; by id
  std::mutex mutex_;
  FleetPtr fleet_;
  Timestamp read_at_;                // when the newest read began
  std::uint64_t fleet_changes_ = 0;  // changes_ when it began
  std::uint64_t changes_ = 0;        // told by outdate()
};

}  // namespace botbox::actors
