#include "actors/supervisor_actor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "actors/turn_commit.hpp"
#include "engine/risk/plan_step.hpp"
#include "engine/short_text.hpp"
#include "engine/strategy/external.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"

namespace botbox::actors {
namespace {

// How long the list of instruments may take; and how far the pauses between askings that failed
// grow.
constexpr Duration kInstrumentPatience{60'000};
constexpr Duration kInstrumentRetry{1'000};
constexpr std::size_t kLettersMax = 256;  // to one bot that is away

std::shared_ptr<const SeriesRequest> series_of(const BotConfig& config, const Strategy& strategy) {
  MarketNeeds needs = strategy.needs(config);
  needs.merge({.indicators = plan_indicators(config), .higher = {}, .rules = {}});
  return std::make_shared<const SeriesRequest>(
      SeriesRequest{config.symbol, config.timeframe, std::move(needs)});
}

std::string with_reason(std::string detail, const std::string& reason) {
  return reason.empty() ? detail : detail + ": " + short_text(reason);
}

Event mode_event(const EngineState& state, const std::string& reason) {
  Event event;
  event.kind = "engine.mode";
  event.subject = to_string(state.mode);
  event.detail = fmt::format("{}{}live trading {}", short_text(reason), reason.empty() ? "" : "; ",
                             state.live_trading ? "on" : "off");
  return event;
}

void change_rollout(EngineState& state, const RolloutWish& wish, const RolloutCaps& configured) {
  RolloutCaps caps = rollout_of(state, configured);
  state.rollout.clear();
  if (wish.as_configured) return;
  caps.live_bots = wish.live_bots.value_or(caps.live_bots);
  caps.order = wish.order.value_or(caps.order);
  state.rollout = {caps};
}

Event rollout_event(const EngineState& state, const RolloutCaps& configured,
                    const std::string& reason) {
  const RolloutCaps caps = rollout_of(state, configured);
  const std::string bots =
      caps.live_bots == UINT32_MAX ? "all bots" : fmt::format("{} bots", caps.live_bots);
  const std::string size = caps.order.is_positive()
                               ? fmt::format("entries of at most {}", to_string(caps.order))
                               : "entries of any size";
  Event event;
  event.kind = "engine.rollout";
  event.subject = state.rollout.empty() ? "configuration" : "operator";
  event.detail = with_reason(bots + ", " + size, reason);
  return event;
}

}  // namespace

SupervisorActor::SupervisorActor(caf::actor_config& config, const Clock& clock,
                                 SupervisorBirth birth)
    : caf::event_based_actor(config),
      clock_(clock),
      birth_(std::move(birth)),
      restarts_(birth_.restart),
      exposure_(std::make_shared<FleetExposure>(
          birth_.max_open_positions, birth_.fleet.size() + kSpareSlots, birth_.fleet_limits)),
      slots_(birth_.fleet.size()),
      wanted_engine_(birth_.engine) {
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
    slots_[slot].config = birth_.fleet[slot].config;
    slots_[slot].strategy = birth_.fleet[slot].strategy;
    slots_[slot].is_bound = birth_.fleet[slot].is_bound;
    slot_of_bot_.emplace(slots_[slot].config->id, slot);
  }
  start_guards();
  if (birth_.keeps_instruments)
    kept_ =
        std::make_unique<KeptInstruments>(birth_.exchange_name, std::move(birth_.kept_instruments));
  set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  // An answer that nobody waits for any more must not end the actor that restarts all others.
  set_error_handler([](caf::scheduled_actor*, caf::error&) {});
}

void SupervisorActor::on_exit() {
  slots_.clear();
  changing_.reset();
  around_.reset();
  birth_ = {};
}

caf::behavior SupervisorActor::make_behavior() {
  ask_instruments();
  return {[this](const PermitsGranted& granted) { on_permits(granted); },
          [this](const InstrumentsFetched& fetched) { on_instruments(fetched); },
          [this](const InstrumentsChanged& changed) { on_instruments_changed(changed); },
          [this](TickNow) { on_tick(); },
          [this](const RecoverFleet&) { recover_portion(); },
          [this](const RestartBot& restart) { restart_bot(restart.slot); },
          [this](const BotRead& read) { on_read(read); },
          [this](const EvictBot& message) { evict(message); },
          [this](const WakeBot& message) { wake(message.slot); },
          [this](const ChangeBotStatus& message) { change_bot(message); },
          [this](const StatusTaken& taken) { on_status_taken(taken); },
          [this](const LiftBotLocks& message) { lift_locks(message); },
          [this](const LiftFleetLocks& message) { lift_fleet_locks(message); },
          [this](const ChangeEngineState& message) { change_engine(message); },
          [this](const SwitchEngine& message) { return switch_engine(message); },
          [this](const ChangeFleet& message) { return change_fleet(message); },
          [this](const CloseBotPosition& message) { close_position(message); },
          [this](const Committed& committed) { on_committed(committed); },
          [this](AskActor) { return ActorTold{mailbox().size()}; },
          [this](AskFleet) { return told(); },
          [this](const AccountCompared&) { on_compared(); },
          [this](const StopFleet&) { stop_fleet(); }};
}

FleetAllocations SupervisorActor::allocations() const {
  FleetAllocations allocations;
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot].has_left) continue;
    const BotConfig& config = *slots_[slot].config;
    allocations.all += config.allocation;
    allocations.by_symbol[config.symbol] += config.allocation;
  }
  return allocations;
}

