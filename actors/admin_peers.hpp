// AdminPeers: who is connected to the admin port, and what their certificates let them do.
//
// CAF tells a receiver from which node a message came, and a node says itself who it is. What it
// says is believed once: while a node is connected, no other certificate can take its name.
#pragma once

#include <caf/node_id.hpp>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace botbox::actors {

enum class AdminRole : std::uint8_t { kRead, kOperate };

constexpr std::string_view to_string(AdminRole role) {
  return role == AdminRole::kOperate ? "operate" : "read";
}

// What a certificate says.
struct AdminPeer {
  AdminRole role = AdminRole::kRead;
  std::string name;         // its common name
  std::string fingerprint;  // SHA-256 of the whole certificate

  bool operator==(const AdminPeer&) const = default;
};

// Any thread may call it.
class AdminPeers {
 public:
  // One more connection of this node. False: the node is connected with another certificate.
  bool join(const caf::node_id& node, const AdminPeer& peer);
  // One connection less; after the last one the node is forgotten.
  void leave(const caf::node_id& node);
  // Nothing: not connected (any more).
  std::optional<AdminPeer> find(const caf::node_id& node) const;

 private:
  struct Entry {
    AdminPeer peer;
    int connections = 0;
  };
  mutable std::mutex mutex_;
  std::map<caf::node_id, Entry> entries_;
};

}  // namespace botbox::actors
