#include "tests/exchange/tunnel_proxy.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

namespace botbox::exchange::testing {
namespace {

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// What is there now; empty: the other side has closed.
std::string read_some(int socket) {
  std::array<char, 16'384> some{};
  const ssize_t got = ::recv(socket, some.data(), some.size(), 0);
  return got <= 0 ? std::string{} : std::string(some.data(), static_cast<std::size_t>(got));
}

std::string read_head(int socket) {
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    const std::string some = read_some(socket);
    if (some.empty()) break;
    head += some;
  }
  return head;
}

// Of "CONNECT 127.0.0.1:443 HTTP/1.1"; zero: it is none.
std::uint16_t port_asked_for(std::string_view head) {
  constexpr std::string_view kStart = "CONNECT 127.0.0.1:";
  std::uint16_t port = 0;
  if (head.starts_with(kStart))
    std::from_chars(head.data() + kStart.size(), head.data() + head.size(), port);
  return port;
}

int connected_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr generic{};
  std::memcpy(&generic, &address, sizeof generic);
  if (::connect(socket, &generic, sizeof generic) == 0) return socket;
  ::close(socket);
  return -1;
}

// Until either side closes.
void pass_on(int client, int target) {
  std::array<pollfd, 2> sides{pollfd{client, POLLIN, 0}, pollfd{target, POLLIN, 0}};
  while (::poll(sides.data(), sides.size(), -1) > 0)
    for (std::size_t side = 0; side < sides.size(); ++side) {
      if (sides[side].revents == 0) continue;
      const std::string some = read_some(sides[side].fd);
      if (some.empty() || !send_all(sides[1 - side].fd, some)) return;
    }
}

}  // namespace

TunnelProxy::TunnelProxy(ProxyManner manner) : manner_(manner) {
  server_ = std::make_unique<OneByOneServer>([this](int client) { serve(client); });
}

void TunnelProxy::serve(int client) {
  const std::string head = read_head(client);
  {
    const std::lock_guard lock(mutex_);
    heads_.push_back(head);
  }
  if (manner_ == ProxyManner::kHangsUp) return;
  if (manner_ == ProxyManner::kWantsPassword) {
    send_all(client,
             "HTTP/1.1 407 Proxy Authentication Required\r\n"
             "Proxy-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  const int target = connected_to(port_asked_for(head));
  if (target < 0) return;
  if (send_all(client, "HTTP/1.1 200 Connection established\r\nX-Proxy-Date: of the proxy\r\n\r\n"))
    pass_on(client, target);
  ::close(target);
}

std::vector<std::string> TunnelProxy::heads() const {
  const std::lock_guard lock(mutex_);
  return heads_;
}

}  // namespace botbox::exchange::testing
