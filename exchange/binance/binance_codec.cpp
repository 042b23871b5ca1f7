#include "exchange/binance/binance_codec.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "exchange/binance/binance_symbols.hpp"
#include "exchange/binance/json_fields.hpp"

namespace botbox::exchange::binance_codec {
namespace {

// Zero means "no limit", for steps as well.
void join_minimum(Decimal& joined, Decimal other) { joined = std::max(joined, other); }
void join_maximum(Decimal& joined, Decimal other) {
  if (other.is_zero()) return;
  joined = joined.is_zero() ? other : std::min(joined, other);
}

// Spot names what a filter limits, USD-M writes "limit".
std::uint32_t order_maximum(JsonFields& filter, std::string_view name) {
  const std::int64_t told = std::max(filter.integer_or(name, 0), filter.integer_or("limit", 0));
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(told, 0, kMost));
}

void read_filter(JsonFields& filter, Instrument& instrument) {
  const std::string type = filter.text("filterType");
  if (type == "PRICE_FILTER") {
    instrument.tick.value = filter.decimal("tickSize");
  } else if (type == "LOT_SIZE" || type == "MARKET_LOT_SIZE") {
    join_minimum(instrument.min_quantity.value, filter.decimal("minQty"));
    join_maximum(instrument.max_quantity.value, filter.decimal("maxQty"));
    join_minimum(instrument.lot.value, filter.decimal("stepSize"));
  } else if (type == "NOTIONAL" || type == "MIN_NOTIONAL") {
    // Spot writes minNotional, USD-M notional.
    join_minimum(instrument.min_notional.value,
                 std::max(filter.decimal_or("minNotional", {}), filter.decimal_or("notional", {})));
  } else if (type == "MAX_NUM_ORDERS") {
    instrument.max_orders = order_maximum(filter, "maxNumOrders");
  } else if (type == "MAX_NUM_ALGO_ORDERS") {
    instrument.max_conditional_orders = order_maximum(filter, "maxNumAlgoOrders");
  }
}

// Empty: not for us.
std::optional<Instrument> read_instrument(JsonFields& symbol, MarketType market) {
  const bool linear = market == MarketType::kLinear;
  if (linear && symbol.text_or("contractType", "") != "PERPETUAL") return std::nullopt;
  if (symbol.text_or("status", "") != "TRADING") return std::nullopt;
  Instrument instrument;
  instrument.market = market;
  instrument.base.value = symbol.text("baseAsset");
  instrument.quote.value = symbol.text("quoteAsset");
  instrument.symbol.value = instrument.base.value + "/" + instrument.quote.value;
  if (linear) {
    if (symbol.text("marginAsset") != instrument.quote.value) return std::nullopt;
    instrument.symbol.value += ":" + instrument.quote.value;
  } else if (!symbol.flag_or("isSpotTradingAllowed", true)) {
    return std::nullopt;
  }
  bool readable = true;
  symbol.each("filters", [&](JsonFields& filter) {
    read_filter(filter, instrument);
    readable = readable && !filter.error();
  });
  if (!readable || symbol.error()) return std::nullopt;
  if (!instrument.tick.is_positive() || !instrument.lot.is_positive()) return std::nullopt;
  return instrument;
}

Result<Decimal> candle_number(simdjson::simdjson_result<simdjson::ondemand::value> field) {
  simdjson::ondemand::value value;
  if (const auto code = field.get(value))
    return fail(ErrorCode::kInvalidInput, simdjson::error_message(code), "JSON");
  simdjson::ondemand::json_type type{};
  std::string_view text;
  if (value.type().get(type) == simdjson::SUCCESS &&
      type == simdjson::ondemand::json_type::string) {
    if (const auto code = value.get_string().get(text))
      return fail(ErrorCode::kInvalidInput, simdjson::error_message(code), "JSON");
  } else {
    text = value.raw_json_token();
    text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  }
  return Decimal::parse(text);
}

// [open time, open, high, low, close, volume, close time, ...]
Result<Candle> read_candle(simdjson::ondemand::array row) {
  Candle candle;
  const std::array<Decimal*, 5> targets{&candle.open.value, &candle.high.value, &candle.low.value,
                                        &candle.close.value, &candle.volume.value};
  std::size_t at = 0;
  for (auto field : row) {
    if (at == 0) {
      if (const auto code = field.get_int64().get(candle.open_time.ms))
        return fail(ErrorCode::kInvalidInput, simdjson::error_message(code), "JSON");
    } else if (at <= targets.size()) {
      BOTBOX_ASSIGN(*targets[at - 1], candle_number(field));
    } else if (field.error() != simdjson::SUCCESS) {
      return fail(ErrorCode::kInvalidInput, simdjson::error_message(field.error()), "JSON");
    }
    ++at;
  }
  if (at <= targets.size())
    return fail(ErrorCode::kInvalidInput, "a row is too short for a candle", "JSON");
  return candle;
}

Decimal leverage_of(Decimal notional, Decimal initial_margin) {
  if (!initial_margin.is_positive()) return {};
  const Result<Decimal> ratio = divide(abs(notional), initial_margin, Rounding::kHalfEven);
  return ratio ? round_to_step(*ratio, Decimal::from_int(1), Rounding::kHalfEven) : Decimal{};
}

void read_position(JsonFields& f, std::vector<VenuePosition>& out) {
  VenuePosition position;
  position.symbol = guess_symbol(f.text("symbol"), MarketType::kLinear);
  const std::string side = f.text_or("positionSide", "BOTH");
  const Decimal amount = f.decimal("positionAmt");
  position.average_entry.value = f.computed("entryPrice");
  position.mark.value = f.computed("markPrice");
  position.unrealised_profit.value = f.computed("unRealizedProfit");
  position.liquidation.value = f.computed("liquidationPrice");
  const Decimal isolated = f.computed("isolatedMargin");
  const Decimal notional = f.computed("notional");
  const Decimal margin = f.computed("positionInitialMargin");
  position.updated_at.ms = f.integer_or("updateTime", 0);
  position.leverage = f.decimal_or("leverage", leverage_of(notional, margin));
  const std::string mode = f.text_or("marginType", isolated.is_zero() ? "cross" : "isolated");
  if (f.error() || amount.is_zero()) return;
  position.side = side == "SHORT" || (side != "LONG" && amount.is_negative()) ? PositionSide::kShort
                                                                              : PositionSide::kLong;
  position.is_one_of_two = side == "LONG" || side == "SHORT";
  position.quantity.value = abs(amount);
  position.margin_mode =
      mode == "isolated" || mode == "ISOLATED" ? MarginMode::kIsolated : MarginMode::kCross;
  out.push_back(std::move(position));
}

}  // namespace

