// `botbox explain`: what a signal from outside would become, without sending it.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "actors/bot_change.hpp"
#include "actors/wall_clock.hpp"
#include "engine/decide.hpp"
#include "engine/execution/identity.hpp"
#include "engine/webhook/alert.hpp"
#include "engine/webhook/source_rules.hpp"
#include "storage/codec.hpp"
#include "storage/directory.hpp"
#include "storage/reader.hpp"
#include "storage/rocksdb_store.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/engine_assembly.hpp"
#include "tools/botbox/listing.hpp"
#include "tools/botbox/output.hpp"
#include "tools/config/load_config.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

// What there is to explain by.
struct ExplainGround {
  config::EngineConfig config;
  bool has_config = false;
  std::string data;
  std::unique_ptr<storage::Store> store;  // null: no engine has run there yet
};

// The bot as it stands; or, where it never ran, as it would start.
struct ExplainedBot {
  BotConfig config;
  BotSnapshot snapshot;
  std::string records;  // where that is from, for whoever reads the answer
};

Result<std::string> read_body(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::kNotFound, "cannot be read", path, "correct --signal");
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// Which field of the body means what, as the source says; and that it may signal the bot at all.
Result<AlertMapping> mapping_of(const ExplainOptions& options, const config::EngineConfig& config) {
  const std::string& source = options.source;
  if (source.empty()) return AlertMapping{};
  if (config.webhook)
    for (const config::WebhookSourceSection& one : config.webhook->sources) {
      if (one.name != source) continue;
      if (may_signal(one.bots, options.bot)) return one.mapping;
      return fail(ErrorCode::kInvalidInput,
                  fmt::format("may not signal this bot: its alerts are IGNORED, {}",
                              to_string(ReasonCode::kBotNotAllowed)),
                  "webhook.source " + source, "add " + options.bot + " to its bots");
    }
  return fail(ErrorCode::kNotFound, "no webhook.source of this name", source, "correct --source");
}

Result<Alert> read_alert(const ExplainOptions& options, const config::EngineConfig& config) {
  BOTBOX_ASSIGN(const AlertMapping mapping, mapping_of(options, config));
  BOTBOX_ASSIGN(const std::string body, read_body(options.signal));
  auto alert = parse_alert(body, mapping);
  if (!alert) return fail(ErrorCode::kInvalidInput, to_string(alert.error()), options.signal);
  return std::move(*alert);
}

// A market of one closed candle at this price.
Result<std::shared_ptr<const MarketView>> view_of(const Symbol& symbol, Timeframe timeframe,
                                                  Price price, Timestamp now) {
  const Timestamp open{timeframe.last_close(now).ms - timeframe.ms()};
  auto series = std::make_shared<CandleSeries>(timeframe, 1);
  BOTBOX_TRY(series->merge({{.open_time = open,
                             .open = price,
                             .high = price,
                             .low = price,
                             .close = price,
                             .volume = {}}},
                           now));
  auto view = std::make_shared<MarketView>();
  view->symbol = symbol;
  view->timeframe = timeframe;
  view->series = std::move(series);
  view->as_of = now;
  return view;
}

Signal signal_of(const Alert& alert, const BotConfig& bot, Timestamp now) {
  Signal signal;
  signal.source = SignalSource::kWebhook;
  signal.bot = bot.id;
  signal.symbol = alert.symbol ? alert.symbol->unified : bot.symbol;
  signal.direction = direction_of(alert.action, bot.market);
  signal.timeframe = alert.interval.value_or(bot.timeframe);
  signal.candle_close = alert.sent_at.is_never() || alert.sent_at > now ? now : alert.sent_at;
  signal.created_at = now;
  signal.score = 1;
  signal.execution_scheduled_at = scheduled_time(alert, now);
  signal.id = alert.id.empty() ? alert_signal_id(bot.id, alert.content, now)
                               : alert_signal_id(bot.id, alert.id);
  return signal;
}

// By which filters the order is made, and where they come from. What a real venue lists is known as
// far as an engine of this directory has asked it; what stands in its place is told with the
// answer.
struct ExplainFilters {
  Instrument instrument;
  std::string source;
  Timestamp since;  // "never": not known
  std::string note;
  bool is_listed = true;
};

constexpr std::string_view kFiltersUnknown =
    "the venue's own filters are not known here: it may take a coarser quantity and price, or "
    "refuse so small an order; they are kept from the first run on, or --tick, --lot and "
    "--min-notional tell them";

ExplainFilters assumed_filters(const BotConfig& bot) {
  const Decimal finest = Decimal::literal("0.00000001");
  return {.instrument = {.symbol = bot.symbol,
                         .market = bot.market,
                         .tick = {finest},
                         .lot = {finest},
                         .min_quantity = {finest}},
          .source = "assumed",
          .since = {},
          .note = std::string(kFiltersUnknown)};
}

