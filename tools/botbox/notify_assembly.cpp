#include "tools/botbox/notify_assembly.hpp"

#include <spdlog/spdlog.h>

#include <caf/send.hpp>

#include "actors/chat_actor.hpp"
#include "actors/notice_board_actor.hpp"
#include "tools/botbox/secret_file.hpp"

namespace botbox::cli {
namespace {

constexpr Duration kPollWait{25'000};
constexpr Duration kPollSlack{15'000};

actors::OperatorRole chat_role(config::ApiRole role) {
  switch (role) {
    case config::ApiRole::kNone: return actors::OperatorRole::kNone;
    case config::ApiRole::kRead: return actors::OperatorRole::kRead;
    case config::ApiRole::kOperate: return actors::OperatorRole::kOperate;
  }
  return actors::OperatorRole::kNone;
}

Result<std::string> secret_or_file(const std::string& secret, const std::string& file) {
  if (!secret.empty() || file.empty()) return secret;
  return read_secret_file(file);
}

Result<std::vector<actors::NotifierOutlet>> webhook_outlets(const config::EngineConfig& config) {
  std::vector<actors::NotifierOutlet> outlets;
  for (const config::NotifyWebhookSection& section : config.notify.webhooks) {
    actors::WebhookOutlet outlet{.name = section.name,
                                 .shape = section.shape,
                                 .url = {},
                                 .secret = {},
                                 .levels = section.levels,
                                 .templates = section.templates,
                                 .engine = config.engine.name};
    BOTBOX_ASSIGN(outlet.url, secret_or_file(section.url, section.url_file));
    BOTBOX_ASSIGN(outlet.secret, secret_or_file(section.secret, section.secret_file));
    outlets.push_back(actors::webhook_outlet(std::move(outlet)));
  }
  return outlets;
}

void open_chat(const NotificationParts& parts, const config::TelegramSection& section,
               const exchange::TelegramAccount& account, Notifications& made) {
  exchange::HttpOptions options;
  options.timeout = kPollWait + kPollSlack;
  options.proxy = section.proxy;
  made.poll = std::make_shared<exchange::HttpTransport>(options);
  actors::ChatParts chat{.store = parts.store,
                         .journal = parts.engine.journal(),
                         .notifier = made.actors.front(),
                         .observer = parts.board,
                         .epoch = parts.engine.epoch(),
                         .desk = parts.desk,
                         .sender = made.poll,
                         .account = account,
                         .members = {},
                         .poll_wait = kPollWait};
  for (const config::TelegramChatSection& one : section.chats)
    chat.members.push_back({one.id, one.name, chat_role(one.role), one.users});
  made.actors.push_back(
      parts.system.spawn<actors::ChatActor>(std::cref(parts.clock), std::move(chat)));
}

}  // namespace

void Notifications::stop() {
  for (const caf::actor& one : actors) caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
  actors.clear();
}

Result<NotificationTargets> notification_targets(const config::EngineConfig& config) {
  NotificationTargets targets;
  BOTBOX_ASSIGN(targets.outlets, webhook_outlets(config));
  if (!config.telegram || !config.telegram->is_enabled) return targets;
  const config::TelegramSection& section = *config.telegram;
  exchange::TelegramAccount account;
  account.url = section.url;
  BOTBOX_ASSIGN(account.token, secret_or_file(section.token, section.token_file));
  const auto pace = std::make_shared<MessagePace>(telegram_pace());
  for (const config::TelegramChatSection& chat : section.chats)
    targets.outlets.push_back(actors::telegram_outlet(account, chat.id, chat.levels, pace));
  targets.account = std::move(account);
  return targets;
}

Notifications open_notifications(NotificationTargets targets, const NotificationParts& parts) {
  Notifications made;
  const config::EngineConfig& config = parts.config;
  const std::size_t count = targets.outlets.size();
  if (count == 0) return made;
  exchange::HttpOptions options;
  if (targets.account) options.proxy = config.telegram->proxy;
  made.messages = std::make_shared<exchange::HttpTransport>(options);
  made.actors.push_back(parts.system.spawn<actors::NotifierActor, caf::detached>(
      std::cref(parts.clock),
      actors::NotifierParts{.store = parts.store,
                            .journal = parts.engine.journal(),
                            .observer = parts.board,
                            .epoch = parts.engine.epoch(),
                            .sender = made.messages,
                            .outlets = std::move(targets.outlets)},
      actors::NotifierSettings{.age_max = config.notify.age_max}));
  caf::anon_send(parts.board, actors::FollowAlerts{made.actors.front()});
  if (targets.account && config.telegram->has_commands)
    open_chat(parts, *config.telegram, *targets.account, made);
  spdlog::info("{} {} told of what happens", count, count == 1 ? "target is" : "targets are");
  return made;
}

}  // namespace botbox::cli
