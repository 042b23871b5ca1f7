#include "tests/exchange/one_by_one_server.hpp"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace botbox::exchange::testing {

OneByOneServer::OneByOneServer(std::function<void(int socket)> serve)
    : serve_(std::move(serve)), listening_(::socket(AF_INET, SOCK_STREAM, 0)) {
  REQUIRE(listening_ >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr generic{};
  static_assert(sizeof generic == sizeof address);
  std::memcpy(&generic, &address, sizeof generic);
  REQUIRE(::bind(listening_, &generic, sizeof generic) == 0);
  REQUIRE(::listen(listening_, 16) == 0);
  socklen_t length = sizeof generic;
  REQUIRE(::getsockname(listening_, &generic, &length) == 0);
  std::memcpy(&address, &generic, sizeof address);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

OneByOneServer::~OneByOneServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (served_ >= 0) ::shutdown(served_, SHUT_RDWR);
  }
  ::shutdown(listening_, SHUT_RDWR);  // which ends accept()
  thread_.join();
  ::close(listening_);
}

void OneByOneServer::run() {
  // A client that hangs up must not end the test.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  for (;;) {
    const int socket = ::accept(listening_, nullptr, nullptr);
    if (socket < 0) return;
    if (begin(socket)) serve_(socket);
    finish(socket);
  }
}

bool OneByOneServer::begin(int socket) {
  const std::lock_guard lock(mutex_);
  if (!stopping_) served_ = socket;
  return !stopping_;
}

void OneByOneServer::finish(int socket) {
  const std::lock_guard lock(mutex_);
  served_ = -1;
  ::close(socket);
}

}  // namespace botbox::exchange::testing
