// What `botboxctl` and the engine say to one another: one question, one answer, nothing else.
//
// These two messages are the only ones in the tree that cross a process border. Their layout has a
// name, admin_schema(), which is part of CAF's application identifier and of the types' names on
// the wire: two programs that disagree about the layout refuse one another and never read each
// other's bytes as something else.
#pragma once

#include <caf/actor_system_config.hpp>
#include <caf/meta/type_name.hpp>
#include <cstdint>
#include <string>

namespace botbox::actors {

// Longer ones are refused. A list answers in pages, so no answer needs more.
constexpr std::size_t kAdminVerbBytesMax = 64;
constexpr std::size_t kAdminArgsBytesMax = 64 << 10;
constexpr std::size_t kAdminUserBytesMax = 64;
constexpr std::size_t kAdminAnswerBytesMax = 4 << 20;

struct AdminRequest {
  std::string verb;  // "bots", "bot.pause", ...: the operator's desk knows them
  std::string args;  // a JSON object; empty: none
  std::string
      user;  // who sits at the shell, as the shell says; who may do what is the certificate's
};

struct AdminAnswer {
  bool is_ok = false;
  std::string body;  // JSON; else {"error":{"code","message","place","fix"}}
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, AdminRequest& request) {
  return f(caf::meta::type_name("AdminRequest"), request.verb, request.args, request.user);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, AdminAnswer& answer) {
  return f(caf::meta::type_name("AdminAnswer"), answer.is_ok, answer.body);
}

// Sixteen hex digits: a hash of both layouts, as inspect() shows them, and of CAF's version.
const std::string& admin_schema();

// Teaches a system of actors the two messages and the identifier. `schema` is another one only
// where a test plays another release.
void add_admin_protocol(caf::actor_system_config& config,
                        const std::string& schema = admin_schema());

}  // namespace botbox::actors
