// The gateway to one exchange: the only actor that holds an Exchange, and the place where permits
// are asked for and, when they have expired, refused. It forwards asks to the rate limiter, falls
// back to a local limiter at 50 % when the limiter is silent three times, watches the exchange's
// health, and turns replies (which may come on any thread) into messages. What the exchange tells
// through its link (counters, stops, events, wishes for permits) becomes messages as well.
#pragma once

#include <atomic>
#include <caf/event_based_actor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "actors/balance_book.hpp"
#include "actors/protocol.hpp"
#include "actors/symbol_book.hpp"
#include "engine/clock.hpp"
#include "engine/limits/circuit_breaker.hpp"
#include "engine/limits/limiter_gate.hpp"

namespace botbox::actors {

struct ExchangeActorBirth {
  std::string name;  // of the exchange; with "/local" it names the local limiter's row
  std::shared_ptr<exchange::Exchange> exchange;
  GateConfig gate;
  CircuitBreakerConfig breaker;
  Duration limiter_patience{1'000};
  std::optional<LimiterState> saved_limiter;
  std::optional<LimiterState> saved_local;
  storage::Epoch epoch;
  std::shared_ptr<BalanceBook> balances = nullptr;  // hears of them and of orders; null: nobody
  std::shared_ptr<SymbolBook> symbols = nullptr;    // hears of what stands there; null: nobody
};

class CallWatch;

class ExchangeActor : public caf::event_based_actor {
 public:
  ExchangeActor(caf::actor_config& config, const Clock& clock, caf::actor journal,
                caf::actor limiter, caf::actor observer, ExchangeActorBirth birth);
  const char* name() const override { return "exchange"; }
  // Lets go of the exchange and of all others: actors that hold one another are never destroyed.
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  struct Ask {
    AcquirePermits original;
    std::uint64_t era = 0;
    Timestamp asked_at;
  };
  struct Wish {
    std::shared_ptr<PermitWish> wish;
    Timestamp wait_until;  // for room; never: not at all
  };

  exchange::ExchangeLink link();
  std::function<void(const Symbol&, SymbolStanding)> standing_link() const;
  void acquire(AcquirePermits ask);
  void acquire_for_exchange(const AcquireForExchange& wanted);
  void answer(const AcquirePermits& ask, PermitsGranted granted);
  bool may_wait(const Wish& wish, Timestamp retry_at) const;
  void wait_for_room(const AcquirePermits& ask, Timestamp retry_at);
  void on_room();
  bool yields(const AcquirePermits& ask) const;
  void on_counter(const ExchangeCounted& counted);
  void on_stop(const ExchangeRefusedRate& refused);
  void on_granted(const PermitsGranted& granted);
  void on_absorbed();
  bool grant_locally(const AcquirePermits& ask);
  void save_local();
  void on_local_saved();
  void retry_waiting();
  void on_tick();
  void arm_tick();

  void place(const PlaceOrders& orders);
  void pass_on(OrderBatch& batch, std::vector<OrderAnswered> others);
  void ask_order(const AskOrder& ask);
  void poll(const PollOrderUpdates& poll);
  void fetch_candles(const FetchCandles& fetch);
  void fetch_instruments(const FetchInstruments& fetch);
  void fetch_account(const FetchAccount& fetch);
  void fetch_balances(const FetchBalances& fetch);
  void follow_balances(const std::vector<ClientOrderId>& arrived = {});
  void cancel(const CancelOrder& order);
  void count(exchange::ExchangeCall call, std::uint32_t size = 0);
  std::shared_ptr<CallWatch> begin(exchange::ExchangeCall call, std::uint32_t size = 0);
  void end_asking(CallWatch& watch);
  void note(const ExchangeCalled& called);

  const Clock& clock_;
  caf::actor journal_;
  caf::actor limiter_;
  caf::actor observer_;
  std::string name_;
  std::shared_ptr<exchange::Exchange> exchange_;
  LimiterGate gate_;
  CircuitBreaker breaker_;
  Duration patience_;
  storage::Epoch epoch_;
  std::uint64_t turn_ = 0;
  std::uint64_t next_ticket_ = 1;
  std::map<std::uint64_t, Ask> asks_;     // at the limiter, by our ticket
  std::vector<AcquirePermits> waiting_;   // for a local reservation or the return of the limiter
  std::map<std::uint64_t, Wish> wishes_;  // of the exchange, by our ticket
  std::vector<AcquirePermits> without_room_;  // of them, those that wait for it, in turn
  std::optional<Timestamp> room_due_;         // when they are looked at next
  Timestamp entries_yield_until_;             // an order of the exchange's own found no room
  CallsByEndpoint calls_;
  std::vector<caf::actor> watchers_;
  caf::actor notices_to_;  // null: nobody
  caf::actor stops_to_;    // the same
  std::shared_ptr<BalanceBook> balances_;
  std::shared_ptr<SymbolBook> symbols_;
  bool tells_balances_ = false;  // the exchange, at any time
  // A poll has told of orders: what they pay for or set free is to be seen.
  std::shared_ptr<std::atomic<bool>> has_order_news_ = std::make_shared<std::atomic<bool>>(false);
  bool exchange_tells_stops_ = false;
  ExchangeHealth health_ = ExchangeHealth::kHealthy;
  bool fell_back_ = false;  // an alert said so; the return is told as well
  bool tick_armed_ = false;
};

}  // namespace botbox::actors
