// What the tests of the limiters share: a brute-force log of grants, a limiter with a disk that may
// crash, and random traffic.
#pragma once

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "engine/limits/rate_limiter.hpp"
#include "tests/support/seeded_runs.hpp"

namespace botbox::testing {

// As the owner uses a limiter whose disk always works at once.
inline AcquireResult acquire_saving(RateLimiter& limiter, Timestamp now,
                                    const PermitRequest& request) {
  auto acquired = limiter.acquire(now, request);
  if (acquired || acquired.error().reason != DenialReason::kNotReserved) return acquired;
  if (limiter.state_to_save(now)) limiter.on_saved();
  return limiter.acquire(now, request);
}

struct SavedGrants {
  LimiterState state;  // the newest durable one
};
inline SavedGrants save_after_grants(RateLimiter& limiter, Timestamp now,
                                     const PermitRequest& request, int count) {
  SavedGrants saved;
  while (count > 0) {
    if (limiter.acquire(now, request)) {
      --count;
      continue;
    }
    if (auto state = limiter.state_to_save(now)) {
      saved.state = std::move(*state);
      limiter.on_saved();
    }
  }
  return saved;
}

// Every grant in real time; finds the fullest window by trying each start.
class GrantLedger {
 public:
  explicit GrantLedger(std::vector<LimitWindow> windows) : windows_(std::move(windows)) {}

  void granted(Timestamp real, const PermitRequest& request) {
    const auto at = std::upper_bound(log_.begin(), log_.end(), real,
                                     [](Timestamp t, const Entry& entry) { return t < entry.at; });
    log_.insert(at, {real, request});
  }
  std::size_t size() const { return log_.size(); }

  // Empty when every window holds; both ends of a window count.
  std::string first_window_above(int percent) const {
    for (const LimitWindow& window : windows_) {
      for (std::size_t first = 0; first < log_.size(); ++first) {
        std::int64_t sum = 0;
        for (std::size_t i = first; i < log_.size(); ++i) {
          if (log_[i].at - log_[first].at > window.length) break;
          sum +=
              window.kind == LimitKind::kOrders ? log_[i].request.orders : log_[i].request.weight;
        }
        if (sum * 100 > window.limit * percent)
          return window.name + " from " + std::to_string(log_[first].at.ms) + " holds " +
                 std::to_string(sum) + " of " + std::to_string(window.limit);
      }
    }
    return "";
  }

 private:
  struct Entry {
    Timestamp at;
    PermitRequest request;
  };
  std::vector<LimitWindow> windows_;
  std::vector<Entry> log_;
};

inline RateLimiterConfig random_config(std::mt19937_64& random) {
  const auto between = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  RateLimiterConfig config;
  config.windows = {
      {"weight_short", Duration{between(500, 5'000)}, between(20, 200), LimitKind::kRequestWeight},
      {"weight_long", Duration{between(5'000, 60'000)}, between(50, 800),
       LimitKind::kRequestWeight},
      {"orders", Duration{between(500, 20'000)}, between(5, 60), LimitKind::kOrders}};
  config.buckets_per_window = static_cast<int>(between(1, 60));
  config.reservation_percent = static_cast<int>(between(1, 50));
  config.reservation_length = Duration{between(200, 20'000)};
  return config;
}

inline PermitRequest random_request(std::mt19937_64& random) {
  PermitRequest request;
  request.weight = 1 + static_cast<std::int64_t>(random() % (random() % 10 == 0 ? 40 : 4));
  request.orders = random() % 3 == 0 ? 1 : 0;
  request.priority = random() % 4 == 0 ? PermitPriority::kProtective : PermitPriority::kNormal;
  return request;
}

// Bursts, steady traffic, and pauses.
inline std::int64_t random_gap(std::mt19937_64& random) {
  switch (random() % 10) {
    case 0: return static_cast<std::int64_t>(random() % 3'000);
    case 1:
    case 2: return static_cast<std::int64_t>(random() % 200);
    default: return static_cast<std::int64_t>(random() % 5);
  }
}

// A limiter whose saves take a while, may fail, and may be durable although nobody was told.
class DurableLimiter {
 public:
  explicit DurableLimiter(RateLimiterConfig config)
      : limiter_(config), config_(std::move(config)) {}

  // True when granted.
  bool try_once(Timestamp now, const PermitRequest& request, std::mt19937_64& random) {
    const bool granted = limiter_.acquire(now, request).has_value();
    save_some(now, random);
    return granted;
  }

  void save_some(Timestamp now, std::mt19937_64& random) {
    if (!writing_) writing_ = limiter_.state_to_save(now);
    if (!writing_ || random() % 3 == 0) return;
    if (random() % 20 == 0) {
      if (random() % 2 == 0) durable_ = *writing_;
      limiter_.on_save_failed();
    } else {
      durable_ = *writing_;
      limiter_.on_saved();
    }
    writing_.reset();
  }

  void crash(Timestamp now, std::mt19937_64& random) {
    if (writing_ && random() % 2 == 0) durable_ = *writing_;
    writing_.reset();
    limiter_ = RateLimiter(config_);
    if (durable_) limiter_.restore(*durable_, now);
  }

  RateLimiter& limiter() { return limiter_; }
  const std::optional<LimiterState>& durable() const { return durable_; }

 private:
  RateLimiter limiter_;
  RateLimiterConfig config_;
  std::optional<LimiterState> durable_;
  std::optional<LimiterState> writing_;
};

}  // namespace botbox::testing
