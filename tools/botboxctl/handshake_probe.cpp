#include "tools/botboxctl/handshake_probe.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>

namespace botbox::ctl {
namespace {

struct Socket {
  explicit Socket(int given) : fd(given) {}
  ~Socket() {
    if (fd >= 0) ::close(fd);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd;
};

// Readable when the time that was allowed is over.
class Patience {
 public:
  explicit Patience(Duration within)
      : timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
    const std::int64_t ms = std::max<std::int64_t>(within.count(), 1);
    itimerspec at{};
    at.it_value.tv_sec = ms / 1'000;
    at.it_value.tv_nsec = ms % 1'000 * 1'000'000;
    ::timerfd_settime(timer_.fd, 0, &at, nullptr);
  }
  int timer() const { return timer_.fd; }

 private:
  Socket timer_;
};

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;

// False: the time is over.
bool wait_for(int fd, short events, const Patience& patience) {
  while (true) {
    std::array<pollfd, 2> wanted{{{.fd = fd, .events = events, .revents = 0},
                                  {.fd = patience.timer(), .events = POLLIN, .revents = 0}}};
    const int ready = ::poll(wanted.data(), wanted.size(), -1);
    if (ready > 0) return wanted[1].revents == 0;
    if (ready < 0 && errno != EINTR) return false;
  }
}

Result<void> connect_to(int fd, std::uint16_t port, const Patience& patience) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return {};
  int error = errno;
  if (error == EINPROGRESS) {
    if (!wait_for(fd, POLLOUT, patience)) return tl::unexpected<Error>(nobody_answers(port));
    socklen_t size = sizeof error;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error == 0) return {};
  return tl::unexpected<Error>(nobody_listens(port));
}

Result<void> shake_hands(SSL* session, int fd, std::uint16_t port, const Patience& patience) {
  while (true) {
    ERR_clear_error();
    const int done = SSL_connect(session);
    if (done == 1) return {};
    const int why = SSL_get_error(session, done);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
      return tl::unexpected<Error>(certificate_refused(port));
    const short events = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    if (!wait_for(fd, events, patience)) return tl::unexpected<Error>(nobody_answers(port));
  }
}

}  // namespace

std::string place_of(std::uint16_t port) { return fmt::format("127.0.0.1:{}", port); }

Error nobody_listens(std::uint16_t port) {
  return {ErrorCode::kUnavailable, "no engine answers", place_of(port),
          "start it: botbox run --config FILE --data DIR"};
}

Error nobody_answers(std::uint16_t port) {
  return {ErrorCode::kTimeout, "nobody answers in time", place_of(port),
          "is the engine stopped (SIGSTOP)?"};
}

Error certificate_refused(std::uint16_t port) {
  return {ErrorCode::kRejected, "what listens there does not take our certificate", place_of(port),
          "is it the engine of this data directory? were its certificates made anew?"};
}

Result<void> probe_handshake(std::uint16_t port, const std::filesystem::path& authority,
                             const admin::KeyPairFiles& files, Duration within) {
  const Patience patience(within);
  const Context context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (!context || SSL_CTX_load_verify_locations(context.get(), authority.c_str(), nullptr) != 1 ||
      SSL_CTX_use_certificate_file(context.get(), files.certificate.c_str(), SSL_FILETYPE_PEM) !=
          1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return fail(ErrorCode::kInvalidInput, "the certificates cannot be used",
                files.certificate.string(), "start the engine anew: it makes them");
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  BOTBOX_TRY(connect_to(socket.fd, port, patience));
  const Session session(SSL_new(context.get()), &SSL_free);
  if (!session || SSL_set_fd(session.get(), socket.fd) != 1)
    return fail(ErrorCode::kIo, "no TLS session could be made", place_of(port));
  BOTBOX_TRY(shake_hands(session.get(), socket.fd, port, patience));
  SSL_shutdown(session.get());
  return {};
}

}  // namespace botbox::ctl
