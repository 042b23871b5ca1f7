// Strand: runs tasks one after another, on whichever thread posts first. A task that is posted from
// within a task runs after it, so no task ever sees another one's half-done work.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace botbox::exchange {

// Safe to use from any thread. Tasks do not throw and do not block.
class Strand {
 public:
  void post(std::function<void()> task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
      if (is_running_) return;
      is_running_ = true;
    }
    while (std::function<void()> next = take()) next();
  }

 private:
  std::function<void()> take() {
    const std::lock_guard lock(mutex_);
    if (tasks_.empty()) {
      is_running_ = false;
      return nullptr;
    }
    std::function<void()> next = std::move(tasks_.front());
    tasks_.pop_front();
    return next;
  }

  std::mutex mutex_;
  std::deque<std::function<void()>> tasks_;  // under mutex_
  bool is_running_ = false;                  // under mutex_
};

}  // namespace botbox::exchange
