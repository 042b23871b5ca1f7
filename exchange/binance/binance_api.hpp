// BinanceApi: what the spot and the USD-M adapter have in common.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exchange/binance/binance_rest.hpp"
#include "exchange/binance/binance_symbols.hpp"
#include "exchange/venue/venue_api.hpp"

namespace botbox::exchange {

// The addresses of one market, as data.
struct BinancePaths {
  std::string_view time;
  std::string_view instruments;
  std::string_view candles;
  std::string_view ticker;
  std::string_view order;
  std::string_view open_orders;
  std::string_view cancel_all;
  std::string_view executions;
};

class BinanceApi : public VenueApi {
 public:
  const VenueFeatures& features() const override { return features_; }
  const std::vector<LimitWindow>& limits() const override;
  PermitRequest cost(VenueCall call, std::uint32_t size) const override;
  void set_signals(VenueSignals signals) override { rest_->set_signals(std::move(signals)); }

  void server_time(Permit permit, Reply<Timestamp> reply) override;
  Duration clock_offset() const override { return rest_->clock_offset(); }
  void instruments(Permit permit, Reply<std::vector<Instrument>> reply) override;
  void candles(Permit permit, const CandleQuery& query, Reply<std::vector<Candle>> reply) override;
  void ticker(Permit permit, const Symbol& symbol, Reply<Ticker> reply) override;
  void open_orders(Permit permit, const Symbol& symbol,
                   Reply<std::vector<VenueOrder>> reply) override;
  void order(Permit permit, const Symbol& symbol, const ClientOrderId& id,
             Reply<std::optional<VenueOrder>> reply) override;
  // Without an order or an id to page from, a lower bound further back than the venue's longest
  // range (spot 24 hours, USD-M 7 days) yields the executions of that range only: page by from_id.
  void executions(Permit permit, const ExecutionQuery& query,
                  Reply<std::vector<VenueExecution>> reply) override;
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              Reply<VenueOrder> reply) override;
  void cancel_all(Permit permit, const Symbol& symbol, Reply<std::monostate> reply) override;

 protected:
  using Orders = std::vector<VenueOrder>;

  BinanceApi(const VenueFeatures& features, const BinancePaths& paths,
             std::shared_ptr<BinanceRest> rest, std::shared_ptr<BinanceSymbols> symbols)
      : features_(features), paths_(paths), rest_(std::move(rest)), symbols_(std::move(symbols)) {}

  const BinanceRest& rest() const { return *rest_; }
  BinanceRest& rest() { return *rest_; }
  const std::shared_ptr<BinanceRest>& shared_rest() const { return rest_; }
  const std::shared_ptr<BinanceSymbols>& shared_symbols() const { return symbols_; }

  // `symbol=...`, the beginning of most queries. Error: of the other market, nothing to send.
  Result<BinanceQuery> query_of(const Symbol& symbol) const;
  // As query_of, and the id's parameter. Error: the id breaks the venue's rule.
  Result<BinanceQuery> query_of(const Symbol& symbol, std::string_view id_name,
                                const ClientOrderId& id) const;

  // Answers without sending; the permit is spent.
  template <class T>
  static void refuse(const Permit& permit, Error error, const Reply<T>& reply) {
    if (!permit.consume())
      return reply(fail(ErrorCode::kRateLimited, "the permit is used up", error.place));
    reply(tl::unexpected<Error>(std::move(error)));
  }
  template <class T>
  void refuse(const Permit& permit, std::string_view why, const Reply<T>& reply) const {
    refuse(permit,
           Error{ErrorCode::kInvalidInput, std::string(why), std::string(name()), std::string()},
           reply);
  }

  // The list's symbols as learnt from instruments().
  Reply<Orders> naming_symbols(Reply<Orders> reply) const;
  // The order as it was asked for: its symbol and its own client id.
  static Reply<VenueOrder> naming(const Symbol& symbol, const ClientOrderId& id,
                                  Reply<VenueOrder> reply);
  // kNotFound becomes "not there".
  static Reply<VenueOrder> finding(const Symbol& symbol, const ClientOrderId& id,
                                   Reply<std::optional<VenueOrder>> reply);
  // At BinanceOptions::key_restrictions_url, which must be set.
  void ask_key_restrictions(const Permit& permit, MarketType market, Reply<AccountFacts> reply);
  // For commands whose success has no contents, and is one as well when there was nothing to do.
  void command(const Permit& permit, const BinanceRequest& request, ErrorCode nothing_to_do,
               Reply<std::monostate> reply);

 private:
  BinanceQuery candle_query(const CandleQuery& query, const std::string& symbol) const;

  VenueFeatures features_;
  BinancePaths paths_;
  std::shared_ptr<BinanceRest> rest_;
  std::shared_ptr<BinanceSymbols> symbols_;
};

}  // namespace botbox::exchange
