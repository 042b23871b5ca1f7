// BybitFace: Bybit v5, spot and linear, one unified account per key. The endpoints are the two
// tables in bybit_face.cpp. Errors are HTTP 200 with a retCode, except 403: the address is over its
// limit and is turned away for 10 minutes. As a fault the same is said by the code 10018 as well.
// In hedge mode no orders are taken.
#pragma once

#include <unordered_map>

#include "exchange/simulator/face.hpp"
#include "exchange/simulator/face_rows.hpp"
#include "exchange/simulator/request_window.hpp"

namespace botbox::exchange::sim {

struct BybitError {
  int code = 0;
  std::string message;
};
using BybitAnswer = tl::expected<Json, BybitError>;
using BybitText = tl::expected<JsonText, BybitError>;

inline tl::unexpected<BybitError> bybit_error(int code, std::string message) {
  return tl::unexpected(BybitError{code, std::move(message)});
}

class BybitFace final : public Face {
 public:
  BybitFace(SimulatedVenue& venue, FaceSettings settings, NoteOrder note);
  std::string name() const override { return "bybit"; }
  bool serves(const WireRequest& request) const override {
    return request.path.starts_with("/v5/");
  }
  WireAnswer handle(const WireRequest& request, Timestamp clock) override;
  void ban(Timestamp until, BanWord word) override {
    banned_until_ = until;
    ban_word_ = word;
  }
  WireAnswer broken(const std::string& kind) const override;

 private:
  struct Call {
    Params params;
    Account* account = nullptr;     // of a signed call; one that reads: as its client is told it
    std::shared_ptr<Account> told;  // holds that
    Timestamp clock;
  };
  enum class Security { kNone, kSigned };
  struct Route {
    Security security = Security::kNone;
    std::int64_t per_second = 0;  // 0: only the limit of the address counts
    std::function<BybitText(Call&)> serve;
  };

  void route_market_data();
  void route_account();
  void route_orders();
  std::optional<BybitError> authorise(const WireRequest& request, Call& call) const;
  std::optional<BybitError> count(const std::string& what, const Route& route, const Call& call,
                                  const std::string& key, WireAnswer& answer);
  WireAnswer turned_away(Timestamp clock) const;

  // bybit_face.cpp: parameters, market data, account
  tl::expected<MarketType, BybitError> market_of(const Params& params) const;
  tl::expected<const Listing*, BybitError> listing_of(const Params& params) const;
  BybitAnswer instruments(const Call& call);
  BybitAnswer kline(const Call& call);
  BybitAnswer tickers(const Call& call);
  BybitAnswer book(const Call& call);
  BybitAnswer wallet(const Call& call);
  BybitAnswer key_info(const Call& call) const;
  BybitAnswer fee_rate(const Call& call) const;
  Json day_of(const Listing& listing);

  // bybit_orders.cpp
  BybitAnswer create(Call& call);
  BybitAnswer amend(Call& call);
  BybitAnswer cancel(Call& call);
  BybitAnswer cancel_all(Call& call);
  BybitText realtime(const Call& call);
  BybitText history(const Call& call);
  BybitText executions(const Call& call);
  BybitText transactions(const Call& call);
  BybitAnswer positions(const Call& call);
  BybitAnswer set_leverage(Call& call);
  BybitAnswer set_margin_mode(Call& call);
  BybitAnswer switch_mode(Call& call);
  BybitAnswer trading_stop(Call& call);
  tl::expected<PlaceOrder, BybitError> order_from(const Call& call, const Listing& listing);
  tl::expected<const Order*, BybitError> order_of(const Call& call);
  std::vector<const Order*> named_in(const Call& call) const;
  bool is_wanted(const Order& order, const Params& params, MarketType market) const;
  std::string id_of(const Order& order) const;
  Json order_row(const Order& order) const;
  const std::string& row_of(const Order& order);
  Json execution_row(const Execution& execution) const;
  Json funding_row(const FundingPayment& payment) const;
  Json position_row(const Account& account, const Listing& listing,
                    std::optional<PositionSide> side);
  BybitError refused(Refusal refusal, MarketType market) const;

  SimulatedVenue& venue_;
  FaceSettings settings_;
  NoteOrder note_;
  std::unordered_map<std::string, Route> routes_;
  RollingWindow address_{std::chrono::seconds{5}, 600};
  std::unordered_map<std::string, RollingWindow> windows_;  // by endpoint
  Timestamp banned_until_;
  BanWord ban_word_ = BanWord::kStatus;
  OrderRows rows_{[this](const Order& order) { return order_row(order); }};
};

}  // namespace botbox::exchange::sim
