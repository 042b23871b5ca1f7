#include "engine/limits/rate_limiter.hpp"

#include <algorithm>
#include <limits>

#include "engine/assert.hpp"

namespace botbox {
namespace {

constexpr std::size_t kWeight = 0;
constexpr std::size_t kOrders = 1;

std::size_t index_of(LimitKind kind) { return kind == LimitKind::kOrders ? kOrders : kWeight; }

std::int64_t share_of(std::int64_t limit, int percent) { return limit * percent / 100; }

Duration granularity_of(Duration length, int buckets) {
  return std::max(Duration{1}, Duration{length.count() / buckets});
}

// The saved window that knows what happened in `window`: its namesake, else the shortest of its
// kind that reaches back far enough. Null: some of that past is unknown.
const WindowState* knows_about(const LimiterState& state, const LimitWindow& window) {
  const WindowState* best = nullptr;
  for (const WindowState& saved : state.windows) {
    if (saved.window.kind != window.kind || saved.window.length < window.length) continue;
    if (saved.window.name == window.name) return &saved;
    if (best == nullptr || saved.window.length < best->window.length) best = &saved;
  }
  return best;
}

}  // namespace

// What is sent within a window was granted within it or at most a permit's life before.
RateLimiter::RateLimiter(RateLimiterConfig config)
    : config_(std::move(config)), permit_life_(permit_life_of(config_)) {
  ENGINE_ASSERT(validate(config_).has_value());
  for (const LimitWindow& published : config_.windows) {
    const SlidingUsage usage(published.length + permit_life_,
                             granularity_of(published.length, config_.buckets_per_window));
    windows_.push_back({published, usage, usage, usage, {}, {}, {}});
  }
}

// A step back moves all that is remembered by the same step: its age stays what it was, as if no
// time had passed. Standing still until the clock catches up would be as safe, but a clock set back
// by an hour would then block every order for an hour.
void RateLimiter::advance(Timestamp now) {
  if (now < last_) {
    const Duration step = now - last_;
    for (Window& window : windows_) {
      window.own.shift(step);
      window.sibling.shift(step);
      window.others.shift(step);
      for (Timestamp* at : {&window.paused_until, &window.filled_since, &window.filled_at})
        if (!at->is_never()) *at = *at + step;
    }
    if (!stopped_until_.is_never()) stopped_until_ = stopped_until_ + step;
  }
  last_ = now;
  for (Window& window : windows_) {
    window.own.expire(now);
    window.sibling.expire(now);
    window.others.expire(now);
    if (window.paused_until <= now) window.paused_until = {};
  }
  if (stopped_until_ <= now) stopped_until_ = {};
  std::erase_if(reserved_, [&](const LimiterReservation& r) { return r.expires < now; });
  if (now < demanded_at_ || demanded_at_ + config_.reservation_length < now) demand_ = {};
}

// Others may fill the address up to the limit; a close is still tried then, as long as the exchange
// itself has room for it. Our own grants never pass the ceiling, whatever their priority.
std::optional<Denied> RateLimiter::refusal_of(const Window& window, Timestamp now,
                                              std::int64_t amount, PermitPriority priority) const {
  if (amount == 0) return std::nullopt;
  const LimitWindow& published = window.published;
  const bool normal = priority == PermitPriority::kNormal;
  const std::int64_t ceiling =
      share_of(published.limit, normal ? config_.ceiling_percent - config_.protective_percent
                                       : config_.ceiling_percent);
  if (amount > ceiling) return Denied{DenialReason::kTooLarge, {}, published.name};
  if (normal && window.paused_until > now)
    return Denied{DenialReason::kPaused, window.paused_until, published.name};
  const std::int64_t all_allowed = (normal ? ceiling : published.limit) - amount;
  const std::int64_t own_allowed = ceiling - amount;
  const std::int64_t granted = window.granted();
  if (granted <= own_allowed && granted + window.others.total() <= all_allowed) return std::nullopt;
  const Timestamp at =
      std::max(SlidingUsage::falls_to({&window.own, &window.sibling}, own_allowed),
               SlidingUsage::falls_to({&window.own, &window.sibling, &window.others}, all_allowed));
  return Denied{DenialReason::kWindowFull, at, published.name};
}

std::optional<Denied> RateLimiter::refusal(Timestamp now, const PermitRequest& request) const {
  if (stopped_until_ > now) return Denied{DenialReason::kStopped, stopped_until_, {}};
  std::optional<Denied> worst;
  for (const Window& window : windows_) {
    const std::int64_t amount =
        window.published.kind == LimitKind::kOrders ? request.orders : request.weight;
    auto denied = refusal_of(window, now, amount, request.priority);
    if (!denied) continue;
    if (denied->reason == DenialReason::kTooLarge) return denied;
    if (!worst || denied->retry_at > worst->retry_at) worst = std::move(denied);
  }
  return worst;
}

AcquireResult RateLimiter::acquire(Timestamp now, const PermitRequest& request) {
  ENGINE_ASSERT(request.weight >= 0 && request.orders >= 0);
  advance(now);
  if (auto denied = refusal(now, request)) return tl::unexpected<Denied>(std::move(*denied));
  const PerKind needed = limited(request);
  demanded_at_ = now;
  note_demand(needed);
  if (!take_reserved(now, needed))
    return tl::unexpected<Denied>(Denied{DenialReason::kNotReserved, now, {}});
  for (Window& window : windows_) window.own.add(now, needed[index_of(window.published.kind)]);
  return issue(now + permit_life_);
}

std::vector<Permit> RateLimiter::acquire_many(Timestamp now, const PermitRequest& request,
                                              std::size_t count) {
  std::vector<Permit> permits;
  while (permits.size() < count) {
    auto acquired = acquire(now, request);
    if (acquired) {
      permits.push_back(std::move(*acquired));
      continue;
    }
    if (acquired.error().reason == DenialReason::kNotReserved) {
      const auto missing = static_cast<std::int64_t>(count - permits.size());
      for (std::int64_t i = 1; i < missing; ++i) note_demand(limited(request));
    }
    break;
  }
  return permits;
}

bool RateLimiter::take_reserved(Timestamp now, const PerKind& needed) {
  PerKind left{};
  for (const LimiterReservation& r : reserved_) {
    ENGINE_ASSERT(r.expires >= now);
    left[kWeight] += r.weight;
    left[kOrders] += r.orders;
  }
  if (left[kWeight] < needed[kWeight] || left[kOrders] < needed[kOrders]) return false;
  PerKind due = needed;
  for (LimiterReservation& r : reserved_) {  // the oldest first
    const std::int64_t weight = std::min(due[kWeight], r.weight);
    const std::int64_t orders = std::min(due[kOrders], r.orders);
    r.weight -= weight;
    r.orders -= orders;
    due[kWeight] -= weight;
    due[kOrders] -= orders;
  }
  std::erase_if(reserved_, [](const LimiterReservation& r) { return r.weight + r.orders == 0; });
  return true;
}

// A kind that no window limits needs no reservation.
RateLimiter::PerKind RateLimiter::limited(const PermitRequest& request) const {
  PerKind amounts{};
  for (const Window& window : windows_) {
    if (window.published.kind == LimitKind::kOrders)
      amounts[kOrders] = request.orders;
    else
      amounts[kWeight] = request.weight;
  }
  return amounts;
}

// More than a ceiling is never needed at once.
void RateLimiter::note_demand(const PerKind& needed) {
  demand_[kWeight] =
      std::min(demand_[kWeight] + needed[kWeight], smallest_ceiling(LimitKind::kRequestWeight));
  demand_[kOrders] =
      std::min(demand_[kOrders] + needed[kOrders], smallest_ceiling(LimitKind::kOrders));
}

std::int64_t RateLimiter::smallest_ceiling(LimitKind kind) const {
  std::int64_t smallest = std::numeric_limits<std::int64_t>::max();
  for (const Window& window : windows_)
    if (window.published.kind == kind)
      smallest = std::min(smallest, share_of(window.published.limit, config_.ceiling_percent));
  return smallest;
}

// A reservation is renewed when half of it is used or most of its time is over, so that a steady
// stream of requests does not wait for a write; and only when somebody asked since the last one.
LimiterReservation RateLimiter::wanted_reservation(Timestamp now) const {
  PerKind left{};
  for (const LimiterReservation& r : reserved_) {
    if (r.expires < now + config_.reservation_length / 4) continue;
    left[kWeight] += r.weight;
    left[kOrders] += r.orders;
  }
  LimiterReservation wanted{now + config_.reservation_length, 0, 0};
  const auto chunk = [&](LimitKind kind) -> std::int64_t {
    const std::size_t k = index_of(kind);
    if (demand_[k] == 0) return 0;
    const std::int64_t ceiling = smallest_ceiling(kind);
    const std::int64_t usual = std::min(
        ceiling, std::max<std::int64_t>(4, share_of(ceiling, config_.reservation_percent)));
    if (left[k] * 2 >= usual && left[k] >= demand_[k]) return 0;
    return std::max(usual, demand_[k]);
  };
  wanted.weight = chunk(LimitKind::kRequestWeight);
  wanted.orders = chunk(LimitKind::kOrders);
  return wanted;
}

LimiterState RateLimiter::own_state(Timestamp now) const {
  LimiterState state{now, stopped_until_, {}, reserved_};
  for (const Window& window : windows_)
    state.windows.push_back({window.published, window.own.used()});
  return state;
}

std::optional<LimiterState> RateLimiter::state_to_save(Timestamp now) {
  advance(now);
  if (saving_) return std::nullopt;
  const LimiterReservation wanted = wanted_reservation(now);
  const bool reserve = wanted.weight + wanted.orders > 0;
  if (!dirty_ && !reserve) return std::nullopt;
  // Permits granted while the write is under way come out of reserved_, which this state holds too.
  LimiterState state = own_state(now);
  if (reserve) {
    state.reservations.push_back(wanted);
    requested_ = wanted;
    demand_ = {};
  }
  saving_ = true;
  dirty_ = false;
  return state;
}

void RateLimiter::on_saved() {
  if (!saving_) return;
  if (requested_) reserved_.push_back(*requested_);
  requested_.reset();
  saving_ = false;
}

void RateLimiter::on_save_failed() {
  if (!saving_) return;
  requested_.reset();
  saving_ = false;
  dirty_ = true;
}

// Everything saved happened before `now` in real time. A time ahead of `now` thus means that the
// clock was set back, and counts as now.
void RateLimiter::learn(const LimiterState& state, Timestamp now, SlidingUsage Window::*usage) {
  const Duration step = std::min(Duration{0}, now - state.saved_at);
  const auto at_latest = [&](Timestamp at) { return std::min(at + step, now); };
  for (Window& window : windows_) {
    const WindowState* saved = knows_about(state, window.published);
    if (saved == nullptr) {
      (window.*usage).insert({now, window.published.limit});
      continue;
    }
    for (const UsedAmount& used : saved->used)
      (window.*usage).insert({at_latest(used.at), used.amount});
    const bool orders = window.published.kind == LimitKind::kOrders;
    for (const LimiterReservation& r : state.reservations)
      (window.*usage).insert({std::min(r.expires, now), orders ? r.orders : r.weight});
  }
  if (!state.stopped_until.is_never())
    stopped_until_ = std::max(stopped_until_, state.stopped_until + step);
}

void RateLimiter::restore(const LimiterState& saved, Timestamp now) {
  *this = RateLimiter(config_);
  last_ = now;
  learn(saved, now, &Window::own);
  advance(now);
}

void RateLimiter::absorb(const LimiterState& siblings, Timestamp now) {
  advance(now);
  learn(siblings, now, &Window::own);
  advance(now);
  dirty_ = true;
}

void RateLimiter::learn_granted_by_sibling(const LimiterState& siblings, Timestamp now) {
  advance(now);
  learn(siblings, now, &Window::sibling);
  advance(now);
}

void RateLimiter::note_granted_by_sibling(Timestamp now, const PermitRequest& request) {
  advance(now);
  const PerKind used{request.weight, request.orders};
  for (Window& window : windows_) window.sibling.add(now, used[index_of(window.published.kind)]);
}

LimiterState RateLimiter::hand_over(Timestamp now) const {
  LimiterState state = own_state(now);
  state.reservations.clear();
  return state;
}

void RateLimiter::on_handed_over() {
  for (Window& window : windows_) {
    for (const UsedAmount& used : window.own.used()) window.sibling.insert(used);
    window.own.clear();
  }
  reserved_.clear();
  requested_.reset();
  demand_ = {};
  dirty_ = true;
}

// The counter is the exchange's, of a window whose start we do not know. What it shows beyond our
// own count is somebody else's, and leaves after one length, like ours.
bool RateLimiter::on_exchange_counter(Timestamp now, std::string_view name, std::int64_t used) {
  advance(now);
  for (Window& window : windows_) {
    if (window.published.name != name) continue;
    const std::int64_t unseen = used - window.granted() - window.others.total();
    if (unseen > 0) window.others.add(now, unseen);
    const bool above = used > share_of(window.published.limit, config_.pause_percent);
    window.paused_until = above ? now + window.published.length : Timestamp{};
    return true;
  }
  return false;
}

void RateLimiter::on_rate_limited(Timestamp now, std::optional<Duration> retry_after) {
  advance(now);
  const Duration stop = std::max(retry_after.value_or(config_.default_stop), Duration{1000});
  stopped_until_ = std::max(stopped_until_, now + stop);
  dirty_ = true;
}

// At the newest time seen.
LimiterCondition RateLimiter::condition_seen() const {
  if (stopped_until_ > last_) return LimiterCondition::kStopped;
  if (std::ranges::any_of(windows_, [this](const Window& w) { return w.paused_until > last_; }))
    return LimiterCondition::kPaused;
  const bool alert = std::ranges::any_of(
      windows_, [this](const Window& window) { return window.is_filled(config_.alert_percent); });
  return alert ? LimiterCondition::kAlert : LimiterCondition::kOk;
}

LimiterCondition RateLimiter::condition(Timestamp now) {
  advance(now);
  return condition_seen();
}

bool RateLimiter::is_filled(Timestamp now, int percent) {
  advance(now);
  return std::ranges::any_of(windows_,
                             [percent](const Window& window) { return window.is_filled(percent); });
}

bool RateLimiter::Window::stays_filled(Timestamp now, int percent, Duration alert_for) {
  const bool filled = is_filled(percent);
  if (published.length >= alert_for) return filled;
  const Duration gap = published.length * 2;
  if (filled) {
    if (filled_at.is_never() || now - filled_at > gap) filled_since = now;
    filled_at = now;
  }
  return !filled_at.is_never() && now - filled_at <= gap && filled_at - filled_since >= alert_for;
}

// Each window is asked, since each remembers that it was.
bool RateLimiter::stays_filled(Timestamp now, int percent) {
  advance(now);
  bool stays = false;
  for (Window& window : windows_)
    stays = window.stays_filled(now, percent, config_.alert_for) || stays;
  return stays;
}

LimiterSnapshot RateLimiter::snapshot(Timestamp now) const {
  RateLimiter at_now = *this;  // a copy may expire what the caller's object still counts
  at_now.advance(now);
  LimiterSnapshot seen;
  for (const Window& window : at_now.windows_) {
    const std::int64_t all = window.granted() + window.others.total();
    const double ratio = static_cast<double>(all) / static_cast<double>(window.published.limit);
    seen.windows.push_back({window.published.name, window.published.length, window.published.limit,
                            window.granted(), window.others.total(), ratio});
  }
  const auto denied = at_now.refusal(now, PermitRequest{1, 0, PermitPriority::kNormal});
  seen.next_free = denied ? denied->retry_at : now;
  seen.stopped_until = at_now.stopped_until_;
  seen.condition = at_now.condition_seen();
  return seen;
}

}  // namespace botbox
