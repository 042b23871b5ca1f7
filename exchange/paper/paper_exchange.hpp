// PaperExchange: trades on recorded or invented candles, by rules that doubt in the market's
// favour.
//
// - Candles are the finest that the feed has of each moment: a finer timeframe decides what came
//   first within a longer one.
// - What happens inside a candle is known when it closes; an order placed inside a candle counts as
//   placed at its open. Market orders fill at that open, worse by the slippage. Resting orders are
//   matched against the whole candle when it closes (matching.hpp), stops before everything else; a
//   stop born within a candle can fire within it, a take-profit born within it cannot.
// - What exceeds the share of a candle's volume goes on at the opens of the following candles.
// - Attached orders come to life in the same step as their parent's first fill, reduce only, and
// carry
//   the open quantity of their group; when a group is flat, what is left of it is cancelled. The
//   last stop of an open group cannot be cancelled.
// - A refusal leaves no trace. A client id that was accepted is taken for ever.
// - Spot: fees in quote currency, no short selling; coins of a named group are locked for it.
// Linear:
//   isolated margin of notional / leverage, profit, fees and funding in quote currency, nobody is
//   liquidated. A group without name on a linear symbol is the net position, which may turn
//   over.
// - Funding is paid by what is open between the close of one candle and the open of the next. The
//   balance has it at once; a fill tells what its group received since the fill before.
// - The same calls at the same times give the same answers, ids and fills included.
//
// Belongs to one thread (an actor, a server's loop); replies before the call returns. Nothing is
// durable: the engine's own records are, and `restore` rebuilds from them.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/clock.hpp"
#include "exchange/exchange.hpp"
#include "exchange/market/market_feed.hpp"
#include "exchange/paper/order_filters.hpp"
#include "exchange/paper/order_register.hpp"
#include "exchange/paper/paper_config.hpp"
#include "exchange/paper/paper_order.hpp"

namespace botbox::exchange {

class PaperExchange final : public Exchange {
 public:
  // Feed and clock must outlive it. Error kInvalidInput: a ratio out of range, an instrument twice,
  // without tick or lot, or unknown to the feed.
  static Result<std::unique_ptr<PaperExchange>> create(const PaperConfig& config, MarketFeed& feed,
                                                       const Clock& clock);
  PaperExchange(const PaperExchange&) = delete;
  PaperExchange& operator=(const PaperExchange&) = delete;

  // Before anything else, once. Afterwards the exchange is as if it had never died: ids are taken,
  // groups stand with their protective orders, balances are the start and all fills. Error
  // kInvalidInput: the seed contradicts itself or names an unknown symbol; then start over.
  Result<void> restore(const PaperSeed& seed);

  // Trades everything up to `now`, in the order of time across symbols. Every call of the port does
  // it by itself. Costs nothing for symbols without open orders.
  void advance(Timestamp now);

  void instruments(Permit permit, Reply<std::vector<Instrument>> reply) override;
  void candles(Permit permit, const CandleQuery& query, Reply<std::vector<Candle>> reply) override;
  void place(Permit permit, const OrderRequest& order, Reply<OrderReport> reply) override;
  void order_by_client_id(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                          Reply<std::optional<OrderReport>> reply) override;
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              Reply<OrderReport> reply) override;
  // At most 1,000 reports per answer. A cursor from an earlier life yields everything.
  void order_updates(Permit permit, std::uint64_t cursor, Reply<OrderUpdates> reply) override;
  void balances(Permit permit, Reply<std::vector<Balance>> reply) override;
  std::optional<std::vector<Balance>> balances_now() const override { return wallet_.balances(); }
  void account(Permit permit, Reply<AccountSnapshot> reply) override;
  bool moves_stops() const override { return true; }
  // In place and at once: the stop is one order before and after.
  void note_stop(const PositionId& group, Price trigger) override;
  // The stops that stand for each open group that has a name; for checks of "exactly one".
  struct StandingStops {
    PositionId group;
    std::vector<Price> triggers;
  };
  std::vector<StandingStops> standing_stops() const;

 private:
  enum class Liquidity { kTaker, kMaker };

  PaperExchange(const PaperConfig& config, MarketFeed& feed, const Clock& clock);
  Result<void> add_market(const PaperInstrument& instrument);
  PaperMarket* find_market(const Symbol& symbol);
  bool enter(const Permit& permit);

