#include "tools/botbox/tcp_probe.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace botbox::cli {
namespace {

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string text_of(const TcpAddress& address) { return address.host + ":" + address.port; }

Result<void> connect_to(const addrinfo& target, const TcpAddress& address, Duration patience) {
  const Socket socket(
      ::socket(target.ai_family, target.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  int problem = 0;
  if (::connect(socket.descriptor(), target.ai_addr, target.ai_addrlen) != 0) problem = errno;
  if (problem == EINPROGRESS) {
    pollfd waiting{.fd = socket.descriptor(), .events = POLLOUT, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) == 0)
      return fail(ErrorCode::kTimeout, fmt::format("no answer within {}", humanize(patience)),
                  text_of(address));
    socklen_t size = sizeof problem;
    ::getsockopt(socket.descriptor(), SOL_SOCKET, SO_ERROR, &problem, &size);
  }
  if (problem == 0) return {};
  return fail(ErrorCode::kUnavailable, std::strerror(problem), text_of(address));
}

}  // namespace

Result<TcpAddress> address_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == url.npos || scheme + 3 == url.size())
    return fail(ErrorCode::kInvalidInput, "is no URL", url, "write it as http://127.0.0.1:8600");
  std::string host = url.substr(scheme + 3);
  host = host.substr(0, host.find('/'));
  std::string port = url.starts_with("https") ? "443" : "80";
  // An IPv6 host stands in brackets and has colons of its own.
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.rfind(':');
  if (colon != host.npos && (bracket == host.npos || colon > bracket)) {
    port = host.substr(colon + 1);
    host.resize(colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return TcpAddress{std::move(host), std::move(port)};
}

Result<void> probe_tcp(const TcpAddress& address, Duration patience) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &wanted, &found);
  if (code != 0) return fail(ErrorCode::kUnavailable, ::gai_strerror(code), text_of(address));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, ::freeaddrinfo);
  Result<void> last = fail(ErrorCode::kUnavailable, "no address", text_of(address));
  for (const addrinfo* target = list.get(); target != nullptr; target = target->ai_next) {
    last = connect_to(*target, address, patience);
    if (last) return {};
  }
  return last;
}

}  // namespace botbox::cli
