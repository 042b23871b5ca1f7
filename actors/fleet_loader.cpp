#include "actors/fleet_loader.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "actors/bot_change.hpp"
#include "actors/prepared_strategies.hpp"
#include "actors/turn_commit.hpp"
#include "engine/decide.hpp"
#include "engine/execution/identity.hpp"
#include "engine/execution/rejection.hpp"
#include "engine/mutation.hpp"
#include "engine/schedule.hpp"
#include "engine/strategy/external.hpp"
#include "storage/claim.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {
namespace {

using storage::Kind;
using storage::Store;

template <class T>
Result<std::optional<T>> read(const Store& store, const storage::Key& key) {
  BOTBOX_ASSIGN(const std::optional<std::string> row, store.get(key));
  if (!row) return std::optional<T>{};
  BOTBOX_ASSIGN(T record, storage::decode<T>(*row));
  return std::optional<T>(std::move(record));
}

// All rows of a kind, by key.
Result<std::map<std::string, std::string>> rows_of(const Store& store, Kind kind) {
  std::map<std::string, std::string> rows;
  BOTBOX_TRY(store.scan({.kind = kind}, [&](std::string_view key, std::string_view value) {
    rows.emplace(key, value);
    return true;
  }));
  return rows;
}

template <class T>
void put(LoadedFleet& fleet, storage::Key key, const T& record) {
  fleet.first_rows.puts.push_back({std::move(key), storage::encode(record)});
}

// Its strategy may be gone, or not know the old parameters any more. What is left then are its
// plan, its stop and its target.
std::shared_ptr<const Strategy> former_strategy(PreparedStrategies& strategies,
                                                const BotConfig& config) {
  return strategies.of(config).value_or(std::make_shared<const External>());
}

// It is to trade another symbol, and has not left its former one yet.
FleetMember bound_member(LoadedFleet& fleet, const FleetRequest& request,
                         PreparedStrategies& strategies, const BotConfig& before,
                         const BotConfig& wanted, const BotSnapshot& stored) {
  ConfiguredBot stays =
      stay_in_market(fleet.first_rows, before, wanted, stored, {request.now, "config"});
  fleet.bound.push_back(before.id);
  return {std::make_shared<const BotConfig>(before), former_strategy(strategies, before),
          std::move(stays.snapshot), true};
}

// One configured bot against what the directory knows of it.
Result<FleetMember> member_of(LoadedFleet& fleet, const FleetRequest& request,
                              PreparedStrategies& strategies, const BotConfig& config,
                              const std::string* stored_config,
                              const std::string* stored_snapshot) {
  BOTBOX_ASSIGN(std::shared_ptr<const Strategy> strategy, strategies.of(config));
  FleetMember member{std::make_shared<const BotConfig>(config), std::move(strategy), BotSnapshot{}};
  Result<std::optional<BotSnapshot>> stored{std::nullopt};
  if (stored_snapshot != nullptr) {
    stored = storage::decode<BotSnapshot>(*stored_snapshot);
    if (!stored) {
      member.snapshot = tl::unexpected<Error>(stored.error());
      return member;
    }
  }
  const Result<BotConfig> before = stored_config != nullptr
                                       ? storage::decode<BotConfig>(*stored_config)
                                       : Result<BotConfig>(BotConfig{});
  if (stored_config != nullptr && before && *stored &&
      is_bound_to_market(*before, config, **stored))
    return bound_member(fleet, request, strategies, *before, config, **stored);
  ConfiguredBot made =
      configure_bot(fleet.first_rows,
                    {.config = config,
                     .before = stored_config != nullptr && before ? &*before : nullptr,
                     .stored = *stored ? &**stored : nullptr,
                     .returns_archived = false},
                    {request.now, "config"});
  member.snapshot = std::move(made.snapshot);
  if (made.change && made.change->what == BotChanged::kCreated) ++fleet.created;
  if (made.change && made.change->what == BotChanged::kUpdated) ++fleet.updated;
  return member;
}

// Bots of the directory that the configuration does not name any more.
void keep_or_archive(LoadedFleet& fleet, const FleetRequest& request,
                     PreparedStrategies& strategies, const std::string& stored_config,
                     const std::string& stored_snapshot) {
  const Result<BotConfig> config = storage::decode<BotConfig>(stored_config);
  Result<BotSnapshot> snapshot = storage::decode<BotSnapshot>(stored_snapshot);
  if (!config || !snapshot) return;
  const bool was_archived = snapshot->status == BotStatus::kArchived;
  if (was_archived && !holds_something(*snapshot)) return;
  const std::shared_ptr<const Strategy> strategy = former_strategy(strategies, *config);
  ConfiguredBot left =
      leave_configuration(fleet.first_rows, config->id, *snapshot, {request.now, "config"});
  if (left.change && !was_archived) ++fleet.archived;
  if (left.snapshot.status != BotStatus::kArchived)
    fleet.members.push_back(
        {std::make_shared<const BotConfig>(*config), strategy, std::move(left.snapshot)});
}

Result<void> load_members(LoadedFleet& fleet, const Store& store,
                          const StrategyCatalogue& catalogue, const FleetRequest& request) {
  BOTBOX_ASSIGN(auto configs, rows_of(store, Kind::kBotConfig));
  BOTBOX_ASSIGN(auto snapshots, rows_of(store, Kind::kBotSnapshot));
  PreparedStrategies strategies(catalogue);
  fleet.members.reserve(request.bots.size());
  for (const BotConfig& config : request.bots) {
    const auto stored_config = configs.extract(config.id.value);
    const auto stored_snapshot = snapshots.extract(config.id.value);
    BOTBOX_ASSIGN(FleetMember member,
                  member_of(fleet, request, strategies, config,
                            stored_config.empty() ? nullptr : &stored_config.mapped(),
                            stored_snapshot.empty() ? nullptr : &stored_snapshot.mapped()));
    fleet.members.push_back(std::move(member));
  }
  for (const auto& [id, config] : configs)
    if (const auto snapshot = snapshots.find(id); snapshot != snapshots.end())
      keep_or_archive(fleet, request, strategies, config, snapshot->second);
  return {};
}

void spread(LoadedFleet& fleet, Timestamp now) {
  std::vector<BotSchedule> schedules;
  std::vector<FleetMember*> owners;
  for (FleetMember& member : fleet.members) {
    // A bot that never looked is due at once: that is no stampede, it is the first start.
    if (!member.snapshot || member.snapshot->next_check_at.is_never()) continue;
    const Timestamp due = believable_due(*member.config, member.snapshot->next_check_at, now);
    schedules.push_back(
        {member.config->id, due, member.config->check_interval, member.snapshot->failed_attempts});
    owners.push_back(&member);
  }
  spread_overdue(schedules, now);
  for (std::size_t i = 0; i < owners.size(); ++i)
    owners[i]->snapshot->next_check_at = schedules[i].due;
  if (mutation::active(mutation::Kind::kOversleep))
    for (FleetMember* owner : owners) owner->snapshot->next_check_at = now + Duration{604'800'000};
}

// A close that was decided while its entry was still filling, and waited for the end of that.
void resize_close(Trade& trade, const Result<BotSnapshot>& snapshot) {
  if (!snapshot || trade.status != TradeStatus::kPending || trade.attempts > 0) return;
  for (const CloseSize& size : close_sizes(*snapshot))
    if (size.trade == trade.id) trade.quantity = size.quantity;
}

// The outbox: every trade without a final state, and the routes of protective orders.
Result<void> load_orders(LoadedFleet& fleet, const Store& store) {
  std::map<std::string, std::uint32_t> slots;
  for (std::uint32_t slot = 0; slot < fleet.members.size(); ++slot) {
    const FleetMember& member = fleet.members[slot];
    slots.emplace(member.config->id.value, slot);
    if (!member.snapshot) continue;
    for (const Position& position : member.snapshot->open_positions)
      for (const ClientOrderId* id : {&position.stop_client_id, &position.take_profit_client_id})
        if (!id->empty()) fleet.queue.order_routes.emplace_back(*id, slot);
  }
  if (mutation::active(mutation::Kind::kForgetOutbox)) return {};
  BOTBOX_ASSIGN(const auto open, rows_of(store, Kind::kTradeOpen));
  for (const auto& [id, cancelled_by] : open) {
    BOTBOX_ASSIGN(std::optional<Trade> trade, read<Trade>(store, storage::trade_key({id})));
    if (!trade)
      return fail(ErrorCode::kCorruption, "an open trade has no row", "trade " + id,
                  "run 'botbox verify'");
    const auto slot = slots.find(trade->bot.value);
    if (slot == slots.end())
      return fail(ErrorCode::kCorruption,
                  fmt::format("an open trade belongs to the unknown bot '{}'", trade->bot.value),
                  "trade " + id, "run 'botbox verify'");
    if (mutation::active(mutation::Kind::kRefuseOutbox) && trade->status == TradeStatus::kExecuting)
      return fail(ErrorCode::kCorruption, "an open trade is being executed", "trade " + id);
    resize_close(*trade, fleet.members[slot->second].snapshot);
    if (mutation::active(mutation::Kind::kRandomIds))
      trade->id.value = trade->client_order_id.value += mutation::id_salt();
    if (!cancelled_by.empty())
      fleet.queue.cancelled.emplace_back(trade->client_order_id, cancelled_by);
    fleet.queue.open_trades.push_back(std::move(*trade));
    fleet.queue.trade_slots.push_back(slot->second);
  }
  return {};
}

Result<void> load_engine(LoadedFleet& fleet, const Store& store, const FleetRequest& request) {
  BOTBOX_ASSIGN(const auto engine, read<EngineState>(store, storage::engine_state_key()));
  fleet.engine = engine.value_or(request.engine_at_first);
  if (!engine) put(fleet, storage::engine_state_key(), fleet.engine);
  // The live switch is the operator's last word on it; a first start takes the configured one.
  BOTBOX_ASSIGN(fleet.limiter, read<LimiterState>(store, storage::limiter_key(request.exchange)));
  BOTBOX_ASSIGN(fleet.local_limiter,
                read<LimiterState>(store, storage::limiter_key(request.exchange + "/local")));
  fleet.queue.engine = fleet.engine;
  return store.scan({.kind = Kind::kCycle, .reverse = true, .limit = 1},
                    [&](std::string_view key, std::string_view) {
                      fleet.last_cycle = storage::from_big_endian(key);
                      return true;
                    });
}

// The bot of a waiting signal is gone from the configuration: nobody will decide it.
void ignore_signal(LoadedFleet& fleet, const FleetRequest& request, Signal signal,
                   std::uint64_t order) {
  reject_unheard(signal, ReasonCode::kUnknownBot);
  fleet.first_rows.deletes.push_back(storage::inbox_key(order));
  note_unheard(fleet.first_rows, signal, request.now, "config", kTraceRetention);
}

// Signals from outside that wait for their bots, and what came within the last minute.
Result<void> load_inbox(LoadedFleet& fleet, const Store& store, const FleetRequest& request) {
  const Timestamp now = request.now;
  std::set<BotId> bots;
  for (const FleetMember& member : fleet.members) bots.insert(member.config->id);
  BOTBOX_TRY(
      storage::visit_all<Signal>(store, Kind::kInbox, [&](std::string_view key, Signal&& signal) {
        const std::uint64_t order = storage::from_big_endian(key);
        if (!bots.contains(signal.bot))
          return ignore_signal(fleet, request, std::move(signal), order);
        const std::size_t bytes = storage::encode(signal).size();
        fleet.inbox.waiting.push_back(
            std::make_shared<const WaitingSignal>(WaitingSignal{std::move(signal), order, bytes}));
      }));
  const std::string prefix = storage::alert_claim_key("").bytes;
  return store.scan(
      {.kind = Kind::kDedup, .prefix = prefix}, [&](std::string_view key, std::string_view stored) {
        const auto row = storage::strip_expiry(stored);
        if (!row || row->is_expired(now) || row->expires_at > now + kContentWindow) return true;
        if (const auto claim = storage::decode<storage::ClaimRow>(row->value))
          fleet.inbox.recent.push_back({.name = std::string(key.substr(prefix.size())),
                                        .signal = {claim->owner},
                                        .expires_at = row->expires_at});
        return true;
      });
}

// What the guards of all bots go on from. Locks that have ended by themselves are taken away.
Result<void> load_ledger(LoadedFleet& fleet, const Store& store, const FleetRequest& request) {
  BOTBOX_TRY(
      storage::visit_all<FleetLock>(store, Kind::kLock, [&](std::string_view, FleetLock&& lock) {
        if (request.now < lock.lock.until) return fleet.locks.push_back(std::move(lock));
        fleet.first_rows.deletes.push_back(storage::fleet_lock_key(lock.symbol, lock.lock.reason));
      }));
  return storage::visit_records<FleetResult>(store,
                                             {.kind = Kind::kFleetResult, .prefix = {}, .from = {}},
                                             request.now, [&](std::string_view, FleetResult&& r) {
                                               fleet.results.push_back(std::move(r));
                                               return true;
                                             });
}

}  // namespace

Result<LoadedFleet> load_fleet(const Store& store, const StrategyCatalogue& catalogue,
                               const FleetRequest& request) {
  LoadedFleet fleet;
  fleet.first_rows = request.rows;
  BOTBOX_TRY(load_engine(fleet, store, request));
  BOTBOX_TRY(load_members(fleet, store, catalogue, request));
  BOTBOX_TRY(load_orders(fleet, store));
  BOTBOX_TRY(load_inbox(fleet, store, request));
  BOTBOX_TRY(load_ledger(fleet, store, request));
  spread(fleet, request.now);
  return fleet;
}

}  // namespace botbox::actors
