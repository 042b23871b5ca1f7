// What a data directory knows about itself, in rows of Kind::kMeta: layout version, installation
// id, process epoch, the newest event's number, when it was restored from a backup.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/model/event.hpp"
#include "engine/model/ids.hpp"
#include "storage/store.hpp"

namespace botbox::storage {

// The layout of keys and kinds (records have versions of their own). Raise it only for changes that
// an older release would misread.
constexpr std::uint64_t kSchemaVersion = 1;

struct DirectoryState {
  InstallationId installation;
  std::uint64_t process_epoch = 0;  // of this open: one above all before it
  std::uint64_t last_event = 0;     // number of the newest event; 0: none yet
  Timestamp restored_at = {};       // from a backup, the newest time; "never"
};

// To be called once per open, before any other write. When it returns, the new process epoch is
// durable; `candidate` is kept as installation id when the directory has none.
// Errors: kNewerData (written by a newer layout; nothing is changed), those of the store.
Result<DirectoryState> open_directory(Store& store, const InstallationId& candidate);

// The same facts without a write, for tools that only look. kNotFound: never opened.
Result<DirectoryState> read_directory(const Store& store);

// The installation id, made from `candidate` when there is none yet.
Result<InstallationId> ensure_installation(Store& store, const InstallationId& candidate);

// The rows of one more event, or of several, for whoever writes without a CommitWriter. Once per
// batch.
void append_event(std::vector<Put>& puts, const DirectoryState& state, const Event& event);
void append_events(std::vector<Put>& puts, const DirectoryState& state,
                   std::span<const Event> events);

// Rows of numbers.
Key last_event_key();
Key restored_at_key();  // milliseconds; absent: never
// From this event on all are there; of those before it some were dropped for their age. Absent: all
// of them are.
Key first_event_key();
Result<std::uint64_t> read_number(const Store& store, const Key& key);  // absent: 0

}  // namespace botbox::storage
