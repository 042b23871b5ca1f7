#include "engine/execution/reconciliation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "engine/execution/identity.hpp"

namespace botbox {
namespace {

using Kind = DifferenceKind;

Decimal signed_quantity(PositionSide side, Quantity quantity) {
  return side == PositionSide::kLong ? quantity.value : -quantity.value;
}

Difference difference(Kind kind, Symbol symbol, std::string detail) {
  Difference made;
  made.kind = kind;
  made.symbol = std::move(symbol);
  made.detail = std::move(detail);
  return made;
}

bool is_spot(const Symbol& symbol) {
  const Result<SymbolParts> parts = parse_symbol(symbol.value);
  return parts && parts->market == MarketType::kSpot;
}

// One pass over both sides; each step adds what it finds.
class Comparer {
 public:
  Comparer(const EngineRecords& ours, const AccountSnapshot& theirs,
           const ReconciliationRules& rules)
      : ours_(ours), theirs_(theirs), rules_(rules) {}

  Comparison run() {
    for (const Trade& trade : ours_.open_trades)
      if (trade.status == TradeStatus::kExecuting) result_.in_doubt.insert(trade.symbol);
    if (theirs_.open_orders) compare_orders();
    if (theirs_.open_orders) compare_protection();
    if (theirs_.positions) compare_positions();
    if (theirs_.holdings) compare_holdings();
    if (theirs_.holdings) compare_surplus();
    if (theirs_.instruments) compare_instruments();
    if (theirs_.instruments) compare_dust();
    if (theirs_.is_hedged) compare_mode();
    if (theirs_.positions || theirs_.margin_mode) compare_margin_modes();
    std::sort(result_.found.begin(), result_.found.end(),
              [](const Difference& a, const Difference& b) {
                return std::tie(a.kind, a.symbol, a.position, a.order, a.order_id) <
                       std::tie(b.kind, b.symbol, b.position, b.order, b.order_id);
              });
    for (Difference& found : result_.found) found.id = difference_id(found);
    std::erase_if(result_.found, [this](const Difference& found) {
      return ours_.accepted_terms.contains(found.id);
    });
    return std::move(result_);
  }

 private:
  bool is_ignored(const Symbol& symbol) const {
    return std::find(rules_.ignored_symbols.begin(), rules_.ignored_symbols.end(), symbol.value) !=
           rules_.ignored_symbols.end();
  }
  void add(Difference found) {
    if (!is_ignored(found.symbol)) result_.found.push_back(std::move(found));
  }

  // -- orders

  static const Trade* find(const std::vector<Trade>& trades, const ClientOrderId& id) {
    for (const Trade& trade : trades)
      if (trade.client_order_id == id) return &trade;
    return nullptr;
  }
  bool protects_something(const ClientOrderId& id) const {
    const auto is_leg = [&](const auto& record) {
      return record.stop_client_id == id || record.take_profit_client_id == id;
    };
    return std::any_of(ours_.open_positions.begin(), ours_.open_positions.end(), is_leg) ||
           std::any_of(ours_.open_trades.begin(), ours_.open_trades.end(), is_leg);
  }
  bool is_filtered(const ClientOrderId& id) const {
    return !id.empty() &&
           std::any_of(rules_.ignored_ids.begin(), rules_.ignored_ids.end(),
                       [&](const std::string& prefix) { return id.value.starts_with(prefix); });
  }

