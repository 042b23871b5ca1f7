// What an operator should hear about the trade queue: that it does not get shorter, and that the
// exchange has owed the answer to an order for too long.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "engine/alert_thresholds.hpp"
#include "engine/execution/trade_queue.hpp"

namespace botbox {

struct QueueAlert {
  std::string kind;  // "queue.deep", "queue.normal", "trade.unknown", "trade.known"
  std::string text;
  std::string subject;  // id of the trade; empty: all of them

  bool operator==(const QueueAlert&) const = default;
};

class QueueWatch {
 public:
  // By the thresholds of the queue's depth and of outcomes that are unknown.
  explicit QueueWatch(const AlertThresholds& thresholds = {})
      : depth_(thresholds.queue_depth), unknown_threshold_(thresholds.outcome_unknown) {}

  // From the next look on.
  void set_thresholds(const AlertThresholds& thresholds) {
    depth_.set_threshold(thresholds.queue_depth);
    unknown_threshold_ = thresholds.outcome_unknown;
  }

  // What has begun or ended since the last look; about once a second. Walks over the queue only
  // while an outcome is unknown or asked for.
  std::vector<QueueAlert> look(const TradeQueue& queue, Timestamp now);

 private:
  struct Unknown {
    Timestamp since;
    bool is_told = false;
    bool is_seen = false;
  };

  void look_at_depth(std::size_t depth, Timestamp now, std::vector<QueueAlert>& alerts);
  void look_at_unknown(const TradeQueue& queue, Timestamp now, std::vector<QueueAlert>& alerts);

  AlertLevel depth_;
  AlertThreshold unknown_threshold_;
  std::unordered_map<std::string, Unknown> unknown_;  // by trade id
};

}  // namespace botbox
