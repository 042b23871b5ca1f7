// OperatorDesk: the one entry for everything an operator sees and does. The HTTP API and the admin
// shell are two transports of it: they say who asks, and carry the answer.
//
// A request names a verb and gives its arguments as a JSON object; the answer is JSON text. Every
// request is answered exactly once, on any thread, within OperatorDeskSettings::patience and some.
//
// A verb that changes something first makes one event durable, "operator.<verb>", which says who
// asked, from where, and with which arguments; only then anything is done. It is answered when what
// was asked for is durable or in force, as its `help` says. After a crash an event may stand for a
// command that was not carried out; a command without its event there is none.
//
// Errors: kInvalidInput (arguments), kNotFound (bot, record, verb), kRejected (the role does not
// allow it; nothing was recorded), kAlreadyExists (the present state forbids it), kOverloaded (too
// many requests wait), kTimeout, kUnavailable (a part of the engine does not answer), kIo,
// kCorruption.
#pragma once

#include <caf/actor_system.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/engine_statistics.hpp"
#include "actors/engine_system.hpp"
#include "actors/fleet_draft.hpp"
#include "actors/operator_arguments.hpp"
#include "actors/operator_settings.hpp"
#include "engine/clock.hpp"
#include "engine/result.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

enum class OperatorRole : std::uint8_t { kNone, kRead, kOperate };
constexpr std::string_view to_string(OperatorRole role) {
  switch (role) {
    case OperatorRole::kNone: return "none";
    case OperatorRole::kRead: return "read";
    case OperatorRole::kOperate: return "operate";
  }
  return "?";
}

struct OperatorRequest {
  std::string who;   // as events name people: "alice", "cli:alice", "anonymous"
  std::string from;  // an address, or "shell"
  OperatorRole role = OperatorRole::kNone;
  std::string verb;       // one of operator_verbs()
  std::string arguments;  // a JSON object; empty: {}
};

// Called once, on any thread; must not block.
using OperatorAnswer = std::function<void(Result<std::string>)>;
// Safe to call from any thread.
using OperatorEntry = std::function<void(OperatorRequest, OperatorAnswer)>;

struct OperatorVerb {
  std::string_view name;
  OperatorRole needs = OperatorRole::kRead;  // kOperate: it changes something
  std::string_view arguments;                // names, "?" after those that may be left out
  std::string_view help;                     // one line
};
std::span<const OperatorVerb> operator_verbs();
// Null: there is no such verb.
const OperatorVerb* find_operator_verb(std::string_view name);
struct VerbArgument {
  std::string name;
  bool is_needed = true;
};
// In the order in which the verb names them.
std::vector<VerbArgument> arguments_of(const OperatorVerb& verb);
// What only looks takes no argument that it does not know: a filter that is misspelt would show
// everything. But for freqtrade's verbs, whose clients send what only freqtrade knows.
Result<void> check_argument_names(const OperatorVerb& verb, const OperatorArguments& given);

// What is asked for at the worst of times must pass when there is no room for anything else: the
// more urgent, the more room is left for it.
enum class Urgency : std::uint8_t {
  kLook,
  kChange,
  kStopBot,    // pauses, closes, cancels
  kStopEngine  // the engine's mode, live trading
};
Urgency urgency_of(std::string_view verb);

struct OperatorDeskSettings {
  EngineIdentity identity;
  Duration patience{5'000};         // for a part of the engine
  Duration check_patience{15'000};  // for a check by hand
  std::size_t readers = 2;          // threads that read the store; 0: read where the desk runs
  // Requests under way; more are refused: changes at twice as many, what stops a bot at three
  // times, what stops the engine at four times.
  std::size_t waiting_max = 512;
  FleetDrafter draft;  // null: the configuration cannot change while the engine runs
};

class OperatorDesk {
 public:
  // Engine, store and clock outlive the desk.
  OperatorDesk(caf::actor_system& system, const Clock& clock, const storage::Store& store,
               const EngineSystem& engine, std::shared_ptr<EngineStatistics> statistics,
               OperatorDeskSettings settings);
  // stop().
  ~OperatorDesk();
  OperatorDesk(const OperatorDesk&) = delete;
  OperatorDesk& operator=(const OperatorDesk&) = delete;

  void handle(OperatorRequest request, OperatorAnswer answer) const;
  OperatorEntry entry() const;
  // What is under way is answered with kUnavailable; so is whatever comes later.
  void stop();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace botbox::actors
