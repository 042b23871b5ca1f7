// The states and reasons that lists of records can be filtered by, for `botbox inspect` and for the
// operator's lists. What no record of the list can be in is a slip of the hand, not an empty
// answer.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/result.hpp"

namespace botbox::actors {

struct ListFilter {
  std::string_view subject;                   // "trades"
  std::span<const std::string_view> states;   // of its records; empty: they have none
  std::span<const std::string_view> aspects;  // which the operator's lists take as a status as well
  bool has_reason = false;
};
// Of a subject that is not known: neither states nor reasons.
ListFilter list_filter(std::string_view subject);

// "PENDING, EXECUTING, COMPLETED, FAILED", aspects behind them; empty: no status is taken.
std::string states_text(const ListFilter& filter);
// All of them, with commas.
std::string reasons_text();

// Upper case; empty: any. kInvalidInput names the argument and what it may be.
Result<void> check_filters(const ListFilter& filter, std::string_view status,
                           std::string_view reason);

}  // namespace botbox::actors
