// Followed: the real program with a bot that follows webhooks, and its exchange in another process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/model/signal.hpp"
#include "exchange/http/http_transport.hpp"
#include "tests/process/child_process.hpp"
#include "tests/process/drill.hpp"
#include "tests/storage/support.hpp"

namespace botbox::process {

// The number behind these words of a program, once it has said them.
std::uint16_t port_after(ChildProcess& program, const std::string& mark);

class Followed {
 public:
  // `more`: further sections of the engine's configuration; where [api] is one of them, webhooks
  // share its port. Returns when the engine has run a cycle.
  explicit Followed(const std::string& more = {});

  void start();
  void kill();
  void end_gently();
  ChildProcess& engine() { return *engine_; }
  std::filesystem::path home() const { return home_.path(); }
  const std::string& config() const { return config_; }
  std::filesystem::path data() const { return home_.path() / "data"; }
  std::uint16_t paper_port() const { return paper_port_; }
  std::uint16_t port() const { return port_; }  // of webhooks and API

  // To the bot "follower", whose secret is "correct-horse".
  exchange::HttpResponse post(exchange::HttpTransport& through, const std::string& body) const;
  exchange::HttpResponse post(const std::string& body) const;
  // To any address.
  static exchange::HttpResponse post_to(exchange::HttpTransport& through, const std::string& url,
                                        const std::vector<std::string>& headers,
                                        const std::string& body);

  // Of each of these bots its newest first.
  std::vector<Signal> signals(const std::vector<std::string>& bots = {"follower"}) const;
  // Until the exchange has seen so many orders.
  void wait_for_orders(std::size_t orders = 1) const;

 private:
  storage::test::TemporaryDirectory home_;
  std::unique_ptr<ChildProcess> paper_;
  std::uint16_t paper_port_ = 0;
  std::string config_;
  std::unique_ptr<ChildProcess> engine_;
  std::string listens_;  // what stands before the port in the engine's log
  std::uint16_t port_ = 0;
};

// What TradingView might send, as that source.
extern const std::string kBuyAlert;

}  // namespace botbox::process
