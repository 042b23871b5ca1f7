// SocketWatch: waits until one of many sockets is ready, or until another thread says so (epoll).
// The cost of a wait grows with the sockets that are ready, not with those that are watched.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <span>

#include "engine/model/time.hpp"

namespace botbox::exchange {

class SocketWatch {
 public:
  struct Ready {
    int socket = -1;
    bool readable = false;
    bool writable = false;
    bool failed = false;
  };

  SocketWatch();
  ~SocketWatch();
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;

  // Ends the wait that is under way, or else the next one. Safe to use from any thread; all else is
  // for the waiting thread.
  void wake();
  // Begins to watch a socket, or changes for what. Forget it before it is closed.
  void watch(int socket, bool for_reading, bool for_writing);
  void forget(int socket);
  // What is ready, at most 64 at once; empty after the time or a wake. Valid until the next wait.
  std::span<const Ready> wait(Duration timeout);

 private:
  static constexpr std::size_t kAtOnce = 64;

  int epoll_ = -1;
  int wake_ = -1;
  std::array<epoll_event, kAtOnce> events_{};
  std::array<Ready, kAtOnce> ready_{};
};

}  // namespace botbox::exchange
