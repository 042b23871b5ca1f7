// PaperHttpExchange: the adapter of venue "paper-http", a paper exchange in another process.
//
// Speaks the protocol of paper_api.hpp through a HttpTransport. Answers that make no sense, and
// every 5xx, are kOutcomeUnknown. Replies come on the transport's thread, or before the call
// returns when nothing was sent.
#pragma once

#include <string>

#include "exchange/exchange.hpp"
#include "exchange/http/http_transport.hpp"

namespace botbox::exchange {

class PaperHttpExchange final : public Exchange {
 public:
  // `base_url` like "http://127.0.0.1:8080". The transport must outlive it.
  PaperHttpExchange(std::string base_url, HttpTransport& transport)
      : base_url_(std::move(base_url)), transport_(transport) {}

  void instruments(Permit permit, Reply<std::vector<Instrument>> reply) override;
  void candles(Permit permit, const CandleQuery& query, Reply<std::vector<Candle>> reply) override;
  void place(Permit permit, const OrderRequest& order, Reply<OrderReport> reply) override;
  void order_by_client_id(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                          Reply<std::optional<OrderReport>> reply) override;
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              Reply<OrderReport> reply) override;
  void order_updates(Permit permit, std::uint64_t cursor, Reply<OrderUpdates> reply) override;
  void balances(Permit permit, Reply<std::vector<Balance>> reply) override;

 private:
  std::string order_path(const Symbol& symbol, const ClientOrderId& id) const;
  template <class T, class Parse>
  void send(const Permit& permit, HttpRequest request, Reply<T> reply, Parse parse);

  std::string base_url_;
  HttpTransport& transport_;
};

}  // namespace botbox::exchange
