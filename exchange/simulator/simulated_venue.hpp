// SimulatedVenue: a whole venue without its protocol. Accounts, orders, positions and money over
// the prices of a MarketPath. No HTTP, no clock: time comes in with advance().
//
// Rules. The bid is the last price, the ask `spread_ticks` above. A market order, and a limit order
// that crosses, is filled at once as taker; a resting limit order when the price goes *through* it,
// at its limit, or at the price it is jumped to. A conditional order fires when the price reaches
// its trigger. Within one movement everything happens in the order in which the price gets there.
// With `max_participation` each tick has only so much to give: what a market order does not get
// expires, what a limit order does not get keeps waiting.
//
// Spot orders reserve coins. Linear positions are netted per symbol (one-way); profit and fees go
// to the quote coin; orders that enlarge need notional / leverage of available margin; when the
// wallet and the open profit together fall below the maintenance margin, the positions are closed
// by the venue. Funding is paid by what is open when a funding time comes, before anything else
// happens at that time. No interest.
//
// Refusals leave no trace. One thread.
#pragma once

#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exchange/simulator/market_path.hpp"
#include "exchange/simulator/sim_types.hpp"

namespace botbox::exchange::sim {

struct Account {
  std::string name;
  std::map<Asset, Purse> purses;
  std::map<Symbol, Position> positions;
  std::vector<Order*> orders;                  // all there ever were, oldest first
  std::vector<Order*> open;                    // oldest first
  std::map<MarketType, std::uint64_t> closed;  // how many have ended
  std::vector<Execution> executions;
  std::vector<FundingPayment> funding;                           // oldest first
  std::unordered_map<std::string, Order*> by_client_id;          // the newest with that id
  std::unordered_map<std::uint64_t, std::vector<Order*>> lists;  // all there ever were
  Timestamp seen_until;  // of what a client is told: no later order is there; never: all are
};

struct AmendChange {
  Quantity quantity;  // zero: unchanged
  Price limit;
  Price trigger;
};

class SimulatedVenue {
 public:
  // Listings whose symbol the feed does not know have no price. The feed must outlive the venue.
  SimulatedVenue(VenueRules rules, std::vector<Listing> listings, MarketFeed& feed,
                 Timestamp start);

  // Moves the market on; earlier times are ignored.
  void advance(Timestamp now);
  Timestamp now() const { return now_; }
  const VenueRules& rules() const { return rules_; }

  Account& open_account(const std::string& name, const std::map<Asset, Decimal>& balances);
  Account* account(const std::string& name);
  std::vector<const Account*> accounts() const;

  const std::vector<Listing>& listings() const { return listings_; }
  const Listing* listing(const Symbol& symbol) const;
  // The venue's own spelling, for example BTCUSDT, within one market.
  const Listing* listing(const std::string& venue_symbol, MarketType market) const;
  MarketPath& path() { return path_; }
  std::optional<Price> last_price(const Symbol& symbol);
  // A fault: what a client asks about an account is answered as it was so long ago. Orders placed
  // since are not there, fills and payments are not listed, money and positions have not moved; of
  // the orders that are there the state is the present one. Zero: the truth.
  void set_read_lag(Duration lag);
  // To be called after everything that may have changed an account, while there is a lag.
  void remember_holdings();
  // What its client is told. Null: the account itself.
  std::shared_ptr<Account> as_told(const Account& account) const;
  Price ask_of(const Listing& listing, Price last) const;

  // -- orders ------------------------------------------------------------------------------------
  Outcome<const Order*> place(Account& account, PlaceOrder request);
  // Whether it would be taken.
  Outcome<void> try_out(Account& account, PlaceOrder request);
  // Two orders of which the first to fire (or fill) ends the other; coins are reserved once. All or
  // nothing. The first must be the limit order.
  Outcome<std::vector<const Order*>> place_list(Account& account, PlaceOrder limit, PlaceOrder stop,
                                                const std::string& list_client_id);
  Outcome<const Order*> amend(Account& account, std::uint64_t id, const AmendChange& change);
  Outcome<const Order*> cancel(Account& account, std::uint64_t id);
  // Those open orders that `wanted` names.
  std::vector<const Order*> cancel_all(Account& account,
                                       const std::function<bool(const Order&)>& wanted);
  const Order* find(const Account& account, std::uint64_t id) const;
  const Order* find(const Account& account, const std::string& client_id) const;

