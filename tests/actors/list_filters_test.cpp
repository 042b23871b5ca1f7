// Every state that a record can be in may be asked for, and nothing else.
#include "actors/list_filters.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "engine/model/bot.hpp"
#include "engine/model/difference.hpp"
#include "engine/model/order.hpp"
#include "engine/model/position.hpp"
#include "engine/model/reason_code.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/trace.hpp"
#include "engine/model/trade.hpp"

namespace botbox::actors {
namespace {

template <class State>
void takes_all_of(std::string_view subject) {
  int states = 0;
  for (int i = 0; to_string(static_cast<State>(i)) != "?"; ++i, ++states)
    CHECK_MESSAGE(check_filters(list_filter(subject), to_string(static_cast<State>(i)), {}),
                  subject << " " << to_string(static_cast<State>(i)));
  CHECK(states > 1);
}

}  // namespace

TEST_CASE("all states of a record are statuses of its list") {
  takes_all_of<BotStatus>("bots");
  takes_all_of<SignalDecision>("signals");
  takes_all_of<ExecutionStatus>("signals");
  takes_all_of<TraceStage>("traces");
  takes_all_of<DecisionType>("traces");
  takes_all_of<IntentStatus>("intents");
  takes_all_of<TradeStatus>("trades");
  takes_all_of<DifferenceState>("differences");
  for (const PositionStatus status : {PositionStatus::kOpen, PositionStatus::kClosed})
    CHECK(check_filters(list_filter("positions"), to_string(status), {}));
  for (const std::string_view kind : kDifferenceNames)
    CHECK(check_filters(list_filter("differences"), kind, {}));
}

TEST_CASE("a status or a reason that there is not is refused with those that there are") {
  const auto status = check_filters(list_filter("trades"), "BOGUS", {});
  REQUIRE_FALSE(status.has_value());
  CHECK(status.error().code == ErrorCode::kInvalidInput);
  CHECK(status.error().place == "status");
  CHECK(status.error().message == "'BOGUS' is no status of trades");
  CHECK(status.error().fix.find("PENDING, EXECUTING, COMPLETED, FAILED") != std::string::npos);
  const auto reason = check_filters(list_filter("trades"), {}, "BOGUS");
  REQUIRE_FALSE(reason.has_value());
  CHECK(reason.error().place == "reason");
  for (const ReasonName& known : kReasonNames) {
    CHECK(reason.error().fix.find(known.name) != std::string::npos);
    CHECK(check_filters(list_filter("trades"), {}, known.name));
  }
  CHECK(check_filters(list_filter("trades"), {}, {}));
  CHECK_FALSE(check_filters(list_filter("fills"), "OPEN", {}));
}

}  // namespace botbox::actors
