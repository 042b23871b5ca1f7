#include "tools/config/strategy_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/strategy/rule/compile.hpp"
#include "engine/strategy/rule/syntax.hpp"

namespace botbox::config {
namespace {

constexpr std::int64_t kLargestParameter = 1'000'000'000;

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 48 && name.front() >= 'a' && name.front() <= 'z' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

class StrategyReader {
 public:
  StrategyReader(const ConfigNode& table, ProblemList& problems)
      : reader_(table, "strategy", problems), problems_(problems) {}

  std::optional<rule::StrategyDefinition> read() {
    definition_.name = read_name(reader_, "write name = \"my_strategy\"").value_or("");
    definition_.description = reader_.text("description").value_or("");
    if (const ConfigNode* parameters = reader_.table("parameters")) read_parameters(*parameters);
    given_ = rule::complete(definition_, {});
    read_regimes();
    const ConfigNode* long_side = reader_.table("long");
    const ConfigNode* short_side = reader_.table("short");
    if (long_side != nullptr) definition_.long_side = read_side(*long_side, "strategy.long");
    if (short_side != nullptr) definition_.short_side = read_side(*short_side, "strategy.short");
    if (long_side == nullptr && short_side == nullptr)
      reader_.missing("long", "write [long] and at least one [[long.factor]]");
    reader_.finish();
    return is_good_ ? std::optional(definition_) : std::nullopt;
  }

 private:
  void problem(const Place& place, std::string key, std::string message, std::string fix) {
    is_good_ = false;
    problems_.add(place, std::move(key), std::move(message), std::move(fix));
  }

  std::optional<std::string> read_name(SectionReader& reader, const std::string& example) {
    const auto name = reader.text("name");
    const ConfigNode* node = reader.find("name");
    if (node == nullptr) reader.missing("name", example);
    is_good_ = is_good_ && name.has_value();
    if (name && !is_plain_name(*name))
      problem(node->place, reader.dotted("name"), fmt::format("'{}' is not a name", *name),
              "use a-z, 0-9 and '_', a letter first, at most 48");
    return name;
  }

  void read_regimes() {
    const auto& known = rule::kRegimes;
    for (const ConfigNode& node : reader_.list("regimes")) {
      if (std::find(known.begin(), known.end(), node.text) == known.end())
        problem(node.place, "strategy.regimes", fmt::format("'{}' is not a regime", node.text),
                fmt::format("use some of {}", fmt::join(known, ", ")));
      definition_.regimes.push_back(node.text);
    }
  }

  // oversold = 35, or oversold = { default = 35, min = 5, max = 50, help = "..." }.
  void read_parameters(const ConfigNode& table) {
    for (const ConfigNode& node : table.children) {
      const std::string path = "strategy.parameters." + node.key;
      if (!is_plain_name(node.key) || rule::is_reserved(node.key))
        problem(node.key_place, path,
                rule::is_reserved(node.key) ? "is a word of the rules already" : "is not a name",
                "choose another name of a-z, 0-9 and '_'");
      ParameterSchema schema{.name = node.key,
                             .default_value = 0,
                             .min = -static_cast<double>(kLargestParameter),
                             .max = static_cast<double>(kLargestParameter),
                             .integer = false,
                             .help = {}};
      const DecimalRange any{.min = Decimal::from_int(-kLargestParameter),
                             .max = Decimal::from_int(kLargestParameter)};
      if (node.kind == NodeKind::kTable) {
        SectionReader reader(node, path, problems_);
        schema.integer = reader.boolean("integer").value_or(false);
        schema.help = reader.text("help").value_or("");
        if (const auto least = reader.decimal("min", any))
          schema.min = to_double_for_indicator(*least);
        if (const auto most = reader.decimal("max", any))
          schema.max = to_double_for_indicator(*most);
        const auto usual = reader.decimal("default", any);
        if (reader.find("default") == nullptr) reader.missing("default", "write default = 14");
        is_good_ = is_good_ && usual.has_value();
        if (usual) schema.default_value = to_double_for_indicator(*usual);
        reader.finish();
      } else {
        SectionReader reader(table, "strategy.parameters", problems_);
        const auto value = reader.decimal(node.key, any);
        is_good_ = is_good_ && value.has_value();
        if (value) schema.default_value = to_double_for_indicator(*value);
      }
      check_bounds(node, schema, path);
      definition_.parameters.push_back(std::move(schema));
    }
  }

