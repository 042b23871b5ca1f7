// Builders: records that show only what matters to a test. What a test does not name belongs to a
// plain bot on BTC/USDT: 1-minute candles, 100 USDT per entry out of 1000, stop 2 %, target 4 %.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/decide.hpp"
#include "engine/market/indicator_table.hpp"
#include "engine/market/market_view.hpp"
#include "engine/model/bot.hpp"
#include "engine/model/candle.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/order.hpp"
#include "engine/model/position.hpp"
#include "engine/model/trade.hpp"

namespace botbox::testing {

inline Price price(std::string_view text) { return Price::literal(text); }
inline Quantity quantity(std::string_view text) { return Quantity::literal(text); }
inline Notional money(std::string_view text) { return Notional::literal(text); }

// A full minute; candle n opens n minutes later.
constexpr Timestamp kFirstOpen{1'700'000'040'000};
constexpr Timestamp opens(std::int64_t candle) { return kFirstOpen + Duration{60'000} * candle; }

struct CandleWith {
  std::int64_t number = 0;
  Price close = Price::literal("100");
};
inline Candle a_candle(const CandleWith& with = {}) {
  return {.open_time = opens(with.number),
          .open = with.close,
          .high = with.close,
          .low = with.close,
          .close = with.close,
          .volume = quantity("1")};
}

// Candles 0, 1, ... with these closes.
inline std::vector<Candle> candles_closing_at(const std::vector<double>& closes) {
  std::vector<Candle> candles;
  for (const double close : closes)
    candles.push_back(a_candle({.number = static_cast<std::int64_t>(candles.size()),
                                .close = {*from_indicator_level(close)}}));
  return candles;
}

// The market as it is when the newest candle has just closed.
inline MarketView a_view(const std::vector<Candle>& candles,
                         const std::vector<IndicatorSpec>& specs = {}) {
  MarketView view;
  view.symbol = {"BTC/USDT"};
  const auto series = std::make_shared<CandleSeries>(view.timeframe, 500);
  ENGINE_ASSERT(series->merge(candles, opens(1'000'000)).has_value());
  SharedIndicators indicators;
  for (const IndicatorSpec& spec : specs) ENGINE_ASSERT(indicators.add(spec).has_value());
  indicators.on_series(series);
  view.series = series;
  view.indicators = indicators.table();
  view.as_of = series->last_close();
  view.gaps = series->gaps().size();
  return view;
}

struct ConfigWith {
  MarketType market = MarketType::kSpot;
  std::vector<StrategyParameter> parameters;
  Notional allocation = Notional::literal("1000");
  StakeKind stake_kind = StakeKind::kFixed;
  std::string_view stake = "100";
  std::string_view stop_loss_ratio = "0.02";
  std::string_view take_profit_ratio = "0.04";
  std::uint32_t max_open_positions = 6;
  Duration cooldown_symbol{0};
  Duration cooldown_bot{0};
  std::vector<std::string> allow_list;
  std::vector<std::string> block_list;
};
inline BotConfig a_config(ConfigWith with = {}) {
  BotConfig config;
  config.id = {"bot-1"};
  config.name = "Bot 1";
  config.strategy = {"rsi_reversion"};
  config.parameters = std::move(with.parameters);
  config.symbol = {"BTC/USDT"};
  config.market = with.market;
  config.check_interval = Duration{60'000};
  config.allocation = with.allocation;
  config.stake_kind = with.stake_kind;
  config.stake = Decimal::literal(with.stake);
  config.stop_loss_ratio = Decimal::literal(with.stop_loss_ratio);
  config.take_profit_ratio = Decimal::literal(with.take_profit_ratio);
  config.max_open_positions = with.max_open_positions;
  config.cooldown_symbol = with.cooldown_symbol;
  config.cooldown_bot = with.cooldown_bot;
  config.allow_list = std::move(with.allow_list);
  config.block_list = std::move(with.block_list);
  return config;
}

struct InstrumentWith {
  MarketType market = MarketType::kSpot;
  Price tick = Price::literal("0.1");
  Quantity lot = Quantity::literal("0.001");
  Quantity min_quantity = Quantity::literal("0.001");
  Quantity max_quantity;
  Notional min_notional = Notional::literal("5");
};
inline Instrument an_instrument(const InstrumentWith& with = {}) {
  return {.symbol = {"BTC/USDT"},
          .base = {"BTC"},
          .quote = {"USDT"},
          .market = with.market,
          .tick = with.tick,
          .lot = with.lot,
          .min_quantity = with.min_quantity,
          .max_quantity = with.max_quantity,
          .min_notional = with.min_notional};
}

// An entry, unless `direction` says CLOSE; its protective orders are "<id>-stop" and "<id>-target".
struct TradeWith {
  std::string id = "entry";
  Direction direction = Direction::kLong;
  std::string position = "entry";
  Quantity quantity = Quantity::literal("1");
  TradeStatus status = TradeStatus::kExecuting;
  Timestamp created_at = opens(0);
};
inline Trade a_trade(TradeWith with = {}) {
  const bool closes = with.direction == Direction::kClose;
  Trade trade;
  trade.id = {with.id};
  trade.bot = {"bot-1"};
  trade.signal = {"signal-of-" + with.id};
  trade.intent = {"s:signal-of-" + with.id};
  trade.symbol = {"BTC/USDT"};
  trade.direction = with.direction;
  trade.side = with.direction == Direction::kLong ? OrderSide::kBuy : OrderSide::kSell;
  trade.position = {closes ? with.position : with.id};
  trade.quantity = with.quantity;
  trade.entry = price("100");
  trade.client_order_id = {with.id};
  if (!closes) {
    trade.stop_loss = price("98");
    trade.take_profit = price("104");
    trade.reserved = money("100");
    trade.stop_client_id = {with.id + "-stop"};
    trade.take_profit_client_id = {with.id + "-target"};
  }
  trade.status = with.status;
  trade.attempts = with.status == TradeStatus::kPending ? 0 : 1;
  trade.created_at = with.created_at;
  trade.updated_at = with.created_at;
  return trade;
}

struct FillWith {
  std::string id = "x1";
  std::string order = "entry";
  OrderSide side = OrderSide::kBuy;
  Price price = Price::literal("100");
  Quantity quantity = Quantity::literal("1");
  Notional fee;
  Timestamp at = opens(1);
};
inline Fill a_fill(FillWith with = {}) {
  return {.id = {with.id},
          .client_id = {with.order},
          .order_id = {"exchange-" + with.order},
          .symbol = {"BTC/USDT"},
          .side = with.side,
          .price = with.price,
          .quantity = with.quantity,
          .fee = with.fee,
          .at = with.at};
}

struct ReportWith {
  std::string order = "entry";
  OrderStatus status = OrderStatus::kFilled;
  std::vector<Fill> fills;
  std::string message;
};
inline OrderReport a_report(ReportWith with = {}) {
  OrderReport report;
  report.client_id = {with.order};
  report.order_id = {"exchange-" + with.order};
  report.symbol = {"BTC/USDT"};
  report.status = with.status;
  for (const Fill& fill : with.fills) report.filled += fill.quantity;
  report.quantity = report.filled;
  report.fills = std::move(with.fills);
  report.message = std::move(with.message);
  return report;
}

struct PositionWith {
  std::string id = "entry";
  PositionSide side = PositionSide::kLong;
  Quantity quantity = Quantity::literal("1");
  Price price = Price::literal("100");
};
inline Position a_position(PositionWith with = {}) {
  Position position;
  position.id = {with.id};
  position.bot = {"bot-1"};
  position.symbol = {"BTC/USDT"};
  position.side = with.side;
  position.quantity = with.quantity;
  position.total_entered = with.quantity;
  position.entry_cost = *notional(with.price, with.quantity, Rounding::kHalfEven);
  position.average_entry = with.price;
  position.stop_client_id = {with.id + "-stop"};
  position.take_profit_client_id = {with.id + "-target"};
  position.opened_at = opens(0);
  position.applied = {{{with.id}, 1}};
  return position;
}

inline PendingTrade pending_of(const Trade& trade) {
  return {.id = trade.id,
          .direction = trade.direction,
          .position = trade.position,
          .reserved = trade.reserved,
          .stop_client_id = trade.stop_client_id,
          .take_profit_client_id = trade.take_profit_client_id};
}

struct SnapshotWith {
  BotStatus status = BotStatus::kActive;
  std::vector<Position> open_positions;
  std::vector<PendingTrade> pending;
  Timestamp last_trade_at;
};
inline BotSnapshot a_snapshot(SnapshotWith with = {}) {
  BotSnapshot snapshot;
  snapshot.status = with.status;
  snapshot.open_positions = std::move(with.open_positions);
  snapshot.pending = std::move(with.pending);
  snapshot.last_trade_at = with.last_trade_at;
  return snapshot;
}

// Proposes what it is told to, once there is a candle.
class ScriptedStrategy final : public Strategy {
 public:
  std::vector<IndicatorSpec> indicators(const BotConfig&) const override { return {}; }
  Evaluation evaluate(const MarketView&, const BotConfig&, const Position*) const override {
    return says;
  }
  void propose(Direction direction) { says.proposal = Proposal{direction, 0.5}; }

  Evaluation says{.warm = true,
                  .proposal = {},
                  .conditions = {{"rsi < oversold", 28, 30, true}},
                  .measurements = {{"rsi", 28}}};
};

// One bot and what is around it.
struct BotWorld {
  InstallationId installation{"installation-1"};
  BotConfig config = a_config();
  BotSnapshot snapshot = a_snapshot();
  ScriptedStrategy strategy;
  Instrument instrument = an_instrument();
  EngineState engine{.mode = EngineMode::kActive, .live_trading = true, .changed_by = {}};
  Timestamp now = opens(3);

  DecisionContext context() const {
    return {.now = now,
            .installation = installation,
            .config = config,
            .strategy = strategy,
            .instrument = &instrument,
            .engine = engine};
  }
  // Candles 0..2, so that the newest closes at opens(3).
  CheckDue check_due(Timestamp due_at = opens(3)) const {
    return {std::make_shared<const MarketView>(a_view(candles_closing_at({101, 102, 100}))),
            due_at};
  }
};

}  // namespace botbox::testing
