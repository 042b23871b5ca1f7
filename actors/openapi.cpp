#include "actors/openapi.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "actors/list_filters.hpp"
#include "actors/openapi_schemas.hpp"
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
    ArgumentHelp{"status", "a state of the record", ""},
    ArgumentHelp{"symbol", "ccxt's unified name; BTCUSDT, BTCUSDT.P, BTC-USDT count as well",
                 "BTC/USDT"},
    ArgumentHelp{"reason", "why; of locks: of which reason those are that end", "maintenance"},
    ArgumentHelp{"group", "pending, filtered, executed or failed", "executed"},
    ArgumentHelp{"kind", "events whose kind starts with this", "operator."},
    ArgumentHelp{"sort", "id, profit, next_check or position", "profit"},
    ArgumentHelp{"desc", "1: the other way round", "1"},
    ArgumentHelp{"from", "ms since 1970 or ISO-8601, inclusive", "2024-01-31T00:00:00Z"},
    ArgumentHelp{"to", "ms since 1970 or ISO-8601, inclusive", "2024-02-01T00:00:00Z"},
    ArgumentHelp{"limit", "rows on a page, at most 500", "100"},
    ArgumentHelp{"offset", "rows to leave out", "0"},
    ArgumentHelp{"timescale", "how many of them, at most 366", "7"},
    ArgumentHelp{"pair", "the bot's symbol; no other is known", ""},
    ArgumentHelp{"timeframe", "the bot's own; no other is known", ""},
    ArgumentHelp{"cursor", "\"next\" of the page before", ""},
    ArgumentHelp{"after", "only events after this number, oldest first", "17"},
    ArgumentHelp{"points", "of the curve, at most 2000", "200"},
    ArgumentHelp{"at", "14:05, ISO-8601 or ms since 1970; the newest candle closed by then", ""},
    ArgumentHelp{"scope", "fleet, or a symbol as above", "fleet"},
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

const ArgumentHelp* help_of(std::string_view name) {
  const auto* const found = std::ranges::find(kArgumentHelp, name, &ArgumentHelp::name);
  return found != kArgumentHelp.end() ? found : nullptr;
}

constexpr std::string_view kFreqtradePaths = "/api/v1/";
constexpr std::string_view kUpdatedToml =
    "strategy = \"rsi_reversion\"\nsymbol = \"BTC/USDT\"\nallocation = 1000\n"
    "stake_amount = 50\n";

// What lists can be filtered by depends on what they list.
std::string help_text(const VerbArgument& argument, const OperatorRoute& route) {
  if (route.method == "GET" && argument.name == "status")
    return "one of " + states_text(list_filter(route.verb));
  if (route.method == "GET" && argument.name == "reason") return "one of " + reasons_text();
  const ArgumentHelp* help = help_of(argument.name);
  return help != nullptr ? std::string(help->help) : std::string();
}

std::string_view example_of(const VerbArgument& argument, const OperatorRoute& route) {
  if (route.method == "GET" && argument.name == "status")
    return list_filter(route.verb).states.front();
  if (route.method == "GET" && argument.name == "reason") return "STOP_LOSS_HIT";
  if (argument.name == "toml" && route.method == "PUT") return kUpdatedToml;
  if (argument.name == "id" && route.path.starts_with(kFreqtradePaths)) return "1";
  if (argument.name == "bot" && route.method == "PUT") return "new-one";
  const ArgumentHelp* help = help_of(argument.name);
  return help != nullptr ? help->example : std::string_view();
}

Json parameter(const VerbArgument& argument, std::string_view where, const OperatorRoute& route) {
  Json json{{"name", argument.name},
            {"in", where},
            {"required", argument.is_needed},
            {"schema", {{"type", "string"}}}};
  if (const std::string help = help_text(argument, route); !help.empty())
    json["description"] = help;
  const std::string_view example = example_of(argument, route);
  if (!example.empty()) json["example"] = example;
  return json;
}

Json body_of(const std::vector<VerbArgument>& arguments, const OperatorRoute& route) {
  Json properties = Json::object();
  Json example = Json::object();
  Json needed = Json::array();
  for (const VerbArgument& argument : arguments) {
    Json schema{{"type", argument.name == "on" ? "boolean" : "string"}};
    if (const std::string help = help_text(argument, route); !help.empty())
      schema["description"] = help;
    properties[argument.name] = std::move(schema);
    if (argument.name == "on")
      example["on"] = true;
    else if (const auto text = example_of(argument, route);
             !text.empty() && argument.name != "reason")
      example[argument.name] = text;
    if (argument.is_needed) needed.push_back(argument.name);
  }
  Json schema{{"type", "object"}, {"properties", std::move(properties)}};
  // A bot is a body by itself; else nothing needs to be sent where nothing needs to be said.
  const bool is_needed =
      !needed.empty() || route.verb == "create_bot" || route.verb == "update_bot";
  if (!needed.empty()) schema["required"] = std::move(needed);
  return {
      {"required", is_needed},
      {"content", {{"application/json", {{"schema", std::move(schema)}, {"example", example}}}}}};
}

Json answers_of(Json schema, std::string_view description, std::string_view type) {
  Json answers{{"200", {{"description", description}}}};
  answers["200"]["content"][std::string(type)]["schema"] = std::move(schema);
  for (const char* status : {"400", "401", "403", "404", "409", "415", "429", "503"})
    answers[status] = {{"$ref", "#/components/responses/Refused"}};
  return answers;
}

