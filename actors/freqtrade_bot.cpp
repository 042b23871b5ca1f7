#include "actors/freqtrade_bot.hpp"

#include <algorithm>
#include <map>

#include "engine/model/instrument.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;
using storage::BookedFill;

Json date_or_null(Timestamp at) { return at.is_never() ? Json() : Json(freqtrade_date(at)); }
Json ms_or_null(Timestamp at) { return at.is_never() ? Json() : Json(at.ms); }
Json price_or_null(Price price) { return price.is_zero() ? Json() : Json(freqtrade_number(price)); }

// What the fills of one side of a trade add up to.
struct SideSum {
  double quantity = 0;
  double value = 0;
  Notional fees;
  Timestamp first;

  Json rate() const { return quantity > 0 ? Json(value / quantity) : Json(); }
};

bool is_entry(const FreqtradeTrade& trade, const BookedFill& fill) {
  return fill.fill.side == entry_side(trade.position.side);
}

SideSum sum_of(const FreqtradeTrade& trade, bool entries) {
  SideSum sum;
  for (const BookedFill& booked : trade.fills) {
    if (is_entry(trade, booked) != entries) continue;
    const double quantity = freqtrade_number(booked.fill.quantity);
    if (sum.first.is_never() || booked.fill.at < sum.first) sum.first = booked.fill.at;
    sum.quantity += quantity;
    sum.value += quantity * freqtrade_number(booked.fill.price);
    sum.fees += booked.fill.fee;
  }
  return sum;
}

// The fills of one order together; orders without a fill are not there.
Json orders_json(const FreqtradeTrade& trade) {
  std::vector<std::vector<const BookedFill*>> orders;
  for (const BookedFill& fill : trade.fills) {
    const auto known = std::ranges::find_if(orders, [&](const auto& order) {
      return order.front()->fill.client_id == fill.fill.client_id;
    });
    if (known != orders.end())
      known->push_back(&fill);
    else
      orders.push_back({&fill});
  }
  Json rows = Json::array();
  for (const auto& order : orders) {
    const Fill& first = order.front()->fill;
    double quantity = 0;
    double value = 0;
    for (const BookedFill* fill : order) {
      quantity += freqtrade_number(fill->fill.quantity);
      value += freqtrade_number(fill->fill.quantity) * freqtrade_number(fill->fill.price);
    }
    const bool is_stop = first.client_id == trade.position.stop_client_id;
    rows.push_back({{"pair", trade.position.symbol.value},
                    {"order_id", first.order_id.value},
                    {"status", "closed"},
                    {"remaining", 0},
                    {"amount", quantity},
                    {"filled", quantity},
                    {"safe_price", quantity > 0 ? value / quantity : 0},
                    {"cost", value},
                    {"ft_order_side", is_stop                         ? "stoploss"
                                      : first.side == OrderSide::kBuy ? "buy"
                                                                      : "sell"},
                    {"ft_is_entry", is_entry(trade, *order.front())},
                    {"order_type", is_stop ? "stop_market" : "market"},
                    {"is_open", false},
                    {"order_timestamp", first.at.ms},
                    {"order_filled_timestamp", order.back()->fill.at.ms}});
  }
  return rows;
}

// Always below nothing when it would lose, as freqtrade has it, on both sides.
double stop_ratio(const FreqtradeTrade& trade) {
  const double open = freqtrade_number(trade.position.average_entry);
  const double moved = open > 0 ? freqtrade_number(trade.position.stop_loss) / open - 1 : 0;
  return trade.is_short() ? -moved : moved;
}

