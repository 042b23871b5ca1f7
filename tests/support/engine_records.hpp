// What a test of a whole engine asks of its records, while it lives or after it.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/model/difference.hpp"
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

}  // namespace botbox::test
