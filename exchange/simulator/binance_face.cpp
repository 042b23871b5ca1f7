#include "exchange/simulator/binance_face.hpp"

#include <algorithm>

#include "exchange/simulator/face_rows.hpp"
#include "exchange/venue/signing.hpp"

namespace botbox::exchange::sim {
namespace {

constexpr std::int64_t kRecvWindowDefault = 5000;
constexpr std::int64_t kRecvWindowMax = 60'000;
constexpr std::int64_t kAheadMax = 1000;
constexpr std::int64_t kRefusalsBeforeBan = 10;
constexpr std::int64_t kLongestBanMs = 3 * 86'400'000LL;

// Takes "signature=..." out of "a=1&signature=ab&b=2".
std::string without_signature(std::string_view text, std::string& signature) {
  std::string rest;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.starts_with("signature=")) {
      signature = pair.substr(10);
    } else {
      if (!rest.empty()) rest += '&';
      rest += pair;
    }
  }
  return rest;
}

bool is_client_id(const std::string& id) {
  return !id.empty() && id.size() <= 36 && std::ranges::all_of(id, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == ':' || c == '/' || c == '_' || c == '-';
  });
}

WireAnswer answer_of(int status, const Json& body) { return {status, body.dump(), {}}; }

}  // namespace

Json binance_error_body(int code, const std::string& message) {
  return {{"code", code}, {"msg", message}};
}

std::string binance_signed_text(const WireRequest& request, std::string& signature) {
  const std::string query = without_signature(request.query, signature);
  return query + without_signature(request.body, signature);
}

BinanceFace::BinanceFace(SimulatedVenue& venue, FaceSettings settings, NoteOrder note,
                         BinanceLimits limits)
    : venue_(venue),
      settings_(std::move(settings)),
      note_(std::move(note)),
      limits_(std::move(limits)),
      weight_(std::chrono::minutes{1}, limits_.weight_minute),
      orders_(limits_.order_window, limits_.orders_window),
      orders_long_(limits_.order_long_window, limits_.orders_long_window) {}

void BinanceFace::route(const std::string& method_and_path, Security security, std::int64_t weight,
                        std::function<BinanceText(Call&)> serve, std::int64_t orders) {
  routes_[method_and_path] = {security, [weight](const Params&) { return weight; }, orders,
                              std::move(serve)};
}

void BinanceFace::route_weighed(const std::string& method_and_path, Security security,
                                std::function<std::int64_t(const Params&)> weight,
                                std::function<BinanceText(Call&)> serve) {
  routes_[method_and_path] = {security, std::move(weight), 0, std::move(serve)};
}

WireAnswer BinanceFace::handle(const WireRequest& request, Timestamp clock) {
  const auto found = routes_.find(request.method + " " + request.path);
  if (found == routes_.end())
    return answer_of(404, binance_error_body(-5000, "Path " + request.path + ", Method " +
                                                        request.method + " is invalid"));
  const Route& route = found->second;
  Call call;
  call.clock = clock;
  parse_form(request.query, call.params);
  parse_form(request.body, call.params);
  WireAnswer answer;
  if (auto away = count(route, call, answer)) {
    away->headers.insert(away->headers.end(), answer.headers.begin(), answer.headers.end());
    return *std::move(away);
  }
  std::optional<BinanceError> error = authorise(request, route.security, call);
  if (!error) {
    BinanceText served = route.serve(call);
    if (served)
      answer.body = std::move(served->text);
    else
      error = served.error();
  }
  if (error) {
    answer.status = error->status;
    Json body = binance_error_body(error->code, error->message);
    if (!error->data.is_null()) body["data"] = error->data;
    answer.body = body.dump();
  }
  return answer;
}

std::optional<WireAnswer> BinanceFace::count(const Route& route, Call& call, WireAnswer& answer) {
  const Timestamp now = call.clock;
  if (now < banned_until_) return turned_away(418, banned_until_, now);
  const std::int64_t used = weight_.add("", now, route.weight(call.params));
  answer.headers.emplace_back("X-MBX-USED-WEIGHT", std::to_string(used));
  answer.headers.emplace_back("X-MBX-USED-WEIGHT-1M", std::to_string(used));
  if (settings_.enforce_limits && used > weight_.limit())
    return bans_for_going_on(now) ? turned_away(418, banned_until_, now)
                                  : turned_away(429, weight_.end_of(now), now);
  if (route.orders == 0) return std::nullopt;
  const std::int64_t orders = orders_.add("", now, route.orders);
  const std::int64_t orders_long = orders_long_.add("", now, route.orders);
  answer.headers.emplace_back(limits_.order_header, std::to_string(orders));
  answer.headers.emplace_back(limits_.order_long_header, std::to_string(orders_long));
  if (!settings_.enforce_limits) return std::nullopt;
  if (orders <= orders_.limit() && orders_long <= orders_long_.limit()) return std::nullopt;
  if (bans_for_going_on(now)) return turned_away(418, banned_until_, now);
  const Timestamp until = orders > orders_.limit() ? orders_.end_of(now) : orders_long_.end_of(now);
  WireAnswer away = turned_away(429, until, now);
  away.body = binance_error_body(-1015, "Too many new orders; current limit is " +
                                            std::to_string(orders_.limit()) + " orders.")
                  .dump();
  return away;
}

