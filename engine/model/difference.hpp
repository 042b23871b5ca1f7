// Difference: the engine's records and the exchange do not agree, and what is done about it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/model/decimal.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/money.hpp"
#include "engine/model/time.hpp"

namespace botbox {

// A hash of what differs: the same difference has the same id after any restart.
using DifferenceId = Id<struct DifferenceIdTag>;

enum class DifferenceKind : std::uint8_t {
  kOrderState,        // an order of ours went on while nobody listened
  kFillsMissed,       // fills of ours that no record held
  kFillDiffers,       // a fill that is recorded otherwise than the exchange tells it
  kOrderMissing,      // an accepted order that does not stand any more
  kStaleOrder,        // an order stands whose trade is over
  kExternalOrder,     // an order that nobody here placed
  kDuplicateOrder,    // one client order id, several open orders
  kExternalPosition,  // a position of which no record knows
  kPositionLarger,
  kPositionReduced,
  kPositionClosed,   // ours is open, the exchange has none
  kPositionFlipped,  // the exchange has the other side
  kHoldingShort,     // spot: fewer coins than the open positions hold
  kUnprotected,      // an open position whose stop does not stand
  kPositionMode,     // hedge mode; the engine trades net positions
  kLeverage,         // not the configured one
  kSymbolGone,       // does not trade any more
  kFiltersChanged,   // another tick, lot or minimum than the bots know
  kDust,             // what is left of a position is too small to be sold
  kMarginMode,       // of the account, or of a position: not the configured one
  kHoldingLarger     // spot: more coins than positions hold and than were there before
};
inline constexpr std::size_t kDifferenceKinds = 21;
inline constexpr std::array<std::string_view, kDifferenceKinds> kDifferenceNames{
    "ORDER_STATE",
    "FILLS_MISSED",
    "FILL_DIFFERS",
    "ORDER_MISSING",
    "STALE_ORDER",
    "EXTERNAL_ORDER",
    "DUPLICATE_ORDER",
    "EXTERNAL_POSITION",
    "POSITION_LARGER",
    "POSITION_REDUCED",
    "POSITION_CLOSED",
    "POSITION_FLIPPED",
    "HOLDING_SHORT",
    "UNPROTECTED",
    "POSITION_MODE",
    "LEVERAGE",
    "SYMBOL_GONE",
    "FILTERS_CHANGED",
    "DUST",
    "MARGIN_MODE",
    "HOLDING_LARGER"};
constexpr std::string_view to_string(DifferenceKind kind) {
  return kDifferenceNames[static_cast<std::size_t>(kind)];
}

// What holds until somebody has decided.
enum class Severity : std::uint8_t {
  kNotice,   // nothing: the records are right, or will be by themselves
  kSymbol,   // no entries of this symbol
  kAccount,  // no entries at all
};
constexpr std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kNotice: return "NOTICE";
    case Severity::kSymbol: return "SYMBOL";
    case Severity::kAccount: return "ACCOUNT";
  }
  return "?";
}
constexpr Severity severity_of(DifferenceKind kind) {
  switch (kind) {
    case DifferenceKind::kOrderState:
    case DifferenceKind::kFillsMissed:
    case DifferenceKind::kFillDiffers:
    case DifferenceKind::kExternalOrder:
    case DifferenceKind::kLeverage:
    case DifferenceKind::kFiltersChanged:
    case DifferenceKind::kDust:
    case DifferenceKind::kMarginMode:
    case DifferenceKind::kHoldingLarger: return Severity::kNotice;
    case DifferenceKind::kPositionMode: return Severity::kAccount;
    default: return Severity::kSymbol;
  }
}

enum class DifferenceDecision : std::uint8_t { kWait, kAdopt, kFlatten, kIgnore, kHalt };
constexpr std::string_view to_string(DifferenceDecision decision) {
  switch (decision) {
    case DifferenceDecision::kWait: return "WAIT";
    case DifferenceDecision::kAdopt: return "ADOPT";
    case DifferenceDecision::kFlatten: return "FLATTEN";
    case DifferenceDecision::kIgnore: return "IGNORE";
    case DifferenceDecision::kHalt: return "HALT";
  }
  return "?";
}

