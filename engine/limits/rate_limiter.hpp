// RateLimiter: the only source of permits for one exchange and egress address.
//
// Promise: in every interval of a published window's length, whatever its start, the weight sent
// with permits from here stays <= ceiling_percent of the limit, also across crashes and restarts,
// as long as nobody sends with an expired one. Usage by others on the same address, as the
// exchange's counters show it, takes from the room that is left.
//
// Durable by reservation, written ahead. Permits are granted only out of a reservation that is
// already on disk, so one write pays for many permits and none is forgotten by a crash:
//
//   acquire() -> Denied{kNotReserved} (or granted, running low)
//   state_to_save(now) -> state; commit it, synced; on_saved(); acquire() again
//
// After a crash restore() counts every reservation as granted in full at its latest possible time.
//
// Time: `now` may step back (by a set clock); then the time since the last call counts as zero,
// which only delays permits. A clock that is set *forward* cannot be told from time that passed.
// Pure: no clock, no thread; the owner serialises calls.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "engine/limits/limit_window.hpp"
#include "engine/limits/limiter_state.hpp"
#include "engine/limits/permit.hpp"
#include "engine/limits/permit_request.hpp"
#include "engine/limits/sliding_usage.hpp"
#include "engine/model/time.hpp"

namespace botbox {

enum class DenialReason : std::uint8_t {
  kWindowFull,   // the ceiling of a window, or what is kept there for closes and cancels
  kPaused,       // others use the address up: only closes and cancels go
  kStopped,      // the exchange told us to stop
  kNotReserved,  // save state_to_save() and ask again
  kTooLarge,     // greater than a whole window's ceiling: never possible
};
constexpr std::string_view to_string(DenialReason reason) {
  switch (reason) {
    case DenialReason::kWindowFull: return "WINDOW_FULL";
    case DenialReason::kPaused: return "PAUSED";
    case DenialReason::kStopped: return "STOPPED";
    case DenialReason::kNotReserved: return "NOT_RESERVED";
    case DenialReason::kTooLarge: return "TOO_LARGE";
  }
  return "?";
}

struct Denied {
  DenialReason reason = DenialReason::kWindowFull;
  Timestamp retry_at;  // before it a retry is useless; "never" for kTooLarge
  std::string window;  // the window that refuses; empty where none does

  bool operator==(const Denied&) const = default;
};
using AcquireResult = tl::expected<Permit, Denied>;

enum class LimiterCondition : std::uint8_t { kOk, kAlert, kPaused, kStopped };
constexpr std::string_view to_string(LimiterCondition condition) {
  switch (condition) {
    case LimiterCondition::kOk: return "OK";
    case LimiterCondition::kAlert: return "ALERT";
    case LimiterCondition::kPaused: return "PAUSED";
    case LimiterCondition::kStopped: return "STOPPED";
  }
  return "?";
}

struct WindowUsage {
  std::string name;
  Duration length{0};
  std::int64_t limit = 0;
  std::int64_t granted = 0;  // by us
  std::int64_t others = 0;   // seen in the exchange's counters, not granted by us
  double ratio = 0;          // (granted + others) / limit

  bool operator==(const WindowUsage&) const = default;
};

// For operators and alerts.
struct LimiterSnapshot {
  LimiterCondition condition = LimiterCondition::kOk;
  std::vector<WindowUsage> windows;
  Timestamp next_free;  // when a request of weight 1 can go at the earliest; `now` if at once
  Timestamp stopped_until;

  bool operator==(const LimiterSnapshot&) const = default;
};

class RateLimiter : public PermitIssuer {
 public:
  // For a data directory from which nothing was ever sent; otherwise call restore() at once.
  // `config` is valid.
  explicit RateLimiter(RateLimiterConfig config);

  AcquireResult acquire(Timestamp now, const PermitRequest& request);
  // As many as are possible now, at most `count`: a batch of requests of one kind.
  std::vector<Permit> acquire_many(Timestamp now, const PermitRequest& request, std::size_t count);

