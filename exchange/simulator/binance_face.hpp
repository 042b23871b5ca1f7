// What Binance's spot and USD-M protocols have in common: signatures, clocks, weights, bans, error
// bodies, parameters.
//
// As at Binance: weight is counted per minute, also for refused requests; over the limit answers
// 429 with Retry-After, going on after that is banned (418) for 2 minutes, and each further ban is
// twice as long, up to 3 days.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>

#include "exchange/simulator/face.hpp"
#include "exchange/simulator/request_window.hpp"

namespace botbox::exchange::sim {

struct BinanceError {
  int status = 400;
  int code = 0;
  std::string message;
  Json data;  // sent along when it is not null
};
using BinanceAnswer = tl::expected<Json, BinanceError>;
using BinanceText = tl::expected<JsonText, BinanceError>;

inline tl::unexpected<BinanceError> binance_error(int code, std::string message, int status = 400) {
  return tl::unexpected(BinanceError{status, code, std::move(message)});
}

struct BinanceLimits {
  std::string prefix;  // "/api/v3/"
  std::int64_t weight_minute;
  Duration order_window;
  std::int64_t orders_window;
  std::string order_header;  // X-MBX-ORDER-COUNT-10S
  Duration order_long_window;
  std::int64_t orders_long_window;
  std::string order_long_header;
};

class BinanceFace : public Face {
 public:
  WireAnswer handle(const WireRequest& request, Timestamp clock) override;
  void ban(Timestamp until, BanWord) override { banned_until_ = until; }
  WireAnswer broken(const std::string& kind) const override;

 protected:
  struct Call {
    Params params;
    Account* account = nullptr;     // of a signed call; one that reads: as its client is told it
    std::shared_ptr<Account> told;  // holds that
    Timestamp clock;
  };
  enum class Security { kNone, kKey, kSigned };
  struct Route {
    Security security;
    std::function<std::int64_t(const Params&)> weight;
    std::int64_t orders;
    std::function<BinanceText(Call&)> serve;
  };

  BinanceFace(SimulatedVenue& venue, FaceSettings settings, NoteOrder note, BinanceLimits limits);
  void route(const std::string& method_and_path, Security security, std::int64_t weight,
             std::function<BinanceText(Call&)> serve, std::int64_t orders = 0);
  void route_weighed(const std::string& method_and_path, Security security,
                     std::function<std::int64_t(const Params&)> weight,
                     std::function<BinanceText(Call&)> serve);

  // -- parameters: errors are the venue's own ----------------------------------------------------
  tl::expected<const Listing*, BinanceError> listing_of(const Params& params,
                                                        MarketType market) const;
  static BinanceAnswer missing(const std::string& name);
  static tl::unexpected<BinanceError> not_required(const std::string& name);
  static tl::expected<OrderSide, BinanceError> side_of(const Params& params);
  static tl::expected<std::string, BinanceError> client_id_of(const Params& params,
                                                              const std::string& name);
  tl::expected<const Order*, BinanceError> order_of(const Call& call, const std::string& id_name,
                                                    const std::string& client_id_name,
                                                    int not_found) const;
  // Those that orderId, startTime and endTime leave, and others of the same time.
  std::span<const Execution> executions_asked_for(const Call& call) const;
  // Of what startTime and endTime ask for at once.
  static std::optional<BinanceError> check_range(const Params& params, std::int64_t hours);
  BinanceAnswer klines(const Call& call, MarketType market, std::int64_t limit_max);
  BinanceAnswer depth(const Call& call, MarketType market);
  std::string made_up_client_id();

  SimulatedVenue& venue_;
  FaceSettings settings_;
  NoteOrder note_;

 private:
  std::optional<BinanceError> authorise(const WireRequest& request, Security security, Call& call);
  std::optional<WireAnswer> count(const Route& route, Call& call, WireAnswer& headers);
  bool bans_for_going_on(Timestamp now);
  WireAnswer turned_away(int status, Timestamp until, Timestamp now);

  BinanceLimits limits_;
  std::unordered_map<std::string, Route> routes_;
  RequestWindow weight_;
  RequestWindow orders_;
  RequestWindow orders_long_;
  std::uint64_t made_ids_ = 0;
  std::int64_t refused_in_window_ = 0;
  std::int64_t refused_window_ = 0;
  std::int64_t next_ban_ms_ = 120'000;
  Timestamp banned_until_;
};

// The parameters of a request in the order Binance reads them: query, then form body.
std::string binance_signed_text(const WireRequest& request, std::string& signature);
Json binance_error_body(int code, const std::string& message);

}  // namespace botbox::exchange::sim
