// SimulatorServer: a Simulator on 127.0.0.1, all paths on one port, from one thread.
//
// All calls of the simulator come from the server's thread. Limits: 16 kB of header, 1 MB of body,
// `sessions_max` connections, 60 s of silence. Keep-alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/result.hpp"
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
  ~SimulatorServer();
  SimulatorServer(const SimulatorServer&) = delete;
  SimulatorServer& operator=(const SimulatorServer&) = delete;

  std::uint16_t port() const;

 private:
  class Listener;
  explicit SimulatorServer(std::unique_ptr<Listener> listener);
  std::unique_ptr<Listener> listener_;
};

}  // namespace botbox::exchange::sim
