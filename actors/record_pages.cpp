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
#include "actors/open_records.hpp"
#include "actors/record_rows.hpp"
#include "engine/model/difference.hpp"
#include "storage/codec.hpp"
#include "storage/event_head.hpp"
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

// Two rows of the store are read for each birth of the index; an event of the log is passed by at a
// fraction of that.
constexpr std::size_t kEventsPerBirth = 4;
constexpr std::size_t kBirthPortion = 1'000;

// Events newest first, from below the cursor on; `row` gives nothing for what does not fit, or
// keeps it itself until `is_full`.
class EventWalk {
 public:
  EventWalk(const Store& store, const PageQuery& query, OfEvent row,
            std::function<bool()> is_full = {})
      : store_(store), query_(query), row_(std::move(row)), is_full_(std::move(is_full)) {}

  // Over all events.
  Result<Page> run() {
    BOTBOX_ASSIGN(const std::uint64_t below, first_below());
    BOTBOX_TRY(along_log(0, below));
    return finished();
  }

  // Over those that tell of a birth: the log above the index, the index, the log below it.
  Result<Page> run(BirthOf what, const BirthIndex* index) {
    kinds_ = birth_events(what);
    BOTBOX_ASSIGN(std::uint64_t below, first_below());
    if (index != nullptr) {
      BirthIndex::Portion portion = index->births(what, below, kBirthPortion);
      if (portion.next < below) BOTBOX_TRY(along_log(portion.next, below));
      while (!is_over_) {
        BOTBOX_TRY(along(portion.births));
        if (portion.births.size() < kBirthPortion) break;
        below = portion.births.back().event;
        portion = index->births(what, below, kBirthPortion);
      }
      below = std::min(below, portion.first);
    }
    if (!is_over_) BOTBOX_TRY(along_log(0, below));
    return finished();
  }

 private:
  Result<std::uint64_t> first_below() const {
    if (query_.cursor.empty()) return UINT64_MAX;
    return number_of(query_.cursor);
  }

  Result<Page> finished() {
    if (problem_) return tl::unexpected<Error>(std::move(*problem_));
    return std::move(page_);
  }

  // Numbers [from, below).
  Result<void> along_log(std::uint64_t from, std::uint64_t below) {
    if (below <= std::max<std::uint64_t>(from, 1)) return {};
    storage::ScanRange range{.kind = Kind::kEvent, .prefix = {}, .from = {}, .reverse = true};
    if (below != UINT64_MAX) range.from = storage::big_endian(below - 1);
    return storage::visit_events(
        store_, range, [&](const storage::EventHead& head) { return look(head, from); },
        [&](Event&& event) { return take(event); });
  }

  storage::HeadVerdict look(const storage::EventHead& head, std::uint64_t from) {
    using storage::HeadVerdict;
    if (head.sequence < from) return HeadVerdict::kEnd;
    if (head.at < query_.from - kEventDisorder) {
      is_over_ = true;
      return HeadVerdict::kEnd;
    }
    ++walked_;
    if (fits_head(head)) return HeadVerdict::kRead;
    return goes_on_below(head.sequence) ? HeadVerdict::kSkip : HeadVerdict::kEnd;
  }

  bool fits_head(const storage::EventHead& head) const {
    if (!query_.bot.empty() && query_.bot.value != head.bot) return false;
    if (!query_.takes_time(head.at)) return false;
    if (kinds_.empty()) return head.kind.starts_with(query_.kind);
    return std::ranges::find(kinds_, head.kind) != kinds_.end();
  }

  Result<void> along(const std::vector<Birth>& births) {
    for (const Birth& birth : births) {
      if (birth.at < query_.from - kEventDisorder) is_over_ = true;
      if (is_over_) return {};
      if (!query_.bot.empty() && birth.bot != hash_of_bot(query_.bot)) continue;
      if (!query_.takes_time(birth.at)) continue;
      walked_ += kEventsPerBirth;
      const storage::Key key = storage::event_key(birth.event);
      BOTBOX_ASSIGN(const std::optional<std::string> bytes, store_.get(key));
      if (!bytes) continue;  // dropped for its age
      BOTBOX_ASSIGN(const Event event, storage::decode_event(key.bytes, *bytes));
      if (query_.bot.empty() || query_.bot == event.bot) static_cast<void>(take(event));
    }
    return {};
  }

  // False: the walk is over.
  bool take(const Event& event) {
    Row made = row_(event);
    if (!made) {
      problem_ = std::move(made).error();
      is_over_ = true;
      return false;
    }
    if (*made) page_.items.push_back(std::move(**made));
    return goes_on_below(event.sequence);
  }

