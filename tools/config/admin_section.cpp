// [admin]: whether `botboxctl` may connect, and where.
#include "tools/config/sections.hpp"

namespace botbox::config {

AdminSection read_admin(const ConfigNode& table, ReadContext& context) {
  SectionReader reader(table, "admin", context.problems);
  AdminSection admin;
  admin.is_enabled = reader.boolean("enabled").value_or(admin.is_enabled);
  if (const auto port = reader.integer("port", {0, 65'535}))
    admin.port = static_cast<std::uint16_t>(*port);
  reader.finish();
  return admin;
}

}  // namespace botbox::config
