#include "engine/execution/lifecycle.hpp"

#include <doctest/doctest.h>

#include "tests/support/builders.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

using S = TradeStatus;
using T = TradeStep;
constexpr std::array kStatuses{S::kPending, S::kExecuting, S::kCompleted, S::kFailed};
constexpr std::array kSteps{T::kDispatch, T::kNoAnswer, T::kAccepted, T::kCompleted,
                            T::kFailed,   T::kNotFound, T::kBlocked};
struct Arrow {
  S from;
  T step;
  S to;
};
constexpr std::array kArrows{
    Arrow{S::kPending, T::kDispatch, S::kExecuting},
    Arrow{S::kPending, T::kBlocked, S::kFailed},
    Arrow{S::kExecuting, T::kDispatch, S::kExecuting},
    Arrow{S::kExecuting, T::kNoAnswer, S::kExecuting},
    Arrow{S::kExecuting, T::kAccepted, S::kExecuting},
    Arrow{S::kExecuting, T::kNotFound, S::kExecuting},
    Arrow{S::kExecuting, T::kCompleted, S::kCompleted},
    Arrow{S::kExecuting, T::kFailed, S::kFailed},
    Arrow{S::kExecuting, T::kBlocked, S::kFailed},
};

std::optional<S> expected(S from, T step) {
  for (const Arrow& arrow : kArrows)
    if (arrow.from == from && arrow.step == step) return arrow.to;
  return std::nullopt;
}

Trade in(S status) { return a_trade({.status = status}); }

}  // namespace

TEST_CASE("a trade takes the arrows of the table and no other") {
  for (const S from : kStatuses)
    for (const T step : kSteps) {
      CAPTURE(to_string(from));
      CAPTURE(to_string(step));
      const std::optional<S> to = expected(from, step);
      CHECK(next_status(from, step) == to);
      const Result<Trade> moved = advance(in(from), step, {.at = opens(5)});
      REQUIRE(moved.has_value() == to.has_value());
      if (to) {
        CHECK(moved->status == *to);
        CHECK(moved->updated_at == opens(5));
        CHECK(moved->created_at == in(from).created_at);
      } else {
        CHECK(moved.error().code == ErrorCode::kInvalidInput);
      }
    }
}

TEST_CASE("a final trade takes no step at all") {
  for (const S final : {S::kCompleted, S::kFailed})
    for (const T step : kSteps) CHECK_FALSE(next_status(final, step).has_value());
}

TEST_CASE("only a dispatch counts as an attempt") {
  for (const T step : kSteps) {
    CAPTURE(to_string(step));
    const Result<Trade> moved = advance(in(S::kExecuting), step, {.at = opens(5)});
    REQUIRE(moved.has_value());
    CHECK(moved->attempts == (step == T::kDispatch ? 2 : 1));
  }
}

TEST_CASE("an unknown outcome is known again after any definite word") {
  const Trade unknown = *advance(in(S::kExecuting), T::kNoAnswer,
                                 {.at = opens(5),
                                  .order_id = {},
                                  .reason = ReasonCode::kOutcomeUnknown,
                                  .message = "timeout"});
  CHECK(unknown.outcome_unknown);
  CHECK(unknown.reason == ReasonCode::kOutcomeUnknown);
  CHECK(unknown.error_message == "timeout");
  for (const T step : kSteps) {
    CAPTURE(to_string(step));
    if (step == T::kNoAnswer) continue;
    const Trade known = *advance(unknown, step, {.at = opens(6)});
    CHECK_FALSE(known.outcome_unknown);
    CHECK(known.reason == ReasonCode::kNone);
    CHECK(known.error_message.empty());
  }
}

TEST_CASE("the order id stays once it is known") {
  Trade trade = *advance(in(S::kExecuting), T::kAccepted, {.at = opens(5), .order_id = {"o-1"}});
  trade = *advance(trade, T::kCompleted, {.at = opens(6)});
  CHECK(trade.order_id == OrderId{"o-1"});
}

