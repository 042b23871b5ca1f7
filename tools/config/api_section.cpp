#include <set>
#include <string_view>

#include "tools/config/sections.hpp"
#include "tools/config/server_settings.hpp"

namespace botbox::config {
namespace {

ApiTokenSection read_token(const ConfigNode& table, ReadContext& context) {
  SectionReader reader(table, "api.token", context.problems);
  ApiTokenSection token;
  take(reader.text("name"), token.name);
  if (reader.find("name") == nullptr) reader.missing("name", "write name = \"alice\"");
  const Choices<ApiRole> roles{{"read", ApiRole::kRead}, {"operate", ApiRole::kOperate}};
  take(reader.choice("role", roles), token.role);
  SecretSetting secret =
      read_secret(reader, "API__TOKEN", !token.name.empty(), "alice.token", context);
  token.secret = std::move(secret.secret);
  token.secret_file = std::move(secret.file);
  reader.finish();
  return token;
}

// As browsers send it: scheme, host and perhaps port, nothing behind.
bool is_origin(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (text.starts_with(scheme))
      return text.size() > scheme.size() &&
             text.find_first_of("/*?# ", scheme.size()) == std::string_view::npos;
  return false;
}

bool is_loopback(std::string_view address) {
  return address == "::1" || address.starts_with("127.");
}

// Whoever can reach the port has these rights.
void read_anonymous(SectionReader& reader, ApiSection& api, ExchangeKind kind) {
  const Choices<ApiRole> roles{
      {"none", ApiRole::kNone}, {"read", ApiRole::kRead}, {"operate", ApiRole::kOperate}};
  take(reader.choice("anonymous", roles), api.anonymous);
  if (api.anonymous == ApiRole::kNone) return;
  const ConfigNode& node = *reader.find("anonymous");
  if (!is_loopback(api.address))
    reader.problem(node, "anonymous", "needs an address that only this machine can reach",
                   "write address = \"127.0.0.1\", or give tokens");
  if (api.anonymous == ApiRole::kOperate && kind != ExchangeKind::kPaper)
    reader.problem(node, "anonymous", "lets anybody on this machine trade with real money",
                   "write \"read\" or \"none\"; \"operate\" is for the embedded paper exchange");
}

}  // namespace

ApiSection read_api(const ConfigNode& table, ExchangeKind kind, ReadContext& context) {
  SectionReader reader(table, "api", context.problems);
  ApiSection api;
  read_listen_address(reader, api.address);
  take_count(reader.integer("port", {0, 65'535}), api.port);
  read_certificate(reader, api.certificate_file, api.key_file, context);
  for (const ConfigNode& host : reader.list("hosts")) {
    if (host.text.empty() || host.text.find_first_of("/: ") != std::string::npos)
      reader.problem(host, "hosts", "is not a name of this machine",
                     "write the name alone: bots.example.org");
    api.hosts.push_back(host.text);
  }
  for (const ConfigNode& origin : reader.list("origins")) {
    if (!is_origin(origin.text))
      reader.problem(origin, "origins", "is not the origin of a page",
                     "write scheme, host and port alone: https://frequi.example.org");
    api.origins.push_back(origin.text);
  }
  read_anonymous(reader, api, kind);
  std::set<std::string> names;
  for (const ConfigNode* token : reader.tables("token")) {
    api.tokens.push_back(read_token(*token, context));
    if (!names.insert(api.tokens.back().name).second)
      context.problems.add(token->place, "api.token.name", "two tokens have the same name",
                           "give each its own");
  }
  reader.finish();
  return api;
}

}  // namespace botbox::config
