// Reconciliation: the engine's records against what the exchange says. Pure: both sides in, the
// list of differences out. What happens to a difference afterwards:
// engine/execution/difference_book.hpp.
//
// "Not told" is never read as "not there": a part that the snapshot lacks is not compared. A symbol
// with an order under way is in doubt, because the two sides are told of its fills at different
// moments; it is compared when the order is over.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/model/account.hpp"
#include "engine/model/difference.hpp"
#include "engine/model/trade.hpp"

namespace botbox {

// What the engine has on record about the account.
struct EngineRecords {
  std::vector<Trade> open_trades;        // not final
  std::vector<Position> open_positions;  // of all bots
  // Trades that are over, as far as the exchange names their orders; others may be left out.
  std::vector<Trade> known_trades;
  std::set<ClientOrderId> action_orders;  // sent by reconciliation itself
  std::set<Symbol> symbols;               // that bots trade
  std::vector<Instrument> instruments;    // as the bots know them; empty: not known
  // Spot: coins beyond those of the positions that are no news (DifferenceBook::known_coins).
  std::map<Asset, Decimal> known_coins;
  // Perpetuals: as they were told last, while a position of ours was open in them.
  std::map<Symbol, Price> marks;
  // Another leverage or margin mode than the expected one that was adopted: ids of occurrence 0.
  std::set<DifferenceId> accepted_terms;
};

struct ReconciliationRules {
  std::array<DifferenceDecision, kDifferenceKinds> decisions{};  // kWait, unless set
  // Fewer coins than this share of what positions hold is a shortage: fees in base are taken out
  // of what was bought.
  Decimal holding_tolerance = Decimal::from_units(5'000'000'000);  // 0.5 %
  std::optional<Decimal> leverage;                                 // that every position must have
  std::optional<MarginMode> margin_mode;                           // the same
  std::vector<std::string> ignored_symbols;  // exactly these; nothing of them is compared
  std::vector<std::string> ignored_ids;      // external orders whose client id starts so

  DifferenceDecision decision(DifferenceKind kind) const {
    return decisions[static_cast<std::size_t>(kind)];
  }
  bool operator==(const ReconciliationRules&) const = default;
};

struct Comparison {
  std::vector<Difference> found;  // in a fixed order, without state; ids of occurrence 0
  std::set<DifferenceKind> compared;
  std::set<Symbol> in_doubt;
  std::set<Asset> coins;  // that were looked at, for more than is known of

  // Was looked at: if it is not among `found`, it does not exist now.
  bool covers(const Difference& difference) const {
    return compared.contains(difference.kind) && !in_doubt.contains(difference.symbol);
  }
};

Comparison compare(const EngineRecords& ours, const AccountSnapshot& theirs,
                   const ReconciliationRules& rules);

// One order of ours as it was recorded before the exchange was asked.
struct OrderRecord {
  ClientOrderId id;
  BotId bot;
  Symbol symbol;
  PositionId position;
  bool is_protective = false;
  std::vector<Fill> fills;
};

// The exchange's word on it. Fills that are recorded stay as they are recorded.
std::vector<Difference> compare_order(const OrderRecord& ours, const OrderReport& theirs);

// What is left of a position that `order` has closed, and too little to be sold: settled as it is
// found, by the engine.
Difference let_go(const Position& position, const ClientOrderId& order, Timestamp now);

// 32 hex digits: a hash of everything in the difference that says what differs.
DifferenceId difference_id(const Difference& difference);

// The client id under which what was adopted is booked: 28 of [a-z0-9]. A position that was adopted
// whole has it as its own id.
ClientOrderId adopted_order_id(const DifferenceId& id);
bool is_adopted(const PositionId& id);

}  // namespace botbox
