// BinanceSpotFace: Binance spot, /api/v3. The endpoints are the table in binance_spot_face.cpp.
#pragma once

#include "exchange/simulator/binance_face.hpp"
#include "exchange/simulator/face_rows.hpp"

namespace botbox::exchange::sim {

class BinanceSpotFace final : public BinanceFace {
 public:
  BinanceSpotFace(SimulatedVenue& venue, FaceSettings settings, NoteOrder note);
  std::string name() const override { return "binance-spot"; }
  bool serves(const WireRequest& request) const override;

 private:
  static constexpr MarketType kMarket = MarketType::kSpot;

  void route_market_data();
  void route_wallet();
  void route_orders();
  BinanceAnswer exchange_info(const Call& call);
  BinanceAnswer ticker(const Call& call);
  BinanceAnswer prices(const Call& call, bool book);
  BinanceAnswer account(const Call& call);
  BinanceAnswer commission(const Call& call);
  BinanceAnswer place(Call& call, const std::string& id_name = "newClientOrderId");
  BinanceAnswer try_out(Call& call);
  BinanceAnswer place_oco(Call& call);
  BinanceAnswer cancel_replace(Call& call);
  BinanceAnswer amend(Call& call);
  BinanceAnswer cancel(Call& call);
  BinanceAnswer cancel_open(Call& call);
  BinanceAnswer cancel_list(Call& call);
  BinanceAnswer query(const Call& call);
  BinanceText open_orders(const Call& call);
  BinanceAnswer all_orders(const Call& call);
  BinanceAnswer open_lists(const Call& call);
  BinanceAnswer list_query(const Call& call);
  BinanceAnswer trades(const Call& call);

  tl::expected<PlaceOrder, BinanceError> order_from(const Params& params, const Listing& listing,
                                                    const std::string& id_name);
  BinanceAnswer placed(const Call& call, const Order& order);
  Json order_row(const Order& order) const;
  Json cancel_row(const Order& order, const Params& params);
  Json list_row(const Account& account, std::uint64_t list) const;
  Json cancelled_list(const Account& account, std::uint64_t list);
  static BinanceError refused(Refusal refusal);

  OrderRows rows_{[this](const Order& order) { return order_row(order); }};
};

}  // namespace botbox::exchange::sim
