// What this program was built from. Facts of the configure step, but the revision is that of the
// build; it is empty outside of git.
#pragma once

#include <array>
#include <string_view>

namespace botbox::cli {

struct LibraryVersion {
  std::string_view name;
  std::string_view version;
};

std::string_view engine_version();   // "0.1.0"
std::string_view source_revision();  // "1a2b3c4d5e6f", with "-dirty" when files were changed
std::string_view compiler();         // "GNU 12.2.0"
std::string_view build_type();       // "RelWithDebInfo"
std::array<LibraryVersion, 4> library_versions();

}  // namespace botbox::cli
