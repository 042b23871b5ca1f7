// SimulatorServer: a Simulator on 127.0.0.1, all paths on one port, from one thread.
//
// All calls of the simulator come from the server's thread. Limits are those of HttpServer, but for
// 1 MB of body and `sessions_max` connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "engine/result.hpp"
#include "exchange/http/http_server.hpp"
#include "exchange/simulator/simulator.hpp"

namespace botbox::exchange::sim {

struct ServerOptions {
  std::uint16_t port = 0;  // 0: the system chooses
  std::size_t sessions_max = 512;
};

class SimulatorServer {
 public:
  // The simulator must outlive the server and belongs to its thread from now on. Error kIo: the
  // port is taken.
  static Result<std::unique_ptr<SimulatorServer>> start(Simulator& simulator,
                                                        const ServerOptions& options = {});
  // Closes all connections and joins the thread.
  ~SimulatorServer() = default;
  SimulatorServer(const SimulatorServer&) = delete;
  SimulatorServer& operator=(const SimulatorServer&) = delete;

  std::uint16_t port() const { return server_->port(); }

 private:
  explicit SimulatorServer(std::unique_ptr<HttpServer> server) : server_(std::move(server)) {}
  std::unique_ptr<HttpServer> server_;
};

}  // namespace botbox::exchange::sim
