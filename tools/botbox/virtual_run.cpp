#include "tools/botbox/virtual_run.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "actors/prepared_strategies.hpp"
#include "exchange/faults/faulty_exchange.hpp"
#include "storage/rocksdb_store.hpp"
#include "tools/botbox/engine_assembly.hpp"

namespace botbox::cli {
namespace {

constexpr Duration kProgressStep{3'600'000};
constexpr Duration kLongestTick{3'600'000};
constexpr Duration kReservationLength{86'400'000};
constexpr Duration kLimiterPatience{3'600'000};

// Order updates are asked for once per base candle, at its close: nothing moves in between.
Duration poll_interval(const VirtualRunOptions& options) {
  constexpr Duration kMost{300'000};
  Duration finest = kMost;
  for (const BotConfig& bot : options.bots)
    if (const auto base = options.feed->base_timeframe(bot.symbol))
      finest = std::min(finest, base->duration());
  return finest;
}

// A longer series that ends before the run does: what rules say of it is unknown from then on, so
// that a bot trades less and nothing fails.
std::vector<std::string> lacking_candles(const config::EngineConfig& config,
                                         const VirtualRunOptions& options) {
  std::set<std::pair<Symbol, Timeframe>> read;
  actors::PreparedStrategies strategies(config.catalogue);
  for (const BotConfig& bot : options.bots)
    if (const auto strategy = strategies.of(bot))
      for (const HigherSeries& longer : (*strategy)->needs(bot).higher)
        read.emplace(bot.symbol, longer.timeframe);
  std::vector<std::string> lacking;
  for (const auto& [symbol, timeframe] : read) {
    const auto known = options.feed->known_range(symbol, timeframe);
    const bool is_endless = !options.feed->last_open(symbol);
    if (is_endless || (known && known->to >= timeframe.floor(options.to))) continue;
    const std::string name = fmt::format("{} {}", symbol.value, to_string(timeframe));
    lacking.push_back(known ? fmt::format("{} ends {}: rules that read it are unknown from then on",
                                          name, to_iso8601(known->to))
                            : fmt::format("{} is not there: rules that read it are unknown", name));
  }
  return lacking;
}

// A replay starts from nothing: what an earlier one left would decide with it.
Result<void> check_empty(const std::string& directory) {
  std::error_code ignored;
  if (directory.empty() || !std::filesystem::exists(directory, ignored) ||
      std::filesystem::is_empty(directory, ignored))
    return {};
  return fail(ErrorCode::kAlreadyExists, "the data directory is not empty", directory,
              "name a new one, or remove it: a replay starts from nothing");
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

Result<actors::VirtualEngineOptions> engine_options(const config::EngineConfig& config,
                                                    const VirtualRunOptions& options) {
  actors::VirtualEngineOptions engine;
  engine.start = options.from;
  engine.bots = options.bots;
  engine.catalogue = config.catalogue;
  engine.feed = options.feed;
  BOTBOX_ASSIGN(engine.paper, paper_config(config.paper));
  // What nobody trades needs no candles.
  std::erase_if(engine.paper.instruments, [&](const exchange::PaperInstrument& listed) {
    return std::none_of(options.bots.begin(), options.bots.end(), [&](const BotConfig& bot) {
      return bot.symbol == listed.instrument.symbol;
    });
  });
  engine.settings = engine_settings(config);
  engine.settings.trade_queue.poll_interval = poll_interval(options);
  engine.settings.scheduler.longest_tick = kLongestTick;
  // What is reserved counts as used after a crash, and a replay does not go on after one. At the
  // pace of candles ten seconds pay for one request, at the price of a commit.
  engine.settings.limits.reservation_length = kReservationLength;
  // Within this process the limiter answers at the moment it is asked; watching for it costs a
  // timer for each candle.
  engine.settings.limiter_patience = kLimiterPatience;
  // Memory is no matter for so short a life, and coming back costs time.
  engine.settings.scheduler.evict_idle = Duration{0};
  // They are from years ago by the clock of whoever looks at them.
  engine.settings.traces_kept = Duration{0};
  engine.settings.scheduler.cycles_kept = Duration{0};
  engine.installation = {"replay"};
  if (!options.data.empty())
    engine.open_store =
        [data = options.data](const Clock& clock) -> Result<std::unique_ptr<storage::Store>> {
      return storage::RocksDbStore::open(data, clock, {.sync = storage::SyncPolicy::kAtClose});
    };
  return engine;
}

}  // namespace

Result<VirtualRun> run_virtually(const config::EngineConfig& config, VirtualRunOptions options) {
  BOTBOX_TRY(check_empty(options.data));
  BOTBOX_ASSIGN(actors::VirtualEngineOptions prepared, engine_options(config, options));
  FundingSchedules funding;
  for (const exchange::PaperInstrument& listed : prepared.paper.instruments)
    if (listed.funding) funding.emplace(listed.instrument.symbol, listed.funding);
  // The engine's exchange outlives this function with the engine.
  const auto keeper = std::make_shared<LedgerKeeper>(options.from);
  prepared.wrap = [keeper](std::shared_ptr<exchange::Exchange> inner) {
    return keeper->wrap(std::move(inner));
  };
  VirtualRun run;
  const actors::Stopwatch stopwatch;
  BOTBOX_ASSIGN(run.engine, actors::VirtualEngine::start(std::move(prepared)));
  while (run.engine->now() < options.to && !run.engine->fatal()) {
    run.engine->advance(std::min(options.to - run.engine->now(), kProgressStep));
    if (options.on_progress) options.on_progress(run.engine->now(), run.engine->totals());
  }
  if (run.engine->fatal()) return tl::unexpected<Error>(*run.engine->fatal());
  run.facts = {.from = options.from,
               .to = options.to,
               .wall_seconds = stopwatch.seconds(),
               .cycles = run.engine->totals().cycles,
               .checks = run.engine->totals().checks,
               .failed_checks = run.engine->totals().failed_checks,
               .taken_orders = keeper->taken(),
               .funding = std::move(funding),
               .lacking_candles = lacking_candles(config, options)};
  return run;
}

Result<TimeRange> run_range(exchange::MarketFeed& feed, const std::vector<BotConfig>& bots,
                            Timestamp from, Timestamp to) {
  std::optional<TimeRange> common;
  for (const BotConfig& bot : bots) {
    const auto known = feed.known_range(bot.symbol, bot.timeframe);
    if (!known)
      return fail(ErrorCode::kInvalidInput,
                  fmt::format("there is no candle of {} for {}", bot.symbol.value,
                              to_string(bot.timeframe)),
                  "--candles",
                  "give the candles of every symbol that a bot trades, no longer ones");
    if (!common) common = TimeRange{known->from, known->to};
    common->from = std::max(common->from, known->from);
    common->to = std::min(common->to, known->to);
  }
  if (!common) return fail(ErrorCode::kInvalidInput, "there is no bot to run");
  TimeRange asked{from.is_never() ? common->from : from, to.is_never() ? common->to : to};
  if (!from.is_never() && !to.is_never() && from >= to)
    return fail(ErrorCode::kInvalidInput, "--from must lie before --to");
  // The last day may be asked for as a whole. The run ends with the candles all the same: a longer
  // one that is put together after that would lack its end.
  const bool is_last_day = asked.to <= common->to + Duration{86'400'000};
  if (is_last_day) asked.to = std::min(asked.to, common->to);
  if (!is_last_day || asked.from < common->from || asked.from >= asked.to)
    return fail(ErrorCode::kInvalidInput,
                fmt::format("the candles of all symbols reach from {} to {}",
                            to_iso8601(common->from), to_iso8601(common->to)),
                "--from, --to", "choose a range inside");
  for (const BotConfig& bot : bots)
    if (asked.to - asked.from < feed.timeframe_at(bot.symbol, asked.from).duration())
      return fail(ErrorCode::kInvalidInput,
                  fmt::format("the range is shorter than a candle of {}", bot.symbol.value),
                  "--from, --to", "choose a longer one");
  return asked;
}

}  // namespace botbox::cli