  void compare_orders() {
    result_.compared.insert(
        {Kind::kOrderMissing, Kind::kStaleOrder, Kind::kExternalOrder, Kind::kDuplicateOrder});
    std::map<ClientOrderId, std::vector<const OpenOrder*>> by_id;
    std::set<OrderId> listed;
    for (const OpenOrder& order : *theirs_.open_orders) {
      // Told twice in one answer (pages that moved): one order.
      if (!order.order_id.empty() && !listed.insert(order.order_id).second) continue;
      if (!order.client_id.empty()) by_id[order.client_id].push_back(&order);
      judge(order);
    }
    for (const auto& [id, orders] : by_id) {
      if (orders.size() < 2 || is_filtered(id)) continue;
      // Whatever the order of the answers, it is about the same one.
      const auto* const first =
          *std::min_element(orders.begin(), orders.end(), [](auto* a, auto* b) {
            return std::tie(a->symbol, a->order_id) < std::tie(b->symbol, b->order_id);
          });
      Difference found = difference(
          Kind::kDuplicateOrder, first->symbol,
          fmt::format("{} open orders carry the client order id {}", orders.size(), id.value));
      found.order = id;
      found.ours = Decimal::from_int(1);
      found.theirs = Decimal::from_int(static_cast<std::int64_t>(orders.size()));
      add(std::move(found));
    }
    for (const Trade& trade : ours_.open_trades) {
      const bool stands = by_id.contains(trade.client_order_id);
      const bool was_accepted = trade.status == TradeStatus::kExecuting &&
                                !trade.order_id.empty() && !trade.outcome_unknown;
      if (was_accepted && !stands) add_missing(trade);
    }
  }

  void judge(const OpenOrder& order) {
    const ClientOrderId& id = order.client_id;
    if (is_filtered(id) || ours_.action_orders.contains(id)) return;
    if (!id.empty() && (find(ours_.open_trades, id) != nullptr || protects_something(id))) return;
    const Trade* over = id.empty() ? nullptr : find(ours_.known_trades, id);
    const std::string what =
        fmt::format("{} {} {} of {}, {} filled", to_string(order.type), to_string(order.side),
                    to_string(order.quantity), order.symbol.value, to_string(order.filled));
    Difference found =
        over != nullptr
            ? difference(
                  Kind::kStaleOrder, order.symbol,
                  fmt::format("{} stands, but its trade is {}", what, to_string(over->status)))
            : difference(Kind::kExternalOrder, order.symbol, what + " was not placed here");
    if (over != nullptr) found.bot = over->bot;
    found.order = id;
    found.order_id = order.order_id;
    found.theirs = order.quantity.value;
    add(std::move(found));
  }

  void add_missing(const Trade& trade) {
    Difference found =
        difference(Kind::kOrderMissing, trade.symbol,
                   fmt::format("order {} was accepted and does not stand any more; the exchange "
                               "is asked for it by its id",
                               trade.client_order_id.value));
    found.bot = trade.bot;
    found.order = trade.client_order_id;
    found.order_id = trade.order_id;
    found.ours = trade.quantity.value;
    add(std::move(found));
  }

  void compare_protection() {
    result_.compared.insert(Kind::kUnprotected);
    const std::set<ClientOrderId> standing = standing_orders();
    for (const Position& position : ours_.open_positions) {
      if (position.quantity.is_zero() || position.stop_client_id.empty()) continue;
      if (standing.contains(position.stop_client_id) || in_doubt(position.symbol)) continue;
      if (!may_still_be_open(position) || is_dust(position)) continue;
      Difference found =
          difference(Kind::kUnprotected, position.symbol,
                     fmt::format("{} {} has no stop at the exchange; it should stand at {}",
                                 to_string(position.side), to_string(position.quantity),
                                 to_string(position.stop_loss)));
      found.bot = position.bot;
      found.position = position.id;
      found.order = position.stop_client_id;
      found.ours = signed_quantity(position.side, position.quantity);
      add(std::move(found));
    }
  }

  std::set<ClientOrderId> standing_orders() const {
    std::set<ClientOrderId> standing;
    for (const OpenOrder& order : *theirs_.open_orders) standing.insert(order.client_id);
    return standing;
  }

  // A position that the exchange does not have needs no stop there.
  bool may_still_be_open(const Position& position) const {
    if (!theirs_.positions || is_spot(position.symbol)) return true;
    return std::any_of(theirs_.positions->begin(), theirs_.positions->end(),
                       [&](const NetPosition& net) {
                         return net.symbol == position.symbol && net.side == position.side;
                       });
  }

  // -- positions

