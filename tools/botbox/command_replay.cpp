// `botbox replay`: the same actor system on virtual time over recorded candles.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "actors/virtual_engine.hpp"
#include "exchange/faults/faulty_exchange.hpp"
#include "storage/rocksdb_store.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/engine_assembly.hpp"
#include "tools/botbox/output.hpp"
#include "tools/botbox/replay_report.hpp"
#include "tools/config/load_config.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

// Order updates are asked for once per base candle: on recorded candles nothing moves in between.
constexpr Duration kPollInterval{60'000};

// A replay starts from nothing: what an earlier one left would decide with it.
Result<void> check_empty(const std::string& directory) {
  std::error_code ignored;
  if (directory.empty() || !std::filesystem::exists(directory, ignored) ||
      std::filesystem::is_empty(directory, ignored))
    return {};
  return fail(ErrorCode::kAlreadyExists, "the data directory is not empty", directory,
              "name a new one, or remove it: a replay starts from nothing");
}

// The range that the candles allow, cut to what was asked for.
Result<void> check_range(exchange::MarketFeed& feed, const ReplayOptions& options) {
  if (options.from >= options.to)
    return fail(ErrorCode::kInvalidInput, "--from must lie before --to");
  for (const Symbol& symbol : feed.symbols()) {
    const auto first = feed.first_open(symbol);
    const auto last = feed.last_open(symbol);
    if (!first || !last || options.from < *first || options.to > *last + Duration{86'400'000})
      return fail(ErrorCode::kInvalidInput,
                  fmt::format("the candles of {} reach from {} to {}", symbol.value,
                              to_iso8601(first.value_or(Timestamp{})),
                              to_iso8601(last.value_or(Timestamp{}))),
                  "--from, --to", "choose a range inside");
  }
  return {};
}

// Counts what really reached the paper exchange: a wrapper with no faults, for its ledger.
class LedgerKeeper {
 public:
  explicit LedgerKeeper(Timestamp start) : clock_(start) {}

  std::shared_ptr<exchange::Exchange> wrap(std::shared_ptr<exchange::Exchange> inner) {
    inner_ = std::move(inner);
    kept_ =
        std::make_shared<exchange::FaultyExchange>(*inner_, exchange::FaultPlan{}, random_, clock_);
    return kept_;
  }
  std::vector<ClientOrderId> taken() const { return kept_->ledger().accepted(); }

 private:
  ManualClock clock_;
  std::mt19937_64 random_{1};
  std::shared_ptr<exchange::Exchange> inner_;
  std::shared_ptr<exchange::FaultyExchange> kept_;
};

class Progress {
 public:
  explicit Progress(const ReplayOptions& options) : options_(options) {}
  void show(Timestamp at, const actors::RunTotals& totals) {
    if (!is_watched_) return;
    const double part = static_cast<double>((at - options_.from).count()) /
                        static_cast<double>((options_.to - options_.from).count());
    fmt::print(stderr, "\r\033[K{:3.0f} %  {}  {} checks, {} signals, {} fills", part * 100,
               readable_time(at), totals.checks, totals.signals, totals.fills);
  }
  ~Progress() {
    if (is_watched_) fmt::print(stderr, "\r\033[K");
  }

 private:
  const ReplayOptions& options_;
  bool is_watched_ = ::isatty(STDERR_FILENO) == 1;
};

Result<void> write_file(const std::string& path, const nlohmann::ordered_json& document) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << document.dump(2) << '\n';
  file.close();
  if (!file) return fail(ErrorCode::kIo, "the report cannot be written", path);
  return {};
}

Result<nlohmann::ordered_json> replay(const ReplayOptions& options,
                                      const config::EngineConfig& config) {
  BOTBOX_TRY(check_empty(options.data));
  BOTBOX_ASSIGN(
      const std::shared_ptr<exchange::MarketFeed> feed,
      options.candles.empty() ? market_feed(config.paper) : recorded_feed(options.candles));
  BOTBOX_TRY(check_range(*feed, options));
  actors::VirtualEngineOptions engine_options;
  engine_options.start = options.from;
  engine_options.bots = config.bots;
  engine_options.catalogue = config.catalogue;
  engine_options.feed = feed;
  engine_options.paper = paper_config(config.paper);
  engine_options.settings = engine_settings(config);
  engine_options.settings.trade_queue.poll_interval = kPollInterval;
  engine_options.installation = {"replay"};
  LedgerKeeper keeper(options.from);
  engine_options.wrap = [&](std::shared_ptr<exchange::Exchange> inner) {
    return keeper.wrap(std::move(inner));
  };
  if (!options.data.empty())
    engine_options.open_store = [&](const Clock& clock) -> Result<std::unique_ptr<storage::Store>> {
      return storage::RocksDbStore::open(options.data, clock,
                                         {.sync = storage::SyncPolicy::kAtClose});
    };
  const actors::Stopwatch stopwatch;
  BOTBOX_ASSIGN(const auto engine, actors::VirtualEngine::start(std::move(engine_options)));
  Progress progress(options);
  while (engine->now() < options.to && !engine->fatal()) {
    engine->advance(std::min(options.to - engine->now(), Duration{3'600'000}));
    progress.show(engine->now(), engine->totals());
  }
  if (engine->fatal()) return tl::unexpected(*engine->fatal());
  return build_report(engine->store(), *feed,
                      {.from = options.from,
                       .to = options.to,
                       .wall_seconds = stopwatch.seconds(),
                       .cycles = engine->totals().cycles,
                       .checks = engine->totals().checks,
                       .failed_checks = engine->totals().failed_checks,
                       .taken_orders = keeper.taken()});
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
  if (!options.report.empty())
    if (const auto written = write_file(options.report, *report); !written)
      return report_error(written.error(), format);
  if (options.json)
    print_json(*report);
  else
    print_report(*report);
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
