// BinanceUsdmFace: Binance USD-M futures, /fapi. The endpoints are the tables in
// binance_usdm_face.cpp. Conditional orders live at /fapi/v1/algoOrder only; once triggered, the
// order that they became stands among the others, with the client id of the conditional one.
#pragma once

#include "exchange/simulator/binance_face.hpp"
#include "exchange/simulator/face_rows.hpp"

namespace botbox::exchange::sim {

class BinanceUsdmFace final : public BinanceFace {
 public:
  BinanceUsdmFace(SimulatedVenue& venue, FaceSettings settings, NoteOrder note);
  std::string name() const override { return "binance-usdm"; }
  bool serves(const WireRequest& request) const override {
    return request.path.starts_with("/fapi/") || request.path.starts_with("/dapi/");
  }

 private:
  static constexpr MarketType kMarket = MarketType::kLinear;

  void route_market_data();
  void route_account();
  void route_orders();
  void route_algo_orders();

  // binance_usdm_face.cpp
  BinanceAnswer exchange_info(const Call& call);
  BinanceAnswer ticker(const Call& call);
  BinanceAnswer prices(const Call& call, const std::string& kind);
  BinanceAnswer balance(const Call& call);
  BinanceAnswer account(const Call& call);
  BinanceAnswer position_risk(const Call& call, bool all);
  BinanceAnswer brackets(const Call& call);
  BinanceAnswer set_leverage(Call& call);
  BinanceAnswer set_margin(Call& call);
  BinanceAnswer commission(const Call& call);
  BinanceAnswer income(const Call& call);
  BinanceAnswer switch_mode(Call& call);
  static bool is_hedged(const Account& account);
  Json position_row(const Account& account, const Listing& listing,
                    std::optional<PositionSide> side);

  // binance_usdm_orders.cpp
  BinanceAnswer place(Call& call);
  BinanceAnswer amend(Call& call);
  BinanceAnswer cancel(Call& call);
  BinanceAnswer cancel_open(Call& call, bool algo);
  BinanceAnswer query(const Call& call, bool open_only);
  BinanceText open_orders(const Call& call, bool algo);
  BinanceAnswer all_orders(const Call& call, bool algo);
  BinanceAnswer trades(const Call& call);
  BinanceAnswer place_algo(Call& call);
  BinanceAnswer cancel_algo(Call& call);
  BinanceAnswer query_algo(const Call& call);
  tl::expected<PlaceOrder, BinanceError> order_from(const Call& call, const Listing& listing,
                                                    const std::string& id_name);
  BinanceAnswer placed(Call& call, PlaceOrder order, bool algo);
  Json order_row(const Order& order) const;
  Json algo_row(const Order& order) const;
  static BinanceError refused(Refusal refusal);

  OrderRows order_rows_{[this](const Order& order) { return order_row(order); }};
  OrderRows algo_rows_{[this](const Order& order) { return algo_row(order); }};
};

}  // namespace botbox::exchange::sim
