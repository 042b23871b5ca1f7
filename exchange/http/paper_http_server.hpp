// PaperHttpServer: serves an exchange on 127.0.0.1 through the routes of paper_api.hpp, from one
// thread, so that engine and venue can die apart from each other.
//
// All calls of the exchange come from the server's thread. Limits are those of HttpServer, but for
// 1 MB of body and `sessions_max` connections. Faults are drawn from a seed, one per request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "exchange/exchange.hpp"
#include "exchange/faults/order_ledger.hpp"

namespace botbox::exchange {

class HttpServer;

// Chances in 1/1000 of a request that places an order; together at most 1000.
struct ServerFaults {
  std::uint64_t seed = 1;
  std::uint32_t drop_reply = 0;  // executed, then the connection is closed without an answer
  std::uint32_t answer_500 = 0;  // executed, then answered with HTTP 500
  std::uint32_t delay = 0;       // executed at once, answered after `delay_by`
  Duration delay_by{200};
};

struct PaperServerOptions {
  std::uint16_t port = 0;  // 0: the system chooses
  std::size_t sessions_max = 256;
  ServerFaults faults;
};

class PaperHttpServer {
 public:
  // The exchange must outlive the server and belongs to its thread from now on. It must reply
  // before its calls return, or on any thread while the server lives. Error kIo: the port is taken.
  static Result<std::unique_ptr<PaperHttpServer>> start(Exchange& exchange,
                                                        const PaperServerOptions& options = {});
  // Closes all connections and joins the thread.
  ~PaperHttpServer();
  PaperHttpServer(const PaperHttpServer&) = delete;
  PaperHttpServer& operator=(const PaperHttpServer&) = delete;

  std::uint16_t port() const;
  // What really arrived; may be asked from any thread.
  const OrderLedger& ledger() const;

 private:
  class Venue;
  PaperHttpServer(std::unique_ptr<Venue> venue, std::unique_ptr<HttpServer> server);
  std::unique_ptr<Venue> venue_;  // outlives the server, whose thread uses it
  std::unique_ptr<HttpServer> server_;
};

}  // namespace botbox::exchange
