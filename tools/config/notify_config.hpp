// The sections about people and programs that are told: [notify] and [telegram].
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/time.hpp"
#include "engine/notify/message_shape.hpp"
#include "engine/notify/notice.hpp"

namespace botbox::config {

enum class ApiRole : std::uint8_t { kNone, kRead, kOperate };
constexpr std::string_view to_string(ApiRole role) {
  switch (role) {
    case ApiRole::kNone: return "none";
    case ApiRole::kRead: return "read";
    case ApiRole::kOperate: return "operate";
  }
  return "?";
}

// [[notify.webhook]]: a program that is told.
struct NotifyWebhookSection {
  std::string name;
  WebhookShape shape = WebhookShape::kJson;
  std::string url;          // kDiscord, kSlack: from the environment only, else url_file
  std::string url_file;     // its first line; for the owner alone
  std::string secret;       // kJson: from the environment only, else secret_file; never shown
  std::string secret_file;  // its first line; for the owner alone
  NoticeLevels levels;
  std::map<NoticeKind, std::string> templates;  // kJson

  bool operator==(const NotifyWebhookSection&) const = default;
};

// [notify]
struct NotifySection {
  NoticeLevels levels;  // where a chat or a webhook has none of its own
  Duration age_max{86'400'000};
  std::vector<NotifyWebhookSection> webhooks;  // names are unique

  bool operator==(const NotifySection&) const = default;
};

// [[telegram.chat]]
struct TelegramChatSection {
  std::string name;
  std::int64_t id = 0;  // negative: a group
  ApiRole role = ApiRole::kRead;
  std::vector<std::int64_t> users;  // who may give commands there; empty: whoever writes
  NoticeLevels levels;

  bool operator==(const TelegramChatSection&) const = default;
};

// [telegram]
struct TelegramSection {
  bool is_enabled = true;
  bool has_commands = true;
  std::string url = "https://api.telegram.org";
  std::string token;       // from the environment only, else token_file; never shown
  std::string token_file;  // its first line; for the owner alone
  std::string proxy;       // see proxy_problem(); empty: the environment's
  std::vector<TelegramChatSection> chats;  // at least one; names and ids are unique

  bool operator==(const TelegramSection&) const = default;
};

}  // namespace botbox::config
