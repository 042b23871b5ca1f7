// `botboxctl` at a real engine: one command, and at a terminal.
#include <arpa/inet.h>
#include <doctest/doctest.h>

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "tests/process/drill.hpp"
#include "tests/process/program.hpp"
#include "tests/process/terminal.hpp"
#include "tests/storage/support.hpp"
#include "tools/admin/admin_directory.hpp"
#include "tools/botboxctl/shell_commands.hpp"

namespace botbox::process {
namespace {

using storage::test::TemporaryDirectory;

constexpr const char* kListens = "botboxctl --data";

struct ShellHome {
  TemporaryDirectory directory;
  std::string config = write_text(directory.path(), "fleet.toml", drill_config(0, "10s"));
  std::string data = (directory.path() / "data").string();

  // A running engine with a port for shells.
  std::unique_ptr<ChildProcess> start() const {
    std::vector<std::string> arguments{"run", "--config", config, "--data", data};
    for (const std::string& option : drill_options()) arguments.push_back(option);
    auto engine = std::make_unique<ChildProcess>("botbox", arguments);
    REQUIRE_MESSAGE(engine->says(kListens, kPatience), engine->output());
    return engine;
  }
  Ended ctl(std::vector<std::string> words) const {
    std::vector<std::string> arguments{"--data", data};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return run_program("botboxctl", arguments);
  }
  nlohmann::json json(std::vector<std::string> words) const {
    words.emplace_back("--json");
    const Ended ended = ctl(std::move(words));
    REQUIRE_MESSAGE(ended.exit_code == 0, ended.err);
    return nlohmann::json::parse(ended.out);
  }
};

constexpr const char* kGuardedBots = R"([[bot]]
id = "guarded"
strategy = "ema_cross"
[bot.parameters]
fast = 1
slow = 2
[bot.guards]
losing_streak = 1
losing_streak_pause = "30d"
)";

// A home with bots that pause after their first loss. Its engines share one clock, so that what one
// of them promises until a time is still promised by the next.
struct GuardedHome : ShellHome {
  GuardedHome() {
    config = write_text(directory.path(), "guarded.toml", drill_config(0, "10s") + kGuardedBots);
  }
  std::unique_ptr<ChildProcess> start_on_its_clock() const {
    std::vector<std::string> arguments{"run", "--config", config, "--data", data};
    arguments.insert(arguments.end(), clock.begin(), clock.end());
    auto engine = std::make_unique<ChildProcess>("botbox", arguments);
    REQUIRE_MESSAGE(engine->says(kListens, kPatience), engine->output());
    REQUIRE_MESSAGE(engine->says("fleet ready", kPatience), engine->output());
    return engine;
  }
  // The items that a command lists, once there are more than `some`.
  nlohmann::json more_than(std::size_t some, const std::vector<std::string>& words) const {
    for (int tries = 0; tries < 600; ++tries) {
      nlohmann::json items = json(words)["items"];
      if (items.size() > some) return items;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    FAIL(words.front() << " lists no more than " << some);
    return {};
  }

  std::vector<std::string> clock = drill_options();
};

}  // namespace

TEST_CASE("one command of a shell looks, acts, and ends with a code for scripts") {
  const ShellHome home;
  const Ended before = home.ctl({"status"});
  CHECK(before.exit_code == 3);
  const auto engine = home.start();
  CHECK(home.json({"status"})["mode"]["mode"] == "ACTIVE");
  const auto bots = home.json({"bots"})["items"];
  REQUIRE(bots.size() == 12);
  const std::string bot = bots[0]["id"];
  const Ended table = home.ctl({"bots", "--limit", "5"});
  CHECK(table.exit_code == 0);
  CHECK(table.out.find("STRATEGY") != std::string::npos);
  CHECK(home.ctl({"bot", "pause", bot, "for", "a", "test"}).exit_code == 0);
  CHECK(home.json({"bot", "show", bot})["status"] == "PAUSED");
  CHECK(home.ctl({"bot", "resume", bot}).exit_code == 0);
  CHECK(home.ctl({"pause-all", "a", "test"}).exit_code == 0);
  CHECK(home.json({"status"})["mode"]["mode"] == "REDUCING");
  CHECK(home.ctl({"resume-all"}).exit_code == 0);
  CHECK(home.json({"status"})["mode"]["mode"] == "ACTIVE");
  CHECK(home.ctl({"bot", "show", "nobody"}).exit_code == 2);
  CHECK(home.ctl({"bot", "pause"}).exit_code == 1);
  const Ended misspelt = home.ctl({"trades", "--status", "FAILD"});
  CHECK(misspelt.exit_code == 1);
  CHECK(misspelt.err.find("PENDING, EXECUTING, COMPLETED, FAILED") != std::string::npos);
  CHECK(home.ctl({"dance"}).exit_code == 1);
  // What was done stands in the log of events, with who did it.
  const auto events = home.json({"events", "--kind", "operator.pause"})["items"];
  REQUIRE(events.size() == 1);
  CHECK(std::string(events[0]["actor"]).starts_with("shell-operate/"));
}

TEST_CASE("a bot that the shell creates trades, and is there after a restart") {
  const ShellHome home;
  const std::string given = write_text(home.directory.path(), "mine.toml",
                                       "id = \"mine\"\nstrategy = \"ema_cross\"\nsymbol = "
                                       "\"BTC/USDT\"\nparameters = { fast = 1, slow = 3 }\n");
  {
    const auto engine = home.start();
    REQUIRE(engine->says("fleet ready", kPatience));
    CHECK(home.ctl({"bot", "create", home.config}).exit_code == 1);  // a whole file is no bot
    const auto made = home.json({"bot", "create", given});
    CHECK(made["changes"][0]["what"] == "created");
    CHECK(home.ctl({"bot", "create", given}).exit_code == 1);
    write_text(
        home.directory.path(), "mine.toml",
        "id = \"mine\"\nstrategy = \"ema_cross\"\nsymbol = \"BTC/USDT\"\nstop_loss = \"3%\"\n");
    const std::string detail = home.json({"bot", "update", "mine", given})["changes"][0]["detail"];
    CHECK(detail.find("stop_loss 0.5% -> 3%") != std::string::npos);
    CHECK(home.json({"reload"})["changes"].empty());
  }
  const auto engine = home.start();
  REQUIRE(engine->says("fleet ready", kPatience));
  const auto bot = home.json({"bot", "show", "mine"});
  CHECK(bot["settings_version"] == 2);
  CHECK(bot["status"] == "ACTIVE");
  const auto events = home.json({"events", "--bot", "mine", "--kind", "bot."})["items"];
  CHECK(events.size() == 2);
}

TEST_CASE("a guard's lock is listed, outlives a kill, and ends by the shell's word, on record") {
  const GuardedHome home;
  auto engine = home.start_on_its_clock();
  const nlohmann::json lock = home.more_than(0, {"locks"})[0];
  const std::string bot = lock["bot"];
  CHECK(bot.starts_with("guarded-"));
  CHECK(lock["reason"] == "LOSING_STREAK");
  CHECK(lock["state"] == "ACTIVE");
  home.more_than(0, {"signals", "--bot", bot, "--reason", "LOSING_STREAK"});
  engine->signal(SIGKILL);
  REQUIRE(engine->wait(kPatience).has_value());
  engine = home.start_on_its_clock();
  const nlohmann::json still = home.json({"locks", "--bot", bot})["items"];
  REQUIRE(still.size() == 1);
  CHECK(still[0] == lock);
  const std::size_t positions = home.json({"positions", "--bot", bot})["items"].size();
  CHECK(home.ctl({"locks", "lift", bot, "because"}).exit_code == 1);
  CHECK(home.json({"events", "--bot", bot, "--kind", "risk.lifted"})["items"].empty());
  CHECK(home.ctl({"locks", "lift", bot, "LOSING_STREAK"}).exit_code == 0);
  // It trades again, and may be locked again by now.
  home.more_than(positions, {"positions", "--bot", bot});
  for (const nlohmann::json& later : home.json({"locks", "--bot", bot})["items"])
    CHECK(later["since"] != lock["since"]);
  const auto lifted = home.json({"events", "--bot", bot, "--kind", "risk.lifted"})["items"];
  REQUIRE(lifted.size() == 1);
  CHECK(std::string(lifted[0]["actor"]).starts_with("shell-operate/"));
  CHECK(std::string(lifted[0]["detail"]).starts_with("LOSING_STREAK until "));
  CHECK(std::string(lifted[0]["at"]) > std::string(lock["since"]));
  const auto asked = home.json({"events", "--bot", bot, "--kind", "operator.lift_locks"})["items"];
  REQUIRE_FALSE(asked.empty());
  CHECK(asked[0]["actor"] == lifted[0]["actor"]);
}

TEST_CASE("every command that only looks is answered") {
  const ShellHome home;
  const auto engine = home.start();
  const std::string bot = home.json({"bots"})["items"][0]["id"];
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"status"},  {"bots"},        {"bot", "show", bot}, {"traces", bot}, {"signals"},
           {"intents"}, {"trades"},      {"positions"},        {"fills"},       {"events"},
           {"reasons"}, {"queue"},       {"limiter"},          {"cache"},       {"cycles"},
           {"alerts"},  {"health"},      {"metrics"},          {"config"},      {"session"},
           {"locks"},   {"differences"}, {"journal"},          {"actors"},      {"rollout"},
           {"latency"}, {"balances"}}) {
    const Ended text = home.ctl(words);
    CHECK_MESSAGE(text.exit_code == 0, words.front() << ": " << text.err);
    CHECK_FALSE(text.out.empty());
    home.json(words);
  }
}

