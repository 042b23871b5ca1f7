#include "storage/offline_mode.hpp"

#include <array>

#include "engine/clock.hpp"
#include "storage/backup.hpp"
#include "storage/codec.hpp"
#include "storage/directory.hpp"
#include "storage/rocksdb_store.hpp"

namespace botbox::storage {

Result<EngineState> set_mode_offline(const std::filesystem::path& data, const ModeChange& change) {
  if (!std::filesystem::exists(data / "db" / "CURRENT"))
    return fail(ErrorCode::kNotFound, "no engine has run in this data directory", data.string(),
                "check --data");
  BOTBOX_TRY(refuse_backup(data));
  const ManualClock clock(change.now);
  BOTBOX_ASSIGN(const std::unique_ptr<RocksDbStore> store, RocksDbStore::open(data, clock));
  BOTBOX_ASSIGN(const DirectoryState directory, read_directory(*store));
  BOTBOX_ASSIGN(const std::optional<std::string> row, store->get(engine_state_key()));
  if (!row)
    return fail(ErrorCode::kNotFound, "the first start has not finished here", data.string(),
                "start the engine once");
  BOTBOX_ASSIGN(EngineState state, decode<EngineState>(*row));
  if (state.mode == change.mode) return state;
  const std::string mode(to_string(change.mode));
  const std::array events{
      Event{.at = change.now,
            .kind = "operator.mode",
            .bot = {},
            .subject = {},
            .detail = fmt::format(R"({{"from":"stopped engine","mode":"{}"}})", mode),
            .actor = change.actor},
      Event{
          .at = change.now,
          .kind = "engine.mode",
          .bot = {},
          .subject = mode,
          .detail = fmt::format("was {}; set while the engine was stopped", to_string(state.mode)),
          .actor = change.actor}};
  state.mode = change.mode;
  state.changed_by = change.actor;
  state.changed_at = change.now;
  std::vector<Put> puts{{engine_state_key(), encode(state)}};
  append_events(puts, directory, events);
  BOTBOX_TRY(store->write(
      {.sequence = store->last_sequence() + 1, .puts = std::move(puts), .deletes = {}}));
  return state;
}

}  // namespace botbox::storage
