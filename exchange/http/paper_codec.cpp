#include "exchange/http/paper_codec.hpp"

#include <simdjson.h>

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

namespace botbox::exchange::paper_codec {
namespace {

using Json = nlohmann::ordered_json;
using Element = simdjson::dom::element;

// -- writing

Json json_of(const AttachedOrder& attached) {
  return {{"client_id", attached.client_id.value}, {"trigger", to_string(attached.trigger)}};
}

Json json_of(const OrderReport& report) {
  Json fills = Json::array();
  for (const Fill& fill : report.fills)
    fills.push_back({{"id", fill.id.value},
                     {"side", to_string(fill.side)},
                     {"price", to_string(fill.price)},
                     {"quantity", to_string(fill.quantity)},
                     {"fee", to_string(fill.fee)},
                     {"funding", to_string(fill.funding)},
                     {"at", fill.at.ms}});
  return {{"client_id", report.client_id.value},
          {"order_id", report.order_id.value},
          {"symbol", report.symbol.value},
          {"status", to_string(report.status)},
          {"quantity", to_string(report.quantity)},
          {"filled", to_string(report.filled)},
          {"message", report.message},
          {"updated_at", report.updated_at.ms},
          {"fills", std::move(fills)}};
}

// Text of unknown origin may hold broken UTF-8; it must not throw.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// -- reading

tl::unexpected<Error> bad_field(std::string_view name, std::string_view what) {
  return fail(ErrorCode::kInvalidInput, fmt::format("field '{}' {}", name, what), "JSON");
}

Result<std::string> text(Element object, std::string_view name) {
  std::string_view value;
  if (object[name].get(value) != simdjson::SUCCESS) return bad_field(name, "is not text");
  return std::string(value);
}

Result<Decimal> decimal(Element object, std::string_view name) {
  std::string_view value;
  if (object[name].get(value) != simdjson::SUCCESS)
    return bad_field(name, "is not a decimal as text");
  const Result<Decimal> parsed = Decimal::parse(value);
  if (!parsed) return bad_field(name, parsed.error().message);
  return parsed;
}

Result<Timestamp> time(Element object, std::string_view name) {
  std::int64_t ms = 0;
  if (object[name].get(ms) != simdjson::SUCCESS) return bad_field(name, "is not milliseconds");
  return Timestamp{ms};
}

bool has(Element object, std::string_view name) {
  Element value;
  return object[name].get(value) == simdjson::SUCCESS && !value.is_null();
}

template <class Enum, std::size_t count>
Result<Enum> named(Element object, std::string_view name, const std::array<Enum, count>& values) {
  BOTBOX_ASSIGN(const std::string found, text(object, name));
  for (const Enum value : values)
    if (to_string(value) == found) return value;
  return bad_field(name, fmt::format("has no value '{}'", found));
}

constexpr std::array<OrderSide, 2> kSides{OrderSide::kBuy, OrderSide::kSell};
constexpr std::array<OrderType, 4> kTypes{OrderType::kMarket, OrderType::kLimit,
                                          OrderType::kStopMarket, OrderType::kTakeProfitMarket};
constexpr std::array<OrderStatus, 5> kStatuses{OrderStatus::kNew, OrderStatus::kPartiallyFilled,
                                               OrderStatus::kFilled, OrderStatus::kCancelled,
                                               OrderStatus::kRejected};
constexpr std::array<MarketType, 2> kMarkets{MarketType::kSpot, MarketType::kLinear};
constexpr std::array<ErrorCode, 16> kErrors{
    ErrorCode::kInvalidInput,   ErrorCode::kNotFound,    ErrorCode::kAlreadyExists,
    ErrorCode::kCorruption,     ErrorCode::kNewerData,   ErrorCode::kIo,
    ErrorCode::kRejected,       ErrorCode::kNothingOpen, ErrorCode::kTriggerPassed,
    ErrorCode::kNotSent,        ErrorCode::kRateLimited, ErrorCode::kUnavailable,
    ErrorCode::kOutcomeUnknown, ErrorCode::kOverloaded,  ErrorCode::kFenced,
    ErrorCode::kTimeout};

// Parses a document and hands its root to `read`, within the parser's life.
template <class Read>
auto with_document(std::string_view json, Read read) -> decltype(read(Element{})) {
  simdjson::dom::parser parser;
  Element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root);
      error != simdjson::SUCCESS)
    return fail(ErrorCode::kInvalidInput, simdjson::error_message(error), "JSON");
  return read(root);
}

