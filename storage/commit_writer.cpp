#include "storage/commit_writer.hpp"

#include <algorithm>
#include <unordered_set>

#include "engine/assert.hpp"
#include "storage/claim.hpp"
#include "storage/codec.hpp"
#include "storage/expiry.hpp"

namespace botbox::storage {
namespace {

struct KeyHash {
  std::size_t operator()(const Key& key) const noexcept {
    return std::hash<std::string>{}(key.bytes) * 31 + static_cast<std::size_t>(key.kind);
  }
};

bool puts_key(const WriteOps& ops, const Key& key) {
  return std::any_of(ops.puts.begin(), ops.puts.end(),
                     [&key](const Put& put) { return put.key == key; });
}

// Counts bytes, and says whether all of them are within the limits.
class SizeCheck {
 public:
  void ops(const WriteOps& ops) {
    for (const Put& put : ops.puts) {
      key(put.key);
      value(put.value.size());
    }
    for (const Key& deleted : ops.deletes) key(deleted);
    for (const std::string& event : ops.events) value(event.size());
  }
  void key(const Key& key) {
    bytes_ += key.bytes.size();
    fits_ = fits_ && key.bytes.size() <= kMaxKeyBytes;
  }
  void value(std::size_t size) {
    bytes_ += size;
    fits_ = fits_ && size <= kMaxValueBytes;
  }
  bool fits() const { return fits_; }
  std::size_t bytes() const { return bytes_; }

 private:
  bool fits_ = true;
  std::size_t bytes_ = 0;
};

SizeCheck measure(const Commit& commit) {
  SizeCheck size;
  size.ops(commit.always);
  for (const Claim& claim : commit.claims) {
    size.key(claim.key);
    size.value(commit.producer.size() + 32);
  }
  size.ops(commit.if_claimed);
  size.ops(commit.if_refused);
  return size;
}

// Joins commits into batches and knows what the claimed keys hold after each of them.
class Group {
 public:
  Group(Store& store, std::uint64_t last_event) : store_(store), last_event_(last_event) {}

  // Which keys claims will ask for: only these are followed, as most commits claim nothing.
  void watch(const Commit& commit) {
    for (const Claim& claim : commit.claims) watched_.try_emplace(claim.key);
  }

  // The index of the first claim that is taken, or none.
  Result<std::optional<std::size_t>> first_taken(const Commit& commit) {
    for (std::size_t i = 0; i < commit.claims.size(); ++i) {
      BOTBOX_ASSIGN(const Row row, look_up(commit.claims[i].key));
      const bool expired = !row.expires_at.is_never() && row.expires_at <= commit.at;
      if (row.present && !expired) return i;
    }
    return std::nullopt;
  }

  void add(const Commit& commit, bool refused) {
    ops(commit.always);
    if (!refused) take(commit);
    ops(refused ? commit.if_refused : commit.if_claimed);
  }

  bool is_full_with(std::size_t more) const { return bytes_ > 0 && bytes_ + more > kMaxBatchBytes; }
  void count(std::size_t bytes) { bytes_ += bytes; }
  std::uint64_t last_event() const { return last_event_; }

  // Writes what has been joined so far; returns its sequence, or the last one when there was
  // nothing.
  Result<std::uint64_t> flush() {
    if (batch_.puts.empty() && deletes_.empty()) return store_.last_sequence();
    if (has_events_) batch_.puts.push_back({last_event_key(), big_endian(last_event_)});
    batch_.deletes.assign(deletes_.begin(), deletes_.end());
    batch_.sequence = store_.last_sequence() + 1;
    BOTBOX_TRY(store_.write(batch_));
    const std::uint64_t sequence = batch_.sequence;
    batch_ = {};
    deletes_.clear();
    has_events_ = false;
    bytes_ = 0;
    return sequence;
  }

 private:
  struct Row {
    bool known = false;
    bool present = false;
    Timestamp expires_at;
  };

  static Result<Row> row_of(const Key& key, std::string_view value) {
    Row row{.known = true, .present = true, .expires_at = {}};
    if (is_expiring(key.kind)) {
      BOTBOX_ASSIGN(const ExpiringValue parts, strip_expiry(value));
      row.expires_at = parts.expires_at;
    }
    return row;
  }

  // Absence is always asked of the store. A cache of known claims would spare only refusals, which
  // are rare; the common answer, "absent", comes from RocksDB's memtable and file bloom filters.
  Result<Row> look_up(const Key& key) {
    Row& row = watched_.at(key);
    if (row.known) return row;
    BOTBOX_ASSIGN(const std::optional<std::string> value, store_.get(key));
    if (value) {
      BOTBOX_ASSIGN(row, row_of(key, *value));
    }
    row.known = true;
    return row;
  }