  bool goes_on_below(std::uint64_t sequence) {
    const bool is_enough = page_.items.size() >= query_.limit || (is_full_ && is_full_());
    if (!is_enough && walked_ < kPageEventsMax) return true;
    if (sequence > 1) page_.next = std::to_string(sequence);
    is_over_ = true;
    return false;
  }

  const Store& store_;
  const PageQuery& query_;
  const OfEvent row_;
  const std::function<bool()> is_full_;
  std::span<const std::string_view> kinds_;  // empty: all
  Page page_;
  std::optional<Error> problem_;
  std::size_t walked_ = 0;
  bool is_over_ = false;
};

Result<Page> events(const Store& store, const PageQuery& query, const PageAids&) {
  EventWalk walk(store, query, [&](const Event& event) -> Row {
    if (!fits(query.status, {event.kind})) return std::nullopt;
    return std::optional(storage::to_json(event));
  });
  return walk.run();
}

// A signal's row stands under the time of its own birth. One from outside is told of twice: when it
// came, and when it was decided; only the first event has that time.
Result<Page> signals(const Store& store, const PageQuery& query, const PageAids& aids) {
  EventWalk walk(store, query, [&](const Event& event) -> Row {
    BOTBOX_ASSIGN(const std::optional<std::string> bytes,
                  store.get(storage::signal_key(event.bot, event.at, {event.subject})));
    if (!bytes) return std::nullopt;
    BOTBOX_ASSIGN(Signal read, storage::decode<Signal>(*bytes));
    BOTBOX_ASSIGN(const Signal signal, with_stored_outcome(store, std::move(read)));
    if (!query.takes_symbol(signal.symbol) ||
        !fits(query.status, {to_string(signal.decision), to_string(signal.execution_status)}) ||
        !fits(query.reason,
              {to_string(signal.rejection_reason), to_string(signal.execution_reason)}) ||
        !fits(query.group, {group_of(signal.execution_status)}))
      return std::nullopt;
    Json json = storage::to_json(signal);
    json["group"] = group_of(signal.execution_status);
    return std::optional(std::move(json));
  });
  return walk.run(BirthOf::kSignal, aids.births);
}

Result<Page> intents(const Store& store, const PageQuery& query, const PageAids& aids) {
  EventWalk walk(store, query, [&](const Event& event) -> Row {
    BOTBOX_ASSIGN(const auto intent, storage::find_intent(store, {event.subject}));
    if (!intent || !query.takes_symbol(intent->symbol) ||
        !fits(query.status, {to_string(intent->status)}))
      return std::nullopt;
    return std::optional(storage::to_json(*intent));
  });
  return walk.run(BirthOf::kIntent, aids.births);
}

Result<Page> trades(const Store& store, const PageQuery& query, const PageAids& aids) {
  if (asks_for_open_trades(query)) {
    BOTBOX_ASSIGN(OpenPage<Trade> open, open_trades(store, query));
    Page page;
    for (const Trade& trade : open.records) page.items.push_back(storage::to_json(trade));
    page.next = std::move(open.next);
    return page;
  }
  EventWalk walk(store, query, [&](const Event& event) -> Row {
    BOTBOX_ASSIGN(const auto trade, storage::find_trade(store, {event.subject}));
    if (!trade || !query.takes_symbol(trade->symbol) ||
        !fits(query.status,
              {to_string(trade->status), trade->outcome_unknown ? "UNKNOWN" : "KNOWN"}) ||
        !fits(query.reason, {to_string(trade->reason)}))
      return std::nullopt;
    return std::optional(storage::to_json(*trade));
  });
  return walk.run(BirthOf::kTrade, aids.births);
}

Json position_row(const Position& position, const std::set<PositionId>& dust,
                  const PageAids& aids) {
  Json json = storage::to_json(position);
  mark_dust(json, dust);
  if (aids.prices != nullptr) add_value(json, position, *aids.prices);
  return json;
}

Result<Page> standing_positions(const Store& store, const PageQuery& query, const PageAids& aids) {
  BOTBOX_ASSIGN(OpenPage<Position> open, open_positions(store, *aids.fleet, query));
  Page page;
  for (const Position& position : open.records)
    page.items.push_back(position_row(position, aids.fleet->dust, aids));
  page.next = std::move(open.next);
  return page;
}

