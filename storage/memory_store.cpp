#include "storage/memory_store.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <string_view>

#include "storage/row_key.hpp"

namespace botbox::storage {
namespace {

// The first part of a key of several: rows of one bot, for most kinds. Keys of one part are as many
// as rows, so all of a kind are one run.
std::string_view run_of(std::string_view key) {
  const std::size_t end = key.find('\0');
  return key.substr(0, end == std::string_view::npos ? 0 : end);
}

}  // namespace

MemoryStore::MemoryStore(std::shared_ptr<MemoryMedium> medium) : medium_(std::move(medium)) {
  for (const WriteBatch& batch : medium_->unseen) apply(batch);
  medium_->unseen.clear();
}

void MemoryStore::apply(const WriteBatch& batch) {
  for (const Put& written : batch.puts) put(written.key, written.value);
  for (const Key& key : batch.deletes) erase(key);
  medium_->sequence = batch.sequence;
}

void MemoryStore::put(const Key& key, const std::string& value) {
  MemoryRows& rows = medium_->rows[key.kind];
  const int order = rows.empty() ? 1 : key.bytes.compare(rows.rbegin()->first);
  if (order > 0)
    rows.emplace_hint(rows.end(), key.bytes, value);
  else if (order == 0)
    rows.rbegin()->second = value;
  else
    put_among(rows, key, value);
}

void MemoryStore::put_among(MemoryRows& rows, const Key& key, const std::string& value) {
  auto& newest = newest_[key.kind];
  const std::string_view run = run_of(key.bytes);
  const auto known = newest.find(run);
  if (known == newest.end()) {
    newest.emplace(run, rows.insert_or_assign(key.bytes, value).first);
    return;
  }
  const bool is_behind = key.bytes > known->second->first;
  known->second =
      rows.insert_or_assign(is_behind ? std::next(known->second) : known->second, key.bytes, value);
}

void MemoryStore::erase(const Key& key) {
  MemoryRows& rows = medium_->rows[key.kind];
  const auto found = rows.find(key.bytes);
  if (found == rows.end()) return;
  auto& newest = newest_[key.kind];
  const auto known = newest.find(run_of(key.bytes));
  if (known != newest.end() && known->second == found) newest.erase(known);
  rows.erase(found);
}

Result<std::optional<std::string>> MemoryStore::get(const Key& key) const {
  const std::shared_lock lock(mutex_);
  const auto rows = medium_->rows.find(key.kind);
  if (rows == medium_->rows.end()) return std::nullopt;
  const auto found = rows->second.find(key.bytes);
  if (found == rows->second.end()) return std::nullopt;
  return found->second;
}

std::vector<std::pair<std::string, std::string>> MemoryStore::next_of(const Stretch& stretch,
                                                                      std::size_t count) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::pair<std::string, std::string>> found;
  const auto kind = medium_->rows.find(stretch.kind);
  if (kind == medium_->rows.end()) return found;
  const MemoryRows& rows = kind->second;
  auto first = rows.lower_bound(stretch.lower);
  auto last = stretch.upper ? rows.lower_bound(*stretch.upper) : rows.end();
  if (stretch.reverse) {
    while (first != last && found.size() < count) found.emplace_back(*--last);
  } else {
    while (first != last && found.size() < count) found.emplace_back(*first++);
  }
  return found;
}

Result<void> MemoryStore::scan(const ScanRange& range, const RowVisitor& row) const {
  constexpr std::size_t kStretch = 256;
  const RowBounds bounds = row_bounds(range);
  if (bounds.lower >= bounds.upper) return {};
  Stretch stretch{range.kind, bounds.lower.substr(kKindBytes), {}, range.reverse};
  if (bounds.upper.compare(0, kKindBytes, bounds.lower, 0, kKindBytes) == 0)
    stretch.upper = bounds.upper.substr(kKindBytes);
  std::size_t left = range.limit;
  while (left > 0) {
    const std::size_t count = std::min(left, kStretch);
    const auto rows = next_of(stretch, count);
    for (const auto& [key, value] : rows)
      if (!row(key, value)) return {};
    if (rows.size() < count) return {};
    left -= count;
    if (range.reverse)
      stretch.upper = rows.back().first;
    else
      stretch.lower = rows.back().first + '\0';
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
