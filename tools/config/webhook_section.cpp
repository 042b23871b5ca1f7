#include <fmt/format.h>

#include <set>
#include <string_view>

#include "engine/webhook/source_rules.hpp"
#include "tools/config/sections.hpp"
#include "tools/config/server_settings.hpp"
#include "tools/config/value_text.hpp"

namespace botbox::config {
namespace {

// Far below the time for which the ids of alerts are remembered (kIdempotencyRetention).
constexpr Duration kDelayMax{30LL * 86'400'000};

// A list without a bot would be read as "nobody" by some and as "everybody" by others.
std::vector<std::string> read_bots(SectionReader& reader) {
  std::vector<std::string> bots;
  for (const ConfigNode& item : reader.list("bots")) {
    if (!is_bot_pattern(item.text))
      reader.problem(item, "bots", fmt::format("'{}' is not the id of a bot", item.text),
                     "write an id, with * for any characters: \"trend-*\"");
    bots.push_back(item.text);
  }
  if (const ConfigNode* list = reader.find("bots"); list != nullptr && bots.empty())
    reader.problem(*list, "bots", "names no bot", "name at least one, or leave it out: every bot");
  return bots;
}

WebhookSourceSection read_source(const ConfigNode& table, ReadContext& context) {
  SectionReader reader(table, "webhook.source", context.problems);
  WebhookSourceSection source;
  if (const auto name = reader.text("name")) source.name = *name;
  if (reader.find("name") == nullptr) reader.missing("name", "write name = \"tradingview\"");
  SecretSetting secret =
      read_secret(reader, "WEBHOOK__SOURCE", !source.name.empty(), "webhook.secret", context);
  source.secret = std::move(secret.secret);
  source.secret_file = std::move(secret.file);
  source.addresses = read_addresses(reader, "addresses");
  source.bots = read_bots(reader);
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
  read_listen_address(reader, webhook.address);
  if (const auto port = reader.integer("port", {0, 65'535}))
    webhook.port = static_cast<std::uint16_t>(*port);
  read_certificate(reader, webhook.certificate_file, webhook.key_file, context);
  webhook.trusted_proxies = read_addresses(reader, "trusted_proxies");
  // Then any sender could claim any address, and the allow-lists of all sources would be none.
  for (const std::string& proxy : webhook.trusted_proxies)
    if (is_everybody(proxy))
      reader.problem(*reader.find("trusted_proxies"), "trusted_proxies",
                     fmt::format("'{}' would trust everybody", proxy),
                     "name the addresses of your own proxies alone");
  if (const auto ahead = reader.duration("delay_max", {Duration{0}, kDelayMax}))
    webhook.delay_max = *ahead;
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
