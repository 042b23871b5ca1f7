// Http2Server: a TLS server on 127.0.0.1 that speaks HTTP/2 and nothing else, and of it (RFC 9113)
// only what small requests one after another need. Each is answered with 200 and the body that
// came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/exchange/certificate_files.hpp"
#include "tests/exchange/one_by_one_server.hpp"

namespace botbox::exchange::testing {

class Http2Server {
 public:
  explicit Http2Server(const CertificateFiles& files);
  ~Http2Server();
  Http2Server(const Http2Server&) = delete;
  Http2Server& operator=(const Http2Server&) = delete;

  std::uint16_t port() const { return server_->port(); }
  // Connections that agreed on HTTP/2; others are closed unanswered.
  std::size_t connections() const;
  // The streams of all requests that were answered, in order.
  std::vector<std::uint32_t> streams() const;

 private:
  struct Tls;  // settings of all connections
  void serve(int socket);

  std::unique_ptr<Tls> tls_;
  mutable std::mutex mutex_;
  std::size_t connections_ = 0;         // under mutex_
  std::vector<std::uint32_t> streams_;  // under mutex_
  std::unique_ptr<OneByOneServer> server_;
};

}  // namespace botbox::exchange::testing