// A lock outlives the guard that made it: it was promised until a time.
void SupervisorActor::start_guards() {
  if (!birth_.fleet_guards.are_set() && birth_.locks.empty()) return;
  auto ledger = std::make_unique<FleetLedger>(birth_.fleet_guards, allocations());
  ledger->restore(birth_.results, std::move(birth_.locks));
  birth_.results = {};
  exposure_->guard(std::move(ledger));
}

// -- start

// Nothing is decided before the exchange has said what can be traded and on which grid. A question
// may get lost, or its answer: asked again is what is overdue.
void SupervisorActor::ask_instruments() {
  instruments_are_asked_ = true;
  ask_instruments_in(kInstrumentPatience);
  send(birth_.exchange,
       AcquirePermits{.ticket = 0, .call = exchange::ExchangeCall::kInstruments, .reply_to = this});
}

// Only the newest word on when counts; a tick that was armed before it finds that out.
void SupervisorActor::ask_instruments_in(Duration wait) {
  ask_instruments_at_ = clock_.now() + wait;
  ++ticks_armed_;
  delayed_send(this, wait, TickNow{});
}

void SupervisorActor::on_tick() {
  --ticks_armed_;
  if (around_) return;
  if (const Duration early = ask_instruments_at_ - clock_.now(); early > Duration{0}) {
    // Another one is to come; or else the clock stood still while this one was waited for.
    if (ticks_armed_ == 0) ask_instruments_in(std::min(early, kInstrumentPatience));
    return;
  }
  if (instruments_are_asked_) tell_no_instruments("no answer for " + humanize(kInstrumentPatience));
  ask_instruments();
}

void SupervisorActor::tell_no_instruments(const std::string& why) {
  is_exchange_told_ = true;
  send(birth_.observer, AlertRaised{"exchange.unreachable",
                                    fmt::format("{} has told no instruments yet, asking again: {}",
                                                birth_.exchange_name, why)});
}

void SupervisorActor::on_permits(const PermitsGranted& granted) {
  if (granted.permits.empty()) {
    instruments_are_asked_ = false;
    const Duration wait = granted.retry_at - clock_.now();
    return ask_instruments_in(std::clamp(wait, Duration{50}, kInstrumentRetry));
  }
  send(birth_.exchange, FetchInstruments{granted.permits.front(), this});
}

