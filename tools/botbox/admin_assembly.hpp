// From the [admin] section to a port for `botboxctl`, with the engine's desk behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "actors/admin_port.hpp"
#include "actors/operator_desk.hpp"
#include "tools/config/engine_config.hpp"

namespace botbox::cli {

// An engine's port; says in DATA/admin/port where it is, and takes that back at its end.
class AdminDoor {
 public:
  // Has the port; who finds it hears that the engine starts. Null: the section switches it off, or
  // it cannot be opened for a reason that is not in the section (certificates, no descriptor left),
  // which is logged: a shell that cannot come in is no reason not to trade. Error: a port that
  // cannot be had (taken, not allowed).
  static Result<std::unique_ptr<AdminDoor>> listen(const config::AdminSection& section,
                                                   const std::string& data);
  ~AdminDoor();
  AdminDoor(const AdminDoor&) = delete;
  AdminDoor& operator=(const AdminDoor&) = delete;

  // From now on `desk` answers. Error: the file that names the port cannot be written.
  Result<void> serve(actors::OperatorEntry desk);

  std::uint16_t port() const { return port_->port(); }

 private:
  struct Gate;
  explicit AdminDoor(std::string directory);
  Result<std::unique_ptr<actors::AdminPort>> open_port(std::uint16_t port,
                                                       const std::string& data) const;

  std::string directory_;
  std::shared_ptr<Gate> gate_;
  std::unique_ptr<actors::AdminPort> port_;
};

// What a shell asks for, as the desk takes it; what concerns this process and not the fleet
// ("backup", "log_level", "stop") is done here, once the desk has recorded it.
actors::AdminHandler admin_handler(std::string data, actors::OperatorEntry desk);

}  // namespace botbox::cli
