// FaultPlan: what goes wrong on purpose, drawn from a seed: the same requests in the same order
// meet the same faults.
#pragma once

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::exchange::sim {

enum class FaultKind : std::uint8_t {
  kLatency,      // executed, answered late
  kDropReply,    // executed, closed without an answer
  kReset,        // executed, reset without an answer
  kError500,     // executed, HTTP 503 with the venue's words for an internal error
  kTimeout,      // executed, the venue's own "outcome unknown": -1007, 10000
  kTruncate,     // executed, the answer breaks off
  kMalformed,    // executed, the answer is no JSON
  kDropRequest,  // not executed, closed without an answer
  kUnavailable,  // not executed, HTTP 503
  kRateLimited,  // not executed, 429 or 10006
  kBan,          // not executed; turned away for `lasts`: 418, or 403
  kIpLimit,      // as kBan, but where the venue has a code for it, by that: 10018
  kLate,         // closed without an answer; arrives, and is executed, `lasts` later
};
std::string_view to_string(FaultKind kind);
std::optional<FaultKind> parse_fault_kind(std::string_view text);
constexpr bool is_executed(FaultKind kind) { return kind < FaultKind::kDropRequest; }

struct FaultRule {
  FaultKind kind = FaultKind::kLatency;
  std::string path;          // the request's method and path contain it; empty: all
  std::uint32_t chance = 0;  // of 1000 requests
  std::int64_t count = -1;   // at most so often; below zero: without end
  Duration lasts{200};       // kLatency: real time; kBan, kIpLimit, kLate: venue time
};

// "drop_reply:50", "latency:100:/v5/order:300" (kind:chance[:path[:milliseconds]]).
Result<FaultRule> parse_fault_rule(std::string_view text);

struct FaultPlan {
  std::uint64_t seed = 1;
  std::vector<FaultRule> rules;  // of several that apply the first that is drawn
  Duration clock_skew{0};        // the venue's word about the time is so far ahead of its time
  Duration candle_lag{0};        // candles are told as they were so long ago: stale, or unfinished
  bool repeat_candles = false;   // the newest candle comes twice
  Duration read_lag{0};          // see SimulatedVenue::set_read_lag
  Timestamp outage_until;        // connections are closed unanswered, nothing is executed

  // Starts the draws anew.
  void reseed(std::uint64_t with) {
    seed = with;
    random_.seed(with);
  }
  std::optional<FaultRule> draw(const std::string& method_and_path);

 private:
  std::mt19937_64 random_{1};
};

}  // namespace botbox::exchange::sim
