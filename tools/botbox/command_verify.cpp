#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "actors/wall_clock.hpp"
#include "engine/execution/identity.hpp"
#include "storage/verify.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/output.hpp"
#include "tools/botbox/text_table.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const storage::VerifyReport& report) {
  Json rows = Json::object();
  for (const auto& [kind, count] : report.rows) rows[std::string(to_string(kind))] = count;
  Json findings = Json::array();
  for (const storage::Finding& finding : report.findings)
    findings.push_back(
        {{"kind", to_string(finding.kind)}, {"place", finding.place}, {"text", finding.text}});
  return {{"clean", report.is_clean()},
          {"sequence", report.sequence},
          {"rows", std::move(rows)},
          {"findings_total", report.findings_total},
          {"findings", std::move(findings)}};
}

std::string to_text(const storage::VerifyReport& report) {
  TextTable table({{"rows", Align::kRight}, {"kind", Align::kLeft}});
  for (const auto& [kind, count] : report.rows)
    table.add({std::to_string(count), std::string(to_string(kind))});
  std::string text = table.text();
  for (const storage::Finding& finding : report.findings)
    text += fmt::format("{}: {}\n", painted(finding.place, Colour::kRed), finding.text);
  if (report.findings_total > report.findings.size())
    text += fmt::format("and {} more\n", report.findings_total - report.findings.size());
  if (report.is_clean())
    return text + fmt::format("{}: every row fits the others, up to batch {}\n",
                              painted("clean", Colour::kGreen), report.sequence);
  return text + fmt::format("{}: {}\n", painted("findings", Colour::kRed), report.findings_total);
}

// One line on a terminal, overwritten as the walk goes on.
void show_progress(storage::Kind kind, std::uint64_t rows) {
  fmt::print(stderr, "\r\033[K{}: {} rows", to_string(kind), rows);
}

}  // namespace

int run_verify(const VerifyOptions& options) {
  storage::VerifyOptions how;
  how.now = actors::WallClock().now();
  how.claim_lifetime = kIdempotencyRetention;
  const bool is_watched = ::isatty(STDERR_FILENO) == 1;
  if (is_watched) how.progress = show_progress;
  const auto report = storage::verify_directory(options.data, how);
  if (is_watched) fmt::print(stderr, "\r\033[K");
  if (!report) return report_error(report.error(), format_of(options.json));
  if (options.json)
    print_json(to_json(*report));
  else
    print_text(to_text(*report));
  return number(report->is_clean() ? ExitCode::kOk : ExitCode::kError);
}

}  // namespace botbox::cli
