// SymbolBook: what keeps entries out of each symbol, as reconciler and exchange tell it, and the
// entries that bots were let in with and that the exchange does not count yet. Bots on different
// threads must agree on it before an entry, so it is a book behind a lock and not messages.
//
// Of an exchange that does not tell what stands (exchange::Exchange::tells_standing) it knows the
// differences alone, and two entries never stand in one another's way.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/model/bot.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/symbol_standing.hpp"
#include "engine/model/trade.hpp"

namespace botbox::actors {

class SymbolBook {
 public:
  // -- who knows

  // By the reconciler. `all`: why every entry is held back; empty: those of `symbols` are.
  void hold(std::string all, std::set<Symbol> symbols);
  // The exchange tells what stands in its symbols, from now on.
  void follow_exchange();
  void follow(const Symbol& symbol, SymbolStanding standing);

  // -- entries

  // Without the entries that it counts.
  SymbolStanding standing(const Symbol& symbol) const;
  // Empty: its room and side are set aside until end(). Else what stands in its way.
  std::optional<SymbolStanding> set_aside(const Instrument& instrument, const Trade& entry);
  // Of an entry under way from before this life of its bot.
  void restore(const Symbol& symbol, const PendingTrade& entry);
  // The trade is final, or was never to be.
  void end(const TradeId& entry);

 private:
  struct Aside {
    Symbol symbol;
    Direction direction = Direction::kLong;
    std::size_t legs = 0;
  };

  SymbolStanding seen(const Symbol& symbol) const;
  void put_aside(const TradeId& entry, Aside aside);

  mutable std::mutex lock_;
  bool follows_exchange_ = false;
  std::string held_all_;
  std::set<Symbol> held_;
  struct Told {
    SymbolStanding standing;  // without its entries
    std::vector<ClientOrderId> entries;
  };
  std::map<Symbol, Told> told_;
  std::map<TradeId, Aside> aside_;
  std::map<Symbol, std::set<TradeId>> aside_in_;
};

}  // namespace botbox::actors
