// What an operator wants of the configuration, and the plan that whoever reads configurations makes
// of it. The actors know no files and no TOML.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "actors/fleet_change.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::actors {

struct FleetWish {
  enum class What : std::uint8_t { kReload, kCreate, kUpdate };
  What what = What::kReload;
  BotId bot;         // kUpdate
  std::string toml;  // one [[bot]]; or
  std::string json;  // the same as an object
  std::string by;
  Timestamp at;
};

struct FleetDraft {
  FleetPlan plan;
  BotId bot;                       // the one that is created or updated; empty: reload
  std::vector<std::string> now;    // settings beside the bots that take effect with the plan
  std::vector<std::string> later;  // those that take effect at the next start
  std::function<void()> adopt;     // called once the plan is durable, on any thread; not null
};

// Checks everything, changes nothing. Blocks its caller while files are read. kInvalidInput: what
// is wrong, every problem on a line of its own; kNotFound, kAlreadyExists: the bot.
using FleetDrafter = std::function<Result<FleetDraft>(const FleetWish&)>;

}  // namespace botbox::actors
