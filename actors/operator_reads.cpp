#include "actors/operator_reads.hpp"

#include <algorithm>
#include <array>

#include "actors/bot_chart.hpp"
#include "actors/decision_story.hpp"
#include "actors/dust.hpp"
#include "actors/engine_inside.hpp"
#include "actors/engine_overview.hpp"
#include "actors/fleet_list.hpp"
#include "actors/freqtrade_views.hpp"
#include "actors/list_filters.hpp"
#include "actors/lower_case.hpp"
#include "actors/metrics_page.hpp"
#include "actors/reason_counts.hpp"
#include "actors/record_pages.hpp"
#include "actors/record_rows.hpp"
#include "storage/codec.hpp"
#include "storage/event_head.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFreqtradeVerbs = "ft_";
constexpr std::size_t kSignalsLookedAt = 200;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<PageQuery> page_query(const OperatorArguments& arguments, Timestamp now) {
  PageQuery query;
  query.bot = {std::string(arguments.text("bot"))};
  BOTBOX_ASSIGN(query.symbol, arguments.symbol("symbol"));
  query.status = upper_case(arguments.text("status"));
  query.reason = upper_case(arguments.text("reason"));
  query.kind = arguments.text("kind");
  query.group = upper_case(arguments.text("group"));
  if (!query.group.empty() && std::ranges::find(kSignalGroups, query.group) == kSignalGroups.end())
    return fail(ErrorCode::kInvalidInput, "is no group of signals", "group",
                "pending, filtered, executed or failed");
  query.cursor = arguments.text("cursor");
  query.now = now;
  BOTBOX_ASSIGN(query.from, arguments.time("from"));
  BOTBOX_ASSIGN(query.until, arguments.time("to"));
  BOTBOX_ASSIGN(const auto limit, arguments.whole("limit", 1, 500));
  query.limit = static_cast<std::size_t>(limit.value_or(100));
  return query;
}

// A bot has candles of one series; who names another one is told so.
Result<void> check_own_series(const OperatorArguments& arguments, const BotConfig& config) {
  BOTBOX_ASSIGN(const Symbol pair, arguments.symbol("pair"));
  const std::string_view timeframe = arguments.text("timeframe");
  const auto only = [](const std::string& known, const char* argument) {
    return fail(ErrorCode::kNotFound, fmt::format("this bot looks at {} alone", known), argument);
  };
  if (!pair.empty() && pair != config.symbol) return only(config.symbol.value, "pair");
  const std::string own = to_string(config.timeframe);
  if (!timeframe.empty() && timeframe != own) return only(own, "timeframe");
  return {};
}

Json counts_json(const SignalCounts& counts) {
  Json json{{"since", counts.since.ms}};
  for (std::size_t group = 0; group < kSignalGroups.size(); ++group)
    json[lower_case(kSignalGroups[group])] = counts.by_group[group];
  return json;
}

template <class T>
Json json_of(const std::optional<T>& record) {
  return record ? storage::to_json(*record) : Json();
}

// A signal by its id alone: along the event log, newest first, as far as a page may go.
Result<std::optional<Signal>> find_signal(const storage::Store& store, const SignalId& id) {
  std::optional<Signal> found;
  std::optional<Error> problem;
  std::size_t walked = 0;
  BOTBOX_TRY(storage::visit_events(
      store, {.kind = storage::Kind::kEvent, .prefix = {}, .from = {}, .reverse = true},
      [&](const storage::EventHead& head) {
        if (++walked > 50 * kPageEventsMax) return storage::HeadVerdict::kEnd;
        return head.subject == id.value ? storage::HeadVerdict::kRead : storage::HeadVerdict::kSkip;
      },
      [&](Event&& event) {
        const auto bytes = store.get(storage::signal_key(event.bot, event.at, id));
        if (!bytes) {
          problem = bytes.error();
          return false;
        }
        if (!*bytes) return true;
        auto signal = storage::decode<Signal>(**bytes);
        if (!signal)
          problem = std::move(signal).error();
        else
          found = std::move(*signal);
        return false;
      }));
  if (problem) return tl::unexpected<Error>(std::move(*problem));
  return found;
}

