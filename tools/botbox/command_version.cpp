#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/botbox/build_facts.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/output.hpp"

namespace botbox::cli {

int run_version(const VersionOptions& options) {
  if (options.json) {
    nlohmann::ordered_json libraries;
    for (const LibraryVersion& library : library_versions())
      libraries[std::string(library.name)] = library.version;
    print_json({{"version", engine_version()},
                {"revision", source_revision()},
                {"compiler", compiler()},
                {"build_type", build_type()},
                {"libraries", std::move(libraries)}});
    return number(ExitCode::kOk);
  }
  std::string text = fmt::format("botbox {}", engine_version());
  if (!source_revision().empty()) text += fmt::format(" ({})", source_revision());
  text += fmt::format("\ncompiler  {}, {}\n", compiler(), build_type());
  for (const LibraryVersion& library : library_versions())
    text += fmt::format("{:<9} {}\n", library.name, library.version);
  print_text(text);
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
