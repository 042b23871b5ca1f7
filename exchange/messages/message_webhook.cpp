#include "exchange/messages/message_webhook.hpp"

#include <nlohmann/json.hpp>

#include "exchange/venue/signing.hpp"

namespace botbox::exchange {
namespace {

// Discord's flags of a message.
constexpr int kSuppressEmbeds = 1 << 2;
constexpr int kSuppressNotifications = 1 << 12;
constexpr std::string_view kBlockBegin = "```\n";
constexpr std::string_view kBlockEnd = "\n```";
static_assert(kDiscordTextMax + kBlockBegin.size() + kBlockEnd.size() == 2'000);

// In a block of code nothing is markup but its end.
std::string code_block(std::string_view text) {
  std::string block(kBlockBegin);
  for (const char c : text) block += c == '`' ? '\'' : c;
  return block.append(kBlockEnd);
}

std::string text_of_json(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

std::string notice_json(const Notice& notice, std::string_view engine) {
  nlohmann::ordered_json json{{"id", notice.id()},           {"sequence", notice.sequence},
                              {"at", to_iso8601(notice.at)}, {"kind", to_string(notice.kind)},
                              {"event", notice.event},       {"bot", notice.bot},
                              {"text", notice.text},         {"engine", engine}};
  if (notice.left_out > 0) json["left_out"] = notice.left_out;
  return text_of_json(json);
}

std::string discord_json(std::string_view text, bool is_silent) {
  return text_of_json(
      {{"content", code_block(text)},
       {"allowed_mentions", {{"parse", nlohmann::ordered_json::array()}}},
       {"flags", is_silent ? kSuppressEmbeds | kSuppressNotifications : kSuppressEmbeds}});
}

std::string slack_json(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&')
      escaped += "&amp;";
    else if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else
      escaped += c;
  }
  return text_of_json(
      {{"text", escaped}, {"mrkdwn", false}, {"unfurl_links", false}, {"unfurl_media", false}});
}

HttpRequest webhook_request(const std::string& url, std::string body, std::string_view id,
                            std::string_view secret, Timestamp now) {
  HttpRequest request{HttpMethod::kPost, url, {"Content-Type: application/json"}, std::move(body)};
  request.headers.push_back(fmt::format("X-Botbox-Event-Id: {}", id));
  request.headers.push_back(fmt::format("X-Botbox-Timestamp: {}", now.ms));
  if (!secret.empty())
    request.headers.push_back(
        fmt::format("X-Botbox-Signature: sha256={}",
                    hmac_sha256_hex(secret, fmt::format("{}.{}", now.ms, request.body))));
  return request;
}

}  // namespace botbox::exchange
