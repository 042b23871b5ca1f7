// The venue that is measured with: an embedded paper exchange, or one behind HTTP on the loopback.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/clock.hpp"
#include "exchange/http/http_transport.hpp"
#include "exchange/http/paper_http_exchange.hpp"
#include "exchange/http/paper_http_server.hpp"
#include "exchange/paper/paper_exchange.hpp"
#include "storage/store.hpp"

namespace botbox::bench {

enum class VenueKind : std::uint8_t { kPaper, kHttp };

// When an order's answer came back from the exchange.
struct PlacedOrder {
  ClientOrderId client_id;
  double at = 0;
};

// Candles and instruments always come from an embedded exchange, as the peers take theirs from
// memory. With kHttp, orders and everything about them go by HTTP to a server thread of this
// process that holds an exchange of its own.
class Venue final : public exchange::Exchange {
 public:
  // The orders of the store's history are restored, as the daemon does for its embedded exchange.
  static Result<std::shared_ptr<Venue>> open(VenueKind kind, const storage::Store& store,
                                             const Clock& clock);

  // The process kills itself (SIGKILL) when the n-th order from now on is about to be placed.
  void die_at_order(std::size_t n) { die_in_ = n; }
  std::vector<PlacedOrder> take_placed();

  void instruments(Permit permit, exchange::Reply<std::vector<Instrument>> reply) override;
  void candles(Permit permit, const exchange::CandleQuery& query,
               exchange::Reply<std::vector<Candle>> reply) override;
  void place(Permit permit, const OrderRequest& order, exchange::Reply<OrderReport> reply) override;
  void order_by_client_id(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                          exchange::Reply<std::optional<OrderReport>> reply) override;
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              exchange::Reply<OrderReport> reply) override;
  void order_updates(Permit permit, std::uint64_t cursor,
                     exchange::Reply<exchange::OrderUpdates> reply) override;
  void balances(Permit permit, exchange::Reply<std::vector<exchange::Balance>> reply) override;

 private:
  Venue() = default;

  std::shared_ptr<exchange::MarketFeed> feed_;
  std::unique_ptr<exchange::PaperExchange> market_;
  std::unique_ptr<exchange::PaperExchange> served_;  // kHttp
  std::unique_ptr<exchange::PaperHttpServer> server_;
  std::unique_ptr<exchange::HttpTransport> transport_;
  std::unique_ptr<exchange::PaperHttpExchange> remote_;
  exchange::Exchange* orders_ = nullptr;
  std::size_t die_in_ = 0;
  std::mutex mutex_;
  std::vector<PlacedOrder> placed_;
};

}  // namespace botbox::bench
