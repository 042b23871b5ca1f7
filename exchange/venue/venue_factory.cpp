#include "exchange/venue/venue_factory.hpp"

#include "engine/assert.hpp"
#include "exchange/binance/binance_spot_api.hpp"
#include "exchange/binance/binance_usdm_api.hpp"
#include "exchange/bybit/bybit_api.hpp"

namespace botbox::exchange {
namespace {

// The API goes first, then the transport that it uses.
struct Connected {
  explicit Connected(const HttpOptions& options) : transport(options) {}
  HttpTransport transport;
  std::unique_ptr<VenueApi> api;
};

}  // namespace

std::string venue_address(const VenueOptions& options) {
  if (!options.url.empty()) return options.url;
  const bool test = options.is_testnet;
  switch (options.kind) {
    case VenueKind::kBybitSpot:
    case VenueKind::kBybitLinear:
      return std::string(test ? BybitOptions::kTestnet : BybitOptions::kMainnet);
    case VenueKind::kBinanceSpot:
      return std::string(test ? kBinanceSpotTestnet : kBinanceSpotMainnet);
    case VenueKind::kBinanceUsdm:
      return std::string(test ? kBinanceUsdmTestnet : kBinanceUsdmMainnet);
  }
  return {};
}

std::unique_ptr<VenueApi> open_venue_over(HttpSender& sender, VenueOptions options,
                                          const Clock& clock) {
  const std::string address = venue_address(options);
  switch (options.kind) {
    case VenueKind::kBybitSpot:
    case VenueKind::kBybitLinear: {
      BybitOptions bybit;
      bybit.market =
          options.kind == VenueKind::kBybitSpot ? MarketType::kSpot : MarketType::kLinear;
      bybit.base_url = address;
      bybit.credentials = std::move(options.credentials);
      return std::make_unique<BybitApi>(std::move(bybit), sender, clock);
    }
    case VenueKind::kBinanceSpot: {
      BinanceOptions spot;
      spot.base_url = address;
      if (address == kBinanceSpotMainnet) spot.key_restrictions_url = address;
      return std::make_unique<BinanceSpotApi>(std::move(spot), std::move(options.credentials),
                                              sender, clock);
    }
    case VenueKind::kBinanceUsdm: {
      BinanceUsdmOptions usdm;
      usdm.base_url = address;
      if (address == kBinanceUsdmMainnet) usdm.key_restrictions_url = kBinanceSpotMainnet;
      return std::make_unique<BinanceUsdmApi>(std::move(usdm), std::move(options.credentials),
                                              sender, clock);
    }
  }
  ENGINE_ASSERT(false);
  return nullptr;
}

std::shared_ptr<VenueApi> open_venue(VenueOptions options, const Clock& clock) {
  auto made = std::make_shared<Connected>(options.http);
  made->api = open_venue_over(made->transport, std::move(options), clock);
  return {made, made->api.get()};
}

}  // namespace botbox::exchange
