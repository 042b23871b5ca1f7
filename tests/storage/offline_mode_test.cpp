#include "storage/offline_mode.hpp"

#include <doctest/doctest.h>

#include "storage/codec.hpp"
#include "storage/directory.hpp"
#include "storage/reader.hpp"
#include "tests/storage/support.hpp"

namespace botbox::storage::test {

TEST_CASE("a switch of a stopped engine is on record as an operator's, with who and when") {
  const TemporaryDirectory place;
  const ManualClock clock(kStart);
  EngineState before;
  before.mode = EngineMode::kReducing;
  {
    const auto store = must(RocksDbStore::open(place.path(), clock));
    must(open_directory(*store, {"installation-1"}));
    write_next(*store, {{engine_state_key(), encode(before)}});
  }
  const ModeChange change{
      .mode = EngineMode::kHalted, .actor = "cli:alice", .now = kStart + Duration{7}};
  CHECK(must(set_mode_offline(place.path(), change)).mode == EngineMode::kHalted);
  // It is that already.
  must(set_mode_offline(place.path(), change));
  const auto store = must(RocksDbStore::open_secondary(place.path()));
  const std::vector<Event> events = must(load_events(*store, 1, 100));
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == "operator.mode");
  CHECK(events[0].detail == R"({"from":"stopped engine","mode":"HALTED"})");
  CHECK(events[1].kind == "engine.mode");
  CHECK(events[1].subject == "HALTED");
  CHECK(events[1].detail == "was REDUCING; set while the engine was stopped");
  for (const Event& event : events) {
    CHECK(event.actor == "cli:alice");
    CHECK(event.at == kStart + Duration{7});
  }
  CHECK(must(read_directory(*store)).last_event == 2);
}

}  // namespace botbox::storage::test