  void take(const Commit& commit) {
    for (const Claim& claim : commit.claims) {
      if (puts_key(commit.if_claimed, claim.key)) continue;
      ENGINE_ASSERT(claim.key.kind == Kind::kDedup || claim.key.kind == Kind::kPendingSlot);
      const std::string row = encode(ClaimRow{commit.at, commit.producer});
      put({claim.key, encode_expiring(row, claim.expires_at)});
    }
  }

  void ops(const WriteOps& ops) {
    for (const Put& one : ops.puts) put(one);
    for (const Key& key : ops.deletes) {
      deletes_.insert(key);
      if (const auto found = watched_.find(key); found != watched_.end())
        found->second = Row{.known = true, .present = false, .expires_at = {}};
    }
    for (const std::string& event : ops.events) {
      batch_.puts.push_back({event_key(++last_event_), event});
      has_events_ = true;
    }
  }

  // A batch applies its deletes after its puts, so a key that is put again leaves the deletes.
  void put(Put one) {
    if (!deletes_.empty()) deletes_.erase(one.key);
    if (!watched_.empty()) {
      const auto found = watched_.find(one.key);
      // A put that is too short for its expiry counts as present for ever: refusing is the safe
      // side.
      if (found != watched_.end())
        found->second = row_of(one.key, one.value).value_or(Row{true, true, {}});
    }
    batch_.puts.push_back(std::move(one));
  }

  Store& store_;
  std::uint64_t last_event_;
  WriteBatch batch_;
  std::unordered_set<Key, KeyHash> deletes_;
  std::unordered_map<Key, Row, KeyHash> watched_;
  std::size_t bytes_ = 0;
  bool has_events_ = false;
};

}  // namespace

CommitWriter::CommitWriter(Store& store, const DirectoryState& directory)
    : store_(store), process_epoch_(directory.process_epoch), last_event_(directory.last_event) {}

bool CommitWriter::is_fenced(const Commit& commit, const Life* life) const {
  if (commit.epoch.process != process_epoch_) return true;
  if (life == nullptr || commit.epoch.activation > life->activation) return false;
  return commit.epoch.activation < life->activation || commit.turn <= life->turn;
}

void CommitWriter::fence(const std::string& producer, Epoch epoch) {
  Life& life = lives_[producer];
  if (epoch.activation > life.activation) life = {epoch.activation, 0};
}

Result<std::vector<CommitResult>> CommitWriter::write(
    std::span<const std::shared_ptr<const Commit>> commits) {
  std::vector<CommitResult> results(commits.size());
  Group group(store_, last_event_);
  for (const auto& commit : commits) group.watch(*commit);

  std::size_t first_unwritten = 0;
  const auto flush = [&](std::size_t end) -> Result<void> {
    BOTBOX_ASSIGN(const std::uint64_t sequence, group.flush());
    for (; first_unwritten < end; ++first_unwritten) {
      CommitResult& result = results[first_unwritten];
      if (result.outcome == CommitOutcome::kCommitted ||
          result.outcome == CommitOutcome::kClaimRefused)
        result.sequence = sequence;
    }
    return {};
  };

  for (std::size_t i = 0; i < commits.size(); ++i) {
    const Commit& commit = *commits[i];
    CommitResult& result = results[i];
    const SizeCheck size = measure(commit);
    const auto known = lives_.find(commit.producer);
    if (is_fenced(commit, known == lives_.end() ? nullptr : &known->second)) {
      result.outcome = CommitOutcome::kFenced;
      continue;
    }
    if (!size.fits()) {
      result.outcome = CommitOutcome::kTooLarge;
      continue;
    }
    if (group.is_full_with(size.bytes())) BOTBOX_TRY(flush(i));
    BOTBOX_ASSIGN(const std::optional<std::size_t> taken, group.first_taken(commit));
    if (taken) {
      result.outcome = CommitOutcome::kClaimRefused;
      result.refused_claim = *taken;
    }
    group.add(commit, taken.has_value());
    group.count(size.bytes());
    const Life life{commit.epoch.activation, commit.turn};
    if (known != lives_.end())
      known->second = life;
    else
      lives_.emplace(commit.producer, life);
  }
  BOTBOX_TRY(flush(commits.size()));
  last_event_ = group.last_event();
  return results;
}

}  // namespace botbox::storage