template <class T, class Read>
Result<std::vector<T>> list(Element object, std::string_view name, Read read) {
  simdjson::dom::array array;
  if (object[name].get(array) != simdjson::SUCCESS) return bad_field(name, "is not a list");
  std::vector<T> out;
  for (const Element item : array) {
    BOTBOX_ASSIGN(T value, read(item));
    out.push_back(std::move(value));
  }
  return out;
}

Result<AttachedOrder> attached_from(Element object, std::string_view name) {
  Element inner;
  if (object[name].get(inner) != simdjson::SUCCESS) return bad_field(name, "is not an object");
  BOTBOX_ASSIGN(std::string id, text(inner, "client_id"));
  BOTBOX_ASSIGN(const Decimal trigger, decimal(inner, "trigger"));
  return AttachedOrder{{std::move(id)}, {trigger}};
}

Result<OrderRequest> order_from(Element object) {
  OrderRequest order;
  BOTBOX_ASSIGN(order.client_id.value, text(object, "client_id"));
  BOTBOX_ASSIGN(order.symbol.value, text(object, "symbol"));
  BOTBOX_ASSIGN(order.side, named(object, "side", kSides));
  BOTBOX_ASSIGN(order.type, named(object, "type", kTypes));
  BOTBOX_ASSIGN(order.quantity.value, decimal(object, "quantity"));
  if (has(object, "limit")) {
    BOTBOX_ASSIGN(order.limit.value, decimal(object, "limit"));
  }
  if (has(object, "trigger")) {
    BOTBOX_ASSIGN(order.trigger.value, decimal(object, "trigger"));
  }
  if (has(object, "reduce_only")) {
    bool reduce_only = false;
    if (object["reduce_only"].get(reduce_only) != simdjson::SUCCESS)
      return bad_field("reduce_only", "is not true or false");
    order.effect = reduce_only ? OrderEffect::kReduceOnly : OrderEffect::kMayOpen;
  }
  if (has(object, "enlarge_only")) {
    bool enlarge_only = false;
    if (object["enlarge_only"].get(enlarge_only) != simdjson::SUCCESS)
      return bad_field("enlarge_only", "is not true or false");
    if (enlarge_only && order.effect == OrderEffect::kReduceOnly)
      return bad_field("enlarge_only", "stands beside reduce_only");
    if (enlarge_only) order.effect = OrderEffect::kEnlargeOnly;
  }
  if (has(object, "group")) {
    BOTBOX_ASSIGN(order.group.value, text(object, "group"));
  }
  if (has(object, "stop_loss")) {
    BOTBOX_ASSIGN(order.stop_loss, attached_from(object, "stop_loss"));
  }
  if (has(object, "take_profit")) {
    BOTBOX_ASSIGN(order.take_profit, attached_from(object, "take_profit"));
  }
  return order;
}

Result<Fill> fill_from(Element object) {
  Fill fill;
  BOTBOX_ASSIGN(fill.id.value, text(object, "id"));
  BOTBOX_ASSIGN(fill.side, named(object, "side", kSides));
  BOTBOX_ASSIGN(fill.price.value, decimal(object, "price"));
  BOTBOX_ASSIGN(fill.quantity.value, decimal(object, "quantity"));
  BOTBOX_ASSIGN(fill.fee.value, decimal(object, "fee"));
  // Paper servers of earlier releases knew none.
  if (has(object, "funding")) {
    BOTBOX_ASSIGN(fill.funding.value, decimal(object, "funding"));
  }
  BOTBOX_ASSIGN(fill.at, time(object, "at"));
  return fill;
}

Result<OrderReport> report_from(Element object) {
  OrderReport report;
  BOTBOX_ASSIGN(report.client_id.value, text(object, "client_id"));
  BOTBOX_ASSIGN(report.order_id.value, text(object, "order_id"));
  BOTBOX_ASSIGN(report.symbol.value, text(object, "symbol"));
  BOTBOX_ASSIGN(report.status, named(object, "status", kStatuses));
  BOTBOX_ASSIGN(report.quantity.value, decimal(object, "quantity"));
  BOTBOX_ASSIGN(report.filled.value, decimal(object, "filled"));
  BOTBOX_ASSIGN(report.message, text(object, "message"));
  BOTBOX_ASSIGN(report.updated_at, time(object, "updated_at"));
  BOTBOX_ASSIGN(report.fills, list<Fill>(object, "fills", fill_from));
  for (Fill& fill : report.fills) {
    fill.client_id = report.client_id;
    fill.order_id = report.order_id;
    fill.symbol = report.symbol;
  }
  return report;
}