TEST_CASE("with the certificate for looking every command that changes something is refused") {
  const ShellHome home;
  const auto engine = home.start();
  const std::string bot = home.json({"bots"})["items"][0]["id"];
  const std::map<std::string, std::string> places{
      {"bot", bot},       {"file", home.config},
      {"id", "x"},        {"decision", "ignore"},
      {"mode", "halted"}, {"on", "off"},
      {"scope", "fleet"}, {"level", "debug"},
      {"reason", "why"},  {"to", (home.directory.path() / "copy").string()}};
  std::size_t tried = 0;
  for (const ctl::CommandSpec& spec : ctl::shell_commands()) {
    if (spec.effect == ctl::Effect::kLook) continue;
    ++tried;
    std::vector<std::string> words = ctl::split_words(spec.words).value();
    for (const std::string& place : ctl::places_of(spec)) words.push_back(places.at(place));
    const std::string what(spec.words);
    words.insert(words.begin(), {"--role", "read"});
    const Ended refused = home.ctl(words);
    CHECK_MESSAGE(refused.exit_code == 1, what);
    CHECK_MESSAGE(refused.err.find("role") != std::string::npos, what << ": " << refused.err);
  }
  CHECK(tried > 20);
  CHECK(home.ctl({"--role", "read", "status"}).exit_code == 0);
  CHECK(home.json({"status"})["mode"]["mode"] == "ACTIVE");
}

