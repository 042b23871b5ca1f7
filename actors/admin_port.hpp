// AdminPort: where `botboxctl` connects to a running engine.
//
// It owns a system of actors of its own, in which nothing lives but the facade: whoever gets past
// all doors still cannot name an actor of the engine, let alone end one. On 127.0.0.1 only, with
// certificates on both sides. A facade that dies is replaced and published on the same port.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "actors/admin_facade.hpp"
#include "actors/admin_tls.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::actors {

struct AdminPortSettings {
  std::uint16_t port = 0;  // 0: any that is free
  AdminTlsFiles tls;
  AdminHandler handler;
  Duration patience{30'000};  // for the handler
  std::size_t connections_max = 64;
  std::size_t waiting_max = 64;  // questions under way, as AdminFacadeSettings says
  Duration heartbeat{2'000};
  Duration silence_max{10'000};  // a peer that says nothing for so long is put out
  // Told when the facade died and how its replacement went; may be empty. Any thread.
  std::function<void(const std::string&)> on_trouble;
  std::string schema = admin_schema();  // another one only to play another release
};

// Why the port is not open: `refused` is the errno with which the system refuses it to anybody
// (zero: it does not), `said` are CAF's words, which name no cause.
Error admin_port_error(std::uint16_t port, int refused, const std::string& said);

class AdminPort {
 public:
  // Errors: files that TLS cannot use; kIo: a port that cannot be had (taken, not allowed);
  // kUnavailable: whatever else keeps it closed. Ignores SIGPIPE in this process: a peer that hangs
  // up must not end it.
  static Result<std::unique_ptr<AdminPort>> open(AdminPortSettings settings);
  // Ends all connections. Handlers' later replies go nowhere.
  ~AdminPort();
  AdminPort(const AdminPort&) = delete;
  AdminPort& operator=(const AdminPort&) = delete;

  std::uint16_t port() const { return port_; }
  // Kills the facade, as a bug in it would; another one takes its place.
  void lose_facade();

 private:
  struct Parts;
  explicit AdminPort(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
  std::uint16_t port_ = 0;
};

}  // namespace botbox::actors
