// The admin port's door: what accepts connections for CAF's middleman.
//
// CAF opens its port through an actor, the "middleman actor", of which this is one with doors of
// our own. A connection behind such a door
//  - shakes hands by TLS and shows a certificate (actors/admin_tls.hpp) before CAF hears of a byte,
//  - hands CAF whole frames that have been looked at (actors/admin_frames.hpp),
//  - is known to AdminPeers with its certificate while it lasts,
//  - is one of a bounded number: who comes when all places are taken puts out the oldest connection
//    that has not yet shown a certificate, else the oldest.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/io/middleman_actor.hpp>
#include <memory>
#include <string>

#include "actors/admin_peers.hpp"
#include "actors/admin_tls.hpp"

namespace botbox::actors {

struct AdminDoorSettings {
  std::shared_ptr<const AdminTls> tls;
  std::shared_ptr<AdminPeers> peers;
  std::size_t connections_max = 64;
};

// `system` has loaded CAF's middleman and knows the admin protocol. What it publishes is published
// behind such a door. It lives until it is sent an exit message.
caf::io::middleman_actor spawn_admin_middleman(caf::actor_system& system,
                                               AdminDoorSettings settings);

}  // namespace botbox::actors
