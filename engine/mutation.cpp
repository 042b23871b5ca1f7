#include "engine/mutation.hpp"

namespace botbox::mutation {

#ifdef BOTBOX_MUTATIONS
namespace {
Kind g_active = Kind::kNone;
unsigned long g_counter = 0;
}  // namespace

void activate(Kind kind) { g_active = kind; }
bool active(Kind kind) { return g_active == kind; }
std::string id_salt() {
  return active(Kind::kRandomIds) ? std::to_string(++g_counter) : std::string();
}
#endif

}  // namespace botbox::mutation
