#include "tools/botbox/export_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <span>
#include <utility>

#include "storage/directory.hpp"
#include "storage/durable_path.hpp"
#include "storage/retention.hpp"
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

// The file of one kind, written listing by listing.
class RowFile {
 public:
  RowFile(const fs::path& directory, std::string_view subject, ExportFormat format)
      : is_csv_(format == ExportFormat::kCsv),
        written_{fmt::format("{}.{}", subject, is_csv_ ? "csv" : "jsonl"), 0},
        path_(directory / written_.name),
        out_(path_, std::ios::binary | std::ios::trunc) {}

  void add(const Listing& listing) {
    written_.rows += listing.rows.size();
    if (!is_csv_) {
      for (const Json& row : listing.rows) out_ << json_line(row);
      return;
    }
    std::string text = listing_csv(listing);
    // One head line a file.
    if (std::exchange(has_head_, true)) text.erase(0, text.find('\n') + 1);
    out_ << text;
  }

  Result<ExportedFile> close() {
    out_.close();
    if (!out_)
      return fail(ErrorCode::kIo, "cannot be written", path_.string(), "is the disk full?");
    BOTBOX_TRY(storage::make_durable(path_));
    return written_;
  }

 private:
  bool is_csv_;
  ExportedFile written_;
  fs::path path_;
  std::ofstream out_;
  bool has_head_ = false;
};

// Newest first is how people read; programs read on.
void oldest_first(std::string_view subject, Listing& listing) {
  if (subject == "events" || is_one_of(subject, kTimeless)) return;
  std::reverse(listing.rows.begin(), listing.rows.end());
}

// Slices of time, one after the other, each as long as it takes to hold a bounded number of rows.
// Rows of one millisecond are not parted.
class TimeSlices {
 public:
  TimeSlices(const storage::Store& store, std::string_view subject, InspectQuery wanted,
             std::size_t rows_max)
      : store_(store),
        subject_(subject),
        wanted_(std::move(wanted)),
        until_(wanted_.until),
        rows_max_(rows_max) {}

  // There is next to nothing before `oldest`: the first slice begins earlier and ends behind it.
  Result<void> write(Timestamp oldest, RowFile& file) {
    oldest_ = oldest;
    while (until_.is_never() || wanted_.from <= until_) {
      const bool is_last = is_beyond_now();
      BOTBOX_ASSIGN(Listing listing, next(is_last));
      oldest_first(subject_, listing);
      file.add(listing);
      if (is_last) break;
      wanted_.from = wanted_.until + kLeast;
      if (listing.rows.size() * 4 <= rows_max_) length_ = std::min(length_ * 2, kLongest);
    }
    return {};
  }

 private:
  static constexpr Duration kLeast{1};
  static constexpr Duration kFirst{3'600'000};
  static constexpr Duration kLongest{366LL * 86'400'000};

  // A clock that was set back left rows of a time to come: few, and told at once.
  bool is_beyond_now() const { return until_.is_never() && wanted_.from > wanted_.now; }

  Result<Listing> next(bool is_last) {
    while (true) {
      wanted_.until = std::max(wanted_.from, oldest_) + length_ - kLeast;
      if (!until_.is_never()) wanted_.until = std::min(wanted_.until, until_);
      const bool is_whole = is_last || length_ == kLeast;
      wanted_.limit = is_whole ? SIZE_MAX : rows_max_ + 1;
      if (is_last) wanted_.until = {};
      Result<Listing> listing = list_rows(store_, subject_, wanted_);
      if (!listing || is_whole || listing->rows.size() <= rows_max_) return listing;
      length_ = std::max(length_ / 2, kLeast);
    }
  }

  const storage::Store& store_;
  std::string_view subject_;
  InspectQuery wanted_;
  Timestamp until_;  // of all
  Timestamp oldest_;
  std::size_t rows_max_;
  Duration length_ = kFirst;
};

Result<void> write_events(const storage::Store& store, InspectQuery wanted, std::size_t rows_max,
                          RowFile& file) {
  wanted.limit = rows_max;
  for (std::uint64_t after = 0;;) {
    BOTBOX_ASSIGN(const Listing listing, list_new_events(store, wanted, after));
    file.add(listing);
    if (listing.rows.size() < rows_max) return {};
  }
}

// What may be more than memory holds is written piece by piece, the rest at once.
Result<void> write_rows(const storage::Store& store, std::string_view subject,
                        const InspectQuery& wanted, std::size_t rows_max, RowFile& file) {
  if (subject == "events") return write_events(store, wanted, rows_max, file);
  if (subject == "signals" || subject == "traces") {
    const storage::Kind kind =
        subject == "signals" ? storage::Kind::kSignal : storage::Kind::kTrace;
    BOTBOX_ASSIGN(const Timestamp oldest, storage::oldest_row(store, kind));
    return TimeSlices(store, subject, wanted, rows_max).write(oldest, file);
  }
  BOTBOX_ASSIGN(Listing listing, list_rows(store, subject, wanted));
  oldest_first(subject, listing);
  file.add(listing);
  return {};
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
  RowFile file(directory, subject, query.format);
  BOTBOX_TRY(write_rows(store, subject, wanted, query.rows_at_once, file));
  return file.close();
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