TEST_CASE("a backup, the log level and the end of the engine are asked for by the shell") {
  const ShellHome home;
  const auto engine = home.start();
  REQUIRE(engine->says("cycle", kPatience));
  const std::string copy = (home.directory.path() / "copy").string();
  const Ended backed_up = home.ctl({"backup", copy});
  CHECK_MESSAGE(backed_up.exit_code == 0, backed_up.err);
  CHECK(run_program("botbox", {"verify", "--data", copy}).exit_code == 0);
  CHECK(home.ctl({"backup", copy}).exit_code == 1);
  CHECK(home.ctl({"log-level", "debug"}).exit_code == 0);
  CHECK(home.ctl({"log-level", "loud"}).exit_code == 1);
  CHECK(home.ctl({"stop"}).exit_code == 0);
  const auto ending = engine->wait(kPatience);
  REQUIRE(ending.has_value());
  CHECK(ending->exit_code == 0);
  CHECK(home.ctl({"status"}).exit_code == 3);
}

TEST_CASE("an engine whose certificates others may read trades, and lets no shell in") {
  const ShellHome home;
  {
    const auto engine = home.start();
    engine->signal(SIGTERM);
    REQUIRE(engine->wait(kPatience).has_value());
  }
  const auto directory = admin::admin_directory(home.data);
  ::chmod((directory / "ca.key").c_str(), 0644);
  std::vector<std::string> arguments{"run", "--config", home.config, "--data", home.data};
  for (const std::string& option : drill_options()) arguments.push_back(option);
  ChildProcess engine("botbox", arguments);
  CHECK_MESSAGE(engine.says("botboxctl cannot connect", kPatience), engine.output());
  CHECK(engine.output().find("chmod 600") != std::string::npos);
  CHECK_MESSAGE(engine.says("cycle", kPatience), engine.output());
  CHECK(home.ctl({"status"}).exit_code == 3);
}

