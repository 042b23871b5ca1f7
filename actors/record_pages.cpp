#include "actors/record_pages.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "actors/dust.hpp"
#include "actors/record_rows.hpp"
#include "engine/model/difference.hpp"
#include "storage/codec.hpp"
#include "storage/newest.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;
using Row = Result<std::optional<Json>>;
using storage::Kind;
using storage::Store;

// Clocks of several threads stamp events: so much later may one stand before another.
constexpr Duration kEventDisorder{60'000};

bool fits(const std::string& wanted, std::initializer_list<std::string_view> states) {
  return wanted.empty() || std::ranges::find(states, wanted) != states.end();
}
bool fits_symbol(const PageQuery& query, const Symbol& symbol) {
  return query.symbol.empty() || query.symbol == symbol;
}
bool fits_time(const PageQuery& query, Timestamp at) {
  return at >= query.from && (query.until.is_never() || at <= query.until);
}

Result<std::uint64_t> number_of(std::string_view cursor) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(cursor.begin(), cursor.end(), number);
  if (error != std::errc{} || end != cursor.end() || number == 0)
    return fail(ErrorCode::kInvalidInput, "is not a cursor of this list", "cursor",
                "give the \"next\" of the page before, unchanged");
  return number;
}

// -- along the event log

using OfEvent = std::function<Row(const Event&)>;

bool is_one_of(std::string_view kind, std::span<const std::string_view> kinds) {
  return kinds.empty() || std::ranges::find(kinds, kind) != kinds.end();
}

// Events newest first, from below the cursor on; `row` gives nothing for what does not fit.
Result<Page> walk_events(const Store& store, const PageQuery& query,
                         std::span<const std::string_view> kinds, const OfEvent& row) {
  Page page;
  std::optional<Error> problem;
  std::size_t walked = 0;
  storage::ScanRange range{.kind = Kind::kEvent, .prefix = {}, .from = {}, .reverse = true};
  if (!query.cursor.empty()) {
    BOTBOX_ASSIGN(const std::uint64_t before, number_of(query.cursor));
    range.from = storage::big_endian(before - 1);
    if (before == 1) return page;
  }
  const auto visit = [&](std::string_view key, Event&& event) {
    event.sequence = storage::from_big_endian(key);
    if (event.at < query.from - kEventDisorder) return false;
    ++walked;
    const bool fits_bot = query.bot.empty() || query.bot == event.bot;
    if (fits_bot && fits_time(query, event.at) && is_one_of(event.kind, kinds)) {
      Row made = row(event);
      if (!made) {
        problem = std::move(made).error();
        return false;
      }
      if (*made) page.items.push_back(std::move(**made));
    }
    if (page.items.size() < query.limit && walked < kPageEventsMax) return true;
    if (event.sequence > 1) page.next = std::to_string(event.sequence);
    return false;
  };
  BOTBOX_TRY(storage::visit_records<Event>(store, range, {}, visit));
  if (problem) return tl::unexpected<Error>(std::move(*problem));
  return page;
}

Result<Page> events(const Store& store, const PageQuery& query) {
  return walk_events(store, query, {}, [&](const Event& event) -> Row {
    if (!event.kind.starts_with(query.kind)) return std::nullopt;
    if (!fits(query.status, {event.kind})) return std::nullopt;
    return std::optional(storage::to_json(event));
  });
}

// A signal's row stands under the time of its own birth. One from outside is told of twice: when it
// came, and when it was decided; only the first event has that time.
Result<Page> signals(const Store& store, const PageQuery& query) {
  static constexpr std::array<std::string_view, 5> kBirths{
      "signal.accepted", "signal.rejected", "signal.received", "intent.dedup_skipped",
      "trade.dedup_skipped"};
  return walk_events(store, query, kBirths, [&](const Event& event) -> Row {
    BOTBOX_ASSIGN(const std::optional<std::string> bytes,
                  store.get(storage::signal_key(event.bot, event.at, {event.subject})));
    if (!bytes) return std::nullopt;
    BOTBOX_ASSIGN(Signal read, storage::decode<Signal>(*bytes));
    BOTBOX_ASSIGN(const Signal signal, with_stored_outcome(store, std::move(read)));
    if (!fits_symbol(query, signal.symbol) ||
        !fits(query.status, {to_string(signal.decision), to_string(signal.execution_status)}) ||
        !fits(query.reason,
              {to_string(signal.rejection_reason), to_string(signal.execution_reason)}))
      return std::nullopt;
    return std::optional(storage::to_json(signal));
  });
}