Result<Instrument> instrument_from(Element object) {
  Instrument i;
  BOTBOX_ASSIGN(i.symbol.value, text(object, "symbol"));
  BOTBOX_ASSIGN(i.base.value, text(object, "base"));
  BOTBOX_ASSIGN(i.quote.value, text(object, "quote"));
  BOTBOX_ASSIGN(i.market, named(object, "market", kMarkets));
  BOTBOX_ASSIGN(i.tick.value, decimal(object, "tick"));
  BOTBOX_ASSIGN(i.lot.value, decimal(object, "lot"));
  BOTBOX_ASSIGN(i.min_quantity.value, decimal(object, "min_quantity"));
  BOTBOX_ASSIGN(i.max_quantity.value, decimal(object, "max_quantity"));
  BOTBOX_ASSIGN(i.min_notional.value, decimal(object, "min_notional"));
  return i;
}

// [open_time, "open", "high", "low", "close", "volume"], as venues write candles.
Result<Candle> candle_from(Element row) {
  Candle candle;
  simdjson::dom::array fields;
  if (row.get(fields) != simdjson::SUCCESS || fields.size() != 6 ||
      fields.at(0).get(candle.open_time.ms) != simdjson::SUCCESS)
    return bad_field("candles", "has a row that is no candle");
  const std::array<Decimal*, 5> targets{&candle.open.value, &candle.high.value, &candle.low.value,
                                        &candle.close.value, &candle.volume.value};
  std::size_t at = 0;
  for (const Element field : fields) {
    if (at++ == 0) continue;
    std::string_view number;
    if (field.get(number) != simdjson::SUCCESS)
      return bad_field("candles", "has a number that is not text");
    BOTBOX_ASSIGN(*targets[at - 2], Decimal::parse(number));
  }
  return candle;
}

Result<Balance> balance_from(Element object) {
  Balance balance;
  BOTBOX_ASSIGN(balance.asset.value, text(object, "asset"));
  BOTBOX_ASSIGN(balance.free, decimal(object, "free"));
  BOTBOX_ASSIGN(balance.locked, decimal(object, "locked"));
  return balance;
}

}  // namespace

std::string write_order(const OrderRequest& order) {
  Json json{{"client_id", order.client_id.value},
            {"symbol", order.symbol.value},
            {"side", to_string(order.side)},
            {"type", to_string(order.type)},
            {"quantity", to_string(order.quantity)}};
  if (!order.limit.is_zero()) json["limit"] = to_string(order.limit);
  if (!order.trigger.is_zero()) json["trigger"] = to_string(order.trigger);
  if (order.effect == OrderEffect::kReduceOnly) json["reduce_only"] = true;
  if (order.effect == OrderEffect::kEnlargeOnly) json["enlarge_only"] = true;
  if (!order.group.empty()) json["group"] = order.group.value;
  if (order.stop_loss) json["stop_loss"] = json_of(*order.stop_loss);
  if (order.take_profit) json["take_profit"] = json_of(*order.take_profit);
  return text_of(json);
}

std::string write_report(const OrderReport& report) { return text_of(json_of(report)); }

std::string write_found(const std::optional<OrderReport>& report) {
  Json json{{"order", nullptr}};
  if (report) json["order"] = json_of(*report);
  return text_of(json);
}

std::string write_updates(const OrderUpdates& updates) {
  Json reports = Json::array();
  for (const OrderReport& report : updates.reports) reports.push_back(json_of(report));
  return text_of(
      {{"next_cursor", std::to_string(updates.next_cursor)}, {"reports", std::move(reports)}});
}

std::string write_instruments(const std::vector<Instrument>& instruments) {
  Json list = Json::array();
  for (const Instrument& i : instruments)
    list.push_back({{"symbol", i.symbol.value},
                    {"base", i.base.value},
                    {"quote", i.quote.value},
                    {"market", to_string(i.market)},
                    {"tick", to_string(i.tick)},
                    {"lot", to_string(i.lot)},
                    {"min_quantity", to_string(i.min_quantity)},
                    {"max_quantity", to_string(i.max_quantity)},
                    {"min_notional", to_string(i.min_notional)}});
  return text_of({{"instruments", std::move(list)}});
}

// By hand: a thousand candles as a tree of JSON values cost ten times as much.
std::string write_candles(const std::vector<Candle>& candles) {
  std::string out = "{\"candles\":[";
  for (const Candle& c : candles)
    fmt::format_to(std::back_inserter(out), "{}[{},\"{}\",\"{}\",\"{}\",\"{}\",\"{}\"]",
                   &c == candles.data() ? "" : ",", c.open_time.ms, to_string(c.open),
                   to_string(c.high), to_string(c.low), to_string(c.close), to_string(c.volume));
  return out + "]}";
}

