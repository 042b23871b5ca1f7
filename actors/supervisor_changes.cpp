// The supervisor's part in a change of the configuration: stop, read, write once, start again.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "actors/bot_change.hpp"
#include "actors/supervisor_actor.hpp"
#include "actors/turn_commit.hpp"

namespace botbox::actors {
namespace {

std::optional<Error> refuse_new_market(const BotConfig& before, const BotConfig& wanted,
                                       const BotSnapshot& stored) {
  if (!is_bound_to_market(before, wanted, stored)) return std::nullopt;
  return Error{ErrorCode::kAlreadyExists,
               fmt::format("it cannot go on to {} with a position or a trade of {}",
                           wanted.symbol.value, before.symbol.value),
               "bot " + wanted.id.value, "close it first, or create another bot"};
}

}  // namespace

caf::result<FleetChanged> SupervisorActor::change_fleet(const ChangeFleet& message) {
  if (!around_ || next_to_spawn_ < slots_.size() || stopping_)
    return FleetChanged{botbox::fail(ErrorCode::kUnavailable, "the fleet is not up yet", {},
                                     "ask again in a moment")};
  if (changing_)
    return FleetChanged{
        botbox::fail(ErrorCode::kOverloaded, "another change of the fleet is under way")};
  changing_ = std::make_unique<Changing>();
  changing_->plan = message.plan;
  choose_changed();
  const auto added = static_cast<std::size_t>(std::ranges::count_if(
      changing_->bots, [](const auto& entry) { return !entry.second.slot.has_value(); }));
  if (slots_.size() + added > exposure_->slots()) {
    changing_ = nullptr;
    return FleetChanged{botbox::fail(ErrorCode::kOverloaded,
                                     "there are no places left for so many new bots", {},
                                     "they run after the next start of the engine")};
  }
  auto promise = make_response_promise<FleetChanged>();
  changing_->promise = promise;
  changing_->unread = changing_->order.size();
  // A copy: the last answer may end the change.
  const std::vector<BotId> order = changing_->order;
  for (const BotId& bot : order) read_for_change(bot);
  if (order.empty()) write_change();
  return promise;
}

bool SupervisorActor::is_changing(std::uint32_t slot) const {
  return changing_ && changing_->bots.contains(slots_[slot].config->id);
}

// Bots that stay as they are stay out.
void SupervisorActor::choose_changed() {
  const auto add = [this](const BotId& bot, Changing::One one) {
    if (changing_->bots.emplace(bot, std::move(one)).second) changing_->order.push_back(bot);
  };
  std::unordered_set<BotId> named;
  for (const WantedBot& wanted : changing_->plan->bots) {
    const BotId& id = wanted.config->id;
    named.insert(id);
    const auto found = slot_of_bot_.find(id);
    if (found == slot_of_bot_.end()) {
      add(id, {.wanted = &wanted});
      continue;
    }
    const bool is_same = *slots_[found->second].config == *wanted.config;
    const BotStatus status = slots_[found->second].status;
    if (is_same && status == BotStatus::kActive) continue;
    // It may be away because it had left the configuration: its snapshot says.
    const bool may_return = status == BotStatus::kArchived || status == BotStatus::kPaused;
    if (!is_same || may_return) add(id, {.wanted = &wanted, .slot = found->second});
  }
  if (!changing_->plan->is_whole) return;
  for (const auto& [id, slot] : slot_of_bot_)
    if (!named.contains(id) && slots_[slot].status != BotStatus::kArchived)
      add(id, {.wanted = nullptr, .slot = slot});
}

// Whoever runs is stopped first: what it still has on its way to the journal is refused.
void SupervisorActor::read_for_change(const BotId& bot) {
  const Changing::One& one = changing_->bots.at(bot);
  if (!one.slot) return send(birth_.journal, ReadBot{bot, {birth_.epoch.process, 1}, this});
  Slot& slot = slots_[*one.slot];
  slot.quarantine_asked = false;  // it gets another chance
  slot.confinement = Confinement::kNone;
  if (slot.bot || is_away(slot)) take_away(*one.slot);
  ask_snapshot(*one.slot);
}

// Also one that is out of memory: it comes back changed, and whoever waits for it hears of that.
void SupervisorActor::take_away(std::uint32_t index) {
  Slot& slot = slots_[index];
  const Presence before = std::exchange(slot.presence, Presence::kThere);
  if (before == Presence::kEvicted || before == Presence::kWaking) count_evicted(-1);
  slot.is_wanted_back = false;
  if (slot.bot) {
    slot_of_actor_.erase(slot.bot.id());
    demonitor(slot.bot);
    send_exit(slot.bot, caf::exit_reason::user_shutdown);
    slot.bot = nullptr;
  }
  send(birth_.trade_queue, BotDetached{index});
  if (birth_.reconciler) send(birth_.reconciler, BotDetached{index});
  send(birth_.scheduler, BotStopped{index, BotStatus::kError});
}

bool SupervisorActor::take_read_for_change(const BotRead& read) {
  if (!changing_ || changing_->turn != 0) return false;
  const auto found = changing_->bots.find(read.bot);
  if (found == changing_->bots.end() || found->second.is_read) return false;
  Changing::One& one = found->second;
  one.is_read = true;
  if (!read.snapshot)
    changing_->problem = read.snapshot.error();
  else
    one.stored = *read.snapshot;
  if (one.slot)
    for (const Trade& trade : read.pending_trades)
      send(birth_.trade_queue, EnqueueTrade{trade, *one.slot});
  if (--changing_->unread == 0) write_change();
  return true;
}

void SupervisorActor::write_change() {
  const ChangeOrigin origin{clock_.now(), changing_->plan->by};
  auto commit = std::make_shared<storage::Commit>();
  commit->always = changing_->plan->rows;
  for (const BotId& bot : changing_->order) {
    Changing::One& one = changing_->bots.at(bot);
    const BotSnapshot* const stored = one.stored ? &*one.stored : nullptr;
    if (one.wanted != nullptr && one.slot && stored != nullptr) {
      Slot& slot = slots_[*one.slot];
      const BotConfig& before = *slot.config;
      one.next = *stored;
      slot.is_bound = slot.is_bound && is_bound_to_market(before, *one.wanted->config, *stored);
      // A start has let it stay in its former market, whatever its status, and so does a reload of
      // the file that it found.
      if (slot.is_bound && changing_->plan->is_whole) continue;
      if (!changing_->problem)
        changing_->problem = refuse_new_market(before, *one.wanted->config, *stored);
    }
    ConfiguredBot made;
    if (one.wanted != nullptr)
      made = configure_bot(commit->always,
                           {.config = *one.wanted->config,
                            .before = one.slot ? slots_[*one.slot].config.get() : nullptr,
                            .stored = stored,
                            .returns_archived = changing_->plan->returns_archived},
                           origin);
    else if (stored != nullptr)
      made = leave_configuration(commit->always, bot, *stored, origin);
    one.next = std::move(made.snapshot);
    if (!made.change) continue;
    one.is_changed = true;
    changing_->changes.push_back(std::move(*made.change));
  }
  if (changing_->problem) return finish_change(tl::unexpected<Error>(*changing_->problem));
  if (commit->always.empty()) return finish_change({});
  commit->producer = "supervisor";
  commit->epoch = birth_.epoch;
  commit->turn = changing_->turn = ++turn_;
  commit->at = origin.at;
  send(birth_.journal, CommitRequest{std::move(commit), this});
}

// Starts everybody again, changed or as they were.
void SupervisorActor::finish_change(Result<void> written) {
  const std::unique_ptr<Changing> change = std::move(changing_);
  for (const BotId& bot : change->order) {
    Changing::One& one = change->bots.at(bot);
    if (!written) {
      start_as_it_was(one.slot, std::move(one.stored), written.error());
      continue;
    }
    if (one.is_changed) take_on(bot, one);
    const bool stays_away = one.next.status == BotStatus::kArchived && one.wanted == nullptr;
    const auto slot = slot_of_bot_.find(bot);
    if (slot == slot_of_bot_.end()) continue;
    Slot& place = slots_[slot->second];
    place.has_left = stays_away;
    if (!stays_away) {
      if (birth_.signal_inbox) send(birth_.signal_inbox, BotReturned{bot});
      spawn_bot(slot->second, std::move(one.next));
      continue;
    }
    place.status = BotStatus::kArchived;
    place.letters.clear();
    end_quarantine(slot->second, "is archived");
    if (birth_.signal_inbox) send(birth_.signal_inbox, BotGone{bot, ReasonCode::kUnknownBot});
  }
  if (written && exposure_->has_ledger()) exposure_->allocate(allocations());
  if (written)
    change->promise.deliver(FleetChanged{std::move(change->changes)});
  else
    change->promise.deliver(FleetChanged{tl::unexpected<Error>(written.error())});
}

void SupervisorActor::start_as_it_was(std::optional<std::uint32_t> slot,
                                      std::optional<BotSnapshot> stored, const Error& error) {
  if (!slot) return;
  if (stored) return spawn_bot(*slot, std::move(*stored));
  slots_[*slot].failure = to_string(error);
  quarantine(*slot, std::nullopt);
}

void SupervisorActor::take_on(const BotId& bot, const Changing::One& one) {
  // An operator who let it go on before did not mean that it goes on outside the configuration.
  if (one.wanted == nullptr && one.slot) slots_[*one.slot].wanted.reset();
  if (one.wanted == nullptr) return;
  const std::uint32_t index = one.slot.value_or(static_cast<std::uint32_t>(slots_.size()));
  if (!one.slot) {
    slots_.emplace_back().activation = 1;
    slot_of_bot_.emplace(bot, index);
    next_to_spawn_ = static_cast<std::uint32_t>(slots_.size());
  }
  Slot& place = slots_[index];
  place.config = one.wanted->config;
  place.strategy = one.wanted->strategy;
  place.series = nullptr;
  // The operator's older word, that archived it, must not be told to the new activation again.
  if (!one.stored || one.stored->status != one.next.status) place.wanted.reset();
}

// True: the commit was that of the change.
bool SupervisorActor::take_commit_of_change(const Committed& committed) {
  if (!changing_ || changing_->turn == 0 || committed.turn != changing_->turn) return false;
  Result<void> written;
  if (committed.result.outcome != storage::CommitOutcome::kCommitted)
    written = botbox::fail(ErrorCode::kInvalidInput, "a bot's records are too large to be kept");
  finish_change(std::move(written));
  return true;
}

}  // namespace botbox::actors
