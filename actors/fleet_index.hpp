// FleetIndex: all bots as they were a moment ago, for lists that search and sort. Reading ten
// thousand snapshots takes longer than a list may, so it is done beside; whoever shows a page reads
// the rows on it anew. Safe to use from any thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/clock.hpp"
#include "storage/reader.hpp"

namespace botbox::actors {

class FleetIndex {
 public:
  using Bots = std::shared_ptr<const std::vector<storage::StoredBot>>;

  FleetIndex(const storage::Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // By id. The first call reads them; later ones return what there is, and have it read anew by
  // `read_later` when it is older than kAge, or at once where nobody reads later.
  Result<Bots> bots();
  Result<void> read();
  // Set before the first use. Is to let read() be called soon, on any thread.
  void set_read_later(std::function<void()> read_later) { read_later_ = std::move(read_later); }

 private:
  static constexpr Duration kAge{2'000};

  const storage::Store& store_;
  const Clock& clock_;
  std::function<void()> read_later_;
  std::atomic<bool> is_reading_{false};
  std::mutex reading_;  // one at a time
  std::mutex mutex_;
  Bots bots_;
  Timestamp read_at_;
};

}  // namespace botbox::actors
