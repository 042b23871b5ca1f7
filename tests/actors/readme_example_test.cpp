// The example of tests/README.md. What stands between the marks stands there word for word.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "tests/support/actor_builders.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox {
namespace {

// [example]
TEST_CASE("my bot trades for two days without a failed check") {
  actors::VirtualEngineOptions options = test::fleet_options(0);  // invented market, paper exchange
  BotConfig bot = test::plain_bot("mine");                        // BTC/USDT, 250 USDT a trade
  bot.strategy = {"rsi_reversion"};
  bot.parameters = {{"oversold", 35}};
  options.bots = {bot};
  const auto engine = actors::VirtualEngine::start(std::move(options)).value();
  engine->advance(std::chrono::hours{48});
  CHECK(engine->totals().failed_checks == 0);
  CHECK(engine->totals().positions_closed >= 1);
}
// [/example]

std::string text_of(const std::string& path) {
  std::ifstream file(std::string(BOTBOX_SOURCE_DIR) + "/" + path);
  REQUIRE_MESSAGE(file.good(), path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_CASE("the README shows this example word for word") {
  const std::string source = text_of("tests/actors/readme_example_test.cpp");
  const std::string begin = "// [example]\n";
  const std::size_t from = source.find(begin) + begin.size();
  const std::string example = source.substr(from, source.find("// [/example]") - from);
  CHECK(example.find("TEST_CASE") == 0);
  CHECK(text_of("tests/README.md").find(example) != std::string::npos);
}

}  // namespace
}  // namespace botbox
