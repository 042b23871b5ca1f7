// Face: one venue's protocol over a SimulatedVenue. What a face has to know besides its venue.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "exchange/simulator/simulated_venue.hpp"
#include "exchange/simulator/wire.hpp"

namespace botbox::exchange::sim {

using Json = nlohmann::ordered_json;

// An answer, or a part of one, as it goes out.
struct JsonText {
  JsonText() = default;
  JsonText(const Json& json) : text(json.dump()) {}
  explicit JsonText(std::string written) : text(std::move(written)) {}

  std::string text;
};

struct FaceSettings {
  std::map<std::string, std::string> secrets;  // by API key; the key names the account
  bool check_timestamps = true;
  // How much faster the venue's time runs than a client's: windows for timestamps grow with it.
  std::int64_t speed = 1;
  // Published limits are enforced; off: counted and told, nobody is turned away.
  bool enforce_limits = true;
};

// What became of an order that arrived, for the ledger.
enum class Arrival : std::uint8_t { kAccepted, kDuplicate, kRefused };
// How a venue says it: by an HTTP status, or by a code of its own where it has one.
enum class BanWord : std::uint8_t { kStatus, kCode };
using NoteOrder = std::function<void(const std::string& client_id, Arrival arrival)>;

class Face {
 public:
  virtual ~Face() = default;
  virtual std::string name() const = 0;
  virtual bool serves(const WireRequest& request) const = 0;
  // The venue has been moved to `now` before. `clock`: what the venue says is the time.
  virtual WireAnswer handle(const WireRequest& request, Timestamp clock) = 0;
  // Turns everybody away until then, as after too many requests. Zero: no longer.
  virtual void ban(Timestamp until, BanWord word) = 0;
  // The venue's answer for a fault that happens inside of it: "timeout" (outcome unknown),
  // "internal", "rate" (slow down).
  virtual WireAnswer broken(const std::string& kind) const = 0;
};

}  // namespace botbox::exchange::sim
