#include "storage/directory.hpp"

#include "storage/codec.hpp"

namespace botbox::storage {
namespace {

Key schema_key() { return meta_key("schema_version"); }
Key installation_key() { return meta_key("installation_id"); }
Key epoch_key() { return meta_key("process_epoch"); }

Result<void> check_schema(std::uint64_t found) {
  if (found <= kSchemaVersion) return {};
  return fail(ErrorCode::kNewerData,
              fmt::format("the data directory has layout version {}, this release knows up to {}",
                          found, kSchemaVersion),
              "meta row schema_version",
              "upgrade botbox to the release that wrote this data directory, or a later one");
}

Result<void> read_history(const Store& store, DirectoryState& state) {
  BOTBOX_ASSIGN(state.last_event, read_number(store, last_event_key()));
  BOTBOX_ASSIGN(const std::uint64_t restored_at, read_number(store, restored_at_key()));
  state.restored_at = Timestamp{static_cast<std::int64_t>(restored_at)};
  return {};
}

}  // namespace

Key last_event_key() { return meta_key("last_event"); }
Key restored_at_key() { return meta_key("restored_at"); }
Key first_event_key() { return meta_key("first_event"); }

void append_event(std::vector<Put>& puts, const DirectoryState& state, const Event& event) {
  append_events(puts, state, {&event, 1});
}

void append_events(std::vector<Put>& puts, const DirectoryState& state,
                   std::span<const Event> events) {
  std::uint64_t number = state.last_event;
  for (const Event& event : events) puts.push_back({event_key(++number), encode(event)});
  puts.push_back({last_event_key(), big_endian(number)});
}

Result<std::uint64_t> read_number(const Store& store, const Key& key) {
  BOTBOX_ASSIGN(const std::optional<std::string> value, store.get(key));
  if (!value) return 0;
  if (value->size() != 8)
    return fail(ErrorCode::kCorruption, fmt::format("a number has 8 bytes, not {}", value->size()),
                fmt::format("{} row {}", to_string(key.kind), key.bytes), "restore a backup");
  return from_big_endian(*value);
}

Result<InstallationId> ensure_installation(Store& store, const InstallationId& candidate) {
  BOTBOX_ASSIGN(std::optional<std::string> id, store.get(installation_key()));
  if (id) return InstallationId{std::move(*id)};
  if (candidate.empty())
    return fail(ErrorCode::kInvalidInput, "a new data directory needs an installation id");
  BOTBOX_TRY(store.write(
      {.sequence = store.last_sequence() + 1,
       .puts = {{schema_key(), big_endian(kSchemaVersion)}, {installation_key(), candidate.value}},
       .deletes = {}}));
  return candidate;
}

Result<DirectoryState> open_directory(Store& store, const InstallationId& candidate) {
  BOTBOX_ASSIGN(const std::uint64_t schema, read_number(store, schema_key()));
  BOTBOX_TRY(check_schema(schema));
  DirectoryState state;
  BOTBOX_ASSIGN(state.installation, ensure_installation(store, candidate));
  BOTBOX_TRY(read_history(store, state));
  BOTBOX_ASSIGN(const std::uint64_t epoch, read_number(store, epoch_key()));
  state.process_epoch = epoch + 1;
  BOTBOX_TRY(store.write({.sequence = store.last_sequence() + 1,
                          .puts = {{schema_key(), big_endian(kSchemaVersion)},
                                   {epoch_key(), big_endian(state.process_epoch)}},
                          .deletes = {}}));
  return state;
}

Result<DirectoryState> read_directory(const Store& store) {
  BOTBOX_ASSIGN(const std::uint64_t schema, read_number(store, schema_key()));
  BOTBOX_TRY(check_schema(schema));
  BOTBOX_ASSIGN(std::optional<std::string> id, store.get(installation_key()));
  if (!id)
    return fail(ErrorCode::kNotFound, "no engine has opened this data directory yet", {},
                "start the engine on it once");
  DirectoryState state{.installation = {std::move(*id)}};
  BOTBOX_TRY(read_history(store, state));
  BOTBOX_ASSIGN(state.process_epoch, read_number(store, epoch_key()));
  return state;
}

}  // namespace botbox::storage
