// Pages of the history, newest first, for lists that somebody turns over page by page.
//
// Signals, intents, trades, positions and fills of all bots have no key in the order of time; the
// event log has. So their pages walk the log backwards and read the record that each event of
// birth names; of the newest ones a BirthIndex knows where they are. What a page costs is bounded
// by kPageEventsMax: a filter that fits hardly anything gives short pages, even empty ones, and the
// cursor goes on all the same. What is asked for because it still stands, positions and trades of
// an open status, is found without the log (actors/open_records.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "actors/birth_index.hpp"
#include "actors/fleet_index.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/money.hpp"
#include "engine/model/time.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

inline constexpr std::size_t kPageEventsMax = 20'000;
inline constexpr std::size_t kPageRowsMax = 500;

struct PageQuery {
  BotId bot;  // empty: all
  Symbol symbol;
  std::string status;  // upper case, any of the record's states; empty: any
  std::string reason;  // the same for its reason
  std::string kind;    // events only: starts with this
  std::string group;   // signals only: one of kSignalGroups; empty: any
  Timestamp from;      // inclusive; "never": no bound
  Timestamp until;     // inclusive; "never": no bound
  Timestamp now;       // rows that expired by then are absent
  std::size_t limit = 100;
  std::string cursor;  // of the page before; empty: the first page

  bool takes_symbol(const Symbol& one) const { return symbol.empty() || symbol == one; }
  bool takes_time(Timestamp at) const { return at >= from && (until.is_never() || at <= until); }
};

struct Page {
  nlohmann::ordered_json items = nlohmann::ordered_json::array();
  std::string next;  // empty: nothing older is left
};

// What spares a page to look for it in the store; it shows the same without, but for the cursors:
// with a fleet the positions of status OPEN have their own. With prices rows of positions
// tell their value (add_value in actors/record_rows.hpp).
struct PageAids {
  const BirthIndex* births = nullptr;
  const Fleet* fleet = nullptr;
  const std::map<Symbol, Price>* prices = nullptr;  // the newest close of each symbol
};

// Rows of signals have their "group".
//
// signals, intents, trades, positions, fills, events, cycles, differences; traces, which takes a
// bot. Errors: kInvalidInput (subject, cursor), those of the store.
Result<Page> read_page(const storage::Store& store, std::string_view subject,
                       const PageQuery& query, const PageAids& aids = {});

// Events after that number, oldest first, for whoever follows: those of the query's bot, kind and
// times. "next" is the number of the newest that was looked at, whether it fits or not.
Result<Page> read_new_events(const storage::Store& store, std::uint64_t after,
                             const PageQuery& query);

// {"items","next"}.
nlohmann::ordered_json to_json(Page page);

}  // namespace botbox::actors