// An answer may come late, behind that to a later question: the fleet is started once.
void SupervisorActor::on_instruments(const InstrumentsFetched& fetched) {
  if (around_) return;
  if (!fetched.instruments) {
    instruments_are_asked_ = false;
    tell_no_instruments(to_string(fetched.instruments.error()));
    ask_instruments_in(instrument_wait_);
    instrument_wait_ = std::min(instrument_wait_ * 2, kInstrumentPatience);
    return;
  }
  if (std::exchange(is_exchange_told_, false))
    send(birth_.observer,
         AlertRaised{"exchange.reached", birth_.exchange_name + " has told what it lists"});
  auto instruments = std::make_shared<std::vector<Instrument>>(*fetched.instruments);
  std::sort(instruments->begin(), instruments->end(),
            [](const Instrument& a, const Instrument& b) { return a.symbol < b.symbol; });
  keep(*instruments);
  around_ = std::make_shared<const BotSurroundings>(
      BotSurroundings{.clock = clock_,
                      .journal = birth_.journal,
                      .trade_queue = birth_.trade_queue,
                      .observer = birth_.observer,
                      .scheduler = birth_.scheduler,
                      .installation = birth_.installation,
                      .data_age_max = birth_.data_age_max,
                      .signal_age_max = birth_.signal_age_max,
                      .traces_kept = birth_.traces_kept,
                      .moving_stops = birth_.moving_stops,
                      .rollout = birth_.rollout,
                      .exposure = exposure_,
                      .balances = birth_.balances,
                      .symbols = birth_.symbols,
                      .instruments = std::move(instruments)});
  recover_portion();
}

// Before the first list is there nobody has been born with another one.
void SupervisorActor::on_instruments_changed(const InstrumentsChanged& changed) {
  if (!around_) return;
  keep(*changed.instruments);
  auto around = std::make_shared<BotSurroundings>(*around_);
  around->instruments = changed.instruments;
  around_ = std::move(around);
  for (const Slot& slot : slots_)
    if (slot.bot) send(slot.bot, changed);
}

// For readers beside the engine; nothing here waits for it. A producer of its own, as switches
// overtake what else the journal is told.
void SupervisorActor::keep(const std::vector<Instrument>& listed) {
  if (!kept_) return;
  auto commit = std::make_shared<storage::Commit>();
  commit->always = kept_->follow(listed, clock_.now());
  if (commit->always.empty()) return;
  commit->producer = "instruments";
  commit->epoch = birth_.epoch;
  commit->turn = ++kept_turn_;
  commit->at = clock_.now();
  send(birth_.journal, CommitRequest{std::move(commit), nullptr});
}

// In portions, so that the supervisor answers in between and no queue gets the whole fleet at once.
void SupervisorActor::recover_portion() {
  const auto end = static_cast<std::uint32_t>(
      std::min<std::size_t>(next_to_spawn_ + birth_.portion, slots_.size()));
  for (; next_to_spawn_ < end; ++next_to_spawn_) {
    FleetMember& member = birth_.fleet[next_to_spawn_];
    slots_[next_to_spawn_].activation = 1;
    if (member.snapshot) {
      spawn_bot(next_to_spawn_, std::move(*member.snapshot));
    } else {
      slots_[next_to_spawn_].failure = to_string(member.snapshot.error());
      quarantine(next_to_spawn_, std::nullopt);
    }
  }
  if (next_to_spawn_ < slots_.size()) return send(this, RecoverFleet{});
  birth_.fleet = {};
  send(birth_.observer, FleetReady{static_cast<std::uint32_t>(slots_.size()), quarantined_});
}

