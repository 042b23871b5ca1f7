#include "storage/backup.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "storage/codec.hpp"
#include "storage/directory.hpp"
#include "storage/directory_lock.hpp"
#include "storage/durable_path.hpp"
#include "storage/reader.hpp"
#include "storage/rocksdb_import.hpp"
#include "storage/watermark.hpp"

namespace botbox::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifest = "BACKUP";
constexpr int kManifestFormat = 1;
constexpr std::uint64_t kProgressEvery = 10'000;

tl::unexpected<Error> disk_error(std::string_view doing, const fs::path& place,
                                 std::string_view what) {
  return fail(ErrorCode::kIo, fmt::format("cannot {}: {}", doing, what), place.string(),
              "check the disk and the rights on it");
}

Result<void> rename_durably(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return disk_error("rename it to " + to.string(), from, error.message());
  return make_durable(to.parent_path().empty() ? fs::path(".") : to.parent_path());
}

// Without a separator at its end, so that siblings can be named after it.
fs::path tidy(const fs::path& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

fs::path sibling(const fs::path& path, std::string_view suffix) {
  return path.parent_path() / (path.filename().string() + std::string(suffix));
}

bool is_missing_or_empty(const fs::path& path) {
  std::error_code error;
  return !fs::exists(path, error) || (fs::is_directory(path, error) && fs::is_empty(path, error));
}

Result<void> remove_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return disk_error("remove it", path, error.message());
  return {};
}

Result<void> write_manifest(const fs::path& directory, const BackupFacts& facts) {
  const nlohmann::ordered_json manifest{{"format", kManifestFormat},
                                        {"sequence", facts.sequence},
                                        {"installation", facts.installation.value},
                                        {"process_epoch", facts.process_epoch},
                                        {"made_at_ms", facts.made_at.ms}};
  const fs::path file = directory / kManifest;
  {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << manifest.dump(2) << '\n';
    out.flush();
    if (!out) return disk_error("write it", file, std::strerror(errno));
  }
  BOTBOX_TRY(make_durable(file));
  return make_durable(directory);
}

// Gives a finished directory its name; an empty one in its place goes.
Result<void> publish(const fs::path& partial, const fs::path& to) {
  std::error_code ignored;
  fs::remove(to, ignored);
  return rename_durably(partial, to);
}

// Puts a finished directory in the place of the one at `target`, which goes to `aside`. At no
// moment is there none: an engine that is started meanwhile would begin anew, without records.
Result<void> put_in_place(const fs::path& finished, const fs::path& target, const fs::path& aside) {
  BOTBOX_TRY(rename_durably(finished, aside));
  if (::renameat2(AT_FDCWD, aside.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0)
    return make_durable(target.parent_path());
  // A file system that cannot do it in one step.
  BOTBOX_TRY(rename_durably(aside, finished));
  BOTBOX_TRY(rename_durably(target, aside));
  return rename_durably(finished, target);
}

Result<void> copy_rows(const Store& from, RowImport& to, const CopyOptions& options) {
  std::uint64_t rows = 0;
  for (const Kind kind : kAllKinds) {
    std::optional<Error> problem;
    BOTBOX_TRY(from.scan({.kind = kind, .prefix = {}, .from = {}},
                         [&](std::string_view key, std::string_view value) {
                           const Result<void> added = to.add(kind, key, value);
                           if (!added) problem = added.error();
                           if (++rows % kProgressEvery == 0 && options.progress)
                             options.progress(rows);
                           return added.has_value();
                         }));
    if (problem) return tl::unexpected<Error>(std::move(*problem));
  }
  return {};
}

// The process epoch of a directory. A damaged one is what restores are for: what cannot be read
// counts as nothing.
std::uint64_t epoch_reached(const fs::path& data) {
  const auto store = RocksDbStore::open_secondary(data);
  if (!store) return 0;
  const auto state = read_directory(**store);
  return state ? state->process_epoch : 0;
}

Result<void> copy_files(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to / "db", error);
  if (error) return disk_error("make a directory", to, error.message());
  for (const fs::directory_entry& entry : fs::directory_iterator(from / "db", error)) {
    if (!entry.is_regular_file() || entry.path().filename() == "LOCK") continue;
    const fs::path target = to / "db" / entry.path().filename();
    fs::copy_file(entry.path(), target, error);
    if (error) return disk_error("copy it", entry.path(), error.message());
    BOTBOX_TRY(make_durable(target));
  }
  if (!error) fs::copy_file(from / "watermark", to / "watermark", error);
  if (error) return disk_error("copy it", from, error.message());
  BOTBOX_TRY(make_durable(to / "watermark"));
  BOTBOX_TRY(make_durable(to / "db"));
  return make_durable(to);
}

