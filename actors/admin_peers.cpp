#include "actors/admin_peers.hpp"

namespace botbox::actors {

bool AdminPeers::join(const caf::node_id& node, const AdminPeer& peer) {
  const std::scoped_lock lock(mutex_);
  const auto [entry, is_new] = entries_.try_emplace(node, Entry{.peer = peer});
  if (!is_new && entry->second.peer != peer) return false;
  ++entry->second.connections;
  return true;
}

void AdminPeers::leave(const caf::node_id& node) {
  const std::scoped_lock lock(mutex_);
  const auto entry = entries_.find(node);
  if (entry != entries_.end() && --entry->second.connections == 0) entries_.erase(entry);
}

std::optional<AdminPeer> AdminPeers::find(const caf::node_id& node) const {
  const std::scoped_lock lock(mutex_);
  const auto entry = entries_.find(node);
  if (entry == entries_.end()) return std::nullopt;
  return entry->second.peer;
}

}  // namespace botbox::actors