// Called for each request over a limit; so many in one minute are let off with a 429.
bool BinanceFace::bans_for_going_on(Timestamp now) {
  if (refused_window_ != weight_.end_of(now).ms) refused_in_window_ = 0;
  refused_window_ = weight_.end_of(now).ms;
  if (++refused_in_window_ <= kRefusalsBeforeBan) return false;
  banned_until_ = now + Duration{next_ban_ms_};
  next_ban_ms_ = std::min(2 * next_ban_ms_, kLongestBanMs);
  return true;
}

WireAnswer BinanceFace::turned_away(int status, Timestamp until, Timestamp now) {
  const std::string message =
      status == 418
          ? "Way too much request weight used; IP banned until " + std::to_string(until.ms) +
                ". Please use WebSocket Streams for live updates to avoid bans."
          : "Too much request weight used; current limit is " + std::to_string(weight_.limit()) +
                " request weight per 1 MINUTE.";
  WireAnswer answer = answer_of(status, binance_error_body(-1003, message));
  answer.headers.emplace_back("Retry-After", std::to_string((until - now).count() / 1000 + 1));
  return answer;
}

std::optional<BinanceError> BinanceFace::authorise(const WireRequest& request, Security security,
                                                   Call& call) {
  if (security == Security::kNone) return std::nullopt;
  const std::string key = request.header("x-mbx-apikey");
  if (key.empty()) return BinanceError{401, -2014, "API-key format invalid."};
  const auto secret = settings_.secrets.find(key);
  if (secret == settings_.secrets.end())
    return BinanceError{401, -2015, "Invalid API-key, IP, or permissions for action."};
  if (security == Security::kKey) return std::nullopt;
  std::string signature;
  const std::string text = binance_signed_text(request, signature);
  const auto stamp = call.params.integer("timestamp");
  if (!stamp) return missing("timestamp").error();
  if (signature.empty()) return missing("signature").error();
  if (settings_.check_timestamps) {
    const std::int64_t window = call.params.integer("recvWindow").value_or(kRecvWindowDefault);
    if (window > kRecvWindowMax)
      return BinanceError{400, -1131, "recvWindow must be less than 60000.", {}};
    if (*stamp >= call.clock.ms + kAheadMax * settings_.speed)
      return BinanceError{400, -1021,
                          "Timestamp for this request was 1000ms ahead of the server's time."};
    if (*stamp < call.clock.ms - window * settings_.speed)
      return BinanceError{400, -1021, "Timestamp for this request is outside of the recvWindow."};
  }
  if (hmac_sha256_hex(secret->second, text) != signature)
    return BinanceError{400, -1022, "Signature for this request is not valid."};
  call.account = venue_.account(key);
  if (request.method == "GET") call.told = venue_.as_told(*call.account);
  if (call.told != nullptr) call.account = call.told.get();
  return std::nullopt;
}

WireAnswer BinanceFace::broken(const std::string& kind) const {
  if (kind == "timeout")
    return answer_of(
        408, binance_error_body(-1007,
                                "Timeout waiting for response from backend server. Send status "
                                "unknown; execution status unknown."));
  if (kind == "rate") {
    WireAnswer answer = answer_of(429, binance_error_body(-1003, "Too many requests."));
    answer.headers.emplace_back("Retry-After", "1");
    return answer;
  }
  return answer_of(503, binance_error_body(-1001,
                                           "Internal error; unable to process your "
                                           "request. Please try again."));
}

tl::expected<const Listing*, BinanceError> BinanceFace::listing_of(const Params& params,
                                                                   MarketType market) const {
  const std::string& name = params.text("symbol");
  if (name.empty()) return tl::unexpected(missing("symbol").error());
  const Listing* found = venue_.listing(name, market);
  if (found == nullptr) return binance_error(-1121, "Invalid symbol.");
  return found;
}

BinanceAnswer BinanceFace::missing(const std::string& name) {
  return binance_error(
      -1102, "Mandatory parameter '" + name + "' was not sent, was empty/null, or malformed.");
}

tl::unexpected<BinanceError> BinanceFace::not_required(const std::string& name) {
  return binance_error(-1106, "Parameter '" + name + "' sent when not required.");
}

tl::expected<OrderSide, BinanceError> BinanceFace::side_of(const Params& params) {
  const std::string& text = params.text("side");
  if (text.empty()) return tl::unexpected(missing("side").error());
  if (const auto side = binance_side_of(text)) return *side;
  return binance_error(-1117, "Invalid side.");
}

