#include "actors/operator_actor.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "actors/fleet_index.hpp"
#include "actors/record_rows.hpp"
#include "actors/turn_commit.hpp"
#include "engine/short_text.hpp"
#include "storage/codec.hpp"
#include "storage/reader.hpp"

namespace botbox::actors {
namespace {

constexpr Duration kFactsAge{500};
constexpr Duration kOlderFactsAge{5'000};
constexpr Duration kFactPatience{1'000};
constexpr Duration kWatchEvery{20};
constexpr std::size_t kQueueRows = 500;

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::optional<EngineMode> mode_named(std::string_view name) {
  for (const EngineMode mode : {EngineMode::kActive, EngineMode::kReducing, EngineMode::kHalted}) {
    std::string lower(to_string(mode));
    for (char& c : lower) c = static_cast<char>(c - 'A' + 'a');
    if (name == to_string(mode) || name == lower) return mode;
  }
  return std::nullopt;
}

std::optional<DifferenceDecision> decision_named(std::string name) {
  for (char& c : name)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  for (const DifferenceDecision decision :
       {DifferenceDecision::kWait, DifferenceDecision::kAdopt, DifferenceDecision::kFlatten,
        DifferenceDecision::kIgnore, DifferenceDecision::kHalt})
    if (name == to_string(decision)) return decision;
  return std::nullopt;
}

nlohmann::ordered_json engine_json(const EngineState& state) {
  nlohmann::ordered_json rollout;
  if (!state.rollout.empty()) rollout = storage::to_json(state)["rollout"][0];
  return {{"mode", to_string(state.mode)},
          {"live_trading", state.live_trading},
          {"by", state.changed_by},
          {"at", state.changed_at.ms},
          {"rollout", std::move(rollout)}};
}

// "none" is no cap.
Result<RolloutWish> rollout_wish(const OperatorArguments& arguments) {
  RolloutWish wish;
  BOTBOX_ASSIGN(const std::optional<bool> reset, arguments.flag("reset"));
  wish.as_configured = reset.value_or(false);
  if (arguments.text("bots") == "none") {
    wish.live_bots = UINT32_MAX;
  } else {
    BOTBOX_ASSIGN(const auto bots, arguments.whole("bots", 0, 1'000'000));
    if (bots) wish.live_bots = static_cast<std::uint32_t>(*bots);
  }
  if (arguments.text("order") == "none") {
    wish.order = Notional{};
  } else if (arguments.has("order")) {
    const Result<Decimal> order = Decimal::parse(arguments.text("order"));
    if (!order || *order <= Decimal{})
      return fail(ErrorCode::kInvalidInput, "is no amount above zero", "order",
                  "an amount such as 100, or none");
    wish.order = Notional{*order};
  }
  const bool says_caps = wish.live_bots || wish.order;
  if (says_caps == wish.as_configured)
    return fail(ErrorCode::kInvalidInput,
                says_caps ? "caps and reset are two wishes" : "no cap is given", "bots",
                "bots, order, or both; or reset");
  return wish;
}

// The words of an operator, as far as a record has room for them.
std::string detail_of(const OperatorCall& call) {
  nlohmann::ordered_json detail{{"from", call.request.from}};
  for (const auto& [name, value] : call.arguments.all()) detail[name] = short_text(value);
  return json_text(detail);
}

// Empty: for any reason.
Result<ReasonCode> reason_of_lock(const OperatorCall& asked) {
  const std::string_view named = asked.arguments.text("reason");
  const auto reason = named.empty() ? std::optional(ReasonCode::kNone) : parse_reason_code(named);
  if (reason) return *reason;
  return fail(ErrorCode::kInvalidInput, "is no reason of a lock", "reason",
              "one of those that the list of locks shows, or none for all");
}

// What is open, and what an entry under way is about to open.
std::vector<PositionId> positions_to_close(const BotSnapshot& snapshot) {
  std::vector<PositionId> positions;
  for (const Position& position : snapshot.open_positions) positions.push_back(position.id);
  if (const PendingTrade* entry = opening_trade(snapshot)) positions.push_back(entry->position);
  return positions;
}

}  // namespace

OperatorActor::OperatorActor(caf::actor_config& config, const Clock& clock, OperatorParts parts)
    : caf::event_based_actor(config), clock_(clock), parts_(std::move(parts)) {}

void OperatorActor::on_exit() {
  recording_.clear();
  watches_.clear();
  deciding_.clear();
  wait_for_facts_.clear();
  reconfiguring_.clear();
  parts_.readers.clear();
  parts_.singletons.clear();
  for (caf::actor* other : {&parts_.journal, &parts_.supervisor, &parts_.scheduler,
                            &parts_.trade_queue, &parts_.reconciler, &parts_.limiter,
                            &parts_.market_data, &parts_.exchange, &parts_.drafter})
    *other = nullptr;
}

caf::behavior OperatorActor::make_behavior() {
  gather();  // for whoever looks first
  return {[this](const OperatorAsked& asked) { on_asked(asked.call); },
          [this](const Committed& committed) { on_committed(committed); },
          [this](const DifferenceDecided& decided) { on_decided(decided); },
          [this](const FleetDrafted& drafted) { on_drafted(drafted); },
          [this](TickNow) {
            tick_armed_ = false;
            on_tick();
          }};
}

struct OperatorActor::Command {
  std::string_view verb;
  Prepare prepare;
};

void OperatorActor::on_asked(const OperatorCallPtr& call) {
  static constexpr std::array<Command, 17> kCommands{{
      {"trigger", &OperatorActor::prepare_trigger},
      {"mode", &OperatorActor::prepare_mode},
      {"live", &OperatorActor::prepare_live},
      {"set_rollout", &OperatorActor::prepare_rollout},
      {"pause", &OperatorActor::prepare_status},
      {"resume", &OperatorActor::prepare_status},
      {"archive", &OperatorActor::prepare_status},
      {"check", &OperatorActor::prepare_check},
      {"close", &OperatorActor::prepare_close},
      {"close_all", &OperatorActor::prepare_close_all},
      {"lift_locks", &OperatorActor::prepare_lift},
      {"lift_fleet_locks", &OperatorActor::prepare_fleet_lift},
      {"decide", &OperatorActor::prepare_decide},
      {"cancel_trade", &OperatorActor::prepare_cancel},
      {"backup", &OperatorActor::prepare_note},
      {"log_level", &OperatorActor::prepare_note},
      {"stop", &OperatorActor::prepare_note},
  }};
  const OperatorRequest& request = call->request;
  const OperatorVerb* verb = find_operator_verb(request.verb);
  if (verb == nullptr)
    return call->answer(fail(ErrorCode::kNotFound, fmt::format("there is no '{}'", request.verb)));
  if (request.role < verb->needs)
    return call->answer(
        fail(ErrorCode::kRejected,
             fmt::format("'{}' needs the role {}", verb->name, to_string(verb->needs)), {},
             "use a token or a certificate of that role"));
  Result<OperatorArguments> arguments = OperatorArguments::parse(request.arguments);
  if (!arguments) return call->answer(tl::unexpected<Error>(arguments.error()));
  call->arguments = std::move(*arguments);
  if (const auto known = check_argument_names(*verb, call->arguments); !known)
    return call->answer(tl::unexpected<Error>(known.error()));
  if (verb->needs == OperatorRole::kRead) return look(call);
  // Whoever changed something finds it in the next list.
  call->before_answer = [reads = parts_.reads] { reads->fleet().outdate(); };
  if (verb->name == "create_bot" || verb->name == "update_bot" || verb->name == "reload")
    return reconfigure(call);
  const auto* const command = std::ranges::find(kCommands, request.verb, &Command::verb);
  Result<Act> act = (this->*command->prepare)(*call);
  if (!act) return call->answer(tl::unexpected<Error>(std::move(act).error()));
  record(call, std::move(*act));
}

template <class Answered, caf::message_priority Priority, class Message, class Tell>
void OperatorActor::ask(const OperatorCallPtr& call, const caf::actor& whom, Message message,
                        Tell tell) {
  request<Priority>(whom, parts_.patience, std::move(message))
      .then([call, tell](const Answered& answered) { call->answer(tell(answered)); },
            [this, call](const caf::error& error) {
              call->answer(fail(ErrorCode::kTimeout,
                                "the engine does not answer: " + system().render(error)));
            });
}

// -- looking

void OperatorActor::look(const OperatorCallPtr& call) {
  // These stand in the store alone: no busy actor keeps them waiting.
  static constexpr std::array<std::string_view, 17> kStored{
      "session", "traces", "why",     "signals",     "intents", "trades",
      "fills",   "events", "cycles",  "differences", "signal",  "trade",
      "locks",   "alerts", "reasons", "config",      "latency"};
  // These are content with facts of a few seconds ago, which are asked for anew behind them.
  static constexpr std::array<std::string_view, 6> kPatient{"bots",   "bot",      "positions",
                                                            "equity", "overview", "documents"};
  const std::string& verb = call->request.verb;
  if (verb == "candles" || verb == "ft_pair_candles" || verb == "ft_plot_config")
    return look_at_market(call);
  if (verb == "queue") return look_at_queue(call);
  if (std::ranges::find(kStored, verb) != kStored.end()) return read(call, nullptr, nullptr);
  const bool takes_older = std::ranges::find(kPatient, verb) != kPatient.end();
  with_facts(call, takes_older ? kOlderFactsAge : kFactsAge);
}

// Facts of a moment ago serve everybody; who is content with older ones has them asked for anew.
void OperatorActor::with_facts(const OperatorCallPtr& call, Duration age_max) {
  // A clock that was set back says nothing about their age.
  const Duration age = facts_ ? clock_.now() - facts_->asked_at : Duration::max();
  const bool is_served = age >= Duration{0} && age < age_max;
  const bool is_old = age < Duration{0} || age >= kFactsAge;
  if (!is_served) wait_for_facts_.push_back(call);
  if (is_old && !gathering_) gather();
  if (is_served) read(call, facts_, nullptr);
}

template <class Told, class Ask>
void OperatorActor::gather_from(const caf::actor& whom, Ask question,
                                std::optional<Told> EngineFacts::*into) {
  ++facts_missing_;
  request<kAskFirst>(whom, kFactPatience, std::move(question))
      .then(
          [this, facts = gathering_, into](const Told& told) {
            (*facts).*into = told;
            on_fact();
          },
          [this](const caf::error&) { on_fact(); });
}

void OperatorActor::gather_mailboxes() {
  gathering_->actors.resize(parts_.singletons.size());
  for (std::size_t i = 0; i < parts_.singletons.size(); ++i) {
    gathering_->actors[i].name = parts_.singletons[i].name;
    ++facts_missing_;
    request<kAskFirst>(parts_.singletons[i].actor, kFactPatience, AskActor{})
        .then(
            [this, facts = gathering_, i](const ActorTold& told) {
              facts->actors[i].mailbox = told.mailbox;
              on_fact();
            },
            [this](const caf::error&) { on_fact(); });
  }
}

void OperatorActor::gather() {
  gathering_ = std::make_shared<EngineFacts>();
  gathering_->asked_at = clock_.now();
  gathering_->commits = parts_.journal_counters.commits;
  gathering_->commit_groups = parts_.journal_counters.groups;
  gathering_->commit_seconds = parts_.journal_counters.write_seconds.read();
  gathering_->commit_group_size = parts_.journal_counters.group_size.read();
  if (parts_.balances) gathering_->balances = parts_.balances->shown();
  gather_from(parts_.limiter, AskLimiter{}, &EngineFacts::limiter);
  gather_from(parts_.trade_queue, AskQueue{}, &EngineFacts::queue);
  gather_from(parts_.market_data, AskCache{}, &EngineFacts::cache);
  gather_from(parts_.exchange, AskCalls{}, &EngineFacts::calls);
  gather_from(parts_.supervisor, AskFleet{}, &EngineFacts::fleet);
  gather_mailboxes();
}

void OperatorActor::on_fact() {
  if (--facts_missing_ > 0) return;
  facts_ = std::move(gathering_);
  gathering_ = nullptr;
  const std::vector<OperatorCallPtr> waiting = std::move(wait_for_facts_);
  wait_for_facts_.clear();
  for (const OperatorCallPtr& call : waiting) read(call, facts_, nullptr);
}

void OperatorActor::look_at_market(const OperatorCallPtr& call) {
  const Result<std::string> id = call->arguments.needed("bot");
  if (!id) return call->answer(tl::unexpected<Error>(id.error()));
  const Result<storage::StoredBot> bot = storage::load_bot(parts_.store, {*id});
  if (!bot) return call->answer(tl::unexpected<Error>(bot.error()));
  request(parts_.market_data, kFactPatience, AskSeries{bot->config.symbol, bot->config.timeframe})
      .then([this, call](const SeriesTold& told) { read(call, nullptr, told.view); },
            [this, call](const caf::error&) { read(call, nullptr, nullptr); });
}

void OperatorActor::look_at_queue(const OperatorCallPtr& call) {
  request(parts_.trade_queue, kFactPatience, AskQueue{kQueueRows})
      .then(
          [this, call](const QueueTold& told) {
            auto facts = std::make_shared<EngineFacts>();
            facts->queue = told;
            read(call, std::move(facts), nullptr);
          },
          [this, call](const caf::error&) { read(call, nullptr, nullptr); });
}

void OperatorActor::read(const OperatorCallPtr& call, std::shared_ptr<const EngineFacts> facts,
                         std::shared_ptr<const MarketView> market) {
  auto query = std::make_shared<ReadQuery>();
  query->verb = call->request.verb;
  query->arguments = call->arguments;
  query->who = call->request.who;
  query->role = to_string(call->request.role);
  query->facts = facts ? std::move(facts) : std::make_shared<const EngineFacts>();
  query->market = std::move(market);
  if (parts_.readers.empty()) return call->answer(parts_.reads->read(*query));
  send(parts_.readers[next_reader_++ % parts_.readers.size()], ReadNow{call, std::move(query)});
}

// -- changing

void OperatorActor::record(const OperatorCallPtr& call, Act act) {
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "operator";
  commit->epoch = parts_.epoch;
  commit->turn = ++turn_;
  commit->at = clock_.now();
  const std::string_view bot = call->arguments.text("bot");
  const std::string_view id = call->arguments.text("id");
  note(commit->always, {.at = clock_.now(),
                        .kind = "operator." + call->request.verb,
                        .bot = {std::string(bot)},
                        .subject = std::string(id.empty() ? bot : id),
                        .detail = detail_of(*call),
                        .actor = call->request.who});
  recording_.emplace(turn_, std::pair{call, std::move(act)});
  send<kCommitFirst>(parts_.journal, CommitRequest{std::move(commit), this});
}

void OperatorActor::on_committed(const Committed& committed) {
  const auto node = recording_.extract(committed.turn);
  if (node.empty()) return;
  const auto& [call, act] = node.mapped();
  if (committed.result.outcome != storage::CommitOutcome::kCommitted)
    return call->answer(fail(ErrorCode::kIo,
                             "the command could not be recorded, so nothing of it "
                             "was done"));
  act(call);
}

// What the process does itself, once this is durable.
Result<OperatorActor::Act> OperatorActor::prepare_note(const OperatorCall&) {
  return Act([](const OperatorCallPtr& call) { call->answer(std::string("{}")); });
}

Result<OperatorActor::Act> OperatorActor::prepare_trigger(const OperatorCall&) {
  return Act([this](const OperatorCallPtr& call) {
    ask<CycleBegun>(call, parts_.scheduler, CheckEverybody{}, [](const CycleBegun& begun) {
      return json_text({{"cycle", begun.cycle}, {"found", begun.found}});
    });
  });
}

// Not behind whatever a supervisor has to do that starts or changes a large fleet.
void OperatorActor::switch_engine(const OperatorCallPtr& call, SwitchEngine wanted) {
  wanted.by = call->request.who;
  wanted.reason = call->arguments.text("reason");
  ask<EngineSwitched, kAskFirst>(
      call, parts_.supervisor, std::move(wanted),
      [](const EngineSwitched& switched) { return json_text(engine_json(switched.state)); });
}

Result<OperatorActor::Act> OperatorActor::prepare_mode(const OperatorCall& asked) {
  const auto mode = mode_named(asked.arguments.text("mode"));
  if (!mode)
    return fail(ErrorCode::kInvalidInput, "is no mode", "mode", "active, reducing or halted");
  return Act([this, mode](const OperatorCallPtr& call) {
    switch_engine(call, {.mode = mode, .live_trading = {}, .rollout = {}, .reason = {}, .by = {}});
  });
}

Result<OperatorActor::Act> OperatorActor::prepare_live(const OperatorCall& asked) {
  BOTBOX_ASSIGN(const std::optional<bool> on, asked.arguments.flag("on"));
  if (!on) return fail(ErrorCode::kInvalidInput, "is missing", "on", "true or false");
  if (*on && !parts_.live_forbidden.empty())
    return fail(ErrorCode::kAlreadyExists, parts_.live_forbidden, "on");
  return Act([this, on](const OperatorCallPtr& call) {
    switch_engine(call, {.mode = {}, .live_trading = on, .rollout = {}, .reason = {}, .by = {}});
  });
}

Result<OperatorActor::Act> OperatorActor::prepare_rollout(const OperatorCall& asked) {
  BOTBOX_ASSIGN(const RolloutWish wish, rollout_wish(asked.arguments));
  return Act([this, wish](const OperatorCallPtr& call) {
    facts_ = nullptr;  // they are of before
    switch_engine(call, {.mode = {}, .live_trading = {}, .rollout = wish, .reason = {}, .by = {}});
  });
}

Result<OperatorActor::Act> OperatorActor::prepare_status(const OperatorCall& asked) {
  BOTBOX_ASSIGN(const std::string id, asked.arguments.needed("bot"));
  BOTBOX_ASSIGN(const storage::StoredBot bot, storage::load_bot(parts_.store, {id}));
  const std::string& verb = asked.request.verb;
  const BotStatus status = verb == "pause"    ? BotStatus::kPaused
                           : verb == "resume" ? BotStatus::kActive
                                              : BotStatus::kArchived;
  if (status != BotStatus::kArchived && bot.snapshot.status == BotStatus::kArchived)
    return fail(ErrorCode::kAlreadyExists, "the bot is archived, which is for good", "bot",
                "create it again: 'botboxctl bot create FILE', or POST /api/bots");
  if (status == BotStatus::kArchived && holds_something(bot.snapshot))
    return fail(ErrorCode::kAlreadyExists, "it has an open position or a trade under way", "bot",
                "close it first");
  return Act([this, id, status](const OperatorCallPtr& call) {
    std::string reason(call->arguments.text("reason"));
    if (reason.empty()) reason = fmt::format("{} by {}", call->request.verb, call->request.who);
    send(parts_.supervisor,
         ChangeBotStatus{{id}, StatusChanged{status, short_text(reason), call->request.who}});
    watch({.call = call,
           .deadline = clock_.now() + parts_.patience,
           .look = [this, id, status]() -> std::optional<Result<Json>> {
             const auto now = storage::load_bot(parts_.store, {id});
             if (!now) return tl::unexpected<Error>(now.error());
             const bool stays = status == BotStatus::kArchived &&
                                now->snapshot.status == BotStatus::kPaused &&
                                holds_something(now->snapshot);
             if (stays)
               return fail(ErrorCode::kAlreadyExists,
                           "it has got a position or a trade meanwhile, and is paused instead",
                           "bot", "close it, then archive it");
             if (now->snapshot.status != status) return std::nullopt;
             return Json{{"id", id}, {"status", to_string(status)}};
           },
           .late = "recorded; the bot is away and will be told when it is back"});
  });
}

Result<OperatorActor::Act> OperatorActor::prepare_check(const OperatorCall& asked) {
  BOTBOX_ASSIGN(const std::string id, asked.arguments.needed("bot"));
  BOTBOX_TRY(storage::load_bot(parts_.store, {id}));
  return Act([this](const OperatorCallPtr& call) { check(call); });
}

// The scheduler answers without a name for the question, so each check has an asker of its own.
void OperatorActor::check(const OperatorCallPtr& call) {
  const caf::actor asker = spawn<caf::linked>(
      [call, patience = parts_.check_patience](caf::event_based_actor* self) -> caf::behavior {
        self->delayed_send(self, patience, TickNow{});
        return {[self, call](const CheckDone& checked) {
                  call->answer(json_text({{"bot", call->arguments.text("bot")},
                                          {"outcome", to_string(checked.outcome)},
                                          {"reason", to_string(checked.reason)},
                                          {"message", checked.error},
                                          {"next_check_at", checked.next_check_at.ms}}));
                  self->quit();
                },
                [self, call](TickNow) {
                  call->answer(fail(ErrorCode::kTimeout, "the check has not ended yet"));
                  self->quit();
                }};
      });
  send(parts_.scheduler, CheckBotNow{{std::string(call->arguments.text("bot"))}, asker});
}

// Error: no order leaves, closes neither.
Result<void> OperatorActor::orders_leave() const {
  BOTBOX_ASSIGN(const auto engine, storage::find_engine_state(parts_.store));
  if (!engine || (engine->mode != EngineMode::kHalted && engine->live_trading)) return {};
  return fail(ErrorCode::kAlreadyExists,
              engine->live_trading ? "the engine is HALTED: no order leaves"
                                   : "live trading is off: no order leaves",
              {}, engine->live_trading ? "switch it to reducing first" : "switch it on first");
}

Result<OperatorActor::Act> OperatorActor::prepare_close(const OperatorCall& asked) {
  BOTBOX_ASSIGN(const std::string id, asked.arguments.needed("bot"));
  BOTBOX_ASSIGN(const storage::StoredBot bot, storage::load_bot(parts_.store, {id}));
  if (positions_to_close(bot.snapshot).empty())
    return fail(ErrorCode::kAlreadyExists, "it has no open position, and enters none", "bot");
  BOTBOX_TRY(orders_leave());
  return Act([this](const OperatorCallPtr& call) { close(call); });
}

Result<OperatorActor::Act> OperatorActor::prepare_close_all(const OperatorCall&) {
  BOTBOX_TRY(orders_leave());
  return Act([this](const OperatorCallPtr& call) { close_all(call); });
}

// One command to close; all its looks share it.
struct OperatorActor::Closing {
  std::string name;  // of the requests: the same ids, however often they are made
  std::string who;
  std::set<std::string> positions;  // that are to be closed
  std::vector<BotId> left;          // of many bots those that have not taken it up
  Timestamp asked_at;
  Timestamp looked_at;
};

std::shared_ptr<OperatorActor::Closing> OperatorActor::begin_closing(
    const OperatorCall& call) const {
  auto closing = std::make_shared<Closing>();
  closing->name = fmt::format("operator/{}/{}", parts_.epoch.process, turn_);
  closing->who = call.request.who;
  return closing;
}

// A busy bot drops the request, so it is made again, under the same ids, until the bot's record
// shows the trade that closes the position. True: all its positions have one, also one that an
// entry under way is about to open.
Result<bool> OperatorActor::ask_to_close(Closing& closing, const BotId& bot, bool asks) {
  BOTBOX_ASSIGN(const storage::StoredBot now, storage::load_bot(parts_.store, bot));
  bool is_done = true;
  for (const PositionId& position : positions_to_close(now.snapshot)) {
    closing.positions.insert(position.value);
    if (is_being_closed(now.snapshot, position)) continue;
    is_done = false;
    if (asks)
      send(parts_.supervisor,
           CloseBotPosition{bot, CloseRequested{.difference = {closing.name + "/" + position.value},
                                                .position = position,
                                                .attempt = 0,
                                                .by = closing.who,
                                                .reason = ReasonCode::kClosedByOperator}});
  }
  return is_done;
}

void OperatorActor::close(const OperatorCallPtr& call) {
  const BotId bot{std::string(call->arguments.text("bot"))};
  watch({.call = call,
         .deadline = clock_.now() + parts_.patience,
         .look = [this, bot, closing = begin_closing(*call)]() -> std::optional<Result<Json>> {
           const bool asks = clock_.now() - closing->asked_at >= Duration{200};
           const Result<bool> is_done = ask_to_close(*closing, bot, asks);
           if (!is_done) return tl::unexpected<Error>(is_done.error());
           if (asks) closing->asked_at = clock_.now();
           if (!*is_done) return std::nullopt;
           return Json{{"bot", bot.value}, {"closing", closing->positions}};
         },
         .late = "recorded; the bot has not taken it up yet: look at its trades"});
}

// Of ten thousand bots each is looked at and asked less often, so that the desk keeps up. A bot
// whose rows cannot be read is among those that have not taken it up.
bool OperatorActor::ask_left_to_close(Closing& closing, bool is_last) {
  const auto left = static_cast<std::int64_t>(closing.left.size());
  const bool asks = clock_.now() - closing.asked_at >= Duration{200 + left};
  if (!asks && !is_last && clock_.now() - closing.looked_at < Duration{left / 20}) return false;
  std::erase_if(closing.left, [&](const BotId& bot) {
    const Result<bool> is_done = ask_to_close(closing, bot, asks);
    return is_done && *is_done;
  });
  closing.looked_at = clock_.now();
  if (asks) closing.asked_at = clock_.now();
  return closing.left.empty();
}

void OperatorActor::close_all(const OperatorCallPtr& call) {
  parts_.reads->fleet().outdate();
  const auto fleet = parts_.reads->fleet().fleet();
  if (!fleet) return call->answer(tl::unexpected<Error>(fleet.error()));
  const auto closing = begin_closing(*call);
  for (const auto& bot : (*fleet)->bots)
    if (!bot->open.empty() || bot->pending > 0 || bot->is_damaged) closing->left.push_back(bot->id);
  const Timestamp deadline = clock_.now() + parts_.patience;
  watch({.call = call,
         .deadline = deadline,
         .look = [this, closing, deadline,
                  bots = closing->left.size()]() -> std::optional<Result<Json>> {
           const bool is_last = clock_.now() >= deadline;
           if (ask_left_to_close(*closing, is_last))
             return Json{{"bots", bots}, {"positions", closing->positions.size()}};
           if (!is_last) return std::nullopt;
           return fail(ErrorCode::kTimeout,
                       fmt::format("recorded; {} of {} bots have not taken it up yet, the first "
                                   "is '{}': look at the open positions",
                                   closing->left.size(), bots, closing->left.front().value));
         },
         .late = {}});
}

Result<OperatorActor::Act> OperatorActor::prepare_fleet_lift(const OperatorCall& asked) {
  BOTBOX_ASSIGN(std::string scope, asked.arguments.needed("scope"));
  Symbol symbol;
  if (scope != "fleet") {
    BOTBOX_ASSIGN(symbol, asked.arguments.symbol("scope"));
    scope = symbol.value;
  }
  BOTBOX_ASSIGN(const ReasonCode reason, reason_of_lock(asked));
  return Act([this, scope, symbol, reason](const OperatorCallPtr& call) {
    send(parts_.supervisor, LiftFleetLocks{symbol, reason, call->request.who});
    watch({.call = call,
           .deadline = clock_.now() + parts_.patience,
           .look = [this, scope, reason]() -> std::optional<Result<Json>> {
             const auto rows = fleet_lock_rows(parts_.store, clock_.now());
             if (!rows) return tl::unexpected<Error>(rows.error());
             if (std::ranges::any_of(*rows, [&](const LockRow& row) {
                   return row.json["scope"] == scope &&
                          (reason == ReasonCode::kNone || row.lock.reason == reason);
                 }))
               return std::nullopt;
             return Json{{"scope", scope}, {"locks", "lifted"}};
           },
           .late = "told; the engine has not written it down yet: look at the locks"});
  });
}

Result<OperatorActor::Act> OperatorActor::prepare_lift(const OperatorCall& asked) {
  BOTBOX_ASSIGN(const std::string id, asked.arguments.needed("bot"));
  BOTBOX_TRY(storage::load_bot(parts_.store, {id}));
  BOTBOX_ASSIGN(const ReasonCode reason, reason_of_lock(asked));
  return Act([this, id, reason](const OperatorCallPtr& call) {
    send(parts_.supervisor, LiftBotLocks{{id}, LockLifted{reason, call->request.who}});
    watch({.call = call,
           .deadline = clock_.now() + parts_.patience,
           .look = [this, id, reason]() -> std::optional<Result<Json>> {
             const auto now = storage::load_bot(parts_.store, {id});
             if (!now) return tl::unexpected<Error>(now.error());
             if (!now->snapshot.risk.empty() &&
                 std::ranges::any_of(now->snapshot.risk.front().locks, [&](const RiskLock& lock) {
                   return reason == ReasonCode::kNone || lock.reason == reason;
                 }))
               return std::nullopt;
             return Json{{"bot", id}, {"locks", "lifted"}};
           },
           .late = "recorded; the bot is not running, its locks stay"});
  });
}

Result<OperatorActor::Act> OperatorActor::prepare_decide(const OperatorCall& asked) {
  BOTBOX_ASSIGN(const std::string id, asked.arguments.needed("id"));
  const auto decision = decision_named(std::string(asked.arguments.text("decision")));
  if (!decision)
    return fail(ErrorCode::kInvalidInput, "is no decision", "decision",
                "wait, adopt, flatten, ignore or halt");
  const BotId adopter{std::string(asked.arguments.text("bot"))};
  if (!parts_.reconciler)
    return fail(ErrorCode::kAlreadyExists, "reconciliation is off in the configuration");
  return Act([this, id, decision, adopter](const OperatorCallPtr& call) {
    deciding_.emplace(DifferenceId{id}, call);
    send(parts_.reconciler, DecideDifference{{id}, *decision, call->request.who, this, adopter});
    watch({.call = call,
           .deadline = clock_.now() + parts_.patience,
           .look = []() -> std::optional<Result<Json>> { return std::nullopt; },
           .late = "recorded; the reconciler does not answer"});
  });
}

void OperatorActor::on_decided(const DifferenceDecided& decided) {
  const auto [first, last] = deciding_.equal_range(decided.id);
  for (auto at = first; at != last; ++at) {
    if (decided.difference)
      at->second->answer(json_text(storage::to_json(*decided.difference)));
    else
      at->second->answer(tl::unexpected<Error>(decided.difference.error()));
  }
  deciding_.erase(first, last);
}

Result<OperatorActor::Act> OperatorActor::prepare_cancel(const OperatorCall& asked) {
  BOTBOX_ASSIGN(const std::string id, asked.arguments.needed("id"));
  BOTBOX_ASSIGN(const auto trade, storage::find_trade(parts_.store, {id}));
  if (!trade) return fail(ErrorCode::kNotFound, "no trade of this id is kept", "id");
  if (is_final(trade->status))
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("the trade is {} already", to_string(trade->status)), "id");
  return Act([this, id](const OperatorCallPtr& call) {
    ask<TradeCancelled>(call, parts_.trade_queue, CancelTrade{{id}, call->request.who},
                        [id](const TradeCancelled& cancelled) -> Result<std::string> {
                          if (!cancelled.outcome)
                            return tl::unexpected<Error>(cancelled.outcome.error());
                          return json_text({{"id", id}, {"outcome", *cancelled.outcome}});
                        });
  });
}

// -- what shows in the store

void OperatorActor::watch(Watch watch) {
  watches_.push_back(std::move(watch));
  on_tick();
}

void OperatorActor::on_tick() {
  std::erase_if(watches_, [this](const Watch& watch) {
    if (watch.call->is_answered()) return true;
    // Before the look: one that takes long must not be the last without having known it.
    const bool is_late = clock_.now() >= watch.deadline;
    const auto found = watch.look();
    if (!found && !is_late) return false;
    if (!found)
      watch.call->answer(fail(ErrorCode::kTimeout, watch.late));
    else if (*found)
      watch.call->answer(json_text(**found));
    else
      watch.call->answer(tl::unexpected<Error>(found->error()));
    return true;
  });
  if (watches_.empty() || tick_armed_) return;
  tick_armed_ = true;
  delayed_send(this, kWatchEvery, TickNow{});
}

}  // namespace botbox::actors
