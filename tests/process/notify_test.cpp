// The real program beside a local stand-in of the Bot API: commands by chat, and what is told
// across kill -9.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "storage/outbox.hpp"
#include "storage/reader.hpp"
#include "storage/rocksdb_store.hpp"
#include "tests/process/drill.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/bot_api.hpp"

namespace botbox::process {
namespace {

constexpr const char* kToken = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
  ::chmod(path.c_str(), S_IRUSR | S_IWUSR);
}

struct Told {
  Told() {
    write_file(home.path() / "telegram.token", std::string(kToken) + "\n");
    write_file(home.path() / "engine.toml", fmt::format(R"([engine]
name = "told"
[[paper.symbol]]
symbol = "BTC/USDT"
price = 60000
[[bot]]
id = "watcher"
strategy = "external"
symbol = "BTC/USDT"
allocation = 1000
stake_amount = 100
[telegram]
url = "{}"
token_file = "telegram.token"
[[telegram.chat]]
name = "alice"
id = 7
role = "operate"
)",
                                                        api.url()));
    start();
  }
  void start() {
    engine = std::make_unique<ChildProcess>(
        "botbox",
        std::vector<std::string>{"run", "--config", (home.path() / "engine.toml").string(),
                                 "--data", (home.path() / "data").string()});
    REQUIRE_MESSAGE(engine->says("fleet ready", kPatience), engine->output());
  }
  void end_gently() {
    engine->signal(SIGTERM);
    const auto ending = engine->wait(kPatience);
    REQUIRE_MESSAGE(ending.has_value(), engine->output());
    CHECK_MESSAGE(ending->exit_code == 0, engine->output());
    CHECK(engine->output().find(kToken) == std::string::npos);
    CHECK(engine->output().find("AAHdqT") == std::string::npos);
  }
  // Real time: the engine looks at how old a command is.
  void write(const std::string& text, std::int64_t chat = 7) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    api.write(chat, chat, text, std::chrono::duration_cast<std::chrono::seconds>(now).count());
  }
  std::string code() const {
    REQUIRE(api.hears("/confirm "));
    const auto messages = api.messages();
    for (auto one = messages.rbegin(); one != messages.rend(); ++one)
      if (const std::size_t at = one->text.find("/confirm "); at != std::string::npos)
        return one->text.substr(at, 13);
    return {};
  }

  storage::test::TemporaryDirectory home;
  test::BotApi api{kToken};
  std::unique_ptr<ChildProcess> engine;
};

}  // namespace

TEST_CASE("a session of commands with the real program, through throttling and failures") {
  Told world;
  world.write("/status");
  CHECK(world.api.hears("ACTIVE, live trading"));
  world.write("/why watcher");
  world.write("/stop", 666);
  CHECK(world.api.hears("operator.refused 666"));
  world.api.throttle(1, 1);
  world.api.fail(2);
  world.write("/pause");
  world.write(world.code());
  CHECK(world.api.hears("done: the engine is REDUCING"));
  CHECK(world.api.hears("engine.mode REDUCING"));
  world.end_gently();
  const auto store = storage::RocksDbStore::open_secondary(world.home.path() / "data");
  REQUIRE(store.has_value());
  std::size_t recorded = 0;
  const auto logged = storage::load_newest_events(**store, 1'000);
  REQUIRE(logged.has_value());
  for (const Event& event : *logged) {
    CHECK(event.detail.find("AAHdqT") == std::string::npos);
    if (event.kind == "operator.mode") {
      ++recorded;
      CHECK(event.actor == "telegram:alice");
    }
  }
  CHECK(recorded == 1);
  for (const test::SentMessage& message : world.api.messages()) CHECK(message.chat == 7);
}

TEST_CASE("killed between the event and its message, the next process tells it") {
  Told world;
  world.write("/pause");
  const std::string code = world.code();
  world.api.hold(true);
  const std::size_t before = world.api.attempts();
  world.write(code);
  // The engine has switched, and its answer or notice is on its way, held by the other side.
  for (int tries = 0; world.api.attempts() == before && tries < 6'000; ++tries)
    world.engine->wait(Duration{10});
  REQUIRE(world.api.attempts() > before);
  world.engine->signal(SIGKILL);
  REQUIRE(world.engine->wait(kPatience).has_value());
  for (const test::SentMessage& message : world.api.messages())
    CHECK(message.text.find("engine.mode REDUCING") == std::string::npos);
  world.api.hold(false);
  world.start();
  CHECK(world.api.hears("engine.mode REDUCING"));
  world.end_gently();
  // And the command was not carried out a second time.
  const auto store = storage::RocksDbStore::open_secondary(world.home.path() / "data");
  REQUIRE(store.has_value());
  std::size_t recorded = 0;
  const auto logged = storage::load_newest_events(**store, 1'000);
  REQUIRE(logged.has_value());
  for (const Event& event : *logged) recorded += event.kind == "operator.mode" ? 1 : 0;
  CHECK(recorded == 1);
}

}  // namespace botbox::process
