#include "tools/botbox/inspect_listings.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include "actors/dust.hpp"
#include "actors/list_filters.hpp"
#include "actors/record_rows.hpp"
#include "storage/directory.hpp"
#include "storage/newest.hpp"
#include "storage/rows.hpp"
#include "tools/botbox/listing_columns.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;
using storage::bot_prefix;
using storage::Kind;
using storage::NewestFirst;
using storage::ScanRange;
using storage::Store;
using storage::to_json;
using storage::visit_all;
using storage::visit_records;

using States = std::initializer_list<std::string_view>;

bool fits_time(const InspectQuery& query, Timestamp at) {
  return at >= query.from && (query.until.is_never() || at <= query.until);
}
bool fits_bot(const InspectQuery& query, const BotId& bot) {
  return query.bot.empty() || query.bot == bot;
}
bool fits_symbol(const InspectQuery& query, const Symbol& symbol) {
  return query.symbol.empty() || query.symbol == symbol;
}
bool fits_state(const InspectQuery& query, States states) {
  return query.status.empty() || std::ranges::find(states, query.status) != states.end();
}

// A state that the subject cannot be in is a slip of the hand, not an empty answer. Here a reason
// code may stand for it.
Result<void> check_status(const InspectQuery& query, std::string_view subject) {
  const actors::ListFilter filter = actors::list_filter(subject);
  const bool is_state = std::ranges::find(filter.states, query.status) != filter.states.end();
  if (query.status.empty() || is_state) return {};
  if (filter.has_reason && parse_reason_code(query.status)) return {};
  return fail(ErrorCode::kInvalidInput,
              fmt::format("'{}' is no status of {}", query.status, subject), "--status",
              filter.states.empty() ? fmt::format("{} have no status", subject)
                                    : fmt::format("one of {}{}", fmt::join(filter.states, ", "),
                                                  filter.has_reason ? ", or a reason code" : ""));
}

ScanRange all_of(Kind kind, const InspectQuery& query) {
  return {.kind = kind, .prefix = query.bot.empty() ? "" : bot_prefix(query.bot), .from = {}};
}

// Every bot that rows of this kind name, those that no configuration knows among them: alerts may
// name any.
Result<std::vector<BotId>> bots_named(const Store& store, Kind kind, const InspectQuery& query) {
  if (!query.bot.empty()) return std::vector{query.bot};
  std::vector<BotId> bots;
  for (std::string from; true; from = bots.back().value + '\x01') {
    const std::size_t before = bots.size();
    BOTBOX_TRY(store.scan({.kind = kind, .prefix = {}, .from = from, .limit = 1},
                          [&](std::string_view key, std::string_view) {
                            bots.push_back({std::string(key.substr(0, key.find('\0')))});
                            return false;
                          }));
    if (bots.size() == before) return bots;
  }
}

// Kinds whose keys are bot, time, id: from each bot the newest rows, as `row` makes them. `row`
// gives nothing for what does not fit.
template <class T, class TimeOf, class MakeRow>
Result<Json> newest_of_bots(const Store& store, Kind kind, const InspectQuery& query,
                            TimeOf time_of, MakeRow row) {
  NewestFirst<Json> newest(query.limit);
  std::optional<Error> problem;
  BOTBOX_ASSIGN(const std::vector<BotId> bots, bots_named(store, kind, query));
  for (const BotId& bot : bots) {
    ScanRange range{.kind = kind, .prefix = bot_prefix(bot), .from = {}, .reverse = true};
    if (!query.until.is_never())
      range.from =
          range.prefix + storage::big_endian(static_cast<std::uint64_t>(query.until.ms)) + '\xFF';
    std::size_t found = 0;
    const auto visit = [&](std::string_view key, T&& record) {
      const Timestamp at = time_of(record);
      if (at < query.from || found == query.limit) return false;
      Result<std::optional<Json>> made = row(std::move(record));
      if (!made) {
        problem = std::move(made).error();
        return false;
      }
      if (!*made) return true;
      newest.add(at, std::string(key), std::move(**made));
      return ++found < query.limit;
    };
    BOTBOX_TRY(visit_records<T>(store, range, query.now, visit));
    if (problem) return tl::unexpected<Error>(std::move(*problem));
  }
  return Json(std::move(newest).take());
}