void SupervisorActor::spawn_bot(std::uint32_t index, BotSnapshot snapshot) {
  Slot& slot = slots_[index];
  if (!slot.series) slot.series = series_of(*slot.config, *slot.strategy);
  std::shared_ptr<const Strategy> strategy = slot.strategy;
  if (slot.confinement == Confinement::kPlanOnly) strategy = std::make_shared<const External>();
  if (slot.status == BotStatus::kError && birth_.signal_inbox)
    send(birth_.signal_inbox, BotReturned{slot.config->id});
  slot.status = snapshot.status;
  const bool is_resumed = slot.wanted && slot.wanted->to == BotStatus::kActive;
  if (slot.status == BotStatus::kError && !is_resumed) slot.is_quarantined = true;
  // A change of the configuration gives it another chance, or has let it go.
  if (slot.status != BotStatus::kError && slot.confinement == Confinement::kNone)
    end_quarantine(index, fmt::format("is {} since it was changed", to_string(slot.status)));
  // What is written down already would only take the bot's check away from it.
  const bool is_told = !slot.wanted || slot.wanted->to == snapshot.status;
  const Timestamp next_check_at = snapshot.next_check_at;
  const bool has_position = !snapshot.open_positions.empty();
  slot.bot = system().spawn<BotActor, caf::lazy_init>(
      around_,
      BotBirth{.slot = index,
               .config = slot.config,
               .strategy = std::move(strategy),
               .series = slot.confinement == Confinement::kPlanOnly ? nullptr : slot.series,
               .snapshot = std::move(snapshot),
               .epoch = {birth_.epoch.process, slot.activation}});
  monitor(slot.bot);
  slot_of_actor_.emplace(slot.bot.id(), index);
  const BotAttached attached{index, slot.config->id, slot.bot, slot.config->symbol};
  send(birth_.trade_queue, attached);
  if (birth_.reconciler) send(birth_.reconciler, attached);
  send(birth_.scheduler, BotReady{.slot = index,
                                  .config = slot.config,
                                  .series = slot.series,
                                  .bot = slot.bot,
                                  .next_check_at = next_check_at,
                                  .status = slot.status,
                                  .supervisor = this,
                                  .has_position = has_position});
  if (!is_told) tell_wanted(index);
  for (const caf::message& letter : std::exchange(slot.letters, {})) send(slot.bot, letter);
}

// -- eviction

// Whoever had something for the bot keeps it, and asks for the bot. The scheduler tells it nothing
// any more, and what the others told it before they hear of this comes before the last word.
void SupervisorActor::evict(const EvictBot& message) {
  const std::uint32_t index = message.slot;
  Slot& slot = slots_[index];
  if (!slot.bot || is_away(slot) || (message.bot && message.bot != slot.bot)) return;
  slot.presence = Presence::kEnding;
  send(birth_.trade_queue, BotDetached{index, this});
  if (birth_.reconciler) send(birth_.reconciler, BotDetached{index, this});
  send(slot.bot, EndWhenQuiet{});
}

void SupervisorActor::on_evicted(std::uint32_t index) {
  Slot& slot = slots_[index];
  slot.presence = Presence::kEvicted;
  count_evicted(1);
  if (std::exchange(slot.is_wanted_back, false)) wake(index);
}

void SupervisorActor::count_evicted(std::int32_t change) {
  evicted_ = static_cast<std::uint32_t>(static_cast<std::int32_t>(evicted_) + change);
  send(birth_.observer, BotsEvicted{evicted_});
}

void SupervisorActor::wake(std::uint32_t index) {
  Slot& slot = slots_[index];
  if (slot.presence == Presence::kEnding) slot.is_wanted_back = true;
  if (slot.presence != Presence::kEvicted) return;
  slot.presence = Presence::kWaking;
  ask_snapshot(index);
}

bool SupervisorActor::write_to(std::uint32_t index, caf::message letter) {
  Slot& slot = slots_[index];
  if (is_away(slot)) {
    if (slot.letters.size() >= kLettersMax) return false;
    slot.letters.push_back(std::move(letter));
    wake(index);
    return true;
  }
  if (!slot.bot) return false;
  send(slot.bot, std::move(letter));
  return true;
}

// -- failure

