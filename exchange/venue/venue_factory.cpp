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

std::shared_ptr<VenueApi> open_venue(VenueOptions options, const Clock& clock) {
  auto made = std::make_shared<Connected>(options.http);
  const std::string address = venue_address(options);
  switch (options.kind) {
    case VenueKind::kBybitSpot:
    case VenueKind::kBybitLinear: {
      BybitOptions bybit;
      bybit.market =
          options.kind == VenueKind::kBybitSpot ? MarketType::kSpot : MarketType::kLinear;
      bybit.base_url = address;
      bybit.credentials = std::move(options.credentials);
      made->api = std::make_unique<BybitApi>(std::move(bybit), made->transport, clock);
      break;
    }
    case VenueKind::kBinanceSpot: {
      BinanceOptions spot;
      spot.base_url = address;
      spot.has_key_restrictions = address == kBinanceSpotMainnet;
      made->api = std::make_unique<BinanceSpotApi>(std::move(spot), std::move(options.credentials),
                                                   made->transport, clock);
      break;
    }
    case VenueKind::kBinanceUsdm: {
      BinanceUsdmOptions usdm;
      usdm.base_url = address;
      made->api = std::make_unique<BinanceUsdmApi>(std::move(usdm), std::move(options.credentials),
                                                   made->transport, clock);
      break;
    }
  }
  ENGINE_ASSERT(made->api != nullptr);
  return {made, made->api.get()};
}

}  // namespace botbox::exchange
