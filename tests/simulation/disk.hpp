// Disk: what outlives the process, and the store that one life of the engine has on it.
//
// A write may fail before it is durable, or after: the engine gets the same error for both and must
// not guess. A crash leaves exactly what was synced; as every acknowledged write is synced, that is
// everything acknowledged, unless the mutation kNoSync is active.
#pragma once

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/clock.hpp"
#include "storage/memory_store.hpp"
#include "tests/simulation/oracle.hpp"

namespace botbox::simulation {

// One process. When it is not alive any more nothing of it reaches disk, exchange or oracle,
// whatever its dying actors still do.
struct Life {
  bool alive = true;
};

class Disk {
 public:
  Disk(Oracle& oracle, Trace& trace, std::mt19937_64& random)
      : oracle_(oracle), trace_(trace), random_(random) {}

  // Of 10,000 batches so many fail.
  void set_fault_chance(std::uint32_t chance) { fault_chance_ = chance; }
  // A store for this life. Clock and life outlive it.
  std::unique_ptr<storage::Store> open(const Clock& clock, std::shared_ptr<const Life> life);
  // The process is gone.
  void crash();
  std::uint64_t writes() const { return writes_; }

 private:
  class LifeStore;
  // What a batch replaced, to undo it.
  struct Unsynced {
    std::uint64_t sequence_before;
    std::vector<std::pair<storage::Key, std::optional<std::string>>> rows;
  };

  storage::WriteFault draw_fault();
  void remember(const storage::WriteBatch& batch);

  Oracle& oracle_;
  Trace& trace_;
  std::mt19937_64& random_;
  std::shared_ptr<storage::MemoryMedium> medium_ = std::make_shared<storage::MemoryMedium>();
  std::vector<Unsynced> unsynced_;
  std::uint32_t fault_chance_ = 0;
  std::uint64_t writes_ = 0;
};

}  // namespace botbox::simulation