TEST_CASE("a message is cut to 200 bytes, never through one") {
  std::string words(199, 'x');
  words += "\xE4\xBD\x99\xE9\xA2\x9D";  // two characters of three bytes
  const Trade failed = *advance(
      in(S::kExecuting), T::kFailed,
      {.at = opens(5), .order_id = {}, .reason = ReasonCode::kExchangeRejected, .message = words});
  CHECK(failed.error_message == std::string(199, 'x'));
  const Trade plain = *advance(in(S::kExecuting), T::kFailed,
                               {.at = opens(5),
                                .order_id = {},
                                .reason = ReasonCode::kExchangeRejected,
                                .message = std::string(500, 'y')});
  CHECK(plain.error_message == std::string(200, 'y'));
}

TEST_CASE("a final report with a fill completes, one without fails, any other accepts") {
  struct Row {
    OrderStatus status;
    bool has_fill;
    TradeStep step;
  };
  for (const Row& row : {Row{OrderStatus::kNew, false, T::kAccepted},
                         Row{OrderStatus::kPartiallyFilled, true, T::kAccepted},
                         Row{OrderStatus::kFilled, true, T::kCompleted},
                         Row{OrderStatus::kCancelled, true, T::kCompleted},
                         Row{OrderStatus::kCancelled, false, T::kFailed},
                         Row{OrderStatus::kRejected, false, T::kFailed}}) {
    CAPTURE(to_string(row.status));
    OrderReport report = a_report({.status = row.status});
    if (row.has_fill) report.filled = quantity("0.1");
    CHECK(to_string(step_for(report)) == to_string(row.step));
  }
}

TEST_CASE("the intent says what its trade says") {
  struct Row {
    S status;
    ReasonCode reason;
    IntentStatus intent;
  };
  for (const Row& row :
       {Row{S::kPending, ReasonCode::kNone, IntentStatus::kPending},
        Row{S::kExecuting, ReasonCode::kOutcomeUnknown, IntentStatus::kPending},
        Row{S::kCompleted, ReasonCode::kExecOrderPlaced, IntentStatus::kOrderPlaced},
        Row{S::kFailed, ReasonCode::kExchangeRejected, IntentStatus::kOrderFailed},
        Row{S::kFailed, ReasonCode::kEngineHalted, IntentStatus::kOrderFailed},
        Row{S::kFailed, ReasonCode::kOrderBlockedLiveTrading,
            IntentStatus::kOrderBlockedLiveTrading}}) {
    Trade trade = in(row.status);
    trade.reason = row.reason;
    trade.order_id = {"o-1"};
    trade.error_message = "words";
    trade.updated_at = opens(7);
    const OrderIntent intent = intent_of(trade);
    CAPTURE(to_string(row.status));
    CHECK(to_string(intent.status) == to_string(row.intent));
    CHECK(intent.key == trade.intent);
    CHECK(intent.signal == trade.signal);
    CHECK(intent.bot == trade.bot);
    CHECK(intent.symbol == trade.symbol);
    CHECK(intent.side == trade.side);
    CHECK(intent.order_id == OrderId{"o-1"});
    CHECK(intent.error_message == "words");
    CHECK(intent.created_at == trade.created_at);
    CHECK(intent.updated_at == opens(7));
  }
}

TEST_CASE("a trade sends the same order at every attempt") {
  const Trade first = a_trade();
  const Trade second =
      *advance(*advance(first, T::kNotFound, {.at = opens(5)}), T::kDispatch, {.at = opens(6)});
  CHECK(order_request(first) == order_request(second));
}

TEST_CASE("an entry carries its protective orders, a close only reduces") {
  const OrderRequest entry = order_request(a_trade());
  CHECK(entry.effect == OrderEffect::kMayOpen);
  CHECK(entry.stop_loss == AttachedOrder{{"entry-stop"}, price("98")});
  CHECK(entry.take_profit == AttachedOrder{{"entry-target"}, price("104")});
  const OrderRequest close =
      order_request(a_trade({.id = "close", .direction = Direction::kClose, .position = "entry"}));
  CHECK(close.effect == OrderEffect::kReduceOnly);
  CHECK(close.group == PositionId{"entry"});
  CHECK_FALSE(close.stop_loss.has_value());
  CHECK_FALSE(close.take_profit.has_value());
}