  bool in_doubt(const Symbol& symbol) const { return result_.in_doubt.contains(symbol); }

  struct Side {
    Decimal net;
    std::vector<const Position*> ours;
    const NetPosition* theirs = nullptr;
  };

  void compare_positions() {
    result_.compared.insert({Kind::kExternalPosition, Kind::kPositionLarger, Kind::kPositionReduced,
                             Kind::kPositionClosed, Kind::kPositionFlipped, Kind::kLeverage});
    std::map<Symbol, Side> ours;
    std::map<Symbol, Decimal> theirs;
    for (const Position& position : ours_.open_positions) {
      if (is_spot(position.symbol)) continue;
      Side& side = ours[position.symbol];
      side.net += signed_quantity(position.side, position.quantity);
      side.ours.push_back(&position);
    }
    for (const NetPosition& position : *theirs_.positions) {
      theirs[position.symbol] += signed_quantity(position.side, position.quantity);
      ours[position.symbol].theirs = &position;
      compare_leverage(position);
    }
    for (const auto& [symbol, side] : ours)
      if (!in_doubt(symbol)) compare_net(symbol, side, theirs[symbol]);
  }

  static Kind kind_of(Decimal ours, Decimal theirs) {
    if (ours.is_zero()) return Kind::kExternalPosition;
    if (theirs.is_zero()) return Kind::kPositionClosed;
    if (ours.is_negative() != theirs.is_negative()) return Kind::kPositionFlipped;
    const bool is_larger = ours.is_negative() ? theirs < ours : theirs > ours;
    return is_larger ? Kind::kPositionLarger : Kind::kPositionReduced;
  }

  void compare_net(const Symbol& symbol, const Side& side, Decimal theirs) {
    if (side.net == theirs) return;
    Difference found = difference(
        kind_of(side.net, theirs), symbol,
        fmt::format("the records say {}, the exchange {}", to_string(side.net), to_string(theirs)));
    found.ours = side.net;
    found.theirs = theirs;
    // What is closed there is told no more: the mark that was told last is nearest to its price.
    const auto last = ours_.marks.find(symbol);
    if (side.theirs != nullptr)
      found.price = side.theirs->mark;
    else if (last != ours_.marks.end())
      found.price = last->second;
    if (side.ours.size() == 1) {
      found.bot = side.ours.front()->bot;
      found.position = side.ours.front()->id;
    }
    add(std::move(found));
  }

  void compare_leverage(const NetPosition& position) {
    if (!rules_.leverage || position.leverage.is_zero() || position.leverage == *rules_.leverage)
      return;
    if (!ours_.symbols.contains(position.symbol)) return;
    Difference found =
        difference(Kind::kLeverage, position.symbol,
                   fmt::format("leverage {} instead of {}", to_string(position.leverage),
                               to_string(*rules_.leverage)));
    found.ours = *rules_.leverage;
    found.theirs = position.leverage;
    add(std::move(found));
  }

  // Of the account where it is the account's, else of each position.
  void compare_margin_modes() {
    result_.compared.insert(Kind::kMarginMode);
    if (!rules_.margin_mode) return;
    if (theirs_.margin_mode) return compare_margin_mode({}, *theirs_.margin_mode);
    for (const NetPosition& position : *theirs_.positions)
      if (ours_.symbols.contains(position.symbol))
        compare_margin_mode(position.symbol, position.margin_mode);
  }

  void compare_margin_mode(const Symbol& symbol, MarginMode mode) {
    if (mode == MarginMode::kNone || mode == *rules_.margin_mode) return;
    Difference found = difference(Kind::kMarginMode, symbol,
                                  fmt::format("margin mode {} instead of {}{}", to_string(mode),
                                              to_string(*rules_.margin_mode),
                                              symbol.empty() ? ", of the whole account" : ""));
    found.ours = Decimal::from_int(static_cast<std::int64_t>(*rules_.margin_mode));
    found.theirs = Decimal::from_int(static_cast<std::int64_t>(mode));
    add(std::move(found));
  }

