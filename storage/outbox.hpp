// OutboxRow: how far one target of notifications has been told of the event log. The log is what is
// still to be sent: a row moves on only when what lies before it was delivered, so after a crash
// nothing is lost, and what was delivered just before it may come again, under the same id.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/time.hpp"
#include "engine/result.hpp"
#include "storage/keys.hpp"
#include "storage/store.hpp"

namespace botbox::storage {

struct OutboxRow {
  std::uint64_t next_event = 1;  // number of the first event that was not told yet
  std::int64_t next_update = 0;  // of a chat service: first update that was not taken in yet
  std::uint64_t delivered = 0;   // messages
  std::uint64_t left_out = 0;    // events that were too old, or too many, to be told
  Timestamp changed_at;
  std::uint64_t untold = 0;  // of those left out: no delivered message has said so yet

  bool operator==(const OutboxRow&) const = default;
};

Key outbox_key(std::string_view target);
std::string encode_outbox(const OutboxRow& row);
Result<OutboxRow> decode_outbox(std::string_view bytes);
Result<std::optional<OutboxRow>> find_outbox(const Store& store, std::string_view target);

}  // namespace botbox::storage
