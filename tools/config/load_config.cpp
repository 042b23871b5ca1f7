#include "tools/config/load_config.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "tools/config/setting_names.hpp"
#include "tools/config/toml_document.hpp"

namespace botbox::config {

std::optional<std::string> read_text_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in || in.bad()) return std::nullopt;
  return text;
}

bool is_text_file(const std::string& path) {
  std::error_code error;
  if (path.ends_with('/')) return std::filesystem::is_directory(path, error);
  return std::filesystem::is_regular_file(path, error);
}

namespace {

EngineConfig read_all(const ConfigNode& root, const std::vector<BotByHand>& by_hand,
                      ReadContext& context) {
  EngineConfig config;
  ConfigNode absent;
  absent.place = {root.place.file, 0, 0};
  const auto or_absent = [&](const ConfigNode* table) -> const ConfigNode& {
    return table != nullptr ? *table : absent;
  };
  SectionReader reader(root, {}, context.problems);
  config.exchange = read_exchange(or_absent(reader.table("exchange")), context);
  context.exchange = config.exchange.kind;
  config.engine = read_engine(or_absent(reader.table("engine")), config.exchange.kind, context);
  config.risk = read_risk(or_absent(reader.table("risk")), context);
  context.leverage_max = config.risk.max_leverage;
  config.reconciliation =
      read_reconciliation(or_absent(reader.table("reconciliation")), config.exchange.kind, context);
  config.retention = read_retention(or_absent(reader.table("retention")), context);
  config.rollout = read_rollout(or_absent(reader.table("rollout")), context);
  config.alerts = read_alerts(or_absent(reader.table("alerts")), context);
  config.paper = read_paper(or_absent(reader.table("paper")), config.exchange.kind, context);
  if (const ConfigNode* webhook = reader.table("webhook"))
    config.webhook = read_webhook(*webhook, context);
  if (const ConfigNode* api = reader.table("api"))
    config.api = read_api(*api, config.exchange.kind, context);
  config.admin = read_admin(or_absent(reader.table("admin")), context);
  config.notify = read_notify(or_absent(reader.table("notify")), context);
  if (const ConfigNode* telegram = reader.table("telegram"))
    config.telegram = read_telegram(*telegram, config.notify.levels, context);
  const std::vector<const ConfigNode*> bots = reader.tables("bot");
  const ConfigNode* defaults = reader.table("bot_defaults");
  config.strategies = read_strategies(reader.tables("strategy"), bots, defaults, context);
  const bool here = config.exchange.kind == ExchangeKind::kPaper;
  config.bots = read_bots(bots, defaults, here ? &config.paper : nullptr, context);
  take_bots_by_hand(by_hand, defaults, config, context);
  if (reader.find("bot") == nullptr && config.bots.empty())
    context.problems.add(absent.place, "bot", "there is no bot",
                         "add [[bot]] with id, strategy, symbol, allocation and stake_amount");
  reader.finish();
  return config;
}

}  // namespace

ConfigResult parse_config(std::string_view text, const std::string& file,
                          const Environment& environment, const StrategyCatalogue& catalogue,
                          const FileCheck& file_exists, const FileRead& read_file,
                          const std::vector<BotByHand>& by_hand) {
  auto root = parse_toml(text, file);
  if (!root) return tl::unexpected(std::vector<ConfigProblem>{std::move(root).error()});
  ProblemList problems;
  ProblemList warnings;
  canonicalise(*root, problems);
  apply_environment(*root, environment, problems);
  ReadContext context{file.substr(0, file.rfind('/') + 1),
                      catalogue,
                      file_exists,
                      read_file,
                      problems,
                      warnings,
                      {},
                      Decimal::from_int(125),
                      ExchangeKind::kPaper,
                      {}};
  EngineConfig config = read_all(*root, by_hand, context);
  if (!problems.empty()) return tl::unexpected(problems.sorted());
  config.warnings = warnings.sorted();
  config.catalogue = std::move(context.catalogue);
  return config;
}

ConfigProblem unreadable(const std::string& path) {
  ConfigProblem problem;
  problem.file = path;
  problem.message = "cannot be read";
  problem.fix = "check the path; tools/demo/demo.toml is a config to start from";
  return problem;
}

ConfigResult load_config(const std::string& path, const Environment& environment,
                         const StrategyCatalogue& catalogue) {
  const std::optional<std::string> text = read_text_file(path);
  if (!text) return tl::unexpected(std::vector<ConfigProblem>{unreadable(path)});
  return parse_config(*text, path, environment, catalogue, is_text_file, read_text_file);
}

}  // namespace botbox::config
