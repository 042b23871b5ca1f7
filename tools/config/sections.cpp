#include "tools/config/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string_view>

#include "tools/config/risk_plan_section.hpp"
#include "tools/config/value_text.hpp"

namespace botbox::config {
namespace {

RestartConfig read_restart(const ConfigNode* table, ReadContext& context) {
  RestartConfig restart;
  if (table == nullptr) return restart;
  SectionReader reader(*table, "engine.restart", context.problems);
  const DurationRange pause{Duration{100}, Duration{3'600'000}};
  take(reader.duration("first_delay", pause), restart.first_delay);
  take(reader.duration("longest_delay", pause), restart.longest_delay);
  take_count(reader.integer("failures_to_quarantine", {1, 1000}), restart.failures_to_quarantine);
  take(reader.duration("quarantine_window", {Duration{1000}, Duration{86'400'000}}),
       restart.quarantine_window);
  if (restart.first_delay > restart.longest_delay)
    reader.problem(*table, "first_delay", "is longer than longest_delay",
                   "make longest_delay at least as long");
  reader.finish();
  return restart;
}

bool is_http_url(std::string_view url, std::string& why) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos ||
      (url.substr(0, scheme) != "http" && url.substr(0, scheme) != "https")) {
    why = "must begin with http:// or https://";
    return false;
  }
  const std::string_view rest = url.substr(scheme + 3);
  if (rest.find('@') != std::string_view::npos) {
    why = "must not hold credentials";  // and is not shown
    return false;
  }
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  const std::string_view path = rest.substr(host.size());
  const std::size_t colon = host.rfind(':');
  if (host.empty() || colon == 0 || (!path.empty() && path != "/")) {
    why = "must be a host and a port, without a path";
    return false;
  }
  if (colon == std::string_view::npos) return true;
  int port = 0;
  const auto [end, error] =
      std::from_chars(host.data() + colon + 1, host.data() + host.size(), port);
  if (error == std::errc{} && end == host.data() + host.size() && port > 0 && port < 65536)
    return true;
  why = "must end in a port between 1 and 65535";
  return false;
}

void read_url(SectionReader& reader, ExchangeSection& exchange) {
  const auto url = reader.text("url");
  const ConfigNode* node = reader.find("url");
  const std::string fix = "write url = \"http://127.0.0.1:8600\"";
  if (exchange.kind == ExchangeKind::kPaper) {
    if (url) reader.problem(*node, "url", "is not for kind = \"paper\"", "leave it out");
    return;
  }
  if (node == nullptr) return is_real(exchange.kind) ? void() : reader.missing("url", fix);
  if (!url) return;
  std::string why;
  if (!is_http_url(*url, why)) return reader.problem(*node, "url", why, fix);
  exchange.url = *url;
  if (exchange.url.ends_with('/')) exchange.url.pop_back();
}

void read_terms(SectionReader& reader, ExchangeSection& exchange) {
  for (const char* key : {"leverage", "margin_mode"})
    if (const ConfigNode* node = reader.find(key); node != nullptr && !is_linear(exchange.kind))
      reader.problem(*node, key, "is only for linear venues", "leave it out");
  exchange.leverage =
      reader.decimal("leverage", {.min = Decimal::from_int(1), .max = Decimal::from_int(125)});
  exchange.margin_mode = reader.choice<MarginMode>(
      "margin_mode", {{"cross", MarginMode::kCross}, {"isolated", MarginMode::kIsolated}});
}

