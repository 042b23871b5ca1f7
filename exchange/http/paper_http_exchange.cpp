#include "exchange/http/paper_http_exchange.hpp"

#include <utility>

#include "exchange/http/paper_codec.hpp"

namespace botbox::exchange {
namespace {

// An answer of our own server that cannot be read is as good as none: the order may stand.
template <class T, class Parse>
Result<T> understood(Result<HttpResponse> raw, Parse parse) {
  if (!raw) return tl::unexpected<Error>(std::move(raw).error());
  const int status = raw->status;
  BOTBOX_ASSIGN(const HttpResponse response, definite(*std::move(raw)));
  if (status >= 300) return tl::unexpected<Error>(paper_codec::parse_error(response.body));
  Result<T> value = parse(response.body);
  if (!value)
    return fail(ErrorCode::kOutcomeUnknown,
                fmt::format("the answer makes no sense: {}", value.error().message), "paper-http");
  return value;
}

template <class T, class Parse>
Result<T> read_answer(HttpMethod method, Result<HttpResponse> raw, Parse parse) {
  Result<T> value = understood<T>(std::move(raw), parse);
  if (!value && value.error().code == ErrorCode::kOutcomeUnknown && value.error().fix.empty())
    value.error().fix = fix_of_unknown(method);
  return value;
}

}  // namespace

template <class T, class Parse>
void PaperHttpExchange::send(const Permit& permit, HttpRequest request, Reply<T> reply,
                             Parse parse) {
  const HttpMethod method = request.method;
  transport_.send(permit, std::move(request),
                  [reply = std::move(reply), method, parse](Result<HttpResponse> raw) {
                    reply(read_answer<T>(method, std::move(raw), parse));
                  });
}

std::string PaperHttpExchange::order_path(const Symbol& symbol, const ClientOrderId& id) const {
  return fmt::format("{}/v1/order?symbol={}&client_id={}", base_url_, percent_encode(symbol.value),
                     percent_encode(id.value));
}

void PaperHttpExchange::instruments(Permit permit, Reply<std::vector<Instrument>> reply) {
  send(permit, {HttpMethod::kGet, base_url_ + "/v1/instruments", {}, {}}, std::move(reply),
       paper_codec::parse_instruments);
}

void PaperHttpExchange::candles(Permit permit, const CandleQuery& query,
                                Reply<std::vector<Candle>> reply) {
  send(permit,
       {HttpMethod::kGet,
        fmt::format("{}/v1/candles?symbol={}&timeframe={}&from={}&to={}&limit={}", base_url_,
                    percent_encode(query.symbol.value), to_string(query.timeframe), query.from.ms,
                    query.to.ms, query.limit),
        {},
        {}},
       std::move(reply), paper_codec::parse_candles);
}

void PaperHttpExchange::place(Permit permit, const OrderRequest& order, Reply<OrderReport> reply) {
  send(permit,
       {HttpMethod::kPost,
        base_url_ + "/v1/order",
        {"Content-Type: application/json"},
        paper_codec::write_order(order)},
       std::move(reply), paper_codec::parse_report);
}

void PaperHttpExchange::order_by_client_id(Permit permit, const Symbol& symbol,
                                           const ClientOrderId& id,
                                           Reply<std::optional<OrderReport>> reply) {
  send(permit, {HttpMethod::kGet, order_path(symbol, id), {}, {}}, std::move(reply),
       paper_codec::parse_found);
}

void PaperHttpExchange::cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                               Reply<OrderReport> reply) {
  send(permit, {HttpMethod::kDelete, order_path(symbol, id), {}, {}}, std::move(reply),
       paper_codec::parse_report);
}

void PaperHttpExchange::order_updates(Permit permit, std::uint64_t cursor,
                                      Reply<OrderUpdates> reply) {
  send(permit,
       {HttpMethod::kGet, fmt::format("{}/v1/order-updates?cursor={}", base_url_, cursor), {}, {}},
       std::move(reply), paper_codec::parse_updates);
}

void PaperHttpExchange::balances(Permit permit, Reply<std::vector<Balance>> reply) {
  send(permit, {HttpMethod::kGet, base_url_ + "/v1/balances", {}, {}}, std::move(reply),
       paper_codec::parse_balances);
}

}  // namespace botbox::exchange
