// An admin port with certificates of its own and an engine's side that answers what the test says.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "actors/admin_port.hpp"
#include "tests/storage/support.hpp"
#include "tools/admin/admin_directory.hpp"
#include "tools/botboxctl/admin_client.hpp"

namespace botbox::admin::test {

// The moment of these tests' certificates: OpenSSL holds them against the machine's clock.
Timestamp certificate_time();

// Answers "echo" with the call as JSON, "operate" to who may operate, "never" never, "long" with
// more than is allowed, "missing" with an error, and "slow" when told.
class PortWorld {
 public:
  explicit PortWorld(actors::AdminPortSettings settings = {});
  ~PortWorld();

  std::uint16_t port() const { return port_->port(); }
  std::filesystem::path directory() const { return directory_; }
  actors::AdminPort& admin_port() { return *port_; }
  void close_port() { port_ = nullptr; }
  // The same port, as after a restart.
  void open_port(std::uint16_t port);
  std::unique_ptr<ctl::AdminClient> shell(actors::AdminRole role = actors::AdminRole::kOperate);
  // Whether a shell that comes now is answered.
  bool is_well();
  int asked() const { return *asked_; }
  // What the port said of its facade.
  bool has_replaced_facade() const { return *replaced_ > 0; }

 private:
  storage::test::TemporaryDirectory home_;
  std::filesystem::path directory_;
  actors::AdminPortSettings settings_;
  std::shared_ptr<std::atomic<int>> asked_ = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::atomic<int>> replaced_ = std::make_shared<std::atomic<int>>(0);
  std::unique_ptr<actors::AdminPort> port_;
};

}  // namespace botbox::admin::test
