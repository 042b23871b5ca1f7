// Mutations: ways to break the engine's promises on purpose, so that the simulation can prove that
// it would notice. They exist only in the library that tests/simulation builds with
// BOTBOX_MUTATIONS; everywhere else each of these is a constant and the compiler removes it.
#pragma once

#include <string>
#include <string_view>

namespace botbox::mutation {

enum class Kind {
  kNone,
  kReleaseBeforeSync,  // effects leave a bot before its commit is durable
  kRandomIds,          // client order ids differ at every attempt
  kForgetOutbox,       // open trades are not re-read at start
  kNoSync,             // a commit is acknowledged although a crash can lose it
  kIgnoreWindow,       // the limiter forgets what it granted
  kEarlyAlarm,         // checks begin before they are due
  kNoStop,             // entries leave without their stop
  kIgnoreStops,        // what a stop or a target filled is not booked
  kForgetClosing,      // the row of a position does not say that it was closed
  kOversleep,          // a restart moves every due time a week away
  kRefuseOutbox,       // a start takes a trade that was being executed for damage
  kSendBeforeSync,     // an order leaves before its trade is durably EXECUTING
};

#ifdef BOTBOX_MUTATIONS
void activate(Kind kind);
bool active(Kind kind);
std::string id_salt();
#else
constexpr bool active(Kind) { return false; }
constexpr std::string_view id_salt() { return {}; }
#endif

}  // namespace botbox::mutation