// The trace that names this signal: under its candle, or, of one from outside, under its arrival.
Result<std::optional<DecisionTrace>> find_trace_of(const storage::Store& store,
                                                   const Signal& signal, Timestamp now) {
  for (const Timestamp close : {signal.candle_close, signal.created_at}) {
    BOTBOX_ASSIGN(auto trace, storage::find_trace(store, signal.bot, close, now));
    if (trace && trace->signal == signal.id) return trace;
  }
  return std::nullopt;
}

struct Moment {
  Timestamp at;
  std::string_view stage;
  std::string text;
};

void tell_signal(std::vector<Moment>& moments, const Signal& signal) {
  const std::string what =
      has_direction(signal) ? fmt::format("{} {}", to_string(signal.direction), signal.symbol.value)
                            : "alert";
  if (has_direction(signal))
    moments.push_back(
        {signal.candle_close, "CANDLE_CLOSED", to_string(signal.timeframe) + " candle closed"});
  if (signal.decision == SignalDecision::kRejected) {
    moments.push_back({signal.created_at, to_string(signal.execution_status),
                       fmt::format("{}: {}", what, to_string(signal.rejection_reason))});
    return;
  }
  moments.push_back(
      {signal.created_at, "SIGNAL_SENT", fmt::format("{}: {}", what, to_string(signal.decision))});
  if (signal.execution_reason == ReasonCode::kOrderBlockedLiveTrading)
    moments.push_back(
        {signal.created_at, to_string(signal.execution_reason), "live trading is off"});
}

// What its order has come to; nothing while it waits in the queue.
void tell_order(std::vector<Moment>& moments, const Trade& trade) {
  if (trade.status == TradeStatus::kPending) return;
  std::string text(to_string(trade.status));
  if (trade.outcome_unknown) text += ", outcome unknown";
  if (!trade.error_message.empty()) text += ": " + trade.error_message;
  const std::string_view stage = trade.status == TradeStatus::kFailed      ? "ORDER_FAILED"
                                 : trade.status == TradeStatus::kCompleted ? "ORDER_PLACED"
                                                                           : "EXECUTING";
  moments.push_back({trade.updated_at, stage, std::move(text)});
}

Json timeline(const std::optional<Signal>& signal, const std::optional<Trade>& trade,
              const std::vector<storage::BookedFill>& fills) {
  std::vector<Moment> moments;
  if (signal) tell_signal(moments, *signal);
  if (trade) {
    moments.push_back({trade->created_at, "ORDER_REQUESTED",
                       fmt::format("{} {} {}", to_string(trade->side), to_string(trade->quantity),
                                   trade->symbol.value)});
    for (const storage::BookedFill& fill : fills)
      if (fill.fill.client_id == trade->client_order_id)
        moments.push_back(
            {fill.fill.at, "FILLED",
             fmt::format("{} at {}", to_string(fill.fill.quantity), to_string(fill.fill.price))});
    tell_order(moments, *trade);
  }
  std::ranges::stable_sort(moments, {}, &Moment::at);
  Json rows = Json::array();
  for (const Moment& moment : moments)
    rows.push_back({{"at", moment.at.ms}, {"stage", moment.stage}, {"text", moment.text}});
  return rows;
}

// The signal that a trade came of. One from outside was made before its trade.
Result<std::optional<Signal>> signal_of(const storage::Store& store, const Trade& trade) {
  BOTBOX_ASSIGN(const std::optional<std::string> bytes,
                store.get(storage::signal_key(trade.bot, trade.created_at, trade.signal)));
  if (!bytes) return find_signal(store, trade.signal);
  return storage::decode<Signal>(*bytes).map(
      [](Signal signal) { return std::optional(std::move(signal)); });
}

Json fill_rows(const Trade& trade, const std::vector<storage::BookedFill>& fills) {
  Json rows = Json::array();
  for (const storage::BookedFill& fill : fills)
    rows.push_back(
        fill_row(storage::fill_key(trade.bot, trade.position, fill.fill.id).bytes, fill));
  return rows;
}

Result<std::vector<storage::BookedFill>> fills_of(const storage::Store& store,
                                                  const std::optional<Trade>& trade) {
  if (!trade) return std::vector<storage::BookedFill>{};
  return storage::load_fills(store, trade->bot, trade->position, 1'000);
}

}  // namespace

struct OperatorReads::Verb {
  std::string_view name;
  Result<Json> (OperatorReads::*read)(const ReadQuery&);
};

