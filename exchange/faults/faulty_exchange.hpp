// FaultyExchange: another exchange behind a bad line. For tests and drills.
//
// Each call draws one fault, or none, from the generator it was given: the same seed and calls give
// the same faults. Only errors that the port defines come out, and each means what the port says it
// means; in particular kOutcomeUnknown may hide an order that was accepted, was refused, or is
// still on its way.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <random>

#include "engine/clock.hpp"
#include "exchange/exchange.hpp"
#include "exchange/faults/order_ledger.hpp"

namespace botbox::exchange {

// Chances in 1/1000 of a call; together at most 1000.
struct FaultPlan {
  std::uint32_t drop_reply = 0;     // reaches the venue, the answer is lost: kOutcomeUnknown
  std::uint32_t late_accept = 0;    // place only: kOutcomeUnknown now, reaches the venue later
  std::uint32_t unavailable = 0;    // never sent: kUnavailable
  std::uint32_t rate_limited = 0;   // never executed: kRateLimited
  std::uint32_t rejected = 0;       // place only, never executed: kRejected
  std::uint32_t stale_candles = 0;  // candles only: the newest are missing
  // A late order arrives with the call that is this many calls later, or when so much time has
  // passed, whichever comes first.
  std::uint32_t late_calls = 3;
  Duration late_after{5'000};
  Duration stale_by{600'000};
};

// Belongs to one thread, like what it wraps may do. Inner exchange, generator and clock must
// outlive it; so must it outlive its last reply.
class FaultyExchange final : public Exchange {
 public:
  FaultyExchange(Exchange& inner, FaultPlan plan, std::mt19937_64& random, const Clock& clock);

  void set_plan(const FaultPlan& plan) { plan_ = plan; }
  // What reached the inner exchange.
  const OrderLedger& ledger() const { return *ledger_; }
  std::size_t late_orders() const { return late_.size(); }
  // Delivers every late order now.
  void deliver_all();

  PermitRequest cost(ExchangeCall call, std::uint32_t size) const override {
    return inner_.cost(call, size);
  }
  // True always would hide the injected kRateLimited from the gateway.
  bool connect(ExchangeLink link) override {
    inner_.connect(std::move(link));
    return false;
  }
  void instruments(Permit permit, Reply<std::vector<Instrument>> reply) override;
  void candles(Permit permit, const CandleQuery& query, Reply<std::vector<Candle>> reply) override;
  void place(Permit permit, const OrderRequest& order, Reply<OrderReport> reply) override;
  void order_by_client_id(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                          Reply<std::optional<OrderReport>> reply) override;
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              Reply<OrderReport> reply) override;
  void order_updates(Permit permit, std::uint64_t cursor, Reply<OrderUpdates> reply) override;
  void balances(Permit permit, Reply<std::vector<Balance>> reply) override;
  std::optional<std::vector<Balance>> balances_now() const override {
    return inner_.balances_now();
  }
  void account(Permit permit, Reply<AccountSnapshot> reply) override;
  void note_repeat(const OrderRequest& order) override { inner_.note_repeat(order); }
  void note_reduction(const PositionId& group, const ClientOrderId& id,
                      Quantity quantity) override {
    inner_.note_reduction(group, id, quantity);
  }
  void note_adoption(const AdoptedPart& part) override { inner_.note_adoption(part); }
  bool takes_adoptions() const override { return inner_.takes_adoptions(); }
  bool tells_standing() const override { return inner_.tells_standing(); }
  bool moves_stops() const override { return inner_.moves_stops(); }
  void set_own_orders(OwnOrders own) override { inner_.set_own_orders(own); }
  std::optional<Duration> clock_offset() const override { return inner_.clock_offset(); }
  void set_clock_alert(const AlertThreshold& threshold) override {
    inner_.set_clock_alert(threshold);
  }
  void note_stop(const PositionId& group, Price trigger) override {
    inner_.note_stop(group, trigger);
  }

 private:
  enum class Fault {
    kNone,
    kDropReply,
    kLateAccept,
    kUnavailable,
    kRateLimited,
    kRejected,
    kStaleCandles
  };
  struct LateOrder {
    Permit permit;
    OrderRequest order;
    std::uint64_t call;
    Timestamp at;
  };

  Fault draw();
  void deliver_due();
  void deliver(const LateOrder& late);
  template <class T, class Forward>
  void pass(const Permit& permit, Fault fault, Reply<T> reply, Forward forward);

  Exchange& inner_;
  FaultPlan plan_;
  std::mt19937_64& random_;
  const Clock& clock_;
  std::shared_ptr<OrderLedger> ledger_ = std::make_shared<OrderLedger>();
  std::deque<LateOrder> late_;
  std::uint64_t calls_ = 0;
};

}  // namespace botbox::exchange