// What the venue listed when it was asked last; none: it never was.
Result<std::optional<ExplainFilters>> kept_filters(const storage::Store& store,
                                                   const std::string& venue, const BotConfig& bot) {
  BOTBOX_ASSIGN(const auto kept, storage::find_instrument(store, venue, bot.symbol));
  if (kept) return ExplainFilters{kept->instrument, venue, kept->since, {}};
  BOTBOX_ASSIGN(const auto any, storage::load_instruments(store, venue, 1));
  if (any.empty()) return std::nullopt;
  ExplainFilters filters = assumed_filters(bot);
  filters.source = venue;
  filters.note = fmt::format("{} did not list {} when it was asked last", venue, bot.symbol.value);
  filters.is_listed = false;
  return filters;
}

// Of whichever venue the engine of these records has traded at.
Result<std::optional<ExplainFilters>> recorded_filters(const storage::Store& store,
                                                       const BotConfig& bot) {
  using Kind = config::ExchangeKind;
  for (const Kind kind : {Kind::kPaper, Kind::kPaperHttp, Kind::kBybitSpot, Kind::kBybitLinear,
                          Kind::kBinanceSpot, Kind::kBinanceUsdm}) {
    BOTBOX_ASSIGN(auto kept, kept_filters(store, std::string(to_string(kind)), bot));
    if (kept && kept->is_listed) return kept;
  }
  return std::nullopt;
}

// The embedded paper exchange lists what the configuration says, whatever it said before.
Result<ExplainFilters> exchange_filters(const ExplainGround& ground, const BotConfig& bot) {
  const config::EngineConfig& config = ground.config;
  const bool is_embedded =
      ground.has_config && config.exchange.kind == config::ExchangeKind::kPaper;
  if (ground.store && !is_embedded) {
    BOTBOX_ASSIGN(auto kept, ground.has_config
                                 ? kept_filters(*ground.store,
                                                std::string(to_string(config.exchange.kind)), bot)
                                 : recorded_filters(*ground.store, bot));
    if (kept) return std::move(*kept);
  }
  BOTBOX_ASSIGN(const exchange::PaperConfig paper, paper_config(config.paper));
  for (const auto& listed : paper.instruments)
    if (listed.instrument.symbol == bot.symbol)
      return ExplainFilters{listed.instrument,
                            "[[paper.symbol]]",
                            {},
                            std::string(is_real(config.exchange.kind) ? kFiltersUnknown : "")};
  return assumed_filters(bot);
}

Result<ExplainFilters> filters_of(const ExplainOptions& options, const ExplainGround& ground,
                                  const BotConfig& bot) {
  BOTBOX_ASSIGN(ExplainFilters filters, exchange_filters(ground, bot));
  Instrument& instrument = filters.instrument;
  if (!options.tick.is_zero()) instrument.tick = {options.tick};
  if (!options.lot.is_zero()) instrument.lot = instrument.min_quantity = {options.lot};
  if (!options.min_notional.is_zero()) instrument.min_notional = {options.min_notional};
  const bool is_told =
      !options.tick.is_zero() && !options.lot.is_zero() && !options.min_notional.is_zero();
  if (is_told) return ExplainFilters{instrument, "command line", {}, {}};
  if (!options.tick.is_zero() || !options.lot.is_zero() || !options.min_notional.is_zero())
    filters.source += ", and the command line";
  return filters;
}

Json filters_json(const ExplainFilters& filters) {
  const Instrument& instrument = filters.instrument;
  Json json{{"source", filters.source},
            {"tick", to_string(instrument.tick)},
            {"lot", to_string(instrument.lot)},
            {"min_quantity", to_string(instrument.min_quantity)},
            {"min_notional", to_string(instrument.min_notional)}};
  if (!filters.since.is_never()) json["since"] = to_iso8601(filters.since);
  if (!filters.note.empty()) json["note"] = filters.note;
  return json;
}

// Order and plan as the trace shows them, also where live trading is off and no trade would follow.
Json payload_json(const DecisionTrace& trace) {
  const Json context = Json::parse(trace.context_json, nullptr, false);
  return context.is_object() ? context.value("payload", Json()) : Json();
}

Result<ExplainGround> ground_of(const ExplainOptions& options, config::EngineConfig config) {
  ExplainGround ground{std::move(config), !options.config.empty(), options.data, nullptr};
  if (ground.data.empty()) ground.data = ground.config.engine.data_dir.value_or("data");
  auto store = storage::RocksDbStore::open_secondary(ground.data);
  if (store) {
    ground.store = std::move(*store);
    return ground;
  }
  if (store.error().code != ErrorCode::kNotFound)
    return tl::unexpected<Error>(std::move(store).error());
  if (!ground.has_config)
    return fail(ErrorCode::kNotFound, "no configuration is named, and no engine has run here",
                ground.data,
                "give --config or BOTBOX_CONFIG, or the --data of an engine that has run");
  return ground;
}

