#include "tests/exchange/raw_client.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace botbox::exchange::testing {
namespace {

constexpr int kPatienceMs = 60'000;  // of a test that hangs

}  // namespace

RawClient::RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  REQUIRE(socket_ >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr generic{};
  static_assert(sizeof generic == sizeof address);
  std::memcpy(&generic, &address, sizeof generic);
  REQUIRE(::connect(socket_, &generic, sizeof generic) == 0);
}

RawClient::~RawClient() {
  if (socket_ >= 0) ::close(socket_);
}

RawClient::RawClient(RawClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), read_(std::move(other.read_)) {}

bool RawClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::read_more() {
  pollfd wanted{socket_, POLLIN, 0};
  REQUIRE(::poll(&wanted, 1, kPatienceMs) == 1);
  std::array<char, 65536> some{};
  const ssize_t got = ::recv(socket_, some.data(), some.size(), 0);
  if (got <= 0) return false;
  read_.append(some.data(), static_cast<std::size_t>(got));
  return true;
}

std::string RawClient::read_to_end() {
  while (read_more()) {
  }
  return std::exchange(read_, {});
}

std::optional<std::string> RawClient::read_until(std::string_view mark) {
  std::size_t at = read_.find(mark);
  while (at == std::string::npos) {
    if (!read_more()) return std::nullopt;
    at = read_.find(mark);
  }
  std::string text = read_.substr(0, at + mark.size());
  read_.erase(0, at + mark.size());
  return text;
}

std::optional<std::string> RawClient::read_answer() {
  std::optional<std::string> head = read_until("\r\n\r\n");
  if (!head) return std::nullopt;
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t at = head->find(kLength);
  std::size_t length = 0;
  if (at != std::string::npos) {
    const char* digits = head->data() + at + kLength.size();
    std::from_chars(digits, head->data() + head->size(), length);
  }
  while (read_.size() < length)
    if (!read_more()) return std::nullopt;
  std::string whole = *head + read_.substr(0, length);
  read_.erase(0, length);
  return whole;
}

bool RawClient::is_closed() {
  while (read_more()) {
  }
  return true;
}

void RawClient::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(socket_, -1));
}

std::string post_text(std::string_view target, std::string_view body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}", target,
                     body.size(), body);
}

}  // namespace botbox::exchange::testing
