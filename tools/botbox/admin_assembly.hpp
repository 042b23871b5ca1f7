// From the [admin] section to a port for `botboxctl`, with the engine's desk behind it.
#pragma once

#include <memory>
#include <string>

#include "actors/admin_port.hpp"
#include "actors/operator_desk.hpp"
#include "tools/config/engine_config.hpp"

namespace botbox::cli {

struct AdminParts {
  const config::AdminSection& section;
  const std::string& data;
  actors::OperatorEntry desk;
};

// A running engine's port; says in DATA/admin/port where it is, and takes that back at its end.
class AdminDoor {
 public:
  // Null: the section switches it off. Errors: certificates that cannot be used, a port that is
  // taken. A shell that cannot come in is no reason to stop trading.
  static Result<std::unique_ptr<AdminDoor>> open(const AdminParts& parts);
  ~AdminDoor();
  AdminDoor(const AdminDoor&) = delete;
  AdminDoor& operator=(const AdminDoor&) = delete;

  std::uint16_t port() const { return port_->port(); }

 private:
  explicit AdminDoor(std::string directory) : directory_(std::move(directory)) {}

  std::string directory_;
  std::unique_ptr<actors::AdminPort> port_;
};

// What a shell asks for, as the desk takes it; what concerns this process and not the fleet
// ("backup", "log_level", "stop") is done here, once the desk has recorded it.
actors::AdminHandler admin_handler(std::string data, actors::OperatorEntry desk);

}  // namespace botbox::cli