Result<ExplainedBot> explained_bot(const ExplainGround& ground, const BotId& id) {
  if (ground.store) {
    const auto found = storage::load_bot(*ground.store, id);
    if (found && found->damage) return tl::unexpected<Error>(*found->damage);
    if (found) return ExplainedBot{found->config, found->snapshot, ground.data};
    if (found.error().code != ErrorCode::kNotFound || !ground.has_config)
      return tl::unexpected<Error>(found.error());
  }
  const auto& bots = ground.config.bots;
  const auto configured = std::ranges::find(bots, id, &BotConfig::id);
  if (configured == bots.end())
    return fail(ErrorCode::kNotFound, "the configuration has no such bot", "bot " + id.value,
                "correct --bot");
  return ExplainedBot{
      *configured, actors::first_snapshot(*configured),
      fmt::format("none in {} yet: the bot is taken as it would start, with nothing open and "
                  "nothing under way",
                  ground.data)};
}

// As an engine stands, or would start.
Result<EngineState> engine_of(const ExplainGround& ground) {
  std::optional<EngineState> stored;
  if (ground.store) {
    BOTBOX_ASSIGN(stored, storage::find_engine_state(*ground.store));
  }
  return stored.value_or(EngineState{.mode = ground.config.engine.initial_mode,
                                     .live_trading = ground.config.live_trading_effective()});
}

Result<std::shared_ptr<const Strategy>> strategy_of(const ExplainGround& ground,
                                                    const BotConfig& bot) {
  if (auto strategy = ground.config.catalogue.find(bot.strategy)) return strategy;
  return fail(ErrorCode::kNotFound, "an unknown strategy", bot.strategy.value,
              ground.has_config ? "" : "give --config, if it is one of your own");
}

Result<Price> price_of(const ExplainOptions& options, const Alert& alert) {
  const Price price =
      options.price.is_zero() && alert.price ? Price{*alert.price} : Price{options.price};
  if (price.is_positive()) return price;
  return fail(ErrorCode::kInvalidInput, "the alert names no price", options.signal,
              "give --price, the market's price of now");
}

Result<Json> explain_signal(const ExplainOptions& options, const ExplainGround& ground) {
  const config::EngineConfig& config = ground.config;
  BOTBOX_ASSIGN(const Alert alert, read_alert(options, config));
  BOTBOX_ASSIGN(const ExplainedBot bot, explained_bot(ground, {options.bot}));
  storage::DirectoryState directory;
  if (ground.store) {
    BOTBOX_ASSIGN(directory, storage::read_directory(*ground.store));
  }
  BOTBOX_ASSIGN(const EngineState engine, engine_of(ground));
  BOTBOX_ASSIGN(const Price price, price_of(options, alert));
  const Timestamp now = actors::WallClock().now();
  BOTBOX_ASSIGN(const auto market, view_of(bot.config.symbol, bot.config.timeframe, price, now));
  BOTBOX_ASSIGN(const auto newest, view_of(bot.config.symbol, Timeframe::minutes(1), price, now));
  BOTBOX_ASSIGN(const ExplainFilters filters, filters_of(options, ground, bot.config));
  BOTBOX_ASSIGN(const auto strategy, strategy_of(ground, bot.config));
  const DecisionContext context{.now = now,
                                .installation = directory.installation,
                                .config = bot.config,
                                .strategy = *strategy,
                                .instrument = filters.is_listed ? &filters.instrument : nullptr,
                                .engine = engine,
                                .data_age_max = config.engine.freshness_max,
                                .signal_age_max = config.engine.signal_age_max,
                                .rollout = rollout_of(engine, config.rollout)};
  const SignalReceived received{
      .signal = signal_of(alert, bot.config, now), .order = 0, .market = market, .newest = newest};
  BOTBOX_ASSIGN(const Decision decision, decide(bot.snapshot, received, context));
  const Effects& effects = decision.turn.effects;
  Json json{{"bot", options.bot},
            {"outcome", to_string(decision.turn.outcome)},
            {"reason", to_string(decision.turn.reason)},
            {"explanation", explain(*effects.trace)},
            {"records", bot.records},
            {"filters", filters_json(filters)},
            {"not_followed", not_followed(alert, bot.config.timeframe)},
            {"signal", storage::to_json(*effects.signal)},
            {"intent", effects.intent ? storage::to_json(*effects.intent) : Json()},
            {"payload", payload_json(*effects.trace)},
            {"trade", effects.trade ? storage::to_json(*effects.trade) : Json()}};
  if (!ground.has_config)
    json["configuration"] = "none is named: limits of the engine are the usual ones";
  return json;
}

// Without a file: the defaults, and the strategies that ship.
config::ConfigResult explained_config(const ExplainOptions& options) {
  if (!options.config.empty())
    return config::load_config(options.config, config::process_environment(),
                               config::shipped_catalogue());
  config::EngineConfig config;
  config.catalogue = config::shipped_catalogue();
  return config;
}

}  // namespace

int run_explain(const ExplainOptions& options) {
  auto config = explained_config(options);
  if (!config) {
    fmt::print(stderr, "{}", config::to_string(config.error()));
    return number(ExitCode::kConfig);
  }
  const auto ground = ground_of(options, std::move(*config));
  if (!ground) return report_error(ground.error(), format_of(options.json));
  const Result<Json> explained = explain_signal(options, *ground);
  if (!explained) return report_error(explained.error(), format_of(options.json));
  if (options.json)
    print_json(*explained);
  else
    print_text(record_text(*explained));
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
