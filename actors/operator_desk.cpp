#include "actors/operator_desk.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <caf/send.hpp>
#include <mutex>
#include <sstream>

#include "actors/operator_actor.hpp"

namespace botbox::actors {
namespace {

constexpr OperatorRole kSee = OperatorRole::kRead;
constexpr OperatorRole kDo = OperatorRole::kOperate;

constexpr std::array kVerbs{
    OperatorVerb{"session", kSee, "", "who asks, and which engine this is"},
    OperatorVerb{"overview", kSee, "", "the engine at a glance"},
    OperatorVerb{"documents", kSee, "", "the metrics of the last hour under their first names"},
    OperatorVerb{"equity", kSee, "points?", "the equity curve"},
    OperatorVerb{"bots", kSee, "search? status? symbol? sort? desc? limit? cursor?", "the fleet"},
    OperatorVerb{"bot", kSee, "bot", "one bot with its configuration and state"},
    OperatorVerb{"candles", kSee, "bot limit?", "candles of a bot, and what it did on them"},
    OperatorVerb{"traces", kSee, "bot status? reason? from? to? limit? cursor?",
                 "what a bot decided, candle by candle"},
    OperatorVerb{"why", kSee, "bot at?", "why a bot did, or did not, trade on a candle"},
    OperatorVerb{"signals", kSee, "bot? symbol? status? reason? group? from? to? limit? cursor?",
                 "signals, newest first, and how many of the last day are in each group: pending, "
                 "filtered, executed, failed"},
    OperatorVerb{"signal", kSee, "id", "a signal and all that came of it"},
    OperatorVerb{"intents", kSee, "bot? symbol? status? from? to? limit? cursor?",
                 "order intents, newest first"},
    OperatorVerb{"trades", kSee, "bot? symbol? status? reason? from? to? limit? cursor?",
                 "trades, newest first; status open: those that are not final"},
    OperatorVerb{"trade", kSee, "id", "a trade with its fills"},
    OperatorVerb{"positions", kSee, "bot? symbol? status? reason? from? to? limit? cursor?",
                 "positions, newest first"},
    OperatorVerb{"fills", kSee, "bot? symbol? from? to? limit? cursor?", "fills by position"},
    OperatorVerb{"events", kSee, "bot? kind? from? to? limit? cursor? after?",
                 "the event log, newest first; after a number, oldest first"},
    OperatorVerb{"cycles", kSee, "from? to? limit? cursor?", "passes of the scheduler"},
    OperatorVerb{"latency", kSee, "limit?",
                 "how long checks, orders and commits of the newest cycles took"},
    OperatorVerb{"locks", kSee, "bot? status? limit?", "locks of risk guards"},
    OperatorVerb{"differences", kSee, "bot? symbol? status? limit? cursor?",
                 "where exchange and records disagree"},
    OperatorVerb{"alerts", kSee, "status? limit?", "what the engine warned of since its start"},
    OperatorVerb{"reasons", kSee, "bot? from? to?",
                 "how often which reason refused a signal, or skipped, blocked or failed an order"},
    OperatorVerb{"limiter", kSee, "", "use of the exchange's limits"},
    OperatorVerb{"balances", kSee, "", "what the account has of each coin"},
    OperatorVerb{"cache", kSee, "", "market data at hand"},
    OperatorVerb{"queue", kSee, "", "trades that wait or stand"},
    OperatorVerb{"journal", kSee, "", "commits, their groups, and how long writing takes"},
    OperatorVerb{"actors", kSee, "", "the engine's actors: what waits for each, bots restarted"},
    OperatorVerb{"rollout", kSee, "", "caps while trading is rolled out, and how far it is"},
    OperatorVerb{"config", kSee, "", "the configuration, secrets masked"},
    OperatorVerb{"metrics", kSee, "", "all gauges and counters"},
    OperatorVerb{"prometheus", kSee, "", "the same as Prometheus reads them"},
    OperatorVerb{"health", kSee, "scope?", "what works; scope: ready, live"},
    OperatorVerb{"ft_version", kSee, "", "freqtrade: which program this is"},
    OperatorVerb{"ft_show_config", kSee, "bot", "freqtrade: how a bot is set up"},
    OperatorVerb{"ft_count", kSee, "bot", "freqtrade: how many positions are open"},
    OperatorVerb{"ft_status", kSee, "bot", "freqtrade: open positions"},
    OperatorVerb{"ft_trades", kSee, "bot limit? offset?", "freqtrade: closed positions"},
    OperatorVerb{"ft_trade", kSee, "bot id", "freqtrade: one position"},
    OperatorVerb{"ft_profit", kSee, "bot", "freqtrade: what a bot brought"},
    OperatorVerb{"ft_daily", kSee, "bot timescale?", "freqtrade: profit by days"},
    OperatorVerb{"ft_weekly", kSee, "bot timescale?", "freqtrade: profit by weeks"},
    OperatorVerb{"ft_monthly", kSee, "bot timescale?", "freqtrade: profit by months"},
    OperatorVerb{"ft_balance", kSee, "bot", "freqtrade: the bot's part of the account"},
    OperatorVerb{"ft_performance", kSee, "bot", "freqtrade: profit by pair"},
    OperatorVerb{"ft_entries", kSee, "bot", "freqtrade: profit by entry tag"},
    OperatorVerb{"ft_exits", kSee, "bot", "freqtrade: profit by reason of the exit"},
    OperatorVerb{"ft_mix_tags", kSee, "bot", "freqtrade: profit by entry tag and exit"},
    OperatorVerb{"ft_stats", kSee, "bot", "freqtrade: wins, draws and losses"},
    OperatorVerb{"ft_whitelist", kSee, "bot", "freqtrade: what a bot trades"},
    OperatorVerb{"ft_blacklist", kSee, "bot", "freqtrade: what a bot may not trade"},
    OperatorVerb{"ft_locks", kSee, "bot", "freqtrade: locks that stand"},
    OperatorVerb{"ft_logs", kSee, "bot limit?", "freqtrade: events of a bot"},
    OperatorVerb{"ft_health", kSee, "bot", "freqtrade: when a bot was looked after"},
    OperatorVerb{"ft_pair_candles", kSee, "bot pair? timeframe? limit?",
                 "freqtrade: candles with signals and indicators"},
    OperatorVerb{"ft_plot_config", kSee, "bot", "freqtrade: where indicators are drawn"},
    OperatorVerb{"trigger", kDo, "", "check every active bot now; answered when it has begun"},
    OperatorVerb{"mode", kDo, "mode reason?", "active, reducing or halted; answered when durable"},
    OperatorVerb{"live", kDo, "on reason?", "live trading on or off; answered when durable"},
    OperatorVerb{"set_rollout", kDo, "bots? order? reset? reason?",
                 "caps on bots in the market and on an entry's cost; answered when durable"},
    OperatorVerb{"pause", kDo, "bot reason?",
                 "no entries of a bot, its exits go on; answered when durable"},
    OperatorVerb{"resume", kDo, "bot reason?", "let a bot go on; answered when durable"},
    OperatorVerb{"archive", kDo, "bot reason?",
                 "put a bot away for good: only creating it again brings it back; answered when "
                 "durable"},
    OperatorVerb{"create_bot", kDo, "toml? json?",
                 "a bot beside those of the file; answered when durable"},
    OperatorVerb{
        "update_bot", kDo, "bot toml? json?",
        "another configuration of a bot, whole, with its id or none; answered when durable"},
    OperatorVerb{"reload", kDo, "", "read the configuration file again; answered when durable"},
    OperatorVerb{"backup", kDo, "to", "recorded only; the process that was asked makes the copy"},
    OperatorVerb{"log_level", kDo, "level", "recorded only; the process logs as it was asked to"},
    OperatorVerb{"stop", kDo, "", "recorded only; the process that was asked ends"},
    OperatorVerb{"check", kDo, "bot", "let a bot look now; answered with what it decided"},
    OperatorVerb{"close", kDo, "bot",
                 "close a bot's positions, entries too; answered when orders are queued"},
    OperatorVerb{"close_all", kDo, "reason?",
                 "close the positions of all bots, entries too; answered when orders are queued"},
    OperatorVerb{"lift_locks", kDo, "bot reason?", "end locks before their time"},
    OperatorVerb{"lift_fleet_locks", kDo, "scope reason?",
                 "end locks of all bots; scope: fleet, or a symbol"},
    OperatorVerb{"decide", kDo, "id decision bot?",
                 "decide on a difference; answered when durable"},
    OperatorVerb{"cancel_trade", kDo, "id",
                 "a trade that waits ends; an order that stands is cancelled"},
};

// While the fleet starts, what has been written is read this often; what is left to read when it is
// ready is little then. A fleet that waits for an exchange writes nothing, so nothing is read.
constexpr Duration kFleetSoon{50};
constexpr int kTicksARead = 5;

caf::behavior reader(std::shared_ptr<OperatorReads> reads) {
  return {[reads](const ReadNow& wanted) { wanted.call->answer(reads->read(*wanted.query)); }};
}

// Reads the fleet while it starts and as soon as all of it runs, so that nobody waits for the first
// list. What cannot be read is told by the next list, which reads it itself.
caf::behavior fleet_reader(caf::event_based_actor* self, std::shared_ptr<OperatorReads> reads,
                           std::shared_ptr<const EngineStatistics> statistics) {
  self->delayed_send(self, kFleetSoon, TickNow{});
  return {[reads](ReadFleet) { static_cast<void>(reads->fleet().read()); },
          [self, reads, statistics, ticks = 0](TickNow) mutable {
            if (!statistics->totals().fleet_ready_at.is_never()) return reads->warm();
            if (ticks++ % kTicksARead == 0) {
              reads->fleet().outdate();
              static_cast<void>(reads->fleet().read());
            }
            self->delayed_send(self, kFleetSoon, TickNow{});
          }};
}

}  // namespace

std::span<const OperatorVerb> operator_verbs() { return kVerbs; }

const OperatorVerb* find_operator_verb(std::string_view name) {
  const auto* const found = std::ranges::find(kVerbs, name, &OperatorVerb::name);
  return found != kVerbs.end() ? found : nullptr;
}

std::vector<VerbArgument> arguments_of(const OperatorVerb& verb) {
  std::vector<VerbArgument> arguments;
  std::istringstream words{std::string(verb.arguments)};
  for (std::string word; words >> word;) {
    const bool is_needed = !word.ends_with('?');
    if (!is_needed) word.pop_back();
    arguments.push_back({word, is_needed});
  }
  return arguments;
}

Result<void> check_argument_names(const OperatorVerb& verb, const OperatorArguments& given) {
  if (verb.needs != kSee || verb.name.starts_with("ft_")) return {};
  const std::vector<VerbArgument> known = arguments_of(verb);
  for (const auto& [name, value] : given.all()) {
    if (std::ranges::find(known, name, &VerbArgument::name) != known.end()) continue;
    std::string names;
    for (const VerbArgument& one : known) names += (names.empty() ? "" : ", ") + one.name;
    return fail(ErrorCode::kInvalidInput, fmt::format("is no argument of '{}'", verb.name), name,
                names.empty() ? std::string("it takes none") : "it takes: " + names);
  }
  return {};
}

Urgency urgency_of(std::string_view verb) {
  if (verb == "mode" || verb == "live" || verb == "close_all") return Urgency::kStopEngine;
  if (verb == "pause" || verb == "close" || verb == "cancel_trade") return Urgency::kStopBot;
  const OperatorVerb* known = find_operator_verb(verb);
  return known != nullptr && known->needs == kDo ? Urgency::kChange : Urgency::kLook;
}

struct OperatorDesk::Shared {
  std::mutex mutex;
  caf::actor desk;                  // under mutex; null: stopped
  std::vector<caf::actor> readers;  // and whoever drafts
  std::size_t waiting_max = 0;
  std::shared_ptr<std::atomic<std::size_t>> under_way =
      std::make_shared<std::atomic<std::size_t>>(0);

