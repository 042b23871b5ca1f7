// SimulatorSender: a simulated venue in the place of a network. No socket, no thread: the answer is
// there before send() returns, and time stands still meanwhile.
#pragma once

#include "exchange/http/http_sender.hpp"
#include "exchange/simulator/simulator.hpp"

namespace botbox::test {

class SimulatorSender final : public exchange::HttpSender {
 public:
  // The simulator must outlive it.
  explicit SimulatorSender(exchange::sim::Simulator& simulator) : simulator_(simulator) {}

  // Connections that were dropped, reset or cut are kOutcomeUnknown; what is late comes at once.
  void send(const Permit& permit, exchange::HttpRequest request, Answer answer) override;

 private:
  exchange::sim::Simulator& simulator_;
};

}  // namespace botbox::test
