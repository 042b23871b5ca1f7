// What an operator should hear about the trade queue: that it does not get shorter, and that the
// exchange has owed the answer to an order for too long.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "engine/execution/trade_queue.hpp"

namespace botbox {

struct QueueWatchConfig {
  std::size_t depth_max = 50;         // more trades than this,
  Duration depth_patience{10'000};    // for this long: a large fleet passes it for an instant
  Duration unknown_patience{60'000};  // an outcome that is unknown for longer
};

struct QueueAlert {
  std::string kind;  // "queue.deep", "queue.normal", "trade.unknown", "trade.known"
  std::string text;

  bool operator==(const QueueAlert&) const = default;
};

class QueueWatch {
 public:
  explicit QueueWatch(QueueWatchConfig config = {}) : config_(config) {}

  // What has begun or ended since the last look; about once a second. Walks over the queue only
  // while an outcome is unknown.
  std::vector<QueueAlert> look(const TradeQueue& queue, Timestamp now);

 private:
  struct Unknown {
    Timestamp since;
    bool is_told = false;
    bool is_seen = false;
  };

  void look_at_depth(std::size_t depth, Timestamp now, std::vector<QueueAlert>& alerts);
  void look_at_unknown(const TradeQueue& queue, Timestamp now, std::vector<QueueAlert>& alerts);

  QueueWatchConfig config_;
  Timestamp deep_since_;  // "never": not deep
  bool deep_told_ = false;
  std::unordered_map<std::string, Unknown> unknown_;  // by trade id
};

}  // namespace botbox