void add_stop(Json& json, const FreqtradeBot& of, const FreqtradeTrade& trade) {
  const bool has_stop = !trade.position.stop_loss.is_zero();
  json["stop_loss_abs"] = price_or_null(trade.position.stop_loss);
  const double of_stake = of.leverage * stop_ratio(trade);
  json["stop_loss_ratio"] = has_stop ? Json(of_stake) : Json();
  json["stop_loss_pct"] = has_stop ? Json(100 * of_stake) : Json();
  if (!trade.is_open()) return;
  const auto price = of.price();
  for (const char* name :
       {"stoploss_current_dist", "stoploss_current_dist_ratio", "stoploss_current_dist_pct",
        "stoploss_entry_dist", "stoploss_entry_dist_ratio"})
    json[name] = nullptr;
  if (!has_stop) return;
  const double cost = freqtrade_number(trade.position.entry_cost);
  json["stoploss_entry_dist"] = cost * stop_ratio(trade);
  json["stoploss_entry_dist_ratio"] = of.leverage * stop_ratio(trade);
  if (!price || price->is_zero()) return;
  const double now = freqtrade_number(*price);
  const double distance = freqtrade_number(trade.position.stop_loss) - now;
  json["stoploss_current_dist"] = distance;
  json["stoploss_current_dist_ratio"] = distance / now;
  json["stoploss_current_dist_pct"] = 100 * distance / now;
}

void add_profit(Json& json, const FreqtradeBot& of, const FreqtradeTrade& trade) {
  const double entered = entered_value(trade) / of.leverage;
  const double realised = freqtrade_number(trade.realised());
  const double ratio = profit_ratio(of, trade);
  json["realized_profit"] = realised;
  json["realized_profit_ratio"] = entered > 0 ? Json(realised / entered) : Json();
  if (!trade.is_open()) {
    for (const char* name : {"close_profit", "profit_ratio"}) json[name] = ratio;
    for (const char* name : {"close_profit_pct", "profit_pct"}) json[name] = 100 * ratio;
    for (const char* name : {"close_profit_abs", "profit_abs"}) json[name] = realised;
    return;
  }
  const auto open = open_profit(of, trade);
  const double cost = freqtrade_number(trade.position.entry_cost) / of.leverage;
  const bool is_known = open && cost > 0;
  json["close_profit"] = json["close_profit_pct"] = json["close_profit_abs"] = nullptr;
  json["profit_abs"] = open ? Json(*open) : Json();
  json["profit_ratio"] = is_known ? Json(*open / cost) : Json();
  json["profit_pct"] = is_known ? Json(100 * *open / cost) : Json();
  json["total_profit_abs"] = open ? Json(*open + realised) : Json();
  json["total_profit_ratio"] = open ? Json(ratio) : Json();
  const auto price = of.price();
  json["current_rate"] = price ? Json(freqtrade_number(*price)) : Json();
}

}  // namespace

double freqtrade_number(Decimal value) { return to_double_for_indicator(value); }

