// `botbox backup`, `botbox restore` and `botbox accept-loss`.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "actors/wall_clock.hpp"
#include "engine/execution/identity.hpp"
#include "storage/backup.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/operator_name.hpp"
#include "tools/botbox/output.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const storage::BackupFacts& facts) {
  return {{"directory", facts.directory.string()},
          {"sequence", facts.sequence},
          {"installation", facts.installation.value},
          {"made_at", to_iso8601(facts.made_at)}};
}

Result<storage::BackupFacts> copy_and_verify(const BackupOptions& options) {
  const bool is_watched = ::isatty(STDERR_FILENO) == 1;
  const Timestamp now = actors::WallClock().now();
  storage::CopyOptions how{.now = now, .progress = {}};
  if (is_watched)
    how.progress = [](std::uint64_t rows) { fmt::print(stderr, "\r\033[K{} rows copied", rows); };
  auto facts = storage::make_backup(options.data, options.to, how);
  if (is_watched) fmt::print(stderr, "\r\033[K");
  if (!facts) return facts;
  BOTBOX_ASSIGN(
      const storage::VerifyReport report,
      storage::verify_backup(options.to, {.now = now, .claim_lifetime = kIdempotencyRetention}));
  if (!report.is_clean())
    return fail(ErrorCode::kCorruption,
                fmt::format("the copy has {} findings, as its source does", report.findings_total),
                options.to, "look at them with 'botbox verify'");
  return facts;
}

// What whoever has gone back has to do next.
std::string what_follows(const std::string& data) {
  return fmt::format(
      "the engine will start REDUCING (closes only), and will send nothing before it has compared "
      "the exchange's account; look at 'botbox inspect differences --data {}', then switch it with "
      "'botboxctl resume-all'\n",
      data);
}

}  // namespace

int run_backup(const BackupOptions& options) {
  const auto facts = copy_and_verify(options);
  if (!facts) return report_error(facts.error(), format_of(options.json));
  if (options.json)
    print_json(to_json(*facts));
  else
    print_text(fmt::format("{}: batch {} of {}, read to its end\n", facts->directory.string(),
                           facts->sequence, options.data));
  return number(ExitCode::kOk);
}

int run_restore(const RestoreCommandOptions& options) {
  const auto restored = storage::restore_backup(
      options.from, options.data,
      {.now = actors::WallClock().now(), .actor = operator_name(), .replaces = options.replaces});
  if (!restored) return report_error(restored.error(), format_of(options.json));
  if (options.json) {
    print_json({{"from", to_json(restored->from)},
                {"data", options.data},
                {"mode", to_string(EngineMode::kReducing)},
                {"moved_aside", restored->moved_aside.string()}});
    return number(ExitCode::kOk);
  }
  std::string text = fmt::format("{} is what it was at {}, batch {}\n", options.data,
                                 readable_time(restored->from.made_at), restored->from.sequence);
  if (!restored->moved_aside.empty())
    text += fmt::format("what was there before: {}\n", restored->moved_aside.string());
  text += what_follows(options.data);
  print_text(text);
  return number(ExitCode::kOk);
}

int run_accept_loss(const AcceptLossOptions& options) {
  const auto accepted = storage::accept_loss(
      options.data, {.now = actors::WallClock().now(), .actor = operator_name()});
  if (!accepted) return report_error(accepted.error(), format_of(options.json));
  if (options.json)
    print_json({{"data", options.data},
                {"sequence", accepted->sequence},
                {"mode", to_string(EngineMode::kReducing)}});
  else
    print_text(fmt::format("{} goes on after batch {}; what came later is lost\n{}", options.data,
                           accepted->sequence, what_follows(options.data)));
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
