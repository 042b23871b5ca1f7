// What is sent to Telegram, Discord, Slack and programs, how their answers are read, and that no
// problem ever shows an address or a token.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "exchange/messages/message_webhook.hpp"
#include "exchange/messages/telegram_api.hpp"
#include "exchange/venue/signing.hpp"

namespace botbox::exchange {
namespace {

const TelegramAccount kAccount{"https://api.example", "123456:SECRETSECRETSECRET"};

Result<HttpResponse> answered(int status, std::string body, std::vector<std::string> headers = {}) {
  return HttpResponse{status, std::move(body), std::move(headers)};
}

std::string header_of(const HttpRequest& request, const std::string& name) {
  for (const std::string& line : request.headers)
    if (line.starts_with(name + ": ")) return line.substr(name.size() + 2);
  return {};
}

}  // namespace

TEST_CASE("a message to a chat is plain text with its notification on or off") {
  const HttpRequest request = telegram_message(kAccount, -42, "a <b> _c_ \xF0\x9F\x9A\x80", true);
  CHECK(request.method == HttpMethod::kPost);
  CHECK(request.url == "https://api.example/bot123456:SECRETSECRETSECRET/sendMessage");
  const auto body = nlohmann::json::parse(request.body);
  CHECK(body["chat_id"] == -42);
  CHECK(body["text"] == "a <b> _c_ \xF0\x9F\x9A\x80");
  CHECK(body["disable_notification"] == true);
  CHECK_FALSE(body.contains("parse_mode"));
}

TEST_CASE("what came of a message is read from the answer, and its problem holds no secret") {
  using Kind = DeliveryOutcome::Kind;
  struct Row {
    Result<HttpResponse> response;
    Kind kind;
    std::optional<Duration> retry_after;
    std::string problem;
  };
  const std::string limit =
      R"({"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7",)"
      R"("parameters":{"retry_after":7}})";
  const std::vector<Row> table{
      {answered(200, R"({"ok":true})"), Kind::kDelivered, {}, ""},
      {answered(429, limit), Kind::kLater, Duration{7'000}, "Too Many Requests"},
      {answered(429, "nonsense", {"retry-after: 3"}), Kind::kLater, Duration{3'000}, "HTTP 429"},
      {answered(429, "", {"retry-after: 0.65"}), Kind::kLater, Duration{1'000}, "HTTP 429"},
      {answered(429, "", {"retry-after: 1.0"}), Kind::kLater, Duration{2'000}, "HTTP 429"},
      {answered(429, "", {"retry-after: 9999.5"}), Kind::kLater, Duration{3'600'000}, "HTTP 429"},
      {answered(429, "", {"retry-after: -1"}), Kind::kLater, {}, "HTTP 429"},
      {answered(502, ""), Kind::kLater, {}, "HTTP 502"},
      {answered(403, R"({"ok":false,"description":"Forbidden: bot was blocked by the user"})"),
       Kind::kRefused,
       {},
       "blocked by the user"},
      {answered(302, ""), Kind::kRefused, {}, "HTTP 302"},
      {fail(ErrorCode::kOutcomeUnknown, "Timeout was reached",
            "https://api.example/bot123456:SECRETSECRETSECRET/sendMessage"),
       Kind::kLater,
       {},
       "telegram chat 9: Timeout was reached"},
  };
  for (const Row& row : table) {
    CAPTURE(row.problem);
    const DeliveryOutcome outcome = read_telegram_delivery(row.response, 9);
    CHECK(outcome.kind == row.kind);
    CHECK(outcome.retry_after == row.retry_after);
    CHECK_MESSAGE(outcome.problem.find(row.problem) != std::string::npos, outcome.problem);
    CHECK(outcome.problem.find("SECRET") == std::string::npos);
  }
}

TEST_CASE("updates are read in their order; what is no message of a person has no chat") {
  const std::string body =
      R"({"ok":true,"result":[
        {"update_id":11,"message":{"message_id":3,"date":1704067200,"chat":{"id":-5},
         "from":{"id":8,"first_name":"Ann"},"text":"/stop"}},
        {"update_id":10,"message":{"message_id":2,"date":1704067199,"chat":{"id":7},
         "from":{"id":7,"username":"ann"},"text":"/why a\nb"}},
        {"update_id":12,"edited_message":{"text":"/stop"}},
        {"update_id":13,"message":{"photo":[]}}]})";
  const auto updates = read_telegram_updates(answered(200, body));
  REQUIRE(updates.has_value());
  REQUIRE(updates->size() == 4);
  CHECK((*updates)[0].id == 10);
  CHECK((*updates)[0].text == "/why a\nb");
  CHECK((*updates)[0].name == "ann");
  CHECK((*updates)[1].chat == -5);
  CHECK((*updates)[1].user == 8);
  CHECK((*updates)[1].at == Timestamp{1'704'067'200'000});
  CHECK((*updates)[2].chat == 0);
  CHECK((*updates)[3].chat == 0);
}

TEST_CASE("answers to a poll that are none say so, without the token") {
  const auto code_of = [](const Result<HttpResponse>& response) {
    const auto read = read_telegram_updates(response);
    REQUIRE_FALSE(read.has_value());
    CHECK(to_string(read.error()).find("SECRET") == std::string::npos);
    return read.error();
  };
  CHECK(code_of(answered(200, "[")).code == ErrorCode::kInvalidInput);
  CHECK(code_of(answered(200, R"({"ok":true})")).code == ErrorCode::kInvalidInput);
  CHECK(code_of(answered(401, "{}")).code == ErrorCode::kRejected);
  CHECK(code_of(answered(409, "{}")).code == ErrorCode::kRejected);
  CHECK(code_of(answered(500, "{}")).code == ErrorCode::kUnavailable);
  const Error limited = code_of(answered(429, R"({"parameters":{"retry_after":4}})"));
  CHECK(limited.code == ErrorCode::kRateLimited);
  CHECK(limited.fix == "4");
  CHECK(code_of(fail(ErrorCode::kUnavailable, "no route",
                     "https://api.example/bot123456:SECRETSECRETSECRET/getUpdates"))
            .code == ErrorCode::kUnavailable);
}

TEST_CASE("a message to a program is signed over its time and body") {
  const Notice notice{.sequence = 5,
                      .at = {1'704'067'200'000},
                      .kind = NoticeKind::kPositionClosed,
                      .bot = "b",
                      .text = "closed",
                      .event = "position.closed"};
  const std::string body = notice_json(notice, "night");
  const auto json = nlohmann::json::parse(body);
  CHECK(json["id"] == "event-5");
  CHECK(json["kind"] == "position_closed");
  CHECK(json["engine"] == "night");
  const HttpRequest request =
      webhook_request("https://x.example/h", body, notice.id(), "secret", {1'704'067'201'000});
  CHECK(header_of(request, "X-Botbox-Timestamp") == "1704067201000");
  CHECK(header_of(request, "X-Botbox-Event-Id") == "event-5");
  CHECK(header_of(request, "X-Botbox-Signature") ==
        "sha256=" + hmac_sha256_hex("secret", "1704067201000." + body));
  CHECK(header_of(webhook_request("https://x", body, "i", "", {1}), "X-Botbox-Signature").empty());
}

TEST_CASE("messages to Discord and Slack mention nobody and hold no markup of others") {
  const auto discord = nlohmann::json::parse(discord_json("@everyone *hi* a_b", true));
  CHECK(discord["content"] == "```\n@everyone *hi* a_b\n```");
  CHECK(discord["allowed_mentions"]["parse"].empty());
  CHECK(discord["flags"] == 4096 + 4);
  CHECK(nlohmann::json::parse(discord_json("x", false))["flags"] == 4);
  // Nobody ends the block from inside, and the longest text still fits.
  CHECK(nlohmann::json::parse(discord_json("```[a](http://b)", false))["content"] ==
        "```\n'''[a](http://b)\n```");
  const std::string longest(kDiscordTextMax, '`');
  CHECK(nlohmann::json::parse(discord_json(longest, false))["content"].get<std::string>().size() ==
        2'000);
  const auto slack = nlohmann::json::parse(slack_json("<!channel> a & b *c*"));
  CHECK(slack["text"] == "&lt;!channel&gt; a &amp; b *c*");
  CHECK(slack["mrkdwn"] == false);
  CHECK(slack["unfurl_links"] == false);
  CHECK(slack["unfurl_media"] == false);
}

}  // namespace botbox::exchange
