#include "tools/botbox/doctor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "storage/directory.hpp"
#include "storage/disk_space.hpp"
#include "storage/reader.hpp"
#include "storage/rocksdb_store.hpp"
#include "tools/botbox/secret_file.hpp"
#include "tools/botbox/secret_problems.hpp"
#include "tools/botbox/tcp_probe.hpp"

namespace botbox::cli {
namespace {

namespace fs = std::filesystem;

// A day of 100 bots writes some 100 MB before compaction: that and the floor should fit for some
// days.
constexpr std::uint64_t kRoomWanted = 2ULL << 30;

Diagnosis examine_writable(const fs::path& directory) {
  std::error_code ignored;
  fs::path place = fs::absolute(directory, ignored).lexically_normal();
  const bool is_there = fs::exists(place, ignored);
  while (!fs::exists(place, ignored) && place.has_relative_path()) place = place.parent_path();
  if (!fs::is_directory(place, ignored))
    return {"data directory", Health::kFail, fmt::format("{} is not a directory", place.string()),
            "name another --data"};
  if (::access(place.c_str(), R_OK | W_OK | X_OK) != 0)
    return {"data directory", Health::kFail, fmt::format("{} may not be written", place.string()),
            "give this user the right to write there, or name another --data"};
  return {"data directory",
          Health::kOk,
          is_there ? "may be written"
                   : fmt::format("does not exist yet; can be made below {}", place.string()),
          {}};
}

Diagnosis examine_room(const fs::path& directory, std::uint64_t floor) {
  const Result<std::uint64_t> room = storage::free_bytes(directory);
  if (!room) return {"disk space", Health::kWarn, room.error().message, room.error().fix};
  const std::string free = fmt::format("{} MiB free", *room >> 20);
  if (*room < floor)
    return {"disk space", Health::kFail,
            fmt::format("{}, below {} MiB the engine enters nothing", free, floor >> 20),
            "make room, or lower [engine] disk_free_min_mib"};
  if (*room < kRoomWanted + floor)
    return {"disk space", Health::kWarn, free, "make room before leaving the engine alone"};
  return {"disk space", Health::kOk, free, {}};
}

// Asks for a shared lock and lets go at once: an engine that starts within these microseconds is
// refused and can be started again. /proc/locks would disturb nobody, but does not show the locks
// of other containers.
Diagnosis examine_lock(const fs::path& directory) {
  const int file = ::open((directory / "LOCK").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {"engine", Health::kOk, "none runs here", {}};
  const bool is_free = ::flock(file, LOCK_SH | LOCK_NB) == 0;
  ::close(file);
  if (is_free) return {"engine", Health::kOk, "none runs here", {}};
  return {"engine", Health::kWarn, "one is running on this data directory",
          "stop it before you start another one here"};
}

Result<std::string> read_through(const fs::path& directory) {
  BOTBOX_ASSIGN(const auto store, storage::RocksDbStore::open_secondary(directory));
  BOTBOX_ASSIGN(const auto state, storage::read_directory(*store));
  BOTBOX_ASSIGN(const auto bots, storage::load_bots(*store));
  for (const storage::StoredBot& bot : bots)
    if (bot.damage) return tl::unexpected<Error>(*bot.damage);
  BOTBOX_ASSIGN(const auto trades, storage::load_open_trades(*store));
  const auto unknown = std::ranges::count_if(trades, &Trade::outcome_unknown);
  return fmt::format("{} bots, {} open trades ({} of unknown outcome), {} events, started {} times",
                     bots.size(), trades.size(), unknown, state.last_event, state.process_epoch);
}

Diagnosis examine_records(const fs::path& directory) {
  const Result<std::string> read = read_through(directory);
  if (read) return {"records", Health::kOk, *read, {}};
  if (read.error().code == ErrorCode::kNotFound)
    return {"records", Health::kOk, "none yet: " + read.error().message, {}};
  const Error& error = read.error();
  return {"records", Health::kFail,
          error.place.empty() ? error.message : error.place + ": " + error.message,
          error.fix.empty() ? "run botbox verify" : error.fix};
}

}  // namespace

Diagnosis examine_config(const config::ConfigResult& config, const std::string& file) {
  if (!config)
    return {"configuration", Health::kFail,
            fmt::format("{} problems, the first: {}", config.error().size(),
                        config::to_string(config.error().front())),
            fmt::format("botbox check-config {} shows them all", file)};
  const std::string detail =
      fmt::format("{} bots on exchange {}", config->bots.size(), to_string(config->exchange.kind));
  if (!config->warnings.empty())
    return {"configuration", Health::kWarn,
            fmt::format("{}; {} warnings, the first: {}", detail, config->warnings.size(),
                        config::to_string(config->warnings.front())),
            fmt::format("botbox check-config {} shows them all", file)};
  return {"configuration", Health::kOk, detail, {}};
}

Diagnosis examine_clock(Timestamp now) {
  const Timestamp earliest{1'704'067'200'000};  // 2024-01-01: this program is younger
  const Timestamp latest{4'102'444'800'000};    // 2100-01-01: where invented markets end
  if (now >= earliest && now < latest) return {"clock", Health::kOk, to_iso8601(now), {}};
  return {"clock", Health::kFail, fmt::format("the system's clock says {}", to_iso8601(now)),
          "set the clock, for example with systemd-timesyncd or chrony"};
}

std::vector<Diagnosis> examine_secrets(const config::EngineConfig& config) {
  const std::vector<SecretFile> files = secret_files(config);
  std::vector<Diagnosis> found;
  for (const SecretFile& file : files)
    if (const auto secret = read_secret_file(file.path); !secret)
      found.push_back({"secrets", Health::kFail,
                       fmt::format("{}: {}", file.path, secret.error().message),
                       secret.error().fix});
  if (!files.empty() && found.empty())
    found.push_back({"secrets",
                     Health::kOk,
                     fmt::format("{} files, each for its owner alone", files.size()),
                     {}});
  return found;
}

std::vector<Diagnosis> examine_exchange(const config::ExchangeSection& exchange) {
  if (exchange.kind != config::ExchangeKind::kPaperHttp) return {};
  constexpr Duration kPatience{2'000};
  const Result<void> reached = address_of(exchange.url).and_then([&](const TcpAddress& address) {
    return probe_tcp(address, kPatience);
  });
  if (reached) return {{"exchange", Health::kOk, exchange.url + " is reachable", {}}};
  return {{"exchange", Health::kFail,
           fmt::format("{} is not reachable: {}", exchange.url, reached.error().message),
           "start botbox-paper, or correct [exchange] url"}};
}

std::vector<Diagnosis> examine_data(const fs::path& directory, std::uint64_t disk_floor) {
  return {examine_writable(directory), examine_room(directory, disk_floor), examine_lock(directory),
          examine_records(directory)};
}

}  // namespace botbox::cli