Result<Page> positions(const Store& store, const PageQuery& query, const PageAids& aids) {
  if (aids.fleet != nullptr && query.status == to_string(PositionStatus::kOpen))
    return standing_positions(store, query, aids);
  std::set<PositionId> read;
  if (aids.fleet == nullptr) {
    BOTBOX_ASSIGN(read, dust_positions(store));
  }
  const std::set<PositionId>& dust = aids.fleet != nullptr ? aids.fleet->dust : read;
  EventWalk walk(store, query, [&](const Event& event) -> Row {
    BOTBOX_ASSIGN(const auto position, storage::find_position(store, event.bot, {event.subject}));
    if (!position || !query.takes_symbol(position->symbol) ||
        !fits(query.status, {to_string(position->status), to_string(position->side)}) ||
        !fits(query.reason, {to_string(position->close_reason)}))
      return std::nullopt;
    return std::optional(position_row(*position, dust, aids));
  });
  return walk.run(BirthOf::kPosition, aids.births);
}

// The fills of each position that was opened, the newest of them first.
Result<Page> fills(const Store& store, const PageQuery& query, const PageAids& aids) {
  Page page;
  const auto row = [&](const Event& event) -> Row {
    BOTBOX_ASSIGN(std::vector<storage::BookedFill> booked,
                  storage::load_fills(store, event.bot, {event.subject}, kPageRowsMax));
    std::ranges::sort(booked, std::greater{}, &storage::BookedFill::number);
    for (const storage::BookedFill& fill : booked) {
      if (!query.takes_symbol(fill.fill.symbol)) continue;
      const storage::Key key = storage::fill_key(event.bot, {event.subject}, fill.fill.id);
      page.items.push_back(fill_row(key.bytes, fill));
    }
    return std::nullopt;
  };
  EventWalk walk(store, query, row, [&] { return page.items.size() >= query.limit; });
  BOTBOX_ASSIGN(Page walked, walk.run(BirthOf::kPosition, aids.births));
  page.next = std::move(walked.next);
  return page;
}

// -- by their own keys

Result<Page> cycles(const Store& store, const PageQuery& query, const PageAids&) {
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
                                                   if (!query.takes_time(cycle.started_at))
                                                     return true;
                                                   page.items.push_back(storage::to_json(cycle));
                                                   if (page.items.size() < query.limit) return true;
                                                   page.next = std::to_string(cycle.number);
                                                   return false;
                                                 }));
  return page;
}

Result<Page> traces(const Store& store, const PageQuery& query, const PageAids&) {
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
Result<Page> differences(const Store& store, const PageQuery& query, const PageAids&) {
  std::size_t skipped = 0;
  if (!query.cursor.empty()) {
    BOTBOX_ASSIGN(skipped, number_of(query.cursor));
  }
  storage::NewestFirst<Json> newest(skipped + query.limit + 1);
  BOTBOX_TRY(storage::visit_all<Difference>(
      store, Kind::kDifference, [&](std::string_view key, Difference&& difference) {
        if ((query.bot.empty() || query.bot == difference.bot) &&
            query.takes_symbol(difference.symbol) && query.takes_time(difference.found_at) &&
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
  Result<Page> (*read)(const Store&, const PageQuery&, const PageAids&);
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

Result<Page> read_page(const Store& store, std::string_view subject, const PageQuery& query,
                       const PageAids& aids) {
  const auto* const found = std::ranges::find(kPageSubjects, subject, &PageSubject::name);
  if (found == kPageSubjects.end())
    return fail(ErrorCode::kInvalidInput, fmt::format("there is no list of '{}'", subject));
  PageQuery bounded = query;
  bounded.limit = std::clamp<std::size_t>(query.limit, 1, kPageRowsMax);
  return found->read(store, bounded, aids);
}

Result<Page> read_new_events(const Store& store, std::uint64_t after, const PageQuery& query) {
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, kPageRowsMax);
  Page page;
  std::uint64_t looked_at = after;
  std::size_t walked = 0;
  BOTBOX_TRY(storage::visit_events(
      store, {.kind = Kind::kEvent, .prefix = {}, .from = storage::big_endian(after + 1)},
      [&](const storage::EventHead& head) {
        if (walked++ == kPageEventsMax) return storage::HeadVerdict::kEnd;
        looked_at = head.sequence;
        const bool fits = (query.bot.empty() || query.bot.value == head.bot) &&
                          head.kind.starts_with(query.kind) && query.takes_time(head.at);
        return fits ? storage::HeadVerdict::kRead : storage::HeadVerdict::kSkip;
      },
      [&](Event&& event) {
        page.items.push_back(storage::to_json(event));
        return page.items.size() < limit;
      }));
  page.next = std::to_string(looked_at);
  return page;
}

Json to_json(Page page) {
  return {{"items", std::move(page.items)}, {"next", page.next.empty() ? Json() : Json(page.next)}};
}

}  // namespace botbox::actors