std::string freqtrade_date(Timestamp at) {
  if (at.is_never()) return {};
  std::string text = to_iso8601(at).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::vector<const FreqtradeTrade*> FreqtradeBot::closed() const {
  std::vector<const FreqtradeTrade*> found;
  for (const FreqtradeTrade& trade : trades)
    if (!trade.is_open()) found.push_back(&trade);
  std::ranges::stable_sort(found, {},
                           [](const FreqtradeTrade* t) { return t->position.closed_at; });
  return found;
}

std::vector<const FreqtradeTrade*> FreqtradeBot::open() const {
  std::vector<const FreqtradeTrade*> found;
  for (const FreqtradeTrade& trade : trades)
    if (trade.is_open()) found.push_back(&trade);
  return found;
}

std::string FreqtradeBot::quote() const {
  const auto parts = parse_symbol(bot.config.symbol.value);
  return parts ? parts->quote.value : std::string();
}
std::string FreqtradeBot::base() const {
  const auto parts = parse_symbol(bot.config.symbol.value);
  return parts ? parts->base.value : std::string();
}

std::optional<Price> FreqtradeBot::price() const {
  const auto known = prices.find(bot.config.symbol);
  return known != prices.end() ? std::optional(known->second) : std::nullopt;
}

Result<FreqtradeBot> read_freqtrade_bot(const storage::Store& store, const BotId& id) {
  FreqtradeBot made;
  BOTBOX_ASSIGN(made.bot, storage::load_bot(store, id));
  if (made.bot.damage) return tl::unexpected<Error>(*made.bot.damage);
  std::map<std::string, std::vector<BookedFill>> fills;
  BOTBOX_TRY(storage::visit_records<BookedFill>(
      store, {.kind = storage::Kind::kFill, .prefix = storage::bot_prefix(id), .from = {}}, {},
      [&](std::string_view key, BookedFill&& fill) {
        fills[storage::owner_of_fill(key).position.value].push_back(std::move(fill));
        return true;
      }));
  BOTBOX_TRY(storage::visit_records<Position>(
      store, {.kind = storage::Kind::kPosition, .prefix = storage::bot_prefix(id), .from = {}}, {},
      [&](std::string_view, Position&& position) {
        FreqtradeTrade trade{0, std::move(position), {}};
        trade.fills = std::move(fills[trade.position.id.value]);
        std::ranges::stable_sort(trade.fills, {}, &BookedFill::number);
        made.trades.push_back(std::move(trade));
        return true;
      }));
  std::ranges::stable_sort(made.trades, {},
                           [](const FreqtradeTrade& trade) { return trade.position.opened_at; });
  for (FreqtradeTrade& trade : made.trades)
    trade.number = static_cast<std::uint32_t>(&trade - made.trades.data()) + 1;
  return made;
}

double entered_value(const FreqtradeTrade& trade) { return sum_of(trade, true).value; }

std::optional<double> open_profit(const FreqtradeBot& of, const FreqtradeTrade& trade) {
  const auto price = of.price();
  if (!trade.is_open() || !price) return std::nullopt;
  const auto profit = unrealised_profit(trade.position, *price);
  return profit ? std::optional(freqtrade_number(*profit)) : std::nullopt;
}

double profit_ratio(const FreqtradeBot& of, const FreqtradeTrade& trade) {
  const double entered = entered_value(trade) / of.leverage;
  const double profit = freqtrade_number(trade.realised()) + open_profit(of, trade).value_or(0);
  return entered > 0 ? profit / entered : 0;
}

Json freqtrade_trade_json(const FreqtradeBot& of, const FreqtradeTrade& trade) {
  const Position& position = trade.position;
  const BotConfig& config = of.bot.config;
  const SideSum in = sum_of(trade, true);
  const SideSum out = sum_of(trade, false);
  Json json{
      {"trade_id", trade.number},
      {"pair", position.symbol.value},
      {"base_currency", of.base()},
      {"quote_currency", of.quote()},
      {"is_open", trade.is_open()},
      {"is_short", trade.is_short()},
      {"exchange", of.exchange},
      {"amount", freqtrade_number(trade.is_open() ? position.quantity : position.total_entered)},
      {"amount_requested", in.quantity},
      {"stake_amount",
       (trade.is_open() ? freqtrade_number(position.entry_cost) : in.value) / of.leverage},
      {"max_stake_amount", in.value / of.leverage},
      {"strategy", config.strategy.value},
      {"enter_tag", config.strategy.value},
      {"timeframe", config.timeframe.ms() / 60'000},
      {"fee_open", in.value > 0 ? Json(freqtrade_number(in.fees) / in.value) : Json()},
      {"fee_open_cost", freqtrade_number(in.fees)},
      {"fee_open_currency", of.quote()},
      {"fee_close", out.value > 0 ? Json(freqtrade_number(out.fees) / out.value) : Json()},
      {"fee_close_cost", freqtrade_number(out.fees)},
      {"fee_close_currency", of.quote()},
      {"open_date", freqtrade_date(position.opened_at)},
      {"open_timestamp", position.opened_at.ms},
      {"open_fill_date", date_or_null(in.first)},
      {"open_fill_timestamp", ms_or_null(in.first)},
      {"open_rate", freqtrade_number(position.average_entry)},
      {"open_trade_value", in.value},
      {"close_date", date_or_null(position.closed_at)},
      {"close_timestamp", ms_or_null(position.closed_at)},
      {"close_rate", trade.is_open() ? Json() : out.rate()},
      {"exit_reason", trade.is_open() ? Json() : Json(to_string(position.close_reason))},
      {"min_rate", nullptr},
      {"max_rate", nullptr},
      {"has_open_orders", trade.is_open() && !of.bot.snapshot.pending.empty()},
      {"leverage", of.leverage},
      {"interest_rate", 0},
      {"funding_fees", freqtrade_number(position.funding)},
      {"liquidation_price", nullptr},
      {"trading_mode", config.market == MarketType::kLinear ? "futures" : "spot"}};
  add_profit(json, of, trade);
  add_stop(json, of, trade);
  json["orders"] = orders_json(trade);
  return json;
}

}  // namespace botbox::actors
