#include "actors/list_filters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/model/difference.hpp"
#include "engine/model/reason_code.hpp"

namespace botbox::actors {
namespace {

using Name = std::string_view;

constexpr std::array<Name, 5> kBotStates{"ACTIVE", "PAUSED", "ARCHIVED", "ERROR", "DAMAGED"};
constexpr std::array<Name, 8> kSignalStates{"PENDING", "ACCEPTED",  "REJECTED", "FILTERED",
                                            "IGNORED", "EXECUTING", "EXECUTED", "FAILED"};
constexpr std::array<Name, 10> kTraceStates{
    "CHECKED",       "SIGNAL_SENT", "ORDER_REQUESTED", "ORDER_PLACED", "ORDER_FAILED",
    "DEDUP_SKIPPED", "SKIPPED",     "FAILED",          "EXECUTED",     "PENDING"};
constexpr std::array<Name, 5> kIntentStates{"PENDING", "ORDER_PLACED", "ORDER_FAILED",
                                            "DEDUP_SKIPPED", "ORDER_BLOCKED_LIVE_TRADING"};
constexpr std::array<Name, 4> kTradeStates{"PENDING", "EXECUTING", "COMPLETED", "FAILED"};
constexpr std::array<Name, 3> kTradeAspects{"OPEN", "UNKNOWN", "KNOWN"};
constexpr std::array<Name, 2> kPositionStates{"OPEN", "CLOSED"};
constexpr std::array<Name, 2> kPositionAspects{"LONG", "SHORT"};
constexpr std::array<Name, 6> kDifferenceStates{"WAITING", "ACTING",   "HALTED",
                                                "IGNORED", "RESOLVED", "GONE"};
constexpr std::array<Name, 2> kLockStates{"ACTIVE", "ENDED"};
constexpr std::array<Name, 2> kAlertStates{"RAISED", "CLEARED"};

constexpr std::array<ListFilter, 10> kListFilters{
    {{"bots", kBotStates, {}, false},
     {"signals", kSignalStates, {}, true},
     {"traces", kTraceStates, {}, true},
     {"reasons", {}, {}, true},
     {"intents", kIntentStates, {}, false},
     {"trades", kTradeStates, kTradeAspects, true},
     {"positions", kPositionStates, kPositionAspects, true},
     {"differences", kDifferenceStates, kDifferenceNames, false},
     {"locks", kLockStates, {}, false},
     {"alerts", kAlertStates, {}, false}}};

bool is_among(std::span<const Name> names, Name name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

ListFilter list_filter(std::string_view subject) {
  const auto* const found = std::ranges::find(kListFilters, subject, &ListFilter::subject);
  return found != kListFilters.end() ? *found : ListFilter{subject, {}, {}, false};
}

std::string states_text(const ListFilter& filter) {
  std::string text = fmt::format("{}", fmt::join(filter.states, ", "));
  if (!filter.aspects.empty()) text += fmt::format(", {}", fmt::join(filter.aspects, ", "));
  return text;
}

std::string reasons_text() {
  std::string text;
  for (const ReasonName& reason : kReasonNames)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", reason.name);
  return text;
}

Result<void> check_filters(const ListFilter& filter, std::string_view status,
                           std::string_view reason) {
  if (!status.empty() && !is_among(filter.states, status) && !is_among(filter.aspects, status))
    return fail(ErrorCode::kInvalidInput,
                fmt::format("'{}' is no status of {}", status, filter.subject), "status",
                filter.states.empty() ? fmt::format("{} have no status", filter.subject)
                                      : "one of " + states_text(filter));
  if (!reason.empty() && !parse_reason_code(reason))
    return fail(ErrorCode::kInvalidInput, fmt::format("'{}' is no reason code", reason), "reason",
                "one of " + reasons_text());
  return {};
}

}  // namespace botbox::actors
