#include "exchange/http/socket_watch.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>

#include "engine/assert.hpp"

namespace botbox::exchange {

SocketWatch::SocketWatch()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  ENGINE_ASSERT(epoll_ >= 0 && wake_ >= 0);
  watch(wake_, true, false);
}

SocketWatch::~SocketWatch() {
  close(wake_);
  close(epoll_);
}

void SocketWatch::wake() {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, that is when a wake is due already.
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
}

void SocketWatch::watch(int socket, bool for_reading, bool for_writing) {
  epoll_event event{};
  event.events =
      (for_reading ? std::uint32_t{EPOLLIN} : 0u) | (for_writing ? std::uint32_t{EPOLLOUT} : 0u);
  event.data.fd = socket;
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event) == 0) return;
  ENGINE_ASSERT(errno == ENOENT);
  ENGINE_ASSERT(epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0);
}

void SocketWatch::forget(int socket) {
  // The kernel forgets a closed socket by itself.
  if (epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr) != 0)
    ENGINE_ASSERT(errno == ENOENT || errno == EBADF);
}

std::span<const SocketWatch::Ready> SocketWatch::wait(Duration timeout) {
  const auto milliseconds =
      std::clamp<std::int64_t>(timeout.count(), 0, std::int64_t{std::numeric_limits<int>::max()});
  const int count =
      epoll_wait(epoll_, events_.data(), static_cast<int>(kAtOnce), static_cast<int>(milliseconds));
  ENGINE_ASSERT(count >= 0 || errno == EINTR);
  std::size_t ready = 0;
  for (int at = 0; at < count; ++at) {
    const epoll_event& event = events_[static_cast<std::size_t>(at)];
    if (event.data.fd == wake_) {
      std::uint64_t wakes = 0;
      [[maybe_unused]] const ssize_t taken = read(wake_, &wakes, sizeof wakes);
      continue;
    }
    ready_[ready++] = {event.data.fd, (event.events & (EPOLLIN | EPOLLHUP)) != 0,
                       (event.events & EPOLLOUT) != 0, (event.events & EPOLLERR) != 0};
  }
  return {ready_.data(), ready};
}

}  // namespace botbox::exchange
