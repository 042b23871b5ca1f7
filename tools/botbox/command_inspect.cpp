#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <thread>

#include "actors/wall_clock.hpp"
#include "engine/model/instrument.hpp"
#include "storage/reader.hpp"
#include "storage/rocksdb_store.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/inspect_listings.hpp"
#include "tools/botbox/output.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;
using storage::RocksDbStore;

Result<InspectQuery> query_of(const InspectOptions& options) {
  InspectQuery query;
  if (!options.symbol.empty()) {
    BOTBOX_ASSIGN(query.symbol, parse_symbol(options.symbol).map(&SymbolParts::unified));
  }
  query.bot = {options.bot};
  query.status = options.status;
  std::ranges::transform(query.status, query.status.begin(), [](unsigned char c) {
    return static_cast<char>(c == '-' ? '_' : std::toupper(c));
  });
  query.limit = options.limit == 0 ? SIZE_MAX : options.limit;
  query.from = options.from;
  query.until = options.until;
  query.now = actors::WallClock().now();
  return query;
}

void print_record(const Json& record, const InspectOptions& options) {
  if (options.json)
    print_json(record);
  else
    print_text(record_text(record));
}

void print_listing(const Listing& listing, const InspectOptions& options) {
  if (options.as == "csv") return print_text(listing_csv(listing));
  if (options.as == "jsonl") {
    for (const Json& row : listing.rows) print_json_line(row);
    return;
  }
  if (options.json) {
    print_json({{"what", options.what}, {"count", listing.rows.size()}, {"rows", listing.rows}});
    return;
  }
  if (listing.rows.empty()) fmt::print(stderr, "no {}\n", options.what);
  print_text(listing_text(listing));
  std::fflush(stdout);
  if (listing.rows.size() == options.limit)
    fmt::print(stderr, "stopped at {} rows; --limit shows more\n", options.limit);
}

// One line per event, as they come: what was there first has been printed as a table.
void print_event_lines(const Listing& events, const InspectOptions& options) {
  for (const Json& row : events.rows) {
    if (options.json) {
      print_json_line(row);
      continue;
    }
    std::string line;
    for (const Column& column : events.columns)
      line += (line.empty() ? "" : "  ") + cell_text(row, column);
    print_text(line + '\n');
  }
  std::fflush(stdout);
}

// Ends with the process: by a signal, or when nobody reads the output any more.
Result<void> follow_events(RocksDbStore& store, const InspectQuery& query,
                           const InspectOptions& options) {
  constexpr std::chrono::milliseconds kPause{500};
  BOTBOX_ASSIGN(const Listing first, list_rows(store, "events", query));
  print_event_lines(first, options);
  InspectQuery all = query;
  all.limit = SIZE_MAX;
  std::uint64_t after = 0;
  BOTBOX_ASSIGN(const auto newest, storage::load_newest_events(store, 1));
  if (!newest.empty()) after = newest.front().sequence;
  while (true) {
    std::this_thread::sleep_for(kPause);
    BOTBOX_TRY(store.catch_up());
    BOTBOX_ASSIGN(const Listing news, list_new_events(store, all, after));
    print_event_lines(news, options);
  }
}

Result<void> inspect(const InspectOptions& options) {
  BOTBOX_ASSIGN(const auto store, RocksDbStore::open_secondary(options.data));
  BOTBOX_ASSIGN(const InspectQuery query, query_of(options));
  if (options.follow) {
    if (options.what != "events")
      return fail(ErrorCode::kInvalidInput, "only events can be followed", "--follow");
    return follow_events(*store, query, options);
  }
  if (options.what == "engine") {
    BOTBOX_ASSIGN(const Json engine, describe_engine(*store));
    print_record(engine, options);
    return {};
  }
  if (options.what == "bot") {
    const std::string& id = options.id.empty() ? options.bot : options.id;
    if (id.empty()) return fail(ErrorCode::kInvalidInput, "which bot?", {}, "inspect bot ID");
    BOTBOX_ASSIGN(const Json bot, describe_bot(*store, {id}));
    print_record(bot, options);
    return {};
  }
  BOTBOX_ASSIGN(const Listing listing, list_rows(*store, options.what, query));
  print_listing(listing, options);
  return {};
}

}  // namespace

int run_inspect(const InspectOptions& options) {
  const Result<void> done = inspect(options);
  return done ? number(ExitCode::kOk) : report_error(done.error(), format_of(options.json));
}

}  // namespace botbox::cli
