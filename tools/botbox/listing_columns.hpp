// The columns of records that `botbox inspect` and the shell list alike: rows as storage::to_json
// and actors/record_rows.hpp make them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tools/botbox/listing.hpp"

namespace botbox::cli {

enum class ColumnSet : std::uint8_t {
  kAll,
  kNarrow,  // those that fit a terminal beside a running engine; the rest shows with --json
};

// Of signals, traces, intents, trades, positions, fills, events, cycles, locks, differences; empty:
// of no other.
std::vector<Column> columns_of(std::string_view subject, ColumnSet set);

}  // namespace botbox::cli
