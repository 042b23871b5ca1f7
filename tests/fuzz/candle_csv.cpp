// Fuzzes the reader of recorded candles. What it takes is in order, on the grid and valid.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/assert.hpp"
#include "exchange/market/csv_market.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace botbox;
  const Timeframe minute = Timeframe::minutes(1);
  std::vector<Candle> candles;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (!exchange::parse_candle_csv("fuzz", text, minute, candles)) return 0;
  for (std::size_t i = 0; i < candles.size(); ++i) {
    ENGINE_ASSERT(validate(candles[i]).has_value());
    ENGINE_ASSERT(minute.floor(candles[i].open_time) == candles[i].open_time);
    ENGINE_ASSERT(i == 0 || candles[i - 1].open_time < candles[i].open_time);
  }
  return 0;
}