struct Deed {
  std::string_view kind;
  std::string detail;
};

// Leaves a directory that is behind its exchange to the next engine.
Result<std::uint64_t> leave_behind(RocksDbStore& store, std::uint64_t past_epoch, const Deed& deed,
                                   const Event& why) {
  BOTBOX_ASSIGN(const DirectoryState state, read_directory(store));
  const std::uint64_t epoch = std::max(state.process_epoch, past_epoch) + 1;
  EngineState switches{.mode = EngineMode::kReducing,
                       .live_trading = false,
                       .changed_by = why.actor,
                       .changed_at = why.at,
                       .rollout = {},
                       .reconcile_first = true};
  BOTBOX_ASSIGN(const std::optional<std::string> before, store.get(engine_state_key()));
  if (before) {
    BOTBOX_ASSIGN(const EngineState old, decode<EngineState>(*before));
    switches.live_trading = old.live_trading;
    switches.rollout = old.rollout;
  }
  std::vector<Put> puts{{meta_key("process_epoch"), big_endian(epoch)},
                        {restored_at_key(), big_endian(static_cast<std::uint64_t>(why.at.ms))},
                        {engine_state_key(), encode(switches)}};
  // What an operator did, and what came of it.
  const std::array events{Event{.at = why.at,
                                .kind = std::string(deed.kind),
                                .bot = {},
                                .subject = {},
                                .detail = deed.detail,
                                .actor = why.actor},
                          why};
  append_events(puts, state, events);
  BOTBOX_TRY(
      store.write({.sequence = store.last_sequence() + 1, .puts = std::move(puts), .deletes = {}}));
  return epoch;
}

// What makes a copied directory the one to go on with.
Result<std::uint64_t> take_over(const fs::path& data, const BackupFacts& from,
                                std::uint64_t past_epoch, const RestoreOptions& options) {
  const ManualClock clock(options.now);
  BOTBOX_ASSIGN(const std::unique_ptr<RocksDbStore> store, RocksDbStore::open(data, clock));
  const std::string made_at = to_iso8601(from.made_at);
  return leave_behind(
      *store, past_epoch,
      {"operator.restore", fmt::format(R"({{"from":"stopped engine","made_at":"{}","batch":{}}})",
                                       made_at, from.sequence)},
      {.at = options.now,
       .kind = "directory.restored",
       .bot = {},
       .subject = from.installation.value,
       .detail = fmt::format("from a backup of {} at batch {}; REDUCING until the exchange has "
                             "been compared",
                             made_at, from.sequence),
       .actor = options.actor});
}

// Earlier releases let an engine start in a backup. Where one has, it is an engine's directory, and
// nothing can be restored from it any more.
bool has_gone_on(const fs::path& directory) {
  const auto facts = read_backup(directory);
  const auto acknowledged = Watermark::read(directory / "watermark");
  return facts && acknowledged && *acknowledged > facts->sequence;
}

// For whoever asks later what has been lost.
Result<void> copy_watermark(const fs::path& data, const fs::path& aside) {
  const fs::path watermark = data / "watermark";
  std::error_code error;
  if (!fs::exists(watermark, error)) return {};
  fs::copy_file(watermark, aside, fs::copy_options::overwrite_existing, error);
  if (error) return disk_error("copy it to " + aside.string(), watermark, error.message());
  BOTBOX_TRY(make_durable(aside));
  return make_durable(data);
}

}  // namespace

