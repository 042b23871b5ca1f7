// From words to a venue: which adapter, at which address, over a transport of its own.
#pragma once

#include <memory>
#include <string>

#include "engine/clock.hpp"
#include "exchange/http/http_transport.hpp"
#include "exchange/venue/credentials.hpp"
#include "exchange/venue/venue_api.hpp"

namespace botbox::exchange {

enum class VenueKind : std::uint8_t { kBybitSpot, kBybitLinear, kBinanceSpot, kBinanceUsdm };

struct VenueOptions {
  VenueKind kind = VenueKind::kBybitLinear;
  bool is_testnet = false;
  std::string url;          // instead of the venue's own; empty: by is_testnet
  Credentials credentials;  // empty: public calls alone
  HttpOptions http;
};

// The address that is spoken to.
std::string venue_address(const VenueOptions& options);

// `clock` must outlive it. Nothing is sent.
std::shared_ptr<VenueApi> open_venue(VenueOptions options, const Clock& clock);
// The same over a sender that is there already and outlives it; options.http does not count.
std::unique_ptr<VenueApi> open_venue_over(HttpSender& sender, VenueOptions options,
                                          const Clock& clock);

}  // namespace botbox::exchange
