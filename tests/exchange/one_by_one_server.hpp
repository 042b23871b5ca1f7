// OneByOneServer: serves connections to 127.0.0.1 one after another, on a thread of its own. For
// protocols of which no library here is the server.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace botbox::exchange::testing {

class OneByOneServer {
 public:
  // `serve` is given a connected socket, which is closed when it returns.
  explicit OneByOneServer(std::function<void(int socket)> serve);
  // Shuts down what is being served and waits for `serve` to return.
  ~OneByOneServer();
  OneByOneServer(const OneByOneServer&) = delete;
  OneByOneServer& operator=(const OneByOneServer&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  void run();
  bool begin(int socket);
  void finish(int socket);

  std::function<void(int socket)> serve_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  bool stopping_ = false;  // under mutex_
  int served_ = -1;        // under mutex_
  std::thread thread_;
};

}  // namespace botbox::exchange::testing
