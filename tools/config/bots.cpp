#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>

#include "engine/strategy/rule/definition.hpp"
#include "exchange/bybit/bybit_intervals.hpp"
#include "tools/config/bot_template.hpp"
#include "tools/config/risk_plan_section.hpp"
#include "tools/config/sections.hpp"
#include "tools/config/setting_names.hpp"
#include "tools/config/value_text.hpp"

namespace botbox::config {
namespace {

constexpr std::size_t kIdLengthMax = 64;
constexpr std::size_t kBotsMax = 100'000;

bool is_bot_id(std::string_view id) {
  const bool clean = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return clean && !id.empty() && id.size() <= kIdLengthMax;
}

// The bot's own keys, then those of the defaults that it neither has nor excludes.
ConfigNode merged(const ConfigNode& bot, const ConfigNode* defaults) {
  ConfigNode all = bot;
  if (defaults == nullptr) return all;
  for (const ConfigNode& child : defaults->children)
    if (bot.find(child.key) == nullptr && bot.find(excluded_by(child.key)) == nullptr)
      all.children.push_back(child);
  return all;
}

void check_defaults(const ConfigNode& defaults, ReadContext& context) {
  for (const std::string_view key : {"id", "name", "count", "spread", "parameters"})
    if (const ConfigNode* node = defaults.find(key))
      context.problems.add(node->key_place, fmt::format("bot_defaults.{}", key),
                           "belongs to one bot and cannot be a default", "move it into a [[bot]]");
}

ConfigNode without_bot_keys(const ConfigNode& defaults) {
  ConfigNode rest = defaults;
  for (const std::string_view key : {"id", "name", "count", "spread", "parameters"})
    rest.erase(key);
  return rest;
}

std::optional<double> number_of(const ConfigNode& node) {
  const bool number = node.kind == NodeKind::kInteger || node.kind == NodeKind::kFloat ||
                      node.kind == NodeKind::kLoose;
  double value = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, value);
  if (!number || error != std::errc{} || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

// Reads one [[bot]], already merged with the defaults; `own` is without them.
class BotReader {
 public:
  BotReader(const ConfigNode& table, const ConfigNode& own, const PaperSection* paper,
            ReadContext& context)
      : reader_(table, "bot", context.problems), own_(own), paper_(paper), context_(context) {}

  // Empty when it cannot be expanded; why is noted.
  std::optional<BotTemplate> read() {
    read_identity();
    read_symbols();
    read_market();
    read_strategy();
    read_schedule();
    read_money();
    read_risk();
    reader_.finish();
    if (bot_.config.id.empty() || bot_.symbols.empty() || !schema_) return std::nullopt;
    bot_.config.symbol = bot_.symbols.front().unified;
    return bot_;
  }

 private:
  BotConfig& config() { return bot_.config; }

  void read_identity() {
    const auto id = reader_.text("id");
    const ConfigNode* node = reader_.find("id");
    if (node == nullptr) reader_.missing("id", "write id = \"rsi-btc\"");
    if (id && is_bot_id(*id)) config().id.value = *id;
    if (id && !is_bot_id(*id))
      reader_.problem(*node, "id", fmt::format("'{}' is not a bot's id", *id),
                      "use 1 to 64 of a-z, 0-9, '-' and '_'");
    config().name = reader_.line("name").value_or(config().id.value);
    if (const auto count = reader_.integer("count", {1, kBotsMax})) {
      bot_.count = static_cast<std::uint32_t>(*count);
      bot_.counted = true;
    }
  }

  void add_symbol(const ConfigNode& item, std::string_view key) {
    const bool is_text = item.kind == NodeKind::kText || item.kind == NodeKind::kLoose;
    if (!is_text)
      return reader_.problem(item, key,
                             fmt::format("must hold texts, holds {}", to_string(item.kind)),
                             "write \"BTC/USDT\"");
    const Result<SymbolParts> parts = parse_symbol(item.text);
    if (!parts) return reader_.problem(item, key, parts.error().message, parts.error().fix);
    for (const SymbolParts& other : bot_.symbols)
      if (other.unified == parts->unified)
        return reader_.problem(item, key, fmt::format("{} is named twice", parts->unified.value),
                               "keep one");
    if (paper_ != nullptr && !listed(parts->unified))
      reader_.problem(
          item, key, fmt::format("{} is not listed", parts->unified.value),
          fmt::format("add [[paper.symbol]] with symbol = \"{}\"", parts->unified.value));
    bot_.symbols.push_back(*parts);
  }

  bool listed(const Symbol& symbol) const {
    return std::any_of(paper_->symbols.begin(), paper_->symbols.end(),
                       [&](const PaperSymbol& own) { return own.symbol.unified == symbol; });
  }

  void read_symbols() {
    const ConfigNode* one = reader_.find("symbol");
    const ConfigNode* many = reader_.find("symbols");
    if (one == nullptr && many == nullptr)
      return reader_.missing("symbol", "write symbol = \"BTC/USDT\"");
    if (one != nullptr && many != nullptr)
      return reader_.problem(*many, "symbols", "stands beside symbol", "keep one of the two");
    if (one != nullptr) {
      if (one->kind == NodeKind::kList)
        return reader_.problem(*one, "symbol", "must be one text, is a list",
                               "write symbols = [...] for one bot per symbol");
      if (reader_.text("symbol")) add_symbol(*one, "symbol");
      return;
    }
    bot_.per_symbol = true;
    const std::vector<ConfigNode> items = reader_.list("symbols");
    for (const ConfigNode& item : items) add_symbol(item, "symbols");
    if (items.empty() && (many->kind == NodeKind::kList || many->kind == NodeKind::kLoose))
      reader_.problem(*many, "symbols", "is empty", "name at least one symbol");
  }

  void read_market() {
    const auto market = reader_.choice<MarketType>(
        "market", {{"spot", MarketType::kSpot}, {"linear", MarketType::kLinear}});
    if (!market) return;
    for (const SymbolParts& symbol : bot_.symbols) {
      if (symbol.market == *market) continue;
      const std::string spot = symbol.base.value + "/" + symbol.quote.value;
      reader_.problem(*reader_.find("market"), "market",
                      fmt::format("is {}, but {} is {}", to_string(*market), symbol.unified.value,
                                  to_string(symbol.market)),
                      *market == MarketType::kLinear
                          ? fmt::format("write symbol = \"{}:{}\"", spot, symbol.quote.value)
                          : fmt::format("write symbol = \"{}\"", spot));
    }
  }

  // The name as the catalogue knows it: of the file, or without the content it is pinned to.
  std::string strategy_name(const ConfigNode& node, const std::string& written) {
    if (is_strategy_file(node)) return context_.strategy_files[resolved(node, written, context_)];
    const std::string name = written.substr(0, written.find('@'));
    const StrategyId id = context_.catalogue.id_of(name);
    if (name != written && !id.value.empty() && id.value != written)
      reader_.problem(node, "strategy", fmt::format("'{}' has been edited since", name),
                      fmt::format("write \"{}\", or the name alone", id.value));
    return name;
  }

  void read_strategy() {
    auto name = reader_.text("strategy");
    if (name) name = strategy_name(*reader_.find("strategy"), *name);
    const ConfigNode* parameters = reader_.table("parameters");
    const ConfigNode* spread = reader_.table("spread");
    std::vector<std::string> names;
    for (StrategySchema& schema : context_.catalogue.schemas()) {
      names.push_back(schema.name);
      if (name == schema.name) schema_ = std::move(schema);
    }
    const std::string known = fmt::format("known: {}", fmt::join(names, ", "));
    if (reader_.find("strategy") == nullptr) reader_.missing("strategy", known);
    if (!name || name->empty()) return;
    if (!schema_) {
      if (context_.unusable_strategies.contains(*name)) return;  // why is noted
      const auto nearest = nearest_name(*name, names);
      return reader_.problem(*reader_.find("strategy"), "strategy",
                             fmt::format("there is no strategy '{}'", *name),
                             nearest ? fmt::format("did you mean \"{}\"?", *nearest) : known);
    }
    config().strategy = context_.catalogue.id_of(*name);
    for (const ParameterSchema& parameter : schema_->parameters)
      config().parameters.push_back({parameter.name, parameter.default_value});
    std::sort(config().parameters.begin(), config().parameters.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    if (parameters != nullptr) read_parameters(*parameters);
    if (spread != nullptr) read_spread(*spread, parameters);
  }

  const ParameterSchema* known_parameter(const ConfigNode& node, std::string_view path) {
    std::vector<std::string> names;
    for (const ParameterSchema& parameter : schema_->parameters) {
      if (parameter.name == node.key) return &parameter;
      names.push_back(parameter.name);
    }
    const auto nearest = nearest_name(node.key, names);
    context_.problems.add(node.key_place, fmt::format("bot.{}.{}", path, node.key),
                          fmt::format("{} has no such parameter", schema_->name),
                          nearest ? fmt::format("did you mean {}?", *nearest)
                                  : fmt::format("it has: {}", fmt::join(names, ", ")));
    return nullptr;
  }

  std::optional<double> parameter_value(const ConfigNode& node, const ParameterSchema& schema,
                                        const std::string& path) {
    const auto value = number_of(node);
    const std::string kind = schema.integer ? "a whole number" : "a number";
    if (!value || (schema.integer && std::floor(*value) != *value)) {
      const bool has_text = node.kind != NodeKind::kTable && node.kind != NodeKind::kList;
      context_.problems.add(node.place, path,
                            fmt::format("must be {}, is {}", kind,
                                        has_text ? fmt::format("'{}'", node.text)
                                                 : std::string(to_string(node.kind))),
                            node.kind == NodeKind::kText ? "leave out the quotes" : "");
      return std::nullopt;
    }
    if (*value >= schema.min && *value <= schema.max) return value;
    context_.problems.add(
        node.place, path,
        fmt::format("must be between {} and {}, is {}", schema.min, schema.max, *value),
        schema.help);
    return std::nullopt;
  }

  void read_parameters(const ConfigNode& table) {
    for (const ConfigNode& node : table.children) {
      const ParameterSchema* schema = known_parameter(node, "parameters");
      if (schema == nullptr) continue;
      const auto value = parameter_value(node, *schema, "bot.parameters." + node.key);
      for (StrategyParameter& parameter : config().parameters)
        if (value && parameter.name == node.key) parameter.value = *value;
    }
  }

  void read_spread(const ConfigNode& table, const ConfigNode* parameters) {
    const std::string fix = "write spread = { rsi_period = [7, 21] }";
    for (const ConfigNode& node : table.children) {
      const ParameterSchema* schema = known_parameter(node, "spread");
      if (schema == nullptr) continue;
      const std::string path = "bot.spread." + node.key;
      if (parameters != nullptr && parameters->find(node.key) != nullptr)
        context_.problems.add(node.key_place, path, "is in parameters as well",
                              "keep one of the two");
      if (node.kind != NodeKind::kList || node.children.size() != 2) {
        context_.problems.add(node.place, path, "must be a list of two numbers", fix);
        continue;
      }
      const auto from = parameter_value(node.children[0], *schema, path);
      const auto to = parameter_value(node.children[1], *schema, path);
      if (from && to) bot_.spreads.push_back({node.key, *from, *to, schema->integer});
    }
    if (bot_.count * bot_.symbols.size() < 2 && !bot_.symbols.empty())
      reader_.problem(table, "spread", "has one bot to spread over", "write count = 10 beside it");
  }

  void read_schedule() {
    if (const auto text = reader_.text("timeframe")) {
      const Result<Timeframe> timeframe = Timeframe::parse(*text);
      if (timeframe) config().timeframe = *timeframe;
      if (!timeframe)
        reader_.problem(*reader_.find("timeframe"), "timeframe", timeframe.error().message,
                        timeframe.error().fix);
    }
    config().check_interval =
        reader_.duration("check_interval", {Duration{1000}, Duration{7 * 86'400'000LL}})
            .value_or(config().timeframe.default_check_interval());
    if (config().check_interval > config().timeframe.duration())
      context_.warnings.add(reader_.find("check_interval")->place, "bot.check_interval",
                            fmt::format("is longer than the timeframe {}: candles will be missed",
                                        to_string(config().timeframe)),
                            "check at least once per candle");
    read_pace();
    config().status = reader_
                          .choice<BotStatus>("status", {{"active", BotStatus::kActive},
                                                        {"paused", BotStatus::kPaused},
                                                        {"archived", BotStatus::kArchived}})
                          .value_or(BotStatus::kActive);
  }

  // Both bounds, or one and the other as far away as it makes sense.
  void read_pace() {
    const Duration base = config().check_interval;
    const auto fastest = reader_.duration("check_interval_min", {Duration{1000}, base});
    const auto slowest = reader_.duration("check_interval_max", {base, Duration{7 * 86'400'000LL}});
    if (!fastest && !slowest) return;
    config().pace = {{.fastest = fastest.value_or(base), .slowest = slowest.value_or(base)}};
    if (config().pace.front().slowest > config().timeframe.duration())
      context_.warnings.add(
          reader_.find(slowest ? "check_interval_max" : "check_interval_min")->place,
          "bot.check_interval_max",
          fmt::format("is longer than the timeframe {}: candles will be missed in quiet markets",
                      to_string(config().timeframe)),
          "check at least once per candle");
  }

  void read_money() {
    const auto allocation = reader_.decimal("allocation", DecimalRange::positive());
    if (reader_.find("allocation") == nullptr)
      reader_.missing(
          "allocation",
          "write allocation = 1000: the most this bot may have at stake, in quote currency");
    if (allocation) config().allocation.value = *allocation;
    read_stake(allocation);
  }

  // The kind of [bot.sizing] that computes what an entry stakes; null: it stakes what the bot says.
  const ConfigNode* computed_sizing() {
    const ConfigNode* sizing = reader_.find("sizing");
    const ConfigNode* kind = sizing != nullptr ? sizing->find("kind") : nullptr;
    return kind != nullptr && to_lower(kind->text) != "stake" ? kind : nullptr;
  }

  // A stake of the defaults is for the bots that do not compute theirs.
  void warn_of_unused_stake(const ConfigNode& stake, const ConfigNode& kind) {
    if (own_.find(stake.key) == nullptr && own_.find("sizing") != nullptr) return;
    context_.warnings.add(
        stake.place, reader_.dotted(stake.key),
        fmt::format(
            "has no effect beside kind = \"{}\" of [bot.sizing], {}", kind.text,
            kind.from_environment() ? kind.place.file : fmt::format("line {}", kind.place.line)),
        "leave out one of the two");
  }

  void read_stake(std::optional<Decimal> allocation) {
    const ConfigNode* amount = reader_.find("stake_amount");
    const ConfigNode* percent = reader_.find("stake_percent");
    if (amount != nullptr && percent != nullptr)
      return reader_.problem(*percent, "stake_percent", "stands beside stake_amount",
                             "keep one of the two");
    const ConfigNode* const computed = computed_sizing();
    if (amount == nullptr && percent == nullptr) {
      if (computed != nullptr) return;
      return reader_.missing("stake_amount", "write stake_amount = 100 or stake_percent = \"10%\"");
    }
    if (computed != nullptr)
      warn_of_unused_stake(amount != nullptr ? *amount : *percent, *computed);
    if (percent != nullptr) return read_stake_percent(*percent);
    if (to_lower(amount->text) == "unlimited")
      return reader_.problem(*amount, "stake_amount", "'unlimited' is not an amount",
                             "write stake_percent = \"100%\" instead");
    const auto stake = reader_.decimal("stake_amount", DecimalRange::positive());
    if (!stake) return;
    config().stake = *stake;
    if (allocation && *stake > *allocation)
      reader_.problem(*amount, "stake_amount",
                      fmt::format("{} is more than the allocation {}", to_string(*stake),
                                  to_string(*allocation)),
                      "make it at most the allocation");
  }

  // "10%" or 10. A bare number below 1 could mean 0.5 % or 50 %: with money nobody should guess.
  void read_stake_percent(const ConfigNode& node) {
    config().stake_kind = StakeKind::kPercentOfAllocation;
    const bool bare = !node.text.ends_with('%');
    const Result<Decimal> number = Decimal::parse(node.text);
    const bool scalar = node.kind != NodeKind::kTable && node.kind != NodeKind::kList;
    if (scalar && bare && number && number->is_positive() && *number < Decimal::from_int(1))
      return reader_.problem(node, "stake_percent",
                             fmt::format("{} could mean two things", node.text),
                             "write \"0.5%\" or \"50%\"");
    const Result<Decimal> ratio = parse_ratio(bare ? node.text + "%" : node.text);
    if (!scalar || !ratio || !ratio->is_positive() || *ratio > Decimal::from_int(1))
      return reader_.problem(
          node, "stake_percent",
          fmt::format("must be more than 0% and at most 100%, is {}",
                      scalar ? fmt::format("'{}'", node.text) : std::string(to_string(node.kind))),
          "write stake_percent = \"10%\"");
    config().stake = *ratio;
  }

  void read_risk() {
    read_stop_loss();
    if (const auto ratio = reader_.ratio("take_profit", {.min = {}, .max = Decimal::from_int(100)}))
      config().take_profit_ratio = *ratio;
    else if (reader_.find("minimal_roi") != nullptr && reader_.find("take_profit") == nullptr)
      config().take_profit_ratio = {};  // freqtrade's table is the only target there
    if (const auto most = reader_.integer("max_open_positions", {1, 1000}))
      config().max_open_positions = static_cast<std::uint32_t>(*most);
    const DurationRange pause{Duration{0}, Duration{30 * 86'400'000LL}};
    config().cooldown_bot = reader_.duration("cooldown_bot", pause).value_or(Duration{0});
    config().cooldown_symbol = reader_.duration("cooldown_symbol", pause).value_or(Duration{0});
    config().allow_list = read_patterns("allow_list");
    config().block_list = read_patterns("block_list");
    // What the symbols say, where the bot does not.
    if (!bot_.symbols.empty()) config().market = bot_.symbols.front().market;
    config().plan = read_risk_plan(reader_, config(), context_.leverage_max, context_.problems);
  }

  // freqtrade writes stoploss = -0.02 for what stop_loss = 0.02 is here.
  void read_stop_loss() {
    const ConfigNode* node = reader_.find("stop_loss");
    if (node == nullptr) return;
    const Result<Decimal> written = parse_ratio(node->text);
    const bool negative = written && written->is_negative();
    if (negative && node->written != "stoploss")
      return reader_.problem(*node, "stop_loss", fmt::format("is negative: '{}'", node->text),
                             fmt::format("write the distance: {}", node->text.substr(1)));
    if (!negative) {
      if (const auto ratio = reader_.ratio("stop_loss", DecimalRange::share()))
        config().stop_loss_ratio = *ratio;
      return;
    }
    if (*written > Decimal::from_int(-1)) {
      config().stop_loss_ratio = -*written;
    } else {
      reader_.problem(*node, "stop_loss",
                      fmt::format("must be between -1 and 0, is '{}'", node->text),
                      "write stoploss = -0.02 for 2 %");
    }
  }

  std::vector<std::string> read_patterns(std::string_view key) {
    std::vector<std::string> patterns;
    for (const ConfigNode& item : reader_.list(key)) {
      const bool wild = item.text.find('*') != std::string::npos;
      const Result<SymbolParts> parts = parse_symbol(item.text);
      const bool clean = std::all_of(item.text.begin(), item.text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == ':' || c == '*';
      });
      if (wild && clean) {
        patterns.push_back(item.text);
      } else if (!wild && parts) {
        patterns.push_back(parts->unified.value);
      } else {
        reader_.problem(item, key, fmt::format("'{}' is neither a symbol nor a pattern", item.text),
                        "write \"BTC/USDT\" or \"*/USDT\"; '*' stands for any characters");
      }
    }
    return patterns;
  }

  SectionReader reader_;
  const ConfigNode& own_;
  const PaperSection* paper_;
  ReadContext& context_;
  BotTemplate bot_;
  std::optional<StrategySchema> schema_;
};

const double* value_of(const BotConfig& bot, std::string_view name) {
  for (const StrategyParameter& parameter : bot.parameters)
    if (parameter.name == name) return &parameter.value;
  return nullptr;
}

// Once per template: a fleet of a thousand has the same mistake a thousand times.
void check_order(const std::vector<BotConfig>& bots, const ConfigNode& table,
                 ReadContext& context) {
  for (const StrategySchema& schema : context.catalogue.schemas()) {
    if (bots.empty() || schema.name != rule::name_of(bots.front().strategy)) continue;
    for (const ParameterOrder& order : schema.ordered) {
      const auto wrong = std::find_if(bots.begin(), bots.end(), [&](const BotConfig& bot) {
        const double* smaller = value_of(bot, order.smaller);
        const double* larger = value_of(bot, order.larger);
        return smaller != nullptr && larger != nullptr && *smaller >= *larger;
      });
      if (wrong == bots.end()) continue;
      const ConfigNode* parameters = table.find("parameters");
      context.problems.add(parameters != nullptr ? parameters->place : table.place,
                           "bot.parameters",
                           fmt::format("{} = {} is not below {} = {} in bot {}", order.smaller,
                                       *value_of(*wrong, order.smaller), order.larger,
                                       *value_of(*wrong, order.larger), wrong->id.value),
                           fmt::format("make {} smaller than {}", order.smaller, order.larger));
    }
  }
}

// Whether the strategy makes sense on the bots' timeframe and with their parameters. The first one
// for which it does not: a fleet of a thousand has the same mistake a thousand times.
void check_strategy(const std::vector<BotConfig>& bots, const ConfigNode& table,
                    ReadContext& context) {
  const BotConfig* checked = nullptr;
  for (const BotConfig& bot : bots) {
    if (checked != nullptr && checked->parameters == bot.parameters) continue;
    checked = &bot;
    const auto strategy = context.catalogue.find(bot.strategy);
    if (strategy == nullptr) return;
    const auto prepared = strategy->prepared(bot);
    if (prepared) continue;
    const Error& error = prepared.error();
    const ConfigNode* parameters = table.find("parameters");
    if (parameters == nullptr) parameters = table.find("strategy");
    return context.problems.add(
        parameters->place, "bot.parameters",
        fmt::format("{} cannot run bot {} on {}: {}", rule::name_of(bot.strategy), bot.id.value,
                    to_string(bot.timeframe), error.message),
        error.fix);
  }
}

// Empty: the exchange has candles of this timeframe; else what to do about it.
std::string_view fix_of(Timeframe timeframe, ExchangeKind kind) {
  const bool is_bybit = kind == ExchangeKind::kBybitSpot || kind == ExchangeKind::kBybitLinear;
  if (!is_bybit || exchange::bybit::interval_name(timeframe)) return {};
  return exchange::bybit::kIntervalFix;
}

// Candles that a bot, or its strategy, wants to look at must be there: else every check would fail,
// or wait for them for ever. One bot of a template stands for all.
void check_timeframes(const std::vector<BotConfig>& bots, const ConfigNode& table,
                      ReadContext& context) {
  if (bots.empty()) return;
  const BotConfig& bot = bots.front();
  const std::string_view venue = to_string(context.exchange);
  const auto refuse = [&](std::string_view key, std::string message, std::string_view fix) {
    const ConfigNode* const written = table.find(key);
    context.problems.add(written != nullptr ? written->place : table.place,
                         fmt::format("bot.{}", key), std::move(message), std::string(fix));
  };
  if (const auto fix = fix_of(bot.timeframe, context.exchange); !fix.empty())
    refuse("timeframe", fmt::format("{} has no candles of {}", venue, to_string(bot.timeframe)),
           fix);
  std::shared_ptr<const Strategy> strategy = context.catalogue.find(bot.strategy);
  if (strategy == nullptr) return;
  const auto prepared = strategy->prepared(bot);
  if (!prepared) return;  // check_strategy() says why
  if (*prepared != nullptr) strategy = *prepared;
  for (const HigherSeries& higher : strategy->needs(bot).higher)
    if (const auto fix = fix_of(higher.timeframe, context.exchange); !fix.empty())
      refuse("strategy",
             fmt::format("{} looks at candles of {}, which {} does not have",
                         rule::name_of(bot.strategy), to_string(higher.timeframe), venue),
             fix);
}

void check_overcommitment(const std::vector<BotConfig>& bots, const PaperSection& paper,
                          const Place& place, ReadContext& context) {
  std::map<std::string, Decimal> allocated;
  for (const BotConfig& bot : bots)
    if (bot.status != BotStatus::kArchived)
      if (const Result<SymbolParts> parts = parse_symbol(bot.symbol.value))
        allocated[parts->quote.value] += bot.allocation.value;
  for (const auto& [quote, sum] : allocated)
    if (sum > paper.start_balance.value)
      context.warnings.add(
          place, "bot.allocation",
          fmt::format("all bots together may stake {} {}, the start balance is {}", to_string(sum),
                      quote, to_string(paper.start_balance)),
          "raise paper.start_balance, or orders will be refused for lack of balance");
}

}  // namespace

std::vector<BotConfig> read_bots(const std::vector<const ConfigNode*>& tables,
                                 const ConfigNode* defaults, const PaperSection* paper,
                                 ReadContext& context) {
  ConfigNode usable;
  if (defaults != nullptr) {
    check_defaults(*defaults, context);
    usable = without_bot_keys(*defaults);
  }
  std::vector<BotConfig> bots;
  std::map<BotId, std::string> places;
  for (const ConfigNode* table : tables) {
    const ConfigNode all = merged(*table, &usable);
    const auto found = BotReader(all, *table, paper, context).read();
    if (!found) continue;
    if (bots.size() + found->symbols.size() * found->count > kBotsMax) {
      context.problems.add(table->place, "bot.count", fmt::format("more than {} bots", kBotsMax),
                           "lower count");
      continue;
    }
    std::vector<BotConfig> expanded = expand(*found);
    check_order(expanded, all, context);
    check_strategy(expanded, all, context);
    check_timeframes(expanded, all, context);
    const ConfigNode& id = *table->find("id");
    for (BotConfig& bot : expanded) {
      const std::string where =
          id.from_environment() ? id.place.file : fmt::format("line {}", id.place.line);
      const auto [other, added] = places.emplace(bot.id, where);
      if (!added)
        context.problems.add(
            id.place, "bot.id",
            fmt::format("'{}' is the id of another bot ({})", bot.id.value, other->second),
            "give each bot its own id");
      if (bot.id.value.size() > kIdLengthMax)
        context.problems.add(
            id.place, "bot.id",
            fmt::format("'{}' is longer than {} characters", bot.id.value, kIdLengthMax),
            "shorten the template's id");
      bots.push_back(std::move(bot));
    }
  }
  if (paper != nullptr && !bots.empty())
    check_overcommitment(bots, *paper, tables.front()->place, context);
  return bots;
}

}  // namespace botbox::config