  // What to commit next, if anything: new reservations, a stop, absorbed usage. Empty while a save
  // is under way, and when nobody asks for permits (an idle limiter writes nothing).
  std::optional<LimiterState> state_to_save(Timestamp now);
  // The state given last is durable. Without a save under way: no effect.
  void on_saved();
  // The state given last may or may not be durable: it gives no rights, and is given again.
  void on_save_failed();
  // True when everything learnt so far is durable.
  bool is_saved() const { return !dirty_ && !saving_; }

  // Replaces everything by a saved state. A configured window about which the state says nothing
  // starts as if it were full; default LimiterState{} therefore means "nothing is known".
  void restore(const LimiterState& saved, Timestamp now);
  // Adds what a sibling limiter on the same address granted; durable once is_saved() holds again.
  void absorb(const LimiterState& siblings, Timestamp now);
  // What the sibling granted, or one permit of it that is used now: counts as granted, but is the
  // sibling's to remember.
  void learn_granted_by_sibling(const LimiterState& siblings, Timestamp now);
  void note_granted_by_sibling(Timestamp now, const PermitRequest& request);
  // What was granted here and no sibling knows; absorbed there and accepted, it becomes the
  // sibling's.
  LimiterState hand_over(Timestamp now) const;
  void on_handed_over();

  // The exchange's own counter of one window. False: no such window is configured.
  bool on_exchange_counter(Timestamp now, std::string_view window, std::int64_t used);
  // 429, 418, 10006, 10018: nothing at all goes until then. Durable with the next save.
  void on_rate_limited(Timestamp now, std::optional<Duration> retry_after);

  LimiterSnapshot snapshot(Timestamp now) const;
  // The snapshot's condition, and whether a window is filled to this share of its limit or more,
  // for the price of a look: to be asked after every grant.
  LimiterCondition condition(Timestamp now);
  bool is_filled(Timestamp now, int percent);
  // The same for whoever is told of it: see RateLimiterConfig::alert_for. Goes by what is_filled()
  // would have said whenever this was asked.
  bool stays_filled(Timestamp now, int percent);
  const RateLimiterConfig& config() const { return config_; }

 private:
  struct Window {
    LimitWindow published;
    SlidingUsage own;
    SlidingUsage sibling;
    SlidingUsage others;
    Timestamp paused_until;
    Timestamp filled_since;  // again and again, as far as stays_filled() has seen
    Timestamp filled_at;     // last; "never": not yet

    std::int64_t granted() const { return own.total() + sibling.total(); }
    bool is_filled(int percent) const {
      return (granted() + others.total()) * 100 >= published.limit * percent;
    }
    bool stays_filled(Timestamp now, int percent, Duration alert_for);
  };
  static constexpr std::size_t kKinds = 2;
  using PerKind = std::array<std::int64_t, kKinds>;

  void advance(Timestamp now);
  std::optional<Denied> refusal(Timestamp now, const PermitRequest& request) const;
  std::optional<Denied> refusal_of(const Window& window, Timestamp now, std::int64_t amount,
                                   PermitPriority priority) const;
  bool take_reserved(Timestamp now, const PerKind& needed);
  PerKind limited(const PermitRequest& request) const;
  void note_demand(const PerKind& needed);
  LimiterReservation wanted_reservation(Timestamp now) const;
  std::int64_t smallest_ceiling(LimitKind kind) const;
  void learn(const LimiterState& state, Timestamp now, SlidingUsage Window::*usage);
  LimiterState own_state(Timestamp now) const;
  LimiterCondition condition_seen() const;

  RateLimiterConfig config_;
  Duration permit_life_;
  std::vector<Window> windows_;
  std::vector<LimiterReservation> reserved_;     // durable, what is left of them
  std::optional<LimiterReservation> requested_;  // in the save under way
  PerKind demand_{};                             // asked for since the last reservation
  Timestamp demanded_at_;
  Timestamp last_;  // newest time seen
  Timestamp stopped_until_;
  bool dirty_ = false;
  bool saving_ = false;
};

}  // namespace botbox
