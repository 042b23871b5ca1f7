// Fuzzes everything that reads a reply of Bybit. The first byte says which reader (A and on: spot,
// a and on: linear), the rest is the reply; readers answer with a value or an error, whatever
// comes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/assert.hpp"
#include "exchange/bybit/bybit_codec.hpp"

namespace {

using namespace botbox;
using namespace botbox::exchange;

void read_public(int which, MarketType market, std::string_view body) {
  switch (which) {
    case 0: (void)bybit::parse_head(body); break;
    case 1: (void)bybit::parse_server_time(body); break;
    case 2: {
      const auto page = bybit::parse_instruments(market, body);
      if (!page) break;
      for (const Instrument& listed : page->items)
        ENGINE_ASSERT(listed.tick.is_positive() && listed.lot.is_positive());
      break;
    }
    case 3: {
      const auto candles = bybit::parse_candles(body);
      for (std::size_t i = 1; candles && i < candles->size(); ++i)
        ENGINE_ASSERT((*candles)[i - 1].open_time <= (*candles)[i].open_time);
      break;
    }
    default: (void)bybit::parse_ticker(market, body); break;
  }
}

void read_private(int which, MarketType market, std::string_view body) {
  switch (which) {
    case 5: (void)bybit::parse_balances(body); break;
    case 6: (void)bybit::parse_positions(body); break;
    case 7: (void)bybit::parse_orders(market, body); break;
    case 8: {
      const auto page = bybit::parse_executions(market, body);
      for (std::size_t i = 1; page && i < page->items.size(); ++i)
        ENGINE_ASSERT(page->items[i - 1].at <= page->items[i].at);
      break;
    }
    case 9: (void)bybit::parse_acknowledgement(body); break;
    case 10: (void)bybit::parse_api_key(market, body); break;
    case 11: (void)bybit::parse_account_settings(body); break;
    case 12: (void)bybit::parse_position_mode(body); break;
    case 13: (void)bybit::parse_reasons(body); break;
    case 14: (void)bybit::parse_funding(body); break;
    default: (void)bybit::parse_funding_times(body); break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool linear = data[0] >= 'a';
  const int which = (data[0] + 256 - (linear ? 'a' : 'A')) % 16;
  const MarketType market = linear ? MarketType::kLinear : MarketType::kSpot;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  which < 5 ? read_public(which, market, body) : read_private(which, market, body);
  return 0;
}
