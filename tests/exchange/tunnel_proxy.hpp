// TunnelProxy: an HTTP proxy on 127.0.0.1 through which tunnels go to ports of 127.0.0.1, one at a
// time, or which lets nobody through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/exchange/one_by_one_server.hpp"

namespace botbox::exchange::testing {

enum class ProxyManner { kTunnels, kWantsPassword, kHangsUp };

class TunnelProxy {
 public:
  explicit TunnelProxy(ProxyManner manner);

  std::uint16_t port() const { return server_->port(); }
  // What each client said before its tunnel: request line and headers.
  std::vector<std::string> heads() const;

 private:
  void serve(int client);

  ProxyManner manner_;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;  // under mutex_
  std::unique_ptr<OneByOneServer> server_;
};

}  // namespace botbox::exchange::testing