void SupervisorActor::on_down(const caf::down_msg& down) {
  const auto found = slot_of_actor_.find(down.source.id());
  if (found == slot_of_actor_.end()) return;
  const std::uint32_t index = found->second;
  slot_of_actor_.erase(found);
  slots_[index].bot = nullptr;
  if (stopping_) return;
  const bool as_told = down.reason == caf::exit_reason::user_shutdown;
  if (slots_[index].presence == Presence::kEnding && as_told) return on_evicted(index);
  slots_[index].presence = Presence::kThere;
  slots_[index].is_wanted_back = false;
  on_failure(index, system().render(down.reason));
}

void SupervisorActor::on_failure(std::uint32_t index, std::string reason) {
  Slot& slot = slots_[index];
  const BotId& id = slots_[index].config->id;
  slot.failure = std::move(reason);
  ++slot.failures;
  send(birth_.trade_queue, BotDetached{index});
  if (birth_.reconciler) send(birth_.reconciler, BotDetached{index});
  send(birth_.scheduler, BotStopped{index, BotStatus::kError});
  const RestartDecision decision = restarts_.on_failure(id, clock_.now());
  if (decision.fleet == FleetCondition::kTooManyRestarts)
    send(birth_.observer, AlertRaised{"fleet.restarts", "very many bots fail; restarts are paced"});
  if (decision.action == RestartAction::kQuarantine) {
    slot.quarantine_asked = true;
    return ask_snapshot(index);
  }
  const Duration wait = std::max(Duration{0}, decision.at - clock_.now());
  send(birth_.observer,
       AlertRaised{"bot.failed", fmt::format("{} failed ({}), starts again in {}", id.value,
                                             slot.failure, humanize(wait))});
  delayed_send(this, wait, RestartBot{index});
}

// Unless it was started meanwhile, or is about to be, by a change of the configuration.
void SupervisorActor::restart_bot(std::uint32_t index) {
  const Slot& slot = slots_[index];
  if (!slot.bot && !is_away(slot) && !is_changing(index)) ask_snapshot(index);
}

// Fences the dead activation: what it still has in the journal's mailbox is refused from here on.
void SupervisorActor::ask_snapshot(std::uint32_t index) {
  Slot& slot = slots_[index];
  ++slot.reads;
  send(birth_.journal,
       ReadBot{slots_[index].config->id, {birth_.epoch.process, ++slot.activation}, this});
}

// Only the answer to the newest question counts: it was asked for the newest activation.
void SupervisorActor::on_read(const BotRead& read) {
  const auto found = slot_of_bot_.find(read.bot);
  if (found != slot_of_bot_.end() && --slots_[found->second].reads > 0) return;
  if (take_read_for_change(read) || found == slot_of_bot_.end()) return;
  const std::uint32_t index = found->second;
  Slot& slot = slots_[index];
  if (slot.bot) return;
  const bool was_evicted = std::exchange(slot.presence, Presence::kThere) == Presence::kWaking;
  if (was_evicted) count_evicted(-1);
  if (!read.snapshot) {
    slot.failure = to_string(read.snapshot.error());
    slot.letters.clear();
    if (was_evicted) send(birth_.scheduler, BotStopped{index, BotStatus::kError});
    return quarantine(index, std::nullopt);
  }
  for (const Trade& trade : read.pending_trades)
    send(birth_.trade_queue, EnqueueTrade{trade, index});
  BotSnapshot snapshot = read.snapshot->value_or(BotSnapshot{});
  if (!slot.quarantine_asked) return spawn_bot(index, std::move(snapshot));
  slot.quarantine_asked = false;
  quarantine(index, snapshot);
}

void SupervisorActor::hold_places(std::uint32_t index, const BotSnapshot& snapshot) {
  exposure_->hold(index, places_of(snapshot));
  exposure_->hold_unstopped(index, unstopped_of(snapshot));
  if (!exposure_->has_book()) return;
  const BotConfig& config = *slots_[index].config;
  const Result<SymbolParts> parts = parse_symbol(config.symbol.value);
  exposure_->hold(index,
                  holdings_of(config, parts ? parts->base : Asset{config.symbol.value}, snapshot));
}

