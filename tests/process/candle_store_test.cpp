// The way of somebody who tests an idea: candles from a venue into the local store, a look at them,
// then settings of a bot over them and two bots against each other.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/process/kill_drill.hpp"
#include "tests/process/program.hpp"
#include "tests/storage/support.hpp"

namespace botbox::process {
namespace {

using Json = nlohmann::ordered_json;

// Two bots that differ in how they look; nobody trades ETH, and nothing is recorded of it.
constexpr std::string_view kIdeas = R"(
[[paper.symbol]]
symbol = "BTC/USDT"
price = 50000
volatility = "4%"
[[paper.symbol]]
symbol = "ETH/USDT"
price = 3000
[bot_defaults]
symbol = "BTC/USDT"
strategy = "ema_cross"
timeframe = "5m"
check_interval = "5m"
allocation = 10000
stake_amount = 1000
[[bot]]
id = "quick"
parameters = { fast = 3, slow = 9 }
[[bot]]
id = "slow"
parameters = { fast = 9, slow = 21 }
)";

Json said_by(const std::vector<std::string>& arguments) {
  const Ended ended = run_program("botbox", arguments);
  REQUIRE_MESSAGE(ended.exit_code == 0, ended.err);
  Json parsed = Json::parse(ended.out, nullptr, false);
  REQUIRE_MESSAGE(!parsed.is_discarded(), ended.out);
  return parsed;
}

class Desk {
 public:
  Desk() : port_(port_of(venue_)) { std::ofstream(config()) << kIdeas; }
  std::string store() const { return (directory_.path() / "candles").string(); }
  std::string config() const { return (directory_.path() / "ideas.toml").string(); }
  Json download(const std::string& to, const std::string& venue = "binance-spot") const {
    return said_by({"download-candles", "--store", store(), "--venue", venue, "--symbol",
                    "BTC/USDT", "--timeframe", "5m", "--from", "2024-01-01", "--to", to, "--url",
                    fmt::format("http://127.0.0.1:{}", port_), "--json"});
  }

