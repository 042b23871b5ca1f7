#include "tests/support/bot_api.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>

#include "exchange/http/http_server.hpp"

namespace botbox::test {
namespace {
using ApiJson = nlohmann::ordered_json;
constexpr std::string_view kBotName = "StandInBot";
}  // namespace

struct BotApi::State {
  std::string token;
  mutable std::mutex mutex;
  mutable std::condition_variable heard;
  std::vector<SentMessage> messages;
  std::deque<ApiJson> updates;
  std::vector<exchange::HttpResponder> held;   // sendMessages that are never answered
  std::vector<exchange::HttpResponder> polls;  // that wait for an update
  std::int64_t next_update = 1;
  std::size_t attempts = 0;
  std::size_t polled = 0;
  int throttled = 0;
  int retry_after = 0;
  int failing = 0;
  bool is_held = false;
  bool is_swallowing = false;
  std::unique_ptr<exchange::HttpServer> server;

  static exchange::HttpAnswer ok(ApiJson result) {
    return {.body = ApiJson{{"ok", true}, {"result", std::move(result)}}.dump()};
  }
  static exchange::HttpAnswer error(int status, const std::string& words, ApiJson parameters) {
    ApiJson body{{"ok", false}, {"error_code", status}, {"description", words}};
    if (!parameters.empty()) body["parameters"] = std::move(parameters);
    return {.status = status, .body = body.dump()};
  }

  void handle(const exchange::HttpServerRequest& request,
              const exchange::HttpResponder& responder) {
    const std::lock_guard lock(mutex);
    const std::string prefix = "/bot" + token + "/";
    if (!request.target.starts_with(prefix))
      return responder.answer(error(401, "Unauthorized", {}));
    const ApiJson body = ApiJson::parse(request.body);
    if (request.target.substr(prefix.size()) == "getMe")
      return responder.answer(ok({{"id", 123456}, {"is_bot", true}, {"username", kBotName}}));
    if (request.target.substr(prefix.size()) == "getUpdates") return poll(body, responder);
    if (request.target.substr(prefix.size()) == "sendMessage") return send(body, responder);
    responder.answer(error(404, "Not Found", {}));
  }

  void send(const ApiJson& body, const exchange::HttpResponder& responder) {
    ++attempts;
    heard.notify_all();
    if (is_held) return held.push_back(responder);
    if (throttled > 0) {
      --throttled;
      return responder.answer(error(429,
                                    fmt::format("Too Many Requests: retry after {}", retry_after),
                                    {{"retry_after", retry_after}}));
    }
    if (failing > 0) {
      --failing;
      return responder.answer(error(502, "Bad Gateway", {}));
    }
    if (body.at("text").get<std::string>().empty())
      return responder.answer(error(400, "Bad Request: message text is empty", {}));
    messages.push_back({body.at("chat_id"), body.at("text"), body.at("disable_notification")});
    heard.notify_all();
    if (is_swallowing) return held.push_back(responder);
    responder.answer(ok({{"message_id", messages.size()}}));
  }

  void poll(const ApiJson& body, const exchange::HttpResponder& responder) {
    ++polled;
    const std::int64_t offset = body.at("offset");
    while (!updates.empty() && updates.front().at("update_id") < offset) updates.pop_front();
    if (updates.empty()) return polls.push_back(responder);
    responder.answer(ok(ApiJson(updates)));
  }

  void release_polls() {
    for (const exchange::HttpResponder& one : polls) one.answer(ok(ApiJson(updates)));
    polls.clear();
  }
};

BotApi::BotApi(std::string token, std::uint16_t port) : state_(std::make_shared<State>()) {
  state_->token = std::move(token);
  auto server =
      exchange::HttpServer::start({.port = port, .limits = {.answer_timeout = Duration{120'000}}},
                                  [state = state_.get()](const exchange::HttpServerRequest& request,
                                                         const exchange::HttpResponder& responder) {
                                    state->handle(request, responder);
                                  });
  REQUIRE(server.has_value());
  state_->server = std::move(*server);
}

BotApi::~BotApi() { state_->server->stop(Duration{0}); }

std::uint16_t BotApi::port() const { return state_->server->port(); }
std::string BotApi::url() const { return fmt::format("http://127.0.0.1:{}", port()); }

void BotApi::write(std::int64_t chat, std::int64_t user, const std::string& text,
                   std::int64_t seconds) {
  const std::lock_guard lock(state_->mutex);
  state_->updates.push_back({{"update_id", state_->next_update++},
                             {"message",
                              {{"message_id", 1},
                               {"date", seconds},
                               {"chat", {{"id", chat}, {"type", "private"}}},
                               {"from", {{"id", user}, {"username", "somebody"}}},
                               {"text", text}}}});
  state_->release_polls();
}

void BotApi::throttle(int messages, int retry_after) {
  const std::lock_guard lock(state_->mutex);
  state_->throttled = messages;
  state_->retry_after = retry_after;
}
void BotApi::fail(int messages) {
  const std::lock_guard lock(state_->mutex);
  state_->failing = messages;
}
void BotApi::hold(bool is_on) {
  const std::lock_guard lock(state_->mutex);
  state_->is_held = is_on;
}

void BotApi::swallow_answers(bool is_on) {
  const std::lock_guard lock(state_->mutex);
  state_->is_swallowing = is_on;
}

std::vector<SentMessage> BotApi::messages() const {
  const std::lock_guard lock(state_->mutex);
  return state_->messages;
}
std::size_t BotApi::attempts() const {
  const std::lock_guard lock(state_->mutex);
  return state_->attempts;
}
std::size_t BotApi::polls() const {
  const std::lock_guard lock(state_->mutex);
  return state_->polled;
}

bool BotApi::hears(const std::string& words) const {
  std::unique_lock lock(state_->mutex);
  return state_->heard.wait_for(lock, std::chrono::minutes(1), [&] {
    for (const SentMessage& message : state_->messages)
      if (message.text.find(words) != std::string::npos) return true;
    return false;
  });
}

bool BotApi::was_tried(std::size_t attempts) const {
  std::unique_lock lock(state_->mutex);
  return state_->heard.wait_for(lock, std::chrono::minutes(1),
                                [&] { return state_->attempts >= attempts; });
}

}  // namespace botbox::test