tl::expected<std::string, BinanceError> BinanceFace::client_id_of(const Params& params,
                                                                  const std::string& name) {
  const std::string& id = params.text(name);
  if (id.empty() || is_client_id(id)) return id;
  return binance_error(-1100, "Illegal characters found in parameter '" + name +
                                  "'; legal range is '^[\\.A-Z\\:/a-z0-9_-]{1,36}$'.");
}

std::string BinanceFace::made_up_client_id() {
  const std::string number = std::to_string(++made_ids_);
  return "sim" + std::string(19 - std::min<std::size_t>(19, number.size()), '0') + number;
}

tl::expected<const Order*, BinanceError> BinanceFace::order_of(const Call& call,
                                                               const std::string& id_name,
                                                               const std::string& client_id_name,
                                                               int not_found) const {
  const Order* order = nullptr;
  if (const auto id = call.params.integer(id_name))
    order = venue_.find(*call.account, static_cast<std::uint64_t>(*id));
  else if (call.params.has(client_id_name))
    order = venue_.find(*call.account, call.params.text(client_id_name));
  else
    return binance_error(-1102, "Param '" + client_id_name + "' or '" + id_name +
                                    "' must be sent, but both were empty/null!");
  const std::string& symbol = call.params.text("symbol");
  if (order != nullptr &&
      (symbol.empty() || venue_symbol(venue_.listing(order->request.symbol)->instrument) == symbol))
    return order;
  return binance_error(not_found,
                       not_found == -2011 ? "Unknown order sent." : "Order does not exist.");
}

std::span<const Execution> BinanceFace::executions_asked_for(const Call& call) const {
  const auto id = call.params.integer("orderId");
  if (!id) return executions_within(*call.account, call.params);
  const Order* order = venue_.find(*call.account, static_cast<std::uint64_t>(*id));
  return order == nullptr ? std::span<const Execution>{} : executions_around(*call.account, *order);
}

std::optional<BinanceError> BinanceFace::check_range(const Params& params, std::int64_t hours) {
  const auto from = params.integer("startTime"), to = params.integer("endTime");
  if (from && to && *to - *from > hours * 3'600'000)
    return BinanceError{
        400, -1127, "More than " + std::to_string(hours) + " hours between startTime and endTime."};
  return std::nullopt;
}

BinanceAnswer BinanceFace::klines(const Call& call, MarketType market, std::int64_t limit_max) {
  const auto listed = listing_of(call.params, market);
  if (!listed) return tl::unexpected(listed.error());
  const auto timeframe = Timeframe::parse(call.params.text("interval"));
  if (!timeframe) return binance_error(-1120, "Invalid interval.");
  const std::int64_t limit =
      std::clamp<std::int64_t>(call.params.integer("limit").value_or(500), 1, limit_max);
  const auto from = call.params.integer("startTime"), to = call.params.integer("endTime");
  CandleRange range{{from.value_or(0)}, {to.value_or(call.clock.ms) + 1}};
  range.limit = static_cast<std::size_t>(limit);
  if (from)  // the oldest of the range, not the newest
    range.to.ms = std::min(
        range.to.ms, timeframe->floor({*from + timeframe->ms() - 1}).ms + limit * timeframe->ms());
  Json rows = Json::array();
  const Instrument& instrument = (*listed)->instrument;
  const int places = market == MarketType::kSpot ? 8 : places_of(instrument.tick.value);
  for (const Candle& c :
       venue_.path().candles(instrument.symbol, *timeframe, range, venue_.now())) {
    const auto value = multiply(c.close.value, c.volume.value, Rounding::kHalfEven);
    const std::string volume = fixed(c.volume.value, 8),
                      quote = fixed(value.value_or(Decimal{}), 8);
    rows.push_back(
        Json::array({c.open_time.ms, fixed(c.open.value, places), fixed(c.high.value, places),
                     fixed(c.low.value, places), fixed(c.close.value, places), volume,
                     c.open_time.ms + timeframe->ms() - 1, quote, 100, volume, quote, "0"}));
  }
  return rows;
}

// As deep as one order: what the venue would give and take now.
BinanceAnswer BinanceFace::depth(const Call& call, MarketType market) {
  const auto listed = listing_of(call.params, market);
  if (!listed) return tl::unexpected(listed.error());
  const Instrument& instrument = (*listed)->instrument;
  const auto last = venue_.last_price(instrument.symbol);
  Json book{{"lastUpdateId", venue_.now().ms}};
  if (market == MarketType::kLinear) {
    book["E"] = venue_.now().ms;
    book["T"] = venue_.now().ms;
  }
  book["bids"] = book["asks"] = Json::array();
  if (last) {
    const int places = market == MarketType::kSpot ? 8 : places_of(instrument.tick.value);
    const std::string size = fixed(Decimal::from_int(100), market == MarketType::kSpot ? 8 : 3);
    book["bids"].push_back(Json::array({fixed(last->value, places), size}));
    book["asks"].push_back(
        Json::array({fixed(venue_.ask_of(**listed, *last).value, places), size}));
  }
  return book;
}

}  // namespace botbox::exchange::sim
