// ReasonCode: why something was, or was not, done. The names are stable: they are stored, counted
// and shown, and they keep the spelling of the documents this product comes from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace botbox {

enum class ReasonCode : std::uint8_t {
  kNone = 0,
  // no candidate
  kNoSignal = 1,
  kWarmingUp = 2,
  // gates, in the order in which they are asked
  kEngineHalted = 10,
  kEngineReducing = 11,
  kBotNotActive = 12,
  kSignalExpired = 13,
  kDataStale = 14,
  kMarketTypeMismatch = 15,
  kSymbolNotAllowed = 16,
  kSymbolBlocked = 17,
  kDuplicatePosition = 18,
  kTradePending = 19,
  kCooldownSymbol = 20,
  kCooldownBot = 21,
  kMaxPositionsBot = 22,
  kMaxPositionsGlobal = 23,
  kSizeZero = 24,
  kInsufficientAllocation = 25,
  kBelowMinQuantity = 26,
  kBelowMinNotional = 27,
  kAboveMaxQuantity = 28,
  kNothingToClose = 29,
  kInvalidLevels = 30,
  kExchangeUnhealthy = 31,
  kDiskSpaceLow = 32,
  // de-duplication and switches after emission
  kIdempotencyBlocked = 50,
  kQueueDuplicate = 51,
  kOrderBlockedLiveTrading = 52,
  kReconciliationPending = 53,  // the exchange differs from the records; nobody has decided yet
  // execution
  kClosedMeanwhile = 54,  // its position was closed before the order arrived
  kExecOrderPlaced = 60,
  kExchangeRejected = 61,
  kOutcomeUnknown = 62,
  kOrderNotFound = 63,
  kRateLimited = 64,
  // exits
  kStopLossHit = 70,
  kTakeProfitHit = 71,
  kStrategyExit = 72,
  kReconciled = 79,  // closed at the exchange by an order that is not ours; the records followed
  // checks
  kCheckTimeout = 80,
  kCheckFailed = 81,
  kAlreadyChecking = 82,
  // signals from outside
  kMalformedAlert = 90,
  kUnknownBot = 91,
  kScheduledTooFar = 92,
  kBotNotAllowed = 93,  // the source may not send signals to this bot
  // gates of risk
  kRiskDataMissing = 100,
  kKellyNoEdge = 101,
  kMaxPositionsSymbol = 103,
  kMaxPositionsDirection = 104,
  kFleetAllocation = 105,
  kBaseExposure = 106,
  kCorrelated = 107,
  kDailyLossLimit = 110,
  kMaxDrawdown = 111,
  kLosingStreak = 112,
  kStopLossGuard = 113,
  kLowProfit = 114,
  kRegimeNotTraded = 115,
  // exits and scaling of a plan
  kTrailingStop = 120,
  kBreakEvenStop = 121,
  kTimeStop = 122,
  kMinimalRoi = 123,
  kPartialTakeProfit = 124,
  kSignalReversal = 125,
  kScaleIn = 126,
  // by hand
  kCancelledByOperator = 130,
  kClosedByOperator = 131,
  // caps while trading is rolled out
  kRolloutBots = 150,
  kRolloutOrderSize = 151,
  // gates again
  kNoOrderRoom = 152,  // for its stop and target, in the symbol at the exchange
  kInsufficientBalance = 153,
  kOppositeSideHeld = 154,  // of a perpetual in one-way mode
  // execution again
  kOrderNotSent = 155,  // kept back by our own side of the exchange
};

struct ReasonName {
  ReasonCode code;
  std::string_view name;
};

