// One function per section of the file: from its table to its validated value. Problems are noted,
// never thrown; what comes back is then only good for finding more of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/strategy/schema.hpp"
#include "tools/config/config_node.hpp"
#include "tools/config/engine_config.hpp"
#include "tools/config/section_reader.hpp"

namespace botbox::config {

// True when there is a readable file at that path.
using FileCheck = std::function<bool(const std::string&)>;

// What reading needs besides the tree.
struct ReadContext {
  std::string folder;  // of the config file, empty or ending in '/': paths in the file start here
  const std::vector<StrategySchema>& catalogue;
  FileCheck file_exists;
  ProblemList& problems;
  ProblemList& warnings;
  Decimal leverage_max = Decimal::from_int(125);  // of a bot, once [risk] has been read
};

// An empty table is an absent section: all defaults.
EngineSection read_engine(const ConfigNode& table, ExchangeKind kind, ReadContext& context);
RiskSection read_risk(const ConfigNode& table, ReadContext& context);
ExchangeSection read_exchange(const ConfigNode& table, ReadContext& context);
PaperSection read_paper(const ConfigNode& table, ExchangeKind kind, ReadContext& context);

// `paper` is null where the exchange, not this file, knows what is listed.
// [[bot]] merged over [bot_defaults] (null: absent) and expanded. `paper` is null where the
// exchange, not this file, knows what is listed.
std::vector<BotConfig> read_bots(const std::vector<const ConfigNode*>& tables,
                                 const ConfigNode* defaults, const PaperSection* paper,
                                 ReadContext& context);

}  // namespace botbox::config
