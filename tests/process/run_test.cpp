// `botbox run` as an operator meets it: starting, stopping, and being told what is wrong.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exchange/http/http_server.hpp"
#include "tests/process/drill.hpp"
#include "tests/process/program.hpp"
#include "tests/storage/support.hpp"

namespace botbox::process {
namespace {

using storage::test::TemporaryDirectory;

constexpr const char* kReady = "fleet ready";

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct Home {
  TemporaryDirectory directory;
  std::string config = write_text(directory.path(), "fleet.toml", drill_config(0, "10s"));
  std::string data = (directory.path() / "data").string();
  std::vector<std::string> drill = drill_options();

  std::vector<std::string> arguments() const {
    std::vector<std::string> all{"run", "--config", config, "--data", data};
    all.insert(all.end(), drill.begin(), drill.end());
    return all;
  }
};

void check_verified(const Home& home) {
  const Ended verified = run_program("botbox", {"verify", "--data", home.data});
  CHECK_MESSAGE(verified.exit_code == 0, verified.out << verified.err);
}

void check_stops_on(int signal) {
  Home home;
  ChildProcess engine("botbox", home.arguments());
  REQUIRE_MESSAGE(engine.says("cycle", kPatience), engine.output());
  engine.signal(signal);
  const auto ending = engine.wait(kPatience);
  REQUIRE_MESSAGE(ending.has_value(), engine.output());
  CHECK(ending->exit_code == 0);
  CHECK(holds(engine.output(), "stopped; everything is on disk"));
  CHECK_FALSE(holds(engine.output(), "work under way; the next start"));
  check_verified(home);
}

}  // namespace

TEST_CASE("asked to stop, the engine finishes what is under way and ends with 0") {
  check_stops_on(SIGTERM);
}

TEST_CASE("interrupted, the engine finishes what is under way and ends with 0") {
  check_stops_on(SIGINT);
}

TEST_CASE("SIGHUP takes over a file that is right, and refuses one that is wrong") {
  Home home;
  ChildProcess engine("botbox", home.arguments());
  REQUIRE_MESSAGE(engine.says("cycle", kPatience), engine.output());
  const auto edit = [&](const std::string& end) {
    write_text(home.directory.path(), "fleet.toml", drill_config(0, "10s") + end);
    engine.signal(SIGHUP);
  };
  edit("\nnonsense");
  REQUIRE_MESSAGE(engine.says("configuration not taken over", kPatience), engine.output());
  edit(
      "\n[[bot]]\nid = \"late\"\nstrategy = \"ema_cross\"\n[bot.parameters]\nfast = 1\nslow = 3\n");
  REQUIRE_MESSAGE(engine.says("configuration read again", kPatience), engine.output());
  engine.signal(SIGTERM);
  const auto ending = engine.wait(kPatience);
  REQUIRE_MESSAGE(ending.has_value(), engine.output());
  CHECK(ending->exit_code == 0);
  CHECK_MESSAGE(holds(engine.output(), R"("bot":"late-btcusdt","what":"created")"),
                engine.output());
  const Ended bots = run_program("botbox", {"inspect", "bots", "--data", home.data});
  CHECK_MESSAGE(holds(bots.out, "late"), bots.out);
  check_verified(home);
}

TEST_CASE("a log that has grown too large is put aside, and a new one begun") {
  Home home;
  const std::filesystem::path log = home.directory.path() / "engine.log";
  {
    std::ofstream old(log);
    old << std::string(2'000'000, 'x') << "\n";
  }
  const auto with_log = [&](const std::string& file) {
    std::string text = drill_config(0, "10s");
    const std::string section = "[engine]\n";
    text.insert(text.find(section) + section.size(),
                "log_file = \"" + file + "\"\nlog_file_mib = 1\nlog_files_kept = 2\n");
    write_text(home.directory.path(), "fleet.toml", text);
  };
  with_log("engine.log");
  ChildProcess engine("botbox", home.arguments());
  REQUIRE_MESSAGE(engine.says("cycle", kPatience), engine.output());
  engine.signal(SIGTERM);
  REQUIRE(engine.wait(kPatience).has_value());
  const auto text_of = [](const std::filesystem::path& path) {
    std::ifstream in(path);
    return std::string((std::istreambuf_iterator<char>(in)), {});
  };
  CHECK(std::filesystem::file_size(home.directory.path() / "engine.1.log") > 1'900'000);
  CHECK(holds(text_of(log), "everything is on disk"));
  // What cannot be written is told, and nothing is started.
  with_log("/proc/none/x.log");
  const Ended refused = run_program("botbox", home.arguments());
  CHECK(refused.exit_code == 1);
  CHECK(holds(refused.err, "log_file"));
}

TEST_CASE("asked to stop during its start, the engine ends with 0") {
  Home home;
  ChildProcess engine("botbox", home.arguments());
  REQUIRE_MESSAGE(engine.says("engine 'drill' runs", kPatience), engine.output());
  engine.signal(SIGTERM);
  const auto ending = engine.wait(kPatience);
  REQUIRE_MESSAGE(ending.has_value(), engine.output());
  CHECK_MESSAGE(ending->exit_code == 0, engine.output());
  check_verified(home);
}

TEST_CASE("a stopped engine goes on with the same fleet at its next start") {
  Home home;
  for (const char* process : {"process 1 of this directory", "process 2 of this directory"}) {
    ChildProcess engine("botbox", home.arguments());
    REQUIRE_MESSAGE(engine.says("cycle", kPatience), engine.output());
    CHECK(holds(engine.output(), process));
    engine.signal(SIGTERM);
    REQUIRE(engine.wait(kPatience).has_value());
  }
  check_verified(home);
}

TEST_CASE("a second engine on a directory is refused, and the first does not notice") {
  Home home;
  ChildProcess first("botbox", home.arguments());
  REQUIRE_MESSAGE(first.says(kReady, kPatience), first.output());
  const Ended second = run_program("botbox", home.arguments());
  CHECK(second.exit_code == 1);
  CHECK_MESSAGE(holds(second.err, home.data), second.err);
  CHECK_MESSAGE(holds(second.err, "another"), second.err);
  CHECK(second.out.empty());
  // Looking is welcome all the while.
  CHECK(run_program("botbox", {"inspect", "bots", "--data", home.data}).exit_code == 0);
  CHECK(run_program("botbox", {"inspect", "engine", "--data", home.data}).exit_code == 0);
  const std::size_t before = first.output().size();
  REQUIRE_FALSE(first.wait(Duration{0}).has_value());
  REQUIRE_MESSAGE(first.says("cycle", kPatience), first.output());
  CHECK(first.output().size() >= before);
  first.signal(SIGTERM);
  const auto ending = first.wait(kPatience);
  REQUIRE_MESSAGE(ending.has_value(), first.output());
  CHECK(ending->exit_code == 0);
  check_verified(home);
}

TEST_CASE("the engine outlives whoever reads its output") {
  Home home;
  ChildProcess engine("botbox", home.arguments());
  REQUIRE_MESSAGE(engine.says("cycle", kPatience), engine.output());
  const std::size_t trades = read_records(home.data).trades.size();
  engine.stop_reading();
  // Trades are announced, so more of them are words that nobody reads.
  for (int i = 0; i < 1'000 && read_records(home.data).trades.size() < trades + 20; ++i)
    REQUIRE_FALSE(engine.wait(Duration{50}).has_value());
  CHECK(read_records(home.data).trades.size() >= trades + 20);
  engine.signal(SIGTERM);
  const auto ending = engine.wait(kPatience);
  REQUIRE(ending.has_value());
  CHECK(ending->exit_code == 0);
}

TEST_CASE("asked for JSON, the engine prints an object a cycle") {
  Home home;
  std::vector<std::string> arguments = home.arguments();
  arguments.push_back("--json");
  ChildProcess engine("botbox", arguments);
  // Both streams come here: the log's lines begin with a date.
  for (int cycle = 1; cycle <= 3; ++cycle)
    REQUIRE_MESSAGE(engine.says(fmt::format(R"("cycle":{},)", cycle), kPatience), engine.output());
  CHECK_FALSE(holds(engine.output(), "bots checked"));
  engine.signal(SIGTERM);
  REQUIRE(engine.wait(kPatience).has_value());
  std::istringstream lines(engine.output());
  std::uint64_t cycles = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('{')) continue;
    const nlohmann::json object = nlohmann::json::parse(line, nullptr, false);
    REQUIRE_MESSAGE(object.is_object(), line);
    CHECK(object.at("cycle") >= 1);
    ++cycles;
    CHECK(object.at("failed") <= object.at("checked"));
    CHECK(object.at("accepted") <= object.at("signals"));
  }
  CHECK(cycles >= 3);
}

