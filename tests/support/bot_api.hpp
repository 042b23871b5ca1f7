// BotApi: a small local stand-in of Telegram's Bot API over a real socket. It writes down what it
// is sent, hands out what a test says somebody wrote, and throttles, fails or keeps silent when
// told to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace botbox::test {

struct SentMessage {
  std::int64_t chat = 0;
  std::string text;
  bool is_silent = false;
};

// Safe to use from any thread.
class BotApi {
 public:
  explicit BotApi(std::string token, std::uint16_t port = 0);
  ~BotApi();
  BotApi(const BotApi&) = delete;
  BotApi& operator=(const BotApi&) = delete;

  std::uint16_t port() const;
  std::string url() const;  // without the token

  // Somebody writes; `seconds` since 1970. Handed out by getUpdates until its offset passes it.
  void write(std::int64_t chat, std::int64_t user, const std::string& text, std::int64_t seconds);
  // The next sendMessages are answered 429 with this retry_after; 500; or never. Not delivered.
  void throttle(int messages, int retry_after);
  void fail(int messages);
  void hold(bool is_on);
  // While it is on, messages are delivered, and whoever sent them is not told.
  void swallow_answers(bool is_on);

  std::vector<SentMessage> messages() const;  // delivered ones
  std::size_t attempts() const;               // sendMessages of any outcome
  std::size_t polls() const;
  // Waits, bounded by a minute of real time, until a delivered message holds these words.
  bool hears(const std::string& words) const;
  // The same until there were so many sendMessages of any outcome.
  bool was_tried(std::size_t attempts) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace botbox::test