SupervisorActor::Confinement SupervisorActor::next_confinement(
    Confinement before, const std::optional<BotSnapshot>& snapshot) {
  if (!snapshot || !holds_something(*snapshot)) return Confinement::kAway;
  if (before == Confinement::kNone) return Confinement::kExits;
  return before == Confinement::kExits ? Confinement::kPlanOnly : Confinement::kAway;
}

std::string SupervisorActor::quarantine_text(const Slot& slot,
                                             const std::optional<BotSnapshot>& snapshot) {
  std::string text = fmt::format("{} is in quarantine: {}", slot.config->id.value, slot.failure);
  if (!snapshot)
    return text + "; what it holds is not known, and only stop and target at the exchange end it";
  const std::size_t open = snapshot->open_positions.size();
  if (slot.confinement == Confinement::kExits)
    return text + fmt::format("; it goes on leaving its positions as a paused bot does ({})", open);
  if (slot.confinement == Confinement::kPlanOnly)
    return text + fmt::format("; it leaves its positions by its plan, not its strategy ({})", open);
  if (open == 0) return text;
  return text +
         fmt::format("; only stop and target at the exchange still end its {} open position{}",
                     open, open == 1 ? "" : "s");
}

// Durable where the snapshot can be read; a bot whose row cannot be read keeps it as it is, for
// whoever repairs it, and stays away.
void SupervisorActor::quarantine(std::uint32_t index, const std::optional<BotSnapshot>& before) {
  Slot& slot = slots_[index];
  const BotId& id = slots_[index].config->id;
  slot.status = BotStatus::kError;
  slot.is_quarantined = true;
  slot.wanted.reset();
  ++quarantined_;
  slot.confinement = next_confinement(slot.confinement, before);
  // Also of one that is on its way back: what waits for it may be what it dies of.
  if (birth_.signal_inbox) send(birth_.signal_inbox, BotGone{id, ReasonCode::kBotNotActive});
  send(birth_.observer, AlertRaised{"bot.quarantined", quarantine_text(slot, before), id.value});
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = id.value;
  commit->epoch = {birth_.epoch.process, slot.activation};
  commit->turn = 1;
  commit->at = clock_.now();
  if (before) {
    hold_places(index, *before);
    BotSnapshot snapshot = *before;
    commit->turn = ++snapshot.turn;
    snapshot.status = BotStatus::kError;
    snapshot.status_reason = short_text(slot.failure);
    commit->always.puts.push_back({storage::bot_snapshot_key(id), storage::encode(snapshot)});
  }
  note(commit->always, {.at = clock_.now(),
                        .kind = "bot.quarantined",
                        .bot = id,
                        .subject = id.value,
                        .detail = short_text(slot.failure),
                        .actor = "supervisor"});
  // Nobody waits for it; on_committed() is about the switches. The journal reads behind it.
  send(birth_.journal, CommitRequest{std::move(commit), nullptr});
  if (slot.confinement != Confinement::kAway) ask_snapshot(index);
}

// -- operator

void SupervisorActor::change_bot(const ChangeBotStatus& message) {
  const auto found = slot_of_bot_.find(message.bot);
  if (found == slot_of_bot_.end()) return;
  const std::uint32_t index = found->second;
  Slot& slot = slots_[index];
  slot.wanted = std::make_unique<StatusChanged>(message.change);
  const bool resumes = message.change.to == BotStatus::kActive;
  if (resumes) restarts_.forget(message.bot);
  const Confinement before =
      resumes ? std::exchange(slot.confinement, Confinement::kNone) : slot.confinement;
  // Somebody may have paused it in between.
  if (resumes) end_quarantine(index, "may go on, by " + message.change.by);
  if (is_away(slot)) return wake(index);
  // Its strategy comes back with another activation.
  if (resumes && slot.bot && before == Confinement::kPlanOnly) {
    take_away(index);
    return ask_snapshot(index);
  }
  if (slot.bot) return tell_wanted(index);
  // A bot that is on its way is told when it is there; one in quarantine comes back to go on, and
  // to be archived.
  const bool comes_back = resumes || message.change.to == BotStatus::kArchived;
  if (comes_back && slot.status == BotStatus::kError && !is_changing(index)) ask_snapshot(index);
}

