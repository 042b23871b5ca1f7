// Commands by chat, in front of a whole engine on virtual time.
#include "actors/chat_actor.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "actors/chat_replies.hpp"
#include "actors/notifier_actor.hpp"
#include "storage/outbox.hpp"
#include "storage/reader.hpp"
#include "tests/notify/post_box.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::actors {
namespace {

constexpr std::int64_t kAlice = 7;
constexpr std::int64_t kReader = 8;
constexpr std::int64_t kGroup = -100;
constexpr const char* kNamed =
    R"({"ok":true,"result":{"id":1,"is_bot":true,"username":"NightBot"}})";

struct ChatSeat {
  ChatSeat() {
    VirtualEngineOptions options = test::fleet_options(4);
    catalogue = options.catalogue;
    auto started = VirtualEngine::start(std::move(options));
    REQUIRE(started.has_value());
    engine = std::move(*started);
    desk = std::make_unique<OperatorDesk>(
        engine->system(), engine->clock(), engine->store(), engine->engine(),
        std::make_shared<EngineStatistics>(),
        OperatorDeskSettings{
            .identity = {.name = "test",
                         .strategy = [this](const StrategyId& id) { return catalogue.find(id); }},
            .readers = 0});
    ear = std::make_shared<test::PostBox>(engine->clock());
    ear->silent = "getUpdates";
    mouth = engine->system().spawn([said = said](caf::event_based_actor* self) -> caf::behavior {
      self->set_default_handler(caf::drop);
      return {[said](const SayInChat& words) { said->push_back(words); },
              [said](const AlertRaised& alert) {
                said->push_back({0, alert.kind + ": " + alert.text});
              }};
    });
    start();
  }
  ~ChatSeat() {
    ear->held.clear();
    desk->stop();
    for (const caf::actor& one : {chat, mouth})
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    engine->advance(Duration{1});
  }

