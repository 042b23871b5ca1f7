#include <fmt/format.h>

#include <set>
#include <string_view>

#include "engine/webhook/source_rules.hpp"
#include "tools/config/sections.hpp"
#include "tools/config/value_text.hpp"

namespace botbox::config {
namespace {

std::vector<std::string> read_addresses(SectionReader& reader, std::string_view key) {
  std::vector<std::string> addresses;
  for (const ConfigNode& item : reader.list(key)) {
    if (item.text == "tradingview") {
      const auto& known = tradingview_addresses();
      addresses.insert(addresses.end(), known.begin(), known.end());
    } else if (is_address_pattern(item.text)) {
      addresses.push_back(item.text);
    } else {
      reader.problem(item, key, fmt::format("'{}' is not an address", item.text),
                     "write 52.89.214.238, 10.0.0.0/8, ::1, * or tradingview");
    }
  }
  return addresses;
}

// A path of the file starts at the file. A problem when nothing is there.
std::string read_path(SectionReader& reader, std::string_view key, const ReadContext& context) {
  const auto written = reader.text(key);
  if (!written) return {};
  const ConfigNode& node = *reader.find(key);
  const std::string path =
      node.from_environment() || written->starts_with('/') ? *written : context.folder + *written;
  if (!context.file_exists(path))
    reader.problem(node, key, fmt::format("there is no readable file {}", path),
                   "correct the path; it starts at the folder of this file");
  return path;
}

// Secrets do not belong into a file that is copied, shown and versioned.
void read_secret(SectionReader& reader, WebhookSourceSection& source, ReadContext& context) {
  const std::string fix = fmt::format(
      "set BOTBOX__WEBHOOK__SOURCE__{}__SECRET, or write secret_file = \"webhook.secret\"",
      source.name.empty() ? "NAME" : "<its name>");
  if (const auto secret = reader.text("secret")) source.secret = *secret;
  const ConfigNode* node = reader.find("secret");
  if (node != nullptr && !node->from_environment())
    reader.problem(*node, "secret", "must not stand in the configuration", fix);
  source.secret_file = read_path(reader, "secret_file", context);
  if (node == nullptr && reader.find("secret_file") == nullptr) reader.missing("secret_file", fix);
  if (node != nullptr && source.secret.size() < 8 && node->from_environment())
    reader.problem(*node, "secret", "is too short", "take at least 8 characters, better 32");
}

WebhookSourceSection read_source(const ConfigNode& table, ReadContext& context) {
  SectionReader reader(table, "webhook.source", context.problems);
  WebhookSourceSection source;
  if (const auto name = reader.text("name")) source.name = *name;
  if (reader.find("name") == nullptr) reader.missing("name", "write name = \"tradingview\"");
  read_secret(reader, source, context);
  source.addresses = read_addresses(reader, "addresses");
  if (const auto count = reader.integer("per_minute", {1, 1'000'000}))
    source.per_minute = static_cast<std::uint32_t>(*count);
  if (const ConfigNode* mapping = reader.table("mapping")) {
    SectionReader names(*mapping, "webhook.source.mapping", context.problems);
    for (const std::string_view meaning : alert_meanings())
      if (const auto field = names.text(meaning))
        source.mapping.emplace_back(meaning, to_lower(*field));
    names.finish();
  }
  reader.finish();
  return source;
}

}  // namespace

WebhookSection read_webhook(const ConfigNode& table, ReadContext& context) {
  SectionReader reader(table, "webhook", context.problems);
  WebhookSection webhook;
  if (const auto address = reader.text("address")) {
    webhook.address = *address;
    if (*address == "*" || address->find('/') != std::string::npos || !is_address_pattern(*address))
      reader.problem(*reader.find("address"), "address", "is not an address of this machine",
                     "write 127.0.0.1, 0.0.0.0 or ::");
  }
  if (const auto port = reader.integer("port", {0, 65'535}))
    webhook.port = static_cast<std::uint16_t>(*port);
  webhook.certificate_file = read_path(reader, "certificate_file", context);
  webhook.key_file = read_path(reader, "key_file", context);
  if (webhook.certificate_file.empty() != webhook.key_file.empty())
    reader.problem(reader.node(), webhook.key_file.empty() ? "key_file" : "certificate_file",
                   "is missing: TLS takes a certificate and its key", "name both, or neither");
  webhook.trusted_proxies = read_addresses(reader, "trusted_proxies");
  std::set<std::string> names;
  for (const ConfigNode* source : reader.tables("source")) {
    webhook.sources.push_back(read_source(*source, context));
    if (!names.insert(webhook.sources.back().name).second)
      context.problems.add(source->place, "webhook.source.name", "two sources have the same name",
                           "give each its own");
  }
  if (reader.find("source") == nullptr)
    reader.missing("source", "add [[webhook.source]] with name and secret_file");
  reader.finish();
  return webhook;
}

}  // namespace botbox::config
