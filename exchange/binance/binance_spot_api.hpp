// BinanceSpotApi: VenueApi of Binance spot ("binance-spot").
//
// A stop and a target for the same coins must stand as one order list (place_bracket, an OCO of
// STOP_LOSS and TAKE_PROFIT): as single orders each would lock the coins. Cancelling one leg
// cancels both. amend can only lower the quantity (order amend keep priority); a new price means
// cancel and place. Executions carry order ids and no client ids. Of client ids uniqueness holds
// among open orders only.
#pragma once

#include "exchange/binance/binance_api.hpp"

namespace botbox::exchange {

class BinanceSpotApi final : public BinanceApi {
 public:
  // Transport and clock must outlive it.
  BinanceSpotApi(BinanceOptions options, Credentials credentials, HttpSender& transport,
                 const Clock& clock);

  std::string_view name() const override { return "binance-spot"; }
  void balances(Permit permit, Reply<std::vector<Balance>> reply) override;
  void positions(Permit permit, Reply<std::vector<VenuePosition>> reply) override;
  void place(Permit permit, const VenueOrderRequest& order, Reply<VenueOrder> reply) override;
  // The answer is the stop, then the target.
  void place_bracket(Permit permit, const VenueBracketRequest& bracket,
                     Reply<std::vector<VenueOrder>> reply) override;
  void amend(Permit permit, const AmendOrder& change, Reply<VenueOrder> reply) override;
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              Reply<VenueOrder> reply) override;
  void set_leverage(Permit permit, const Symbol& symbol, Decimal leverage,
                    Reply<std::monostate> reply) override;
  void set_margin_mode(Permit permit, const Symbol& symbol, MarginMode mode,
                       Reply<std::monostate> reply) override;
  void account(Permit permit, Reply<AccountFacts> reply) override;
};

}  // namespace botbox::exchange
