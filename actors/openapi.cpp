#include "actors/openapi.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <vector>

#include "actors/operator_desk.hpp"
#include "actors/operator_routes.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;

struct ArgumentHelp {
  std::string_view name;
  std::string_view help;
  std::string_view example;
};
constexpr std::array kArgumentHelp{
    ArgumentHelp{"bot", "id of a bot", "trend-btc"},
    ArgumentHelp{"id", "id of the record", "0f3a"},
    ArgumentHelp{"search", "part of id, name, symbol or strategy", "btc"},
    ArgumentHelp{"status", "a state of the record, as the rows show it", "ACTIVE"},
    ArgumentHelp{"symbol", "ccxt's unified name", "BTC/USDT"},
    ArgumentHelp{"reason", "a reason code of the rows; of commands: why", "maintenance"},
    ArgumentHelp{"kind", "events whose kind starts with this", "operator."},
    ArgumentHelp{"sort", "id, profit, next_check or position", "profit"},
    ArgumentHelp{"desc", "1: the other way round", "1"},
    ArgumentHelp{"from", "ms since 1970 or ISO-8601, inclusive", "2024-01-31T00:00:00Z"},
    ArgumentHelp{"to", "ms since 1970 or ISO-8601, inclusive", "2024-02-01T00:00:00Z"},
    ArgumentHelp{"limit", "rows on a page, at most 500", "100"},
    ArgumentHelp{"cursor", "\"next\" of the page before", ""},
    ArgumentHelp{"after", "only events after this number, oldest first", "17"},
    ArgumentHelp{"points", "of the curve, at most 2000", "200"},
    ArgumentHelp{"at", "ms since 1970 or ISO-8601; the newest candle closed by then", ""},
    ArgumentHelp{"scope", "ready or live", "ready"},
    ArgumentHelp{"mode", "active, reducing (closes only) or halted", "reducing"},
    ArgumentHelp{"on", "true or false", "true"},
    ArgumentHelp{"bots", "so many bots may be in the market at a time, or none: no cap", "5"},
    ArgumentHelp{"order", "an entry costs at most this, in quote currency, or none", "100"},
    ArgumentHelp{"reset", "true, instead of caps: those of the configuration again", ""},
    ArgumentHelp{"toml", "one [[bot]] as in the configuration file",
                 "id = \"new-one\"\nstrategy = \"rsi_reversion\"\nsymbol = \"BTC/USDT\"\n"
                 "allocation = 1000\nstake_amount = 100\n"},
    ArgumentHelp{"decision", "wait, adopt, flatten, ignore or halt", "ignore"},
};

struct Argument {
  std::string name;
  bool is_needed = true;
};

std::vector<Argument> arguments_of(const OperatorVerb& verb) {
  std::vector<Argument> arguments;
  std::istringstream words{std::string(verb.arguments)};
  for (std::string word; words >> word;) {
    const bool is_needed = !word.ends_with('?');
    if (!is_needed) word.pop_back();
    arguments.push_back({word, is_needed});
  }
  return arguments;
}

const ArgumentHelp* help_of(std::string_view name) {
  const auto* const found = std::ranges::find(kArgumentHelp, name, &ArgumentHelp::name);
  return found != kArgumentHelp.end() ? found : nullptr;
}

Json parameter(const Argument& argument, std::string_view where) {
  Json json{{"name", argument.name},
            {"in", where},
            {"required", argument.is_needed},
            {"schema", {{"type", "string"}}}};
  const ArgumentHelp* help = help_of(argument.name);
  if (help == nullptr) return json;
  json["description"] = help->help;
  if (!help->example.empty()) json["example"] = help->example;
  return json;
}

Json body_of(const std::vector<Argument>& arguments) {
  Json properties = Json::object();
  Json example = Json::object();
  Json needed = Json::array();
  for (const Argument& argument : arguments) {
    Json schema{{"type", argument.name == "on" ? "boolean" : "string"}};
    const ArgumentHelp* help = help_of(argument.name);
    if (help != nullptr) schema["description"] = help->help;
    properties[argument.name] = std::move(schema);
    if (argument.name == "on")
      example["on"] = true;
    else if (help != nullptr && !help->example.empty() && argument.name != "reason")
      example[argument.name] = help->example;
    if (argument.is_needed) needed.push_back(argument.name);
  }
  Json schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (!needed.empty()) schema["required"] = std::move(needed);
  return {
      {"required", true},
      {"content", {{"application/json", {{"schema", std::move(schema)}, {"example", example}}}}}};
}