// Other kinds: all rows, of which the newest are kept.
template <class T, class TimeOf, class MakeRow>
Result<Json> newest_of_all(const Store& store, const ScanRange& range, const InspectQuery& query,
                           TimeOf time_of, MakeRow row) {
  NewestFirst<Json> newest(query.limit);
  BOTBOX_TRY(visit_records<T>(store, range, query.now, [&](std::string_view key, T&& record) {
    const Timestamp at = time_of(record);
    if (!fits_time(query, at)) return true;
    std::optional<Json> made = row(key, std::move(record));
    if (made) newest.add(at, std::string(key), std::move(*made));
    return true;
  }));
  return Json(std::move(newest).take());
}

Result<Listing> list_bots(const Store& store, const InspectQuery& query) {
  BOTBOX_TRY(check_status(query, "bots"));
  Listing listing{.columns = {{"ID", "/id"},
                              {"STATUS", "/state", Cell::kState},
                              {"STRATEGY", "/config/strategy"},
                              {"SYMBOL", "/config/symbol"},
                              {"TF", "/config/timeframe"},
                              {"CHECKS", "/snapshot/checks", Cell::kNumber},
                              {"SIGNALS", "/snapshot/signals", Cell::kNumber},
                              {"DONE", "/snapshot/trades_completed", Cell::kNumber},
                              {"FAILED", "/snapshot/trades_failed", Cell::kNumber},
                              {"OPEN", "/snapshot/open_positions", Cell::kCount},
                              {"PENDING", "/snapshot/pending", Cell::kCount},
                              {"REALISED", "/snapshot/realised_profit", Cell::kNumber},
                              {"FEES", "/snapshot/fees", Cell::kNumber},
                              {"FUNDING", "/snapshot/funding", Cell::kNumber},
                              {"LAST CHECK", "/snapshot/last_check_at", Cell::kTime},
                              {"NOTE", "/note"}}};
  BOTBOX_ASSIGN(const std::vector<storage::StoredBot> bots, storage::load_bots(store));
  for (const storage::StoredBot& bot : bots)
    if (listing.rows.size() < query.limit && fits_bot(query, bot.id) &&
        fits_symbol(query, bot.config.symbol) && fits_state(query, {actors::state_of(bot)}))
      listing.rows.push_back(actors::bot_row(bot));
  return listing;
}

Result<Listing> list_signals(const Store& store, const InspectQuery& query) {
  BOTBOX_TRY(check_status(query, "signals"));
  Listing listing{.columns = columns_of("signals", ColumnSet::kAll)};
  const auto row = [&](Signal&& read) -> Result<std::optional<Json>> {
    BOTBOX_ASSIGN(const Signal signal, actors::with_stored_outcome(store, std::move(read)));
    if (!fits_symbol(query, signal.symbol) ||
        !fits_state(query,
                    {to_string(signal.decision), to_string(signal.execution_status),
                     to_string(signal.rejection_reason), to_string(signal.execution_reason)}))
      return std::nullopt;
    return std::optional(to_json(signal));
  };
  BOTBOX_ASSIGN(listing.rows, newest_of_bots<Signal>(
                                  store, Kind::kSignal, query,
                                  [](const Signal& s) { return s.created_at; }, row));
  return listing;
}

Result<Listing> list_traces(const Store& store, const InspectQuery& query) {
  BOTBOX_TRY(check_status(query, "traces"));
  Listing listing{.columns = columns_of("traces", ColumnSet::kAll)};
  const auto row = [&](DecisionTrace&& read) -> Result<std::optional<Json>> {
    BOTBOX_ASSIGN(const DecisionTrace trace, actors::with_stored_outcome(store, std::move(read)));
    if (!fits_state(query,
                    {to_string(trace.stage), to_string(trace.decision), to_string(trace.reason)}))
      return std::nullopt;
    return std::optional(actors::trace_row_json(trace));
  };
  BOTBOX_ASSIGN(listing.rows, newest_of_bots<DecisionTrace>(
                                  store, Kind::kTrace, query,
                                  [](const DecisionTrace& t) { return t.candle_close; }, row));
  return listing;
}

