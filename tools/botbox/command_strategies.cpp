// `botbox strategies`: what a bot can name, and the text of one that ships, to be copied.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/botbox/commands.hpp"
#include "tools/botbox/output.hpp"
#include "tools/botbox/text_table.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const StrategySchema& schema, const StrategyId& id) {
  Json parameters = Json::array();
  for (const ParameterSchema& parameter : schema.parameters)
    parameters.push_back({{"name", parameter.name},
                          {"default", parameter.default_value},
                          {"min", parameter.min},
                          {"max", parameter.max},
                          {"integer", parameter.integer},
                          {"help", parameter.help}});
  return {{"name", schema.name},
          {"id", id.value},
          {"description", schema.description},
          {"parameters", std::move(parameters)}};
}

std::string text_of(const StrategySchema& schema) {
  for (const config::ShippedFile& file : config::shipped_files())
    if (file.name == schema.name + ".toml") return std::string(file.text);
  std::string text = fmt::format("# {}, written in C++: {}\n", schema.name, schema.description);
  for (const ParameterSchema& parameter : schema.parameters)
    text += fmt::format("#   {} = {} ({} to {}): {}\n", parameter.name, parameter.default_value,
                        parameter.min, parameter.max, parameter.help);
  return text;
}

int list_all(const StrategyCatalogue& catalogue, bool json) {
  Json all = Json::array();
  TextTable table({{"strategy"}, {"parameters"}, {"what it does"}});
  for (const StrategySchema& schema : catalogue.schemas()) {
    all.push_back(to_json(schema, catalogue.id_of(schema.name)));
    std::string names;
    for (const ParameterSchema& parameter : schema.parameters)
      names += (names.empty() ? "" : ", ") + parameter.name;
    table.add({schema.name, names, schema.description});
  }
  if (json)
    print_json({{"strategies", std::move(all)}});
  else
    print_text(table.text());
  return number(ExitCode::kOk);
}

}  // namespace

int run_strategies(const StrategiesOptions& options) {
  const StrategyCatalogue catalogue = config::shipped_catalogue();
  if (options.name.empty()) return list_all(catalogue, options.json);
  const std::vector<StrategySchema> schemas = catalogue.schemas();
  const auto found = std::find_if(schemas.begin(), schemas.end(),
                                  [&](const StrategySchema& s) { return s.name == options.name; });
  if (found == schemas.end())
    return report_error({ErrorCode::kNotFound,
                         fmt::format("no strategy that ships is called '{}'", options.name),
                         {},
                         "botbox strategies lists them"},
                        format_of(options.json));
  if (!options.json) {
    print_text(text_of(*found));
    return number(ExitCode::kOk);
  }
  Json one = to_json(*found, catalogue.id_of(found->name));
  one["text"] = text_of(*found);
  print_json(one);
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
