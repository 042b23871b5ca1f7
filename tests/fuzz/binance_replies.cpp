// Fuzzes everything that reads a reply of Binance, spot and USD-M. The first byte says which
// reader, the rest is the reply; readers answer with a value or an error, whatever comes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/assert.hpp"
#include "exchange/binance/binance_codec.hpp"
#include "exchange/binance/binance_errors.hpp"

namespace {

using namespace botbox;
using namespace botbox::exchange;
namespace codec = botbox::exchange::binance_codec;

void read_facts(int which, MarketType market, std::string_view json) {
  switch (which) {
    case 0: (void)codec::parse_refusal(json); break;
    case 1: (void)codec::parse_acknowledgement(json); break;
    case 2: (void)codec::parse_server_time(json); break;
    case 3: {
      const auto listed = codec::parse_instruments(json, market);
      if (!listed) break;
      for (const Instrument& each : *listed)
        ENGINE_ASSERT(each.tick.is_positive() && each.lot.is_positive());
      break;
    }
    case 4: (void)codec::parse_candles(json); break;
    case 5: (void)codec::parse_ticker(json, market); break;
    case 6: (void)codec::parse_spot_balances(json); break;
    case 7: (void)codec::parse_usdm_balances(json); break;
    case 8: (void)codec::parse_positions(json); break;
    case 9: (void)codec::parse_spot_account(json); break;
    case 10: (void)codec::parse_key_restrictions(json, market); break;
    default: (void)codec::parse_usdm_account(json); break;
  }
}

void read_orders(int which, MarketType market, std::string_view json) {
  switch (which) {
    case 12: (void)codec::parse_order(json, market); break;
    case 13: (void)codec::parse_orders(json, market); break;
    case 14: {
      const auto reports = codec::parse_order_reports(json);
      ENGINE_ASSERT(!reports || !reports->empty());
      break;
    }
    case 15: {
      const auto executions = codec::parse_executions(json, market);
      for (std::size_t i = 1; executions && i < executions->size(); ++i)
        ENGINE_ASSERT((*executions)[i - 1].at <= (*executions)[i].at);
      break;
    }
    case 16: (void)codec::parse_algo_order(json); break;
    case 17: (void)codec::parse_algo_orders(json); break;
    case 18: (void)codec::parse_algo_cancelled(json); break;
    case 19: (void)banned_until(json); break;
    case 20: (void)codec::parse_funding(json); break;
    default: (void)codec::parse_funding_times(json); break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool linear = data[0] >= 'a';
  const int which = (data[0] + 256 - (linear ? 'a' : 'A')) % 22;
  const MarketType market = linear ? MarketType::kLinear : MarketType::kSpot;
  const std::string_view json(reinterpret_cast<const char*>(data) + 1, size - 1);
  which < 12 ? read_facts(which, market, json) : read_orders(which, market, json);
  return 0;
}
