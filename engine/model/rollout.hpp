// RolloutCaps: how far trading is let out while it is new. They hold for entries; whatever ends a
// position passes.
#pragma once

#include <cstdint>

#include "engine/model/money.hpp"

namespace botbox {

struct RolloutCaps {
  // So many bots may hold positions, or have entries under way, at a time; UINT32_MAX: all.
  std::uint32_t live_bots = UINT32_MAX;
  // A single entry costs at most this, in quote currency; zero: as much as its bot's plan says.
  Notional order;

  bool are_set() const { return live_bots != UINT32_MAX || order.is_positive(); }
  bool operator==(const RolloutCaps&) const = default;
};

}  // namespace botbox