  void compare_holdings() {
    result_.compared.insert(Kind::kHoldingShort);
    struct Held {
      Decimal quantity;
      std::vector<const Position*> positions;
      bool in_doubt = false;
    };
    std::map<Asset, Held> held;
    for (const Position& position : ours_.open_positions) {
      const Result<SymbolParts> parts = parse_symbol(position.symbol.value);
      if (!parts || parts->market != MarketType::kSpot) continue;
      Held& coins = held[parts->base];
      coins.quantity += position.quantity.value;
      coins.positions.push_back(&position);
      coins.in_doubt = coins.in_doubt || in_doubt(position.symbol);
    }
    for (const auto& [asset, coins] : held) {
      if (coins.in_doubt) {
        for (const Position* position : coins.positions) result_.in_doubt.insert(position->symbol);
        continue;
      }
      const Decimal total = total_of(asset);
      const Result<Decimal> allowed =
          multiply(coins.quantity, rules_.holding_tolerance, Rounding::kUp);
      if (!allowed || total + *allowed >= coins.quantity) continue;
      Difference found =
          difference(Kind::kHoldingShort, coins.positions.front()->symbol,
                     fmt::format("open positions hold {} {}, the exchange has {}",
                                 to_string(coins.quantity), asset.value, to_string(total)));
      found.ours = coins.quantity;
      found.theirs = total;
      if (coins.positions.size() == 1) {
        found.bot = coins.positions.front()->bot;
        found.position = coins.positions.front()->id;
      }
      add(std::move(found));
    }
  }

  // Of coins whose pairs bots trade. What something is paid in moves with every trade: nothing can
  // be said of it.
  void compare_surplus() {
    result_.compared.insert(Kind::kHoldingLarger);
    std::map<Asset, std::vector<Symbol>> traded;
    std::set<Asset> paid_in;
    for (const Symbol& symbol : ours_.symbols) {
      const Result<SymbolParts> parts = parse_symbol(symbol.value);
      if (!parts || parts->market != MarketType::kSpot) continue;
      traded[parts->base].push_back(symbol);
      paid_in.insert(parts->quote);
    }
    std::set<Asset> doubtful;
    for (const Symbol& symbol : result_.in_doubt) doubtful.insert(spot_coin_of(symbol));
    std::map<Asset, Decimal> held;
    for (const Position& position : ours_.open_positions)
      held[spot_coin_of(position.symbol)] += position.quantity.value;
    for (const auto& [asset, symbols] : traded) {
      if (paid_in.contains(asset)) continue;
      if (doubtful.contains(asset))
        result_.in_doubt.insert(symbols.begin(), symbols.end());
      else
        compare_surplus_of(asset, symbols.front(), held[asset]);
    }
  }

  // Empty: not of a spot market.
  static Asset spot_coin_of(const Symbol& symbol) {
    const Result<SymbolParts> parts = parse_symbol(symbol.value);
    return parts && parts->market == MarketType::kSpot ? parts->base : Asset{};
  }

  void compare_surplus_of(const Asset& asset, const Symbol& symbol, Decimal held) {
    result_.coins.insert(asset);
    const auto known = ours_.known_coins.find(asset);
    const Decimal before = known == ours_.known_coins.end() ? Decimal{} : known->second;
    const Decimal beyond = total_of(asset) - held;
    const Decimal more = beyond - before;
    if (!more.is_positive() || more < lot_of(symbol)) return;
    Difference found = difference(
        Kind::kHoldingLarger, symbol,
        fmt::format("the exchange has {} {} beyond the {} of open positions, {} of them are known",
                    to_string(beyond), asset.value, to_string(held), to_string(before)));
    found.ours = before;
    found.theirs = beyond;
    add(std::move(found));
  }

  // Less than that cannot be sold.
  Decimal lot_of(const Symbol& symbol) const {
    const std::vector<Instrument>& listed =
        theirs_.instruments ? *theirs_.instruments : ours_.instruments;
    for (const Instrument& instrument : listed)
      if (instrument.symbol == symbol) return instrument.lot.value;
    return {};
  }

