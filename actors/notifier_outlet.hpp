// An outlet: one target of notifications, and how a message to it looks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/notify/message_pace.hpp"
#include "engine/notify/message_shape.hpp"
#include "engine/notify/notice.hpp"
#include "exchange/messages/delivery.hpp"
#include "exchange/messages/telegram_api.hpp"

namespace botbox::actors {

struct OutgoingMessage {
  std::string text;
  bool is_silent = false;
  Notice notice;  // of an outlet that takes them one by one
  Timestamp now;
};

struct NotifierOutlet {
  std::string name;  // unique; of its row in the outbox: "telegram/42", "webhook/ops"
  NoticeLevels levels;
  // Many notices in one message of at most so many UTF-16 units; 0: one by one.
  std::size_t digest_units = 0;
  std::shared_ptr<MessagePace> pace;  // shared by outlets of one sender; knows `name`
  std::function<exchange::HttpRequest(const OutgoingMessage&)> request;
  std::function<exchange::DeliveryOutcome(const Result<exchange::HttpResponse>&)> read;
};

std::string telegram_outlet_name(std::int64_t chat);
NotifierOutlet telegram_outlet(const exchange::TelegramAccount& account, std::int64_t chat,
                               NoticeLevels levels, std::shared_ptr<MessagePace> pace);

struct WebhookOutlet {
  std::string name;
  WebhookShape shape = WebhookShape::kJson;
  std::string url;     // may be a secret
  std::string secret;  // signs kJson; empty: unsigned
  NoticeLevels levels;
  std::map<NoticeKind, std::string> templates;  // kJson; kinds without one: notice_json
  std::string engine;                           // its name
};
NotifierOutlet webhook_outlet(WebhookOutlet settings);

}  // namespace botbox::actors