  void check_bounds(const ConfigNode& node, const ParameterSchema& schema,
                    const std::string& path) {
    if (schema.default_value < schema.min || schema.default_value > schema.max)
      problem(node.place, path,
              fmt::format("its default {} is not between {} and {}", schema.default_value,
                          schema.min, schema.max),
              "correct default, min or max");
    if (schema.integer && std::floor(schema.default_value) != schema.default_value)
      problem(node.place, path,
              fmt::format("its default {} is not a whole number", schema.default_value),
              "leave out integer = true, or round it");
  }

  rule::SideDefinition read_side(const ConfigNode& table, const std::string& path) {
    rule::SideDefinition side;
    SectionReader reader(table, path, problems_);
    const DecimalRange share{.min = {}, .max = Decimal::from_int(1), .min_included = false};
    if (const auto threshold = reader.ratio("threshold", share))
      side.threshold = to_double_for_indicator(*threshold);
    side.require = read_rule(reader, "require");
    side.exit = read_rule(reader, "exit");
    std::set<std::string> names;
    for (const ConfigNode* node : reader.tables("factor")) {
      rule::FactorDefinition factor = read_factor(*node, path + ".factor");
      if (!names.insert(factor.name).second)
        problem(node->place, path + ".factor",
                fmt::format("'{}' is the name of another factor", factor.name), "rename one");
      side.factors.push_back(std::move(factor));
    }
    if (side.factors.empty())
      problem(table.place, path, "has no factor", "write [[...factor]] with name and when");
    if (side.factors.size() > rule::kMostFactors)
      problem(table.place, path, fmt::format("has more than {} factors", rule::kMostFactors),
              "join some with and, or");
    reader.finish();
    return side;
  }

  rule::FactorDefinition read_factor(const ConfigNode& table, const std::string& path) {
    rule::FactorDefinition factor;
    SectionReader reader(table, path, problems_);
    factor.name = read_name(reader, "write name = \"oversold\"").value_or("");
    const DecimalRange weights{.min = {}, .max = Decimal::from_int(1'000), .min_included = false};
    if (const auto weight = reader.decimal("weight", weights))
      factor.weight = to_double_for_indicator(*weight);
    factor.when = read_rule(reader, "when");
    if (reader.find("when") == nullptr) {
      is_good_ = false;
      reader.missing("when", "write when = 'rsi(14) < 35'");
    }
    reader.finish();
    return factor;
  }

  // Checked on the shortest timeframe: which one a bot has is its own affair.
  std::string read_rule(SectionReader& reader, std::string_view key) {
    const auto text = reader.text(key);
    const ConfigNode* node = reader.find(key);
    if (!text) {
      is_good_ = is_good_ && node == nullptr;
      return {};
    }
    rule::ProgramBuilder builder;
    const auto compiled = rule::compile(*text, {Timeframe{}, given_}, builder);
    if (compiled) {
      check_warm_up(builder.program(), *node, reader.dotted(key));
      return *text;
    }
    const rule::RulePlace at = rule::place_of(compiled.error());
    Place place = node->text_place;
    place.column = at.line == 1 ? place.column + at.column - 1 : at.column;
    place.line += at.line - 1;
    problem(place, reader.dotted(key), compiled.error().message, compiled.error().fix);
    return *text;
  }

  void check_warm_up(const rule::Program& program, const ConfigNode& node, const std::string& key) {
    for (const rule::WarmUp& need : rule::warm_up(program, Timeframe{})) {
      if (need.candles <= rule::kCandlesKept) continue;
      const bool is_bots = need.timeframe == Timeframe{};
      return problem(
          node.text_place, key,
          fmt::format("needs {} candles{}, the engine keeps {}", need.candles,
                      is_bots ? "" : " of " + to_string(need.timeframe), rule::kCandlesKept),
          "use shorter periods, or a longer timeframe");
    }
  }

  SectionReader reader_;
  ProblemList& problems_;
  rule::StrategyDefinition definition_;
  std::vector<StrategyParameter> given_;
  bool is_good_ = true;
};

}  // namespace

std::optional<rule::StrategyDefinition> read_strategy(const ConfigNode& table,
                                                      ProblemList& problems) {
  return StrategyReader(table, problems).read();
}

}  // namespace botbox::config
