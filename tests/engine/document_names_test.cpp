// The names of states, stages and reasons as the documents spell them, and the numbers under which
// reasons are stored.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/model/bot.hpp"
#include "engine/model/order.hpp"
#include "engine/model/position.hpp"
#include "engine/model/reason_code.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/trace.hpp"
#include "engine/model/trade.hpp"

namespace botbox {
namespace {

// Of all values from 0 on, until the first that has no name.
template <class Enum>
std::vector<std::string> names_of() {
  std::vector<std::string> names;
  for (unsigned value = 0; value < 100; ++value) {
    const std::string_view name = to_string(static_cast<Enum>(value));
    if (name == "?") break;
    names.emplace_back(name);
  }
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("states are called as the documents call them") {
  // 003: execution_status.
  CHECK(names_of<ExecutionStatus>() ==
        Names{"PENDING", "FILTERED", "IGNORED", "EXECUTING", "EXECUTED", "FAILED"});
  // 004: status of order_intents.
  CHECK(names_of<IntentStatus>() == Names{"PENDING", "ORDER_PLACED", "ORDER_FAILED",
                                          "DEDUP_SKIPPED", "ORDER_BLOCKED_LIVE_TRADING"});
  // 004: pipeline stages; before them ours, of a candle on which no signal was sent.
  CHECK(names_of<TraceStage>() == Names{"CHECKED", "SIGNAL_SENT", "ORDER_REQUESTED", "ORDER_PLACED",
                                        "ORDER_FAILED", "DEDUP_SKIPPED"});
  // 004: decision_type; behind them ours, until an order's last word is known.
  CHECK(names_of<DecisionType>() == Names{"SKIPPED", "FAILED", "EXECUTED", "PENDING"});
  CHECK(names_of<SignalDecision>() == Names{"PENDING", "ACCEPTED", "REJECTED"});
  CHECK(names_of<SignalSource>() == Names{"STRATEGY", "WEBHOOK", "MANUAL"});
  CHECK(names_of<Direction>() == Names{"LONG", "SHORT", "CLOSE"});
  CHECK(names_of<TradeStatus>() == Names{"PENDING", "EXECUTING", "COMPLETED", "FAILED"});
  CHECK(names_of<BotStatus>() == Names{"ACTIVE", "PAUSED", "ARCHIVED", "ERROR"});
}

TEST_CASE("reasons of the documents have their spelling, and the numbers they are stored under") {
  const std::map<std::string, int> reasons{
      {"IDEMPOTENCY_BLOCKED", 50}, {"ORDER_BLOCKED_LIVE_TRADING", 52},
      {"EXEC_ORDER_PLACED", 60},   {"EXCHANGE_REJECTED", 61},
      {"SIGNAL_EXPIRED", 13},      {"BOT_NOT_ACTIVE", 12},
      {"UNKNOWN_BOT", 91},         {"MALFORMED_ALERT", 90},
      {"BOT_NOT_ALLOWED", 93}};
  for (const auto& [name, number] : reasons) {
    CAPTURE(name);
    const auto code = parse_reason_code(name);
    REQUIRE(code.has_value());
    CHECK(static_cast<int>(*code) == number);
    CHECK(to_string(*code) == name);
  }
}

TEST_CASE("no two reasons share a name or a number, and all are spelled alike") {
  std::set<std::string_view> names;
  std::set<int> numbers;
  for (const ReasonName& reason : kReasonNames) {
    CAPTURE(reason.name);
    CHECK(names.insert(reason.name).second);
    CHECK(numbers.insert(static_cast<int>(reason.code)).second);
    CHECK(std::ranges::all_of(reason.name,
                              [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; }));
    CHECK(to_string(reason.code) == reason.name);
    CHECK(parse_reason_code(reason.name) == reason.code);
  }
  CHECK(to_string(static_cast<ReasonCode>(255)) == "UNKNOWN_REASON");
}

}  // namespace botbox
