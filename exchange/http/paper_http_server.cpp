#include "exchange/http/paper_http_server.hpp"

#include <random>

#include "exchange/http/http_server.hpp"
#include "exchange/http/paper_api.hpp"

namespace botbox::exchange {

// What the handler needs; lives as long as the server.
class PaperHttpServer::Venue {
 public:
  Venue(Exchange& exchange, const ServerFaults& faults)
      : api_(exchange), faults_(faults), random_(faults.seed) {}

  void handle(HttpServerRequest request, const HttpResponder& responder) {
    const Fault fault = draw(request);
    api_.handle({std::move(request.method), std::move(request.target), std::move(request.body)},
                [fault, responder](ApiAnswer answer) {
                  HttpAnswer whole{answer.status, std::move(answer.body)};
                  if (fault.is_500) whole = {500, "{}"};
                  responder.answer(std::move(whole), fault.delivery);
                });
  }
  const OrderLedger& ledger() const { return api_.ledger(); }

 private:
  struct Fault {
    HttpDelivery delivery;
    bool is_500 = false;
  };

  Fault draw(const HttpServerRequest& request) {
    if (request.method != "POST") return {};
    const std::uint64_t number = random_() % 1000;
    if (number < faults_.drop_reply) return {.delivery = {HttpDelivery::Fate::kDrop}};
    if (number < faults_.drop_reply + faults_.answer_500) return {.delivery = {}, .is_500 = true};
    if (number < faults_.drop_reply + faults_.answer_500 + faults_.delay)
      return {.delivery = {HttpDelivery::Fate::kWhole, faults_.delay_by}};
    return {};
  }

  PaperApi api_;
  ServerFaults faults_;
  std::mt19937_64 random_;
};

PaperHttpServer::PaperHttpServer(std::unique_ptr<Venue> venue, std::unique_ptr<HttpServer> server)
    : venue_(std::move(venue)), server_(std::move(server)) {}
PaperHttpServer::~PaperHttpServer() = default;

Result<std::unique_ptr<PaperHttpServer>> PaperHttpServer::start(Exchange& exchange,
                                                                const PaperServerOptions& options) {
  auto venue = std::make_unique<Venue>(exchange, options.faults);
  HttpServerOptions http;
  http.port = options.port;
  http.limits.body_bytes_max = 1024 * 1024;
  http.limits.connections_max = options.sessions_max;
  http.limits.answer_timeout = Duration{3'600'000};  // the venue's word is waited for
  BOTBOX_ASSIGN(auto server,
                HttpServer::start(http, [venue = venue.get()](HttpServerRequest request,
                                                              const HttpResponder& responder) {
                  venue->handle(std::move(request), responder);
                }));
  return std::unique_ptr<PaperHttpServer>(new PaperHttpServer(std::move(venue), std::move(server)));
}

std::uint16_t PaperHttpServer::port() const { return server_->port(); }
const OrderLedger& PaperHttpServer::ledger() const { return venue_->ledger(); }

}  // namespace botbox::exchange
