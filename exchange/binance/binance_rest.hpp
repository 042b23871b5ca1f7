// BinanceRest: signed requests to one Binance address and what their answers mean.
//
// Every request carries at most its own parameters, `timestamp` and `recvWindow`; `signature` comes
// last. Parameters of POST and PUT go as a form body and not in the URL: HttpTransport keeps
// libcurl from sending a request twice by its body, so a body there must be.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "engine/clock.hpp"
#include "exchange/binance/binance_errors.hpp"
#include "exchange/http/http_transport.hpp"
#include "exchange/venue/clock_offset.hpp"
#include "exchange/venue/credentials.hpp"
#include "exchange/venue/venue_api.hpp"

namespace botbox::exchange {

inline constexpr std::string_view kBinanceSpotMainnet = "https://api.binance.com";
inline constexpr std::string_view kBinanceSpotTestnet = "https://testnet.binance.vision";
inline constexpr std::string_view kBinanceUsdmMainnet = "https://fapi.binance.com";
inline constexpr std::string_view kBinanceUsdmTestnet = "https://demo-fapi.binance.com";

struct BinanceOptions {
  std::string base_url;  // without a path and without a slash at its end
  Duration receive_window{5'000};
  // Where /sapi/v1/account/apiRestrictions is asked, which alone tells what a key may: the address
  // of mainnet spot, which knows the keys of mainnet USD-M as well. Empty: nobody knows.
  std::string key_restrictions_url = {};
};

// Parameters in the order in which they are added, percent-encoded.
class BinanceQuery {
 public:
  BinanceQuery& add(std::string_view name, std::string_view value);
  BinanceQuery& add(std::string_view name, std::int64_t value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// `query` and, last, `signature`: the hex HMAC-SHA256 of the query as it is sent.
std::string signed_query(std::string query, std::string_view secret);

struct BinanceRequest {
  HttpMethod method = HttpMethod::kGet;
  std::string path;  // "/api/v3/order"
  BinanceQuery query = {};
  enum class Access { kPublic, kSigned } access = Access::kSigned;
  std::string base_url = {};  // empty: that of the options
};

// Safe to use from any thread once set_signals() is done. The transport and the clock must outlive
// it, and the transport's answers may come after it is gone.
class BinanceRest {
 public:
  using Body = std::function<void(Result<std::string>)>;

  BinanceRest(MarketType market, BinanceOptions options, Credentials credentials,
              HttpSender& transport, const Clock& clock);

  void set_signals(VenueSignals signals);
  // Spends the permit. Errors as venue_api.hpp says, by binance_errors.hpp. After a refused time
  // stamp the offset is taken from the answer's Date header until server_time() gives a better one.
  void send(const Permit& permit, const BinanceRequest& request, Body answer);
  // The permit of a second request that belongs to a call. kRateLimited where nobody gives one.
  void further_permit(const PermitRequest& cost, Reply<Permit> answer) const;
  // As send; learns the offset from the answer.
  void server_time(const Permit& permit, std::string path, Reply<Timestamp> reply);

  // Parses the answer; one that makes no sense is kOutcomeUnknown.
  template <class T, class Parse>
  void send(const Permit& permit, const BinanceRequest& request, Reply<T> reply, Parse parse) {
    send(permit, request,
         [shared = shared_, method = request.method, reply = std::move(reply),
          parse](Result<std::string> body) {
           if (!body) return reply(tl::unexpected<Error>(std::move(body).error()));
           Result<T> value = parse(std::string_view(*body));
           if (!value) return reply(unreadable(*shared, method, value.error()));
           reply(std::move(value));
         });
  }

  const BinanceOptions& options() const;
  Duration clock_offset() const;
  Timestamp venue_now() const;

 private:
  struct Shared;
  static tl::unexpected<Error> unreadable(const Shared& shared, HttpMethod method,
                                          const Error& why);

  std::shared_ptr<Shared> shared_;
  HttpSender& transport_;
};

}  // namespace botbox::exchange