Result<Page> intents(const Store& store, const PageQuery& query) {
  static constexpr std::array<std::string_view, 2> kBirths{"intent.pending", "intent.blocked"};
  return walk_events(store, query, kBirths, [&](const Event& event) -> Row {
    BOTBOX_ASSIGN(const auto intent, storage::find_intent(store, {event.subject}));
    if (!intent || !fits_symbol(query, intent->symbol) ||
        !fits(query.status, {to_string(intent->status)}))
      return std::nullopt;
    return std::optional(storage::to_json(*intent));
  });
}

Result<Page> trades(const Store& store, const PageQuery& query) {
  static constexpr std::array<std::string_view, 1> kBirths{"trade.pending"};
  return walk_events(store, query, kBirths, [&](const Event& event) -> Row {
    BOTBOX_ASSIGN(const auto trade, storage::find_trade(store, {event.subject}));
    if (!trade || !fits_symbol(query, trade->symbol) ||
        !fits(query.status,
              {to_string(trade->status), trade->outcome_unknown ? "UNKNOWN" : "KNOWN"}) ||
        !fits(query.reason, {to_string(trade->reason)}))
      return std::nullopt;
    return std::optional(storage::to_json(*trade));
  });
}

Result<Page> positions(const Store& store, const PageQuery& query) {
  static constexpr std::array<std::string_view, 1> kBirths{"position.opened"};
  BOTBOX_ASSIGN(const std::set<PositionId> dust, dust_positions(store));
  return walk_events(store, query, kBirths, [&](const Event& event) -> Row {
    BOTBOX_ASSIGN(const auto position, storage::find_position(store, event.bot, {event.subject}));
    if (!position || !fits_symbol(query, position->symbol) ||
        !fits(query.status, {to_string(position->status), to_string(position->side)}) ||
        !fits(query.reason, {to_string(position->close_reason)}))
      return std::nullopt;
    Json json = storage::to_json(*position);
    mark_dust(json, dust);
    return std::optional(std::move(json));
  });
}

// The fills of each position that was opened, the newest of them first.
Result<Page> fills(const Store& store, const PageQuery& query) {
  static constexpr std::array<std::string_view, 1> kBirths{"position.opened"};
  PageQuery births = query;
  births.limit = SIZE_MAX;
  std::size_t found = 0;
  Page page;
  const auto row = [&](const Event& event) -> Row {
    if (found >= query.limit) return std::nullopt;
    BOTBOX_ASSIGN(std::vector<storage::BookedFill> booked,
                  storage::load_fills(store, event.bot, {event.subject}, kPageRowsMax));
    std::ranges::sort(booked, std::greater{}, &storage::BookedFill::number);
    for (const storage::BookedFill& fill : booked) {
      if (!fits_symbol(query, fill.fill.symbol)) continue;
      const storage::Key key = storage::fill_key(event.bot, {event.subject}, fill.fill.id);
      page.items.push_back(fill_row(key.bytes, fill));
      ++found;
    }
    if (found >= query.limit && event.sequence > 1) page.next = std::to_string(event.sequence);
    return std::nullopt;
  };
  BOTBOX_ASSIGN(const Page walked, walk_events(store, births, kBirths, row));
  if (page.next.empty()) page.next = walked.next;
  return page;
}

// -- by their own keys

Result<Page> cycles(const Store& store, const PageQuery& query) {
  Page page;
  storage::ScanRange range{.kind = Kind::kCycle, .prefix = {}, .from = {}, .reverse = true};
  if (!query.cursor.empty()) {
    BOTBOX_ASSIGN(const std::uint64_t before, number_of(query.cursor));
    if (before == 1) return page;
    range.from = storage::big_endian(before - 1);
  }
  BOTBOX_TRY(storage::visit_records<CycleRecord>(store, range, query.now,
                                                 [&](std::string_view, CycleRecord&& cycle) {
                                                   if (cycle.started_at < query.from) return false;
                                                   if (!fits_time(query, cycle.started_at))
                                                     return true;
                                                   page.items.push_back(storage::to_json(cycle));
                                                   if (page.items.size() < query.limit) return true;
                                                   page.next = std::to_string(cycle.number);
                                                   return false;
                                                 }));
  return page;
}

