// Where the recorded candles are that stay outside of this repository.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace botbox::testing {

// Of five minutes over seven months: 2020-12-01 to 2021-07-17.
inline constexpr const char* kSevenMonths = "binance-spot_BTCUSDT_5m_2020-12_2021-07.csv";

// The folder of candle files in BOTBOX_SHARED, else beside this repository; it may not be there.
inline std::filesystem::path recorded_candles() {
  const char* given = std::getenv("BOTBOX_SHARED");
  const std::filesystem::path shared =
      given != nullptr ? given : std::filesystem::path(BOTBOX_SOURCE_DIR) / "../shared";
  return shared / "candles";
}

}  // namespace botbox::testing
