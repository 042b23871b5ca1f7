// The real program tells a chat what happens, and is killed between an event and its message:
// before it leaves, while it is on its way, and after it arrived and nobody said so.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "actors/wall_clock.hpp"
#include "tests/process/followed.hpp"
#include "tests/process/kill_drill.hpp"
#include "tests/process/program.hpp"
#include "tests/support/bot_api.hpp"

namespace botbox::process {
namespace {

constexpr const char* kChatToken = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

// A bot beside the one that trades, which is paused and resumed so that there is something to tell.
std::string chat_config(const test::BotApi& api, const std::filesystem::path& token) {
  return fmt::format(R"([[bot]]
id = "parked"
strategy = "external"
symbol = "BTC/USDT"
timeframe = "1m"
allocation = 100
stake_amount = 50
[api]
port = 0
[telegram]
url = "{}"
token_file = "{}"
[[telegram.chat]]
name = "alice"
id = 7
)",
                     api.url(), token.string());
}

struct Told {
  // `more`: of the chat.
  explicit Told(const std::string& more = {}) {
    write_text(secrets.path(), "telegram.token", std::string(kChatToken) + "\n");
    ::chmod((secrets.path() / "telegram.token").c_str(), S_IRUSR | S_IWUSR);
    world = std::make_unique<Followed>(chat_config(api, secrets.path() / "telegram.token") + more);
  }

  // Durable when it returns. `word` stands in the event's message.
  void happen(const std::string& word) {
    is_paused = !is_paused;
    std::ifstream file(world->data() / "api.token");
    std::string token;
    std::getline(file, token);
    exchange::HttpTransport transport;
    const auto answer =
        Followed::post_to(transport,
                          fmt::format("http://127.0.0.1:{}/api/bots/parked/{}", world->port(),
                                      is_paused ? "pause" : "resume"),
                          {"Authorization: Bearer " + token, "Content-Type: application/json"},
                          fmt::format(R"({{"reason":"{}"}})", word));
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    words.push_back(word);
  }
  std::size_t times_told(const std::string& word) const {
    std::size_t count = 0;
    for (const test::SentMessage& message : api.messages())
      for (std::size_t at = message.text.find(word); at != std::string::npos;
           at = message.text.find(word, at + 1))
        ++count;
    return count;
  }