Result<Page> traces(const Store& store, const PageQuery& query) {
  if (query.bot.empty())
    return fail(ErrorCode::kInvalidInput, "traces are listed of one bot", "bot", "name the bot");
  PageQuery older = query;
  if (!query.cursor.empty()) {
    BOTBOX_ASSIGN(const std::uint64_t before, number_of(query.cursor));
    older.until = Timestamp{static_cast<std::int64_t>(before) - 1};
  }
  Page page;
  Timestamp oldest;
  std::size_t walked = 0;
  bool is_cut = false;
  while (!is_cut && page.items.size() < query.limit) {
    const std::size_t portion = std::min<std::size_t>(query.limit, kPageRowsMax);
    BOTBOX_ASSIGN(std::vector<DecisionTrace> read,
                  storage::load_traces(store, query.bot, older.until, query.now, portion));
    if (read.empty()) return page;
    for (DecisionTrace& one : read) {
      oldest = one.candle_close;
      if (oldest < query.from) return page;
      ++walked;
      BOTBOX_ASSIGN(const DecisionTrace trace, with_stored_outcome(store, std::move(one)));
      if (fits(query.status, {to_string(trace.stage), to_string(trace.decision)}) &&
          fits(query.reason, {to_string(trace.reason)}))
        page.items.push_back(trace_row_json(trace));
      if (page.items.size() >= query.limit) break;
    }
    older.until = oldest - Duration{1};
    is_cut = walked >= kPageEventsMax;
  }
  page.next = std::to_string(oldest.ms);
  return page;
}

// Few stand at any time, so all are read.
Result<Page> differences(const Store& store, const PageQuery& query) {
  std::size_t skipped = 0;
  if (!query.cursor.empty()) {
    BOTBOX_ASSIGN(skipped, number_of(query.cursor));
  }
  storage::NewestFirst<Json> newest(skipped + query.limit + 1);
  BOTBOX_TRY(storage::visit_all<Difference>(
      store, Kind::kDifference, [&](std::string_view key, Difference&& difference) {
        if ((query.bot.empty() || query.bot == difference.bot) &&
            fits_symbol(query, difference.symbol) && fits_time(query, difference.found_at) &&
            fits(query.status, {to_string(difference.state), to_string(difference.kind)}))
          newest.add(difference.found_at, std::string(key), storage::to_json(difference));
      }));
  std::vector<Json> all = std::move(newest).take();
  Page page;
  for (std::size_t i = skipped; i < std::min(all.size(), skipped + query.limit); ++i)
    page.items.push_back(std::move(all[i]));
  if (all.size() > skipped + query.limit) page.next = std::to_string(skipped + query.limit);
  return page;
}

struct PageSubject {
  std::string_view name;
  Result<Page> (*read)(const Store&, const PageQuery&);
};
constexpr std::array<PageSubject, 9> kPageSubjects{{{"signals", signals},
                                                    {"intents", intents},
                                                    {"trades", trades},
                                                    {"positions", positions},
                                                    {"fills", fills},
                                                    {"events", events},
                                                    {"cycles", cycles},
                                                    {"traces", traces},
                                                    {"differences", differences}}};

}  // namespace

Result<Page> read_page(const Store& store, std::string_view subject, const PageQuery& query) {
  const auto* const found = std::ranges::find(kPageSubjects, subject, &PageSubject::name);
  if (found == kPageSubjects.end())
    return fail(ErrorCode::kInvalidInput, fmt::format("there is no list of '{}'", subject));
  PageQuery bounded = query;
  bounded.limit = std::clamp<std::size_t>(query.limit, 1, kPageRowsMax);
  return found->read(store, bounded);
}

Json to_json(Page page) {
  return {{"items", std::move(page.items)}, {"next", page.next.empty() ? Json() : Json(page.next)}};
}

}  // namespace botbox::actors
