// The fields of every stored record, each list written once and visited by the binary writer, the
// binary reader and the JSON writer, so that the three cannot disagree.
//
// The order of the calls is the byte format. To change a record: raise its version, freeze the old
// list as a record of its own next to its upgrade step, and add the step to `Upgrades` (how: see
// storage/README.md). A record that sits inside others (Position in BotSnapshot) has no version
// byte there: changing it raises the version of each record that holds it.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/limits/limiter_state.hpp"
#include "engine/model/bot.hpp"
#include "engine/model/difference.hpp"
#include "engine/model/event.hpp"
#include "engine/model/fleet_lock.hpp"
#include "engine/model/order.hpp"
#include "engine/model/position.hpp"
#include "engine/model/risk_plan.hpp"
#include "engine/model/risk_state.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/trace.hpp"
#include "engine/model/trade.hpp"
#include "storage/booked_fill.hpp"
#include "storage/claim.hpp"
#include "storage/kept_instrument.hpp"
#include "storage/operator_bot.hpp"

namespace botbox::storage {

template <class R, class T>
concept RecordOf = std::same_as<std::remove_const_t<R>, T>;

struct RecordFormat {
  std::string_view name;
  std::uint8_t version;
};

// Which name and version a record type has. Only types with a version can be encoded on their own.
template <class T>
inline constexpr RecordFormat kFormat{"", 0};

template <>
inline constexpr RecordFormat kFormat<BotConfig>{"bot config", 3};
template <>
inline constexpr RecordFormat kFormat<BotSnapshot>{"bot snapshot", 4};
template <>
inline constexpr RecordFormat kFormat<Signal>{"signal", 2};
template <>
inline constexpr RecordFormat kFormat<OrderIntent>{"order intent", 1};
template <>
inline constexpr RecordFormat kFormat<Trade>{"trade", 1};
template <>
inline constexpr RecordFormat kFormat<BookedFill>{"fill", 4};
template <>
inline constexpr RecordFormat kFormat<Position>{"position", 2};
template <>
inline constexpr RecordFormat kFormat<Event>{"event", 1};
template <>
inline constexpr RecordFormat kFormat<DecisionTrace>{"decision trace", 1};
template <>
inline constexpr RecordFormat kFormat<CycleRecord>{"cycle", 1};
template <>
inline constexpr RecordFormat kFormat<EngineState>{"engine state", 2};
template <>
inline constexpr RecordFormat kFormat<LimiterState>{"limiter state", 1};
template <>
inline constexpr RecordFormat kFormat<ClaimRow>{"claim", 1};
template <>
inline constexpr RecordFormat kFormat<Difference>{"difference", 2};
template <>
inline constexpr RecordFormat kFormat<FleetLock>{"fleet lock", 1};
template <>
inline constexpr RecordFormat kFormat<FleetResult>{"fleet result", 1};
template <>
inline constexpr RecordFormat kFormat<OperatorBot>{"operator's bot", 1};
template <>
inline constexpr RecordFormat kFormat<KeptInstrument>{"instrument", 2};

// One step from version n to n + 1, on the bytes behind the version byte.
using UpgradeStep = Result<std::string> (*)(std::string_view body);

// The steps from version 1 on; their number is the version less one.
template <class T>
struct Upgrades {
  static constexpr std::array<UpgradeStep, 0> kSteps{};
};

// The last enumerator of each stored enum: what lies beyond is not of this release.
template <class E>
inline constexpr E kLast{};
template <>
inline constexpr BotStatus kLast<BotStatus> = BotStatus::kError;
template <>
inline constexpr StakeKind kLast<StakeKind> = StakeKind::kPercentOfAllocation;
template <>
inline constexpr SizingKind kLast<SizingKind> = SizingKind::kAtrTarget;
template <>
inline constexpr LevelKind kLast<LevelKind> = LevelKind::kPrice;
template <>
inline constexpr MarketType kLast<MarketType> = MarketType::kLinear;
template <>
inline constexpr Direction kLast<Direction> = Direction::kClose;
template <>
inline constexpr SignalSource kLast<SignalSource> = SignalSource::kManual;
template <>
inline constexpr SignalDecision kLast<SignalDecision> = SignalDecision::kRejected;
template <>
inline constexpr ExecutionStatus kLast<ExecutionStatus> = ExecutionStatus::kFailed;
template <>
inline constexpr IntentStatus kLast<IntentStatus> = IntentStatus::kOrderBlockedLiveTrading;
template <>
inline constexpr OrderSide kLast<OrderSide> = OrderSide::kSell;
template <>
inline constexpr TradeStatus kLast<TradeStatus> = TradeStatus::kFailed;
template <>
inline constexpr PositionSide kLast<PositionSide> = PositionSide::kShort;
template <>
inline constexpr PositionStatus kLast<PositionStatus> = PositionStatus::kClosed;
template <>
inline constexpr EngineMode kLast<EngineMode> = EngineMode::kHalted;
template <>
inline constexpr LimitKind kLast<LimitKind> = LimitKind::kOrders;
template <>
inline constexpr TraceStage kLast<TraceStage> = TraceStage::kDedupSkipped;
template <>
inline constexpr DecisionType kLast<DecisionType> = DecisionType::kPending;

template <>
inline constexpr DifferenceKind kLast<DifferenceKind> = DifferenceKind::kHoldingLarger;
template <>
inline constexpr DifferenceDecision kLast<DifferenceDecision> = DifferenceDecision::kHalt;
template <>
inline constexpr DifferenceState kLast<DifferenceState> = DifferenceState::kGone;

template <class E>
constexpr bool is_known(std::uint64_t number) {
  if constexpr (std::same_as<E, ReasonCode>) {
    if (number > 0xFF) return false;
    for (const ReasonName& entry : kReasonNames)
      if (static_cast<std::uint64_t>(entry.code) == number) return true;
    return false;
  } else {
    return number <= static_cast<std::uint64_t>(kLast<E>);
  }
}

constexpr std::string_view enum_name(StakeKind kind) {
  return kind == StakeKind::kFixed ? "FIXED" : "PERCENT_OF_ALLOCATION";
}
template <class E>
constexpr std::string_view enum_name(E value) {
  return to_string(value);
}

void fields(auto& a, RecordOf<StrategyParameter> auto& r) {
  a("name", r.name);
  a("value", r.value);
}

void fields(auto& a, RecordOf<Condition> auto& r) {
  a("name", r.name);
  a("value", r.value);
  a("threshold", r.threshold);
  a("met", r.met);
}

void fields(auto& a, RecordOf<Verdict> auto& r) {
  a("gate", r.gate);
  a("reason", r.reason);
  a("detail", r.detail);
}

void fields(auto& a, RecordOf<AppliedOrder> auto& r) {
  a("client_id", r.client_id);
  a("fills", r.fills);
}

void fields(auto& a, RecordOf<PendingTrade> auto& r) {
  a("id", r.id);
  a("direction", r.direction);
  a("position", r.position);
  a("reserved", r.reserved);
  a("stop_client_id", r.stop_client_id);
  a("take_profit_client_id", r.take_profit_client_id);
  a("closed", r.closed);
  a("reason", r.reason);
}

void fields(auto& a, RecordOf<KellyCap> auto& r) {
  a("fraction", r.fraction);
  a("min_trades", r.min_trades);
  a("lookback_ms", r.lookback);
}

void fields(auto& a, RecordOf<SizingPlan> auto& r) {
  a("kind", r.kind);
  a("ratio", r.ratio);
  a("atr_multiple", r.atr_multiple);
  a("leverage", r.leverage);
  a("kelly", r.kelly);
}

void fields(auto& a, RecordOf<LevelPlan> auto& r) {
  a("kind", r.kind);
  a("value", r.value);
  a("candles", r.candles);
}

void fields(auto& a, RecordOf<TrailingPlan> auto& r) {
  a("distance", r.distance);
  a("atr_multiple", r.atr_multiple);
  a("activation", r.activation);
}

void fields(auto& a, RecordOf<RoiStep> auto& r) {
  a("after_ms", r.after);
  a("ratio", r.ratio);
}

void fields(auto& a, RecordOf<PartialExit> auto& r) {
  a("profit", r.profit);
  a("share", r.share);
}

void fields(auto& a, RecordOf<ExitPlan> auto& r) {
  a("stop", r.stop);
  a("target", r.target);
  a("trailing", r.trailing);
  a("break_even_at", r.break_even_at);
  a("break_even_offset", r.break_even_offset);
  a("time_stop_ms", r.time_stop);
  a("roi", r.roi);
  a("partials", r.partials);
  a("on_reversal", r.on_reversal);
}

void fields(auto& a, RecordOf<ScalingPlan> auto& r) {
  a("levels", r.levels);
  a("deviation", r.deviation);
  a("deviation_scale", r.deviation_scale);
  a("size_scale", r.size_scale);
}

void fields(auto& a, RecordOf<PauseRule> auto& r) {
  a("trades", r.trades);
  a("limit", r.limit);
  a("lookback_ms", r.lookback);
  a("pause_ms", r.pause);
}

void fields(auto& a, RecordOf<GuardPlan> auto& r) {
  a("daily_loss", r.daily_loss);
  a("drawdown", r.drawdown);
  a("streak", r.streak);
  a("stops", r.stops);
  a("low_profit", r.low_profit);
}

void fields(auto& a, RecordOf<RiskPlan> auto& r) {
  a("atr_period", r.atr_period);
  a("sizing", r.sizing);
  a("exits", r.exits);
  a("scaling", r.scaling);
  a("guards", r.guards);
}

void fields(auto& a, RecordOf<PositionCare> auto& r) {
  a("position", r.position);
  a("first_entry", r.first_entry);
  a("first_cost", r.first_cost);
  a("best", r.best);
  a("stop", r.stop);
  a("stop_reason", r.stop_reason);
  a("due", r.due);
  a("partials", r.partials);
  a("levels", r.levels);
}

void fields(auto& a, RecordOf<ClosedResult> auto& r) {
  a("position", r.position);
  a("at", r.at);
  a("profit", r.profit);
  a("ratio", r.ratio);
  a("reason", r.reason);
}

void fields(auto& a, RecordOf<RiskLock> auto& r) {
  a("reason", r.reason);
  a("since", r.since);
  a("until", r.until);
  a("detail", r.detail);
}

void fields(auto& a, RecordOf<RiskState> auto& r) {
  a("care", r.care);
  a("results", r.results);
  a("locks", r.locks);
}

void fields(auto& a, RecordOf<CheckPace> auto& r) {
  a("fastest_ms", r.fastest);
  a("slowest_ms", r.slowest);
}

void fields(auto& a, RecordOf<BotConfig> auto& r) {
  a("id", r.id);
  a("name", r.name);
  a("strategy", r.strategy);
  a("parameters", r.parameters);
  a("symbol", r.symbol);
  a("market", r.market);
  a("timeframe", r.timeframe);
  a("check_interval_ms", r.check_interval);
  a("status", r.status);
  a("allocation", r.allocation);
  a("stake_kind", r.stake_kind);
  a("stake", r.stake);
  a("stop_loss_ratio", r.stop_loss_ratio);
  a("take_profit_ratio", r.take_profit_ratio);
  a("max_open_positions", r.max_open_positions);
  a("cooldown_symbol_ms", r.cooldown_symbol);
  a("cooldown_bot_ms", r.cooldown_bot);
  a("allow_list", r.allow_list);
  a("block_list", r.block_list);
  a("plan", r.plan);
  a("pace", r.pace);
}

// Version 1 had no plan, version 2 no pace: each is an empty list at the end.
Result<std::string> bot_config_1_to_2(std::string_view body);
Result<std::string> bot_config_2_to_3(std::string_view body);
template <>
struct Upgrades<BotConfig> {
  static constexpr std::array<UpgradeStep, 2> kSteps{bot_config_1_to_2, bot_config_2_to_3};
};

// Version 1: all but `funding`.
struct PositionV1 {
  Position common;
};

void position_fields(auto& a, RecordOf<Position> auto& r) {
  a("id", r.id);
  a("bot", r.bot);
  a("symbol", r.symbol);
  a("side", r.side);
  a("status", r.status);
  a("quantity", r.quantity);
  a("total_entered", r.total_entered);
  a("entry_cost", r.entry_cost);
  a("average_entry", r.average_entry);
  a("stop_loss", r.stop_loss);
  a("take_profit", r.take_profit);
  a("stop_client_id", r.stop_client_id);
  a("take_profit_client_id", r.take_profit_client_id);
  a("realised_profit", r.realised_profit);
  a("fees", r.fees);
  a("opened_at", r.opened_at);
  a("closed_at", r.closed_at);
  a("close_reason", r.close_reason);
  a("applied", r.applied);
}

void fields(auto& a, RecordOf<PositionV1> auto& r) { position_fields(a, r.common); }

void fields(auto& a, RecordOf<Position> auto& r) {
  position_fields(a, r);
  a("funding", r.funding);
}

Result<std::string> position_1_to_2(std::string_view body);
template <>
struct Upgrades<Position> {
  static constexpr std::array<UpgradeStep, 1> kSteps{position_1_to_2};
};

// What all versions began with.
void snapshot_fields(auto& a, RecordOf<BotSnapshot> auto& r) {
  a("status", r.status);
  a("status_reason", r.status_reason);
  a("settings_version", r.settings_version);
  a("turn", r.turn);
  a("last_check_at", r.last_check_at);
  a("next_check_at", r.next_check_at);
  a("failed_attempts", r.failed_attempts);
  a("last_candle_close", r.last_candle_close);
  a("last_trade_at", r.last_trade_at);
  a("checks", r.checks);
  a("signals", r.signals);
  a("trades_completed", r.trades_completed);
  a("trades_failed", r.trades_failed);
  a("realised_profit", r.realised_profit);
  a("fees", r.fees);
}

void fields(auto& a, RecordOf<BotSnapshot> auto& r) {
  snapshot_fields(a, r);
  a("open_positions", r.open_positions);
  a("pending", r.pending);
  a("risk", r.risk);
  a("funding", r.funding);
}

// Version 1: pending trades knew neither their protective orders nor a position closed before their
// last word.
struct PendingTradeV1 {
  TradeId id;
  Direction direction = Direction::kLong;
  PositionId position;
  Notional reserved;
};
struct BotSnapshotV1 {
  BotSnapshot common;  // what all versions began with
  std::vector<PositionV1> open_positions;
  std::vector<PendingTradeV1> pending;
};
// Version 2: nothing was remembered for a plan, and pending trades had no reason.
struct PendingTradeV2 {
  PendingTradeV1 common;
  ClientOrderId stop_client_id;
  ClientOrderId take_profit_client_id;
  std::vector<PositionV1> closed;
};
struct BotSnapshotV2 {
  BotSnapshot common;
  std::vector<PositionV1> open_positions;
  std::vector<PendingTradeV2> pending;
};
// Version 3: there was no funding.
struct PendingTradeV3 {
  PendingTradeV2 common;
  ReasonCode reason = ReasonCode::kNone;
};
struct BotSnapshotV3 {
  BotSnapshot common;  // and `risk`
  std::vector<PositionV1> open_positions;
  std::vector<PendingTradeV3> pending;
};
template <>
inline constexpr RecordFormat kFormat<BotSnapshotV2>{"bot snapshot", 2};
template <>
inline constexpr RecordFormat kFormat<BotSnapshotV3>{"bot snapshot", 3};

void fields(auto& a, RecordOf<PendingTradeV1> auto& r) {
  a("id", r.id);
  a("direction", r.direction);
  a("position", r.position);
  a("reserved", r.reserved);
}

void fields(auto& a, RecordOf<PendingTradeV2> auto& r) {
  fields(a, r.common);
  a("stop_client_id", r.stop_client_id);
  a("take_profit_client_id", r.take_profit_client_id);
  a("closed", r.closed);
}

void fields(auto& a, RecordOf<PendingTradeV3> auto& r) {
  fields(a, r.common);
  a("reason", r.reason);
}

void fields(auto& a, RecordOf<BotSnapshotV1> auto& r) {
  snapshot_fields(a, r.common);
  a("open_positions", r.open_positions);
  a("pending", r.pending);
}

void fields(auto& a, RecordOf<BotSnapshotV2> auto& r) {
  snapshot_fields(a, r.common);
  a("open_positions", r.open_positions);
  a("pending", r.pending);
}

void fields(auto& a, RecordOf<BotSnapshotV3> auto& r) {
  snapshot_fields(a, r.common);
  a("open_positions", r.open_positions);
  a("pending", r.pending);
  a("risk", r.common.risk);
}

Result<std::string> bot_snapshot_1_to_2(std::string_view body);
Result<std::string> bot_snapshot_2_to_3(std::string_view body);
Result<std::string> bot_snapshot_3_to_4(std::string_view body);
template <>
struct Upgrades<BotSnapshot> {
  static constexpr std::array<UpgradeStep, 3> kSteps{bot_snapshot_1_to_2, bot_snapshot_2_to_3,
                                                     bot_snapshot_3_to_4};
};

void fields(auto& a, RecordOf<Signal> auto& r) {
  a("id", r.id);
  a("source", r.source);
  a("bot", r.bot);
  a("symbol", r.symbol);
  a("direction", r.direction);
  a("timeframe", r.timeframe);
  a("candle_close", r.candle_close);
  a("created_at", r.created_at);
  a("conditions", r.conditions);
  a("score", r.score);
  a("entry", r.entry);
  a("stop_loss", r.stop_loss);
  a("take_profit", r.take_profit);
  a("decision", r.decision);
  a("rejection_reason", r.rejection_reason);
  a("verdicts", r.verdicts);
  a("market_context", r.market_context);
  a("execution_status", r.execution_status);
  a("execution_reason", r.execution_reason);
  a("executed_trade_id", r.executed_trade_id);
  a("execution_attempts", r.execution_attempts);
  a("execution_scheduled_at", r.execution_scheduled_at);
}

// Version 1 knew no delayed signals: "never" is a zero at the end.
Result<std::string> signal_1_to_2(std::string_view body);
template <>
struct Upgrades<Signal> {
  static constexpr std::array<UpgradeStep, 1> kSteps{signal_1_to_2};
};

void fields(auto& a, RecordOf<OrderIntent> auto& r) {
  a("key", r.key);
  a("signal", r.signal);
  a("bot", r.bot);
  a("symbol", r.symbol);
  a("side", r.side);
  a("status", r.status);
  a("order_id", r.order_id);
  a("error_message", r.error_message);
  a("created_at", r.created_at);
  a("updated_at", r.updated_at);
}

void fields(auto& a, RecordOf<Trade> auto& r) {
  a("id", r.id);
  a("bot", r.bot);
  a("signal", r.signal);
  a("intent", r.intent);
  a("symbol", r.symbol);
  a("direction", r.direction);
  a("side", r.side);
  a("position", r.position);
  a("quantity", r.quantity);
  a("entry", r.entry);
  a("stop_loss", r.stop_loss);
  a("take_profit", r.take_profit);
  a("reserved", r.reserved);
  a("client_order_id", r.client_order_id);
  a("stop_client_id", r.stop_client_id);
  a("take_profit_client_id", r.take_profit_client_id);
  a("status", r.status);
  a("order_id", r.order_id);
  a("attempts", r.attempts);
  a("outcome_unknown", r.outcome_unknown);
  a("reason", r.reason);
  a("error_message", r.error_message);
  a("created_at", r.created_at);
  a("updated_at", r.updated_at);
}

void fields(auto& a, RecordOf<Fill> auto& r) {
  a("id", r.id);
  a("client_id", r.client_id);
  a("order_id", r.order_id);
  a("symbol", r.symbol);
  a("side", r.side);
  a("price", r.price);
  a("quantity", r.quantity);
  a("fee", r.fee);
  a("at", r.at);
}

void fields(auto& a, RecordOf<BookedFill> auto& r) {
  fields(a, r.fill);
  a("number", r.number);
  a("fee_coin", r.fill.fee_coin);
  a("fee_in_coin", r.fill.fee_in_coin);
  a("funding", r.fill.funding);
}

// Version 1 was the fill alone; version 2 told every fee in quote currency only; version 3 knew no
// funding.
Result<std::string> booked_fill_1_to_2(std::string_view body);
Result<std::string> booked_fill_2_to_3(std::string_view body);
Result<std::string> booked_fill_3_to_4(std::string_view body);
template <>
struct Upgrades<BookedFill> {
  static constexpr std::array<UpgradeStep, 3> kSteps{booked_fill_1_to_2, booked_fill_2_to_3,
                                                     booked_fill_3_to_4};
};

void fields(auto& a, RecordOf<Event> auto& r) {
  a.from_key("sequence", r.sequence);
  a("at", r.at);
  a("kind", r.kind);
  a("bot", r.bot);
  a("subject", r.subject);
  a("detail", r.detail);
  a("actor", r.actor);
}

void fields(auto& a, RecordOf<CycleRecord> auto& r) {
  a("number", r.number);
  a("started_at", r.started_at);
  a("duration_ms", r.duration);
  a("found", r.found);
  a("succeeded", r.succeeded);
  a("failed", r.failed);
  a("signals", r.signals);
}

void fields(auto& a, RecordOf<RolloutCaps> auto& r) {
  a("live_bots", r.live_bots);
  a("order", r.order);
}

void fields(auto& a, RecordOf<EngineState> auto& r) {
  a("mode", r.mode);
  a("live_trading", r.live_trading);
  a("changed_by", r.changed_by);
  a("changed_at", r.changed_at);
  a("rollout", r.rollout);
  a("reconcile_first", r.reconcile_first);
}

// Version 1 knew no rollout, and of no reconciliation that comes first.
Result<std::string> engine_state_1_to_2(std::string_view body);
template <>
struct Upgrades<EngineState> {
  static constexpr std::array<UpgradeStep, 1> kSteps{engine_state_1_to_2};
};

void fields(auto& a, RecordOf<DecisionTrace> auto& r) {
  a("bot", r.bot);
  a("candle_close", r.candle_close);
  a("checked_at", r.checked_at);
  a("signal", r.signal);
  a("trade", r.trade);
  a("stage", r.stage);
  a("decision", r.decision);
  a("reason", r.reason);
  a("reason_message", r.reason_message);
  a("context_json", r.context_json);
  a("exchange_error_snippet", r.exchange_error_snippet);
  a("conditions", r.conditions);
  a("verdicts", r.verdicts);
}

void fields(auto& a, RecordOf<LimitWindow> auto& r) {
  a("name", r.name);
  a("length_ms", r.length);
  a("limit", r.limit);
  a("kind", r.kind);
}

void fields(auto& a, RecordOf<UsedAmount> auto& r) {
  a("at", r.at);
  a("amount", r.amount);
}

void fields(auto& a, RecordOf<WindowState> auto& r) {
  a("window", r.window);
  a("used", r.used);
}

void fields(auto& a, RecordOf<LimiterReservation> auto& r) {
  a("expires", r.expires);
  a("weight", r.weight);
  a("orders", r.orders);
}

void fields(auto& a, RecordOf<LimiterState> auto& r) {
  a("saved_at", r.saved_at);
  a("stopped_until", r.stopped_until);
  a("windows", r.windows);
  a("reservations", r.reservations);
}

void fields(auto& a, RecordOf<ClaimRow> auto& r) {
  a("claimed_at", r.claimed_at);
  a("owner", r.owner);
}

void fields(auto& a, RecordOf<Difference> auto& r) {
  a("id", r.id);
  a("kind", r.kind);
  a("bot", r.bot);
  a("symbol", r.symbol);
  a("position", r.position);
  a("order", r.order);
  a("order_id", r.order_id);
  a("ours", r.ours);
  a("theirs", r.theirs);
  a("occurrence", r.occurrence);
  a("price", r.price);
  a("detail", r.detail);
  a("state", r.state);
  a("decision", r.decision);
  a("decided_by", r.decided_by);
  a("action_order", r.action_order);
  a("attempts", r.attempts);
  a("found_at", r.found_at);
  a("decided_at", r.decided_at);
  a("ended_at", r.ended_at);
  a("adopter", r.adopter);
}

// Version 1 had no adopter.
Result<std::string> difference_1_to_2(std::string_view body);
template <>
struct Upgrades<Difference> {
  static constexpr std::array<UpgradeStep, 1> kSteps{difference_1_to_2};
};

void fields(auto& a, RecordOf<FleetLock> auto& r) {
  a("symbol", r.symbol);
  fields(a, r.lock);
}

void fields(auto& a, RecordOf<FleetResult> auto& r) {
  a("bot", r.bot);
  a("symbol", r.symbol);
  fields(a, r.result);
}

void fields(auto& a, RecordOf<OperatorBot> auto& r) {
  a("bot", r.bot);
  a("toml", r.toml);
  a("in_file", r.in_file);
  a("by", r.by);
  a("at", r.at);
}

// What all versions began with.
void instrument_fields(auto& a, RecordOf<Instrument> auto& r) {
  a("symbol", r.symbol);
  a("base", r.base);
  a("quote", r.quote);
  a("market", r.market);
  a("tick", r.tick);
  a("lot", r.lot);
  a("min_quantity", r.min_quantity);
  a("max_quantity", r.max_quantity);
  a("min_notional", r.min_notional);
}

void fields(auto& a, RecordOf<Instrument> auto& r) {
  instrument_fields(a, r);
  a("max_orders", r.max_orders);
  a("max_conditional_orders", r.max_conditional_orders);
}

// Version 1: no maxima of orders.
struct KeptInstrumentV1 {
  KeptInstrument common;
};

void fields(auto& a, RecordOf<KeptInstrumentV1> auto& r) {
  a("venue", r.common.venue);
  instrument_fields(a, r.common.instrument);
  a("since", r.common.since);
}

void fields(auto& a, RecordOf<KeptInstrument> auto& r) {
  a("venue", r.venue);
  fields(a, r.instrument);
  a("since", r.since);
}

Result<std::string> instrument_1_to_2(std::string_view body);
template <>
struct Upgrades<KeptInstrument> {
  static constexpr std::array<UpgradeStep, 1> kSteps{instrument_1_to_2};
};

}  // namespace botbox::storage