  // Whoever looks, or changes one thing after the other, can fill the queue; who pauses the engine
  // then still gets in.
  std::size_t room_for(const OperatorRequest& request) const {
    if (request.role < kDo) return waiting_max;
    return waiting_max * (1 + static_cast<std::size_t>(urgency_of(request.verb)));
  }

  void handle(OperatorRequest request, OperatorAnswer answer) {
    if (*under_way >= room_for(request))
      return answer(fail(ErrorCode::kOverloaded, "too many requests are under way", {},
                         "ask again in a moment"));
    const auto call =
        std::make_shared<OperatorCall>(std::move(request), std::move(answer), under_way);
    const std::lock_guard lock(mutex);
    if (desk) caf::anon_send(desk, OperatorAsked{call});
  }
};

OperatorDesk::OperatorDesk(caf::actor_system& system, const Clock& clock,
                           const storage::Store& store, const EngineSystem& engine,
                           std::shared_ptr<EngineStatistics> statistics,
                           OperatorDeskSettings settings)
    : shared_(std::make_shared<Shared>()) {
  shared_->waiting_max = settings.waiting_max;
  std::string live_forbidden = settings.identity.live_forbidden;
  statistics->follow_commits(
      [counters = engine.shared_journal_counters()] { return counters->write_seconds.read(); });
  const auto reads =
      std::make_shared<OperatorReads>(store, clock, statistics, std::move(settings.identity));
  for (std::size_t i = 0; i < settings.readers; ++i)
    shared_->readers.push_back(system.spawn<caf::detached>(reader, reads));
  if (settings.readers > 0) {
    const caf::actor of_fleet = system.spawn<caf::detached>(
        fleet_reader, reads, std::shared_ptr<const EngineStatistics>(statistics));
    shared_->readers.push_back(of_fleet);
    reads->fleet().set_read_later([weak = caf::actor_cast<caf::weak_actor_ptr>(of_fleet)] {
      if (const auto there = caf::actor_cast<caf::actor>(weak)) caf::anon_send(there, ReadFleet{});
    });
  }
  const std::size_t readers = std::min(settings.readers, shared_->readers.size());
  caf::actor drafter;
  if (settings.draft && settings.readers > 0)
    shared_->readers.push_back(drafter =
                                   system.spawn<caf::detached>(fleet_drafter, settings.draft));
  shared_->desk = system.spawn<OperatorActor>(
      std::cref(clock),
      OperatorParts{.store = store,
                    .journal_counters = engine.journal_counters(),
                    .journal = engine.journal(),
                    .supervisor = engine.supervisor(),
                    .scheduler = engine.scheduler(),
                    .trade_queue = engine.trade_queue(),
                    .reconciler = engine.reconciler(),
                    .limiter = engine.limiter(),
                    .market_data = engine.market_data(),
                    .exchange = engine.exchange(),
                    .balances = engine.balances(),
                    .singletons = engine.singletons(),
                    .epoch = engine.epoch(),
                    .reads = reads,
                    .readers = {shared_->readers.begin(),
                                shared_->readers.begin() + static_cast<std::ptrdiff_t>(readers)},
                    .draft = std::move(settings.draft),
                    .drafter = drafter,
                    .live_forbidden = std::move(live_forbidden),
                    .patience = settings.patience,
                    .check_patience = settings.check_patience});
}

OperatorDesk::~OperatorDesk() { stop(); }

void OperatorDesk::handle(OperatorRequest request, OperatorAnswer answer) const {
  shared_->handle(std::move(request), std::move(answer));
}

OperatorEntry OperatorDesk::entry() const {
  return [shared = shared_](OperatorRequest request, OperatorAnswer answer) {
    shared->handle(std::move(request), std::move(answer));
  };
}

void OperatorDesk::stop() {
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->desk) return;
  caf::anon_send_exit(shared_->desk, caf::exit_reason::user_shutdown);
  for (const caf::actor& one : shared_->readers)
    caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
  shared_->desk = nullptr;
  shared_->readers.clear();
}

}  // namespace botbox::actors