std::string_view method_key(std::string_view method) {
  return method == "GET" ? "get" : method == "PUT" ? "put" : "post";
}

// Some verbs have two paths.
std::string operation_id(const OperatorRoute& route) {
  std::string id(route.verb);
  if (route.path == "/trigger") id += "_now";
  if (route.path.starts_with(kFreqtradePaths) && !id.starts_with("ft_"))
    id = "ft_" + std::string(route.path.substr(kFreqtradePaths.size()));
  return id;
}

Json operation(const OperatorRoute& route) {
  const OperatorVerb& verb = *find_operator_verb(route.verb);
  const bool is_freqtrade = route.path.starts_with(kFreqtradePaths);
  Json json{{"operationId", operation_id(route)},
            {"summary", verb.help},
            {"description", "Needs the role " + std::string(to_string(verb.needs)) + "."}};
  Json parameters = Json::array();
  std::vector<VerbArgument> rest;
  for (VerbArgument& argument : arguments_of(verb)) {
    const bool in_path = route.path.find("{" + argument.name + "}") != std::string_view::npos;
    const bool is_login_s = is_freqtrade && argument.name == "bot";
    if (is_login_s) argument.is_needed = false;  // the login may name it
    if (in_path)
      parameters.push_back(parameter(argument, "path", route));
    else if (route.method == "GET")
      parameters.push_back(parameter(argument, "query", route));
    else if (argument.name != "json")  // the body itself
      rest.push_back(argument);
  }
  if (!parameters.empty()) json["parameters"] = std::move(parameters);
  if (route.method != "GET") json["requestBody"] = body_of(rest, route);
  std::string description = json["description"];
  if (verb.arguments.find("json?") != std::string_view::npos)
    description +=
        " The body is {\"toml\": TEXT}, or the bot itself as an object with the names of [[bot]].";
  if (route.method == "PUT")
    description += " The path says which bot: the body may leave its id out, and names no other.";
  if (is_freqtrade)
    description +=
        " The bot is that of /bots/ID in front of the path, else \"bot\", else the "
        "user name of the login.";
  json["description"] = std::move(description);
  json["responses"] = answers_of(answer_schema(route.verb), verb.help,
                                 route.verb == "prometheus" ? "text/plain" : "application/json");
  return json;
}

Json open_path(std::string_view summary, Json responses) {
  return {{"summary", summary}, {"security", Json::array()}, {"responses", std::move(responses)}};
}

// What needs no role, or no bearer's token.
void add_freqtrade_doors(Json& paths) {
  paths["/api/v1/ping"]["get"] =
      open_path("freqtrade: is somebody there",
                answers_of(schema_of_fields("status:text"), "yes", "application/json"));
  Json login = open_path(
      "freqtrade: tokens for a user name, which is a bot's id, and the secret of "
      "an API token as the password",
      answers_of(schema_of_fields("access_token:text refresh_token:text"),
                 "good for 15 minutes, and for 30 days", "application/json"));
  login["security"] = Json::array({Json{{"basic", Json::array()}}});
  paths["/api/v1/token/login"]["post"] = std::move(login);
  Json refresh = open_path(
      "freqtrade: another access token for the refresh token as the bearer's",
      answers_of(schema_of_fields("access_token:text"), "good for 15 minutes", "application/json"));
  refresh["security"] = Json::array({Json{{"token", Json::array()}}});
  paths["/api/v1/token/refresh"]["post"] = std::move(refresh);
}

Json open_paths() {
  Json paths = Json::object();
  for (const auto& [path, what] :
       {std::pair{"/health", "what works; for whoever watches the process"},
        {"/health/ready",
         "whether it can trade: the fleet is up, the store and its journal answer, the exchange is "
         "reached and has told what it lists"},
        {"/health/live", "whether the actors without which nothing goes on answer"}}) {
    const Json content{{"application/json", {{"schema", answer_schema("health")}}}};
    paths[path]["get"] =
        open_path(what, {{"200", {{"description", "all is well"}, {"content", content}}},
                         {"503", {{"description", "not all is"}, {"content", content}}}});
  }
  paths["/api/stream"]["get"] = {
      {"summary", "every stored event, once it is durable, as server-sent events"},
      {"description", "Needs the role read. The header Last-Event-ID goes on after that event."},
      {"parameters", Json::array({parameter({"after", false}, "query", {})})},
      {"responses",
       {{"200",
         {{"description", "id: number, event: kind, data: the event"},
          {"content", {{"text/event-stream", {{"schema", {{"type", "string"}}}}}}}}},
        {"401", {{"$ref", "#/components/responses/Refused"}}}}}};
  add_freqtrade_doors(paths);
  return paths;
}

Json components() {
  return {{"securitySchemes",
           {{"token", {{"type", "http"}, {"scheme", "bearer"}}},
            {"basic", {{"type", "http"}, {"scheme", "basic"}}}}},
          {"schemas",
           {{"Error",
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
  return {
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "Botbox"},
        {"version", version},
        {"description",
         "Times are integers, milliseconds since 1970 UTC, or ISO-8601 text; amounts are "
         "decimal text. A POST without a token carries the header X-Botbox: 1 and a JSON body."}}},
      {"security", Json::array({Json{{"token", Json::array()}}})},
      {"paths", std::move(paths)},
      {"components", components()}};
}

}  // namespace botbox::actors
