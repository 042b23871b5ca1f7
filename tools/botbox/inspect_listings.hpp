// What `botbox inspect` can list, each as rows of JSON with the columns of its table.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/event.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"
#include "storage/store.hpp"
#include "tools/botbox/listing.hpp"

namespace botbox::cli {

struct InspectQuery {
  BotId bot;           // empty: all
  Symbol symbol;       // unified; empty: all
  std::string status;  // upper case; empty: any
  std::size_t limit = 50;
  Timestamp from;   // inclusive; "never": no bound
  Timestamp until;  // inclusive; "never": no bound
  Timestamp now;    // rows that expired by then are absent
};

// What can be listed: "bots", "signals", ...; not "bot" and "engine", which are single records.
const std::vector<std::string>& listed_subjects();

// The newest `limit` rows that fit the query, newest first (events: of these, oldest first;
// instruments: by venue and symbol).
// Signals and traces are joined with their trades as they stand now. Errors: kInvalidInput (an
// unknown subject or status, a symbol for rows that have none), kNotFound (no such bot), those of
// the store.
Result<Listing> list_rows(const storage::Store& store, std::string_view subject,
                          const InspectQuery& query);

// {"id","damage","config","snapshot"}; kNotFound.
Result<nlohmann::ordered_json> describe_bot(const storage::Store& store, const BotId& bot);
// Installation, process epoch, numbers of the newest batch and event, switches, bots, open trades.
Result<nlohmann::ordered_json> describe_engine(const storage::Store& store);

// The first `limit` events after number `after` that fit the query, oldest first; `after` becomes
// the newest one read.
Result<Listing> list_new_events(const storage::Store& store, const InspectQuery& query,
                                std::uint64_t& after);

}  // namespace botbox::cli
