#include "exchange/http/paper_api.hpp"

#include <charconv>
#include <utility>

#include "exchange/http/http_target.hpp"
#include "exchange/http/paper_codec.hpp"

namespace botbox::exchange {
namespace {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidInput: return 400;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kAlreadyExists: return 409;
    case ErrorCode::kRejected:
    case ErrorCode::kNothingOpen:
    case ErrorCode::kTriggerPassed:
    case ErrorCode::kNotSent: return 422;
    case ErrorCode::kRateLimited: return 429;
    case ErrorCode::kUnavailable:
    case ErrorCode::kOverloaded: return 424;  // definite, so not a 5xx
    default: return 500;
  }
}

ApiAnswer answer_of(const Error& error) {
  return {status_of(error.code), paper_codec::write_error(error)};
}

// Turns a result into an answer with the writer of its type.
template <class T, class Write>
Reply<T> answering(PaperApi::Reply reply, Write write) {
  return [reply = std::move(reply), write](const Result<T>& result) {
    reply(result ? ApiAnswer{200, write(*result)} : answer_of(result.error()));
  };
}

std::string value(const HttpQuery& query, std::string_view name) {
  const auto it = query.find(name);
  return it == query.end() ? std::string{} : it->second;
}

template <class Number>
Result<Number> number(std::string_view name, const std::string& text) {
  Number out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size())
    return fail(ErrorCode::kInvalidInput, fmt::format("'{}' is not a number", text),
                std::string(name));
  return out;
}

}  // namespace

void PaperApi::handle(const ApiRequest& request, Reply reply) {
  const std::string_view path = path_of(request.target);
  const HttpQuery query = parse_query(query_of(request.target));
  if (path == "/v1/order") return order(request, query, std::move(reply));
  if (request.method != "GET")
    return reply({405, paper_codec::write_error({ErrorCode::kInvalidInput, "method not allowed",
                                                 std::string(path), "use GET"})});
  if (path == "/v1/order-updates") return updates(query, std::move(reply));
  if (path == "/v1/candles") return candles(query, std::move(reply));
  if (path == "/v1/instruments")
    return exchange_.instruments(issue(), answering<std::vector<Instrument>>(
                                              std::move(reply), paper_codec::write_instruments));
  if (path == "/v1/balances")
    return exchange_.balances(
        issue(), answering<std::vector<Balance>>(std::move(reply), paper_codec::write_balances));
  if (path == "/v1/ledger") return reply({200, paper_codec::write_ledger(ledger_->entries())});
  reply(answer_of({ErrorCode::kNotFound, "no such path", std::string(path), {}}));
}

void PaperApi::order(const ApiRequest& request, const HttpQuery& query, Reply reply) {
  if (request.method == "POST") return place(request.body, std::move(reply));
  const Symbol symbol{value(query, "symbol")};
  const ClientOrderId id{value(query, "client_id")};
  if (request.method == "GET")
    return exchange_.order_by_client_id(
        issue(), symbol, id,
        answering<std::optional<OrderReport>>(std::move(reply), paper_codec::write_found));
  if (request.method == "DELETE")
    return exchange_.cancel(issue(), symbol, id,
                            answering<OrderReport>(std::move(reply), paper_codec::write_report));
  reply({405, paper_codec::write_error({ErrorCode::kInvalidInput, "method not allowed", "/v1/order",
                                        "use POST, GET or DELETE"})});
}

void PaperApi::place(const std::string& body, Reply reply) {
  const Result<OrderRequest> order = paper_codec::parse_order(body);
  if (!order) return reply(answer_of(order.error()));
  exchange_.place(issue(), *order,
                  [ledger = ledger_, id = order->client_id,
                   reply = answering<OrderReport>(std::move(reply), paper_codec::write_report)](
                      const Result<OrderReport>& result) {
                    ledger->note(id, result);
                    reply(result);
                  });
}

void PaperApi::candles(const HttpQuery& query, Reply reply) {
  CandleQuery asked;
  asked.symbol.value = value(query, "symbol");
  const auto read = [&]() -> Result<void> {
    BOTBOX_ASSIGN(asked.timeframe, Timeframe::parse(value(query, "timeframe")));
    BOTBOX_ASSIGN(asked.from.ms, number<std::int64_t>("from", value(query, "from")));
    BOTBOX_ASSIGN(asked.to.ms, number<std::int64_t>("to", value(query, "to")));
    BOTBOX_ASSIGN(asked.limit, number<std::uint32_t>("limit", value(query, "limit")));
    return {};
  };
  if (const Result<void> complete = read(); !complete) return reply(answer_of(complete.error()));
  exchange_.candles(issue(), asked,
                    answering<std::vector<Candle>>(std::move(reply), paper_codec::write_candles));
}

void PaperApi::updates(const HttpQuery& query, Reply reply) {
  const Result<std::uint64_t> cursor = number<std::uint64_t>("cursor", value(query, "cursor"));
  if (!cursor) return reply(answer_of(cursor.error()));
  exchange_.order_updates(issue(), *cursor,
                          answering<OrderUpdates>(std::move(reply), paper_codec::write_updates));
}

}  // namespace botbox::exchange
