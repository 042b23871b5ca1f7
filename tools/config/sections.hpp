// One function per section of the file: from its table to its validated value. Problems are noted,
// never thrown; what comes back is then only good for finding more of them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/strategy/strategy.hpp"
#include "tools/config/config_node.hpp"
#include "tools/config/engine_config.hpp"
#include "tools/config/section_reader.hpp"

namespace botbox::config {

// True when there is a readable file at that path.
using FileCheck = std::function<bool(const std::string&)>;
// The file's text; none: it cannot be read.
using FileRead = std::function<std::optional<std::string>(const std::string&)>;

// What a bot's strategy file turned out to hold; an empty name: nothing that can be used.
using StrategyFiles = std::map<std::string, std::string>;

// What reading needs besides the tree.
struct ReadContext {
  std::string folder;  // of the config file, empty or ending in '/': paths in the file start here
  StrategyCatalogue catalogue;  // grows by the strategies that are read
  FileCheck file_exists;
  FileRead read_file;
  ProblemList& problems;
  ProblemList& warnings;
  StrategyFiles strategy_files;                   // by path
  Decimal leverage_max = Decimal::from_int(125);  // of a bot, once [risk] has been read
  ExchangeKind exchange = ExchangeKind::kPaper;   // once [exchange] has been read
  std::set<std::string> unusable_strategies;      // names of [[strategy]] with a problem
};

// Paths of the file start at the file; paths of the environment where the shell stands.
std::string resolved(const ConfigNode& at, const std::string& path, const ReadContext& context);
// True where a bot names a file instead of a strategy: "strategies/mine.toml".
bool is_strategy_file(const ConfigNode& strategy);

// An empty table is an absent section: all defaults.
EngineSection read_engine(const ConfigNode& table, ExchangeKind kind, ReadContext& context);
RiskSection read_risk(const ConfigNode& table, ReadContext& context);
ExchangeSection read_exchange(const ConfigNode& table, ReadContext& context);
ReconciliationSection read_reconciliation(const ConfigNode& table, ExchangeKind kind,
                                          ReadContext& context);
RetentionSection read_retention(const ConfigNode& table, ReadContext& context);
RolloutCaps read_rollout(const ConfigNode& table, ReadContext& context);
AlertThresholds read_alerts(const ConfigNode& table, ReadContext& context);
PaperSection read_paper(const ConfigNode& table, ExchangeKind kind, ReadContext& context);

WebhookSection read_webhook(const ConfigNode& table, ReadContext& context);
ApiSection read_api(const ConfigNode& table, ExchangeKind kind, ReadContext& context);
AdminSection read_admin(const ConfigNode& table, ReadContext& context);
NotifySection read_notify(const ConfigNode& table, ReadContext& context);
// `levels` are those of [notify], which a chat may change for itself.
TelegramSection read_telegram(const ConfigNode& table, const NoticeLevels& levels,
                              ReadContext& context);

// [[strategy]], and the files that bots name as their strategy: "strategies/mine.toml". All of them
// are added to the context's catalogue.
std::vector<rule::StrategyDefinition> read_strategies(const std::vector<const ConfigNode*>& tables,
                                                      const std::vector<const ConfigNode*>& bots,
                                                      const ConfigNode* bot_defaults,
                                                      ReadContext& context);

// [[bot]] merged over [bot_defaults] (null: absent) and expanded. `paper` is null where the
// exchange, not this file, knows what is listed.
std::vector<BotConfig> read_bots(const std::vector<const ConfigNode*>& tables,
                                 const ConfigNode* defaults, const PaperSection* paper,
                                 ReadContext& context);

// Puts the bots that operators gave into `config.bots`, each in the place of the file's of its id.
void take_bots_by_hand(const std::vector<BotByHand>& by_hand, const ConfigNode* defaults,
                       EngineConfig& config, ReadContext& context);

}  // namespace botbox::config
