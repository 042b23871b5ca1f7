#include "actors/notifier_outlet.hpp"

#include "engine/notify/message_template.hpp"
#include "exchange/messages/message_webhook.hpp"

namespace botbox::actors {
namespace {

constexpr std::size_t kTelegramUnits = 4'000;
// Discord lets 30 messages a minute through a webhook, 5 in 2 s; Slack one a second.
constexpr MessagePace::Rule kDiscordPace{2, Duration{5'000}};
constexpr MessagePace::Rule kSlackPace{1, Duration{1'000}};
constexpr MessagePace::Rule kProgramPace{50, Duration{1'000}};

std::string body_of(const WebhookOutlet& outlet, const OutgoingMessage& message) {
  switch (outlet.shape) {
    case WebhookShape::kDiscord: return exchange::discord_json(message.text, message.is_silent);
    case WebhookShape::kSlack: return exchange::slack_json(message.text);
    case WebhookShape::kJson: break;
  }
  const auto found = outlet.templates.find(message.notice.kind);
  return found == outlet.templates.end()
             ? exchange::notice_json(message.notice, outlet.engine)
             : fill_template(found->second, message.notice, outlet.engine);
}

}  // namespace

std::string telegram_outlet_name(std::int64_t chat) { return fmt::format("telegram/{}", chat); }

NotifierOutlet telegram_outlet(const exchange::TelegramAccount& account, std::int64_t chat,
                               NoticeLevels levels, std::shared_ptr<MessagePace> pace) {
  const std::string name = telegram_outlet_name(chat);
  pace->set_target(name, telegram_chat_rules(chat));
  return {.name = name,
          .levels = levels,
          .digest_units = kTelegramUnits,
          .pace = std::move(pace),
          .request =
              [account, chat](const OutgoingMessage& message) {
                return exchange::telegram_message(account, chat, message.text, message.is_silent);
              },
          .read =
              [chat](const Result<exchange::HttpResponse>& response) {
                return exchange::read_telegram_delivery(response, chat);
              }};
}

NotifierOutlet webhook_outlet(WebhookOutlet settings) {
  const MessagePace::Rule pace = settings.shape == WebhookShape::kDiscord ? kDiscordPace
                                 : settings.shape == WebhookShape::kSlack ? kSlackPace
                                                                          : kProgramPace;
  const std::string name = "webhook/" + settings.name;
  return {.name = name,
          .levels = settings.levels,
          .digest_units = settings.shape == WebhookShape::kDiscord ? exchange::kDiscordTextMax
                          : settings.shape == WebhookShape::kSlack ? exchange::kSlackTextMax
                                                                   : 0,
          .pace = std::make_shared<MessagePace>(pace),
          .request =
              [settings](const OutgoingMessage& message) {
                exchange::HttpRequest request =
                    exchange::webhook_request(settings.url, body_of(settings, message),
                                              message.notice.id(), settings.secret, message.now);
                // Also for a template that does not ask.
                if (const std::uint64_t left_out = message.notice.left_out; left_out > 0)
                  request.headers.push_back(fmt::format("X-Botbox-Left-Out: {}", left_out));
                return request;
              },
          .read =
              [name](const Result<exchange::HttpResponse>& response) {
                return exchange::read_delivery(response, name);
              }};
}

}  // namespace botbox::actors