// What is adopted of this kind opens a position of a bot, or adds to one.
constexpr bool adopts_position(DifferenceKind kind) {
  return kind == DifferenceKind::kExternalPosition || kind == DifferenceKind::kPositionLarger;
}

// What is adopted of this kind books nothing: what is there is expected from then on.
constexpr bool adopts_as_told(DifferenceKind kind) {
  return kind == DifferenceKind::kHoldingLarger || kind == DifferenceKind::kLeverage ||
         kind == DifferenceKind::kMarginMode;
}

// kWait, kIgnore and kHalt fit every kind. kAdopt: the records follow the exchange. kFlatten: an
// order goes out, or one is cancelled, until the exchange follows the records.
constexpr bool is_allowed(DifferenceKind kind, DifferenceDecision decision) {
  switch (decision) {
    case DifferenceDecision::kAdopt:
      return kind <= DifferenceKind::kFillsMissed || kind == DifferenceKind::kPositionReduced ||
             kind == DifferenceKind::kPositionClosed || kind == DifferenceKind::kHoldingShort ||
             kind == DifferenceKind::kDust || adopts_position(kind) || adopts_as_told(kind);
    case DifferenceDecision::kFlatten:
      return kind == DifferenceKind::kStaleOrder || kind == DifferenceKind::kExternalOrder ||
             kind == DifferenceKind::kExternalPosition || kind == DifferenceKind::kPositionLarger ||
             kind == DifferenceKind::kPositionFlipped || kind == DifferenceKind::kUnprotected ||
             kind == DifferenceKind::kHoldingLarger;
    default: return true;
  }
}
// Whose the coins of a spot account are cannot be told: only an operator has them sold.
constexpr bool is_configurable(DifferenceKind kind, DifferenceDecision decision) {
  return is_allowed(kind, decision) &&
         !(kind == DifferenceKind::kHoldingLarger && decision == DifferenceDecision::kFlatten);
}

// A flatten of this kind sends an order of its own; others cancel one, or ask the bot to close.
constexpr bool is_flattened_by_order(DifferenceKind kind) {
  return kind == DifferenceKind::kExternalPosition || kind == DifferenceKind::kPositionLarger ||
         kind == DifferenceKind::kPositionFlipped || kind == DifferenceKind::kHoldingLarger;
}

enum class DifferenceState : std::uint8_t {
  kWaiting,  // for the operator
  kActing,   // a decision is being carried out
  kHalted,   // the engine was halted for it
  kIgnored,
  kResolved,  // by what was decided
  kGone,      // by itself
};
constexpr std::string_view to_string(DifferenceState state) {
  switch (state) {
    case DifferenceState::kWaiting: return "WAITING";
    case DifferenceState::kActing: return "ACTING";
    case DifferenceState::kHalted: return "HALTED";
    case DifferenceState::kIgnored: return "IGNORED";
    case DifferenceState::kResolved: return "RESOLVED";
    case DifferenceState::kGone: return "GONE";
  }
  return "?";
}
constexpr bool is_over(DifferenceState state) { return state >= DifferenceState::kResolved; }

struct Difference {
  DifferenceId id;
  DifferenceKind kind = DifferenceKind::kExternalOrder;
  // What differs: the part that the id is made of.
  BotId bot;            // empty: not about one bot
  Symbol symbol;        // empty: about the account
  PositionId position;  // of ours; empty: none, or several
  ClientOrderId order;  // may be empty
  OrderId order_id;     // the exchange's
  Decimal ours;         // quantities; positions: below zero is short; coins: beyond positions
  Decimal theirs;
  std::uint32_t occurrence = 0;  // the same thing may differ again later
  // What is known and done about it.
  Price price;         // by which an adopted reduction is valued; zero: the position's average
  std::string detail;  // one sentence
  DifferenceState state = DifferenceState::kWaiting;
  DifferenceDecision decision = DifferenceDecision::kWait;
  std::string decided_by;      // "config", "cli:alice"
  ClientOrderId action_order;  // of a flatten that sends an order of its own
  std::uint32_t attempts = 0;  // orders that a flatten has sent under new ids
  Timestamp found_at;
  Timestamp decided_at;
  Timestamp ended_at;
  BotId adopter;  // of an adopted position: whose it becomes

  bool operator==(const Difference&) const = default;
};

}  // namespace botbox