std::optional<BinanceRefusal> parse_refusal(std::string_view json) {
  const std::size_t first = json.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || json[first] != '{') return std::nullopt;
  const Result<BinanceRefusal> refusal =
      read_object<BinanceRefusal>(json, [](JsonFields& f) -> Result<BinanceRefusal> {
        return BinanceRefusal{f.integer("code"), f.text_or("msg", "")};
      });
  return refusal ? std::optional(*refusal) : std::nullopt;
}

Result<std::monostate> parse_acknowledgement(std::string_view json) {
  return with_json(json, [](simdjson::ondemand::document& document) -> Result<std::monostate> {
    simdjson::ondemand::json_type type{};
    if (const auto code = document.type().get(type))
      return fail(ErrorCode::kInvalidInput, simdjson::error_message(code), "JSON");
    if (type != simdjson::ondemand::json_type::object &&
        type != simdjson::ondemand::json_type::array)
      return fail(ErrorCode::kInvalidInput, "it is neither an object nor a list", "JSON");
    return std::monostate{};
  });
}

Result<Timestamp> parse_server_time(std::string_view json) {
  return read_object<Timestamp>(json, [](JsonFields& f) -> Result<Timestamp> {
    const Timestamp at{f.integer("serverTime")};
    if (at.ms <= 0) f.broken("serverTime", "is no time");
    return at;
  });
}

Result<std::vector<Instrument>> parse_instruments(std::string_view json, MarketType market) {
  using Instruments = std::vector<Instrument>;
  return read_object<Instruments>(json, [market](JsonFields& f) -> Result<Instruments> {
    Instruments out;
    std::size_t seen = 0;
    const bool listed = f.each("symbols", [&](JsonFields& symbol) {
      ++seen;
      if (std::optional<Instrument> instrument = read_instrument(symbol, market))
        out.push_back(*std::move(instrument));
    });
    if (!listed) f.broken("symbols", "is missing");
    if (out.empty() && seen > 0) f.broken("symbols", "has none that can be traded");
    return out;
  });
}

Result<std::vector<Candle>> parse_candles(std::string_view json) {
  using Candles = std::vector<Candle>;
  return with_json(json, [](simdjson::ondemand::document& document) -> Result<Candles> {
    simdjson::ondemand::array rows;
    if (const auto code = document.get_array().get(rows))
      return fail(ErrorCode::kInvalidInput, simdjson::error_message(code), "JSON");
    Candles out;
    for (auto item : rows) {
      simdjson::ondemand::array row;
      if (const auto code = item.get_array().get(row))
        return fail(ErrorCode::kInvalidInput, simdjson::error_message(code), "JSON");
      BOTBOX_ASSIGN(const Candle candle, read_candle(row));
      out.push_back(candle);
    }
    std::ranges::stable_sort(out, {}, &Candle::open_time);
    return out;
  });
}

Result<Ticker> parse_ticker(std::string_view json, MarketType market) {
  return read_object<Ticker>(json, [market](JsonFields& f) -> Result<Ticker> {
    Ticker ticker;
    ticker.symbol = guess_symbol(f.text("symbol"), market);
    ticker.last.value = f.decimal("lastPrice");
    ticker.bid.value = f.decimal_or("bidPrice", {});
    ticker.ask.value = f.decimal_or("askPrice", {});
    ticker.volume_24h.value = f.computed("volume");
    ticker.at.ms = f.integer("closeTime");
    return ticker;
  });
}

