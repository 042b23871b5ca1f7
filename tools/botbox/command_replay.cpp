// `botbox replay`: the same actor system on virtual time over recorded candles.
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tools/botbox/commands.hpp"
#include "tools/botbox/engine_assembly.hpp"
#include "tools/botbox/output.hpp"
#include "tools/botbox/replay_report.hpp"
#include "tools/botbox/report_page.hpp"
#include "tools/botbox/trades_csv.hpp"
#include "tools/botbox/virtual_run.hpp"
#include "tools/config/load_config.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

class Progress {
 public:
  explicit Progress(TimeRange range) : range_(range) {}
  void show(Timestamp at, const actors::RunTotals& totals) {
    if (!is_watched_) return;
    const double part = static_cast<double>((at - range_.from).count()) /
                        static_cast<double>((range_.to - range_.from).count());
    fmt::print(stderr, "\r\033[K{:3.0f} %  {}  {} checks, {} signals, {} fills", part * 100,
               readable_time(at), totals.checks, totals.signals, totals.fills);
  }
  ~Progress() {
    if (is_watched_) fmt::print(stderr, "\r\033[K");
  }

 private:
  TimeRange range_;
  bool is_watched_ = ::isatty(STDERR_FILENO) == 1;
};

Result<nlohmann::ordered_json> replay(const ReplayOptions& options,
                                      const config::EngineConfig& config) {
  if (options.candles.empty() && (options.from.is_never() || options.to.is_never()))
    return fail(ErrorCode::kInvalidInput, "without recorded candles a replay has no natural bounds",
                "--from, --to", "give both, or --candles");
  for (const std::string& path : {options.report, options.csv, options.html})
    BOTBOX_TRY(can_write(path));
  BOTBOX_ASSIGN(const std::shared_ptr<exchange::MarketFeed> feed,
                options.candles.empty()
                    ? market_feed(config.paper)
                    : recorded_feed(options.candles, config.bots, options.venues));
  BOTBOX_ASSIGN(const TimeRange range, run_range(*feed, config.bots, options.from, options.to));
  Progress progress(range);
  BOTBOX_ASSIGN(const VirtualRun run,
                run_virtually(config, {.from = range.from,
                                       .to = range.to,
                                       .bots = config.bots,
                                       .feed = feed,
                                       .data = options.data,
                                       .on_progress = [&](Timestamp at, const auto& totals) {
                                         progress.show(at, totals);
                                       }}));
  BOTBOX_ASSIGN(const RunRecord record, read_run(run.engine->store(), *feed, run.facts));
  BOTBOX_ASSIGN(const std::vector<RunTrade> trades, run_trades(record));
  nlohmann::ordered_json report = build_report(record, trades, run.facts);
  if (!options.report.empty()) BOTBOX_TRY(write_file(options.report, report.dump(2) + '\n'));
  if (!options.csv.empty()) BOTBOX_TRY(write_file(options.csv, trades_csv(record, trades)));
  if (!options.html.empty())
    BOTBOX_TRY(write_file(options.html,
                          report_page(report, record, trades, *feed, run.facts, built_in_parts())));
  return report;
}

}  // namespace

int run_replay(const ReplayOptions& options) {
  const OutputFormat format = format_of(options.json);
  const auto config = config::load_config(options.config, config::process_environment(),
                                          config::shipped_catalogue());
  if (!config) {
    fmt::print(stderr, "{}", config::to_string(config.error()));
    return number(ExitCode::kConfig);
  }
  const auto report = replay(options, *config);
  if (!report) return report_error(report.error(), format);
  if (options.json)
    print_json(*report);
  else
    print_report(*report);
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
