// The words for systemd, heard by a socket like systemd's.
#include "tools/botbox/service_notice.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

namespace botbox::cli {
namespace {

// A datagram socket in the abstract namespace or at a path.
struct Listener {
  explicit Listener(const std::string& name) : fd(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0);
  }
  ~Listener() { ::close(fd); }
  std::string heard() const {
    std::array<char, 256> text{};
    const ssize_t got = ::recv(fd, text.data(), text.size(), MSG_DONTWAIT);
    return got > 0 ? std::string(text.data(), static_cast<std::size_t>(got)) : std::string();
  }
  int fd;
};

}  // namespace

TEST_CASE("words for systemd arrive at a path and at a name without one") {
  const std::string suffix = "botbox-notice-" + std::to_string(::getpid());
  const std::string path = (std::filesystem::temp_directory_path() / suffix).string();
  for (const std::string& name : {path, "@" + suffix}) {
    CAPTURE(name);
    const Listener systemd(name);
    const ServiceNotice notice(name, std::nullopt);
    notice.tell("READY=1");
    CHECK(systemd.heard() == "READY=1");
    CHECK(systemd.heard().empty());
  }
  std::filesystem::remove(path);
}

TEST_CASE("where nobody listens, nothing is said and nothing breaks") {
  ServiceNotice("", std::nullopt).tell("READY=1");
  ServiceNotice("@botbox-nobody-listens-here", std::nullopt).tell("READY=1");
  ServiceNotice(std::string(500, 'x'), std::nullopt).tell("READY=1");
}

TEST_CASE("the watchdog is told twice as often as it asks for, and only by whom it asks") {
  ::unsetenv("WATCHDOG_PID");
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  CHECK(ServiceNotice::of_process().watchdog() == Duration{15'000});
  ::setenv("WATCHDOG_PID", "1", 1);
  CHECK_FALSE(ServiceNotice::of_process().watchdog().has_value());
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  CHECK(ServiceNotice::of_process().watchdog() == Duration{15'000});
  ::setenv("WATCHDOG_USEC", "soon", 1);
  CHECK_FALSE(ServiceNotice::of_process().watchdog().has_value());
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("WATCHDOG_PID");
}

}  // namespace botbox::cli