// How often which reason was the last word, over all traces that fit.
Result<Listing> list_reasons(const Store& store, const InspectQuery& query) {
  BOTBOX_TRY(check_status(query, "reasons"));
  struct Count {
    std::uint64_t traces = 0;
    Timestamp newest;
    std::set<std::string> bots;
  };
  std::map<ReasonCode, Count> counts;
  InspectQuery all = query;
  all.limit = SIZE_MAX;
  const auto row = [&](DecisionTrace&& read) -> Result<std::optional<Json>> {
    BOTBOX_ASSIGN(const DecisionTrace trace, actors::with_stored_outcome(store, std::move(read)));
    if (!fits_state(query, {to_string(trace.reason)})) return std::nullopt;
    Count& count = counts[trace.reason];
    ++count.traces;
    count.newest = std::max(count.newest, trace.candle_close);
    count.bots.insert(trace.bot.value);
    return std::nullopt;
  };
  BOTBOX_TRY(newest_of_bots<DecisionTrace>(
      store, Kind::kTrace, all, [](const DecisionTrace& t) { return t.candle_close; }, row));
  Listing listing{.columns = {{"REASON", "/reason"},
                              {"COUNT", "/count", Cell::kNumber},
                              {"BOTS", "/bots", Cell::kNumber},
                              {"NEWEST", "/newest", Cell::kTime}}};
  std::vector<std::pair<ReasonCode, Count>> sorted(counts.begin(), counts.end());
  std::ranges::stable_sort(
      sorted, [](const auto& a, const auto& b) { return a.second.traces > b.second.traces; });
  for (const auto& [reason, count] : sorted)
    if (listing.rows.size() < query.limit)
      listing.rows.push_back({{"reason", to_string(reason)},
                              {"count", count.traces},
                              {"bots", count.bots.size()},
                              {"newest", to_iso8601(count.newest)}});
  return listing;
}

Result<Listing> list_intents(const Store& store, const InspectQuery& query) {
  BOTBOX_TRY(check_status(query, "intents"));
  Listing listing{.columns = columns_of("intents", ColumnSet::kAll)};
  const auto row = [&](std::string_view, OrderIntent&& intent) -> std::optional<Json> {
    if (!fits_bot(query, intent.bot) || !fits_symbol(query, intent.symbol) ||
        !fits_state(query, {to_string(intent.status)}))
      return std::nullopt;
    return to_json(intent);
  };
  BOTBOX_ASSIGN(listing.rows, newest_of_all<OrderIntent>(
                                  store, {.kind = Kind::kIntent, .prefix = {}, .from = {}}, query,
                                  [](const OrderIntent& i) { return i.created_at; }, row));
  return listing;
}

Result<Listing> list_trades(const Store& store, const InspectQuery& query) {
  BOTBOX_TRY(check_status(query, "trades"));
  Listing listing{.columns = columns_of("trades", ColumnSet::kAll)};
  const auto row = [&](std::string_view, Trade&& trade) -> std::optional<Json> {
    if (!fits_bot(query, trade.bot) || !fits_symbol(query, trade.symbol) ||
        !fits_state(query, {to_string(trade.status), to_string(trade.reason)}))
      return std::nullopt;
    return to_json(trade);
  };
  BOTBOX_ASSIGN(listing.rows, newest_of_all<Trade>(
                                  store, {.kind = Kind::kTrade, .prefix = {}, .from = {}}, query,
                                  [](const Trade& t) { return t.created_at; }, row));
  return listing;
}

