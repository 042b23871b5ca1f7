// `botbox mode`.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "actors/wall_clock.hpp"
#include "storage/offline_mode.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/operator_name.hpp"
#include "tools/botbox/output.hpp"

namespace botbox::cli {
namespace {

// The command line lets nothing else through.
EngineMode mode_of(const std::string& text) {
  if (text == "active") return EngineMode::kActive;
  return text == "reducing" ? EngineMode::kReducing : EngineMode::kHalted;
}

}  // namespace

int run_mode(const ModeOptions& options) {
  const auto state = storage::set_mode_offline(
      options.data,
      {.mode = mode_of(options.mode), .actor = operator_name(), .now = actors::WallClock().now()});
  if (!state) return report_error(state.error(), format_of(options.json));
  if (options.json)
    print_json({{"mode", to_string(state->mode)},
                {"changed_by", state->changed_by},
                {"changed_at", to_iso8601(state->changed_at)}});
  else
    print_text(fmt::format("the next start is {} (by {}, {})\n", to_string(state->mode),
                           state->changed_by, readable_time(state->changed_at)));
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