  // paper_exchange.cpp: accepting and ending orders
  Result<OrderReport> accept(const OrderRequest& request);
  Result<void> check_ids(const OrderRequest& request) const;
  Result<void> check_group(const OrderRequest& request, const PaperMarket& market) const;
  Result<void> check_balance(const PaperOrder& order, Price expected) const;
  std::unique_ptr<PaperOrder> make_order(const OrderRequest& request, PaperMarket& market) const;
  PaperOrder* add_attached(const AttachedOrder& attached, OrderType type, const PaperOrder& parent);
  PaperOrder& enlist(std::unique_ptr<PaperOrder> order, const OrderRequest& request);
  PaperGroup* find_group(const PositionId& id) const;
  void drop_if_idle(const PaperGroup* group);
  void make_live(PaperOrder& order);
  void finish(PaperOrder& order, OrderStatus status, std::string message, Timestamp at);
  Result<void> check_cancel(const PaperOrder& order) const;

  // paper_matching.cpp: time, candles, fills
  void begin_candle(PaperMarket& market, const Candle& candle);
  const Candle* trading_candle(PaperMarket& market, Timestamp now);
  void schedule(PaperMarket& market);
  void activate(PaperMarket& market);
  enum class Edge { kClosing, kOpening };
  void run_events(Timestamp at, Edge edge);
  void run_event(PaperMarket& market);
  void match_open(PaperMarket& market);
  void match_close(PaperMarket& market);
  void match_limit(PaperOrder& order, const Candle& candle, Timestamp at);
  void fire(PaperOrder& order, Price reference, Timestamp at);
  void fire_newborn_stop(PaperOrder& stop, Price parent_price, const Candle& candle, Timestamp at);
  void take(PaperOrder& order, Price reference, Timestamp at);
  Quantity available(const PaperOrder& order) const;
  // Returns the stop that came to life with this fill, if any.
  PaperOrder* execute(PaperOrder& order, Price price, Quantity quantity, Liquidity liquidity,
                      Timestamp at);
  PaperOrder* wake_attached(PaperOrder& parent, Timestamp at);
  void follow_group(PaperGroup& group, Timestamp at);
  void end_flat_group(PaperGroup& group, Timestamp at);

  // paper_accounts.cpp: money
  void settle(PaperMarket& market, PaperGroup* group, const Fill& fill);
  void settle_linear(PaperMarket& market, PaperGroup& group, const Fill& fill);
  void schedule_funding(Timestamp after);
  void pay_funding(Timestamp at);
  void fund(PaperGroup& group, const FundingRate& rate, Price mark);
  Notional fee(Notional value, Liquidity liquidity) const;
  Decimal cost_of(const PaperOrder& order, Price price, Quantity quantity) const;
  void reserve(PaperOrder& order);
  void release(PaperOrder& order);
  Wallet::Slot reserve_slot(const PaperOrder& order) const;

  // paper_restore.cpp
  struct Restored;
  Result<void> restore_orders(const PaperSeed& seed, Restored& restored);
  Result<void> restore_report(PaperOrder& order, const OrderReport& report, Restored& restored);
  void restore_fills(Restored& restored);
  void restore_funding(Timestamp as_of, const Restored& restored);
  void restore_candle(PaperMarket& market, Timestamp as_of, const Restored& restored);
  void restore_life(PaperOrder& order, Timestamp as_of);
  void restore_stop(const SeedStop& moved);
  void restore_attached(PaperOrder& parent, Restored& restored);

  Decimal taker_fee_;
  Decimal maker_fee_;
  Decimal max_participation_;
  Decimal slippage_;
  UnfinishedCandle unfinished_;
  MarketFeed& feed_;
  const Clock& clock_;

  Wallet wallet_;
  OrderRegister register_;
  std::vector<std::unique_ptr<PaperMarket>> markets_;  // in the order of the configuration
  std::unordered_map<Symbol, PaperMarket*> market_index_;
  std::unordered_map<PositionId, std::unique_ptr<PaperGroup>> groups_;  // open, or with live orders

  std::vector<PaperMarket*> active_;   // with live orders, in the order of markets_
  Timestamp wake_;                     // the first event of them all
  Timestamp funding_wake_;             // when funding is paid next, in any market
  Timestamp now_;                      // traded up to here
  std::vector<PaperOrder*> matching_;  // scratch
};

}  // namespace botbox::exchange
