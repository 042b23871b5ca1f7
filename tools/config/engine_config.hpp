// EngineConfig: everything a run of the engine is told, as validated values. Whoever holds one need
// not check it again: ids are unique, symbols unified, ratios within bounds, parameters complete.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/alert_thresholds.hpp"
#include "engine/execution/reconciliation.hpp"
#include "engine/limits/circuit_breaker.hpp"
#include "engine/limits/limit_window.hpp"
#include "engine/model/account.hpp"
#include "engine/model/bot.hpp"
#include "engine/model/event.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/money.hpp"
#include "engine/model/time.hpp"
#include "engine/restart_policy.hpp"
#include "engine/risk/fleet_book.hpp"
#include "engine/risk/fleet_ledger.hpp"
#include "engine/strategy/rule/definition.hpp"
#include "engine/strategy/strategy.hpp"
#include "engine/webhook/alert.hpp"
#include "tools/config/config_problem.hpp"
#include "tools/config/notify_config.hpp"

namespace botbox::config {

enum class LogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarning, kError };
constexpr std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace: return "trace";
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarning: return "warning";
    case LogLevel::kError: return "error";
  }
  return "?";
}

// [engine]
struct EngineSection {
  std::string name = "botbox";
  std::optional<std::string> data_dir;  // empty: the program chooses
  LogLevel log_level = LogLevel::kInfo;
  // Beside standard error; empty: none. It is renamed when it would become larger than this, and
  // so many of before are kept.
  std::string log_file;
  std::uint32_t log_file_mib = 16;
  std::uint32_t log_files_kept = 5;
  // Of an empty data directory; later the store decides.
  EngineMode initial_mode = EngineMode::kActive;
  bool live_trading = false;  // initial, as above; see EngineConfig::live_trading_effective()
  bool dry_run = true;  // real venues: read as false when live_trading is on and it is not set
  std::uint32_t max_open_positions = UINT32_MAX;  // of all bots together; UINT32_MAX: no limit
  Duration check_deadline{10'000};                // of one check of one bot
  std::uint32_t batch = 500;                      // more due bots than this are staggered
  // An idle bot whose next check is at least so far away is out of memory until then; zero: never.
  Duration evict_idle{600'000};
  Duration freshness_max{120'000};   // older market data is refused
  Duration signal_age_max{120'000};  // older webhook alerts are refused
  // Less room than this for the data directory: no entries. 0: never mind.
  std::uint32_t disk_free_min_mib = 256;
  std::uint32_t disk_free_clear_mib = 288;  // from so much room on its alert is over
  // A point to come back to, at this pace; zero: none. So many are kept.
  Duration bookmark_every{3'600'000};
  std::uint32_t bookmarks_kept = 24;
  RestartConfig restart;  // [engine.restart], which sets four of its fields

  std::uint64_t disk_floor_bytes() const { return std::uint64_t{disk_free_min_mib} << 20; }
  bool operator==(const EngineSection&) const = default;
};

enum class ExchangeKind : std::uint8_t {
  kPaper,
  kPaperHttp,
  kBybitSpot,
  kBybitLinear,
  kBinanceSpot,
  kBinanceUsdm
};
constexpr std::string_view to_string(ExchangeKind kind) {
  switch (kind) {
    case ExchangeKind::kPaper: return "paper";
    case ExchangeKind::kPaperHttp: return "paper-http";
    case ExchangeKind::kBybitSpot: return "bybit-spot";
    case ExchangeKind::kBybitLinear: return "bybit-linear";
    case ExchangeKind::kBinanceSpot: return "binance-spot";
    case ExchangeKind::kBinanceUsdm: return "binance-usdm";
  }
  return "?";
}
constexpr bool is_real(ExchangeKind kind) {
  return kind != ExchangeKind::kPaper && kind != ExchangeKind::kPaperHttp;
}

constexpr bool is_linear(ExchangeKind kind) {
  return kind == ExchangeKind::kBybitLinear || kind == ExchangeKind::kBinanceUsdm;
}

enum class VenueNetwork : std::uint8_t { kMainnet, kTestnet };
constexpr std::string_view to_string(VenueNetwork network) {
  return network == VenueNetwork::kMainnet ? "mainnet" : "testnet";
}

// What stands where the config names no limit: Binance spot's published request weight (6,000 per
// minute), so that a fleet that fits the paper exchange fits a real one; and 1,000 orders per 10 s,
// ten times Binance spot's, so that a benchmark of order flow is not a benchmark of this limit.
RateLimiterConfig default_limiter();

// [exchange]
struct ExchangeSection {
  ExchangeKind kind = ExchangeKind::kPaper;
  // "http://127.0.0.1:8600", no path, no credentials. kPaperHttp: set. Real venues: empty, or set
  // instead of `network`.
  std::string url;
  VenueNetwork network = VenueNetwork::kMainnet;  // real venues without url
  // Never shown. Real venues: from the environment only, else credentials_file.
  std::string api_key;
  std::string api_secret;
  std::string credentials_file;  // real venues: "key = ..." and "secret = ..."; for the owner alone
  std::string proxy;             // real venues, see proxy_problem(); empty: the environment's
  std::string ca_file;           // real venues: PEM; empty: the system's
  Duration connect_timeout{3'000};                // real venues
  Duration request_timeout{10'000};               // real venues; of one whole request
  std::optional<Decimal> leverage;                // linear venues: set before the first entry
  std::optional<MarginMode> margin_mode;          // as above; never kNone
  RateLimiterConfig limiter = default_limiter();  // passes validate()
  CircuitBreakerConfig breaker;        // when it counts as not reached, and how often it is tried
  bool limits_are_the_venues = false;  // real venues without [[exchange.limit]]: as published

  bool operator==(const ExchangeSection&) const = default;
};

enum class PaperFeed : std::uint8_t { kSynthetic, kCsv };
constexpr std::string_view to_string(PaperFeed feed) {
  return feed == PaperFeed::kSynthetic ? "synthetic" : "csv";
}

// [[paper.symbol]]: what the paper exchange lists.
struct PaperSymbol {
  SymbolParts symbol;
  Price tick = {Decimal::from_units(10'000'000'000)};  // 0.01
  Quantity lot = {Decimal::from_units(10'000'000)};    // 0.00001
  Notional min_notional = {Decimal::from_int(5)};
  std::uint32_t leverage = 1;  // the most a position may have; spot: 1
  // Linear: paid every 8 hours, longs to shorts where it is positive; or a file of rates.
  Decimal funding;          // ratio of the position's worth
  std::string funding_csv;  // exchange/paper/funding.hpp; empty: `funding`
  // kSynthetic:
  Price price;  // centre of the price over the years; 100 to 1e12 ticks
  Decimal volatility = Decimal::from_units(30'000'000'000);  // standard deviation of a day's log
                                                             // return in (0, 0.1]; 3 %
  Quantity minute_volume = {Decimal::from_int(10)};          // mean volume of a one-minute candle
  // kCsv: recorded candles, files in the order of time and directories; else empty.
  std::vector<std::string> csv;
  // Of the files in `csv`; empty: their names say it, those of a directory always do
  // (exchange/market/csv_market.hpp).
  std::optional<Timeframe> csv_timeframe;
  // Whose files of the directories in `csv`, as in file names; empty: they are all of one venue.
  std::string csv_venue;

  bool operator==(const PaperSymbol& other) const {
    return symbol.unified == other.symbol.unified && tick == other.tick && lot == other.lot &&
           min_notional == other.min_notional && leverage == other.leverage &&
           funding == other.funding && funding_csv == other.funding_csv && price == other.price &&
           volatility == other.volatility && minute_volume == other.minute_volume &&
           csv == other.csv && csv_timeframe == other.csv_timeframe && csv_venue == other.csv_venue;
  }
};

// [paper]
struct PaperSection {
  PaperFeed feed = PaperFeed::kSynthetic;
  std::uint64_t seed = 1;                                  // the same seed walks the same prices
  Notional start_balance = {Decimal::from_int(10'000)};    // of each quote currency listed
  Decimal fee_maker = Decimal::from_units(1'000'000'000);  // ratio of the notional: 0.1 %
  Decimal fee_taker = Decimal::from_units(1'000'000'000);
  Decimal slippage = Decimal::from_units(500'000'000);  // ratio of the price, against the taker
  Decimal participation = Decimal::from_units(100'000'000'000);  // share of a candle's volume one
                                                                 // order may fill: 10 %
  std::vector<PaperSymbol> symbols;  // unique; kPaper: holds every symbol that a bot trades

  bool operator==(const PaperSection&) const = default;
};

// [risk]: of all bots together.
struct RiskSection {
  FleetLimits limits;
  FleetGuards guards;
  Decimal max_leverage = Decimal::from_int(125);  // of any bot

  bool operator==(const RiskSection&) const = default;
};

// [reconciliation]
// What is done where nothing is said. Dust cannot be sold by anybody, and kept on record it would
// keep its bot from trading.
constexpr DifferenceDecision default_decision(DifferenceKind kind) {
  return kind == DifferenceKind::kDust ? DifferenceDecision::kAdopt : DifferenceDecision::kWait;
}

struct ReconciliationSection {
  bool is_enabled = false;  // real venues: true unless set
  Duration interval{30'000};
  Duration confirm_after{5'000};  // so long must a difference stand before it is one
  ReconciliationRules rules;      // by kind only decisions that the kind allows

  bool operator==(const ReconciliationSection&) const = default;
};

// [[webhook.source]]: somebody who may send signals.
struct WebhookSourceSection {
  std::string name;
  std::string secret;                  // from the environment only, else secret_file; never shown
  std::string secret_file;             // its first line; for the owner alone
  std::vector<std::string> addresses;  // patterns, "tradingview" expanded; empty: anybody
  std::vector<std::string> bots;       // patterns of those it may signal; empty: every bot
  std::uint32_t per_minute = 300;
  AlertMapping mapping;

  bool operator==(const WebhookSourceSection&) const = default;
};

// [webhook]
struct WebhookSection {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8700;
  std::string certificate_file;  // with key_file: TLS
  std::string key_file;
  std::vector<std::string> trusted_proxies;
  Duration delay_max{86'400'000};             // how far ahead an alert may be scheduled
  std::vector<WebhookSourceSection> sources;  // at least one; names are unique

  bool operator==(const WebhookSection&) const = default;
};

// [[api.token]]: somebody who may use the API.
struct ApiTokenSection {
  std::string name;
  ApiRole role = ApiRole::kRead;
  std::string secret;       // from the environment only, else secret_file; never shown
  std::string secret_file;  // its first line; for the owner alone

  bool operator==(const ApiTokenSection&) const = default;
};

// [api]: the operator's HTTP API and page. Webhooks share its server where both have one address
// and port.
struct ApiSection {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8700;
  std::string certificate_file;  // with key_file: TLS
  std::string key_file;
  std::vector<std::string> hosts;       // further names by which it is called
  std::vector<std::string> origins;     // whose pages may read /api/v1
  ApiRole anonymous = ApiRole::kNone;   // more only on loopback; kOperate only with kPaper
  std::vector<ApiTokenSection> tokens;  // names are unique; none: the engine makes one

  bool operator==(const ApiSection&) const = default;
};

// [retention]: how long the history is kept. A size of 0: any.
struct RetentionSection {
  Duration signals{180LL * 86'400'000};
  Duration events{365LL * 86'400'000};
  Duration traces{30LL * 86'400'000};
  Duration cycles{7LL * 86'400'000};
  std::uint32_t signals_max_mib = 1'024;
  std::uint32_t events_max_mib = 2'048;
  std::uint32_t traces_max_mib = 4'096;

  bool operator==(const RetentionSection&) const = default;
};

// [admin]: the port of `botboxctl`, on this machine alone.
struct AdminSection {
  bool is_enabled = true;
  std::uint16_t port = 0;  // 0: any that is free; the data directory says which

  bool operator==(const AdminSection&) const = default;
};

// One bot as an operator gave it to the running engine. The newest word counts: it stands beside
// the file until the file says something else of this bot than it said then.
struct BotByHand {
  BotId id;
  std::string toml;  // one [[bot]]; the header may be left out
  // What the file said of it then; empty: nothing. Of a new one: filled in while reading.
  std::optional<BotConfig> in_file;
  bool is_new = false;
  std::string by;
  Timestamp at;

  bool operator==(const BotByHand&) const = default;
};

struct EngineConfig {
  EngineSection engine;
  RiskSection risk;
  ExchangeSection exchange;
  ReconciliationSection reconciliation;
  RetentionSection retention;
  AlertThresholds alerts;
  RolloutCaps rollout;  // [rollout]; an operator's word stands over it
  PaperSection paper;
  std::optional<WebhookSection> webhook;  // empty: nobody listens
  std::optional<ApiSection> api;          // empty: there is none
  AdminSection admin;
  std::optional<TelegramSection> telegram;  // empty: no chat
  NotifySection notify;
  // Templates are expanded, defaults merged, parameters complete (the catalogue's defaults filled
  // in) and sorted by name. At least one; ids are unique. In the order of the file.
  std::vector<BotConfig> bots;
  // Those of [[strategy]] and of files that bots name; in the order in which they were met.
  std::vector<rule::StrategyDefinition> strategies;
  // Given by operators and in force: their bots stand in `bots`, those that the file does not name
  // behind the others. Not part of the value.
  std::vector<BotByHand> by_hand;
  // Given by operators, but the file has another word on them since. Not part of the value.
  std::vector<BotId> overruled;
  // All that there are, shipped ones and these. Not part of the value.
  StrategyCatalogue catalogue;
  // What is allowed but probably not meant. For the log; not part of the value.
  std::vector<ConfigProblem> warnings;

  // The paper exchanges risk nothing, so the switch does not hold them back. At a real venue orders
  // go out only when it is on and dry_run is off; else they end as ORDER_BLOCKED_LIVE_TRADING.
  bool live_trading_effective() const {
    return !is_real(exchange.kind) || (engine.live_trading && !engine.dry_run);
  }

  bool operator==(const EngineConfig& other) const {
    return engine == other.engine && risk == other.risk && exchange == other.exchange &&
           reconciliation == other.reconciliation && retention == other.retention &&
           alerts == other.alerts && rollout == other.rollout && paper == other.paper &&
           webhook == other.webhook && api == other.api && admin == other.admin &&
           telegram == other.telegram && notify == other.notify && bots == other.bots &&
           strategies == other.strategies;
  }
};

}  // namespace botbox::config
