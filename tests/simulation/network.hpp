// Network: the way between an engine and the exchange, which both may outlive the other.
//
// A request takes its time to arrive, an answer to come back. When the engine dies its requests are
// still on their way and arrive; their answers find nobody.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <utility>

#include "exchange/exchange.hpp"
#include "tests/simulation/disk.hpp"
#include "tests/simulation/oracle.hpp"

namespace botbox::simulation {

class Network {
 public:
  Network(exchange::Exchange& venue, const Clock& clock, Oracle& oracle, Trace& trace,
          std::mt19937_64& random)
      : venue_(venue), clock_(clock), oracle_(oracle), trace_(trace), random_(random) {}

  void set_transit(Duration most) { transit_most_ = most; }
  // The exchange as one life of the engine sees it. It ends with that life: call `hang_up` before
  // the engine's actors are destroyed, since answers hold on to them.
  std::shared_ptr<exchange::Exchange> connect(std::shared_ptr<const Life> life);
  void hang_up();

  // When the next thing arrives somewhere; "never": nothing is on its way.
  Timestamp next_at() const;
  // Lets the next thing arrive; there is one.
  void deliver_one();
  std::uint64_t orders_sent() const { return orders_sent_; }

 private:
  class Connection;
  using Waiting = std::set<std::shared_ptr<void>>;

  void later(std::function<void()> arrive);

  exchange::Exchange& venue_;
  const Clock& clock_;
  Oracle& oracle_;
  Trace& trace_;
  std::mt19937_64& random_;
  Duration transit_most_{0};
  std::multimap<Timestamp, std::function<void()>> on_the_way_;
  std::shared_ptr<Waiting> waiting_ = std::make_shared<Waiting>();  // for answers, in this life
  std::uint64_t orders_sent_ = 0;
};

// The venue's door: tells the oracle of every order that arrives.
class Door final : public exchange::Exchange {
 public:
  Door(exchange::Exchange& inner, const Clock& clock, Oracle& oracle)
      : inner_(inner), clock_(clock), oracle_(oracle) {}

  void place(Permit permit, const OrderRequest& order,
             exchange::Reply<OrderReport> reply) override {
    inner_.place(permit, order, [&](Result<OrderReport> answer) {
      oracle_.on_order_arrived(clock_.now(), order, answer);
      reply(std::move(answer));
    });
  }
  void instruments(Permit permit, exchange::Reply<std::vector<Instrument>> reply) override {
    inner_.instruments(permit, std::move(reply));
  }
  void candles(Permit permit, const exchange::CandleQuery& query,
               exchange::Reply<std::vector<Candle>> reply) override {
    inner_.candles(permit, query, std::move(reply));
  }
  void order_by_client_id(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                          exchange::Reply<std::optional<OrderReport>> reply) override {
    inner_.order_by_client_id(permit, symbol, id, std::move(reply));
  }
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              exchange::Reply<OrderReport> reply) override {
    inner_.cancel(permit, symbol, id, std::move(reply));
  }
  void order_updates(Permit permit, std::uint64_t cursor,
                     exchange::Reply<exchange::OrderUpdates> reply) override {
    inner_.order_updates(permit, cursor, std::move(reply));
  }
  void balances(Permit permit, exchange::Reply<std::vector<exchange::Balance>> reply) override {
    inner_.balances(permit, std::move(reply));
  }
  bool moves_stops() const override { return inner_.moves_stops(); }
  void note_stop(const PositionId& group, Price trigger) override {
    inner_.note_stop(group, trigger);
  }

 private:
  exchange::Exchange& inner_;
  const Clock& clock_;
  Oracle& oracle_;
};

}  // namespace botbox::simulation
