#include "actors/fleet_index.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "actors/lower_case.hpp"
#include "storage/codec.hpp"
#include "storage/directory.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {
namespace {

std::size_t hash_of_row(std::string_view bytes) { return std::hash<std::string_view>{}(bytes); }

void take_config(IndexedBot& bot, const BotConfig& config) {
  bot.symbol = config.symbol;
  bot.allocation = config.allocation;
  bot.words.clear();
  for (const std::string_view part :
       {std::string_view(bot.id.value), std::string_view(config.name),
        std::string_view(config.symbol.value), std::string_view(config.strategy.value)})
    bot.words += lower_case(part) + '\n';
}

void take_snapshot(IndexedBot& bot, const BotSnapshot& snapshot) {
  bot.profit = net_profit(snapshot);
  bot.next_check_at = snapshot.next_check_at;
  bot.pending = static_cast<std::uint32_t>(snapshot.pending.size());
  bot.status = snapshot.status;
  bot.has_locks = !snapshot.risk.empty() && !snapshot.risk.front().locks.empty();
  bot.stake = bot.open_profit = {};
  std::vector<IndexedPosition> open;
  open.reserve(snapshot.open_positions.size());
  for (const Position& position : snapshot.open_positions) {
    bot.stake += position.entry_cost;
    bot.open_profit += net_profit(position);
    open.push_back({.id = position.id,
                    .symbol = position.symbol,
                    .quantity = position.quantity,
                    .cost = position.entry_cost,
                    .opened_at = position.opened_at,
                    .side = position.side,
                    .has_stop = !position.stop_client_id.empty()});
  }
  bot.open = std::move(open);
}

void count_bot(FleetCounts& counts, const IndexedBot& bot) {
  ++counts.total;
  if (bot.is_damaged) {
    ++counts.quarantined;
    return;
  }
  switch (bot.status) {
    case BotStatus::kActive:
      counts.earliest_due =
          counts.active == 0 ? bot.next_check_at : std::min(counts.earliest_due, bot.next_check_at);
      ++counts.active;
      break;
    case BotStatus::kPaused: ++counts.paused; break;
    case BotStatus::kArchived: ++counts.archived; break;
    case BotStatus::kError: ++counts.quarantined; break;
  }
  counts.open_positions += bot.open.size();
  counts.pending += bot.pending;
  counts.unprotected += static_cast<std::size_t>(
      std::ranges::count_if(bot.open, [](const IndexedPosition& one) { return !one.has_stop; }));
  if (bot.status != BotStatus::kArchived) counts.allocation += bot.allocation;
  counts.realised += bot.profit;
  counts.realised_open += bot.open_profit;
}

void add_open(Fleet& fleet, const IndexedBot& bot) {
  for (const IndexedPosition& position : bot.open) {
    fleet.open.push_back({&bot, &position});
    if (bot.is_damaged) continue;
    OpenSum& sum = fleet.exposure[position.symbol][static_cast<std::size_t>(position.side)];
    sum.quantity += position.quantity;
    sum.cost += position.cost;
  }
}

// Of `fleet.bots`, once they are all there.
void sum_up(Fleet& fleet) {
  for (const std::shared_ptr<const IndexedBot>& bot : fleet.bots) {
    count_bot(fleet.counts, *bot);
    add_open(fleet, *bot);
  }
  std::ranges::sort(fleet.open, [](const OpenPosition& a, const OpenPosition& b) {
    return std::tie(b.position->opened_at, a.position->id) <
           std::tie(a.position->opened_at, b.position->id);
  });
}

// A damaged bot does not say which positions it holds; their own rows do.
std::shared_ptr<IndexedBot> whole_bot(const storage::Store& store, storage::StoredBot found) {
  auto made = std::make_shared<IndexedBot>();
  made->id = found.id;
  made->is_damaged = found.damage.has_value();
  if (made->is_damaged)
    if (auto positions = storage::load_positions(store, found.id, SIZE_MAX)) {
      std::erase_if(*positions,
                    [](const Position& one) { return one.status != PositionStatus::kOpen; });
      found.snapshot.open_positions = std::move(*positions);
    }
  take_config(*made, found.config);
  take_snapshot(*made, found.snapshot);
  return made;
}

Result<void> read_differences(const storage::Store& store, Fleet& fleet) {
  return storage::visit_all<Difference>(store, storage::Kind::kDifference,
                                        [&](std::string_view, Difference&& difference) {
                                          if (is_over(difference.state)) return;
                                          if (difference.kind == DifferenceKind::kDust)
                                            fleet.dust.insert(difference.position);
                                          if (difference.state != DifferenceState::kIgnored)
                                            ++fleet.counts.differences;
                                          fleet.differences.push_back(std::move(difference));
                                        });
}

}  // namespace

std::string_view state_of(const IndexedBot& bot) {
  return bot.is_damaged ? "DAMAGED" : to_string(bot.status);
}

// The rows of one bot during a read; decoded only where they are not those of the read before. That
// two different rows have one hash costs a list nothing but a row that sorts by what it was.
struct FleetIndex::Reading {
  BotId id;
  std::shared_ptr<const IndexedBot> known;  // of the read before; null: a new one
  std::shared_ptr<IndexedBot> draft;        // null: nothing is new so far
  std::size_t config = 0;                   // hashes; 0: no such row
  std::size_t snapshot = 0;
  bool has_config = false;  // as in `draft`, or as known
  bool has_snapshot = false;

