#include "tests/simulation/disk.hpp"

#include "engine/mutation.hpp"
#include "tests/simulation/plan.hpp"

namespace botbox::simulation {
namespace {

// How many batches an operating system keeps to itself when nobody syncs.
constexpr std::size_t kUnsyncedMost = 64;

}  // namespace

class Disk::LifeStore final : public storage::Store {
 public:
  LifeStore(Disk& disk, const Clock& clock, std::shared_ptr<const Life> life)
      : disk_(disk), clock_(clock), life_(std::move(life)), rows_(disk.medium_) {}

  Result<std::optional<std::string>> get(const storage::Key& key) const override {
    return rows_.get(key);
  }
  Result<void> scan(const storage::ScanRange& range,
                    const storage::RowVisitor& row) const override {
    return rows_.scan(range, row);
  }
  std::uint64_t last_sequence() const override { return rows_.last_sequence(); }

  Result<void> write(const storage::WriteBatch& batch) override {
    if (!life_->alive) return fail(ErrorCode::kIo, "the process is gone", "disk");
    const Timestamp now = clock_.now();
    const storage::WriteFault fault = disk_.draw_fault();
    disk_.medium_->fault = [fault](const storage::WriteBatch&) { return fault; };
    if (fault == storage::WriteFault::kNone && mutation::active(mutation::Kind::kNoSync))
      disk_.remember(batch);
    const Result<void> written = rows_.write(batch);
    disk_.trace_.mix(static_cast<std::uint64_t>(now.ms));
    for (const storage::Put& put : batch.puts) {
      disk_.trace_.mix(put.key.bytes);
      disk_.trace_.mix(put.value);
    }
    ++disk_.writes_;
    if (!written)
      disk_.trace_.note(now, fault == storage::WriteFault::kFailAfter
                                 ? "commit failed, and is durable"
                                 : "commit failed: " + written.error().message);
    if (written || fault == storage::WriteFault::kFailAfter)
      disk_.oracle_.on_acknowledged(now, batch);
    return written;
  }

 private:
  Disk& disk_;
  const Clock& clock_;
  std::shared_ptr<const Life> life_;
  storage::MemoryStore rows_;
};

std::unique_ptr<storage::Store> Disk::open(const Clock& clock, std::shared_ptr<const Life> life) {
  auto store = std::make_unique<LifeStore>(*this, clock, std::move(life));
  oracle_.on_recovered(clock.now(), *store);
  return store;
}

storage::WriteFault Disk::draw_fault() {
  if (!happens(random_, fault_chance_, 10'000)) return storage::WriteFault::kNone;
  return happens(random_, 1, 2) ? storage::WriteFault::kFailBefore
                                : storage::WriteFault::kFailAfter;
}

void Disk::remember(const storage::WriteBatch& batch) {
  Unsynced undo{medium_->sequence, {}};
  const auto keep = [&](const storage::Key& key) {
    const storage::MemoryRows& rows = medium_->rows[key.kind];
    const auto found = rows.find(key.bytes);
    undo.rows.emplace_back(
        key, found == rows.end() ? std::nullopt : std::optional<std::string>(found->second));
  };
  for (const storage::Put& put : batch.puts) keep(put.key);
  for (const storage::Key& key : batch.deletes) keep(key);
  unsynced_.push_back(std::move(undo));
  if (unsynced_.size() > kUnsyncedMost) unsynced_.clear();
}

// What was written in order is lost from the end.
void Disk::crash() {
  if (unsynced_.empty()) return;
  std::size_t lost = draw(random_, unsynced_.size() + 1);
  for (; lost > 0; --lost) {
    const Unsynced& undo = unsynced_.back();
    for (auto row = undo.rows.rbegin(); row != undo.rows.rend(); ++row)
      if (row->second)
        medium_->rows[row->first.kind].insert_or_assign(row->first.bytes, *row->second);
      else
        medium_->rows[row->first.kind].erase(row->first.bytes);
    medium_->sequence = undo.sequence_before;
    unsynced_.pop_back();
  }
  unsynced_.clear();
}

}  // namespace botbox::simulation