void SupervisorActor::end_quarantine(std::uint32_t index, std::string_view how) {
  Slot& slot = slots_[index];
  if (!std::exchange(slot.is_quarantined, false)) return;
  const std::string& bot = slot.config->id.value;
  send(birth_.observer, AlertRaised{"bot.released", fmt::format("{} {}", bot, how), bot});
}

void SupervisorActor::lift_locks(const LiftBotLocks& message) {
  const auto found = slot_of_bot_.find(message.bot);
  if (found == slot_of_bot_.end()) return;
  if (write_to(found->second, caf::make_message(LiftLocks{message.lift}))) return;
  send(
      birth_.observer,
      AlertRaised{"risk.lift_missed",
                  message.bot.value + " is not running, or has too much to do when it comes back"});
}

// At once, and durable a moment later: a crash between the two brings the lock back, which is the
// safe side.
void SupervisorActor::lift_fleet_locks(const LiftFleetLocks& message) {
  if (!exposure_->has_ledger()) return;
  const std::vector<FleetLock> lifted = exposure_->lift(message.scope, message.reason);
  if (lifted.empty()) return;
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "fleet_locks";
  commit->epoch = birth_.epoch;
  commit->turn = ++lifts_;
  commit->at = clock_.now();
  for (const FleetLock& known : lifted) {
    commit->always.deletes.push_back(storage::fleet_lock_key(known.symbol, known.lock.reason));
    note(commit->always, {.at = clock_.now(),
                          .kind = "risk.lifted",
                          .bot = {},
                          .subject = scope_of(known),
                          .detail = fmt::format("{} until {}: {}", to_string(known.lock.reason),
                                                to_iso8601(known.lock.until), known.lock.detail),
                          .actor = message.by});
  }
  send(birth_.journal, CommitRequest{std::move(commit), nullptr});
}

void SupervisorActor::tell_wanted(std::uint32_t index) {
  Slot& slot = slots_[index];
  const BotStatus status = slot.wanted->to;
  slot.status = status;
  // First: what the bot says of the change is to come after it.
  if (status != BotStatus::kActive) send(birth_.scheduler, BotStopped{index, status});
  send(slot.bot, ChangeStatus{*slot.wanted, this});
  if (status == BotStatus::kActive)
    send(birth_.scheduler, BotReady{.slot = index,
                                    .config = slots_[index].config,
                                    .series = slot.series,
                                    .bot = slot.bot,
                                    .next_check_at = clock_.now(),
                                    .status = status,
                                    .supervisor = this});
}

// It came to hold something before it was told. That is the end of the wish: told again to a later
// activation, it would put the bot away long after whoever wanted it has heard that it stays.
void SupervisorActor::on_status_taken(const StatusTaken& taken) {
  Slot& slot = slots_[taken.slot];
  if (taken.status == BotStatus::kArchived) end_quarantine(taken.slot, "is archived");
  const bool is_newest = slot.wanted && slot.wanted->to == taken.wanted;
  if (!is_newest || taken.status == taken.wanted) return;
  slot.wanted.reset();
  slot.status = taken.status;
  send(birth_.scheduler, BotStopped{taken.slot, taken.status});
}

// Whoever sends a whole state means its switches; the rest stays as it is.
void SupervisorActor::change_engine(const ChangeEngineState& message) {
  EngineState state = message.state;
  state.rollout = wanted_engine_.rollout;
  state.reconcile_first = wanted_engine_.reconcile_first;
  wanted_engine_ = std::move(state);
  write_engine(mode_event(wanted_engine_, {}));
}

