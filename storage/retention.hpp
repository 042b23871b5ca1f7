// Retention: which rows of the history may go, because they are old, or because there are too many.
//
//   signals   that are decided, and whose trade, if any, is final
//   intents   that came to no trade (blocked, duplicates): as signals, but never within the time
//             for which keys are remembered (kIdempotencyRetention)
//   events    the oldest first; the newest one always stays, and those of open positions and trades
//   traces and cycles, which have an expiry of their own besides
//
// Never asked for here: what de-duplication asks about (claims, which go by their own expiry), what
// waits (inbox, open trades, outboxes), and money: trades with their intents, fills, positions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"
#include "storage/keys.hpp"
#include "storage/store.hpp"

namespace botbox::storage {

struct RetentionRule {
  Duration age{0};              // 0: for ever
  std::uint64_t bytes_max = 0;  // 0: any number

  bool is_on() const { return age > Duration{0} || bytes_max > 0; }
  bool operator==(const RetentionRule&) const = default;
};

struct RetentionPolicy {
  RetentionRule signals;
  RetentionRule events;
  RetentionRule traces;
  RetentionRule cycles;

  bool is_on() const {
    return signals.is_on() || events.is_on() || traces.is_on() || cycles.is_on();
  }
  // Of a kind that is not retained here: for ever.
  RetentionRule of(Kind kind) const;
  bool operator==(const RetentionPolicy&) const = default;
};

inline constexpr std::array kRetainedKinds{Kind::kSignal, Kind::kIntent, Kind::kEvent, Kind::kTrace,
                                           Kind::kCycle};

// No rule by size asks for rows that are younger.
inline constexpr Duration kKeptInAnyCase{3'600'000};

// Rows from before that time may go; "never": none. `bytes` is what the kind takes and `oldest` the
// time of its oldest row ("never": it has none). By size it is taken that rows come at an even
// pace, and a tenth more goes than must, so that not every look finds a handful.
Timestamp keep_from(const RetentionRule& rule, Timestamp now, std::uint64_t bytes,
                    Timestamp oldest);

// Time of the oldest row of a retained kind, by its key where that says it; "never": there is none.
// Of intents, which have no order in time: "never".
Result<Timestamp> oldest_row(const Store& store, Kind kind);

// What stays whatever its age.
struct RetentionNeeds {
  std::unordered_set<std::string> waiting_signals;  // ids
  std::uint64_t newest_event = 0;
  InstallationId installation;
};
Result<RetentionNeeds> load_retention_needs(const Store& store);

struct OldRows {
  std::vector<Key> keys;  // may be deleted
  std::string next;       // where to go on
  bool is_all = false;    // nothing is left behind `next`
};
// At most `limit` rows from before `before`, from key `from` on (empty: from the first). Reads
// about as many rows as it gives, and one more of each bot; intents are all read.
Result<OldRows> find_old_rows(const Store& store, Kind kind, Timestamp before,
                              const RetentionNeeds& needs, std::string_view from,
                              std::size_t limit);

}  // namespace botbox::storage
