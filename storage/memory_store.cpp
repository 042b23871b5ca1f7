#include "storage/memory_store.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <string_view>

#include "storage/row_key.hpp"

namespace botbox::storage {
namespace {

// The kind and, of a key of several parts, the first: rows of one bot, for most kinds. Keys of one
// part are as many as rows, so all of a kind are one run.
std::string_view run_of(std::string_view row) {
  const std::size_t end = row.find('\0', kKindBytes);
  return row.substr(0, end == std::string_view::npos ? kKindBytes : end);
}

}  // namespace

MemoryStore::MemoryStore(std::shared_ptr<MemoryMedium> medium) : medium_(std::move(medium)) {
  for (const WriteBatch& batch : medium_->unseen) apply(batch);
  medium_->unseen.clear();
}

void MemoryStore::apply(const WriteBatch& batch) {
  for (const Put& written : batch.puts) put(row_key(written.key), written.value);
  for (const Key& key : batch.deletes) erase(row_key(key));
  medium_->sequence = batch.sequence;
}

void MemoryStore::put(std::string row, const std::string& value) {
  const auto known = newest_.find(run_of(row));
  if (known == newest_.end()) {
    std::string run(run_of(row));
    newest_.emplace(std::move(run), medium_->rows.insert_or_assign(std::move(row), value).first);
    return;
  }
  const Rows::iterator after = std::next(known->second);
  const Rows::iterator hint = row > known->second->first ? after : known->second;
  known->second = medium_->rows.insert_or_assign(hint, std::move(row), value);
}

void MemoryStore::erase(const std::string& row) {
  const auto found = medium_->rows.find(row);
  if (found == medium_->rows.end()) return;
  const auto known = newest_.find(run_of(row));
  if (known != newest_.end() && known->second == found) newest_.erase(known);
  medium_->rows.erase(found);
}

Result<std::optional<std::string>> MemoryStore::get(const Key& key) const {
  const std::shared_lock lock(mutex_);
  const auto found = medium_->rows.find(row_key(key));
  if (found == medium_->rows.end()) return std::nullopt;
  return found->second;
}

std::vector<std::pair<std::string, std::string>> MemoryStore::stretch(const std::string& lower,
                                                                      const std::string& upper,
                                                                      bool reverse,
                                                                      std::size_t count) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::pair<std::string, std::string>> rows;
  auto first = medium_->rows.lower_bound(lower);
  auto last = medium_->rows.lower_bound(upper);
  if (reverse) {
    while (first != last && rows.size() < count) rows.emplace_back(*--last);
  } else {
    while (first != last && rows.size() < count) rows.emplace_back(*first++);
  }
  return rows;
}

Result<void> MemoryStore::scan(const ScanRange& range, const RowVisitor& row) const {
  constexpr std::size_t kStretch = 256;
  RowBounds bounds = row_bounds(range);
  std::size_t left = range.limit;
  while (left > 0 && bounds.lower < bounds.upper) {
    const std::size_t count = std::min(left, kStretch);
    const auto rows = stretch(bounds.lower, bounds.upper, range.reverse, count);
    for (const auto& [key, value] : rows)
      if (!row(std::string_view(key).substr(kKindBytes), value)) return {};
    if (rows.size() < count) return {};
    left -= count;
    if (range.reverse)
      bounds.upper = rows.back().first;
    else
      bounds.lower = rows.back().first + '\0';
  }
  return {};
}

Result<void> MemoryStore::write(const WriteBatch& batch) {
  const std::unique_lock lock(mutex_);
  if (failed_)
    return fail(ErrorCode::kIo, "an earlier write failed; nothing more is written", "memory store",
                "open the medium anew");
  if (batch.sequence != medium_->sequence + 1)
    return fail(ErrorCode::kInvalidInput,
                fmt::format("batch {} does not follow batch {}", batch.sequence, medium_->sequence),
                "memory store");
  const WriteFault fault = medium_->fault ? medium_->fault(batch) : WriteFault::kNone;
  if (fault == WriteFault::kNone) {
    apply(batch);
    return {};
  }
  failed_ = true;
  if (fault == WriteFault::kFailAfter) medium_->unseen.push_back(batch);
  return fail(ErrorCode::kIo, fmt::format("write of batch {} failed", batch.sequence),
              "memory store", "open the medium anew; the batch may be there");
}

std::uint64_t MemoryStore::last_sequence() const {
  const std::shared_lock lock(mutex_);
  return medium_->sequence;
}

}  // namespace botbox::storage