  // -- positions ---------------------------------------------------------------------------------
  Outcome<void> set_leverage(Account& account, const Symbol& symbol, Decimal leverage);
  Outcome<void> set_margin_mode(Account& account, const Symbol& symbol, MarginMode mode);
  // Whether the symbol has a position for each side. Only without position and orders in it. The
  // protocols take no orders in a symbol that has: so far, a client can see the mode and get out.
  Outcome<void> set_hedged(Account& account, const Symbol& symbol, bool is_hedged);
  // Position-wide levels. Empty: unchanged; zero: removed.
  Outcome<void> set_levels(Account& account, const Symbol& symbol, std::optional<Price> stop,
                           std::optional<Price> target);
  Position position(const Account& account, const Symbol& symbol) const;
  Notional unrealised(const Symbol& symbol, const Position& position);
  static Notional unrealised_at(Price last, const Position& position);
  Decimal position_margin(const Symbol& symbol, const Position& position);
  Decimal order_margin(const Account& account, const Asset& quote);
  Decimal available_margin(const Account& account, const Asset& quote);
  std::optional<Price> liquidation_price(const Account& account, const Symbol& symbol);

  // -- by hand, as an operator of the venue ------------------------------------------------------
  Outcome<void> liquidate(Account& account, const Symbol& symbol);
  // Takes the newest execution of the symbol back: coins, money, position and lists are as if it
  // had never been. Of perpetuals only what has opened or enlarged the position that is there.
  Outcome<void> bust(Account& account, const Symbol& symbol);
  // Ends its orders and refuses new ones.
  Outcome<void> delist(const Symbol& symbol);
  Outcome<void> change_filters(const Symbol& symbol, const std::function<void(Listing&)>& change);
  void deposit(Account& account, const Asset& asset, Decimal amount);

 private:
  struct Market {  // of one symbol, at the newest tick that was traded
    Price last;
    bool has_price = false;
    Timestamp tick_at;
    Quantity left;  // what the tick still gives, with max_participation
    std::vector<Order*> orders;
  };

  struct Holdings {
    Timestamp at;
    std::map<Asset, Purse> purses;
    std::map<Symbol, Position> positions;
  };

  // simulated_venue.cpp
  Market& refreshed(const Symbol& symbol);
  void end(Order& order, Status status);
  void relock(Order& order);
  Decimal lock_of(const Order& order) const;
  Order& insert(Account& account, PlaceOrder request);
  Order* by_id(const Account& account, std::uint64_t id) const;
  // sim_placing.cpp
  Outcome<void> check(Account& account, PlaceOrder& request, bool with_funds);
  Outcome<void> check_filters(const Listing& listing, const PlaceOrder& request, Price reference);
  Outcome<void> check_trigger(const Listing& listing, const PlaceOrder& request, Price last);
  Outcome<void> check_funds(Account& account, const Listing& listing, const PlaceOrder& request,
                            Price reference);
  Outcome<void> check_caps(const Account& account,
                           std::initializer_list<const PlaceOrder*> wanted) const;
  bool would_cross(const Listing& listing, const PlaceOrder& request, Price last) const;
  void start(Order& order);
  // sim_matching.cpp
  void trade_until(Timestamp now);
  bool is_watched(const Symbol& symbol, const Market& market) const;
  // The next tick, not later than `now`, of everything that is watched; says until when nothing
  // happens.
  std::map<Symbol, Tick> ticks_until(Timestamp now);
  void trade(const Symbol& symbol, const Tick& tick);
  bool trade_next(const Symbol& symbol, Market& market, const Tick& tick);
  void fire(Order& order, Price at_price);
  void take(Order& order, Price price);
  void rest(Order& order, Price price);
  Quantity give(Market& market, const Listing& listing, Quantity wanted) const;
  void liquidate_the_broke(const Symbol& symbol);
  // sim_settling.cpp
  void fill(Order& order, Price price, Quantity quantity, bool is_maker);
  void settle_spot(Order& order, Execution& execution, const Listing& listing);
  void settle_linear(Order& order, Execution& execution, const Listing& listing);
  void after_fill(Order& order);
  void attach(Order& order);
  void end_list_of(const Order& order);
  void set_level(Account& account, const Symbol& symbol, Price level, Origin origin);
  void pay_funding(const FundingRate& due);

  VenueRules rules_;
  std::vector<Listing> listings_;
  std::unordered_map<Symbol, std::size_t> index_;
  MarketPath path_;
  Timestamp now_;
  Timestamp event_at_;  // of what is happening: the tick's time within advance(), else now
  // No tick before it touches an order or a position. "Never": unknown, since one was added.
  Timestamp quiet_until_;
  std::unordered_map<Symbol, Market> markets_;
  std::map<std::string, Account> accounts_;
  std::vector<std::unique_ptr<Order>> orders_;
  std::uint64_t next_execution_ = 1;
  std::uint64_t next_list_ = 1;
  std::uint64_t next_payment_ = 1;
  std::optional<FundingRate> next_funding_;
  Duration read_lag_{0};
  std::map<std::string, std::deque<Holdings>> past_;  // by account, oldest first
};

// How venues write it: BTC/USDT and BTC/USDT:USDT are both BTCUSDT.
std::string venue_symbol(const Instrument& instrument);
// Is this that name of it?
bool is_called(const Instrument& instrument, std::string_view name);

}  // namespace botbox::exchange::sim