caf::result<EngineSwitched> SupervisorActor::switch_engine(const SwitchEngine& message) {
  if (message.mode) wanted_engine_.mode = *message.mode;
  if (message.live_trading) wanted_engine_.live_trading = *message.live_trading;
  wanted_engine_.changed_by = message.by;
  if (message.rollout) {
    change_rollout(wanted_engine_, *message.rollout, birth_.rollout);
    write_engine(rollout_event(wanted_engine_, birth_.rollout, message.reason));
  } else {
    write_engine(mode_event(wanted_engine_, message.reason));
  }
  auto promise = make_response_promise<EngineSwitched>();
  switching_.push_back(promise);
  return promise;
}

// After a restore: the account has been compared, what differs is on record, and orders may leave.
void SupervisorActor::on_compared() {
  if (!std::exchange(wanted_engine_.reconcile_first, false)) return;
  write_engine({.kind = "engine.reconciled",
                .bot = {},
                .subject = "account",
                .detail = "the exchange has been compared with what was restored",
                .actor = {}});
}

void SupervisorActor::close_position(const CloseBotPosition& message) {
  const auto found = slot_of_bot_.find(message.bot);
  if (found == slot_of_bot_.end()) return;
  write_to(found->second, caf::make_message(RequestClose{message.event}));
}

void SupervisorActor::write_engine(Event about) {
  wanted_engine_.changed_at = clock_.now();
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "supervisor";
  commit->epoch = birth_.epoch;
  commit->turn = engine_turn_ = ++turn_;
  commit->at = clock_.now();
  commit->always.puts.push_back({storage::engine_state_key(), storage::encode(wanted_engine_)});
  about.at = clock_.now();
  about.actor = wanted_engine_.changed_by;
  note(commit->always, std::move(about));
  send<kCommitFirst>(birth_.journal, CommitRequest{std::move(commit), this});
}

// Only now: a switch that a crash could turn back must not have been seen.
void SupervisorActor::on_committed(const Committed& committed) {
  if (take_commit_of_change(committed)) return;
  if (committed.turn != engine_turn_ || engine_turn_ == 0) return;
  send(birth_.trade_queue, SetEngineState{wanted_engine_});
  send(birth_.scheduler, SetEngineState{wanted_engine_});
  if (birth_.reconciler) send(birth_.reconciler, SetEngineState{wanted_engine_});
  for (auto& promise : switching_) promise.deliver(EngineSwitched{wanted_engine_});
  switching_.clear();
}

FleetTold SupervisorActor::told() const {
  constexpr std::size_t kRowsMax = 50;
  FleetTold told{.bots = slots_.size(),
                 .in_memory = 0,
                 .evicted = evicted_,
                 .without_stop = exposure_->unstopped(),
                 .live_bots = exposure_->live_bots(),
                 .rollout = rollout_of(wanted_engine_, birth_.rollout),
                 .is_rollout_configured = wanted_engine_.rollout.empty(),
                 .restarts = 0,
                 .restarted = {},
                 .has_instruments = around_ != nullptr};
  for (std::uint32_t index = 0; index < slots_.size(); ++index) {
    const Slot& slot = slots_[index];
    told.in_memory += slot.bot ? 1 : 0;
    told.restarts += slot.failures;
    if (slot.failures > 0)
      told.restarted.push_back(
          {slots_[index].config->id, slot.failures, slot.status, slot.failure});
  }
  std::ranges::stable_sort(told.restarted, std::ranges::greater{}, &FleetTold::Row::restarts);
  if (told.restarted.size() > kRowsMax) told.restarted.resize(kRowsMax);
  return told;
}

void SupervisorActor::stop_fleet() {
  stopping_ = true;
  for (Slot& slot : slots_)
    if (slot.bot) send_exit(slot.bot, caf::exit_reason::user_shutdown);
  quit(caf::exit_reason::user_shutdown);
}

}  // namespace botbox::actors
