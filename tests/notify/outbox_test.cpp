// How far a target of notifications was told, as it is stored.
#include "storage/outbox.hpp"

#include <doctest/doctest.h>

#include "storage/memory_store.hpp"

namespace botbox::storage {

TEST_CASE("an outbox row reads as it was written, has lasting bytes, and a cut one is refused") {
  const OutboxRow row{.next_event = 300,
                      .next_update = -5,
                      .delivered = 7,
                      .left_out = 1,
                      .changed_at = {1'704'067'200'000},
                      .untold = 3};
  const std::string bytes = encode_outbox(row);
  CHECK(bytes.substr(0, 6) == std::string("\x02\xAC\x02\x09\x07\x01", 6));
  CHECK(*decode_outbox(bytes) == row);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(decode_outbox(bytes.substr(0, size)).has_value());
  CHECK_FALSE(decode_outbox("\x03" + bytes.substr(1)).has_value());
}

TEST_CASE("a row from before counts were kept has none to tell") {
  const OutboxRow row{.next_event = 300, .delivered = 7, .left_out = 2};
  const std::string bytes = encode_outbox(row);
  const std::string old = "\x01" + bytes.substr(1, bytes.size() - 2);
  const Result<OutboxRow> read = decode_outbox(old);
  REQUIRE(read.has_value());
  CHECK(*read == row);
}

TEST_CASE("a target that was never told has no row") {
  MemoryStore store;
  CHECK_FALSE(find_outbox(store, "telegram/1")->has_value());
  WriteBatch batch{.sequence = 1, .puts = {}, .deletes = {}};
  batch.puts.push_back({outbox_key("telegram/1"), encode_outbox({.next_event = 4})});
  REQUIRE(store.write(batch).has_value());
  CHECK((*find_outbox(store, "telegram/1"))->next_event == 4);
  CHECK_FALSE(find_outbox(store, "telegram/12")->has_value());
}

}  // namespace botbox::storage