  bool is_as_known() const {
    return known && known->config_hash == config && known->snapshot_hash == snapshot;
  }
  // What was damaged is read as a whole.
  bool is_whole() const {
    return has_config && has_snapshot && draft && (!known || !known->is_damaged);
  }
  IndexedBot& drafted() {
    if (!draft)
      draft = known ? std::make_shared<IndexedBot>(*known) : std::make_shared<IndexedBot>();
    draft->id = id;
    return *draft;
  }
  void see_config(std::string_view row) {
    config = hash_of_row(row);
    has_config = known && known->config_hash == config;
    if (has_config) return;
    const Result<BotConfig> read = storage::decode<BotConfig>(row);
    if (!read) return;
    take_config(drafted(), *read);
    has_config = true;
  }
  void see_snapshot(std::string_view row) {
    snapshot = hash_of_row(row);
    has_snapshot = known && known->snapshot_hash == snapshot;
    if (has_snapshot) return;
    const Result<BotSnapshot> read = storage::decode<BotSnapshot>(row);
    if (!read) return;
    take_snapshot(drafted(), *read);
    has_snapshot = true;
  }
};

Result<FleetIndex::FleetPtr> FleetIndex::fleet() {
  {
    const std::lock_guard lock(mutex_);
    if (is_younger_than(kAge)) return fleet_;
    const bool is_slow = fleet_ && fleet_->bots.size() > kReadAtOnceMax;
    if (read_later_ && is_slow && is_younger_than(kAgeMax)) {
      if (!is_reading_.exchange(true)) read_later_();
      return fleet_;
    }
  }
  BOTBOX_TRY(read());
  const std::lock_guard lock(mutex_);
  return fleet_;
}

std::size_t FleetIndex::known() {
  const std::lock_guard lock(mutex_);
  return fleet_ ? fleet_->bots.size() : 0;
}

void FleetIndex::outdate() {
  const std::lock_guard lock(mutex_);
  ++changes_;
}

std::uint64_t FleetIndex::told() {
  const std::lock_guard lock(mutex_);
  return changes_;
}

Result<void> FleetIndex::read() {
  const std::lock_guard one(reading_);
  const Timestamp now = clock_.now();
  // Before the batch: who tells of a change has written it already.
  const std::uint64_t changes = told();
  const std::uint64_t batch = store_.last_sequence();
  FleetPtr before;
  {
    const std::lock_guard lock(mutex_);
    if (fleet_ && fleet_batch_ == batch) {  // nothing has been written since
      read_at_ = now;
      fleet_changes_ = changes;
    }
    // Or somebody else has just done it.
    if (is_younger_than(kAge)) {
      is_reading_ = false;
      return {};
    }
    before = fleet_;
  }
  auto read = read_fleet(before);
  is_reading_ = false;
  if (!read) return tl::unexpected<Error>(std::move(read).error());
  const std::lock_guard lock(mutex_);
  fleet_ = std::move(*read);
  read_at_ = now;
  fleet_changes_ = changes;
  fleet_batch_ = batch;
  return {};
}

// Both kinds in the order of their keys, which is that of the bots known before.
Result<std::vector<FleetIndex::Reading>> FleetIndex::scan(const FleetPtr& before) const {
  using storage::Kind;
  using KnownBots = std::vector<std::shared_ptr<const IndexedBot>>;
  const KnownBots none;
  const KnownBots& bots = before ? before->bots : none;
  std::vector<Reading> readings;
  readings.reserve(bots.size());
  auto known = bots.begin();
  BOTBOX_TRY(store_.scan({.kind = Kind::kBotConfig, .prefix = {}, .from = {}},
                         [&](std::string_view key, std::string_view value) {
                           Reading& reading = readings.emplace_back();
                           reading.id = {std::string(key)};
                           while (known != bots.end() && (*known)->id.value < key) ++known;
                           if (known != bots.end() && (*known)->id.value == key)
                             reading.known = *known;
                           reading.see_config(value);
                           return true;
                         }));
  auto at = readings.begin();
  BOTBOX_TRY(store_.scan({.kind = Kind::kBotSnapshot, .prefix = {}, .from = {}},
                         [&](std::string_view key, std::string_view value) {
                           while (at != readings.end() && at->id.value < key) ++at;
                           if (at == readings.end()) return false;
                           if (at->id.value == key) at->see_snapshot(value);
                           return true;
                         }));
  return readings;
}

// Null: it has gone meanwhile.
Result<std::shared_ptr<const IndexedBot>> FleetIndex::bot_of(Reading& reading) const {
  if (reading.is_as_known()) return reading.known;
  std::shared_ptr<IndexedBot> made;
  if (reading.is_whole()) {
    made = std::move(reading.draft);
  } else {
    const Result<storage::StoredBot> found = storage::load_bot(store_, reading.id);
    if (!found && found.error().code == ErrorCode::kNotFound)
      return std::shared_ptr<const IndexedBot>();
    if (!found) return tl::unexpected<Error>(found.error());
    made = whole_bot(store_, *found);
  }
  made->config_hash = reading.config;
  made->snapshot_hash = reading.snapshot;
  return std::shared_ptr<const IndexedBot>(std::move(made));
}

Result<FleetIndex::FleetPtr> FleetIndex::read_fleet(const FleetPtr& before) const {
  auto fleet = std::make_shared<Fleet>();
  BOTBOX_ASSIGN(fleet->newest_event, storage::read_number(store_, storage::last_event_key()));
  BOTBOX_ASSIGN(std::vector<Reading> readings, scan(before));
  fleet->bots.reserve(readings.size());
  for (Reading& reading : readings) {
    BOTBOX_ASSIGN(std::shared_ptr<const IndexedBot> bot, bot_of(reading));
    if (bot) fleet->bots.push_back(std::move(bot));
  }
  sum_up(*fleet);
  BOTBOX_TRY(read_differences(store_, *fleet));
  fleet->counts.dust = fleet->dust.size();
  return FleetPtr(std::move(fleet));
}

}  // namespace botbox::actors
