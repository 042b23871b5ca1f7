// What an operator is told of the engine that does not change while it runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/model/time.hpp"
#include "engine/result.hpp"
#include "engine/strategy/strategy.hpp"

namespace botbox::actors {

struct EngineIdentity {
  std::string name;
  std::string version;
  std::string exchange;
  bool is_paper = false;
  double linear_leverage = 1;         // that the exchange gives to entries of linear bots
  std::string margin_mode = "cross";  // of linear bots, as the configuration sets it; else cross
  Timestamp started_at;
  std::uint64_t process = 0;                 // of this data directory
  std::function<std::string()> config_toml;  // that is in force, secrets masked; null: unknown
  std::string live_forbidden;  // why live trading cannot be switched on; empty: it can
  // Null, also its answer: charts show no indicators.
  std::function<std::shared_ptr<const Strategy>(const StrategyId&)> strategy;
  std::function<Result<std::uint64_t>()> disk_free;  // bytes; null: unknown
  std::function<std::uint64_t()> memory_bytes;       // of this process; null: unknown
};

}  // namespace botbox::actors
