// Records of a data directory as files for other programs: one file a kind, oldest row first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"
#include "storage/store.hpp"

namespace botbox::cli {

enum class ExportFormat : std::uint8_t {
  kJsonLines,  // whole records
  kCsv,        // the columns of inspect's tables
};

struct ExportQuery {
  BotId bot;        // empty: all
  Timestamp from;   // inclusive; "never": no bound
  Timestamp until;  // inclusive; "never": no bound
  Timestamp now;    // rows that expired by then are absent
  ExportFormat format = ExportFormat::kJsonLines;
  std::size_t rows_at_once = 10'000;  // of signals, traces and events, which may be many
};

struct ExportedFile {
  std::string name;
  std::uint64_t rows = 0;

  bool operator==(const ExportedFile&) const = default;
};

// Writes what `botbox inspect` lists to the directory `to`, which must not exist or be empty, and
// export.json, which says what it is: it is there, whole and durable, or not at all. Signals,
// traces and events are in memory by portions, each other kind as a whole. Errors: kAlreadyExists,
// kNotFound (no such bot), kIo, those of the store.
Result<std::vector<ExportedFile>> export_records(const storage::Store& store,
                                                 const std::filesystem::path& to,
                                                 const ExportQuery& query);

}  // namespace botbox::cli
