// BybitApi: one unified account at Bybit (API v5), spot or linear (perpetuals quoted and settled in
// USDT).
//
// What differs from other venues, beyond venue_api.hpp:
// - place, amend and cancel are acknowledged only; the acknowledgement is status kNew.
// - order: asks order/realtime, which knows open and the newest 500 final orders but forgets the
//   final ones when the venue restarts; only when order/history, asked with a further permit, does
//   not know it either is it "not there". History itself drops orders without any fill after a day.
// - Spot keeps conditional orders apart: see conditional_orders(). One whose trigger the market has
//   passed already waits for the price to come back from the other side; spot takes no direction.
// - open_orders, positions, instruments and executions come in pages of 50, 200, 1000 and 100.
// - executions, funding: at most 7 days a request; further permits go through the days that are
//   asked for. Pages of funding have 50 rows.
// - account asks for the key's permissions, then, with further permits, for the account's margin
//   mode and (linear) its position mode; what it gets no permit for is left out.
// - set_margin_mode is for the whole account, set_leverage for both sides; either succeeds when
//   there is nothing to change.
// - candles of 8h and 3d do not exist: kInvalidInput.
#pragma once

#include <memory>
#include <string>

#include "engine/clock.hpp"
#include "exchange/bybit/bybit_bodies.hpp"
#include "exchange/http/http_transport.hpp"
#include "exchange/venue/credentials.hpp"
#include "exchange/venue/venue_api.hpp"

namespace botbox::exchange {

namespace bybit {
class Session;
}

struct BybitOptions {
  static constexpr std::string_view kMainnet = "https://api.bybit.com";
  static constexpr std::string_view kTestnet = "https://api-testnet.bybit.com";

  MarketType market = MarketType::kLinear;
  std::string base_url{kMainnet};  // without a slash at its end
  Credentials credentials;         // empty: public calls alone; all others are kInvalidInput
  Duration receive_window{5'000};
};

// Safe to use from any thread once the signals are set.
class BybitApi final : public VenueApi {
 public:
  // Transport and clock must outlive the last reply; the API itself need not.
  BybitApi(BybitOptions options, HttpSender& transport, const Clock& clock);
  ~BybitApi() override;

  std::string_view name() const override;
  const VenueFeatures& features() const override;
  const std::vector<LimitWindow>& limits() const override;
  PermitRequest cost(VenueCall call, std::uint32_t size) const override;
  void set_signals(VenueSignals signals) override;

  void server_time(Permit permit, Reply<Timestamp> reply) override;
  Duration clock_offset() const override;
  void instruments(Permit permit, Reply<std::vector<Instrument>> reply) override;
  void candles(Permit permit, const CandleQuery& query, Reply<std::vector<Candle>> reply) override;
  void ticker(Permit permit, const Symbol& symbol, Reply<Ticker> reply) override;
  void balances(Permit permit, Reply<std::vector<Balance>> reply) override;
  void positions(Permit permit, Reply<std::vector<VenuePosition>> reply) override;
  void open_orders(Permit permit, const Symbol& symbol,
                   Reply<std::vector<VenueOrder>> reply) override;
  void order(Permit permit, const Symbol& symbol, const ClientOrderId& id,
             Reply<std::optional<VenueOrder>> reply) override;
  void executions(Permit permit, const ExecutionQuery& query,
                  Reply<std::vector<VenueExecution>> reply) override;
  void funding(Permit permit, const FundingQuery& query,
               Reply<std::vector<VenueFunding>> reply) override;
  void funding_times(Permit permit, Reply<std::vector<FundingTime>> reply) override;
  void place(Permit permit, const VenueOrderRequest& order, Reply<VenueOrder> reply) override;
  void place_bracket(Permit permit, const VenueBracketRequest& bracket,
                     Reply<std::vector<VenueOrder>> reply) override;
  void amend(Permit permit, const AmendOrder& change, Reply<VenueOrder> reply) override;
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              Reply<VenueOrder> reply) override;
  void cancel_nameless(Permit permit, const Symbol& symbol, const OrderId& id,
                       Reply<VenueOrder> reply) override;
  void cancel_all(Permit permit, const Symbol& symbol, Reply<std::monostate> reply) override;
  void set_leverage(Permit permit, const Symbol& symbol, Decimal leverage,
                    Reply<std::monostate> reply) override;
  void set_margin_mode(Permit permit, const Symbol& symbol, MarginMode mode,
                       Reply<std::monostate> reply) override;
  void account(Permit permit, Reply<AccountFacts> reply) override;
  VenueApi* conditional_orders() override { return conditional_.get(); }

 private:
  BybitApi(std::shared_ptr<bybit::Session> session, bybit::OrderFilter filter);

  std::shared_ptr<bybit::Session> session_;
  bybit::OrderFilter filter_ = bybit::OrderFilter::kAll;
  std::unique_ptr<BybitApi> conditional_;
};

}  // namespace botbox::exchange
