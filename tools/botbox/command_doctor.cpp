#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "actors/wall_clock.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/doctor.hpp"
#include "tools/botbox/text_table.hpp"
#include "tools/botbox/venue_doctor.hpp"
#include "tools/config/load_config.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Examination {
  std::vector<Diagnosis> diagnoses;
  bool config_failed = false;
};

Examination examine(const DoctorOptions& options) {
  Examination all;
  const auto add = [&](std::vector<Diagnosis> more) {
    std::ranges::move(more, std::back_inserter(all.diagnoses));
  };
  add({examine_clock(actors::WallClock().now())});
  std::string data = options.data;
  std::uint64_t disk_floor = config::EngineSection{}.disk_floor_bytes();
  if (!options.config.empty()) {
    const auto config = config::load_config(options.config, config::process_environment(),
                                            config::shipped_catalogue());
    add({examine_config(config, options.config)});
    all.config_failed = !config;
    if (config) add(examine_secrets(*config));
    if (config) add(examine_exchange(config->exchange));
    if (config) add(examine_configured_venue(*config));
    if (config && data.empty()) data = config->engine.data_dir.value_or("");
    if (config) disk_floor = config->engine.disk_floor_bytes();
  }
  if (!data.empty()) add(examine_data(data, disk_floor));
  return all;
}

Json to_json(const Examination& all, Health worst) {
  Json checks = Json::array();
  for (const Diagnosis& diagnosis : all.diagnoses)
    checks.push_back({{"name", diagnosis.name},
                      {"health", to_string(diagnosis.health)},
                      {"detail", diagnosis.detail},
                      {"fix", diagnosis.fix}});
  return {{"health", to_string(worst)}, {"checks", std::move(checks)}};
}

std::string to_text(const Examination& all) {
  std::string text;
  for (const Diagnosis& diagnosis : all.diagnoses) {
    const std::string_view health = to_string(diagnosis.health);
    text += fmt::format("{}{}  {:<14}  {}\n", painted(health, colour_of_state(health)),
                        health.size() < 4 ? "  " : "", diagnosis.name, diagnosis.detail);
    if (!diagnosis.fix.empty()) text += fmt::format("      {:<14}  -> {}\n", "", diagnosis.fix);
  }
  return text;
}

}  // namespace

int run_doctor(const DoctorOptions& options) {
  const Examination all = examine(options);
  Health worst = Health::kOk;
  for (const Diagnosis& diagnosis : all.diagnoses) worst = std::max(worst, diagnosis.health);
  if (options.json)
    print_json(to_json(all, worst));
  else
    print_text(to_text(all));
  if (worst != Health::kFail) return number(ExitCode::kOk);
  return number(all.config_failed ? ExitCode::kConfig : ExitCode::kError);
}

}  // namespace botbox::cli
