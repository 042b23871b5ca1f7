// RawClient: a TCP connection to 127.0.0.1 that sends whatever a test wants, also what no HTTP
// library would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace botbox::exchange::testing {

class RawClient {
 public:
  // Fails the test when nobody listens.
  explicit RawClient(std::uint16_t port);
  ~RawClient();
  RawClient(RawClient&& other) noexcept;
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  RawClient& operator=(RawClient&&) = delete;

  // False: the server has closed.
  bool send(std::string_view bytes) const;
  // Everything until the server closes; fails the test when that does not happen.
  std::string read_to_end();
  // Until `mark` has come; empty: the server closed before.
  std::optional<std::string> read_until(std::string_view mark);
  // Head and body of one answer with a length; empty: the server closed before its end.
  std::optional<std::string> read_answer();
  // Whether the server has closed, or closes once it may wait no longer.
  bool is_closed();
  // As a process that dies.
  void reset();

 private:
  bool read_more();
  int socket_ = -1;
  std::string read_;
};

// "POST <target> HTTP/1.1" with this body.
std::string post_text(std::string_view target, std::string_view body);

}  // namespace botbox::exchange::testing
