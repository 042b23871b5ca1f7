#include "actors/fleet_index.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "actors/lower_case.hpp"
#include "engine/model/bot.hpp"
#include "storage/codec.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {
namespace {

std::size_t hash_of_row(std::string_view bytes) { return std::hash<std::string_view>{}(bytes); }

std::shared_ptr<const IndexedBot> indexed_bot(storage::StoredBot bot) {
  auto made = std::make_shared<IndexedBot>();
  for (const std::string* part :
       {&bot.id.value, &bot.config.name, &bot.config.symbol.value, &bot.config.strategy.value})
    made->words += lower_case(*part) + '\n';
  made->profit = net_profit(bot.snapshot);
  for (const Position& position : bot.snapshot.open_positions) made->stake += position.entry_cost;
  made->bot = std::move(bot);
  return made;
}

}  // namespace

// The rows of one bot during a read; decoded only where they are not those of the read before. That
// two different rows have one hash costs a list nothing but a row that sorts by what it was.
struct FleetIndex::Reading {
  Row row;
  const Row* known = nullptr;  // of the read before
  std::optional<BotConfig> config;
  std::optional<BotSnapshot> snapshot;

  bool is_as_known() const {
    return known != nullptr && known->config == row.config && known->snapshot == row.snapshot;
  }
  // Nothing: one of the rows is missing or cannot be read.
  std::optional<storage::StoredBot> whole() {
    const bool has_config = known != nullptr && known->config == row.config;
    const bool has_snapshot = known != nullptr && known->snapshot == row.snapshot;
    if ((known != nullptr && known->bot->bot.damage) || (!config && !has_config) ||
        (!snapshot && !has_snapshot))
      return std::nullopt;
    return storage::StoredBot{
        .id = row.id,
        .config = config ? std::move(*config) : known->bot->bot.config,
        .snapshot = snapshot ? std::move(*snapshot) : known->bot->bot.snapshot,
        .damage = {}};
  }
};

Result<FleetIndex::FleetPtr> FleetIndex::fleet() {
  {
    const std::lock_guard lock(mutex_);
    if (is_younger_than(kAge)) return fleet_;
    if (read_later_ && is_younger_than(kAgeMax)) {
      if (!is_reading_.exchange(true)) read_later_();
      return fleet_;
    }
  }
  BOTBOX_TRY(read());
  const std::lock_guard lock(mutex_);
  return fleet_;
}

void FleetIndex::outdate() {
  const std::lock_guard lock(mutex_);
  ++changes_;
}

Result<void> FleetIndex::read() {
  const std::lock_guard one(reading_);
  const Timestamp now = clock_.now();
  std::uint64_t changes = 0;
  {
    // Somebody else has just done it.
    const std::lock_guard lock(mutex_);
    if (is_younger_than(kAge)) {
      is_reading_ = false;
      return {};
    }
    changes = changes_;
  }
  auto read = read_fleet();
  is_reading_ = false;
  if (!read) return tl::unexpected<Error>(std::move(read).error());
  const std::lock_guard lock(mutex_);
  fleet_ = std::move(*read);
  read_at_ = now;
  fleet_changes_ = changes;
  return {};
}

// Both kinds in the order of their keys, which is that of `rows_`.
Result<std::vector<FleetIndex::Reading>> FleetIndex::scan() const {
  using storage::Kind;
  std::vector<Reading> readings;
  readings.reserve(rows_.size());
  auto known = rows_.begin();
  BOTBOX_TRY(store_.scan({.kind = Kind::kBotConfig, .prefix = {}, .from = {}},
                         [&](std::string_view key, std::string_view value) {
                           Reading& reading = readings.emplace_back();
                           reading.row = {BotId{std::string(key)}, hash_of_row(value), 0, nullptr};
                           while (known != rows_.end() && known->id.value < key) ++known;
                           if (known != rows_.end() && known->id.value == key)
                             reading.known = &*known;
                           if (reading.known != nullptr &&
                               reading.known->config == reading.row.config)
                             return true;
                           if (auto config = storage::decode<BotConfig>(value))
                             reading.config = std::move(*config);
                           return true;
                         }));
  auto at = readings.begin();
  BOTBOX_TRY(store_.scan({.kind = Kind::kBotSnapshot, .prefix = {}, .from = {}},
                         [&](std::string_view key, std::string_view value) {
                           while (at != readings.end() && at->row.id.value < key) ++at;
                           if (at == readings.end()) return false;
                           if (at->row.id.value != key) return true;
                           at->row.snapshot = hash_of_row(value);
                           if (at->known != nullptr && at->known->snapshot == at->row.snapshot)
                             return true;
                           if (auto snapshot = storage::decode<BotSnapshot>(value))
                             at->snapshot = std::move(*snapshot);
                           return true;
                         }));
  return readings;
}

Result<FleetIndex::FleetPtr> FleetIndex::read_fleet() {
  auto fleet = std::make_shared<Fleet>();
  BOTBOX_ASSIGN(std::vector<Reading> readings, scan());
  std::vector<Row> rows;
  rows.reserve(readings.size());
  fleet->bots.reserve(readings.size());
  for (Reading& reading : readings) {
    if (reading.is_as_known()) {
      reading.row.bot = reading.known->bot;
    } else if (auto whole = reading.whole()) {
      reading.row.bot = indexed_bot(std::move(*whole));
    } else {
      Result<storage::StoredBot> found = storage::load_bot(store_, reading.row.id);
      if (!found && found.error().code == ErrorCode::kNotFound) continue;
      if (!found) return tl::unexpected<Error>(std::move(found).error());
      reading.row.bot = indexed_bot(std::move(*found));
    }
    fleet->bots.push_back(reading.row.bot);
    rows.push_back(std::move(reading.row));
  }
  rows_ = std::move(rows);
  BOTBOX_TRY(storage::visit_all<Difference>(store_, storage::Kind::kDifference,
                                            [&](std::string_view, Difference&& difference) {
                                              if (is_over(difference.state)) return;
                                              if (difference.kind == DifferenceKind::kDust)
                                                fleet->dust.insert(difference.position);
                                              fleet->differences.push_back(std::move(difference));
                                            }));
  return FleetPtr(std::move(fleet));
}

}  // namespace botbox::actors
