#include "tools/botbox/engine_assembly.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <system_error>

#include "actors/venue_history.hpp"
#include "engine/assert.hpp"
#include "exchange/http/http_transport.hpp"
#include "exchange/http/paper_http_exchange.hpp"
#include "exchange/market/csv_market.hpp"
#include "exchange/market/synthetic_market.hpp"
#include "exchange/venue/credentials_file.hpp"
#include "exchange/venue/venue_exchange.hpp"

namespace botbox::cli {
namespace {

Instrument instrument_of(const config::PaperSymbol& listed) {
  Instrument instrument;
  instrument.symbol = listed.symbol.unified;
  instrument.base = listed.symbol.base;
  instrument.quote = listed.symbol.quote;
  instrument.market = listed.symbol.market;
  instrument.tick = listed.tick;
  instrument.lot = listed.lot;
  instrument.min_quantity = listed.lot;
  instrument.min_notional = listed.min_notional;
  return instrument;
}

Result<std::shared_ptr<exchange::MarketFeed>> synthetic_feed(const config::PaperSection& paper) {
  exchange::SyntheticMarketConfig config;
  config.seed = paper.seed;
  for (const config::PaperSymbol& listed : paper.symbols)
    config.symbols.push_back(
        {instrument_of(listed), listed.price, listed.volatility, listed.minute_volume});
  BOTBOX_ASSIGN(exchange::SyntheticMarket market,
                exchange::SyntheticMarket::create(std::move(config)));
  return std::make_shared<exchange::SyntheticMarket>(std::move(market));
}

exchange::CsvChoice csv_choice(const config::PaperSymbol& listed) {
  exchange::CsvChoice choice;
  choice.symbols = {listed.symbol.unified};
  if (!listed.csv_venue.empty()) choice.venues = {listed.csv_venue};
  choice.option = "csv_venue = \"NAME\" in its [[paper.symbol]]";
  return choice;
}

// What one entry of a symbol's `csv` names.
Result<std::vector<exchange::CsvSource>> csv_sources_of(const config::PaperSymbol& listed,
                                                        const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return exchange::csv_files_of(csv_choice(listed), path);
  const Result<exchange::CsvSource> named = exchange::parse_csv_name(path);
  if (named && listed.csv_timeframe && *listed.csv_timeframe != named->timeframe)
    return fail(ErrorCode::kInvalidInput,
                fmt::format("the file's name says {}, csv_timeframe says {}",
                            to_string(named->timeframe), to_string(*listed.csv_timeframe)),
                path, "leave csv_timeframe out, or rename the file");
  const Timeframe said = named ? named->timeframe : Timeframe{};
  return std::vector<exchange::CsvSource>{
      {path, listed.symbol.unified, listed.csv_timeframe.value_or(said), {}}};
}

Result<std::shared_ptr<const exchange::FundingSchedule>> funding_of(
    const config::PaperSymbol& listed) {
  using exchange::FundingSchedule;
  std::shared_ptr<const FundingSchedule> schedule;
  if (!listed.funding_csv.empty()) {
    BOTBOX_ASSIGN(FundingSchedule loaded, FundingSchedule::load(listed.funding_csv));
    schedule = std::make_shared<const FundingSchedule>(std::move(loaded));
  } else if (!listed.funding.is_zero()) {
    schedule = std::make_shared<const FundingSchedule>(FundingSchedule::constant(listed.funding));
  }
  return schedule;
}

exchange::VenueKind venue_kind(config::ExchangeKind kind) {
  switch (kind) {
    case config::ExchangeKind::kBybitSpot: return exchange::VenueKind::kBybitSpot;
    case config::ExchangeKind::kBybitLinear: return exchange::VenueKind::kBybitLinear;
    case config::ExchangeKind::kBinanceSpot: return exchange::VenueKind::kBinanceSpot;
    case config::ExchangeKind::kBinanceUsdm: return exchange::VenueKind::kBinanceUsdm;
    case config::ExchangeKind::kPaper:
    case config::ExchangeKind::kPaperHttp: break;
  }
  ENGINE_ASSERT(false);
  return {};
}

// What a venue publishes is data of the adapter, which needs neither keys nor a network to tell it.
void take_what_is_published(const config::EngineConfig& config, actors::EngineSettings& settings) {
  struct NoClock final : Clock {
    Timestamp now() const override { return {}; }
  };
  const NoClock clock;
  exchange::VenueOptions options;
  options.kind = venue_kind(config.exchange.kind);
  const auto api = exchange::open_venue(std::move(options), clock);
  if (config.exchange.limits_are_the_venues) settings.limits.windows = api->limits();
  std::set<Symbol> symbols;
  for (const BotConfig& bot : config.bots) symbols.insert(bot.symbol);
  // An entry, a stop and a target of each bot.
  settings.trade_queue.poll_interval =
      std::max(settings.trade_queue.poll_interval,
               exchange::poll_interval_for(*api, symbols.size(), 3 * config.bots.size()));
}

// Of a remote paper exchange it is not known.
actors::Leverages leverages_of(const config::EngineConfig& config) {
  if (config.exchange.kind != config::ExchangeKind::kPaper)
    return {.all = config.exchange.leverage.value_or(Decimal{}), .by_symbol = nullptr};
  actors::Leverages::BySymbol listed_leverages;
  for (const config::PaperSymbol& listed : config.paper.symbols)
    listed_leverages[listed.symbol.unified] = Decimal::from_int(listed.leverage);
  return {.all = {},
          .by_symbol =
              std::make_shared<const actors::Leverages::BySymbol>(std::move(listed_leverages))};
}

}  // namespace

storage::RetentionPolicy retention_policy(const config::RetentionSection& section) {
  const auto bytes = [](std::uint32_t mib) { return std::uint64_t{mib} << 20; };
  return {.signals = {section.signals, bytes(section.signals_max_mib)},
          .events = {section.events, bytes(section.events_max_mib)},
          .traces = {section.traces, bytes(section.traces_max_mib)},
          .cycles = {section.cycles, 0}};
}

actors::EngineSettings engine_settings(const config::EngineConfig& config) {
  actors::EngineSettings settings;
  settings.exchange_name = std::string(to_string(config.exchange.kind));
  settings.max_open_positions = config.engine.max_open_positions;
  settings.rollout = config.rollout;
  settings.fleet_limits = config.risk.limits;
  settings.fleet_guards = config.risk.guards;
  settings.leverages = leverages_of(config);
  if (config.exchange.kind != config::ExchangeKind::kPaper)
    settings.balances_every = Duration{30'000};
  settings.data_age_max = config.engine.freshness_max;
  settings.signal_age_max = config.engine.signal_age_max;
  settings.traces_kept = config.retention.traces;
  settings.scheduler.cycles_kept = config.retention.cycles;
  settings.live_trading = config.live_trading_effective();
  settings.initial_mode = config.engine.initial_mode;
  settings.limits = config.exchange.limiter;
  if (config::is_real(config.exchange.kind)) take_what_is_published(config, settings);
  settings.scheduler.deadline = config.engine.check_deadline;
  settings.scheduler.batch = config.engine.batch;
  settings.scheduler.evict_idle = config.engine.evict_idle;
  settings.scheduler.alerts = config.alerts;
  settings.trade_queue.alerts = config.alerts;
  settings.data_age_alert = config.alerts.data_age;
  settings.breaker = config.exchange.breaker;
  settings.restart = config.engine.restart;
  settings.reconciliation.is_on = config.reconciliation.is_enabled;
  settings.reconciliation.interval = config.reconciliation.interval;
  settings.reconciliation.confirm_after = config.reconciliation.confirm_after;
  settings.reconciliation.rules = config.reconciliation.rules;
  if (!settings.reconciliation.rules.leverage)
    settings.reconciliation.rules.leverage = config.exchange.leverage;
  settings.reconciliation.rules.margin_mode = config.exchange.margin_mode;
  // The exchange in this process forgets nothing it was asked about, so "not there" is final at
  // once.
  if (config.exchange.kind == config::ExchangeKind::kPaper)
    settings.trade_queue.resend_after = Duration{0};
  return settings;
}

Result<exchange::PaperConfig> paper_config(const config::PaperSection& paper) {
  exchange::PaperConfig made;
  for (const config::PaperSymbol& listed : paper.symbols) {
    BOTBOX_ASSIGN(auto funding, funding_of(listed));
    made.instruments.push_back(
        {instrument_of(listed), Decimal::from_int(listed.leverage), std::move(funding)});
    const bool known = std::any_of(
        made.balances.begin(), made.balances.end(),
        [&](const exchange::StartBalance& b) { return b.asset == listed.symbol.quote; });
    if (!known) made.balances.push_back({listed.symbol.quote, paper.start_balance.value});
  }
  made.taker_fee = paper.fee_taker;
  made.maker_fee = paper.fee_maker;
  made.slippage = paper.slippage;
  made.max_participation = paper.participation;
  return made;
}

Result<std::shared_ptr<exchange::MarketFeed>> market_feed(const config::PaperSection& paper) {
  if (paper.feed == config::PaperFeed::kSynthetic) return synthetic_feed(paper);
  std::vector<exchange::CsvSource> sources;
  for (const config::PaperSymbol& listed : paper.symbols)
    for (const std::string& path : listed.csv) {
      BOTBOX_ASSIGN(const std::vector<exchange::CsvSource> named, csv_sources_of(listed, path));
      sources.insert(sources.end(), named.begin(), named.end());
    }
  BOTBOX_ASSIGN(exchange::CsvMarket market, exchange::CsvMarket::load(sources));
  return std::make_shared<exchange::CsvMarket>(std::move(market));
}

Result<std::shared_ptr<exchange::MarketFeed>> recorded_feed(
    const std::string& path, const std::vector<BotConfig>& bots,
    const std::vector<std::string>& venues) {
  exchange::CsvChoice choice;
  for (const BotConfig& bot : bots) choice.symbols.push_back(bot.symbol);
  choice.venues = venues;
  BOTBOX_ASSIGN(exchange::CsvMarket market, exchange::CsvMarket::load(path, choice));
  return std::make_shared<exchange::CsvMarket>(std::move(market));
}

std::shared_ptr<exchange::Exchange> remote_paper(const config::ExchangeSection& section) {
  struct Remote {
    explicit Remote(const std::string& url) : exchange(url, transport) {}
    exchange::HttpTransport transport;
    exchange::PaperHttpExchange exchange;
  };
  auto remote = std::make_shared<Remote>(section.url);
  return {remote, &remote->exchange};
}

Result<exchange::VenueOptions> venue_options(const config::ExchangeSection& section) {
  exchange::VenueOptions options;
  options.kind = venue_kind(section.kind);
  options.is_testnet = section.network == config::VenueNetwork::kTestnet;
  options.url = section.url;
  options.http.connect_timeout = section.connect_timeout;
  options.http.timeout = section.request_timeout;
  options.http.proxy = section.proxy;
  options.http.ca_file = section.ca_file;
  if (!section.api_key.empty()) {
    options.credentials = exchange::Credentials(section.api_key, section.api_secret);
  } else if (!section.credentials_file.empty()) {
    BOTBOX_ASSIGN(options.credentials, exchange::read_credentials(section.credentials_file));
  }
  return options;
}

Result<std::shared_ptr<exchange::Exchange>> real_venue(const config::ExchangeSection& section,
                                                       const AlertThreshold& clock_offset,
                                                       const storage::Store& store,
                                                       const Clock& clock) {
  BOTBOX_ASSIGN(exchange::VenueOptions options, venue_options(section));
  if (options.credentials.empty())
    return fail(ErrorCode::kInvalidInput, "a real venue needs an API key", "[exchange]",
                "set BOTBOX__EXCHANGE__API_KEY and BOTBOX__EXCHANGE__API_SECRET, or "
                "credentials_file");
  BOTBOX_ASSIGN(const std::vector<exchange::OpenBracket> open, actors::venue_history(store));
  exchange::VenueExchangeSettings settings{.clock_offset = clock_offset};
  settings.leverage = section.leverage;
  settings.margin_mode = section.margin_mode;
  auto venue = std::make_shared<exchange::VenueExchange>(
      exchange::open_venue(std::move(options), clock), settings);
  venue->adopt(open, actors::bracket_finder(store));
  return venue;
}

InstallationId random_installation() {
  std::array<unsigned char, 16> bytes{};
  ENGINE_ASSERT(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return {text};
}

}  // namespace botbox::cli
