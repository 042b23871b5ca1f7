#include "exchange/bybit/bybit_codec.hpp"

#include <algorithm>
#include <array>

#include "exchange/bybit/bybit_fields.hpp"
#include "exchange/bybit/bybit_limits.hpp"

namespace botbox::exchange::bybit {
namespace {

Element part(Element object, std::string_view name) {
  Element value;
  return object[name].get(value) == simdjson::SUCCESS ? value : Element{object};
}

// The smallest of those told; zero: none.
Result<Decimal> smallest(Element object, std::initializer_list<std::string_view> names) {
  Decimal found;
  for (const std::string_view name : names) {
    BOTBOX_ASSIGN(const Decimal value, computed(object, name));
    if (value.is_positive() && (found.is_zero() || value < found)) found = value;
  }
  return found;
}

bool is_traded(MarketType market, Element row) {
  if (text_or_empty(row, "status") != "Trading") return false;
  if (market == MarketType::kSpot) return true;
  return text_or_empty(row, "contractType") == "LinearPerpetual" &&
         text_or_empty(row, "quoteCoin") == "USDT" && text_or_empty(row, "settleCoin") == "USDT";
}

Result<Instrument> instrument_from(MarketType market, Element row) {
  const bool spot = market == MarketType::kSpot;
  Instrument i;
  i.market = market;
  BOTBOX_ASSIGN(i.base.value, text(row, "baseCoin"));
  BOTBOX_ASSIGN(i.quote.value, text(row, "quoteCoin"));
  i.symbol.value =
      fmt::format("{}/{}{}", i.base.value, i.quote.value, spot ? "" : ":" + i.quote.value);
  BOTBOX_ASSIGN(const std::string name, venue_symbol(market, i.symbol));
  if (name != text_or_empty(row, "symbol")) return bad_field("symbol", "is not base and quote");
  const Element prices = part(row, "priceFilter");
  const Element lots = part(row, "lotSizeFilter");
  BOTBOX_ASSIGN(i.tick.value, exact(prices, "tickSize"));
  BOTBOX_ASSIGN(i.lot.value, exact(lots, spot ? "basePrecision" : "qtyStep"));
  BOTBOX_ASSIGN(i.min_quantity.value, exact_or_zero(lots, "minOrderQty"));
  BOTBOX_ASSIGN(i.max_quantity.value,
                spot ? smallest(lots, {"maxMarketOrderQty", "maxLimitOrderQty"})
                     : smallest(lots, {"maxMktOrderQty", "maxOrderQty"}));
  if (spot && i.max_quantity.is_zero()) {
    BOTBOX_ASSIGN(i.max_quantity.value, smallest(lots, {"maxOrderQty"}));
  }
  BOTBOX_ASSIGN(i.min_notional.value,
                exact_or_zero(lots, spot ? "minOrderAmt" : "minNotionalValue"));
  if (!i.tick.is_positive() || !i.lot.is_positive()) return bad_field("tickSize", "is no grid");
  const StandingOrders most = most_orders(market);
  i.max_orders = most.all;
  i.max_conditional_orders = most.conditional;
  return i;
}

// ["startTime", "open", "high", "low", "close", "volume", "turnover"].
Result<Candle> candle_from(Element row) {
  std::array<std::string_view, 6> fields;
  simdjson::dom::array array;
  if (row.get(array) != simdjson::SUCCESS || array.size() < fields.size())
    return bad_field("list", "has a row that is no candle");
  std::size_t at = 0;
  for (const Element field : array) {
    if (at == fields.size()) break;
    if (field.get(fields[at++]) != simdjson::SUCCESS)
      return bad_field("list", "has a number that is not text");
  }
  Candle candle;
  std::int64_t& ms = candle.open_time.ms;
  const auto [end, error] =
      std::from_chars(fields[0].data(), fields[0].data() + fields[0].size(), ms);
  if (error != std::errc{} || end != fields[0].data() + fields[0].size() || ms < 0)
    return bad_field("list", "has a candle without a time");
  const std::array<Decimal*, 5> targets{&candle.open.value, &candle.high.value, &candle.low.value,
                                        &candle.close.value, &candle.volume.value};
  for (std::size_t i = 0; i < targets.size(); ++i) {
    BOTBOX_ASSIGN(*targets[i], Decimal::parse(twelve_places(fields[i + 1])));
  }
  return candle;
}

Result<Balance> balance_from(Element row) {
  Balance balance;
  BOTBOX_ASSIGN(balance.asset.value, text(row, "coin"));
  BOTBOX_ASSIGN(const Decimal wallet, computed(row, "walletBalance"));
  Decimal bound;
  for (const std::string_view name : {"locked", "totalOrderIM", "totalPositionIM"}) {
    BOTBOX_ASSIGN(const Decimal amount, computed(row, name));
    bound += amount;
  }
  if (wallet.is_positive() && bound.is_positive()) balance.locked = std::min(wallet, bound);
  balance.free = wallet - balance.locked;
  BOTBOX_ASSIGN(const Decimal profit, computed(row, "unrealisedPnl"));
  balance.profit = std::max(Decimal{}, profit);
  return balance;
}

Result<VenuePosition> position_from(Element row) {
  VenuePosition p;
  BOTBOX_ASSIGN(const std::string name, text(row, "symbol"));
  p.symbol = unified_symbol(MarketType::kLinear, name);
  const std::string_view side = text_or_empty(row, "side");
  if (side != "Buy" && side != "Sell") return bad_field("side", "is neither Buy nor Sell");
  p.side = side == "Buy" ? PositionSide::kLong : PositionSide::kShort;
  BOTBOX_ASSIGN(p.quantity.value, exact(row, "size"));
  BOTBOX_ASSIGN(p.average_entry.value, computed(row, "avgPrice"));
  BOTBOX_ASSIGN(p.mark.value, computed(row, "markPrice"));
  BOTBOX_ASSIGN(p.liquidation.value, computed(row, "liqPrice"));
  BOTBOX_ASSIGN(p.unrealised_profit.value, computed(row, "unrealisedPnl"));
  BOTBOX_ASSIGN(p.leverage, computed(row, "leverage"));
  BOTBOX_ASSIGN(p.stop_loss.value, computed(row, "stopLoss"));
  BOTBOX_ASSIGN(p.take_profit.value, computed(row, "takeProfit"));
  const Result<std::int64_t> mode = integer(row, "tradeMode");
  p.margin_mode = mode && *mode == 1 ? MarginMode::kIsolated : MarginMode::kCross;
  const Result<std::int64_t> index = integer(row, "positionIdx");
  p.is_one_of_two = index && *index != 0;
  p.updated_at = time_or_never(row, "updatedTime");
  return p;
}

constexpr std::array<std::string_view, 6> kTradeTypes{"",          "Trade",      "AdlTrade",
                                                      "BustTrade", "BlockTrade", "MovePosition"};

Result<VenueExecution> execution_from(MarketType market, Element row) {
  VenueExecution e;
  BOTBOX_ASSIGN(e.id.value, text(row, "execId"));
  BOTBOX_ASSIGN(e.order_id.value, text(row, "orderId"));
  e.client_id.value = text_or_empty(row, "orderLinkId");
  BOTBOX_ASSIGN(const std::string name, text(row, "symbol"));
  e.symbol = unified_symbol(market, name);
  const std::string_view side = text_or_empty(row, "side");
  if (side != "Buy" && side != "Sell") return bad_field("side", "is neither Buy nor Sell");
  e.side = side == "Buy" ? OrderSide::kBuy : OrderSide::kSell;
  BOTBOX_ASSIGN(e.price.value, exact(row, "execPrice"));
  BOTBOX_ASSIGN(e.quantity.value, exact(row, "execQty"));
  BOTBOX_ASSIGN(e.fee, computed(row, "execFee"));
  e.is_maker = flag(row, "isMaker");
  e.at = time_or_never(row, "execTime");
  if (e.at.is_never()) return bad_field("execTime", "is missing");
  e.fee_asset.value = text_or_empty(row, "feeCurrency");
  if (!e.fee_asset.empty()) return e;
  // Not told: contracts pay in the coin they are settled in, spot in the coin that is received.
  const std::string& unified = e.symbol.value;
  const std::size_t slash = unified.find('/');
  if (slash == std::string::npos) return e;
  const bool in_base = market == MarketType::kSpot && e.side == OrderSide::kBuy;
  e.fee_asset.value =
      in_base ? unified.substr(0, slash) : unified.substr(slash + 1, unified.find(':') - slash - 1);
  return e;
}

Result<VenueFunding> funding_from(Element row) {
  VenueFunding payment;
  BOTBOX_ASSIGN(payment.id, text(row, "id"));
  BOTBOX_ASSIGN(const std::string name, text(row, "symbol"));
  payment.symbol = unified_symbol(MarketType::kLinear, name);
  BOTBOX_ASSIGN(payment.amount, exact(row, "funding"));
  BOTBOX_ASSIGN(payment.asset.value, text(row, "currency"));
  payment.at = time_or_never(row, "transactionTime");
  if (payment.at.is_never()) return bad_field("transactionTime", "is missing");
  return payment;
}

bool lists(Element permissions, std::string_view group, std::string_view right) {
  const Result<std::vector<Element>> rights = rows(permissions, group);
  return rights && std::any_of(rights->begin(), rights->end(), [&](Element e) {
           std::string_view name;
           return e.get(name) == simdjson::SUCCESS && name == right;
         });
}

void note_key(Element result, AccountFacts& facts) {
  const std::string_view expires = text_or_empty(result, "expiredAt");
  const Result<std::vector<Element>> addresses = rows(result, "ips");
  const auto any_address = [](Element e) {
    std::string_view address;
    return e.get(address) == simdjson::SUCCESS && address == "*";
  };
  const bool bound = addresses && !addresses->empty() &&
                     std::none_of(addresses->begin(), addresses->end(), any_address);
  if (!bound) facts.notes.emplace_back("The key is not bound to an address.");
  if (!bound && !expires.empty())
    facts.notes.push_back(fmt::format("The key expires {}.", expires));
}

}  // namespace

Result<ReplyHead> parse_head(std::string_view body) {
  simdjson::dom::parser parser;
  Element root;
  if (const auto error = parser.parse(body.data(), body.size()).get(root);
      error != simdjson::SUCCESS)
    return fail(ErrorCode::kInvalidInput, simdjson::error_message(error), "JSON");
  ReplyHead head;
  BOTBOX_ASSIGN(head.code, integer(root, "retCode"));
  head.message = text_or_empty(root, "retMsg");
  head.time = time_or_never(root, "time");
  return head;
}

Result<Timestamp> parse_server_time(std::string_view body) {
  return with_result(body, [](Element root, Element result) -> Result<Timestamp> {
    const Timestamp head = time_or_never(root, "time");
    if (!head.is_never()) return head;
    BOTBOX_ASSIGN(const std::int64_t seconds, integer(result, "timeSecond"));
    if (seconds <= 0 || seconds > 7'258'118'400) return bad_field("timeSecond", "is absurd");
    return Timestamp{seconds * 1000};
  });
}

Result<Page<Instrument>> parse_instruments(MarketType market, std::string_view body) {
  return with_result(body, [&](Element, Element result) -> Result<Page<Instrument>> {
    Page<Instrument> page;
    BOTBOX_ASSIGN(const std::vector<Element> list, rows(result, "list"));
    page.rows = list.size();
    page.next_cursor = text_or_empty(result, "nextPageCursor");
    for (const Element row : list) {
      if (!is_traded(market, row)) continue;
      Result<Instrument> instrument = instrument_from(market, row);
      if (instrument) page.items.push_back(*std::move(instrument));
    }
    return page;
  });
}

Result<std::vector<Candle>> parse_candles(std::string_view body) {
  return with_result(body, [](Element, Element result) -> Result<std::vector<Candle>> {
    BOTBOX_ASSIGN(const std::vector<Element> list, rows(result, "list"));
    std::vector<Candle> candles;
    candles.reserve(list.size());
    for (const Element row : list) {
      BOTBOX_ASSIGN(Candle candle, candle_from(row));
      candles.push_back(candle);
    }
    std::reverse(candles.begin(), candles.end());
    const auto earlier = [](const Candle& a, const Candle& b) { return a.open_time < b.open_time; };
    std::stable_sort(candles.begin(), candles.end(), earlier);
    return candles;
  });
}

Result<Ticker> parse_ticker(MarketType market, std::string_view body) {
  return with_result(body, [&](Element root, Element result) -> Result<Ticker> {
    BOTBOX_ASSIGN(const std::vector<Element> list, rows(result, "list"));
    if (list.size() != 1) return bad_field("list", "does not hold the one ticker");
    Ticker ticker;
    BOTBOX_ASSIGN(const std::string name, text(list[0], "symbol"));
    ticker.symbol = unified_symbol(market, name);
    BOTBOX_ASSIGN(ticker.last.value, exact(list[0], "lastPrice"));
    BOTBOX_ASSIGN(ticker.bid.value, exact_or_zero(list[0], "bid1Price"));
    BOTBOX_ASSIGN(ticker.ask.value, exact_or_zero(list[0], "ask1Price"));
    BOTBOX_ASSIGN(ticker.volume_24h.value, computed(list[0], "volume24h"));
    ticker.at = time_or_never(root, "time");
    return ticker;
  });
}

Result<std::vector<Balance>> parse_balances(std::string_view body) {
  return with_result(body, [](Element, Element result) -> Result<std::vector<Balance>> {
    BOTBOX_ASSIGN(const std::vector<Element> accounts, rows(result, "list"));
    std::vector<Balance> balances;
    for (const Element account : accounts) {
      BOTBOX_ASSIGN(const std::vector<Element> coins, rows(account, "coin"));
      for (const Element coin : coins) {
        BOTBOX_ASSIGN(Balance balance, balance_from(coin));
        balances.push_back(std::move(balance));
      }
    }
    return balances;
  });
}

Result<Page<VenuePosition>> parse_positions(std::string_view body) {
  return with_result(body, [](Element, Element result) -> Result<Page<VenuePosition>> {
    Page<VenuePosition> page;
    BOTBOX_ASSIGN(const std::vector<Element> list, rows(result, "list"));
    page.rows = list.size();
    page.next_cursor = text_or_empty(result, "nextPageCursor");
    for (const Element row : list) {
      BOTBOX_ASSIGN(const Decimal size, exact_or_zero(row, "size"));
      if (size.is_zero()) continue;
      BOTBOX_ASSIGN(VenuePosition position, position_from(row));
      page.items.push_back(std::move(position));
    }
    return page;
  });
}

Result<Page<VenueExecution>> parse_executions(MarketType market, std::string_view body) {
  return with_result(body, [&](Element, Element result) -> Result<Page<VenueExecution>> {
    Page<VenueExecution> page;
    BOTBOX_ASSIGN(const std::vector<Element> list, rows(result, "list"));
    page.rows = list.size();
    page.next_cursor = text_or_empty(result, "nextPageCursor");
    for (const Element row : list) {
      const std::string_view type = text_or_empty(row, "execType");
      if (std::find(kTradeTypes.begin(), kTradeTypes.end(), type) == kTradeTypes.end()) continue;
      BOTBOX_ASSIGN(VenueExecution execution, execution_from(market, row));
      page.items.push_back(std::move(execution));
    }
    std::reverse(page.items.begin(), page.items.end());
    std::stable_sort(page.items.begin(), page.items.end(),
                     [](const VenueExecution& a, const VenueExecution& b) { return a.at < b.at; });
    return page;
  });
}

Result<Page<VenueFunding>> parse_funding(std::string_view body) {
  return with_result(body, [](Element, Element result) -> Result<Page<VenueFunding>> {
    Page<VenueFunding> page;
    BOTBOX_ASSIGN(const std::vector<Element> list, rows(result, "list"));
    page.rows = list.size();
    page.next_cursor = text_or_empty(result, "nextPageCursor");
    for (const Element row : list) {
      if (text_or_empty(row, "type") != "SETTLEMENT" || !is_told(row, "funding")) continue;
      BOTBOX_ASSIGN(VenueFunding payment, funding_from(row));
      page.items.push_back(std::move(payment));
    }
    std::reverse(page.items.begin(), page.items.end());
    std::stable_sort(page.items.begin(), page.items.end(),
                     [](const VenueFunding& a, const VenueFunding& b) { return a.at < b.at; });
    return page;
  });
}

Result<std::vector<FundingTime>> parse_funding_times(std::string_view body) {
  return with_result(body, [](Element root, Element result) -> Result<std::vector<FundingTime>> {
    const Timestamp now = time_or_never(root, "time");
    if (now.is_never()) return bad_field("time", "is missing");
    BOTBOX_ASSIGN(const std::vector<Element> list, rows(result, "list"));
    std::vector<FundingTime> times;
    for (const Element row : list) {
      const Timestamp next = time_or_never(row, "nextFundingTime");
      if (next.is_never()) continue;
      BOTBOX_ASSIGN(const std::string name, text(row, "symbol"));
      times.push_back({unified_symbol(MarketType::kLinear, name), now, next});
    }
    return times;
  });
}

Result<Acknowledgement> parse_acknowledgement(std::string_view body) {
  return with_result(body, [](Element, Element result) -> Result<Acknowledgement> {
    Acknowledgement acknowledgement;
    BOTBOX_ASSIGN(acknowledgement.order_id.value, text(result, "orderId"));
    acknowledgement.client_id.value = text_or_empty(result, "orderLinkId");
    return acknowledgement;
  });
}

Result<AccountFacts> parse_api_key(MarketType market, std::string_view body) {
  return with_result(body, [&](Element, Element result) -> Result<AccountFacts> {
    AccountFacts facts;
    BOTBOX_ASSIGN(const std::int64_t read_only, integer(result, "readOnly"));
    Element permissions;
    if (result["permissions"].get(permissions) != simdjson::SUCCESS)
      return bad_field("permissions", "is missing");
    const bool orders = market == MarketType::kSpot
                            ? lists(permissions, "Spot", "SpotTrade")
                            : lists(permissions, "ContractTrade", "Order") ||
                                  lists(permissions, "Derivatives", "DerivativesTrade");
    facts.can_trade = read_only == 0 && orders;
    facts.can_withdraw = lists(permissions, "Wallet", "Withdraw");
    const Result<std::int64_t> unified = integer(result, "uta");
    facts.account_type = unified && *unified == 1 ? "UNIFIED" : "CLASSIC";
    if (read_only != 0) facts.notes.emplace_back("The key is read-only.");
    if (facts.account_type == "CLASSIC")
      facts.notes.emplace_back("Only unified accounts are supported.");
    note_key(result, facts);
    return facts;
  });
}

Result<AccountSettings> parse_account_settings(std::string_view body) {
  return with_result(body, [](Element, Element result) -> Result<AccountSettings> {
    AccountSettings settings;
    BOTBOX_ASSIGN(settings.unified_status, integer(result, "unifiedMarginStatus"));
    settings.margin_mode = text_or_empty(result, "marginMode");
    return settings;
  });
}

Result<std::optional<PositionMode>> parse_position_mode(std::string_view body) {
  return with_result(body, [](Element, Element result) -> Result<std::optional<PositionMode>> {
    BOTBOX_ASSIGN(const std::vector<Element> list, rows(result, "list"));
    if (list.empty()) return std::optional<PositionMode>{};
    BOTBOX_ASSIGN(const std::int64_t index, integer(list[0], "positionIdx"));
    return std::optional(index == 0 ? PositionMode::kOneWay : PositionMode::kHedge);
  });
}

std::string parse_reasons(std::string_view body) {
  const Result<std::string> words =
      with_result(body, [](Element, Element result) -> Result<std::string> {
        BOTBOX_ASSIGN(const std::vector<Element> reasons, rows(result, "reasons"));
        std::string text;
        for (const Element reason : reasons)
          text +=
              fmt::format("{}{}: {}", text.empty() ? "" : "; ", text_or_empty(reason, "reasonCode"),
                          text_or_empty(reason, "reasonMsg"));
        return text;
      });
  return words.value_or(std::string());
}

}  // namespace botbox::exchange::bybit