TEST_CASE(
    "a commit that fails stops the engine, says what is unknown, and the next start goes on") {
  Home home;
  {
    ChildProcess engine("botbox", home.arguments());
    REQUIRE_MESSAGE(engine.says("cycle", kPatience), engine.output());
    engine.refuse_writes();
    const auto ending = engine.wait(kPatience);
    REQUIRE_MESSAGE(ending.has_value(), engine.output());
    CHECK(ending->exit_code == 1);
    CHECK_MESSAGE(holds(engine.output(), "a commit failed and its outcome is unknown"),
                  engine.output());
    CHECK_FALSE(holds(engine.output(), "everything is on disk"));
  }
  check_verified(home);
  ChildProcess engine("botbox", home.arguments());
  REQUIRE_MESSAGE(engine.says("cycle", kPatience), engine.output());
  engine.signal(SIGTERM);
  const auto ending = engine.wait(kPatience);
  REQUIRE_MESSAGE(ending.has_value(), engine.output());
  CHECK(ending->exit_code == 0);
  check_verified(home);
}

TEST_CASE("a commit that fails stops the engine also where nobody can read what it says") {
  Home home;
  ChildProcess engine("botbox", home.arguments());
  REQUIRE_MESSAGE(engine.says("cycle", kPatience), engine.output());
  engine.stop_reading();
  engine.refuse_writes();
  const auto ending = engine.wait(kPatience);
  REQUIRE(ending.has_value());
  CHECK(ending->exit_code == 1);
  check_verified(home);
}

