#include "tools/botbox/export_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <span>

#include "storage/directory.hpp"
#include "storage/durable_path.hpp"
#include "tools/botbox/inspect_listings.hpp"

namespace botbox::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 11> kExported{"bots",      "signals", "intents",    "trades",
                                                     "positions", "fills",   "locks",      "events",
                                                     "traces",    "cycles",  "differences"};
// Not of a time: as they stand now.
constexpr std::array<std::string_view, 2> kTimeless{"bots", "locks"};
// Not of a bot.
constexpr std::array<std::string_view, 1> kOfAll{"cycles"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

std::string json_line(const Json& row) {
  return row.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

Result<void> write_durably(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return fail(ErrorCode::kIo, "cannot be written", path.string(), "is the disk full?");
  return storage::make_durable(path);
}

// Newest first is how people read; programs read on.
void oldest_first(std::string_view subject, Listing& listing) {
  if (subject == "events" || is_one_of(subject, kTimeless)) return;
  std::reverse(listing.rows.begin(), listing.rows.end());
}

Result<ExportedFile> export_kind(const storage::Store& store, const fs::path& directory,
                                 std::string_view subject, const ExportQuery& query) {
  InspectQuery wanted;
  wanted.limit = SIZE_MAX;
  wanted.now = query.now;
  if (!is_one_of(subject, kOfAll)) wanted.bot = query.bot;
  if (!is_one_of(subject, kTimeless)) {
    wanted.from = query.from;
    wanted.until = query.until;
  }
  BOTBOX_ASSIGN(Listing listing, list_rows(store, subject, wanted));
  oldest_first(subject, listing);
  const bool is_csv = query.format == ExportFormat::kCsv;
  ExportedFile file{fmt::format("{}.{}", subject, is_csv ? "csv" : "jsonl"), listing.rows.size()};
  std::string text;
  if (is_csv)
    text = listing_csv(listing);
  else
    for (const Json& row : listing.rows) text += json_line(row);
  BOTBOX_TRY(write_durably(directory / file.name, text));
  return file;
}

Result<void> write_manifest(const storage::Store& store, const fs::path& directory,
                            const ExportQuery& query, const std::vector<ExportedFile>& files) {
  BOTBOX_ASSIGN(const storage::DirectoryState state, storage::read_directory(store));
  Json rows = Json::array();
  for (const ExportedFile& file : files) rows.push_back({{"name", file.name}, {"rows", file.rows}});
  const auto time = [](Timestamp at) { return at.is_never() ? Json() : Json(to_iso8601(at)); };
  const Json manifest{{"installation", state.installation.value},
                      {"last_batch", store.last_sequence()},
                      {"last_event", state.last_event},
                      {"made_at", to_iso8601(query.now)},
                      {"bot", query.bot.empty() ? Json() : Json(query.bot.value)},
                      {"from", time(query.from)},
                      {"until", time(query.until)},
                      {"files", std::move(rows)}};
  return write_durably(directory / "export.json", manifest.dump(2) + '\n');
}

}  // namespace

Result<std::vector<ExportedFile>> export_records(const storage::Store& store, const fs::path& to,
                                                 const ExportQuery& query) {
  std::error_code error;
  const fs::path target = fs::absolute(to).lexically_normal();
  if (fs::exists(target, error) && !fs::is_empty(target, error))
    return fail(ErrorCode::kAlreadyExists, "the directory for the export is not empty",
                target.string(), "name one that does not exist yet");
  const fs::path partial = target.string() + ".partial";
  fs::remove_all(partial, error);
  fs::create_directories(partial, error);
  if (error) return fail(ErrorCode::kIo, error.message(), partial.string(), "choose another place");
  std::vector<ExportedFile> files;
  for (const std::string_view subject : kExported) {
    BOTBOX_ASSIGN(ExportedFile file, export_kind(store, partial, subject, query));
    files.push_back(std::move(file));
  }
  BOTBOX_TRY(write_manifest(store, partial, query, files));
  BOTBOX_TRY(storage::make_durable(partial));
  fs::remove(target, error);
  fs::rename(partial, target, error);
  if (error) return fail(ErrorCode::kIo, error.message(), target.string(), "choose another place");
  BOTBOX_TRY(storage::make_durable(target.parent_path()));
  return files;
}

}  // namespace botbox::cli
