// `botbox export`.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "actors/wall_clock.hpp"
#include "storage/rocksdb_store.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/export_records.hpp"
#include "tools/botbox/output.hpp"

namespace botbox::cli {
namespace {

Result<std::vector<ExportedFile>> export_directory(const ExportOptions& options) {
  if (!options.from.is_never() && !options.until.is_never() && options.until < options.from)
    return fail(ErrorCode::kInvalidInput, "--from must not lie behind --until", "--from, --until");
  BOTBOX_ASSIGN(const auto store, storage::RocksDbStore::open_secondary(options.data));
  return export_records(
      *store, options.to,
      {.bot = {options.bot},
       .from = options.from,
       .until = options.until,
       .now = actors::WallClock().now(),
       .format = options.as == "csv" ? ExportFormat::kCsv : ExportFormat::kJsonLines});
}

}  // namespace

int run_export(const ExportOptions& options) {
  const auto files = export_directory(options);
  if (!files) return report_error(files.error(), format_of(options.json));
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  std::string text;
  for (const ExportedFile& file : *files) {
    rows.push_back({{"name", file.name}, {"rows", file.rows}});
    text += fmt::format("{:<18} {:>10} rows\n", file.name, file.rows);
  }
  if (options.json)
    print_json({{"to", options.to}, {"files", std::move(rows)}});
  else
    print_text(text);
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
