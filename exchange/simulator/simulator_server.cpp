#include "exchange/simulator/simulator_server.hpp"

#include "exchange/http/http_target.hpp"

namespace botbox::exchange::sim {
namespace {

WireRequest wire_of(HttpServerRequest served) {
  WireRequest request;
  request.method = std::move(served.method);
  request.path = std::string(path_of(served.target));
  request.query = std::string(query_of(served.target));
  request.body = std::move(served.body);
  for (auto& [name, value] : served.headers) request.headers[name] = std::move(value);
  return request;
}

HttpDelivery delivery_of(const Delivery& delivery) {
  using Fate = HttpDelivery::Fate;
  HttpDelivery made;
  made.delay = delivery.delay;
  if (delivery.drop) made.fate = Fate::kDrop;
  if (delivery.reset) made.fate = Fate::kReset;
  if (delivery.cut) made.fate = Fate::kCut;
  return made;
}

}  // namespace

Result<std::unique_ptr<SimulatorServer>> SimulatorServer::start(Simulator& simulator,
                                                                const ServerOptions& options) {
  HttpServerOptions http;
  http.port = options.port;
  http.limits.body_bytes_max = 1024 * 1024;
  http.limits.connections_max = options.sessions_max;
  BOTBOX_ASSIGN(auto server, HttpServer::start(http, [&simulator](HttpServerRequest request,
                                                                  const HttpResponder& responder) {
                  Delivery delivery = simulator.handle(wire_of(std::move(request)));
                  responder.answer(
                      {delivery.answer.status, std::move(delivery.answer.body),
                       "application/json;charset=UTF-8", std::move(delivery.answer.headers)},
                      delivery_of(delivery));
                }));
  return std::unique_ptr<SimulatorServer>(new SimulatorServer(std::move(server)));
}

}  // namespace botbox::exchange::sim