  // Somebody writes; whether these words come back.
  bool answers(const std::string& text, const std::string& words_of_answer) {
    api.write(7, 7, text, actors::WallClock().now().ms / 1'000);
    return api.hears(words_of_answer);
  }
  // The same, asked back with these words and confirmed.
  bool does(const std::string& text, const std::string& asked_back, const std::string& done) {
    if (!answers(text, asked_back)) return false;
    constexpr std::size_t kConfirmation = std::string_view("/confirm 1234").size();
    for (const test::SentMessage& message : api.messages()) {
      const std::size_t at = message.text.find("/confirm ", message.text.find(asked_back));
      if (at != std::string::npos) return answers(message.text.substr(at, kConfirmation), done);
    }
    return false;
  }
  void wait_for_decision() const {
    for (int tries = 0; world->signals().front().execution_status == ExecutionStatus::kPending;
         ++tries) {
      REQUIRE_MESSAGE(tries < 1'000, world->engine().output());
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  storage::test::TemporaryDirectory secrets;
  test::BotApi api{kChatToken};
  std::unique_ptr<Followed> world;
  std::vector<std::string> words;
  bool is_paused = false;
};

}  // namespace

TEST_CASE(
    "killed between an event and its message, no message is lost, and one comes twice at most") {
  const std::uint64_t rounds = number_from("BOTBOX_NOTIFY_KILLS", 9);
  Told told;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    CAPTURE(round);
    const std::string name = fmt::format("round-{}-", round);
    told.happen(name + "calm.");
    REQUIRE_MESSAGE(told.api.hears(name + "calm."), told.world->engine().output());
    const std::size_t tried = told.api.attempts();
    told.api.hold(round % 3 == 1);
    told.api.swallow_answers(round % 3 == 2);
    told.happen(name + "first.");
    if (round % 3 != 0) REQUIRE(told.api.was_tried(tried + 1));
    told.happen(name + "second.");
    told.world->kill();
    told.api.hold(false);
    told.api.swallow_answers(false);
    told.world->start();
  }
  told.happen("the-end.");
  REQUIRE_MESSAGE(told.api.hears("the-end."), told.world->engine().output());
  told.world->end_gently();
  std::size_t twice = 0;
  for (const std::string& word : told.words) {
    CAPTURE(word);
    const std::size_t times = told.times_told(word);
    CHECK(times >= 1);
    CHECK(times <= 2);
    twice += times == 2 ? 1 : 0;
  }
  // What arrived in the rounds where nobody said so came again.
  CHECK(twice >= rounds / 3);
  CHECK(told.world->engine().output().find(kChatToken) == std::string::npos);
}

TEST_CASE("a session by chat drives the real program, and is asked back before anything changes") {
  Told told("role = \"operate\"\n");
  const auto output = [&] { return told.world->engine().output(); };
  CHECK_MESSAGE(told.answers("/status", "bots 2: 2 active"), output());
  CHECK_MESSAGE(told.answers("/version", "hooks "), output());
  CHECK(told.world->post(kBuyAlert).status == 200);
  told.world->wait_for_orders();
  CHECK_MESSAGE(told.answers("/trades follower", "follower: BUY "), output());
  CHECK_MESSAGE(told.answers("/pause", "/pause: no entries"), output());
  CHECK_MESSAGE(told.answers("/confirm 12345", "nothing waits for that code"), output());
  CHECK_MESSAGE(told.does("/pause", "/pause: no entries", "done: the engine is REDUCING"),
                output());
  CHECK(told.world->post(R"({"id":"b-2",)" + kBuyAlert.substr(1)).status == 200);
  told.wait_for_decision();
  const std::string minute = to_iso8601(told.world->signals().front().created_at).substr(0, 16);
  CHECK_MESSAGE(told.answers("/why follower " + minute, "SKIPPED, ENGINE_REDUCING"), output());
  CHECK_MESSAGE(told.does("/resume", "/resume: all goes on", "done: the engine is ACTIVE"),
                output());
  CHECK_MESSAGE(told.does("/stop parked", "/stop parked: ", "done: parked is PAUSED"), output());
  CHECK_MESSAGE(told.answers("/status parked", "parked PAUSED"), output());
  CHECK_MESSAGE(told.does("/reload_config", "/reload_config: ", "settings taken over"), output());
  told.world->end_gently();
  CHECK(told.world->signals().front().execution_status == ExecutionStatus::kIgnored);
  CHECK(told.world->engine().output().find(kChatToken) == std::string::npos);
}

TEST_CASE("while a chat is silent, the engine trades on, and tells of it when the chat is back") {
  Told told;
  told.happen("before.");
  REQUIRE(told.api.hears("before."));
  const std::size_t tried = told.api.attempts();
  told.api.hold(true);
  told.happen("unanswered.");
  REQUIRE(told.api.was_tried(tried + 1));
  CHECK(told.world->post(kBuyAlert).status == 200);
  told.world->wait_for_orders();
  CHECK(told.times_told("unanswered.") == 0);
  told.world->kill();
  told.api.hold(false);
  told.world->start();
  CHECK_MESSAGE(told.api.hears("unanswered."), told.world->engine().output());
  CHECK(told.api.hears("signal LONG"));
  CHECK(told.api.hears("placed"));
  told.world->end_gently();
  CHECK(told.times_told("unanswered.") == 1);
  const Ended verified = run_program("botbox", {"verify", "--data", told.world->data().string()});
  CHECK_MESSAGE(verified.exit_code == 0, verified.out << verified.err);
}

}  // namespace botbox::process