std::string write_balances(const std::vector<Balance>& balances) {
  Json list = Json::array();
  for (const Balance& b : balances)
    list.push_back(
        {{"asset", b.asset.value}, {"free", to_string(b.free)}, {"locked", to_string(b.locked)}});
  return text_of({{"balances", std::move(list)}});
}

std::string write_ledger(const std::map<ClientOrderId, LedgerEntry>& entries) {
  Json orders = Json::object();
  for (const auto& [id, e] : entries)
    orders[id.value] = {{"arrived", e.arrived},
                        {"accepted", e.accepted},
                        {"duplicates", e.duplicates},
                        {"rejected", e.rejected}};
  return text_of({{"orders", std::move(orders)}});
}

std::string write_error(const Error& error) {
  return text_of({{"error",
                   {{"code", to_string(error.code)},
                    {"message", error.message},
                    {"place", error.place},
                    {"fix", error.fix}}}});
}

Result<OrderRequest> parse_order(std::string_view json) { return with_document(json, order_from); }

Result<OrderReport> parse_report(std::string_view json) { return with_document(json, report_from); }

Result<std::optional<OrderReport>> parse_found(std::string_view json) {
  return with_document(json, [](Element root) -> Result<std::optional<OrderReport>> {
    Element order;
    if (root["order"].get(order) != simdjson::SUCCESS) return bad_field("order", "is missing");
    if (order.is_null()) return std::optional<OrderReport>{};
    BOTBOX_ASSIGN(OrderReport report, report_from(order));
    return std::optional<OrderReport>{std::move(report)};
  });
}

Result<OrderUpdates> parse_updates(std::string_view json) {
  return with_document(json, [](Element root) -> Result<OrderUpdates> {
    OrderUpdates updates;
    BOTBOX_ASSIGN(updates.reports, list<OrderReport>(root, "reports", report_from));
    BOTBOX_ASSIGN(const std::string cursor, text(root, "next_cursor"));
    const auto [end, error] =
        std::from_chars(cursor.data(), cursor.data() + cursor.size(), updates.next_cursor);
    if (error != std::errc{} || end != cursor.data() + cursor.size())
      return bad_field("next_cursor", "is not a number as text");
    return updates;
  });
}

Result<std::vector<Instrument>> parse_instruments(std::string_view json) {
  return with_document(
      json, [](Element root) { return list<Instrument>(root, "instruments", instrument_from); });
}

Result<std::vector<Candle>> parse_candles(std::string_view json) {
  return with_document(json,
                       [](Element root) { return list<Candle>(root, "candles", candle_from); });
}

Result<std::vector<Balance>> parse_balances(std::string_view json) {
  return with_document(json,
                       [](Element root) { return list<Balance>(root, "balances", balance_from); });
}

Result<std::map<ClientOrderId, LedgerEntry>> parse_ledger(std::string_view json) {
  using Ledger = std::map<ClientOrderId, LedgerEntry>;
  return with_document(json, [](Element root) -> Result<Ledger> {
    simdjson::dom::object orders;
    if (root["orders"].get(orders) != simdjson::SUCCESS)
      return bad_field("orders", "is not an object");
    Ledger ledger;
    for (const auto& [id, counts] : orders) {
      LedgerEntry& entry = ledger[{std::string(id)}];
      const std::array<std::pair<std::string_view, std::uint32_t*>, 4> fields{
          {{"arrived", &entry.arrived},
           {"accepted", &entry.accepted},
           {"duplicates", &entry.duplicates},
           {"rejected", &entry.rejected}}};
      for (const auto& [name, target] : fields) {
        std::uint64_t count = 0;
        if (counts[name].get(count) != simdjson::SUCCESS) return bad_field(name, "is no count");
        *target = static_cast<std::uint32_t>(count);
      }
    }
    return ledger;
  });
}

Error parse_error(std::string_view json) {
  const Result<Error> parsed = with_document(json, [](Element root) -> Result<Error> {
    Element inner;
    if (root["error"].get(inner) != simdjson::SUCCESS) return bad_field("error", "is missing");
    Error error;
    BOTBOX_ASSIGN(error.code, named(inner, "code", kErrors));
    BOTBOX_ASSIGN(error.message, text(inner, "message"));
    BOTBOX_ASSIGN(error.place, text(inner, "place"));
    BOTBOX_ASSIGN(error.fix, text(inner, "fix"));
    return error;
  });
  if (parsed) return *parsed;
  return {ErrorCode::kOutcomeUnknown, "the answer makes no sense", "paper-http", {}};
}

}  // namespace botbox::exchange::paper_codec
