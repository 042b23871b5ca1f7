// PostBox: an HttpSender that keeps what it is given and answers as the test says, on virtual time.
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/clock.hpp"
#include "exchange/http/http_sender.hpp"

namespace botbox::test {

class PostBox : public exchange::HttpSender {
 public:
  struct Letter {
    Timestamp at;
    exchange::HttpRequest request;
    nlohmann::json body() const { return nlohmann::json::parse(request.body); }
    std::string text() const { return body().value("text", ""); }
  };

  explicit PostBox(const Clock& clock) : clock_(clock) {}

  void send(const Permit& permit, exchange::HttpRequest request, Answer answer) override {
    CHECK(permit.consume());
    letters.push_back({clock_.now(), std::move(request)});
    const std::string& url = letters.back().request.url;
    if (!silent.empty() && url.find(silent) != std::string::npos)
      return held.push_back(std::move(answer));
    if (answers.empty()) return answer(exchange::HttpResponse{200, R"({"ok":true})", {}});
    Result<exchange::HttpResponse> next = std::move(answers.front());
    answers.pop_front();
    answer(std::move(next));
  }
  void will_say(int status, std::string body = {}, int times = 1) {
    for (int i = 0; i < times; ++i) answers.push_back(exchange::HttpResponse{status, body, {}});
  }
  // Of letters whose address holds this.
  std::vector<std::string> texts(const std::string& to = {}) const {
    std::vector<std::string> found;
    for (const Letter& letter : letters)
      if (letter.request.url.find(to) != std::string::npos) found.push_back(letter.text());
    return found;
  }

  std::vector<Letter> letters;
  std::deque<Result<exchange::HttpResponse>> answers;  // then 200
  std::string silent;        // addresses that hold this are never answered; empty: none
  std::vector<Answer> held;  // their answers

 private:
  const Clock& clock_;
};

}  // namespace botbox::test
