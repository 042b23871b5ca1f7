// The macros come from tools/CMakeLists.txt and reach this file only. The revision has a file of
// its own, which the build writes (write_revision.cmake). Versions from the libraries' headers
// would need includes that tools may not have.
#include "tools/botbox/build_facts.hpp"

namespace botbox::cli {

std::string_view engine_version() { return BOTBOX_VERSION; }
std::string_view compiler() { return BOTBOX_COMPILER; }
std::string_view build_type() { return BOTBOX_BUILD_TYPE; }

std::array<LibraryVersion, 4> library_versions() {
  return {{{"caf", BOTBOX_CAF_VERSION},
           {"rocksdb", BOTBOX_ROCKSDB_VERSION},
           {"simdjson", BOTBOX_SIMDJSON_VERSION},
           {"fmt", BOTBOX_FMT_VERSION}}};
}

}  // namespace botbox::cli