TEST_CASE(
    "a thousand silent connections to the real engine keep neither it nor a shell from work") {
  const ShellHome home;
  const auto engine = home.start();
  const auto address = admin::read_address(admin::admin_directory(home.data));
  REQUIRE(address.has_value());
  std::vector<int> silent;
  for (int i = 0; i < 1'000; ++i) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(address->port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    silent.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(silent.back(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  }
  CHECK(home.ctl({"status"}).exit_code == 0);
  CHECK_MESSAGE(engine->says("cycle", kPatience), engine->output());
  for (const int socket : silent) ::close(socket);
  CHECK(home.ctl({"status"}).exit_code == 0);
}

TEST_CASE("at a terminal the shell completes, asks before what is grave, and remembers") {
  const ShellHome home;
  auto engine = home.start();
  for (int tries = 0; home.json({"positions"})["items"].empty(); ++tries) {
    REQUIRE_MESSAGE(tries < 600, engine->output());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  Terminal shell("botboxctl", {"--data", home.data}, home.directory.path());
  REQUIRE_MESSAGE(shell.shows("mode       ACTIVE", kPatience), shell.screen());
  REQUIRE_MESSAGE(shell.shows("botbox> ", kPatience), shell.screen());
  // Tab: the only command that begins so, then the bots.
  shell.type("pos\t\r");
  CHECK_MESSAGE(shell.shows("AVERAGE", kPatience), shell.screen());
  REQUIRE_MESSAGE(shell.shows("botbox> ", kPatience), shell.screen());
  const std::string bot = home.json({"bots"})["items"][0]["id"];
  shell.type("bot pa\t" + bot + "\r");
  CHECK_MESSAGE(shell.shows("PAUSED", kPatience), shell.screen());
  REQUIRE_MESSAGE(shell.shows("botbox> ", kPatience), shell.screen());
  shell.type("bot archive " + bot + "\r");
  REQUIRE_MESSAGE(shell.shows("sure? [y/N]", kPatience), shell.screen());
  shell.type("n\r");
  CHECK_MESSAGE(shell.shows("nothing done", kPatience), shell.screen());
  CHECK(home.json({"bot", "show", bot})["status"] == "PAUSED");
  // Ctrl-C gives up a line and not the shell.
  shell.type("stop\x03");
  REQUIRE_MESSAGE(shell.shows("botbox> ", kPatience), shell.screen());
  shell.type("act\t\r");
  CHECK_MESSAGE(shell.shows("rate_limiter", kPatience), shell.screen());
  REQUIRE_MESSAGE(shell.shows("botbox> ", kPatience), shell.screen());
  shell.type("help bot pause\r");
  CHECK_MESSAGE(shell.shows("bot pause BOT [REASON...]", kPatience), shell.screen());
  REQUIRE_MESSAGE(shell.shows("botbox> ", kPatience), shell.screen());
  // Pressed again where the terminal was not the editor's yet: Linux forgets what came before, or
  // leaves something of it in the line, which Ctrl-C gives up.
  std::optional<int> ended;
  for (int press = 0; press < 30 && !ended; ++press) {
    shell.offer(press % 2 == 0 ? "\x04" : "\x03");
    ended = shell.wait(Duration{2'000});
  }
  CHECK_MESSAGE(ended == 0, (ended ? std::to_string(*ended) : "still there") << shell.screen());
  const auto history = home.directory.path() / ".local/state/botbox/ctl_history";
  struct stat facts {};
  REQUIRE(::stat(history.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  Terminal again("botboxctl", {"--data", home.data}, home.directory.path());
  REQUIRE_MESSAGE(again.shows("botbox> ", kPatience), again.screen());
  again.type("\x1b[A");
  CHECK_MESSAGE(again.shows("help bot pause", kPatience), again.screen());
}

TEST_CASE("a shell that follows events survives a restart of the engine and loses none") {
  const ShellHome home;
  auto engine = home.start();
  Terminal shell("botboxctl", {"--data", home.data}, home.directory.path());
  REQUIRE_MESSAGE(shell.shows("botbox> ", kPatience), shell.screen());
  shell.type("events --follow --kind operator.pause\r");
  const std::string bot = home.json({"bots"})["items"][0]["id"];
  CHECK(home.ctl({"bot", "pause", bot, "first"}).exit_code == 0);
  CHECK_MESSAGE(shell.shows("first", kPatience), shell.screen());
  engine->signal(SIGKILL);
  REQUIRE(engine->wait(kPatience).has_value());
  CHECK_MESSAGE(shell.shows("the engine is away", kPatience), shell.screen());
  engine = home.start();
  const std::string other = home.json({"bots"})["items"][1]["id"];
  CHECK(home.ctl({"bot", "pause", other, "second"}).exit_code == 0);
  CHECK_MESSAGE(shell.shows("the engine is back", kPatience), shell.screen());
  CHECK_MESSAGE(shell.shows("second", kPatience), shell.screen());
  shell.type("\x03");
  REQUIRE_MESSAGE(shell.shows("botbox> ", kPatience), shell.screen());
  shell.type("session\r");
  CHECK_MESSAGE(shell.shows("operate", kPatience), shell.screen());
}

TEST_CASE("a shell that follows events ends when nobody reads them any more") {
  const ShellHome home;
  const auto engine = home.start();
  ChildProcess shell("botboxctl", {"--data", home.data, "events", "--follow"});
  REQUIRE_MESSAGE(shell.says("Z  ", kPatience), shell.output());
  shell.stop_reading();
  const auto ending = shell.wait(kPatience);  // the fleet goes on trading
  REQUIRE(ending.has_value());
  CHECK(ending->exit_code == 1);
}

TEST_CASE("a command whose reader is gone ends by an exit code") {
  const ShellHome home;
  const auto engine = home.start();
  ChildProcess shell("botboxctl", {"--data", home.data, "config"});
  shell.stop_reading();
  const auto ending = shell.wait(kPatience);
  REQUIRE(ending.has_value());
  CHECK(ending->signal == 0);
}

TEST_CASE("a stopped engine that does not answer ends the question by its time-out") {
  const ShellHome home;
  const auto engine = home.start();
  engine->signal(SIGSTOP);
  const Ended late = home.ctl({"--timeout", "2", "status"});
  CHECK(late.exit_code == 5);
  engine->signal(SIGCONT);
  CHECK(home.ctl({"status"}).exit_code == 0);
}

TEST_CASE("two engines with two data directories are two shells' worlds") {
  const ShellHome one;
  const ShellHome two;
  const auto first = one.start();
  const auto second = two.start();
  CHECK(one.ctl({"pause-all"}).exit_code == 0);
  CHECK(one.json({"status"})["mode"]["mode"] == "REDUCING");
  CHECK(two.json({"status"})["mode"]["mode"] == "ACTIVE");
}

}  // namespace botbox::process