inline constexpr std::array kReasonNames{
    ReasonName{ReasonCode::kNone, "NONE"},
    ReasonName{ReasonCode::kNoSignal, "NO_SIGNAL"},
    ReasonName{ReasonCode::kWarmingUp, "WARMING_UP"},
    ReasonName{ReasonCode::kEngineHalted, "ENGINE_HALTED"},
    ReasonName{ReasonCode::kEngineReducing, "ENGINE_REDUCING"},
    ReasonName{ReasonCode::kBotNotActive, "BOT_NOT_ACTIVE"},
    ReasonName{ReasonCode::kSignalExpired, "SIGNAL_EXPIRED"},
    ReasonName{ReasonCode::kDataStale, "DATA_STALE"},
    ReasonName{ReasonCode::kMarketTypeMismatch, "MARKET_TYPE_MISMATCH"},
    ReasonName{ReasonCode::kSymbolNotAllowed, "SYMBOL_NOT_ALLOWED"},
    ReasonName{ReasonCode::kSymbolBlocked, "SYMBOL_BLOCKED"},
    ReasonName{ReasonCode::kDuplicatePosition, "DUPLICATE_POSITION"},
    ReasonName{ReasonCode::kTradePending, "TRADE_PENDING"},
    ReasonName{ReasonCode::kCooldownSymbol, "COOLDOWN_SYMBOL"},
    ReasonName{ReasonCode::kCooldownBot, "COOLDOWN_BOT"},
    ReasonName{ReasonCode::kMaxPositionsBot, "MAX_POSITIONS_BOT"},
    ReasonName{ReasonCode::kMaxPositionsGlobal, "MAX_POSITIONS_GLOBAL"},
    ReasonName{ReasonCode::kSizeZero, "SIZE_ZERO"},
    ReasonName{ReasonCode::kInsufficientAllocation, "INSUFFICIENT_ALLOCATION"},
    ReasonName{ReasonCode::kBelowMinQuantity, "BELOW_MIN_QUANTITY"},
    ReasonName{ReasonCode::kBelowMinNotional, "BELOW_MIN_NOTIONAL"},
    ReasonName{ReasonCode::kAboveMaxQuantity, "ABOVE_MAX_QUANTITY"},
    ReasonName{ReasonCode::kNothingToClose, "NOTHING_TO_CLOSE"},
    ReasonName{ReasonCode::kInvalidLevels, "INVALID_LEVELS"},
    ReasonName{ReasonCode::kExchangeUnhealthy, "EXCHANGE_UNHEALTHY"},
    ReasonName{ReasonCode::kDiskSpaceLow, "DISK_SPACE_LOW"},
    ReasonName{ReasonCode::kIdempotencyBlocked, "IDEMPOTENCY_BLOCKED"},
    ReasonName{ReasonCode::kQueueDuplicate, "QUEUE_DUPLICATE"},
    ReasonName{ReasonCode::kOrderBlockedLiveTrading, "ORDER_BLOCKED_LIVE_TRADING"},
    ReasonName{ReasonCode::kReconciliationPending, "RECONCILIATION_PENDING"},
    ReasonName{ReasonCode::kClosedMeanwhile, "CLOSED_MEANWHILE"},
    ReasonName{ReasonCode::kExecOrderPlaced, "EXEC_ORDER_PLACED"},
    ReasonName{ReasonCode::kExchangeRejected, "EXCHANGE_REJECTED"},
    ReasonName{ReasonCode::kOutcomeUnknown, "OUTCOME_UNKNOWN"},
    ReasonName{ReasonCode::kOrderNotFound, "ORDER_NOT_FOUND"},
    ReasonName{ReasonCode::kRateLimited, "RATE_LIMITED"},
    ReasonName{ReasonCode::kStopLossHit, "STOP_LOSS_HIT"},
    ReasonName{ReasonCode::kTakeProfitHit, "TAKE_PROFIT_HIT"},
    ReasonName{ReasonCode::kStrategyExit, "STRATEGY_EXIT"},
    ReasonName{ReasonCode::kReconciled, "RECONCILED"},
    ReasonName{ReasonCode::kCheckTimeout, "CHECK_TIMEOUT"},
    ReasonName{ReasonCode::kCheckFailed, "CHECK_FAILED"},
    ReasonName{ReasonCode::kAlreadyChecking, "ALREADY_CHECKING"},
    ReasonName{ReasonCode::kMalformedAlert, "MALFORMED_ALERT"},
    ReasonName{ReasonCode::kUnknownBot, "UNKNOWN_BOT"},
    ReasonName{ReasonCode::kScheduledTooFar, "SCHEDULED_TOO_FAR"},
    ReasonName{ReasonCode::kBotNotAllowed, "BOT_NOT_ALLOWED"},
    ReasonName{ReasonCode::kRiskDataMissing, "RISK_DATA_MISSING"},
    ReasonName{ReasonCode::kKellyNoEdge, "KELLY_NO_EDGE"},
    ReasonName{ReasonCode::kMaxPositionsSymbol, "MAX_POSITIONS_SYMBOL"},
    ReasonName{ReasonCode::kMaxPositionsDirection, "MAX_POSITIONS_DIRECTION"},
    ReasonName{ReasonCode::kFleetAllocation, "FLEET_ALLOCATION"},
    ReasonName{ReasonCode::kBaseExposure, "BASE_EXPOSURE"},
    ReasonName{ReasonCode::kCorrelated, "CORRELATED"},
    ReasonName{ReasonCode::kDailyLossLimit, "DAILY_LOSS_LIMIT"},
    ReasonName{ReasonCode::kMaxDrawdown, "MAX_DRAWDOWN"},
    ReasonName{ReasonCode::kLosingStreak, "LOSING_STREAK"},
    ReasonName{ReasonCode::kStopLossGuard, "STOP_LOSS_GUARD"},
    ReasonName{ReasonCode::kLowProfit, "LOW_PROFIT"},
    ReasonName{ReasonCode::kRegimeNotTraded, "REGIME_NOT_TRADED"},
    ReasonName{ReasonCode::kTrailingStop, "TRAILING_STOP"},
    ReasonName{ReasonCode::kBreakEvenStop, "BREAK_EVEN_STOP"},
    ReasonName{ReasonCode::kTimeStop, "TIME_STOP"},
    ReasonName{ReasonCode::kMinimalRoi, "MINIMAL_ROI"},
    ReasonName{ReasonCode::kPartialTakeProfit, "PARTIAL_TAKE_PROFIT"},
    ReasonName{ReasonCode::kSignalReversal, "SIGNAL_REVERSAL"},
    ReasonName{ReasonCode::kScaleIn, "SCALE_IN"},
    ReasonName{ReasonCode::kCancelledByOperator, "CANCELLED_BY_OPERATOR"},
    ReasonName{ReasonCode::kClosedByOperator, "CLOSED_BY_OPERATOR"},
    ReasonName{ReasonCode::kRolloutBots, "ROLLOUT_BOTS"},
    ReasonName{ReasonCode::kRolloutOrderSize, "ROLLOUT_ORDER_SIZE"},
    ReasonName{ReasonCode::kNoOrderRoom, "NO_ORDER_ROOM"},
    ReasonName{ReasonCode::kInsufficientBalance, "INSUFFICIENT_BALANCE"},
    ReasonName{ReasonCode::kOppositeSideHeld, "OPPOSITE_SIDE_HELD"},
    ReasonName{ReasonCode::kOrderNotSent, "ORDER_NOT_SENT"},
};

constexpr std::string_view to_string(ReasonCode code) {
  for (const ReasonName& entry : kReasonNames)
    if (entry.code == code) return entry.name;
  return "UNKNOWN_REASON";
}
constexpr std::optional<ReasonCode> parse_reason_code(std::string_view name) {
  for (const ReasonName& entry : kReasonNames)
    if (entry.name == name) return entry.code;
  return std::nullopt;
}

}  // namespace botbox