OperatorReads::OperatorReads(const storage::Store& store, const Clock& clock,
                             std::shared_ptr<const EngineStatistics> statistics,
                             EngineIdentity identity)
    : store_(store),
      clock_(clock),
      statistics_(std::move(statistics)),
      identity_(std::move(identity)),
      fleet_(store, clock),
      equity_(store) {}

// What left a reader's handler would end the reader, and with it every later answer of its.
Result<std::string> OperatorReads::read(const ReadQuery& query) {
  try {
    return answer(query);
  } catch (const std::exception& thrown) {
    return fail(ErrorCode::kCorruption, fmt::format("cannot be shown: {}", thrown.what()),
                query.verb, "tell the developers");
  }
}

Result<std::string> OperatorReads::answer(const ReadQuery& query) {
  static constexpr std::array<Verb, 33> kVerbs{{
      {"session", &OperatorReads::session},     {"overview", &OperatorReads::show_overview},
      {"documents", &OperatorReads::documents}, {"equity", &OperatorReads::equity},
      {"bots", &OperatorReads::bots},           {"bot", &OperatorReads::bot},
      {"candles", &OperatorReads::candles},     {"why", &OperatorReads::why},
      {"traces", &OperatorReads::page},         {"signals", &OperatorReads::page},
      {"intents", &OperatorReads::page},        {"trades", &OperatorReads::page},
      {"positions", &OperatorReads::page},      {"fills", &OperatorReads::page},
      {"events", &OperatorReads::page},         {"cycles", &OperatorReads::page},
      {"differences", &OperatorReads::page},    {"signal", &OperatorReads::signal},
      {"trade", &OperatorReads::trade},         {"locks", &OperatorReads::locks},
      {"alerts", &OperatorReads::alerts},       {"reasons", &OperatorReads::reasons},
      {"limiter", &OperatorReads::limiter},     {"cache", &OperatorReads::cache},
      {"balances", &OperatorReads::balances},   {"queue", &OperatorReads::queue},
      {"config", &OperatorReads::config},       {"metrics", &OperatorReads::metrics},
      {"health", &OperatorReads::health},       {"journal", &OperatorReads::journal},
      {"actors", &OperatorReads::actors},       {"rollout", &OperatorReads::rollout},
      {"latency", &OperatorReads::latency},
  }};
  if (query.verb == "prometheus") return prometheus(query);
  if (query.verb.starts_with(kFreqtradeVerbs)) {
    BOTBOX_ASSIGN(const Json shaped, freqtrade(query));
    return text_of(shaped);
  }
  const auto* const verb = std::ranges::find(kVerbs, query.verb, &Verb::name);
  if (verb == kVerbs.end())
    return fail(ErrorCode::kNotFound, fmt::format("there is no '{}'", query.verb));
  BOTBOX_ASSIGN(const Json json, (this->*verb->read)(query));
  return text_of(json);
}

EngineView OperatorReads::view(const EngineFacts& facts) const {
  return {store_, identity_, *statistics_, facts, clock_.now()};
}

void OperatorReads::warm() {
  static_cast<void>(whole_fleet());
  static_cast<void>(equity_.steps(1));
}

// What was read while the fleet started may be a part of it.
Result<FleetIndex::FleetPtr> OperatorReads::whole_fleet() {
  if (was_ready_) return fleet_.fleet();
  const TotalCounts totals = statistics_->totals();
  if (!totals.fleet_ready_at.is_never()) {
    if (fleet_.known() < totals.fleet_bots) fleet_.outdate();
    was_ready_ = true;
  }
  return fleet_.fleet();
}

Result<FleetCounts> OperatorReads::counts(const EngineFacts& facts) {
  BOTBOX_ASSIGN(const FleetIndex::FleetPtr fleet, whole_fleet());
  return count_fleet(*fleet, facts);
}

Result<EngineState> OperatorReads::engine_state() const {
  BOTBOX_ASSIGN(const auto stored, storage::find_engine_state(store_));
  return stored.value_or(EngineState{});
}

Result<Json> OperatorReads::session(const ReadQuery& query) {
  return Json{{"role", query.role},
              {"name", query.who},
              {"anonymous", query.who == "anonymous"},
              {"engine",
               {{"name", identity_.name},
                {"version", identity_.version},
                {"exchange", identity_.exchange},
                {"is_paper", identity_.is_paper},
                {"started_at", identity_.started_at.ms},
                {"process", identity_.process}}},
              {"now_ms", clock_.now().ms}};
}

