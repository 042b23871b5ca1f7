// BinanceUsdmApi: VenueApi of Binance USD-M futures ("binance-usdm"), one-way position mode.
//
// Conditional orders (stop, take profit) are "algo orders" with addresses, ids and states of their
// own, and no single request sees both kinds: see VenueApi::conditional_orders(). A conditional
// order that has triggered becomes another order, with an id and maybe a client id of the venue's
// choice: VenueOrder::order_id then names that one, and executions() by it tell what was filled
// where `filled` stays zero. Cancelling a conditional order is answered with an acknowledgement:
// status kCancelled and nothing about quantities.
//
// amend changes limit orders only and wants side, quantity and limit, all three. Executions carry
// order ids and no client ids. Of client ids uniqueness holds among open orders only.
#pragma once

#include <memory>

#include "exchange/binance/binance_api.hpp"

namespace botbox::exchange {

// The price that conditional orders watch.
enum class WorkingPrice : std::uint8_t { kLast, kMark };

struct BinanceUsdmOptions : BinanceOptions {
  WorkingPrice working_price = WorkingPrice::kLast;
};

class BinanceUsdmApi final : public BinanceApi {
 public:
  // Transport and clock must outlive it.
  BinanceUsdmApi(BinanceUsdmOptions options, Credentials credentials, HttpSender& transport,
                 const Clock& clock);

  std::string_view name() const override { return "binance-usdm"; }
  void balances(Permit permit, Reply<std::vector<Balance>> reply) override;
  void positions(Permit permit, Reply<std::vector<VenuePosition>> reply) override;
  void open_orders(Permit permit, const Symbol& symbol,
                   Reply<std::vector<VenueOrder>> reply) override;
  void order(Permit permit, const Symbol& symbol, const ClientOrderId& id,
             Reply<std::optional<VenueOrder>> reply) override;
  // The venue says of nothing but a range of time that it reaches back further than 7 days.
  void executions(Permit permit, const ExecutionQuery& query,
                  Reply<std::vector<VenueExecution>> reply) override;
  // A request tells 1,000 payments; what is beyond takes further permits.
  void funding(Permit permit, const FundingQuery& query,
               Reply<std::vector<VenueFunding>> reply) override;
  void funding_times(Permit permit, Reply<std::vector<FundingTime>> reply) override;
  void place(Permit permit, const VenueOrderRequest& order, Reply<VenueOrder> reply) override;
  void place_bracket(Permit permit, const VenueBracketRequest& bracket,
                     Reply<std::vector<VenueOrder>> reply) override;
  void amend(Permit permit, const AmendOrder& change, Reply<VenueOrder> reply) override;
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              Reply<VenueOrder> reply) override;
  void cancel_all(Permit permit, const Symbol& symbol, Reply<std::monostate> reply) override;
  // Whole numbers from 1 to 125.
  void set_leverage(Permit permit, const Symbol& symbol, Decimal leverage,
                    Reply<std::monostate> reply) override;
  void set_margin_mode(Permit permit, const Symbol& symbol, MarginMode mode,
                       Reply<std::monostate> reply) override;
  void account(Permit permit, Reply<AccountFacts> reply) override;
  void key_rights(Permit permit, Reply<std::optional<AccountFacts>> reply) override;

  VenueApi* conditional_orders() override { return conditional_.get(); }

 private:
  enum class Side : std::uint8_t { kPlain, kConditional };
  // The conditional side of `plain`.
  explicit BinanceUsdmApi(const BinanceUsdmApi& plain, Side side);

  // Of a conditional order that triggered: how much was filled and how it ended is told by the
  // order that it became alone, which takes a second request and its permit.
  Reply<std::optional<VenueOrder>> with_what_it_became(
      const Symbol& symbol, Reply<std::optional<VenueOrder>> reply) const;
  void place_plain(const Permit& permit, const VenueOrderRequest& order, Reply<VenueOrder> reply);
  void place_conditional(const Permit& permit, const VenueOrderRequest& order,
                         Reply<VenueOrder> reply);

  Side side_ = Side::kPlain;
  WorkingPrice working_price_;
  std::unique_ptr<BinanceUsdmApi> conditional_;  // of the plain side
};

}  // namespace botbox::exchange