// What only real venues have. Keys do not belong into a file that is copied, shown and versioned.
void read_venue(SectionReader& reader, ExchangeSection& exchange, ReadContext& context) {
  const bool is_venue = is_real(exchange.kind);
  for (const char* key :
       {"network", "credentials_file", "proxy", "ca_file", "connect_timeout", "request_timeout"})
    if (const ConfigNode* node = reader.find(key); node != nullptr && !is_venue)
      reader.problem(*node, key, "is only for real venues", "leave it out");
  for (const char* key : {"api_key", "api_secret"})
    if (const ConfigNode* node = reader.find(key);
        node != nullptr && is_venue && !node->place.file.starts_with("environment "))
      reader.problem(*node, key, "must not stand in the configuration",
                     "set BOTBOX__EXCHANGE__API_KEY and BOTBOX__EXCHANGE__API_SECRET, or write "
                     "credentials_file = \"venue.keys\"");
  take(reader.choice<VenueNetwork>(
           "network", {{"mainnet", VenueNetwork::kMainnet}, {"testnet", VenueNetwork::kTestnet}}),
       exchange.network);
  if (const ConfigNode* node = reader.find("network"); node != nullptr && !exchange.url.empty())
    reader.problem(*node, "network", "and url say two things", "leave one of them out");
  for (auto [key, path] : {std::pair("credentials_file", &exchange.credentials_file),
                           std::pair("ca_file", &exchange.ca_file)}) {
    const auto text = reader.text(key);
    if (!text) continue;
    *path = text->starts_with('/') ? *text : context.folder + *text;
    if (!context.file_exists(*path))
      reader.problem(*reader.find(key), key, fmt::format("there is no readable file {}", *path),
                     "correct the path; it starts at the folder of this file");
  }
  if (is_venue && exchange.api_key.empty() != exchange.api_secret.empty())
    reader.problem(*reader.find(exchange.api_key.empty() ? "api_secret" : "api_key"),
                   exchange.api_key.empty() ? "api_key" : "api_secret", "is missing",
                   "set both, or neither");
  take(reader.proxy("proxy"), exchange.proxy);
  const DurationRange patience{Duration{100}, Duration{60'000}};
  take(reader.duration("connect_timeout", patience), exchange.connect_timeout);
  take(reader.duration("request_timeout", patience), exchange.request_timeout);
  read_terms(reader, exchange);
}

// A limit whose share for entries is less than one request would hold all of them back for ever.
void refuse_useless(SectionReader& item, const LimitWindow& window,
                    const RateLimiterConfig& limiter) {
  const std::int64_t share = limiter.ceiling_percent - limiter.protective_percent;
  if (share <= 0 || window.limit <= 0 || window.limit * share >= 100) return;
  item.problem(*item.find("limit"), "limit",
               fmt::format("is {}, of which the {} % for entries are less than one request",
                           window.limit, share),
               fmt::format("make it at least {}", (100 + share - 1) / share));
}

// After the shares of them.
void read_limits(SectionReader& reader, RateLimiterConfig& limiter, ReadContext& context) {
  const auto tables = reader.tables("limit");
  if (tables.empty()) return;
  limiter.windows.clear();
  std::set<std::string> names;
  for (const ConfigNode* table : tables) {
    SectionReader item(*table, "exchange.limit", context.problems);
    LimitWindow window;
    take(item.line("name"), window.name);
    take(item.duration("window", {Duration{1000}, Duration{7 * 86'400'000LL}}), window.length);
    take(item.integer("limit", {1, 1'000'000'000}), window.limit);
    take(item.choice<LimitKind>(
             "counts", {{"weight", LimitKind::kRequestWeight}, {"orders", LimitKind::kOrders}}),
         window.kind);
    if (item.find("name") == nullptr) item.missing("name", "write name = \"weight_1m\"");
    if (item.find("window") == nullptr) item.missing("window", "write window = \"1m\"");
    if (item.find("limit") == nullptr) item.missing("limit", "write limit = 6000");
    if (!window.name.empty() && !names.insert(window.name).second)
      item.problem(*item.find("name"), "name",
                   fmt::format("'{}' is the name of another limit", window.name),
                   "give each limit its own name");
    refuse_useless(item, window, limiter);
    item.finish();
    limiter.windows.push_back(std::move(window));
  }
}

void read_shares(SectionReader& reader, RateLimiterConfig& limiter) {
  take_count(reader.integer("ceiling_percent", {1, 100}), limiter.ceiling_percent);
  take_count(reader.integer("alert_percent", {1, 100}), limiter.alert_percent);
  limiter.alert_clear_percent = std::max(0, limiter.alert_percent - 10);
  take_count(reader.integer("alert_clear_percent", {0, 100}), limiter.alert_clear_percent);
  take(reader.duration("alert_for", {Duration{0}, Duration{600'000}}), limiter.alert_for);
  take_count(reader.integer("pause_percent", {1, 100}), limiter.pause_percent);
  take_count(reader.integer("protective_percent", {0, 99}), limiter.protective_percent);
  const auto not_above_ceiling = [&](std::string_view key, int percent, std::string_view why) {
    if (percent < limiter.ceiling_percent) return;
    const ConfigNode* node = reader.find(key);
    reader.problem(node != nullptr ? *node : reader.node(), key,
                   fmt::format("{} is not below ceiling_percent {}: {}", percent,
                               limiter.ceiling_percent, why),
                   "make it smaller than ceiling_percent");
  };
  not_above_ceiling("alert_percent", limiter.alert_percent, "the alert would never come");
  if (limiter.alert_clear_percent > limiter.alert_percent)
    reader.problem(*reader.find("alert_clear_percent"), "alert_clear_percent",
                   fmt::format("is higher than alert_percent {}", limiter.alert_percent),
                   "make it at most alert_percent");
  not_above_ceiling("protective_percent", limiter.protective_percent, "no entry could be sent");
}

bool names_directory(const std::string& path, const ReadContext& context) {
  return context.file_exists(path.ends_with('/') ? path : path + '/');
}

// Of a file somebody has chosen it, whosever it is.
void check_csv_venue(SectionReader& reader, const PaperSymbol& listed, const ReadContext& context) {
  const ConfigNode* venue = reader.find("csv_venue");
  if (venue == nullptr) return;
  if (std::none_of(listed.csv.begin(), listed.csv.end(),
                   [&](const std::string& path) { return names_directory(path, context); }))
    reader.problem(*venue, "csv_venue", "chooses among the files of a directory, and csv has none",
                   "leave it out, or let csv name a directory");
}

// Recorded candles of one symbol: files in the order of time, directories, or both.
void read_csv(SectionReader& reader, PaperFeed feed, PaperSymbol& listed, ReadContext& context) {
  const ConfigNode* node = reader.find("csv");
  const auto timeframe = reader.text("csv_timeframe");
  if (timeframe) {
    const Result<Timeframe> parsed = Timeframe::parse(*timeframe);
    if (parsed) listed.csv_timeframe = *parsed;
    if (!parsed)
      reader.problem(*reader.find("csv_timeframe"), "csv_timeframe", parsed.error().message,
                     parsed.error().fix);
  }
  take(reader.text("csv_venue"), listed.csv_venue);
  if (feed == PaperFeed::kSynthetic) {
    if (node != nullptr) reader.problem(*node, "csv", "is only for feed = \"csv\"", "leave it out");
    return;
  }
  if (node == nullptr)
    return reader.missing("csv", "write csv = \"candles.csv\", or feed = \"synthetic\"");
  for (const ConfigNode& item : reader.list("csv")) {
    if (item.kind != NodeKind::kText && item.kind != NodeKind::kLoose) {
      reader.problem(item, "csv", fmt::format("must hold texts, holds {}", to_string(item.kind)));
      continue;
    }
    const std::string& path = listed.csv.emplace_back(resolved(item, item.text, context));
    if (names_directory(path, context)) {
      if (timeframe)
        reader.problem(*reader.find("csv_timeframe"), "csv_timeframe",
                       fmt::format("stands beside the directory '{}'", path),
                       "leave it out: files named <venue>_BTCUSDT_<timeframe>_<from>_<to>.csv say "
                       "their timeframes");
    } else if (!context.file_exists(path)) {
      reader.problem(item, "csv", fmt::format("there is no file or directory '{}'", path),
                     "write a path, or a list of paths in the order of time; they start at the "
                     "folder of this config file");
    }
  }
  check_csv_venue(reader, listed, context);
}

void read_walk(SectionReader& reader, PaperFeed feed, PaperSymbol& listed) {
  take(reader.decimal("price", DecimalRange::positive()), listed.price.value);
  take(
      reader.ratio("volatility",
                   {.min = {}, .max = Decimal::from_units(100'000'000'000), .min_included = false}),
      listed.volatility);
  take(reader.decimal("minute_volume", DecimalRange::positive()), listed.minute_volume.value);
  const ConfigNode* price = reader.find("price");
  if (feed != PaperFeed::kSynthetic) return;
  if (price == nullptr) return reader.missing("price", "write price = 60000");
  if (!listed.price.is_positive()) return;
  // By division: a hundred times the largest tick would not fit a Decimal's bounds.
  const Result<Decimal> ticks = divide(listed.price.value, listed.tick.value, Rounding::kDown);
  if (!ticks || *ticks < Decimal::from_int(100) || *ticks > Decimal::from_int(1'000'000'000'000))
    reader.problem(*price, "price",
                   fmt::format("must be 100 to 1e12 ticks of {}, is {}", to_string(listed.tick),
                               to_string(listed.price)),
                   "write the smallest price step as tick");
}

void read_funding(SectionReader& reader, PaperSymbol& listed, ReadContext& context) {
  const Decimal most = Decimal::from_units(50'000'000'000);  // 5 %
  take(reader.ratio("funding", {.min = -most, .max = most}), listed.funding);
  if (const auto path = reader.text("funding_csv"))
    listed.funding_csv = resolved(*reader.find("funding_csv"), *path, context);
  if (!listed.funding_csv.empty() && !context.file_exists(listed.funding_csv))
    reader.problem(*reader.find("funding_csv"), "funding_csv",
                   fmt::format("there is no file '{}'", listed.funding_csv),
                   "paths start at the folder of this config file");
  for (const char* key : {"funding", "funding_csv"})
    if (const ConfigNode* node = reader.find(key); node != nullptr &&
                                                   listed.symbol.market == MarketType::kSpot &&
                                                   !listed.symbol.unified.empty())
      reader.problem(*node, key, "is for linear symbols only",
                     "write BTC/USDT:USDT for a linear perpetual, or leave it out");
  if (reader.find("funding") != nullptr && reader.find("funding_csv") != nullptr)
    reader.problem(*reader.find("funding_csv"), "funding_csv", "stands beside funding",
                   "keep one of them");
}

PaperSymbol read_paper_symbol(const ConfigNode& table, PaperFeed feed, ReadContext& context) {
  SectionReader reader(table, "paper.symbol", context.problems);
  PaperSymbol listed;
  const auto name = reader.text("symbol");
  if (reader.find("symbol") == nullptr) reader.missing("symbol", "write symbol = \"BTC/USDT\"");
  if (name) {
    const Result<SymbolParts> parts = parse_symbol(*name);
    if (parts) listed.symbol = *parts;
    if (!parts)
      reader.problem(*reader.find("symbol"), "symbol", parts.error().message, parts.error().fix);
  }
  take(reader.decimal("tick", DecimalRange::positive()), listed.tick.value);
  take(reader.decimal("lot", DecimalRange::positive()), listed.lot.value);
  take(reader.decimal("min_notional", DecimalRange::not_negative()), listed.min_notional.value);
  take_count(reader.integer("leverage", {1, 125}), listed.leverage);
  if (listed.leverage > 1 && listed.symbol.market == MarketType::kSpot && name)
    reader.problem(*reader.find("leverage"), "leverage", "is for linear symbols only",
                   "write BTC/USDT:USDT for a linear perpetual, or leave leverage out");
  read_funding(reader, listed, context);
  read_walk(reader, feed, listed);
  read_csv(reader, feed, listed, context);
  reader.finish();
  return listed;
}

}  // namespace

std::string resolved(const ConfigNode& at, const std::string& path, const ReadContext& context) {
  if (at.from_environment() || path.starts_with('/')) return path;
  return context.folder + path;
}

RateLimiterConfig default_limiter() {
  RateLimiterConfig limiter;
  limiter.windows = {{"weight_1m", Duration{60'000}, 6000, LimitKind::kRequestWeight},
                     {"orders_10s", Duration{10'000}, 1000, LimitKind::kOrders}};
  return limiter;
}

EngineSection read_engine(const ConfigNode& table, ExchangeKind kind, ReadContext& context) {
  EngineSection engine;
  SectionReader reader(table, "engine", context.problems);
  take(reader.line("name"), engine.name);
  if (const auto path = reader.text("data_dir"))
    engine.data_dir = resolved(*reader.find("data_dir"), *path, context);
  take(reader.choice<LogLevel>("log_level", {{"trace", LogLevel::kTrace},
                                             {"debug", LogLevel::kDebug},
                                             {"info", LogLevel::kInfo},
                                             {"warning", LogLevel::kWarning},
                                             {"error", LogLevel::kError}}),
       engine.log_level);
  if (const auto path = reader.text("log_file"))
    engine.log_file = resolved(*reader.find("log_file"), *path, context);
  take_count(reader.integer("log_file_mib", {1, 10'000}), engine.log_file_mib);
  take_count(reader.integer("log_files_kept", {1, 1'000}), engine.log_files_kept);
  take(reader.choice<EngineMode>("mode", {{"active", EngineMode::kActive},
                                          {"reducing", EngineMode::kReducing},
                                          {"halted", EngineMode::kHalted}}),
       engine.initial_mode);
  const std::optional<bool> dry_run = reader.boolean("dry_run");
  if (dry_run == false && !is_real(kind))
    reader.problem(*reader.find("dry_run"), "dry_run", "a paper exchange runs dry always",
                   "write dry_run = true, or leave it out");
  take(reader.boolean("live_trading"), engine.live_trading);
  engine.dry_run = dry_run.value_or(!(is_real(kind) && engine.live_trading));
  if (dry_run == true && is_real(kind) && engine.live_trading)
    context.warnings.add(reader.find("dry_run")->place, "engine.dry_run",
                         "holds every order back, though live_trading is on",
                         "leave it out, if orders are to be sent");
  take_count(reader.integer("max_open_positions", {1, 1'000'000}), engine.max_open_positions);
  take(reader.duration("check_deadline", {Duration{100}, Duration{300'000}}),
       engine.check_deadline);
  take_count(reader.integer("batch", {1, 100'000}), engine.batch);
  take(reader.duration("evict_idle", {Duration{0}, Duration{30LL * 86'400'000}}),
       engine.evict_idle);
  const DurationRange age{Duration{1000}, Duration{86'400'000}};
  take(reader.duration("freshness_max", age), engine.freshness_max);
  take(reader.duration("signal_age_max", age), engine.signal_age_max);
  take_count(reader.integer("disk_free_min_mib", {0, 1'000'000'000}), engine.disk_free_min_mib);
  engine.disk_free_clear_mib = engine.disk_free_min_mib + engine.disk_free_min_mib / 8;
  take_count(reader.integer("disk_free_clear_mib", {0, 2'000'000'000}), engine.disk_free_clear_mib);
  if (engine.disk_free_clear_mib < engine.disk_free_min_mib)
    reader.problem(*reader.find("disk_free_clear_mib"), "disk_free_clear_mib",
                   "is below disk_free_min_mib: the alert would end while its cause stands",
                   "make it at least disk_free_min_mib, better an eighth more");
  take(reader.duration("bookmark_every", {Duration{0}, Duration{30LL * 86'400'000}}),
       engine.bookmark_every);
  take_count(reader.integer("bookmarks_kept", {1, 10'000}), engine.bookmarks_kept);
  engine.restart = read_restart(reader.table("restart"), context);
  reader.finish();
  return engine;
}

RiskSection read_risk(const ConfigNode& table, ReadContext& context) {
  RiskSection risk;
  SectionReader reader(table, "risk", context.problems);
  FleetLimits& limits = risk.limits;
  take_count(reader.integer("max_per_symbol", {1, 1'000'000}), limits.per_symbol);
  take_count(reader.integer("max_per_direction", {1, 1'000'000}), limits.per_direction);
  take(reader.decimal("allocation", DecimalRange::positive()), limits.allocation.value);
  take(reader.decimal("base_exposure", DecimalRange::positive()), limits.base_exposure.value);
  take(reader.ratio("correlation", DecimalRange::share()), limits.correlation);
  take_count(reader.integer("correlation_candles", {20, 400}), limits.correlation_candles);
  take(reader.decimal("max_leverage", {.min = Decimal::from_int(1), .max = Decimal::from_int(125)}),
       risk.max_leverage);
  if (const ConfigNode* guards = reader.table("guards"))
    risk.guards.fleet = read_guards(*guards, "risk.guards", context.problems);
  if (const ConfigNode* guards = reader.table("symbol_guards"))
    risk.guards.symbol = read_guards(*guards, "risk.symbol_guards", context.problems);
  reader.finish();
  return risk;
}

RolloutCaps read_rollout(const ConfigNode& table, ReadContext& context) {
  RolloutCaps caps;
  SectionReader reader(table, "rollout", context.problems);
  take_count(reader.integer("live_bots", {0, 1'000'000}), caps.live_bots);
  take(reader.decimal("order_notional", DecimalRange::positive()), caps.order.value);
  reader.finish();
  return caps;
}

ExchangeSection read_exchange(const ConfigNode& table, ReadContext& context) {
  ExchangeSection exchange;
  SectionReader reader(table, "exchange", context.problems);
  take(reader.choice<ExchangeKind>("kind", {{"paper", ExchangeKind::kPaper},
                                            {"paper-http", ExchangeKind::kPaperHttp},
                                            {"bybit-spot", ExchangeKind::kBybitSpot},
                                            {"bybit-linear", ExchangeKind::kBybitLinear},
                                            {"binance-spot", ExchangeKind::kBinanceSpot},
                                            {"binance-usdm", ExchangeKind::kBinanceUsdm}}),
       exchange.kind);
  read_url(reader, exchange);
  take(reader.text("api_key"), exchange.api_key);
  take(reader.text("api_secret"), exchange.api_secret);
  read_venue(reader, exchange, context);
  exchange.limits_are_the_venues = is_real(exchange.kind) && reader.find("limit") == nullptr;
  read_shares(reader, exchange.limiter);
  read_limits(reader, exchange.limiter, context);
  take_count(reader.integer("breaker_failures", {1, 1'000}), exchange.breaker.failures_to_open);
  take(reader.duration("breaker_delay", {Duration{100}, Duration{600'000}}),
       exchange.breaker.first_delay);
  exchange.breaker.longest_delay =
      std::max(exchange.breaker.longest_delay, exchange.breaker.first_delay);
  reader.finish();
  return exchange;
}

PaperSection read_paper(const ConfigNode& table, ExchangeKind kind, ReadContext& context) {
  PaperSection paper;
  SectionReader reader(table, "paper", context.problems);
  take(reader.choice<PaperFeed>("feed",
                                {{"synthetic", PaperFeed::kSynthetic}, {"csv", PaperFeed::kCsv}}),
       paper.feed);
  take_count(reader.integer("seed", {}), paper.seed);
  take(reader.decimal("start_balance", DecimalRange::positive()), paper.start_balance.value);
  const DecimalRange rate{.min = {}, .max = Decimal::from_units(100'000'000'000)};  // 10 %
  take(reader.ratio("fee_maker", rate), paper.fee_maker);
  take(reader.ratio("fee_taker", rate), paper.fee_taker);
  take(reader.ratio("slippage", rate), paper.slippage);
  take(reader.ratio("participation",
                    {.min = {}, .max = Decimal::from_int(1), .min_included = false}),
       paper.participation);
  std::set<Symbol> unique;
  for (const ConfigNode* item : reader.tables("symbol")) {
    paper.symbols.push_back(read_paper_symbol(*item, paper.feed, context));
    const Symbol& symbol = paper.symbols.back().symbol.unified;
    if (!symbol.empty() && !unique.insert(symbol).second)
      context.problems.add(item->place, "paper.symbol.symbol",
                           fmt::format("{} is listed twice", symbol.value), "keep one");
  }
  if (kind == ExchangeKind::kPaper && reader.find("symbol") == nullptr)
    context.problems.add(reader.node().place, "paper.symbol", "the paper exchange lists no symbol",
                         "add [[paper.symbol]] with symbol = \"BTC/USDT\" and price = 60000");
  reader.finish();
  return paper;
}

}  // namespace botbox::config