Result<Listing> list_positions(const Store& store, const InspectQuery& query) {
  BOTBOX_TRY(check_status(query, "positions"));
  Listing listing{.columns = columns_of("positions", ColumnSet::kAll)};
  BOTBOX_ASSIGN(const std::set<PositionId> dust, actors::dust_positions(store));
  const auto row = [&](std::string_view, Position&& position) -> std::optional<Json> {
    if (!fits_symbol(query, position.symbol) ||
        !fits_state(query, {to_string(position.status), to_string(position.close_reason)}))
      return std::nullopt;
    Json json = to_json(position);
    actors::mark_dust(json, dust);
    return json;
  };
  BOTBOX_ASSIGN(listing.rows, newest_of_all<Position>(
                                  store, all_of(Kind::kPosition, query), query,
                                  [](const Position& p) { return p.opened_at; }, row));
  return listing;
}

Result<Listing> list_fills(const Store& store, const InspectQuery& query) {
  BOTBOX_TRY(check_status(query, "fills"));
  Listing listing{.columns = columns_of("fills", ColumnSet::kAll)};
  const auto row = [&](std::string_view key, storage::BookedFill&& fill) -> std::optional<Json> {
    if (!fits_symbol(query, fill.fill.symbol)) return std::nullopt;
    return actors::fill_row(key, fill);
  };
  BOTBOX_ASSIGN(listing.rows, newest_of_all<storage::BookedFill>(
                                  store, all_of(Kind::kFill, query), query,
                                  [](const storage::BookedFill& f) { return f.fill.at; }, row));
  return listing;
}

// Events in the order of their numbers, `from` on or, reversed, the newest first.
Result<void> visit_events(const Store& store, const ScanRange& range,
                          const std::function<bool(Event&&)>& visit) {
  return visit_records<Event>(store, range, {}, [&](std::string_view key, Event&& event) {
    event.sequence = storage::from_big_endian(key);
    return visit(std::move(event));
  });
}

Result<Listing> list_events(const Store& store, const InspectQuery& query) {
  BOTBOX_TRY(check_status(query, "events"));
  Listing listing{.columns = columns_of("events", ColumnSet::kAll)};
  BOTBOX_TRY(visit_events(store, {.kind = Kind::kEvent, .prefix = {}, .from = {}, .reverse = true},
                          [&](Event&& event) {
                            if (listing.rows.size() >= query.limit || event.at < query.from)
                              return false;
                            if (fits_time(query, event.at) && fits_bot(query, event.bot))
                              listing.rows.push_back(to_json(event));
                            return true;
                          }));
  std::ranges::reverse(listing.rows);
  return listing;
}

Result<Listing> list_differences(const Store& store, const InspectQuery& query) {
  BOTBOX_TRY(check_status(query, "differences"));
  Listing listing{.columns = columns_of("differences", ColumnSet::kAll)};
  const auto row = [&](std::string_view, Difference&& difference) -> std::optional<Json> {
    if (!fits_bot(query, difference.bot) || !fits_symbol(query, difference.symbol) ||
        !fits_state(query, {to_string(difference.state)}))
      return std::nullopt;
    return to_json(difference);
  };
  BOTBOX_ASSIGN(listing.rows, newest_of_all<Difference>(
                                  store, {.kind = Kind::kDifference, .prefix = {}, .from = {}},
                                  query, [](const Difference& d) { return d.found_at; }, row));
  return listing;
}

Result<Listing> list_cycles(const Store& store, const InspectQuery& query) {
  BOTBOX_TRY(check_status(query, "cycles"));
  Listing listing{.columns = columns_of("cycles", ColumnSet::kAll)};
  BOTBOX_TRY(visit_records<CycleRecord>(
      store, {.kind = Kind::kCycle, .prefix = {}, .from = {}, .reverse = true}, query.now,
      [&](std::string_view, CycleRecord&& cycle) {
        if (listing.rows.size() >= query.limit || cycle.started_at < query.from) return false;
        if (fits_time(query, cycle.started_at)) listing.rows.push_back(to_json(cycle));
        return true;
      }));
  return listing;
}

