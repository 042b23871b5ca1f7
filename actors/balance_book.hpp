// BalanceBook: what the account has free of each coin, as last told by the exchange, less what
// entries will take that the exchange has not counted yet. Bots on different threads must agree on
// it before an entry, so it is a book behind a lock and not messages.
//
// An exchange in this process tells it after every call that may change it. Any other one is asked
// now and then (actors/balance_watch_actor.hpp): what an entry takes counts here from its
// acceptance until it ends, or until a reading that began after its order had arrived.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/gates/gates.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/trade.hpp"
#include "exchange/exchange.hpp"

namespace botbox::actors {

// What the margin of a perpetual is its worth divided by. Not named: not known.
struct Leverages {
  using BySymbol = std::map<Symbol, Decimal>;

  Decimal all;                                // zero: not known
  std::shared_ptr<const BySymbol> by_symbol;  // before `all`; null: none

  std::optional<Decimal> of(const Symbol& symbol) const {
    if (by_symbol) {
      const auto found = by_symbol->find(symbol);
      if (found != by_symbol->end()) return found->second;
    }
    return all.is_positive() ? std::optional<Decimal>(all) : std::nullopt;
  }
};

class BalanceBook {
 public:
  // A reading older than `good_for` says nothing any more; zero: nobody is ever asked.
  BalanceBook(Leverages leverages, Duration good_for)
      : leverages_(std::move(leverages)), good_for_(good_for) {}

  // -- who knows what the account has

  // By an exchange in this process; from the first time on the book knows everything at any time.
  // `arrived`: orders that the balances have counted. Nobody sees the one without the other.
  void follow(const std::vector<exchange::Balance>& balances, Timestamp now,
              const std::vector<ClientOrderId>& arrived = {});
  // By one that is asked: the reading's number goes with the question, and comes with the answer.
  std::uint64_t begin_reading();
  void take(std::uint64_t reading, const std::vector<exchange::Balance>& balances, Timestamp now);

  // -- entries

  Funds funds(const Instrument& instrument, Timestamp now) const;
  // Empty: it is set aside, or nobody knows what there is. Else what is free, and too little.
  std::optional<Decimal> set_aside(const Instrument& instrument, const Trade& entry, Timestamp now);
  // Of an entry under way from before this life of its bot, unless it is known already. Its order
  // may be at the exchange since long: one that is asked counts it from its next reading on.
  void restore(const Instrument& instrument, const TradeId& entry, Notional reserved);
  // It was never to be: its records were not written.
  void give_back(const TradeId& entry);
  // The exchange has had its order, and said something definite about it.
  void on_arrived(const ClientOrderId& order);
  // The trade is final.
  void on_ended(const TradeId& entry);
  // A fill that closes has set free what `worth` needed. An exchange that is asked tells it at its
  // next reading; until then it counts here, so that a bot can take what another one has left.
  void on_freed(const Instrument& instrument, const ExecutionId& fill, Notional worth);

  // -- who shows it

  struct Row {
    Asset asset;
    Decimal free;    // as told
    Decimal locked;  // the same
    Decimal set_aside;
  };
  struct Shown {
    std::optional<Timestamp> as_of;  // empty: nobody has told anything
    std::vector<Row> rows;           // by coin
  };
  Shown shown() const;

 private:
  struct Aside {
    Asset asset;
    Decimal amount;                           // negative: set free
    std::optional<std::uint64_t> counted_by;  // the first reading that has it counted
  };
  struct Told {
    Decimal free;
    Decimal locked;
    Decimal profit;
  };

  void keep(const std::vector<exchange::Balance>& balances, Timestamp now);
  std::optional<Decimal> free(const Instrument& instrument, Timestamp now) const;
  Decimal aside(const Asset& asset) const;
  void mark_arrived(const std::string& id);

  const Leverages leverages_;
  const Duration good_for_;
  mutable std::mutex lock_;
  std::map<Asset, Told> told_;
  std::optional<Timestamp> told_at_;
  bool knows_all_ = false;                      // follow() was called
  std::uint64_t begun_ = 0;                     // readings
  std::uint64_t taken_ = 0;                     // the newest of them that was answered
  using Asides = std::map<std::string, Aside>;  // by client order id
  void put_aside(const std::string& id, Aside entry);
  Asides::iterator drop(Asides::iterator at);

  Asides aside_;
  std::map<Asset, Decimal> sums_;  // of aside_
};

}  // namespace botbox::actors