Result<BackupFacts> make_backup(const fs::path& from, const fs::path& to,
                                const CopyOptions& options) {
  const fs::path target = tidy(to);
  if (!is_missing_or_empty(target))
    return fail(ErrorCode::kAlreadyExists, "the directory for the backup is not empty",
                target.string(), "name one that does not exist yet");
  BOTBOX_ASSIGN(const std::unique_ptr<RocksDbStore> source, RocksDbStore::open_secondary(from));
  BOTBOX_ASSIGN(const DirectoryState state, read_directory(*source));
  BackupFacts facts{.directory = target,
                    .sequence = source->last_sequence(),
                    .installation = state.installation,
                    .process_epoch = state.process_epoch,
                    .made_at = options.now};
  const fs::path partial = sibling(target, ".partial");
  BOTBOX_TRY(remove_tree(partial));
  BOTBOX_ASSIGN(std::unique_ptr<RowImport> copy, RowImport::begin(partial));
  BOTBOX_TRY(copy_rows(*source, *copy, options));
  BOTBOX_TRY(copy->finish(facts.sequence));
  BOTBOX_TRY(write_manifest(partial, facts));
  BOTBOX_TRY(publish(partial, target));
  return facts;
}

Result<BackupFacts> make_bookmark(const RocksDbStore& store, const fs::path& to, Timestamp now) {
  const fs::path target = tidy(to);
  if (!is_missing_or_empty(target))
    return fail(ErrorCode::kAlreadyExists, "the directory for the bookmark is not empty",
                target.string());
  BOTBOX_ASSIGN(const DirectoryState state, read_directory(store));
  const fs::path partial = sibling(target, ".partial");
  BOTBOX_TRY(remove_tree(partial));
  BackupFacts facts{.directory = target,
                    .installation = state.installation,
                    .process_epoch = state.process_epoch,
                    .made_at = now};
  BOTBOX_ASSIGN(facts.sequence, store.checkpoint(partial));
  BOTBOX_TRY(Watermark::create(partial / "watermark", facts.sequence));
  BOTBOX_TRY(write_manifest(partial, facts));
  BOTBOX_TRY(publish(partial, target));
  return facts;
}

std::vector<BackupFacts> list_backups(const fs::path& directory) {
  std::vector<BackupFacts> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".partial") continue;
    if (auto facts = read_backup(entry.path())) found.push_back(std::move(*facts));
  }
  std::ranges::sort(found, {}, &BackupFacts::sequence);
  return found;
}

Result<void> prune_backups(const fs::path& directory, std::size_t keep) {
  const std::vector<BackupFacts> found = list_backups(directory);
  for (std::size_t i = 0; i + keep < found.size(); ++i) BOTBOX_TRY(remove_tree(found[i].directory));
  return {};
}

Result<BackupFacts> read_backup(const fs::path& directory) {
  const fs::path file = directory / kManifest;
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return fail(ErrorCode::kNotFound, "this is no backup", directory.string(),
                "name a directory that 'botbox backup' has made");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto manifest = nlohmann::json::parse(text, nullptr, false);
  const auto number = [&](const char* name) -> std::optional<std::int64_t> {
    if (!manifest.is_object() || !manifest.contains(name) || !manifest[name].is_number_integer())
      return std::nullopt;
    return manifest[name].get<std::int64_t>();
  };
  const auto format = number("format");
  const auto sequence = number("sequence");
  const auto epoch = number("process_epoch");
  const auto made_at = number("made_at_ms");
  if (format && *format > kManifestFormat)
    return fail(ErrorCode::kNewerData, "the backup was made by a later release", file.string(),
                "upgrade botbox");
  if (!format || !sequence || *sequence < 0 || !epoch || *epoch < 0 || !made_at ||
      !manifest.contains("installation") || !manifest["installation"].is_string())
    return fail(ErrorCode::kCorruption, "the description of the backup is damaged", file.string(),
                "use another backup");
  return BackupFacts{.directory = tidy(directory),
                     .sequence = static_cast<std::uint64_t>(*sequence),
                     .installation = {manifest["installation"].get<std::string>()},
                     .process_epoch = static_cast<std::uint64_t>(*epoch),
                     .made_at = Timestamp{*made_at}};
}

Result<void> refuse_backup(const fs::path& directory) {
  std::error_code ignored;
  if (!fs::exists(directory / kManifest, ignored) || has_gone_on(directory)) return {};
  return fail(ErrorCode::kInvalidInput,
              "this is a backup: an engine here would trade as if nothing had happened since",
              directory.string(),
              fmt::format("botbox restore --from {} --data NEW", directory.string()));
}