// One row per window; what is reserved without a further write counts as granted after a crash.
void add_windows(Json& rows, std::string_view exchange, const LimiterState& state, Timestamp now) {
  std::int64_t weight = 0;
  std::int64_t orders = 0;
  for (const LimiterReservation& reservation : state.reservations) {
    if (reservation.expires <= now) continue;
    weight += reservation.weight;
    orders += reservation.orders;
  }
  for (const WindowState& window : state.windows) {
    std::int64_t used = 0;
    for (const UsedAmount& amount : window.used)
      if (amount.at + window.window.length > now) used += amount.amount;
    Json row{{"exchange", exchange}};
    row["name"] = window.window.name;
    row["kind"] = to_string(window.window.kind);
    row["length_ms"] = window.window.length.count();
    row["limit"] = window.window.limit;
    row["used"] = used;
    row["reserved"] = window.window.kind == LimitKind::kOrders ? orders : weight;
    row["stopped_until"] =
        state.stopped_until.is_never() ? Json() : Json(to_iso8601(state.stopped_until));
    row["saved_at"] = state.saved_at.is_never() ? Json() : Json(to_iso8601(state.saved_at));
    rows.push_back(std::move(row));
  }
}

Result<Listing> list_limiter(const Store& store, const InspectQuery& query) {
  BOTBOX_TRY(check_status(query, "limiters"));
  Listing listing{.columns = {{"EXCHANGE", "/exchange"},
                              {"WINDOW", "/name"},
                              {"KIND", "/kind"},
                              {"LENGTH MS", "/length_ms", Cell::kNumber},
                              {"LIMIT", "/limit", Cell::kNumber},
                              {"USED", "/used", Cell::kNumber},
                              {"RESERVED", "/reserved", Cell::kNumber},
                              {"STOPPED UNTIL", "/stopped_until", Cell::kTime},
                              {"SAVED", "/saved_at", Cell::kTime}}};
  BOTBOX_TRY(visit_all<LimiterState>(store, Kind::kLimiter,
                                     [&](std::string_view key, LimiterState&& state) {
                                       add_windows(listing.rows, key, state, query.now);
                                     }));
  return listing;
}

// Of each bot and of all together, those that end first on top. One that has ended is gone with its
// bot's next close, or the engine's next start.
Result<Listing> list_locks(const Store& store, const InspectQuery& query) {
  BOTBOX_TRY(check_status(query, "locks"));
  Listing listing{.columns = columns_of("locks", ColumnSet::kAll)};
  BOTBOX_ASSIGN(const std::vector<storage::StoredBot> bots, storage::load_bots(store));
  std::vector<std::pair<Timestamp, Json>> found;
  for (const storage::StoredBot& bot : bots) {
    if (!fits_bot(query, bot.id)) continue;
    for (actors::LockRow& row : actors::lock_rows(bot, query.now))
      if (fits_state(query, {row.state}) && fits_time(query, row.lock.since))
        found.emplace_back(row.lock.until, std::move(row.json));
  }
  BOTBOX_ASSIGN(std::vector<actors::LockRow> of_fleet, actors::fleet_lock_rows(store, query.now));
  for (actors::LockRow& row : of_fleet)
    if (fits_bot(query, {}) && fits_state(query, {row.state}) && fits_time(query, row.lock.since))
      found.emplace_back(row.lock.until, std::move(row.json));
  std::ranges::stable_sort(found, {}, &std::pair<Timestamp, Json>::first);
  for (auto& [until, row] : found)
    if (listing.rows.size() < query.limit) listing.rows.push_back(std::move(row));
  return listing;
}

// As the venue told them to the newest engine here that could ask; with a bot, that of its symbol.
Result<Listing> list_instruments(const Store& store, const InspectQuery& query) {
  BOTBOX_TRY(check_status(query, "instruments"));
  Listing listing{.columns = {{"VENUE", "/venue"},
                              {"SYMBOL", "/symbol"},
                              {"MARKET", "/market"},
                              {"TICK", "/tick", Cell::kNumber},
                              {"LOT", "/lot", Cell::kNumber},
                              {"MIN QUANTITY", "/min_quantity", Cell::kNumber},
                              {"MAX QUANTITY", "/max_quantity", Cell::kNumber},
                              {"MIN NOTIONAL", "/min_notional", Cell::kNumber},
                              {"SINCE", "/since", Cell::kTime}}};
  Symbol wanted;
  if (!query.bot.empty()) {
    BOTBOX_ASSIGN(const storage::StoredBot bot, storage::load_bot(store, query.bot));
    wanted = bot.config.symbol;
  }
  BOTBOX_TRY(visit_records<storage::KeptInstrument>(
      store, {.kind = Kind::kInstrument, .prefix = {}, .from = {}}, query.now,
      [&](std::string_view, storage::KeptInstrument&& row) {
        const bool fits = (query.bot.empty() || row.instrument.symbol == wanted) &&
                          fits_symbol(query, row.instrument.symbol);
        if (fits && fits_time(query, row.since) && listing.rows.size() < query.limit)
          listing.rows.push_back(to_json(row));
        return true;
      }));
  return listing;
}

