// A drill: days of trading in minutes, for tests that kill programs and for trying a fleet out.
// Engine and paper exchange run on a clock that is `time_scale` times as fast as the wall clock;
// both are told the same scale and origin, so that they agree, and go on where they were after a
// restart.
//
// Only with paper exchanges and with simulated venues on this machine (botbox-exchange): a real one
// lives in real time, and would be asked too often.
#pragma once

#include <cstdint>

namespace botbox::cli {

constexpr std::uint32_t kTimeScaleMax = 1'000;

struct DrillOptions {
  std::uint32_t time_scale = 1;     // 1: no drill
  std::int64_t time_origin_ms = 0;  // since the epoch; when the drill's time equals real time

  bool is_on() const { return time_scale != 1; }
};

// Registers the options with a CLI::App. A template, so that only the programs know CLI11.
template <class App>
void add_drill_options(App& app, DrillOptions& drill) {
  app.add_option(
         "--time-scale", drill.time_scale,
         "Drill: time runs this many times faster; paper exchanges and simulated venues only")
      ->group("Drill");
  app.add_option("--time-origin", drill.time_origin_ms,
                 "Drill: epoch milliseconds at which its time equals real time")
      ->group("Drill");
}

}  // namespace botbox::cli
