// What systemd is told of this process, as sd_notify(3) describes it: a datagram to the socket that
// the environment names. Without libsystemd, and without systemd it does nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/model/time.hpp"

namespace botbox::cli {

class ServiceNotice {
 public:
  // By the variables NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, where they concern this
  // process.
  static ServiceNotice of_process();
  // `socket`: a path, or '@' and a name; empty: nobody listens.
  ServiceNotice(std::string socket, std::optional<Duration> watchdog)
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  // "READY=1", "STOPPING=1", "WATCHDOG=1", "RELOADING=1". A word that does not arrive is lost.
  void tell(std::string_view state) const;
  // How often to say WATCHDOG=1: half of what systemd waits for. Empty: it does not watch.
  std::optional<Duration> watchdog() const { return watchdog_; }

 private:
  std::string socket_;
  std::optional<Duration> watchdog_;
};

}  // namespace botbox::cli
