// ClaimRow: the value of a row that says "this has happened". Stored behind its expiry
// (storage/expiry.hpp) under Kind::kDedup or Kind::kPendingSlot.
#pragma once

#include <string>

#include "engine/model/time.hpp"

namespace botbox::storage {

struct ClaimRow {
  Timestamp claimed_at;
  std::string owner;  // the producer whose commit took it

  bool operator==(const ClaimRow&) const = default;
};

}  // namespace botbox::storage
