#include "tools/config/setting_names.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

namespace botbox::config {
namespace {

struct Alias {
  std::string_view section;
  std::string_view written;
  std::string_view canonical;
};
constexpr std::array<Alias, 12> kAliases{{{"", "api_server", "api"},
                                          {"api", "listen_ip_address", "address"},
                                          {"api", "listen_port", "port"},
                                          {"api", "CORS_origins", "origins"},
                                          {"engine", "max_open_trades", "max_open_positions"},
                                          {"paper", "dry_run_wallet", "start_balance"},
                                          {"bot", "asset", "symbol"},
                                          {"bot", "stoploss", "stop_loss"},
                                          {"bot", "pair_whitelist", "allow_list"},
                                          {"bot", "pair_blacklist", "block_list"},
                                          {"bot", "max_open_trades", "max_open_positions"},
                                          {"bot", "cooldown", "cooldown_bot"}}};

void canonicalise_table(ConfigNode& table, std::string_view section, ProblemList& problems) {
  std::vector<ConfigNode> kept;
  for (ConfigNode& child : table.children) {
    child.key = canonical_name(section, child.written);
    bool twice = false;
    for (const ConfigNode& other : kept) twice = twice || other.key == child.key;
    if (!twice) {
      kept.push_back(child);
      continue;
    }
    problems.add(child.key_place,
                 section.empty() ? child.written : fmt::format("{}.{}", section, child.written),
                 fmt::format("{} is set twice, once under another name", child.key), "keep one");
  }
  table.children = std::move(kept);
}

}  // namespace

std::string_view canonical_name(std::string_view section, std::string_view key) {
  if (section == "bot_defaults") section = "bot";
  for (const Alias& alias : kAliases)
    if (alias.section == section && alias.written == key) return alias.canonical;
  return key;
}

std::string_view excluded_by(std::string_view key) {
  if (key == "symbol") return "symbols";
  if (key == "symbols") return "symbol";
  if (key == "stake_amount") return "stake_percent";
  if (key == "stake_percent") return "stake_amount";
  return {};
}

void canonicalise(ConfigNode& root, ProblemList& problems) {
  canonicalise_table(root, {}, problems);
  for (ConfigNode& section : root.children) {
    if (section.kind == NodeKind::kTable) canonicalise_table(section, section.key, problems);
    if (section.kind != NodeKind::kList) continue;
    for (ConfigNode& item : section.children)
      if (item.kind == NodeKind::kTable) canonicalise_table(item, section.key, problems);
  }
}

}  // namespace botbox::config