Result<std::vector<Balance>> parse_spot_balances(std::string_view json) {
  using Balances = std::vector<Balance>;
  return read_object<Balances>(json, [](JsonFields& f) -> Result<Balances> {
    Balances out;
    std::optional<Error> error;
    const bool listed = f.each("balances", [&](JsonFields& item) {
      Balance balance{{item.text("asset")}, item.decimal("free"), item.decimal("locked")};
      if (item.error() && !error) error = item.error();
      if (!balance.free.is_zero() || !balance.locked.is_zero()) out.push_back(std::move(balance));
    });
    if (!listed) f.broken("balances", "is missing");
    if (error) return tl::unexpected<Error>(*error);
    return out;
  });
}

Result<std::vector<Balance>> parse_usdm_balances(std::string_view json) {
  return read_list<Balance>(json, [](JsonFields& f, std::vector<Balance>& out) {
    Balance balance;
    balance.asset.value = f.text("asset");
    const Decimal wallet = f.decimal("balance");
    const Decimal available = f.decimal("availableBalance");
    balance.free = std::min(wallet, available);
    if (f.error()) return;
    balance.locked = wallet - balance.free;
    balance.profit = available - balance.free;
    if (!wallet.is_zero() || !balance.free.is_zero()) out.push_back(std::move(balance));
  });
}

Result<std::vector<VenuePosition>> parse_positions(std::string_view json) {
  return read_list<VenuePosition>(json, read_position);
}

Result<std::vector<VenueFunding>> parse_funding(std::string_view json) {
  auto payments = read_list<VenueFunding>(json, [](JsonFields& f, std::vector<VenueFunding>& out) {
    if (f.text("incomeType") != "FUNDING_FEE") return;
    VenueFunding payment;
    payment.symbol = guess_symbol(f.text("symbol"), MarketType::kLinear);
    payment.id = f.text("tranId");
    payment.amount = f.decimal("income");
    payment.asset.value = f.text("asset");
    payment.at.ms = f.integer("time");
    out.push_back(std::move(payment));
  });
  if (payments) std::ranges::stable_sort(*payments, {}, &VenueFunding::at);
  return payments;
}

Result<std::vector<FundingTime>> parse_funding_times(std::string_view json) {
  return read_list<FundingTime>(json, [](JsonFields& f, std::vector<FundingTime>& out) {
    FundingTime told;
    told.symbol = guess_symbol(f.text("symbol"), MarketType::kLinear);
    told.next.ms = f.integer_or("nextFundingTime", 0);
    told.told_at.ms = f.integer("time");
    if (f.error() || told.next.ms <= 0 || told.told_at.ms <= 0) return;
    out.push_back(std::move(told));
  });
}

Result<AccountFacts> parse_spot_account(std::string_view json) {
  return read_object<AccountFacts>(json, [](JsonFields& f) -> Result<AccountFacts> {
    AccountFacts facts;
    facts.can_trade = f.flag_or("canTrade", false);
    if (!f.flag_or("canWithdraw", true)) facts.can_withdraw = false;
    facts.account_type = f.text("accountType");
    return facts;
  });
}

Result<AccountFacts> parse_key_restrictions(std::string_view json, MarketType market) {
  const bool is_spot = market == MarketType::kSpot;
  const std::string_view trading = is_spot ? "enableSpotAndMarginTrading" : "enableFutures";
  return read_object<AccountFacts>(json, [&](JsonFields& f) -> Result<AccountFacts> {
    AccountFacts facts;
    if (!f.flag_or("ipRestrict", false))
      facts.notes.emplace_back("the key may be used from any address");
    if (!f.flag_or("enableReading", true)) facts.notes.emplace_back("the key may not read");
    const auto withdraw = f.find("enableWithdrawals");
    if (withdraw) facts.can_withdraw = *withdraw == "true";
    const auto trade = f.find(trading);
    if (!trade) f.broken(trading, "is missing");
    facts.can_trade = trade == "true";
    facts.account_type = is_spot ? "SPOT" : "USD-M";
    return facts;
  });
}

Result<AccountFacts> parse_usdm_account(std::string_view json) {
  return read_object<AccountFacts>(json, [](JsonFields& f) -> Result<AccountFacts> {
    AccountFacts facts;
    const auto trade = f.find("canTrade");
    if (!trade) f.broken("canTrade", "is missing");
    facts.can_trade = trade == "true";
    if (!f.flag_or("canWithdraw", true)) facts.can_withdraw = false;
    const auto hedge = f.find("dualSidePosition");
    if (hedge)
      facts.position_mode = *hedge == "true" ? PositionMode::kHedge : PositionMode::kOneWay;
    if (f.flag_or("multiAssetsMargin", false))
      facts.notes.emplace_back("margin is shared between assets (multi-assets mode)");
    facts.account_type = "USD-M";
    return facts;
  });
}

}  // namespace botbox::exchange::binance_codec
