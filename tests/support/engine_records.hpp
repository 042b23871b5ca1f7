// What a test of a whole engine asks of its records, while it lives or after it.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/model/difference.hpp"
#include "storage/codec.hpp"
#include "storage/directory.hpp"
#include "storage/keys.hpp"
#include "storage/memory_store.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"
#include "storage/verify.hpp"

namespace botbox::test {

// Every row agrees with every other.
inline void check_books(const storage::Store& store, Timestamp now) {
  const auto report = storage::verify(store, {.now = now});
  REQUIRE(report.has_value());
  for (const storage::Finding& finding : report->findings)
    FAIL_CHECK(finding.place << ": " << finding.text);
}

inline BotSnapshot snapshot_of(const storage::Store& store, const BotId& bot) {
  const auto row = storage::load_bot(store, bot);
  REQUIRE(row.has_value());
  return row->snapshot;
}

inline std::size_t events_of(const storage::Store& store, const std::string& kind) {
  const auto events = storage::load_events(store, 1, SIZE_MAX);
  REQUIRE(events.has_value());
  return static_cast<std::size_t>(std::count_if(
      events->begin(), events->end(), [&](const Event& event) { return event.kind == kind; }));
}

// Of the whole life of the directory, by id.
inline std::vector<Difference> differences_in(const storage::Store& store) {
  std::vector<Difference> all;
  const auto walked = storage::visit_all<Difference>(
      store, storage::Kind::kDifference,
      [&](auto, Difference&& difference) { all.push_back(std::move(difference)); });
  REQUIRE(walked.has_value());
  return all;
}

// As restore_backup() leaves a stopped engine's directory, in a mode that an operator chose since.
inline void mark_restored(const std::shared_ptr<storage::MemoryMedium>& disk, EngineMode mode,
                          Timestamp now) {
  storage::MemoryStore store(disk);
  EngineState state = storage::find_engine_state(store).value().value();
  state.mode = mode;
  state.reconcile_first = true;
  const auto at = static_cast<std::uint64_t>(now.ms);
  REQUIRE(store
              .write({.sequence = store.last_sequence() + 1,
                      .puts = {{storage::engine_state_key(), storage::encode(state)},
                               {storage::restored_at_key(), storage::big_endian(at)}},
                      .deletes = {}})
              .has_value());
}

}  // namespace botbox::test