Json responses_of(const OperatorVerb& verb, bool is_list) {
  Json schema{{"type", "object"}};
  if (is_list) schema = {{"$ref", "#/components/schemas/Page"}};
  Json answers{{"200", {{"description", verb.help}}}};
  if (verb.name == "prometheus")
    answers["200"]["content"]["text/plain"]["schema"] = {{"type", "string"}};
  else
    answers["200"]["content"]["application/json"]["schema"] = std::move(schema);
  for (const char* status : {"400", "401", "403", "404", "409", "415", "429", "503"})
    answers[status] = {{"$ref", "#/components/responses/Refused"}};
  return answers;
}

std::string_view method_key(std::string_view method) {
  return method == "GET" ? "get" : method == "PUT" ? "put" : "post";
}

Json operation(const OperatorRoute& route) {
  const OperatorVerb& verb = *find_operator_verb(route.verb);
  Json json{{"operationId", std::string(route.verb) + (route.path == "/trigger" ? "_now" : "")},
            {"summary", verb.help},
            {"description", "Needs the role " + std::string(to_string(verb.needs)) + "."}};
  Json parameters = Json::array();
  std::vector<Argument> rest;
  bool is_list = false;
  for (const Argument& argument : arguments_of(verb)) {
    is_list = is_list || argument.name == "cursor";
    const bool in_path = route.path.find("{" + argument.name + "}") != std::string_view::npos;
    if (in_path)
      parameters.push_back(parameter(argument, "path"));
    else if (route.method == "GET")
      parameters.push_back(parameter(argument, "query"));
    else if (argument.name != "json")  // the body itself
      rest.push_back(argument);
  }
  if (!parameters.empty()) json["parameters"] = std::move(parameters);
  if (route.method != "GET") json["requestBody"] = body_of(rest);
  if (verb.arguments.find("json?") != std::string_view::npos)
    json["description"] =
        json["description"].get<std::string>() +
        " The body is {\"toml\": TEXT}, or the bot itself as an object with the names of [[bot]].";
  json["responses"] = responses_of(verb, is_list);
  return json;
}

Json open_paths() {
  Json paths = Json::object();
  for (const char* path : {"/health", "/health/ready", "/health/live"})
    paths[path]["get"] = {
        {"summary", "what works; for whoever watches the process"},
        {"security", Json::array()},
        {"responses",
         {{"200", {{"description", "all is well"}}}, {"503", {{"description", "not all is"}}}}}};
  paths["/api/stream"]["get"] = {
      {"summary", "every stored event, once it is durable, as server-sent events"},
      {"description", "Needs the role read. The header Last-Event-ID goes on after that event."},
      {"parameters", Json::array({parameter({"after", false}, "query")})},
      {"responses",
       {{"200",
         {{"description", "id: number, event: kind, data: the event"},
          {"content", {{"text/event-stream", {{"schema", {{"type", "string"}}}}}}}}},
        {"401", {{"$ref", "#/components/responses/Refused"}}}}}};
  return paths;
}

Json components() {
  return {{"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}},
          {"schemas",
           {{"Page",
             {{"type", "object"},
              {"required", Json::array({"items", "next"})},
              {"properties",
               {{"items", {{"type", "array"}, {"items", {{"type", "object"}}}}},
                {"next", {{"type", Json::array({"string", "null"})}}}}}}},
            {"Error",
             {{"type", "object"},
              {"required", Json::array({"error"})},
              {"properties",
               {{"error",
                 {{"type", "object"},
                  {"required", Json::array({"code", "message", "fix"})},
                  {"properties",
                   {{"code", {{"type", "string"}}},
                    {"message", {{"type", "string"}}},
                    {"fix", {{"type", "string"}}}}}}}}}}}}},
          {"responses",
           {{"Refused",
             {{"description", "refused; nothing was done"},
              {"content",
               {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}}}}}}};
}

}  // namespace

Json openapi_document(std::string_view version) {
  Json paths = open_paths();
  for (const OperatorRoute& route : operator_routes())
    paths[std::string(route.path)][std::string(method_key(route.method))] = operation(route);
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "Botbox"},
            {"version", version},
            {"description",
             "Times are integers, milliseconds since 1970 UTC, or ISO-8601 text; amounts are "
             "decimal text. A POST without a token carries the header X-Botbox: 1."}}},
          {"security", Json::array({Json{{"token", Json::array()}}})},
          {"paths", std::move(paths)},
          {"components", components()}};
}

}  // namespace botbox::actors