Result<Json> OperatorReads::show_overview(const ReadQuery& query) {
  BOTBOX_ASSIGN(const FleetCounts fleet, counts(*query.facts));
  BOTBOX_ASSIGN(const EngineState engine, engine_state());
  return overview(view(*query.facts), fleet, engine);
}

Result<Json> OperatorReads::documents(const ReadQuery& query) {
  BOTBOX_ASSIGN(const FleetCounts fleet, counts(*query.facts));
  return documents_metrics(view(*query.facts), fleet);
}

Result<Json> OperatorReads::equity(const ReadQuery& query) {
  BOTBOX_ASSIGN(const auto points, query.arguments.whole("points", 1, 2'000));
  BOTBOX_ASSIGN(const FleetCounts fleet, counts(*query.facts));
  return equity_points(equity_, fleet, static_cast<std::size_t>(points.value_or(200)),
                       clock_.now());
}

Result<Json> OperatorReads::bots(const ReadQuery& query) {
  BOTBOX_ASSIGN(const FleetIndex::FleetPtr fleet, whole_fleet());
  return list_fleet(store_, *fleet, query.arguments, query.facts->prices(), clock_.now());
}

Result<Json> OperatorReads::bot(const ReadQuery& query) {
  BOTBOX_ASSIGN(const std::string id, query.arguments.needed("bot"));
  BOTBOX_ASSIGN(const storage::StoredBot found, storage::load_bot(store_, {id}));
  BOTBOX_ASSIGN(const FleetIndex::FleetPtr fleet, whole_fleet());
  const std::set<PositionId>& dust = fleet->dust;
  const SymbolPrices prices = query.facts->prices();
  BOTBOX_ASSIGN(Json json, bot_summary(store_, found, prices, dust, clock_.now()));
  json.update(bot_row(found));
  Json locked = Json::array();
  for (LockRow& row : lock_rows(found, clock_.now())) locked.push_back(std::move(row.json));
  json["locks"] = std::move(locked);
  json["pending"] = json["snapshot"]["pending"];
  // Of a row that cannot be read the bot's other words are shown all the same.
  const auto signals = storage::load_signals(store_, {id}, {}, kSignalsLookedAt);
  json["alerts"] = signals ? alert_silence(found.config, *signals, clock_.now()) : Json();
  Json& open = json["snapshot"]["open_positions"];
  for (std::size_t i = 0; i < open.size(); ++i) {
    mark_dust(open[i], dust);
    add_value(open[i], found.snapshot.open_positions[i], prices);
  }
  return json;
}

Result<Json> OperatorReads::candles(const ReadQuery& query) {
  BOTBOX_ASSIGN(const std::string id, query.arguments.needed("bot"));
  BOTBOX_ASSIGN(const auto limit, query.arguments.whole("limit", 1, 1'000));
  BOTBOX_ASSIGN(const storage::StoredBot found, storage::load_bot(store_, {id}));
  const std::shared_ptr<const Strategy> strategy =
      identity_.strategy ? identity_.strategy(found.config.strategy) : nullptr;
  return bot_chart(store_, found, query.market.get(), strategy.get(),
                   static_cast<std::size_t>(limit.value_or(300)));
}

Result<Json> OperatorReads::why(const ReadQuery& query) {
  BOTBOX_ASSIGN(const std::string id, query.arguments.needed("bot"));
  BOTBOX_ASSIGN(const Timestamp at, query.arguments.moment("at", clock_.now()));
  BOTBOX_ASSIGN(const DecisionStory story, read_story(store_, {id}, at, clock_.now()));
  return to_json(story);
}

Result<Json> OperatorReads::page(const ReadQuery& query) {
  BOTBOX_ASSIGN(const PageQuery wanted, page_query(query.arguments, clock_.now()));
  BOTBOX_TRY(check_filters(list_filter(query.verb), wanted.status, wanted.reason));
  if (!wanted.bot.empty()) BOTBOX_TRY(storage::load_bot(store_, wanted.bot));
  if (query.verb == "events" && query.arguments.has("after")) return new_events(query, wanted);
  PageAids aids{.births = &statistics_->births()};
  FleetIndex::FleetPtr fleet;
  std::map<Symbol, Price> prices;
  if (query.verb == "positions") {
    BOTBOX_ASSIGN(fleet, whole_fleet());
    aids.fleet = fleet.get();
    prices = query.facts->prices();
    aids.prices = &prices;
  }
  BOTBOX_ASSIGN(Page found, read_page(store_, query.verb, wanted, aids));
  Json json = to_json(std::move(found));
  if (query.verb == "signals")
    json["counts"] = counts_json(statistics_->signal_groups().count(wanted.bot, clock_.now()));
  return json;
}

Result<Json> OperatorReads::new_events(const ReadQuery& query, const PageQuery& wanted) {
  BOTBOX_ASSIGN(const auto after, query.arguments.whole("after", 0, INT64_MAX));
  BOTBOX_ASSIGN(Page found,
                read_new_events(store_, static_cast<std::uint64_t>(after.value_or(0)), wanted));
  return to_json(std::move(found));
}

Result<Json> OperatorReads::signal(const ReadQuery& query) {
  BOTBOX_ASSIGN(const std::string id, query.arguments.needed("id"));
  BOTBOX_ASSIGN(std::optional<Signal> found, find_signal(store_, {id}));
  if (!found) return fail(ErrorCode::kNotFound, "no signal of this id is kept", "id");
  BOTBOX_ASSIGN(const Signal joined, with_stored_outcome(store_, *found));
  std::optional<Trade> trade;
  std::optional<OrderIntent> intent;
  if (!joined.executed_trade_id.empty()) {
    BOTBOX_ASSIGN(trade, storage::find_trade(store_, joined.executed_trade_id));
  }
  if (trade) {
    BOTBOX_ASSIGN(intent, storage::find_intent(store_, trade->intent));
  }
  BOTBOX_ASSIGN(std::optional<DecisionTrace> trace, find_trace_of(store_, joined, clock_.now()));
  Json trace_json;
  if (trace) {
    BOTBOX_ASSIGN(const DecisionTrace told, with_stored_outcome(store_, std::move(*trace)));
    trace_json = trace_row_json(told);
  }
  BOTBOX_ASSIGN(const std::vector<storage::BookedFill> fills, fills_of(store_, trade));
  return Json{{"signal", storage::to_json(joined)},
              {"trace", std::move(trace_json)},
              {"intent", json_of(intent)},
              {"trade", json_of(trade)},
              {"fills", trade ? fill_rows(*trade, fills) : Json::array()},
              {"timeline", timeline(joined, trade, fills)}};
}

Result<Json> OperatorReads::trade(const ReadQuery& query) {
  BOTBOX_ASSIGN(const std::string id, query.arguments.needed("id"));
  BOTBOX_ASSIGN(const auto found, storage::find_trade(store_, {id}));
  if (!found) return fail(ErrorCode::kNotFound, "no trade of this id is kept", "id");
  BOTBOX_ASSIGN(const auto intent, storage::find_intent(store_, found->intent));
  BOTBOX_ASSIGN(const auto position, storage::find_position(store_, found->bot, found->position));
  BOTBOX_ASSIGN(const std::vector<storage::BookedFill> fills, fills_of(store_, found));
  BOTBOX_ASSIGN(const std::optional<Signal> signal, signal_of(store_, *found));
  return Json{{"trade", storage::to_json(*found)},
              {"signal", json_of(signal)},
              {"timeline", timeline(signal, found, fills)},
              {"intent", json_of(intent)},
              {"position", json_of(position)},
              {"fills", fill_rows(*found, fills)}};
}

Result<Json> OperatorReads::locks(const ReadQuery& query) {
  const std::string_view bot = query.arguments.text("bot");
  const std::string status = upper_case(query.arguments.text("status"));
  BOTBOX_TRY(check_filters(list_filter("locks"), status, {}));
  BOTBOX_ASSIGN(const auto limit, query.arguments.whole("limit", 1, kPageRowsMax));
  if (!bot.empty()) BOTBOX_TRY(storage::load_bot(store_, {std::string(bot)}));
  BOTBOX_ASSIGN(const FleetIndex::FleetPtr fleet, whole_fleet());
  std::vector<std::pair<Timestamp, Json>> found;
  for (const std::shared_ptr<const IndexedBot>& one : fleet->bots) {
    if (!one->has_locks || (!bot.empty() && one->id.value != bot)) continue;
    const Result<storage::StoredBot> stored = storage::load_bot(store_, one->id);
    if (!stored && stored.error().code == ErrorCode::kNotFound) continue;
    if (!stored) return tl::unexpected<Error>(stored.error());
    for (LockRow& row : lock_rows(*stored, clock_.now()))
      if (status.empty() || row.state == status)
        found.emplace_back(row.lock.until, std::move(row.json));
  }
  BOTBOX_ASSIGN(std::vector<LockRow> of_fleet, fleet_lock_rows(store_, clock_.now()));
  for (LockRow& row : of_fleet)
    if (bot.empty() && (status.empty() || row.state == status))
      found.emplace_back(row.lock.until, std::move(row.json));
  std::ranges::stable_sort(found, {}, &std::pair<Timestamp, Json>::first);
  Json items = Json::array();
  for (auto& [until, row] : found)
    if (items.size() < static_cast<std::size_t>(limit.value_or(kPageRowsMax)))
      items.push_back(std::move(row));
  return Json{{"items", std::move(items)}, {"next", nullptr}};
}

Result<Json> OperatorReads::alerts(const ReadQuery& query) {
  const std::string status = upper_case(query.arguments.text("status"));
  BOTBOX_TRY(check_filters(list_filter("alerts"), status, {}));
  BOTBOX_ASSIGN(const auto limit, query.arguments.whole("limit", 1, kPageRowsMax));
  Json items = Json::array();
  for (Json& row : alert_rows(*statistics_, clock_.now(), false))
    if ((status.empty() || row["state"] == status) &&
        items.size() < static_cast<std::size_t>(limit.value_or(kPageRowsMax)))
      items.push_back(std::move(row));
  return Json{{"items", std::move(items)}, {"next", nullptr}};
}

Result<Json> OperatorReads::reasons(const ReadQuery& query) {
  BOTBOX_ASSIGN(const PageQuery wanted, page_query(query.arguments, clock_.now()));
  if (!wanted.bot.empty()) BOTBOX_TRY(storage::load_bot(store_, wanted.bot));
  const Timestamp from = wanted.from.is_never() ? clock_.now() - Duration{86'400'000} : wanted.from;
  BOTBOX_ASSIGN(const ReasonCounts counted,
                count_reasons(store_, {.from = from, .until = wanted.until, .bot = wanted.bot}));
  Json items = Json::array();
  for (const auto& [reason, count] : counted.counts)
    items.push_back({{"reason", reason}, {"count", count}});
  return Json{{"items", std::move(items)},
              {"next", nullptr},
              {"counted_from", counted.counted_from.ms},
              {"is_complete", counted.is_complete}};
}

Result<Json> OperatorReads::latency(const ReadQuery& query) {
  BOTBOX_ASSIGN(const auto limit, query.arguments.whole("limit", 1, 1'000));
  return latency_json(statistics_->latencies(static_cast<std::size_t>(limit.value_or(120))));
}

Result<Json> OperatorReads::limiter(const ReadQuery& query) {
  return limiter_json(*query.facts, clock_.now());
}

Result<Json> OperatorReads::balances(const ReadQuery& query) {
  const BalanceBook::Shown& shown = query.facts->balances;
  Json rows = Json::array();
  for (const BalanceBook::Row& row : shown.rows)
    rows.push_back({{"coin", row.asset.value},
                    {"total", to_string(row.free + row.locked)},
                    {"free", to_string(row.free)},
                    {"set_aside", to_string(row.set_aside)}});
  return Json{{"as_of", shown.as_of ? Json(shown.as_of->ms) : Json(nullptr)},
              {"items", std::move(rows)},
              {"next", nullptr}};
}

Result<Json> OperatorReads::cache(const ReadQuery& query) {
  if (!query.facts->cache) return fail(ErrorCode::kTimeout, "the market data does not answer");
  const Timestamp now = clock_.now();
  Json rows = Json::array();
  for (const SeriesFacts& series : query.facts->cache->series)
    rows.push_back({{"symbol", series.symbol.value},
                    {"timeframe", to_string(series.timeframe)},
                    {"candles", series.candles},
                    {"gaps", series.gaps},
                    {"close", to_string(series.close)},
                    {"last_close_at", series.last_close.ms},
                    {"fetched_at", series.as_of.ms},
                    {"age_ms", age_of(series, now).count()}});
  return Json{{"hits", query.facts->cache->hits},
              {"fetches", query.facts->cache->fetches},
              {"items", std::move(rows)},
              {"next", nullptr}};
}

Result<Json> OperatorReads::queue(const ReadQuery& query) {
  if (!query.facts->queue) return fail(ErrorCode::kTimeout, "the trade queue does not answer");
  const QueueTold& told = *query.facts->queue;
  Json stages = Json::object();
  for (std::size_t stage = 0; stage < told.by_stage.size(); ++stage)
    stages[std::string(to_string(static_cast<QueueStage>(stage)))] = told.by_stage[stage];
  Json rows = Json::array();
  for (const QueueTold::Row& row : told.rows) {
    Json json = storage::to_json(row.trade);
    json["stage"] = to_string(row.stage);
    rows.push_back(std::move(json));
  }
  return Json{
      {"depth", told.size},          {"unknown", told.unknown},  {"recovering", told.recovering},
      {"stages", std::move(stages)}, {"items", std::move(rows)}, {"next", nullptr}};
}

Result<Json> OperatorReads::rollout(const ReadQuery& query) {
  if (!query.facts->fleet) return fail(ErrorCode::kTimeout, "the supervisor does not answer");
  return rollout_json(*query.facts);
}

Result<Json> OperatorReads::journal(const ReadQuery& query) {
  return journal_json(*query.facts, store_.last_sequence());
}

Result<Json> OperatorReads::actors(const ReadQuery& query) { return actors_json(*query.facts); }

Result<Json> OperatorReads::config(const ReadQuery&) {
  return Json{{"toml", identity_.config_toml ? identity_.config_toml() : std::string()}};
}

Result<Json> OperatorReads::metrics(const ReadQuery& query) {
  BOTBOX_ASSIGN(const FleetCounts fleet, counts(*query.facts));
  BOTBOX_ASSIGN(const EngineState engine, engine_state());
  return to_json(collect_metrics(view(*query.facts), fleet, engine));
}

Result<std::string> OperatorReads::prometheus(const ReadQuery& query) {
  BOTBOX_ASSIGN(const FleetCounts fleet, counts(*query.facts));
  BOTBOX_ASSIGN(const EngineState engine, engine_state());
  return to_prometheus_text(collect_metrics(view(*query.facts), fleet, engine));
}

Result<Json> OperatorReads::health(const ReadQuery& query) {
  if (query.arguments.text("scope") == "live") return to_json(live_checks(*query.facts));
  BOTBOX_ASSIGN(const FleetCounts fleet, counts(*query.facts));
  const HealthScope scope =
      query.arguments.text("scope") == "ready" ? HealthScope::kReady : HealthScope::kAll;
  return to_json(health_checks(view(*query.facts), fleet, scope));
}

// Under freqtrade's names, which are those of its endpoints.
Result<Json> OperatorReads::freqtrade(const ReadQuery& query) {
  const std::string_view name = std::string_view(query.verb).substr(kFreqtradeVerbs.size());
  if (name == "version") return Json{{"version", "botbox " + identity_.version}};
  const Result<std::string> id = query.arguments.needed("bot");
  if (!id)
    return fail(ErrorCode::kInvalidInput, "is missing", "bot",
                "put /bots/ID in front of /api/v1, or log in with the bot's id as the user");
  BOTBOX_ASSIGN(FreqtradeBot of, read_freqtrade_bot(store_, {*id}));
  BOTBOX_ASSIGN(const EngineState engine, engine_state());
  of.prices = query.facts->prices();
  of.version = identity_.version;
  of.exchange = identity_.exchange;
  of.is_paper = identity_.is_paper;
  if (of.bot.config.market == MarketType::kLinear) of.leverage = identity_.linear_leverage;
  of.margin_mode = identity_.margin_mode;
  of.is_trading = engine.mode == EngineMode::kActive;
  of.started_at = identity_.started_at;
  of.checked_at = statistics_->cycles().finished_at;
  of.now = clock_.now();
  if (name == "logs") {
    BOTBOX_ASSIGN(const PageQuery wanted, page_query(query.arguments, of.now));
    BOTBOX_ASSIGN(const Page page, read_page(store_, "events", wanted));
    return freqtrade_logs(page.items);
  }
  if (name != "pair_candles" && name != "plot_config")
    return freqtrade_view(name, of, query.arguments);
  BOTBOX_TRY(check_own_series(query.arguments, of.bot.config));
  BOTBOX_ASSIGN(const Json chart, candles(query));
  return name == "plot_config" ? freqtrade_plot(chart) : freqtrade_candles(chart, of);
}

}  // namespace botbox::actors
