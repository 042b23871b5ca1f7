#include "engine/gates/gates.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "tests/support/builders.hpp"
#include "tests/support/seeded_runs.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

// A candidate that passes every gate, until a test changes something.
struct Walk {
  BotConfig config = a_config();
  BotSnapshot snapshot = a_snapshot();
  Instrument instrument = an_instrument();
  bool is_listed = true;
  EngineMode mode = EngineMode::kActive;
  ExchangeHealth health = ExchangeHealth::kHealthy;
  DiskSpace disk;
  std::optional<Verdict> fleet_refusal;
  Duration data_age{0};
  std::uint32_t open_global = 0;
  std::uint32_t max_global = 100;
  Timestamp now = opens(10);
  Candidate candidate{.source = SignalSource::kStrategy,
                      .direction = Direction::kLong,
                      .candle_close = opens(10),
                      .emitted_at = opens(10),
                      .entry = price("100"),
                      .score = 0.5,
                      .conditions = {}};
  RolloutCaps rollout;
  Funds funds;
  SymbolStanding standing;
  std::uint32_t live_bots = 0;
  std::vector<Verdict> verdicts;

  GateContext context() const {
    return {.now = now,
            .mode = mode,
            .exchange_health = health,
            .disk = disk,
            .data_age = data_age,
            .open_positions_global = open_global,
            .max_open_positions_global = max_global,
            .rollout = rollout,
            .funds = funds,
            .standing = standing,
            .live_bots = live_bots,
            .config = config,
            .snapshot = snapshot,
            .instrument = is_listed ? &instrument : nullptr,
            .fleet_refusal = fleet_refusal};
  }
  std::optional<Approved<SizedOrder>> run() {
    verdicts.clear();
    return GateWalk::run(context(), candidate, verdicts);
  }
  SizedOrder sized() {
    const auto order = run();
    REQUIRE(order.has_value());
    return **order;
  }
};

using Arrange = std::function<void(Walk&)>;
struct Row {
  std::string what;
  std::string gate;
  ReasonCode reason = ReasonCode::kNone;
  Arrange arrange;
};

struct PassingRow {
  std::string what;
  Arrange arrange;
};

const std::vector<std::string> kOrder{"engine_mode",
                                      "bot_status",
                                      "signal_age",
                                      "data_freshness",
                                      "market_type",
                                      "symbol_lists",
                                      "duplicate_position",
                                      "pending_trade",
                                      "cooldown",
                                      "max_positions",
                                      "rollout",
                                      "exchange_health",
                                      "disk_space",
                                      "regime",
                                      "correlation",
                                      "risk_locks",
                                      "fleet_locks",
                                      "sizing",
                                      "balance",
                                      "allocation",
                                      "instrument_filters",
                                      "fleet"};

std::vector<std::string> gates_of(const std::vector<Verdict>& verdicts) {
  std::vector<std::string> gates;
  for (const Verdict& verdict : verdicts) gates.push_back(verdict.gate);
  return gates;
}

void linear(Walk& walk) {
  walk.config.market = MarketType::kLinear;
  walk.instrument.market = MarketType::kLinear;
}
void short_entry(Walk& walk) {
  linear(walk);
  walk.candidate.direction = Direction::kShort;
}
void close_of_open(Walk& walk) {
  walk.candidate.direction = Direction::kClose;
  walk.snapshot.open_positions = {a_position()};
}
PendingTrade pending(Direction direction) {
  return pending_of(a_trade({.id = "under-way", .direction = direction}));
}

