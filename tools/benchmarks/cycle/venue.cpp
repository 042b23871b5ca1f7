#include "tools/benchmarks/cycle/venue.hpp"

#include <signal.h>
#include <unistd.h>

#include <utility>

#include "actors/paper_history.hpp"
#include "tools/benchmarks/cycle/fleet.hpp"

namespace botbox::bench {

Result<std::shared_ptr<Venue>> Venue::open(VenueKind kind, const storage::Store& store,
                                           const Clock& clock) {
  std::shared_ptr<Venue> venue(new Venue);
  venue->feed_ = market();
  BOTBOX_ASSIGN(venue->market_,
                exchange::PaperExchange::create(paper_config(), *venue->feed_, clock));
  BOTBOX_ASSIGN(const exchange::PaperSeed seed, actors::paper_history(store, clock.now()));
  venue->orders_ = venue->market_.get();
  if (kind == VenueKind::kHttp) {
    BOTBOX_ASSIGN(venue->served_,
                  exchange::PaperExchange::create(paper_config(), *venue->feed_, clock));
    BOTBOX_TRY(venue->served_->restore(seed));
    BOTBOX_ASSIGN(venue->server_, exchange::PaperHttpServer::start(*venue->served_));
    // A whole cycle's orders at once must fit: an overflow waits a second of the engine's clock,
    // which stands still here.
    venue->transport_ =
        std::make_unique<exchange::HttpTransport>(exchange::HttpOptions{.queued_max = 200'000});
    venue->remote_ = std::make_unique<exchange::PaperHttpExchange>(
        fmt::format("http://127.0.0.1:{}", venue->server_->port()), *venue->transport_);
    venue->orders_ = venue->remote_.get();
  } else {
    BOTBOX_TRY(venue->market_->restore(seed));
  }
  return venue;
}

std::vector<PlacedOrder> Venue::take_placed() {
  const std::lock_guard lock(mutex_);
  return std::exchange(placed_, {});
}

void Venue::instruments(Permit permit, exchange::Reply<std::vector<Instrument>> reply) {
  market_->instruments(std::move(permit), std::move(reply));
}

void Venue::candles(Permit permit, const exchange::CandleQuery& query,
                    exchange::Reply<std::vector<Candle>> reply) {
  market_->candles(std::move(permit), query, std::move(reply));
}

void Venue::place(Permit permit, const OrderRequest& order, exchange::Reply<OrderReport> reply) {
  if (die_in_ > 0 && --die_in_ == 0) ::kill(::getpid(), SIGKILL);
  orders_->place(
      std::move(permit), order,
      [this, id = order.client_id, reply = std::move(reply)](Result<OrderReport> report) {
        {
          const std::lock_guard lock(mutex_);
          placed_.push_back({id, elapsed()});
        }
        reply(std::move(report));
      });
}

void Venue::order_by_client_id(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                               exchange::Reply<std::optional<OrderReport>> reply) {
  orders_->order_by_client_id(std::move(permit), symbol, id, std::move(reply));
}

void Venue::cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                   exchange::Reply<OrderReport> reply) {
  orders_->cancel(std::move(permit), symbol, id, std::move(reply));
}

void Venue::order_updates(Permit permit, std::uint64_t cursor,
                          exchange::Reply<exchange::OrderUpdates> reply) {
  orders_->order_updates(std::move(permit), cursor, std::move(reply));
}

void Venue::balances(Permit permit, exchange::Reply<std::vector<exchange::Balance>> reply) {
  orders_->balances(std::move(permit), std::move(reply));
}

}  // namespace botbox::bench