TEST_CASE("a mistake in the configuration is shown with its place, and nothing is started") {
  Home home;
  std::ofstream(home.config, std::ios::app) << "no_such_parameter = 1\n";
  const Ended ended = run_program("botbox", home.arguments());
  CHECK(ended.exit_code == 4);
  CHECK_MESSAGE(holds(ended.err, home.config + ":"), ended.err);
  CHECK_MESSAGE(holds(ended.err, "no_such_parameter"), ended.err);
  CHECK_FALSE(std::filesystem::exists(home.data));
}

TEST_CASE("a port that is taken is told with its section and a way out, before anything starts") {
  const auto taken = exchange::HttpServer::listen({});
  REQUIRE(taken.has_value());
  const std::string port = std::to_string((*taken)->port());
  const std::string source = "[[webhook.source]]\nname = \"tv\"\nsecret_file = \"tv.secret\"\n";
  for (const auto& [section, rest] :
       {std::pair{"api", std::string()}, {"webhook", source}, {"admin", std::string()}}) {
    CAPTURE(section);
    Home home;
    const std::string secret = write_text(home.directory.path(), "tv.secret", "correct-horse\n");
    ::chmod(secret.c_str(), S_IRUSR | S_IWUSR);
    std::ofstream(home.config, std::ios::app) << "[" << section << "]\nport = " << port << "\n"
                                              << rest;
    const Ended ended = run_program("botbox", home.arguments());
    CHECK(ended.exit_code == 1);
    CHECK_MESSAGE(holds(ended.err, "127.0.0.1:" + port), ended.err);
    CHECK_MESSAGE(holds(ended.err, std::string("[") + section + "]"), ended.err);
    CHECK_FALSE(holds(ended.err, "runs on"));
    // No bot was written down, none has looked.
    const Ended bots = run_program("botbox", {"inspect", "bots", "--data", home.data, "--json"});
    REQUIRE_MESSAGE(bots.exit_code == 0, bots.err);
    CHECK(nlohmann::json::parse(bots.out).at("count") == 0);
  }
}

TEST_CASE("a data directory that cannot be one is refused with its path") {
  Home home;
  std::ofstream(home.data) << "a file";
  const Ended ended = run_program("botbox", home.arguments());
  CHECK(ended.exit_code == 1);
  CHECK_MESSAGE(holds(ended.err, home.data), ended.err);
}

TEST_CASE("a drill needs a scale within bounds and the time at which it began") {
  for (const auto& [option, value] : std::vector<std::pair<std::string, std::string>>{
           {"--time-scale", "0"}, {"--time-scale", "1001"}, {"--time-origin", "0"}}) {
    Home other;
    other.drill[option == "--time-scale" ? 1 : 3] = value;
    const Ended ended = run_program("botbox", other.arguments());
    CHECK(ended.exit_code == 1);
    CHECK_MESSAGE(holds(ended.err, option), ended.err);
    CHECK_FALSE(std::filesystem::exists(other.data));
  }
}

TEST_CASE("a disk below its floor raises an alert, and signals are refused with that reason") {
  Home home;
  std::string text = drill_config(0, "10s");
  text.insert(text.find("[engine]\n") + 9, "disk_free_min_mib = 1000000000\n");
  home.config = write_text(home.directory.path(), "full.toml", text);
  ChildProcess engine("botbox", home.arguments());
  REQUIRE_MESSAGE(engine.says("disk.low", kPatience), engine.output());
  const auto refused = [&] {
    return run_program("botbox", {"inspect", "signals", "--data", home.data, "--status",
                                  "DISK_SPACE_LOW", "--json"});
  };
  for (int i = 0; i < 600 && !holds(refused().out, "disk_space"); ++i)
    REQUIRE_FALSE(engine.wait(Duration{50}).has_value());
  CHECK(holds(refused().out, "disk_space"));
  CHECK(read_records(home.data).trades.empty());
  engine.signal(SIGTERM);
  REQUIRE(engine.wait(kPatience).has_value());
}

TEST_CASE("an exchange that is not there is waited for") {
  Home home;
  home.config = write_text(home.directory.path(), "remote.toml", drill_config(1, "10s"));
  ChildProcess engine("botbox", home.arguments());
  REQUIRE_MESSAGE(engine.says("exchange.unreachable", kPatience), engine.output());
  engine.signal(SIGTERM);
  const auto ending = engine.wait(kPatience);
  REQUIRE_MESSAGE(ending.has_value(), engine.output());
  CHECK_MESSAGE(ending->exit_code == 0, engine.output());
  check_verified(home);
}

}  // namespace botbox::process
