#include <fmt/format.h>

#include <charconv>
#include <set>
#include <string_view>

#include "engine/notify/message_template.hpp"
#include "tools/config/sections.hpp"
#include "tools/config/server_settings.hpp"

namespace botbox::config {
namespace {

bool is_http_address(std::string_view url) {
  return (url.starts_with("https://") && url.size() > 8) ||
         (url.starts_with("http://") && url.size() > 7);
}

// Changes those kinds that the table names.
void read_levels(SectionReader& reader, const std::string& path, NoticeLevels& levels,
                 ReadContext& context) {
  const ConfigNode* table = reader.table("levels");
  if (table == nullptr) return;
  SectionReader kinds(*table, path, context.problems);
  const Choices<NoticeLevel> choices{
      {"on", NoticeLevel::kOn}, {"silent", NoticeLevel::kSilent}, {"off", NoticeLevel::kOff}};
  for (std::size_t kind = 0; kind < kNoticeKinds; ++kind)
    take(kinds.choice(to_string(static_cast<NoticeKind>(kind)), choices), levels.by_kind[kind]);
  kinds.finish();
}

void read_templates(SectionReader& reader, NotifyWebhookSection& webhook, ReadContext& context) {
  const ConfigNode* table = reader.table("templates");
  if (table == nullptr) return;
  if (webhook.shape != WebhookShape::kJson)
    reader.problem(*table, "templates", "are for the shape json", "leave it out");
  SectionReader kinds(*table, "notify.webhook.templates", context.problems);
  for (std::size_t i = 0; i < kNoticeKinds; ++i) {
    const auto kind = static_cast<NoticeKind>(i);
    const auto text = kinds.text(to_string(kind));
    if (!text) continue;
    for (const std::string& name : unknown_fields(*text))
      kinds.problem(*kinds.find(to_string(kind)), to_string(kind),
                    fmt::format("'{{{}}}' is no field of a notice", name),
                    "id, sequence, kind, event, bot, text, at, at_ms or engine");
    webhook.templates.emplace(kind, *text);
  }
  kinds.finish();
}

void read_webhook_address(SectionReader& reader, NotifyWebhookSection& webhook,
                          const ReadContext& context) {
  take(reader.text("url"), webhook.url);
  webhook.url_file = read_path(reader, "url_file", context);
  const ConfigNode* url = reader.find("url");
  if (url == nullptr && reader.find("url_file") == nullptr)
    return reader.missing("url", "write url = \"https://...\", or url_file = \"ops.url\"");
  if (url == nullptr) return;
  if (!is_http_address(webhook.url))
    reader.problem(*url, "url", "is no address", "write https://host/path");
  if (webhook.shape != WebhookShape::kJson && !url->from_environment())
    reader.problem(*url, "url",
                   "must not stand in the configuration: whoever has it may write there",
                   "set BOTBOX__NOTIFY__WEBHOOK__<its name>__URL, or write url_file = \"ops.url\"");
}

NotifyWebhookSection read_notify_webhook(const ConfigNode& table, const NoticeLevels& levels,
                                         ReadContext& context) {
  SectionReader reader(table, "notify.webhook", context.problems);
  NotifyWebhookSection webhook;
  webhook.levels = levels;
  take(reader.text("name"), webhook.name);
  if (reader.find("name") == nullptr) reader.missing("name", "write name = \"ops\"");
  const Choices<WebhookShape> shapes{{"json", WebhookShape::kJson},
                                     {"discord", WebhookShape::kDiscord},
                                     {"slack", WebhookShape::kSlack}};
  take(reader.choice("shape", shapes), webhook.shape);
  read_webhook_address(reader, webhook, context);
  if (webhook.shape == WebhookShape::kJson) {
    SecretSetting secret =
        read_secret(reader, "NOTIFY__WEBHOOK", !webhook.name.empty(), "ops.secret", context);
    webhook.secret = std::move(secret.secret);
    webhook.secret_file = std::move(secret.file);
  }
  read_levels(reader, "notify.webhook.levels", webhook.levels, context);
  read_templates(reader, webhook, context);
  reader.finish();
  return webhook;
}

void read_users(SectionReader& reader, TelegramChatSection& chat) {
  for (const ConfigNode& item : reader.list("users")) {
    std::int64_t id = 0;
    const char* const end = item.text.data() + item.text.size();
    const auto [stop, error] = std::from_chars(item.text.data(), end, id);
    if (error != std::errc{} || stop != end)
      reader.problem(item, "users", fmt::format("'{}' is no id of a user", item.text),
                     "write the number that Telegram gives to that person");
    chat.users.push_back(id);
  }
}

TelegramChatSection read_chat(const ConfigNode& table, const NoticeLevels& levels,
                              ReadContext& context) {
  SectionReader reader(table, "telegram.chat", context.problems);
  TelegramChatSection chat;
  chat.levels = levels;
  take(reader.text("name"), chat.name);
  if (reader.find("name") == nullptr) reader.missing("name", "write name = \"alice\"");
  take(reader.integer("id", {INT64_MIN, INT64_MAX}), chat.id);
  if (reader.find("id") == nullptr)
    reader.missing("id",
                   "write the number of the chat; the engine's log names chats that it refuses");
  const Choices<ApiRole> roles{
      {"none", ApiRole::kNone}, {"read", ApiRole::kRead}, {"operate", ApiRole::kOperate}};
  take(reader.choice("role", roles), chat.role);
  read_users(reader, chat);
  read_levels(reader, "telegram.chat.levels", chat.levels, context);
  reader.finish();
  return chat;
}

void read_token(SectionReader& reader, TelegramSection& telegram, const ReadContext& context) {
  constexpr std::string_view kFix =
      "set BOTBOX__TELEGRAM__TOKEN, or write token_file = \"telegram.token\"";
  take(reader.text("token"), telegram.token);
  telegram.token_file = read_path(reader, "token_file", context);
  const ConfigNode* token = reader.find("token");
  if (token == nullptr && reader.find("token_file") == nullptr)
    return reader.missing("token_file", std::string(kFix));
  if (token == nullptr) return;
  if (!token->from_environment())
    reader.problem(*token, "token", "must not stand in the configuration", std::string(kFix));
  if (telegram.token.find(':') == std::string::npos ||
      telegram.token.find_first_of("/?# ") != std::string::npos)
    reader.problem(*token, "token", "is no token of a bot", "take the one that BotFather gave");
}

}  // namespace

NotifySection read_notify(const ConfigNode& table, ReadContext& context) {
  SectionReader reader(table, "notify", context.problems);
  NotifySection notify;
  read_levels(reader, "notify.levels", notify.levels, context);
  take(reader.duration("age_max", {.min = Duration{60'000}, .max = Duration{86'400'000LL * 30}}),
       notify.age_max);
  std::set<std::string> names;
  for (const ConfigNode* webhook : reader.tables("webhook")) {
    notify.webhooks.push_back(read_notify_webhook(*webhook, notify.levels, context));
    if (!names.insert(notify.webhooks.back().name).second)
      context.problems.add(webhook->place, "notify.webhook.name", "two have the same name",
                           "give each its own");
  }
  reader.finish();
  return notify;
}

// freqtrade's chat_id: one chat, which is told and may look.
void read_only_chat(SectionReader& reader, const NoticeLevels& levels, TelegramSection& telegram) {
  const ConfigNode* const node = reader.find("chat_id");
  if (node == nullptr) return;
  if (!telegram.chats.empty())
    return reader.problem(*node, "chat_id", "stands beside [[telegram.chat]]",
                          "keep one of the two");
  TelegramChatSection chat;
  chat.name = "main";
  chat.levels = levels;
  take(reader.integer("chat_id", {INT64_MIN, INT64_MAX}), chat.id);
  telegram.chats.push_back(std::move(chat));
}

TelegramSection read_telegram(const ConfigNode& table, const NoticeLevels& levels,
                              ReadContext& context) {
  SectionReader reader(table, "telegram", context.problems);
  TelegramSection telegram;
  take(reader.boolean("enabled"), telegram.is_enabled);
  take(reader.boolean("commands"), telegram.has_commands);
  take(reader.text("url"), telegram.url);
  if (const ConfigNode* url = reader.find("url");
      url != nullptr && (!is_http_address(telegram.url) || telegram.url.ends_with('/')))
    reader.problem(*url, "url", "is no address", "write https://host, without a slash at its end");
  take(reader.proxy("proxy"), telegram.proxy);
  read_token(reader, telegram, context);
  std::set<std::string> names;
  std::set<std::int64_t> ids;
  for (const ConfigNode* chat : reader.tables("chat")) {
    telegram.chats.push_back(read_chat(*chat, levels, context));
    const bool is_new_name = names.insert(telegram.chats.back().name).second;
    if (!ids.insert(telegram.chats.back().id).second || !is_new_name)
      context.problems.add(chat->place, "telegram.chat", "two chats have the same name or id",
                           "give each its own");
  }
  read_only_chat(reader, levels, telegram);
  if (telegram.chats.empty() && reader.find("chat") == nullptr)
    reader.missing("chat", "add [[telegram.chat]] with name, id and role");
  reader.finish();
  return telegram;
}

}  // namespace botbox::config