std::vector<Row> refusals_of_the_situation() {
  using R = ReasonCode;
  return {
      {"halted", "engine_mode", R::kEngineHalted, [](Walk& w) { w.mode = EngineMode::kHalted; }},
      {"halted, close", "engine_mode", R::kEngineHalted,
       [](Walk& w) { close_of_open(w), w.mode = EngineMode::kHalted; }},
      {"reducing", "engine_mode", R::kEngineReducing,
       [](Walk& w) { w.mode = EngineMode::kReducing; }},
      {"paused", "bot_status", R::kBotNotActive,
       [](Walk& w) { w.snapshot.status = BotStatus::kPaused; }},
      {"archived", "bot_status", R::kBotNotActive,
       [](Walk& w) { w.snapshot.status = BotStatus::kArchived; }},
      {"quarantined", "bot_status", R::kBotNotActive,
       [](Walk& w) { w.snapshot.status = BotStatus::kError; }},
      {"old webhook", "signal_age", R::kSignalExpired,
       [](Walk& w) {
         w.candidate.source = SignalSource::kWebhook;
         w.candidate.emitted_at = w.now - Duration{120'001};
       }},
      {"stale data", "data_freshness", R::kDataStale,
       [](Walk& w) { w.data_age = Duration{120'001}; }},
      {"stale data, close", "data_freshness", R::kDataStale,
       [](Walk& w) { close_of_open(w), w.data_age = Duration{120'001}; }},
      {"not listed", "market_type", R::kSymbolNotAllowed, [](Walk& w) { w.is_listed = false; }},
      {"spot bot on a perpetual", "market_type", R::kMarketTypeMismatch,
       [](Walk& w) { w.instrument.market = MarketType::kLinear; }},
      {"short on spot", "market_type", R::kMarketTypeMismatch,
       [](Walk& w) { w.candidate.direction = Direction::kShort; }},
      {"not on the allow list", "symbol_lists", R::kSymbolNotAllowed,
       [](Walk& w) {
         w.config.allow_list = {"ETH/*", "SOL/USDT"};
       }},
      {"on the block list", "symbol_lists", R::kSymbolBlocked,
       [](Walk& w) {
         w.config.block_list = {"ETH/*", "BTC/*"};
       }},
      {"blocked although allowed", "symbol_lists", R::kSymbolBlocked,
       [](Walk& w) { w.config.allow_list = w.config.block_list = {"BTC/USDT"}; }},
  };
}

void lock(Walk& walk, Timestamp until) {
  walk.snapshot.risk.emplace_back().locks = {
      {ReasonCode::kMaxDrawdown, walk.now - Duration{1}, until, "120 below 1000"}};
}

std::vector<Row> refusals_of_the_books() {
  using R = ReasonCode;
  return {
      {"same side is open", "duplicate_position", R::kDuplicatePosition,
       [](Walk& w) { w.snapshot.open_positions = {a_position()}; }},
      {"other side is open", "duplicate_position", R::kDuplicatePosition,
       [](Walk& w) { short_entry(w), w.snapshot.open_positions = {a_position()}; }},
      {"nothing to close", "duplicate_position", R::kNothingToClose,
       [](Walk& w) { w.candidate.direction = Direction::kClose; }},
      {"entry under way", "pending_trade", R::kTradePending,
       [](Walk& w) { w.snapshot.pending = {pending(Direction::kLong)}; }},
      {"close under way", "pending_trade", R::kTradePending,
       [](Walk& w) { w.snapshot.pending = {pending(Direction::kClose)}; }},
      {"close under way, close", "pending_trade", R::kTradePending,
       [](Walk& w) { close_of_open(w), w.snapshot.pending = {pending(Direction::kClose)}; }},
      {"symbol cools down", "cooldown", R::kCooldownSymbol,
       [](Walk& w) {
         w.config.cooldown_symbol = Duration{60'000};
         w.snapshot.last_trade_at = w.now - Duration{59'999};
       }},
      {"bot cools down", "cooldown", R::kCooldownBot,
       [](Walk& w) {
         w.config.cooldown_bot = Duration{60'000};
         w.snapshot.last_trade_at = w.now - Duration{59'999};
       }},
      {"bot is full", "max_positions", R::kMaxPositionsBot,
       [](Walk& w) { w.config.max_open_positions = 0; }},
      {"fleet is full", "max_positions", R::kMaxPositionsGlobal,
       [](Walk& w) { w.open_global = w.max_global = 3; }},
      {"the rollout lets no more bots in", "rollout", R::kRolloutBots,
       [](Walk& w) { w.live_bots = w.rollout.live_bots = 3; }},
      {"the rollout lets nobody in", "rollout", R::kRolloutBots,
       [](Walk& w) { w.rollout.live_bots = 0; }},
      {"exchange is ill", "exchange_health", R::kExchangeUnhealthy,
       [](Walk& w) { w.health = ExchangeHealth::kUnhealthy; }},
      {"not the strategy's market", "regime", R::kRegimeNotTraded,
       [](Walk& w) { w.candidate.trades_regime = false; }},
      {"locked by a guard", "risk_locks", R::kMaxDrawdown,
       [](Walk& w) { lock(w, w.now + Duration{1}); }},
      {"moves with what the fleet holds", "correlation", R::kCorrelated,
       [](Walk& w) { w.fleet_refusal = refuse("correlation", R::kCorrelated, "0.9"); }},
      {"locked by a guard of all bots", "fleet_locks", R::kDailyLossLimit,
       [](Walk& w) { w.fleet_refusal = refuse("fleet_locks", R::kDailyLossLimit, "10"); }},
      {"the fleet is full", "fleet", R::kFleetAllocation,
       [](Walk& w) { w.fleet_refusal = refuse("fleet", R::kFleetAllocation, "10"); }},
      {"disk is nearly full", "disk_space", R::kDiskSpaceLow,
       [](Walk& w) { w.disk = {.free = 255, .floor = 256}; }},
  };
}

std::vector<Row> refusals_of_the_symbol() {
  using R = ReasonCode;
  return {
      {"a difference waits", "exchange_health", R::kReconciliationPending,
       [](Walk& w) { w.standing.difference = "differs"; }},
      {"a difference waits, scaling in", "exchange_health", R::kReconciliationPending,
       [](Walk& w) {
         w.snapshot.open_positions = {a_position()};
         w.candidate.adds_to = w.snapshot.open_positions.front().id;
         w.standing.difference = "differs";
       }},
      {"a perpetual is held long", "exchange_health", R::kOppositeSideHeld,
       [](Walk& w) { short_entry(w), w.standing.long_by = {"other"}; }},
      {"a perpetual is held short", "exchange_health", R::kOppositeSideHeld,
       [](Walk& w) { linear(w), w.standing.short_by = {"other"}; }},
      {"no room for stop and target", "exchange_health", R::kNoOrderRoom,
       [](Walk& w) {
         w.instrument.max_conditional_orders = 5;
         w.standing.orders.conditional = 4;
       }},
      {"no room for a stop alone", "exchange_health", R::kNoOrderRoom,
       [](Walk& w) {
         w.config.take_profit_ratio = {};
         w.instrument.max_conditional_orders = 5;
         w.standing.orders.conditional = 5;
       }},
  };
}

std::vector<Row> refusals_of_the_size() {
  using R = ReasonCode;
  return {
      {"stake below a lot", "sizing", R::kSizeZero,
       [](Walk& w) { w.config.stake = Decimal::literal("0.09"); }},
      {"no price", "sizing", R::kSizeZero, [](Walk& w) { w.candidate.entry = {}; }},
      {"no stop distance", "sizing", R::kInvalidLevels,
       [](Walk& w) { w.config.stop_loss_ratio = {}; }},
      {"stop within half a tick", "sizing", R::kInvalidLevels,
       [](Walk& w) { w.config.stop_loss_ratio = Decimal::literal("0.0005"); }},
      {"stop at zero", "sizing", R::kInvalidLevels,
       [](Walk& w) { w.config.stop_loss_ratio = Decimal::from_int(1); }},
      {"target of a short at zero", "sizing", R::kInvalidLevels,
       [](Walk& w) { short_entry(w), w.config.take_profit_ratio = Decimal::from_int(1); }},
      {"target of a short below zero", "sizing", R::kInvalidLevels,
       [](Walk& w) { short_entry(w), w.config.take_profit_ratio = Decimal::from_int(2); }},
      {"less is free than it costs with its fees", "balance", R::kInsufficientBalance,
       [](Walk& w) { w.funds.free = Decimal::literal("100.499999999999"); }},
      {"nothing is free", "balance", R::kInsufficientBalance,
       [](Walk& w) { w.funds.free = Decimal{}; }},
      {"less is free than a perpetual's margin and fees", "balance", R::kInsufficientBalance,
       [](Walk& w) {
         short_entry(w);
         w.funds = {Decimal::literal("10.499999999999"), Decimal::from_int(10)};
       }},
      {"stake above the allocation", "allocation", R::kInsufficientAllocation,
       [](Walk& w) { w.config.allocation = money("99.999999999999"); }},
      {"the rollout's cap buys less than a lot", "sizing", R::kRolloutOrderSize,
       [](Walk& w) { w.rollout.order = money("0.09"); }},
      {"the rollout's cap is below the least quantity", "instrument_filters", R::kRolloutOrderSize,
       [](Walk& w) {
         w.rollout.order = money("99.9");
         w.instrument.min_quantity = quantity("1");
       }},
      {"the rollout's cap is below the least notional", "instrument_filters", R::kRolloutOrderSize,
       [](Walk& w) {
         w.rollout.order = money("50");
         w.instrument.min_notional = money("50.01");
       }},
      {"below the least quantity", "instrument_filters", R::kBelowMinQuantity,
       [](Walk& w) { w.instrument.min_quantity = quantity("1.001"); }},
      {"above the most quantity", "instrument_filters", R::kAboveMaxQuantity,
       [](Walk& w) { w.instrument.max_quantity = quantity("0.999"); }},
      {"below the least notional", "instrument_filters", R::kBelowMinNotional,
       [](Walk& w) { w.instrument.min_notional = money("100.01"); }},
      {"its stop is below the least notional", "instrument_filters", R::kBelowMinNotional,
       [](Walk& w) { w.instrument.min_notional = money("98.01"); }},
      {"of a perpetual the entry itself counts", "instrument_filters", R::kBelowMinNotional,
       [](Walk& w) {
         linear(w);
         w.instrument.min_notional = money("100.01");
       }},
  };
}

std::vector<PassingRow> passes_of_rollout() {
  return {
      {"one more bot than are in the market",
       [](Walk& w) { w.live_bots = 2, w.rollout.live_bots = 3; }},
      {"no bot may enter, close",
       [](Walk& w) {
         close_of_open(w);
         w.rollout = {.live_bots = 0, .order = money("0.01")};
       }},
      {"stake at the rollout's cap", [](Walk& w) { w.rollout.order = money("100"); }},
  };
}

std::vector<PassingRow> passes_of_the_fleet() {
  return {
      {"moves with what the fleet holds, close",
       [](Walk& w) {
         close_of_open(w);
         w.fleet_refusal = refuse("correlation", ReasonCode::kCorrelated, "0.9");
       }},
      {"locked by a guard of all bots, close",
       [](Walk& w) {
         close_of_open(w);
         w.fleet_refusal = refuse("fleet_locks", ReasonCode::kDailyLossLimit, "10");
       }},
      {"the fleet is full, close",
       [](Walk& w) {
         close_of_open(w);
         w.fleet_refusal = refuse("fleet", ReasonCode::kFleetAllocation, "10");
       }},
      {"moves with what the fleet holds, and belongs to what was let in",
       [](Walk& w) {
         w.snapshot.open_positions = {a_position()};
         w.candidate.adds_to = w.snapshot.open_positions.front().id;
         w.candidate.level = 1;
         w.candidate.stake = money("100");
         w.fleet_refusal = refuse("correlation", ReasonCode::kCorrelated, "0.9");
       }},
  };
}

std::vector<PassingRow> passes_of_the_symbol() {
  return {
      {"whatever stands, close",
       [](Walk& w) {
         close_of_open(w);
         w.instrument.max_conditional_orders = w.instrument.max_orders = 1;
         w.standing.orders = {.conditional = 1, .plain = 1};
         w.standing.difference = "differs";
       }},
      {"held the same way", [](Walk& w) { short_entry(w), w.standing.short_by = {"other"}; }},
      {"the last room",
       [](Walk& w) {
         w.instrument.max_conditional_orders = 5;
         w.standing.orders.conditional = 3;
       }},
      {"the last room for a stop alone",
       [](Walk& w) {
         w.config.take_profit_ratio = {};
         w.instrument.max_conditional_orders = 5;
         w.standing.orders.conditional = 4;
       }},
      {"no room, and its position has stop and target",
       [](Walk& w) {
         w.snapshot.open_positions = {a_position()};
         w.candidate.adds_to = w.snapshot.open_positions.front().id;
         w.candidate.level = 1;
         w.candidate.stake = money("100");
         w.instrument.max_conditional_orders = 2;
         w.standing.orders.conditional = 2;
       }},
  };
}

std::vector<PassingRow> passes() {
  return {
      {"reducing, close", [](Walk& w) { close_of_open(w), w.mode = EngineMode::kReducing; }},
      {"paused, close", [](Walk& w) { close_of_open(w), w.snapshot.status = BotStatus::kPaused; }},
      {"quarantined, close",
       [](Walk& w) { close_of_open(w), w.snapshot.status = BotStatus::kError; }},
      {"webhook of two minutes",
       [](Walk& w) {
         w.candidate.source = SignalSource::kWebhook;
         w.candidate.emitted_at = w.now - Duration{120'000};
       }},
      {"old strategy signal", [](Walk& w) { w.candidate.emitted_at = opens(0); }},
      {"data of two minutes", [](Walk& w) { w.data_age = Duration{120'000}; }},
      {"manual close on stale data",
       [](Walk& w) {
         close_of_open(w);
         w.candidate.source = SignalSource::kManual;
         w.data_age = Duration{600'000};
       }},
      {"short on a perpetual", short_entry},
      {"on the allow list",
       [](Walk& w) {
         w.config.allow_list = {"ETH/USDT", "B*/USDT"};
       }},
      {"blocked, close", [](Walk& w) { close_of_open(w), w.config.block_list = {"*"}; }},
      {"entry under way, close",
       [](Walk& w) { close_of_open(w), w.snapshot.pending = {pending(Direction::kLong)}; }},
      {"cooldown is over",
       [](Walk& w) {
         w.config.cooldown_symbol = w.config.cooldown_bot = Duration{60'000};
         w.snapshot.last_trade_at = w.now - Duration{60'000};
       }},
      {"clock set back", [](Walk& w) { w.snapshot.last_trade_at = w.now + Duration{86'400'000}; }},
      {"cooling down, close",
       [](Walk& w) {
         close_of_open(w);
         w.config.cooldown_symbol = w.config.cooldown_bot = Duration{60'000};
         w.snapshot.last_trade_at = w.now;
       }},
      {"full, close",
       [](Walk& w) {
         close_of_open(w);
         w.config.max_open_positions = 1;
         w.open_global = w.max_global = 1;
       }},
      {"ill exchange, close",
       [](Walk& w) { close_of_open(w), w.health = ExchangeHealth::kUnhealthy; }},
      {"locked by a guard, close", [](Walk& w) { close_of_open(w), lock(w, w.now + Duration{1}); }},
      {"a guard's lock has just ended", [](Walk& w) { lock(w, w.now); }},
      {"disk is nearly full, close",
       [](Walk& w) { close_of_open(w), w.disk = {.free = 0, .floor = 256}; }},
      {"disk at its floor", [](Walk& w) { w.disk = {.free = 256, .floor = 256}; }},
      {"allocation is used up, close", [](Walk& w) { close_of_open(w), w.config.allocation = {}; }},
      {"dust, close",
       [](Walk& w) {
         close_of_open(w);
         w.instrument.min_quantity = quantity("10");
         w.instrument.min_notional = money("10000");
       }},
      {"at the edge of every filter",
       [](Walk& w) {
         w.instrument.min_quantity = w.instrument.max_quantity = quantity("1");
         w.instrument.min_notional = money("98");  // as its stop sells it
         w.config.allocation = money("100");
       }},
  };
}

std::vector<PassingRow> passes_of_the_balance() {
  return {
      {"just enough is free", [](Walk& w) { w.funds.free = Decimal::literal("100.5"); }},
      {"nothing is free, close", [](Walk& w) { close_of_open(w), w.funds.free = Decimal{}; }},
      {"a perpetual of which just the margin and fees are free",
       [](Walk& w) {
         short_entry(w);
         w.funds = {Decimal::literal("10.5"), Decimal::from_int(10)};
       }},
      {"a perpetual of no known leverage",
       [](Walk& w) { short_entry(w), w.funds.free = Decimal{}; }},
  };
}

std::vector<PassingRow> passes_of_perpetuals() {
  return {
      {"a perpetual at the edge of the least notional",
       [](Walk& w) {
         linear(w);
         w.instrument.min_notional = money("100");
       }},
  };
}

// Every gate refuses.
Walk refused_by_all() {
  Walk w;
  w.mode = EngineMode::kHalted;
  w.snapshot.status = BotStatus::kPaused;
  w.candidate.source = SignalSource::kWebhook;
  w.candidate.emitted_at = w.now - Duration{120'001};
  w.data_age = Duration{120'001};
  w.is_listed = false;
  w.config.block_list = {"*"};
  w.snapshot.open_positions = {a_position()};
  w.snapshot.pending = {pending(Direction::kLong)};
  w.config.cooldown_symbol = Duration{60'000};
  w.snapshot.last_trade_at = w.now;
  w.config.max_open_positions = 0;
  w.rollout.live_bots = 0;
  w.health = ExchangeHealth::kUnhealthy;
  w.disk = {.free = 255, .floor = 256};
  w.candidate.trades_regime = false;
  w.fleet_refusal = refuse("correlation", ReasonCode::kCorrelated, "0.9");
  lock(w, w.now + Duration{1});
  w.config.stake = Decimal::literal("0.09");
  w.funds.free = Decimal::literal("100.49");
  w.config.allocation = money("99.99");
  w.instrument.min_quantity = quantity("1.001");
  return w;
}

struct Mending {
  ReasonCode refused_by = ReasonCode::kNone;
  Arrange mend;
};

// The order of the domain document, with what it does not name where it belongs: rollout at the
// places, disk space at the exchange's health, the worths of all bots behind the bot's own.
std::vector<Mending> mendings_of_the_situation() {
  using R = ReasonCode;
  return {
      {R::kEngineHalted, [](Walk& w) { w.mode = EngineMode::kActive; }},
      {R::kBotNotActive, [](Walk& w) { w.snapshot.status = BotStatus::kActive; }},
      {R::kSignalExpired, [](Walk& w) { w.candidate.source = SignalSource::kStrategy; }},
      {R::kDataStale, [](Walk& w) { w.data_age = {}; }},
      {R::kSymbolNotAllowed, [](Walk& w) { w.is_listed = true; }},
      {R::kSymbolBlocked, [](Walk& w) { w.config.block_list.clear(); }},
      {R::kDuplicatePosition, [](Walk& w) { w.snapshot.open_positions.clear(); }},
      {R::kTradePending, [](Walk& w) { w.snapshot.pending.clear(); }},
      {R::kCooldownSymbol, [](Walk& w) { w.config.cooldown_symbol = {}; }},
      {R::kMaxPositionsBot, [](Walk& w) { w.config.max_open_positions = 1; }},
      {R::kRolloutBots, [](Walk& w) { w.rollout.live_bots = 1; }},
      {R::kExchangeUnhealthy, [](Walk& w) { w.health = ExchangeHealth::kHealthy; }},
      {R::kDiskSpaceLow, [](Walk& w) { w.disk = {}; }},
      {R::kRegimeNotTraded, [](Walk& w) { w.candidate.trades_regime = true; }},
  };
}
std::vector<Mending> mendings_of_risk() {
  using R = ReasonCode;
  return {
      {R::kCorrelated,
       [](Walk& w) { w.fleet_refusal = refuse("fleet_locks", R::kDailyLossLimit, "10"); }},
      {R::kMaxDrawdown, [](Walk& w) { w.snapshot.risk.clear(); }},
      {R::kDailyLossLimit,
       [](Walk& w) { w.fleet_refusal = refuse("fleet", R::kFleetAllocation, "10"); }},
      {R::kSizeZero, [](Walk& w) { w.config.stake = a_config().stake; }},
      {R::kInsufficientBalance, [](Walk& w) { w.funds.free.reset(); }},
      {R::kInsufficientAllocation, [](Walk& w) { w.config.allocation = money("1000"); }},
      {R::kBelowMinQuantity, [](Walk& w) { w.instrument = an_instrument(); }},
      {R::kFleetAllocation, [](Walk& w) { w.fleet_refusal.reset(); }},
  };
}

bool matches_naively(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*')
    return matches_naively(pattern.substr(1), text) ||
           (!text.empty() && matches_naively(pattern, text.substr(1)));
  return !text.empty() && pattern.front() == text.front() &&
         matches_naively(pattern.substr(1), text.substr(1));
}

}  // namespace

TEST_CASE("each gate refuses with its reason, after all before it passed, and ends the walk") {
  std::vector<Row> rows = refusals_of_the_situation();
  for (const auto& more :
       {refusals_of_the_books(), refusals_of_the_symbol(), refusals_of_the_size()})
    rows.insert(rows.end(), more.begin(), more.end());
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Walk walk;
    row.arrange(walk);
    CHECK_FALSE(walk.run().has_value());
    REQUIRE_FALSE(walk.verdicts.empty());
    CHECK(walk.verdicts.back().gate == row.gate);
    CHECK(to_string(walk.verdicts.back().reason) == to_string(row.reason));
    CHECK_FALSE(walk.verdicts.back().detail.empty());
    REQUIRE(walk.verdicts.size() <= kOrder.size());
    for (std::size_t i = 0; i < walk.verdicts.size(); ++i) {
      CHECK(walk.verdicts[i].gate == kOrder[i]);
      CHECK(walk.verdicts[i].passed() == (i + 1 < walk.verdicts.size()));
    }
  }
}

TEST_CASE("a refusal for want of money says what is needed, and what is free") {
  Walk walk;
  walk.funds.free = Decimal::literal("35.2");
  CHECK_FALSE(walk.run().has_value());
  CHECK(walk.verdicts.back().detail == "100.5 USDT needed, 35.2 free");
}

TEST_CASE("an entry that costs more than the rollout lets is made smaller, and says so") {
  Walk walk;
  CHECK_FALSE(walk.sized().is_capped);
  walk.rollout.order = money("25");
  const SizedOrder order = walk.sized();
  CHECK(order.is_capped);
  CHECK(order.reserved == money("25"));
  CHECK(order.quantity == quantity("0.25"));
  const auto sizing = std::ranges::find(walk.verdicts, "sizing", &Verdict::gate);
  REQUIRE(sizing != walk.verdicts.end());
  CHECK(sizing->detail.find("100 wanted, the rollout lets 25") != std::string::npos);
}

TEST_CASE("a bot that is in the market already is no other one for the rollout") {
  Walk walk;
  walk.live_bots = walk.rollout.live_bots = 1;
  walk.snapshot.pending = {pending(Direction::kLong)};
  CHECK(gate_rollout(walk.context(), walk.candidate).passed());
  walk.snapshot.pending = {pending(Direction::kClose)};
  CHECK_FALSE(gate_rollout(walk.context(), walk.candidate).passed());
  walk.snapshot.pending.clear();
  CHECK_FALSE(gate_rollout(walk.context(), walk.candidate).passed());
  walk.candidate.adds_to = {"p1"};
  CHECK(gate_rollout(walk.context(), walk.candidate).passed());
}

TEST_CASE("what limits exposure lets a close pass, and limits are inclusive") {
  std::vector<PassingRow> rows = passes();
  for (const auto& more : {passes_of_rollout(), passes_of_the_fleet(), passes_of_the_balance(),
                           passes_of_perpetuals(), passes_of_the_symbol()})
    rows.insert(rows.end(), more.begin(), more.end());
  for (const PassingRow& row : rows) {
    CAPTURE(row.what);
    Walk walk;
    row.arrange(walk);
    CHECK(walk.run().has_value());
    CHECK(gates_of(walk.verdicts) == kOrder);
    for (const Verdict& verdict : walk.verdicts) CHECK(verdict.passed());
  }
}

TEST_CASE("when several gates would refuse, the first in order is the reason") {
  Walk walk;
  walk.is_listed = false;
  walk.health = ExchangeHealth::kUnhealthy;
  walk.data_age = Duration{500'000};
  CHECK_FALSE(walk.run().has_value());
  CHECK(walk.verdicts.back().reason == ReasonCode::kDataStale);
}

TEST_CASE("what every gate refuses is refused in the domain's order, one reason after the other") {
  Walk walk = refused_by_all();
  std::vector<Mending> mendings = mendings_of_the_situation();
  for (Mending& mending : mendings_of_risk()) mendings.push_back(std::move(mending));
  CHECK(mendings.size() == kOrder.size());
  for (const Mending& mending : mendings) {
    CHECK_FALSE(walk.run().has_value());
    CHECK(to_string(walk.verdicts.back().reason) == to_string(mending.refused_by));
    mending.mend(walk);
  }
  CHECK(walk.run().has_value());
}

TEST_CASE("a long stands between its stop and its target, both on the tick") {
  Walk walk;
  walk.candidate.entry = price("97.3");
  const SizedOrder order = walk.sized();
  CHECK(order.side == OrderSide::kBuy);
  CHECK(order.stop_loss == price("95.4"));     // 95.354
  CHECK(order.take_profit == price("101.2"));  // 101.192
  CHECK(order.quantity == quantity("1.027"));  // 1.02774...
  CHECK(order.reserved == money("100"));
}

TEST_CASE("a short stands between its target and its stop, both on the tick") {
  Walk walk;
  short_entry(walk);
  walk.candidate.entry = price("97.3");
  const SizedOrder order = walk.sized();
  CHECK(order.side == OrderSide::kSell);
  CHECK(order.stop_loss == price("99.2"));    // 99.246
  CHECK(order.take_profit == price("93.4"));  // 93.408
}

TEST_CASE("a bot without a target ratio places no target") {
  Walk walk;
  walk.config.take_profit_ratio = {};
  const SizedOrder order = walk.sized();
  CHECK(order.take_profit.is_zero());
  CHECK(order.stop_loss == price("98"));
}

TEST_CASE("a stake in percent is a share of the allocation, rounded down") {
  Walk walk;
  walk.config.stake_kind = StakeKind::kPercentOfAllocation;
  walk.config.stake = Decimal::literal("0.25");
  const SizedOrder order = walk.sized();
  CHECK(order.reserved == money("250"));
  CHECK(order.quantity == quantity("2.5"));
}

TEST_CASE("a quantity is rounded down to the lot and never costs more than the stake") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  for (int i = 0; i < 2'000; ++i) {
    Walk walk;
    walk.candidate.entry = {Decimal::from_units(runs.between(1, 90'000) * 1'000'000'000)};
    walk.instrument.lot = {Decimal::from_units(runs.between(1, 500) * 1'000'000)};
    walk.instrument.tick = price("0.0001");
    walk.config.stake = Decimal::from_units(runs.between(1, 900'000) * 1'000'000'000);
    SizedOrder order;
    order.candidate = walk.candidate;
    const Verdict verdict = gate_sizing(walk.context(), order);
    const Notional worth = *notional(walk.candidate.entry, order.quantity, Rounding::kUp);
    REQUIRE(worth.value <= walk.config.stake);
    REQUIRE(is_multiple_of(order.quantity.value, walk.instrument.lot.value));
    if (verdict.reason == ReasonCode::kInvalidLevels) {  // found before any size
      REQUIRE(order.quantity.is_zero());
    } else {
      const Quantity more = order.quantity + walk.instrument.lot;
      REQUIRE(notional(walk.candidate.entry, more, Rounding::kUp)->value > walk.config.stake);
    }
    if (verdict.reason == ReasonCode::kSizeZero) continue;
    REQUIRE(verdict.passed() ==
            (order.stop_loss < walk.candidate.entry && order.take_profit > walk.candidate.entry &&
             order.stop_loss.is_positive()));
    if (!verdict.passed()) continue;
    REQUIRE(is_multiple_of(order.stop_loss.value, walk.instrument.tick.value));
    REQUIRE(is_multiple_of(order.take_profit.value, walk.instrument.tick.value));
  }
}

TEST_CASE("a close sells all of a long, buys back all of a short, and holds no allocation") {
  for (const PositionSide side : {PositionSide::kLong, PositionSide::kShort}) {
    CAPTURE(to_string(side));
    Walk walk;
    linear(walk);
    close_of_open(walk);
    walk.snapshot.open_positions = {
        a_position({.id = "p", .side = side, .quantity = quantity("0.7")})};
    const SizedOrder order = walk.sized();
    CHECK(order.side == (side == PositionSide::kLong ? OrderSide::kSell : OrderSide::kBuy));
    CHECK(order.closes == PositionId{"p"});
    CHECK(order.quantity == quantity("0.7"));
    CHECK(order.reserved.is_zero());
    CHECK(order.stop_loss.is_zero());
    CHECK(order.take_profit.is_zero());
  }
}

TEST_CASE("a part of a close is what the exchange takes, and leaves what can still be sold") {
  struct PartRow {
    const char* what;
    Arrange arrange;
    std::string_view part;
    ReasonCode refused = ReasonCode::kNone;
  };
  // One unit; its stop sells it at 98, now it is worth 104.
  const std::vector<PartRow> rows{
      {"on the lot", [](Walk&) {}, "0.3339"},
      {"less than a lot", [](Walk&) {}, "0.0009", ReasonCode::kSizeZero},
      {"the part is worth enough", [](Walk& w) { w.instrument.min_notional = money("26"); },
       "0.25"},
      {"the part is worth too little", [](Walk& w) { w.instrument.min_notional = money("26.01"); },
       "0.25", ReasonCode::kBelowMinNotional},
      {"the rest is worth enough at its stop",
       [](Walk& w) { w.instrument.min_notional = money("24.5"); }, "0.75"},
      {"the rest is worth too little at its stop",
       [](Walk& w) { w.instrument.min_notional = money("24.51"); }, "0.75",
       ReasonCode::kBelowMinNotional},
      {"of a perpetual no worth is asked for",
       [](Walk& w) { linear(w), w.instrument.min_notional = money("1000"); }, "0.75"},
      {"the part is too few", [](Walk& w) { w.instrument.min_quantity = quantity("0.3"); }, "0.25",
       ReasonCode::kBelowMinQuantity},
      {"the rest is too few, of a perpetual as well",
       [](Walk& w) { linear(w), w.instrument.min_quantity = quantity("0.3"); }, "0.75",
       ReasonCode::kBelowMinQuantity},
      {"all of it may be too little", [](Walk& w) { w.instrument.min_notional = money("1000"); },
       "1"}};
  for (const PartRow& row : rows) {
    CAPTURE(row.what);
    Walk walk;
    close_of_open(walk);
    walk.snapshot.open_positions.front().stop_loss = price("98");
    walk.candidate.entry = price("104");
    walk.candidate.part = quantity(row.part);
    row.arrange(walk);
    const bool passes = walk.run().has_value();
    CHECK(passes == (row.refused == ReasonCode::kNone));
    CHECK(to_string(walk.verdicts.back().reason) == to_string(row.refused));
  }
}

TEST_CASE("a part of a close that would leave less than a lot is all of it") {
  Walk walk;
  close_of_open(walk);
  walk.snapshot.open_positions.front().quantity = quantity("0.9996");
  walk.candidate.part = quantity("0.9995");
  CHECK(walk.sized().quantity == quantity("0.9996"));
  walk.candidate.part = quantity("0.5004");
  CHECK(walk.sized().quantity == quantity("0.5"));
}

TEST_CASE("allocation counts what is open at cost and what is reserved") {
  Walk walk;
  Position open = a_position({.quantity = quantity("3"), .price = price("100")});
  PendingTrade under_way = pending(Direction::kLong);
  under_way.reserved = money("600");
  walk.snapshot.open_positions = {open};
  walk.snapshot.pending = {under_way};
  SizedOrder order;
  order.reserved = money("100");
  CHECK(gate_allocation(walk.context(), order).passed());
  order.reserved = money("100.000000000001");
  CHECK(gate_allocation(walk.context(), order).reason == ReasonCode::kInsufficientAllocation);
}

TEST_CASE("'*' in a pattern stands for any run of characters") {
  CHECK(matches_pattern("*", ""));
  CHECK(matches_pattern("BTC/*", "BTC/USDT"));
  CHECK(matches_pattern("*USDT", "BTC/USDT:USDT"));
  CHECK(matches_pattern("B*/U*T", "BTC/USDT"));
  CHECK(matches_pattern("BTC/USDT", "BTC/USDT"));
  CHECK_FALSE(matches_pattern("BTC/USDT", "BTC/USDT:USDT"));
  CHECK_FALSE(matches_pattern("btc/*", "BTC/USDT"));
  CHECK_FALSE(matches_pattern("", "BTC/USDT"));
  CHECK_FALSE(matches_pattern("*/EUR", "BTC/USDT"));
}

TEST_CASE("patterns agree with the definition on random texts") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  const auto text = [&](std::string_view letters, std::int64_t most) {
    std::string out;
    for (std::int64_t left = runs.between(0, most); left > 0; --left)
      out += letters[static_cast<std::size_t>(
          runs.between(0, static_cast<std::int64_t>(letters.size()) - 1))];
    return out;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string pattern = text("ab*", 6), of = text("ab", 8);
    CAPTURE(pattern);
    CAPTURE(of);
    REQUIRE(matches_pattern(pattern, of) == matches_naively(pattern, of));
  }
}
