// DifferenceBook: the life of every difference, from the first look that shows it to its end. Pure;
// the reconciler makes durable what it returns and only then does what it says.
//
//            seen in every look for `confirm_after`
//   (unseen) ─────────────────────────► WAITING ──decision──► ACTING │ IGNORED │ HALTED
//                configured decision ──► ACTING │ IGNORED │ HALTED
//   not there any more: ACTING ──► RESOLVED, all others ──► GONE
//   the exchange refused the order of a flatten: ACTING ──► WAITING
//
// What exists only for a moment, because the two sides were asked at different ones, is never
// recorded. What comes back after its end is a new occurrence with an id of its own. What is
// another difference at each look, because somebody else trades the symbol, is recorded as it is
// after a minute; until the numbers stand still its symbol stays held.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/execution/reconciliation.hpp"

namespace botbox {

class DifferenceBook {
 public:
  // What is held back while differences stand that nobody has settled.
  struct Holds {
    bool all = false;  // every entry
    std::set<Symbol> symbols;

    bool operator==(const Holds&) const = default;
  };

  // `stored`: every record that earlier lives wrote, in any order.
  DifferenceBook(InstallationId installation, ReconciliationRules rules, Duration confirm_after,
                 std::vector<Difference> stored);

  // The bots that trade each symbol: who may adopt a position that no record knows.
  void set_traders(std::map<Symbol, std::set<BotId>> traders) { traders_ = std::move(traders); }
  void add_trader(const Symbol& symbol, const BotId& bot) { traders_[symbol].insert(bot); }
  const std::map<Symbol, std::set<BotId>>& traders() const { return traders_; }
  // Coins of which more is there than is known, seen for the first time. Before on_look: which of
  // them were traded.
  std::set<Asset> first_sights(const Comparison& look) const;
  // Coins that bots have traded before they were looked at: more of them than is known is news.
  void set_traded(std::set<Asset> coins) { seen_coins_.merge(coins); }
  // Of each coin that bots trade at a spot venue, what is there beyond their positions and is no
  // news: what was there when the coin was looked at for the first time, before any trade, or was
  // adopted since; and the dust of which the records have let go since then.
  std::map<Asset, Decimal> known_coins() const;
  // Dust that bots have let go of since the start, among all that is stored. True: some is new.
  bool learn_let_go(std::vector<Difference> stored);
  // Leverages and margin modes that were adopted instead of what the configuration expects. An
  // expectation that changes is another one: it is told again.
  std::set<DifferenceId> accepted_terms() const;
  // The exchange places no stop for what it did not open: no position is adopted there.
  void refuse_positions() { refuses_positions_ = true; }
  // One look. Returns the records that changed, new ones included.
  std::vector<Difference> on_look(const Comparison& look, Timestamp now);
  // What was settled when it was found (compare_order). Returns those that are new.
  std::vector<Difference> on_adopted(std::vector<Difference> found, Timestamp now);
  // The operator's word. `adopter`: the bot that adopts a position; empty: the one that has it, or
  // the only one that trades its symbol. Error kNotFound: no such difference; kInvalidInput: it is
  // over, its kind has no such decision, or nobody knows which bot is meant.
  Result<Difference> decide(const DifferenceId& id, DifferenceDecision decision,
                            const std::string& by, Timestamp now, const BotId& adopter = {});
  // The exchange, or the bot that was to adopt it, refused what was to settle it: the operator is
  // asked again.
  std::optional<Difference> on_refused(const DifferenceId& id, const std::string& why,
                                       Timestamp now);

  // Differences that stand, by id.
  std::vector<Difference> standing() const;
  // Of them, those in this state.
  std::vector<Difference> standing(DifferenceState state) const;
  const Difference* find(const DifferenceId& id) const;
  // Client ids of all orders that a flatten has sent, or may have sent.
  std::set<ClientOrderId> action_orders() const;
  // Seen, but not for long enough yet: look again soon.
  bool is_unsettled() const { return !seen_.empty(); }
  // Of what is unsettled something would hold entries back that nothing holds back now.
  bool is_in_question() const;
  Holds holds() const;
  // The difference for which every entry is held, in words; empty: none is.
  std::string why_all_held() const;

 private:
  using Facts = std::string;  // the id of occurrence 0

  void apply(Difference& difference, DifferenceDecision decision, const std::string& by,
             Timestamp now) const;
  Difference& store(const Facts& facts, Difference difference);
  bool is_first_sight(const Difference& found) const;
  bool has_stood(const Facts& facts, const Difference& found, Timestamp now);
  Difference record_of(const Difference& found, const Difference* before, Timestamp now) const;
  void forget_unseen(const Comparison& look, const std::set<Symbol>& held);
  Difference begin_with(Difference found, Timestamp now) const;
  // Whose an adopted position becomes; empty: the decision adopts none.
  Result<BotId> adopter_of(const Difference& difference, DifferenceDecision decision,
                           const BotId& named) const;

  InstallationId installation_;
  ReconciliationRules rules_;
  Duration confirm_after_;
  std::map<Symbol, std::set<BotId>> traders_;
  bool refuses_positions_ = false;
  std::set<Asset> seen_coins_;
  std::map<DifferenceId, Difference> all_;
  std::map<Facts, DifferenceId> newest_;
  // Not recorded yet: since when, and where it would hold entries back.
  struct Seen {
    Timestamp since;
    DifferenceKind kind;
    Symbol symbol;
  };
  std::map<Facts, Seen> seen_;
  // Since when something of this kind and symbol has not stood still.
  std::map<std::pair<DifferenceKind, Symbol>, Timestamp> restless_;
  std::set<Symbol> held_over_;  // by what is unsettled, after a record that is over
};

}  // namespace botbox