struct Subject {
  std::string_view name;
  Result<Listing> (*list)(const Store&, const InspectQuery&);
  bool has_symbols = false;
};
constexpr std::array<Subject, 14> kSubjects{{{"bots", list_bots, true},
                                             {"signals", list_signals, true},
                                             {"intents", list_intents, true},
                                             {"trades", list_trades, true},
                                             {"positions", list_positions, true},
                                             {"fills", list_fills, true},
                                             {"locks", list_locks, false},
                                             {"events", list_events, false},
                                             {"traces", list_traces, false},
                                             {"reasons", list_reasons, false},
                                             {"cycles", list_cycles, false},
                                             {"differences", list_differences, true},
                                             {"limiter", list_limiter, false},
                                             {"instruments", list_instruments, true}}};

}  // namespace

const std::vector<std::string>& listed_subjects() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Subject& subject : kSubjects) all.emplace_back(subject.name);
    return all;
  }();
  return names;
}

Result<Listing> list_rows(const Store& store, std::string_view subject, const InspectQuery& query) {
  const auto* const found = std::ranges::find(kSubjects, subject, &Subject::name);
  if (found == kSubjects.end())
    return fail(ErrorCode::kInvalidInput, fmt::format("there is no '{}' to inspect", subject), {},
                fmt::format("one of {}, bot ID, engine", fmt::join(listed_subjects(), ", ")));
  if (!query.symbol.empty() && !found->has_symbols)
    return fail(ErrorCode::kInvalidInput, fmt::format("{} have no symbol", subject), "--symbol",
                "--bot names one bot");
  if (!query.bot.empty()) BOTBOX_TRY(storage::load_bot(store, query.bot));
  return found->list(store, query);
}

Result<Json> describe_bot(const Store& store, const BotId& bot) {
  BOTBOX_ASSIGN(const storage::StoredBot found, storage::load_bot(store, bot));
  return actors::bot_row(found);
}

Result<Json> describe_engine(const Store& store) {
  BOTBOX_ASSIGN(const storage::DirectoryState directory, storage::read_directory(store));
  BOTBOX_ASSIGN(const auto engine, storage::find_engine_state(store));
  BOTBOX_ASSIGN(const auto bots, storage::load_bots(store));
  BOTBOX_ASSIGN(const auto open_trades, storage::load_open_trades(store));
  const auto unknown = std::ranges::count_if(open_trades, &Trade::outcome_unknown);
  return Json{{"installation", directory.installation.value},
              {"process_epoch", directory.process_epoch},
              {"last_batch", store.last_sequence()},
              {"last_event", directory.last_event},
              {"state", engine ? to_json(*engine) : Json()},
              {"bots", bots.size()},
              {"open_trades", open_trades.size()},
              {"outcome_unknown", unknown}};
}

Result<Listing> list_new_events(const Store& store, const InspectQuery& query,
                                std::uint64_t& after) {
  Listing listing{.columns = columns_of("events", ColumnSet::kAll)};
  BOTBOX_TRY(visit_events(
      store, {.kind = Kind::kEvent, .prefix = {}, .from = storage::big_endian(after + 1)},
      [&](Event&& event) {
        after = event.sequence;
        if (fits_bot(query, event.bot) && fits_time(query, event.at))
          listing.rows.push_back(to_json(event));
        return listing.rows.size() < query.limit;
      }));
  return listing;
}

}  // namespace botbox::cli
