// PaperApi: the routes of the paper exchange's HTTP face, apart from sockets.
//
//   POST   /v1/order                          order -> report
//   GET    /v1/order?symbol=&client_id=       {"order": report or null}
//   DELETE /v1/order?symbol=&client_id=       report
//   GET    /v1/order-updates?cursor=          {"next_cursor","reports"}
//   GET    /v1/candles?symbol=&timeframe=&from=&to=&limit=
//   GET    /v1/instruments, /v1/balances
//   GET    /v1/ledger                         orders that arrived, by client id
//
// Definite refusals are 4xx with an error document; 5xx means that nobody knows.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "exchange/exchange.hpp"
#include "exchange/faults/order_ledger.hpp"
#include "exchange/http/http_target.hpp"

namespace botbox::exchange {

struct ApiRequest {
  std::string method;
  std::string target;  // path and query
  std::string body;
};

struct ApiAnswer {
  int status = 200;
  std::string body;
};

// Stands for the venue: its clients have spent a permit of their own on each request.
class PaperApi final : private PermitIssuer {
 public:
  using Reply = std::function<void(ApiAnswer)>;

  // The exchange must outlive it.
  explicit PaperApi(Exchange& exchange) : exchange_(exchange) {}

  // Replies as the exchange does: exactly once, possibly before this returns.
  void handle(const ApiRequest& request, Reply reply);
  const OrderLedger& ledger() const { return *ledger_; }

 private:
  void order(const ApiRequest& request, const HttpQuery& query, Reply reply);
  void place(const std::string& body, Reply reply);
  void candles(const HttpQuery& query, Reply reply);
  void updates(const HttpQuery& query, Reply reply);

  Exchange& exchange_;
  std::shared_ptr<OrderLedger> ledger_ = std::make_shared<OrderLedger>();
};

}  // namespace botbox::exchange