  Decimal total_of(const Asset& asset) const {
    for (const Holding& holding : *theirs_.holdings)
      if (holding.asset == asset) return holding.total;
    return {};
  }

  // -- the rest

  void compare_instruments() {
    result_.compared.insert({Kind::kSymbolGone, Kind::kFiltersChanged});
    std::map<Symbol, const Instrument*> now;
    for (const Instrument& instrument : *theirs_.instruments)
      now.emplace(instrument.symbol, &instrument);
    std::set<Symbol> wanted = ours_.symbols;
    for (const Position& position : ours_.open_positions) wanted.insert(position.symbol);
    for (const Symbol& symbol : wanted)
      if (!now.contains(symbol))
        add(difference(Kind::kSymbolGone, symbol,
                       symbol.value + " does not trade any more" + open_there(symbol)));
    for (const Instrument& known : ours_.instruments) {
      const auto fresh = now.find(known.symbol);
      if (fresh == now.end() || *fresh->second == known || !wanted.contains(known.symbol)) continue;
      const Instrument& changed = *fresh->second;
      Difference found =
          difference(Kind::kFiltersChanged, known.symbol, describe_change(known, changed));
      found.ours = known.lot.value;
      found.theirs = changed.lot.value;
      add(std::move(found));
    }
  }

  // "; open are LONG 0.5 of bot-1, ...", as far as a sentence goes.
  std::string open_there(const Symbol& symbol) const {
    constexpr std::size_t kNamed = 3;
    std::string text;
    std::size_t count = 0;
    for (const Position& position : ours_.open_positions) {
      if (position.symbol != symbol || position.quantity.is_zero() || ++count > kNamed) continue;
      text +=
          fmt::format("{}{} {} of {}", count == 1 ? "; open are " : ", ", to_string(position.side),
                      to_string(position.quantity), position.bot.value);
    }
    if (count > kNamed) text += fmt::format(" and {} more", count - kNamed);
    return text;
  }

  // Spot: too small for any order. Linear: an order that only reduces need not reach the minimum
  // notional (venue docs of Binance and Bybit), but it must reach the smallest quantity.
  bool is_dust(const Position& position) const {
    if (!theirs_.instruments || position.quantity.is_zero()) return false;
    const auto found =
        std::find_if(theirs_.instruments->begin(), theirs_.instruments->end(),
                     [&](const Instrument& i) { return i.symbol == position.symbol; });
    if (found == theirs_.instruments->end()) return false;
    if (position.quantity < std::max(found->min_quantity, found->lot)) return true;
    const Result<Notional> value =
        notional(position.average_entry, position.quantity, Rounding::kHalfEven);
    return found->market == MarketType::kSpot && value && *value < found->min_notional;
  }

  // What an order still stands for is not left over: it may be filled. Without the list of orders
  // nobody knows.
  void compare_dust() {
    if (!theirs_.open_orders) return;
    result_.compared.insert(Kind::kDust);
    const std::set<ClientOrderId> standing = standing_orders();
    for (const Position& position : ours_.open_positions) {
      if (!is_dust(position) || in_doubt(position.symbol)) continue;
      if (standing.contains(position.stop_client_id) ||
          standing.contains(position.take_profit_client_id))
        continue;
      Difference found = difference(
          Kind::kDust, position.symbol,
          fmt::format("{} are left of the position, too few for an order; adopted, the records "
                      "let go of them",
                      to_string(position.quantity)));
      found.bot = position.bot;
      found.position = position.id;
      found.ours = position.quantity.value;
      add(std::move(found));
    }
  }

  void compare_mode() {
    result_.compared.insert(Kind::kPositionMode);
    if (*theirs_.is_hedged)
      add(difference(
          Kind::kPositionMode, {},
          "the account is in hedge mode; the engine trades net positions only: switch it "
          "to one-way mode at the exchange"));
  }

