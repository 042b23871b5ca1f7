#include "exchange/messages/telegram_api.hpp"

#include <simdjson.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/short_text.hpp"

namespace botbox::exchange {
namespace {

namespace dom = simdjson::dom;

std::string telegram_url(const TelegramAccount& account, std::string_view method) {
  return fmt::format("{}/bot{}/{}", account.url, account.token, method);
}

HttpRequest telegram_post(const TelegramAccount& account, std::string_view method,
                          const nlohmann::ordered_json& body) {
  return {HttpMethod::kPost,
          telegram_url(account, method),
          {"Content-Type: application/json"},
          body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

struct TelegramProblem {
  std::optional<Duration> retry_after;
  std::string description;
};

// Of an answer that is not "ok"; words of the API, which never hold the token.
TelegramProblem problem_in(const std::string& body) {
  TelegramProblem problem;
  dom::parser parser;
  dom::element root;
  if (parser.parse(body).get(root) != simdjson::SUCCESS) return problem;
  std::string_view text;
  if (root["description"].get_string().get(text) == simdjson::SUCCESS)
    problem.description = short_text(text);
  std::int64_t seconds = 0;
  if (root["parameters"]["retry_after"].get_int64().get(seconds) == simdjson::SUCCESS)
    problem.retry_after = Duration{std::clamp<std::int64_t>(seconds, 0, 3'600) * 1'000};
  return problem;
}

// Zero: it is no whole number, or not there.
std::int64_t whole(simdjson::simdjson_result<std::int64_t> read) {
  std::int64_t value = 0;
  return std::move(read).get(value) == simdjson::SUCCESS ? value : 0;
}

TelegramUpdate update_of(const dom::element& element) {
  TelegramUpdate update;
  update.id = whole(element["update_id"].get_int64());
  dom::element message;
  if (element["message"].get(message) != simdjson::SUCCESS) return update;
  std::string_view text;
  if (message["text"].get_string().get(text) != simdjson::SUCCESS) return update;
  update.text = text;
  update.chat = whole(message["chat"]["id"].get_int64());
  update.user = whole(message["from"]["id"].get_int64());
  std::string_view name;
  if (message["from"]["username"].get_string().get(name) == simdjson::SUCCESS ||
      message["from"]["first_name"].get_string().get(name) == simdjson::SUCCESS)
    update.name = short_text(name);
  // Beyond the year 9999 is nobody's clock.
  update.at = {std::clamp<std::int64_t>(whole(message["date"].get_int64()), 0, 253'402'300'799) *
               1'000};
  return update;
}

Result<void> check_telegram_answer(const Result<HttpResponse>& response, const std::string& where) {
  if (!response) return fail(ErrorCode::kUnavailable, response.error().message, where);
  if (response->status == 200) return {};
  const TelegramProblem problem = problem_in(response->body);
  const std::string said =
      fmt::format("HTTP {}{}{}", response->status, problem.description.empty() ? "" : ", ",
                  problem.description);
  if (response->status == 429)
    return fail(ErrorCode::kRateLimited, said, where,
                std::to_string(problem.retry_after.value_or(Duration{1'000}).count() / 1'000));
  const bool is_refused = response->status >= 400 && response->status < 500;
  return fail(is_refused ? ErrorCode::kRejected : ErrorCode::kUnavailable, said, where,
              is_refused ? "check the token, and that nobody else polls with it" : "");
}

}  // namespace

HttpRequest telegram_message(const TelegramAccount& account, std::int64_t chat,
                             std::string_view text, bool is_silent) {
  return telegram_post(account, "sendMessage",
                       {{"chat_id", chat},
                        {"text", text},
                        {"disable_notification", is_silent},
                        {"link_preview_options", {{"is_disabled", true}}}});
}

DeliveryOutcome read_telegram_delivery(const Result<HttpResponse>& response, std::int64_t chat) {
  DeliveryOutcome outcome = read_delivery(response, fmt::format("telegram chat {}", chat));
  if (!response || outcome.kind == DeliveryOutcome::Kind::kDelivered) return outcome;
  const TelegramProblem problem = problem_in(response->body);
  if (problem.retry_after) outcome.retry_after = problem.retry_after;
  if (!problem.description.empty()) outcome.problem += ", " + problem.description;
  return outcome;
}

HttpRequest telegram_updates(const TelegramAccount& account, std::int64_t offset, Duration wait) {
  return telegram_post(account, "getUpdates",
                       {{"offset", offset},
                        {"timeout", wait.count() / 1'000},
                        {"limit", 100},
                        {"allowed_updates", {"message"}}});
}

Result<std::vector<TelegramUpdate>> read_telegram_updates(const Result<HttpResponse>& response) {
  const std::string where = "telegram getUpdates";
  BOTBOX_TRY(check_telegram_answer(response, where));
  dom::parser parser;
  dom::element root;
  dom::array list;
  if (parser.parse(response->body).get(root) != simdjson::SUCCESS ||
      root["result"].get_array().get(list) != simdjson::SUCCESS)
    return fail(ErrorCode::kInvalidInput, "the answer holds no list of updates", where);
  std::vector<TelegramUpdate> updates;
  for (const dom::element element : list) updates.push_back(update_of(element));
  std::ranges::stable_sort(updates, {}, &TelegramUpdate::id);
  return updates;
}

HttpRequest telegram_name(const TelegramAccount& account) {
  return telegram_post(account, "getMe", nlohmann::ordered_json::object());
}

Result<std::string> read_telegram_name(const Result<HttpResponse>& response) {
  const std::string where = "telegram getMe";
  BOTBOX_TRY(check_telegram_answer(response, where));
  dom::parser parser;
  dom::element root;
  std::string_view name;
  if (parser.parse(response->body).get(root) != simdjson::SUCCESS ||
      root["result"]["username"].get_string().get(name) != simdjson::SUCCESS || name.empty())
    return fail(ErrorCode::kInvalidInput, "the answer holds no name of a bot", where);
  return std::string(name);
}

}  // namespace botbox::exchange