  void start(bool is_named = true) {
    ++life;
    if (is_named) ear->answers.push_front(exchange::HttpResponse{200, kNamed, {}});
    chat = engine->system().spawn<ChatActor>(
        std::cref(engine->clock()),
        ChatParts{.store = engine->store(),
                  .journal = engine->engine().journal(),
                  .notifier = mouth,
                  .observer = mouth,
                  .epoch = {engine->engine().epoch().process, life},
                  .desk = desk->entry(),
                  .sender = ear,
                  .account = {"http://telegram", "1:token"},
                  .members = {{kAlice, "alice", OperatorRole::kOperate, {}},
                              {kReader, "bob", OperatorRole::kRead, {}},
                              {kGroup, "team", OperatorRole::kOperate, {71}}}});
    engine->advance(Duration{10});
  }
  // Somebody writes; what the engine says within some seconds.
  std::vector<std::string> write(std::int64_t from, const std::string& text, std::int64_t user = 70,
                                 Duration age = Duration{0}) {
    said->clear();
    REQUIRE(ear->held.size() == 1);
    const auto answer = std::move(ear->held.back());
    ear->held.clear();
    const nlohmann::json body{{"ok", true},
                              {"result",
                               {{{"update_id", ++update},
                                 {"message",
                                  {{"date", (engine->now() - age).ms / 1'000},
                                   {"chat", {{"id", from}}},
                                   {"from", {{"id", user}, {"username", "whoever"}}},
                                   {"text", text}}}}}}};
    answer(exchange::HttpResponse{200, body.dump(), {}});
    engine->advance(Duration{3'000});
    std::vector<std::string> words;
    for (const SayInChat& one : *said)
      if (one.chat == from) words.push_back(one.text);
    return words;
  }
  std::string code_in(const std::vector<std::string>& words) const {
    REQUIRE(words.size() == 1);
    const std::size_t at = words[0].find("/confirm ");
    REQUIRE_MESSAGE(at != std::string::npos, words[0]);
    return words[0].substr(at);
  }
  EngineMode mode() const { return (*storage::find_engine_state(engine->store()))->mode; }
  std::vector<Event> events(const std::string& kind) const {
    std::vector<Event> found;
    const auto logged = storage::load_newest_events(engine->store(), 10'000);
    REQUIRE(logged.has_value());
    for (const Event& event : *logged)
      if (event.kind == kind) found.push_back(event);
    return found;
  }
  std::string first_bot() const { return storage::load_bots(engine->store())->front().id.value; }

  StrategyCatalogue catalogue = StrategyCatalogue::standard();
  std::unique_ptr<VirtualEngine> engine;
  std::unique_ptr<OperatorDesk> desk;
  std::shared_ptr<test::PostBox> ear;
  std::shared_ptr<std::vector<SayInChat>> said = std::make_shared<std::vector<SayInChat>>();
  caf::actor mouth;
  caf::actor chat;
  std::uint64_t life = 0;
  std::int64_t update = 100;
};

}  // namespace

TEST_CASE("whoever is not on the list is refused without a word, and that is recorded") {
  ChatSeat seat;
  CHECK(seat.write(666, "/stop", 13).empty());
  CHECK(seat.mode() == EngineMode::kActive);
  REQUIRE(seat.events("operator.refused").size() == 1);
  const Event event = seat.events("operator.refused").front();
  CHECK(event.subject == "666");
  CHECK(event.detail == "telegram chat 666 user 13 (whoever) wrote: /stop");
  CHECK(event.actor == "telegram:stranger");
  // A stranger who goes on does not fill the log.
  for (int i = 0; i < 5; ++i) seat.write(666, "/stop", 13);
  CHECK(seat.events("operator.refused").size() == 1);
  // Nor does another member of a group whose users are listed get through.
  CHECK(seat.write(kGroup, "/status", 72).empty());
  CHECK(seat.events("operator.refused").size() == 2);
  CHECK(seat.write(kGroup, "/status", 71).size() == 1);
  // Nor does what somebody writes to the wrong place by mistake stand in the log.
  seat.write(667, "/login token=abc-def", 14);
  CHECK(seat.events("operator.refused").front().detail ==
        "telegram chat 667 user 14 (whoever) wrote: /login token=***");
}

TEST_CASE("what is said to another bot is not for us, and says nothing about who said it") {
  ChatSeat seat;
  CHECK(seat.ear->letters.front().request.url.ends_with("/getMe"));
  for (const std::string text : {"/stop@other_bot", "/status@other_bot", "/confirm@other_bot 1"}) {
    CAPTURE(text);
    CHECK(seat.write(kAlice, text).empty());
    CHECK(seat.write(kGroup, text, 71).empty());
    CHECK(seat.write(kGroup, text, 666).empty());
  }
  CHECK(seat.mode() == EngineMode::kActive);
  CHECK(seat.events("operator.refused").empty());
  CHECK(seat.write(kAlice, "/status@nightbot").size() == 1);
  CHECK(seat.write(kAlice, "/stop@NightBot").size() == 1);
  CHECK(seat.write(kGroup, "/stop@NightBot", 666).empty());
  CHECK(seat.events("operator.refused").size() == 1);
}

TEST_CASE("a name that cannot be had is asked for again, and nothing is heard before it is known") {
  ChatSeat seat;
  caf::anon_send_exit(seat.chat, caf::exit_reason::kill);
  seat.engine->advance(Duration{10});
  seat.ear->held.clear();
  seat.ear->letters.clear();
  seat.ear->will_say(502);
  seat.ear->will_say(200, R"({"ok":true,"result":{"id":1}})");
  seat.ear->will_say(200, kNamed);
  seat.start(false);
  seat.engine->advance(Duration{120'000});
  REQUIRE(seat.ear->letters.size() == 4);
  for (std::size_t i = 0; i < 3; ++i) CHECK(seat.ear->letters[i].request.url.ends_with("/getMe"));
  CHECK(seat.ear->letters[3].request.url.ends_with("/getUpdates"));
  CHECK(seat.write(kAlice, "/status").size() == 1);
}

TEST_CASE("every command that looks is answered, for all and for one bot") {
  ChatSeat seat;
  seat.engine->advance(Duration{3'600'000});
  for (const std::string command :
       {"status", "profit", "balance", "daily", "performance", "trades", "count", "locks", "logs",
        "health", "version", "help", "reload_config"}) {
    CAPTURE(command);
    const auto words = seat.write(kReader, "/" + command);
    REQUIRE(words.size() == 1);
    CHECK_FALSE(words[0].empty());
    CHECK(words[0].find("could not be read") == std::string::npos);
    if (command != "reload_config") CHECK_FALSE(words[0].starts_with("no:"));
  }
  const std::string bot = seat.first_bot();
  for (const std::string command : {"status", "why", "trades", "locks", "profit", "balance",
                                    "daily", "performance", "count", "logs"}) {
    CAPTURE(command);
    const auto words = seat.write(kReader, "/" + command + " " + bot);
    REQUIRE(words.size() == 1);
    CHECK_MESSAGE(!words[0].starts_with("no:"), words[0]);
    CHECK_MESSAGE(words[0].find("could not be read") == std::string::npos, words[0]);
    // Asked about a bot that is not there, nobody is told of all of them.
    if (command != "locks")
      CHECK(seat.write(kReader, "/" + command + " nobody")[0].find("no:") == 0);
  }
  const auto balance = seat.write(kReader, "/balance " + bot);
  CHECK(balance[0].find("allocated 1000\nworth now ") == 0);
  CHECK(balance[0].find("the account") == std::string::npos);
  CHECK(seat.write(kReader, "/profit " + bot)[0].find("closed ") == 0);
  CHECK(seat.write(kReader, "/daily " + bot)[0].find("closed by day (UTC)\n") == 0);
  const auto count = seat.write(kReader, "/count " + bot);
  CHECK(count[0].find("open positions ") == 0);
  CHECK(count[0].find("\ntrades under way ") != std::string::npos);
  CHECK(seat.write(kReader, "/performance " + bot)[0].find(bot + " ") == 0);
  CHECK(seat.write(kReader, "/why " + bot)[0].find(bot + " at ") == 0);
  const Timestamp earlier = seat.engine->now() - Duration{1'200'000};
  const std::string minute = to_iso8601(earlier).substr(0, 16);
  const auto told = seat.write(kReader, "/why " + bot + " " + minute.substr(11));
  REQUIRE_MESSAGE(told[0].find(bot + " at ") == 0, told[0]);
  const std::string close = told[0].substr(bot.size() + 4, 24);
  CHECK(close <= minute + ":59.999Z");
  CHECK(close > to_iso8601(earlier - Duration{300'000}));
  CHECK(seat.write(kReader, "/why")[0] == "write /why and the id of a bot");
  CHECK(seat.write(kReader, "/forceexit")[0] == "write /forceexit and the id of a bot, or all");
  CHECK(seat.write(kReader, "/why nobody")[0].starts_with("no:"));
  CHECK(seat.write(kReader, "/dance")[0].find("/help") != std::string::npos);
  CHECK(seat.write(kReader, "just words").empty());
  CHECK(seat.events("operator.refused").empty());
}

TEST_CASE("the balance is told of the bots, and below it of every coin of the account") {
  ChatSeat seat;
  seat.engine->advance(Duration{60'000});
  const auto words = seat.write(kReader, "/balance");
  REQUIRE(words.size() == 1);
  CHECK_MESSAGE(words[0].starts_with("allocated 4000\nworth now "), words[0]);
  const std::size_t account = words[0].find("\nthe account at ");
  REQUIRE_MESSAGE(account != std::string::npos, words[0]);
  CHECK(words[0].find("\nUSDT ", account) != std::string::npos);

  CHECK(account_lines(R"({"as_of":1704067205000,"items":[
        {"coin":"BTC","total":"0.01299699","free":"0.01299699","set_aside":"0"},
        {"coin":"DOGE","total":"0","free":"0","set_aside":"0"},
        {"coin":"USDT","total":"3000.5","free":"2900.25","set_aside":"250"}]})") ==
        "the account at 00:00:05:\nBTC 0.01299699, free 0.01299699\n"
        "USDT 3000.5, free 2900.25, of that set aside 250");
  CHECK(account_lines(R"({"as_of":1704067205000,"items":[]})") ==
        "the account at 00:00:05: nothing");
  CHECK(account_lines(R"({"as_of":null,"items":[]})") == "what the account holds is not known yet");
  CHECK(account_lines("no JSON") == "the account could not be read");
  nlohmann::json many{{"as_of", 1}, {"items", nlohmann::json::array()}};
  for (int i = 0; i < 52; ++i)
    many["items"].push_back({{"coin", fmt::format("C{}", i)}, {"total", "1"}, {"free", "1"}});
  CHECK(account_lines(many.dump()).ends_with("\nC49 1, free 1\nand 2 coins more"));
}

TEST_CASE("a day, a bot and all of them call closed what closed positions have brought") {
  // One position was closed yesterday for 5; two are open, which have paid 1.08 for their entries.
  const Timestamp now{1'704'067'205'000};  // 2024-01-01T00:00:05Z
  const auto said = [&](const std::string& name, const std::string& json) {
    return chat_reply(*find_chat_command(name), json, now);
  };
  CHECK(said("profit", R"({"equity":{"realized":"3.92"},
                           "positions":{"open":2,"unrealized":"-2","realized":"-1.08"}})") ==
        "closed +5\nopen -3.08 (2 positions, fees paid so far in it)\ntogether +1.92");
  const std::string days = said("daily", R"({"points":[{"at":1704060000000,"realized":"5"},
                                                       {"at":1704067205000,"realized":"3.92"}]})");
  CHECK(days.starts_with("closed by day (UTC)\n2024-01-01 0\n2023-12-31 +5\n2023-12-30 0\n"));
  const std::string bot = R"({"realized":"3.92","position":{"unrealized":"-2"},
      "snapshot":{"open_positions":[{"profit":"-1"},{"profit":"-0.08"}]}})";
  CHECK(said("profit", bot) == "closed +5\nopen -3.08 (fees paid so far in it)\ntogether +1.92");
  CHECK(said("profit", R"({"realized":"-1","position":{"unrealized":null},
      "snapshot":{"open_positions":[{"profit":"-1"}]}})") ==
        "closed 0\nopen: no price is known, fees paid so far -1");
}

TEST_CASE("what stops trading is asked back, done once for the right code, and recorded with who") {
  ChatSeat seat;
  const std::string yes = seat.code_in(seat.write(kAlice, "/stop"));
  CHECK(seat.mode() == EngineMode::kActive);
  CHECK(seat.write(kAlice, "/confirm 12345")[0].find("nothing waits") == 0);
  CHECK(seat.write(kGroup, yes, 71)[0].find("nothing waits") == 0);
  CHECK(seat.mode() == EngineMode::kActive);
  CHECK(seat.write(kAlice, yes) == std::vector<std::string>{"done: the engine is HALTED"});
  CHECK(seat.mode() == EngineMode::kHalted);
  CHECK(seat.write(kAlice, yes)[0].find("nothing waits") == 0);
  REQUIRE(seat.events("operator.mode").size() == 1);
  CHECK(seat.events("operator.mode").front().actor == "telegram:alice");
  CHECK(seat.events("operator.mode").front().detail.find("telegram chat 7 user 70") !=
        std::string::npos);
  seat.write(kAlice, seat.code_in(seat.write(kAlice, "/start")));
  CHECK(seat.mode() == EngineMode::kActive);
  seat.write(kAlice, seat.code_in(seat.write(kAlice, "/pause")));
  CHECK(seat.mode() == EngineMode::kReducing);
  seat.write(kAlice, seat.code_in(seat.write(kAlice, "/resume")));
  CHECK(seat.mode() == EngineMode::kActive);
}

TEST_CASE("one bot is paused, resumed and closed alone") {
  ChatSeat seat;
  seat.engine->advance(Duration{120'000});
  const std::string bot = seat.first_bot();
  const auto status = [&] {
    return storage::load_bot(seat.engine->store(), {bot})->snapshot.status;
  };
  seat.write(kAlice, seat.code_in(seat.write(kAlice, "/pause " + bot)));
  CHECK(status() == BotStatus::kPaused);
  CHECK(seat.mode() == EngineMode::kActive);
  seat.write(kAlice, seat.code_in(seat.write(kAlice, "/resume " + bot)));
  CHECK(status() == BotStatus::kActive);
  CHECK(seat.events("operator.pause").front().bot.value == bot);
  CHECK(seat.write(kAlice, seat.code_in(seat.write(kAlice, "/forceexit nobody")))[0].starts_with(
      "no:"));
}

TEST_CASE("all positions are closed from a chat after a confirmation, and recorded with who") {
  ChatSeat seat;
  seat.engine->advance(Duration{120'000});
  const auto asked = seat.write(kAlice, "/forceexit all flash crash");
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].starts_with("/forceexit all: close every position of every bot. Sure?"));
  CHECK(seat.events("operator.close_all").empty());
  const auto done = seat.write(kAlice, seat.code_in(asked));
  REQUIRE(done.size() == 1);
  CHECK(done[0].starts_with("done: "));
  CHECK(done[0].ends_with(" bots are being closed"));
  REQUIRE(seat.events("operator.close_all").size() == 1);
  CHECK(seat.events("operator.close_all").front().actor == "telegram:alice");
  CHECK(seat.events("operator.close_all").front().detail.find("flash crash") != std::string::npos);
  CHECK(seat.events("operator.close").empty());
}

TEST_CASE("/stop and /start with a bot concern that bot alone, and keep the reason") {
  ChatSeat seat;
  seat.engine->advance(Duration{120'000});
  const std::string bot = seat.first_bot();
  const auto status = [&] {
    return storage::load_bot(seat.engine->store(), {bot})->snapshot.status;
  };
  seat.write(kAlice, seat.code_in(seat.write(kAlice, "/stop " + bot + " too much noise")));
  CHECK(status() == BotStatus::kPaused);
  CHECK(seat.mode() == EngineMode::kActive);
  REQUIRE(seat.events("operator.pause").size() == 1);
  CHECK(seat.events("operator.pause").front().detail.find("too much noise") != std::string::npos);
  seat.write(kAlice, seat.code_in(seat.write(kAlice, "/start " + bot)));
  CHECK(status() == BotStatus::kActive);
  CHECK(seat.events("operator.mode").empty());
}

TEST_CASE("the configuration is read again by chat, after a confirmation, for all bots at once") {
  ChatSeat seat;
  CHECK(seat.write(kAlice, "/reload_config my-bot")[0] ==
        "/reload_config is for the whole engine: write it alone");
  const auto words = seat.write(kAlice, seat.code_in(seat.write(kAlice, "/reload_config")));
  REQUIRE(words.size() == 1);
  // The desk's own word: this engine was started without a file.
  CHECK(words[0].find("runs without a configuration that could change") != std::string::npos);
  const ChatCommand& reload = *find_chat_command("reload_config");
  CHECK(chat_reply(reload, R"({"changes":[{"bot":"a"}],"settings":["log"],"at_next_start":[]})",
                   seat.engine->now()) ==
        "done: 1 bots changed, 1 settings taken over, 0 wait for the next start");
}

TEST_CASE("whoever may only look changes nothing") {
  ChatSeat seat;
  const auto words = seat.write(kReader, "/stop");
  REQUIRE(words.size() == 1);
  CHECK(words[0].find("needs the role operate") != std::string::npos);
  CHECK(seat.mode() == EngineMode::kActive);
}

TEST_CASE("a command that waited too long, and a code that did, change nothing") {
  ChatSeat seat;
  CHECK(seat.write(kAlice, "/stop", 70, Duration{180'000})[0].find("was not done") !=
        std::string::npos);
  const std::string yes = seat.code_in(seat.write(kAlice, "/stop"));
  seat.engine->advance(Duration{61'000});
  CHECK(seat.write(kAlice, yes)[0].find("nothing waits") == 0);
  CHECK(seat.mode() == EngineMode::kActive);
}

TEST_CASE("updates are taken in durably before they are acted on, so none is done twice") {
  ChatSeat seat;
  seat.write(kAlice, "/status");
  const auto row = storage::find_outbox(seat.engine->store(), "telegram/updates");
  REQUIRE(row->has_value());
  CHECK((*row)->next_update == seat.update + 1);
  caf::anon_send_exit(seat.chat, caf::exit_reason::kill);
  seat.engine->advance(Duration{10});
  seat.ear->held.clear();
  seat.start();
  CHECK(seat.ear->letters.back().body()["offset"] == seat.update + 1);
  CHECK(seat.write(kAlice, "/status").size() == 1);
}

TEST_CASE("a service that does not answer is asked ever later, and an alert says so once") {
  ChatSeat seat;
  seat.ear->silent.clear();
  for (int i = 0; i < 6; ++i)
    seat.ear->answers.push_back(
        fail(ErrorCode::kUnavailable, "no route", "http://telegram/bot1:token"));
  const std::size_t before = seat.ear->letters.size();
  const auto answer = std::move(seat.ear->held.back());
  seat.ear->held.clear();
  answer(exchange::HttpResponse{502, "", {}});
  seat.engine->advance(Duration{20'000});
  CHECK(seat.ear->letters.size() - before >= 3);
  CHECK(seat.ear->letters.size() - before <= 5);
  std::size_t alerts = 0;
  for (const SayInChat& one : *seat.said) {
    CHECK(one.text.find("token") == std::string::npos);
    alerts += one.text.starts_with("notify.deaf") ? 1 : 0;
  }
  CHECK(alerts == 1);
  seat.ear->silent = "getUpdates";
  seat.ear->answers.clear();
  seat.engine->advance(Duration{120'000});
  CHECK(seat.write(kAlice, "/status").size() == 1);
}

}  // namespace botbox::actors