  const EngineRecords& ours_;
  const AccountSnapshot& theirs_;
  const ReconciliationRules& rules_;
  Comparison result_;
};

}  // namespace

Comparison compare(const EngineRecords& ours, const AccountSnapshot& theirs,
                   const ReconciliationRules& rules) {
  return Comparer(ours, theirs, rules).run();
}

std::vector<Difference> compare_order(const OrderRecord& ours, const OrderReport& theirs) {
  std::vector<Difference> found;
  const auto add = [&](Kind kind, Decimal recorded, Decimal told, std::string detail) {
    Difference made = difference(kind, ours.symbol, std::move(detail));
    made.bot = ours.bot;
    made.position = ours.position;
    made.order = ours.id;
    made.order_id = theirs.order_id;
    made.ours = recorded;
    made.theirs = told;
    made.id = difference_id(made);
    found.push_back(std::move(made));
  };
  Quantity recorded;
  for (const Fill& fill : ours.fills) recorded += fill.quantity;
  std::size_t missed = 0;
  for (const Fill& told : theirs.fills) {
    const auto known = std::find_if(ours.fills.begin(), ours.fills.end(),
                                    [&](const Fill& fill) { return fill.id == told.id; });
    if (known == ours.fills.end()) {
      ++missed;
    } else if (known->price != told.price || known->quantity != told.quantity ||
               known->fee != told.fee) {
      add(Kind::kFillDiffers, known->quantity.value, told.quantity.value,
          fmt::format("fill {} is recorded as {} at {}, fee {}; the exchange says {} at {}, fee {}",
                      told.id.value, to_string(known->quantity), to_string(known->price),
                      to_string(known->fee), to_string(told.quantity), to_string(told.price),
                      to_string(told.fee)));
    }
  }
  if (missed > 0)
    add(Kind::kFillsMissed, recorded.value, theirs.filled.value,
        fmt::format("{} of {} fills were not recorded, the order is {}", missed,
                    theirs.fills.size(), to_string(theirs.status)));
  // A protective order that stands, or ends with its position, is as it should be.
  if (missed == 0 && !ours.is_protective)
    add(Kind::kOrderState, recorded.value, theirs.filled.value,
        fmt::format("the records did not know its outcome, the exchange says {}{}{}",
                    to_string(theirs.status), theirs.message.empty() ? "" : ": ", theirs.message));
  return found;
}

// Another id than that of dust which reconciliation finds itself: it has the order.
Difference let_go(const Position& position, const ClientOrderId& order, Timestamp now) {
  Difference made = difference(
      Kind::kDust, position.symbol,
      fmt::format("{} are left of the closed position, too few for an order: the records let go "
                  "of them",
                  to_string(position.quantity)));
  made.bot = position.bot;
  made.position = position.id;
  made.order = order;
  made.ours = position.quantity.value;
  made.id = difference_id(made);
  made.state = DifferenceState::kResolved;
  made.decision = DifferenceDecision::kAdopt;
  made.decided_by = "engine";
  made.found_at = made.decided_at = made.ended_at = now;
  return made;
}

DifferenceId difference_id(const Difference& d) {
  // Filters are several numbers, and several fills of an order may differ; only the sentence has
  // them all.
  const bool is_told_by_sentence = d.kind == Kind::kFiltersChanged || d.kind == Kind::kFillDiffers;
  const std::string_view sentence =
      is_told_by_sentence ? std::string_view(d.detail) : std::string_view();
  return {content_hash({"difference", to_string(d.kind), d.bot.value, d.symbol.value,
                        d.position.value, d.order.value, d.order_id.value, to_string(d.ours),
                        to_string(d.theirs), sentence, std::to_string(d.occurrence)})};
}

namespace {

// The ids of trades begin otherwise (engine/execution/identity.hpp).
constexpr std::string_view kAdopted = "rc";

}  // namespace

ClientOrderId adopted_order_id(const DifferenceId& id) {
  return {std::string(kAdopted) + id.value.substr(0, 26)};
}

bool is_adopted(const PositionId& id) { return id.value.starts_with(kAdopted); }

}  // namespace botbox
