#include "tests/simulation/network.hpp"

#include "engine/assert.hpp"
#include "tests/simulation/plan.hpp"

namespace botbox::simulation {

class Network::Connection final : public exchange::Exchange {
 public:
  Connection(Network& network, std::shared_ptr<const Life> life)
      : network_(network), life_(std::move(life)) {}

  void instruments(Permit permit, exchange::Reply<std::vector<Instrument>> reply) override {
    call("instruments", {}, 0, std::move(reply),
         [permit](Exchange& venue, auto answer) { venue.instruments(permit, std::move(answer)); });
  }
  void candles(Permit permit, const exchange::CandleQuery& query,
               exchange::Reply<std::vector<Candle>> reply) override {
    call("candles", query.symbol.value, 0, std::move(reply),
         [permit, query](Exchange& venue, auto answer) {
           venue.candles(permit, query, std::move(answer));
         });
  }
  void place(Permit permit, const OrderRequest& order,
             exchange::Reply<OrderReport> reply) override {
    if (!life_->alive) return;
    network_.oracle_.on_order_sent(network_.clock_.now(), order);
    ++network_.orders_sent_;
    call("place", order.client_id.value, 1, std::move(reply),
         [permit, order](Exchange& venue, auto answer) {
           venue.place(permit, order, std::move(answer));
         });
  }
  void order_by_client_id(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                          exchange::Reply<std::optional<OrderReport>> reply) override {
    call("ask", id.value, 0, std::move(reply), [permit, symbol, id](Exchange& venue, auto answer) {
      venue.order_by_client_id(permit, symbol, id, std::move(answer));
    });
  }
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              exchange::Reply<OrderReport> reply) override {
    call("cancel", id.value, 0, std::move(reply),
         [permit, symbol, id](Exchange& venue, auto answer) {
           venue.cancel(permit, symbol, id, std::move(answer));
         });
  }
  void order_updates(Permit permit, std::uint64_t cursor,
                     exchange::Reply<exchange::OrderUpdates> reply) override {
    call("poll", {}, 0, std::move(reply), [permit, cursor](Exchange& venue, auto answer) {
      venue.order_updates(permit, cursor, std::move(answer));
    });
  }
  void balances(Permit permit, exchange::Reply<std::vector<exchange::Balance>> reply) override {
    call("balances", {}, 0, std::move(reply),
         [permit](Exchange& venue, auto answer) { venue.balances(permit, std::move(answer)); });
  }
  bool moves_stops() const override { return network_.venue_.moves_stops(); }
  void note_stop(const PositionId& group, Price trigger) override {
    if (!life_->alive) return;
    network_.oracle_.on_stop_sent(network_.clock_.now(), group, trigger);
    network_.later(
        [&network = network_, group, trigger] { network.venue_.note_stop(group, trigger); });
  }

 private:
  template <class T, class AtVenue>
  void call(std::string_view name, std::string_view subject, std::int64_t orders,
            exchange::Reply<T> reply, AtVenue at_venue) {
    if (!life_->alive) return;
    Network& network = network_;
    const Timestamp now = network.clock_.now();
    network.oracle_.on_call(now, orders);
    network.trace_.mix(static_cast<std::uint64_t>(now.ms));
    network.trace_.mix(name);
    network.trace_.mix(subject);
    if (orders > 0 || name == "ask")
      network.trace_.note(now, fmt::format("{} {} leaves", name, subject));
    auto waiting = std::make_shared<exchange::Reply<T>>(std::move(reply));
    network.waiting_->insert(waiting);
    const std::weak_ptr<exchange::Reply<T>> caller = waiting;
    network.later([&network, caller, at_venue = std::move(at_venue)] {
      at_venue(network.venue_, exchange::Reply<T>([&network, caller](Result<T> answer) {
                 network.later([&network, caller, answer = std::move(answer)]() mutable {
                   const auto found = caller.lock();
                   if (!found) return;  // the caller is dead
                   network.waiting_->erase(found);
                   (*found)(std::move(answer));
                 });
               }));
    });
  }

  Network& network_;
  std::shared_ptr<const Life> life_;
};

std::shared_ptr<exchange::Exchange> Network::connect(std::shared_ptr<const Life> life) {
  return std::make_shared<Connection>(*this, std::move(life));
}

void Network::hang_up() { waiting_->clear(); }

void Network::later(std::function<void()> arrive) {
  if (transit_most_.count() == 0) return arrive();
  const Duration transit{
      static_cast<std::int64_t>(draw(random_, static_cast<std::uint64_t>(transit_most_.count())))};
  on_the_way_.emplace(clock_.now() + transit, std::move(arrive));
}

Timestamp Network::next_at() const {
  return on_the_way_.empty() ? Timestamp{} : on_the_way_.begin()->first;
}

void Network::deliver_one() {
  ENGINE_ASSERT(!on_the_way_.empty());
  const auto next = on_the_way_.extract(on_the_way_.begin());
  next.mapped()();
}

}  // namespace botbox::simulation