 private:
  storage::test::TemporaryDirectory directory_;
  ChildProcess venue_{"botbox-exchange", {"--port", "0", "--seed", "7"}};
  std::uint16_t port_;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("candles come from a venue once, are listed, and printed as whole ones") {
  const Desk desk;
  const Json first = desk.download("2024-01-02");
  CHECK(first.at("added") == 288);
  CHECK(first.at("gaps").empty());
  const Json again = desk.download("2024-01-02");
  CHECK(again.at("requests") == 0);
  CHECK(again.at("added") == 0);
  // Ten minutes into an hour.
  const Json more = desk.download("2024-01-03T00:10Z");
  CHECK(more.at("added") == 290);
  CHECK(more.at("candles") == 578);

  const Json list = said_by({"candles", "--store", desk.store(), "--json"});
  REQUIRE(list.size() == 1);
  CHECK(list.at(0).at("symbol") == "BTC/USDT");
  CHECK(list.at(0).at("candles") == 578);
  CHECK(list.at(0).at("missing") == 0);

  const Ended fives = run_program(
      "botbox", {"candles", "--store", desk.store(), "--symbol", "BTC/USDT", "--timeframe", "5m"});
  CHECK(lines_of(fives.out).size() == 1 + 578);
  const Ended hours = run_program(
      "botbox", {"candles", "--store", desk.store(), "--symbol", "BTC/USDT", "--timeframe", "1h"});
  const std::vector<std::string> lines = lines_of(hours.out);
  REQUIRE(lines.size() == 1 + 48);
  CHECK(lines.front() == "open_time_ms,open,high,low,close,volume");
  CHECK(lines.back().starts_with("1704236400000,"));  // 2024-01-02T23:00:00Z
}

TEST_CASE("settings are swept and bots compared over candles of the store") {
  const Desk desk;
  REQUIRE(desk.download("2024-01-08").at("candles") == 7 * 288);
  const Json sweep =
      said_by({"sweep", "--config", desk.config(), "--candles", desk.store(), "--bot", "quick",
               "--set", "fast=3,9", "--set", "slow=9,21", "--json", "--jobs", "2"});
  // fast = slow is none.
  CHECK(sweep.at("trials") == 3);
  CHECK(sweep.at("refused") == 1);
  CHECK(sweep.at("in_sample").at("to") == sweep.at("out_of_sample").at("from"));
  REQUIRE(sweep.at("results").size() == 3);
  for (const Json& row : sweep.at("results")) CHECK(row.at("out_of_sample").is_object());
  CHECK(sweep.at("overfitting").at("probability").is_number());
  const Json both =
      said_by({"compare", "--config", desk.config(), "--candles", desk.store(), "--json"});
  CHECK(both.at("baseline") == "quick");
  REQUIRE(both.at("variants").size() == 2);
  CHECK(both.at("variants").at(0).at("trades") > 10);
  REQUIRE(both.at("differences").size() == 1);
  CHECK(both.at("differences").at(0).at("id") == "slow");
  CHECK(both.at("differences").at(0).at("days") == 7);
  CHECK(both.at("differences").at(0).at("low").is_number());
}

TEST_CASE("a store with candles of a symbol from two venues is used for the one that is named") {
  const Desk desk;
  REQUIRE(desk.download("2024-01-02").at("candles") == 288);
  REQUIRE(desk.download("2024-01-03", "bybit-spot").at("candles") == 576);
  const std::vector<std::vector<std::string>> commands{
      {"candles", "--store", desk.store(), "--symbol", "BTC/USDT", "--timeframe", "5m"},
      {"replay", "--config", desk.config(), "--candles", desk.store(), "--json"},
      {"compare", "--config", desk.config(), "--candles", desk.store(), "--json"},
      {"sweep", "--config", desk.config(), "--candles", desk.store(), "--bot", "quick", "--set",
       "fast=3,4", "--json"}};
  for (std::vector<std::string> command : commands) {
    CAPTURE(command.front());
    const Ended both = run_program("botbox", command);
    CHECK(both.exit_code == 1);
    for (const char* part : {"BTC/USDT", "binance-spot, bybit-spot", "--venue NAME"})
      CHECK_MESSAGE(both.err.find(part) != std::string::npos, both.err);
    command.insert(command.end(), {"--venue", "bybit-spot"});
    const Ended one = run_program("botbox", command);
    CHECK_MESSAGE(one.exit_code == 0, one.err);
    if (command.front() == "candles") CHECK(lines_of(one.out).size() == 1 + 576);
  }
  const Json list =
      said_by({"candles", "--store", desk.store(), "--venue", "bybit-spot", "--json"});
  REQUIRE(list.size() == 1);
  CHECK(list.at(0).at("candles") == 576);
  CHECK(said_by({"candles", "--store", desk.store(), "--json"}).size() == 2);
}

TEST_CASE("simulated venues over recorded candles take those of the venue that is named") {
  const storage::test::TemporaryDirectory directory;
  for (const char* venue : {"binance-spot", "bybit-spot"})
    std::ofstream(directory.path() / fmt::format("{}_BTCUSDT_1m_store.csv", venue))
        << "open_time_ms,open,high,low,close,volume\n1704067200000,1,2,1,1,1\n";
  std::vector<std::string> command{"--port", "0", "--feed", directory.path().string()};
  const Ended both = run_program("botbox-exchange", command);
  CHECK(both.exit_code == 1);
  CHECK_MESSAGE(
      both.err.find("BTC/USDT from several venues: binance-spot, bybit-spot") != std::string::npos,
      both.err);
  command.insert(command.end(), {"--venue", "bybit-spot"});
  ChildProcess one("botbox-exchange", command);
  CHECK(port_of(one) > 0);
}

}  // namespace botbox::process
