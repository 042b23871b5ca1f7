// Bots that operators gave to the running engine, beside those of the file.
#include <fmt/format.h>

#include <algorithm>

#include "tools/config/bot_json.hpp"
#include "tools/config/sections.hpp"
#include "tools/config/setting_names.hpp"

namespace botbox::config {
namespace {

std::optional<ConfigNode> tree_of(const BotByHand& given, ReadContext& context) {
  auto root = parse_bot_toml(given.toml, "bot " + given.id.value);
  if (!root) {
    const ConfigProblem& problem = root.error();
    context.problems.add({problem.file, problem.line, problem.column}, problem.key, problem.message,
                         problem.fix);
    return std::nullopt;
  }
  canonicalise(*root, context.problems);
  return std::move(*root);
}

const ConfigNode* only_bot(const ConfigNode& root, ReadContext& context) {
  const ConfigNode* found = nullptr;
  SectionReader reader(root, {}, context.problems);
  for (const ConfigNode* bot : reader.tables("bot")) {
    if (found != nullptr) {
      context.problems.add(bot->place, "bot", "is a second bot", "give one at a time");
      return nullptr;
    }
    found = bot;
  }
  reader.finish();
  return found;
}

// Empty: it cannot be used; why is noted.
std::optional<BotConfig> read_one(const BotByHand& given, const ConfigNode* defaults,
                                  const PaperSection* paper, EngineConfig& config,
                                  ReadContext& context) {
  const std::optional<ConfigNode> root = tree_of(given, context);
  if (!root) return std::nullopt;
  const ConfigNode* const node = only_bot(*root, context);
  if (node == nullptr) return std::nullopt;
  for (rule::StrategyDefinition& definition : read_strategies({}, {node}, nullptr, context))
    config.strategies.push_back(std::move(definition));
  std::vector<BotConfig> bots = read_bots({node}, defaults, paper, context);
  if (bots.empty()) return std::nullopt;
  if (bots.size() > 1 || bots.front().id != given.id) {
    context.problems.add(node->place, "bot.id",
                         fmt::format("is not the one bot '{}'", given.id.value),
                         "leave out symbols and count, and give this id or none");
    return std::nullopt;
  }
  return std::move(bots.front());
}

}  // namespace

void take_bots_by_hand(const std::vector<BotByHand>& by_hand, const ConfigNode* defaults,
                       EngineConfig& config, ReadContext& context) {
  const PaperSection* const paper =
      config.exchange.kind == ExchangeKind::kPaper ? &config.paper : nullptr;
  for (const BotByHand& given : by_hand) {
    const auto at = std::ranges::find(config.bots, given.id, &BotConfig::id);
    const auto in_file = at != config.bots.end() ? std::optional(*at) : std::nullopt;
    if (!given.is_new && given.in_file != in_file) {
      config.overruled.push_back(given.id);
      continue;
    }
    std::optional<BotConfig> bot = read_one(given, defaults, paper, config, context);
    if (!bot) continue;
    BotByHand taken = given;
    taken.in_file = in_file;
    taken.is_new = false;
    config.by_hand.push_back(std::move(taken));
    if (at != config.bots.end())
      *at = std::move(*bot);
    else
      config.bots.push_back(std::move(*bot));
  }
}

}  // namespace botbox::config