Result<VerifyReport> verify_backup(const fs::path& directory, const VerifyOptions& options) {
  BOTBOX_ASSIGN(const BackupFacts facts, read_backup(directory));
  BOTBOX_ASSIGN(VerifyReport report, verify_directory(directory, options));
  if (report.sequence == facts.sequence) return report;
  return fail(ErrorCode::kCorruption,
              fmt::format("the backup claims batch {}, its database is at {}", facts.sequence,
                          report.sequence),
              directory.string(), "use another backup");
}

Result<Restored> restore_backup(const fs::path& backup, const fs::path& data,
                                const RestoreOptions& options) {
  const fs::path target = tidy(data);
  BOTBOX_ASSIGN(const BackupFacts facts, read_backup(backup));
  BOTBOX_ASSIGN(const VerifyReport report, verify_backup(backup, {.now = facts.made_at}));
  if (!report.is_clean())
    return fail(ErrorCode::kCorruption,
                fmt::format("the backup has {} findings", report.findings_total), backup.string(),
                "look at them with 'botbox verify', use another backup");
  Restored result{.from = facts};
  std::uint64_t past_epoch = facts.process_epoch;
  std::optional<DirectoryLock> lock;
  const bool is_there = !is_missing_or_empty(target);
  if (is_there) {
    if (!options.replaces)
      return fail(ErrorCode::kAlreadyExists, "there is a data directory already", target.string(),
                  "say --replace to move it aside, or name another one");
    BOTBOX_ASSIGN(lock, DirectoryLock::take(target));
    past_epoch = std::max(past_epoch, epoch_reached(target));
    result.moved_aside = sibling(target, fmt::format(".before-{}", options.now.ms));
  }
  const fs::path partial = sibling(target, ".restoring");
  BOTBOX_TRY(remove_tree(partial));
  BOTBOX_TRY(copy_files(backup, partial));
  BOTBOX_ASSIGN(result.process_epoch, take_over(partial, facts, past_epoch, options));
  if (is_there)
    BOTBOX_TRY(put_in_place(partial, target, result.moved_aside));
  else
    BOTBOX_TRY(publish(partial, target));
  return result;
}

Result<AcceptedLoss> accept_loss(const fs::path& data, const LossOptions& options) {
  std::error_code ignored;
  if (!fs::exists(data / "db" / "CURRENT", ignored))
    return fail(ErrorCode::kNotFound, "there is no database here", data.string(),
                "botbox restore brings back a backup");
  BOTBOX_TRY(refuse_backup(data));
  const ManualClock clock(options.now);
  const auto sound = RocksDbStore::open(data, clock);
  if (sound)
    return fail(ErrorCode::kInvalidInput, "nothing of it is lost", data.string(),
                "start the engine as it is");
  if (sound.error().code != ErrorCode::kCorruption) return tl::unexpected<Error>(sound.error());
  AcceptedLoss accepted{.sequence = 0,
                        .process_epoch = 0,
                        .watermark = data / fmt::format("watermark.before-{}", options.now.ms)};
  // The watermark refuses every other engine until the loss is on record.
  BOTBOX_ASSIGN(const auto store,
                RocksDbStore::open(data, clock, {.watermark = WatermarkPolicy::kReset}));
  BOTBOX_TRY(copy_watermark(data, accepted.watermark));
  accepted.sequence = store->last_sequence();
  BOTBOX_ASSIGN(
      accepted.process_epoch,
      leave_behind(*store, 0,
                   {"operator.accept_loss",
                    fmt::format(R"({{"from":"stopped engine","batch":{}}})", accepted.sequence)},
                   {.at = options.now,
                    .kind = "directory.loss_accepted",
                    .bot = {},
                    .subject = std::to_string(accepted.sequence),
                    .detail = fmt::format("went on after batch {}; REDUCING until the "
                                          "exchange has been compared; it was: {}",
                                          accepted.sequence, sound.error().message),
                    .actor = options.actor}));
  return accepted;
}

}  // namespace botbox::storage
