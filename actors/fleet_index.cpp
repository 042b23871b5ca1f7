#include "actors/fleet_index.hpp"

#include <utility>

namespace botbox::actors {

Result<FleetIndex::Bots> FleetIndex::bots() {
  {
    const std::lock_guard lock(mutex_);
    if (bots_) {
      if (clock_.now() - read_at_ < kAge) return bots_;
      if (read_later_) {
        if (!is_reading_.exchange(true)) read_later_();
        return bots_;
      }
    }
  }
  BOTBOX_TRY(read());
  const std::lock_guard lock(mutex_);
  return bots_;
}

Result<void> FleetIndex::read() {
  const std::lock_guard one(reading_);
  const Timestamp now = clock_.now();
  auto read = storage::load_bots(store_);
  is_reading_ = false;
  if (!read) return tl::unexpected<Error>(std::move(read).error());
  auto bots = std::make_shared<const std::vector<storage::StoredBot>>(std::move(*read));
  const std::lock_guard lock(mutex_);
  bots_ = std::move(bots);
  read_at_ = now;
  return {};
}

}  // namespace botbox::actors
