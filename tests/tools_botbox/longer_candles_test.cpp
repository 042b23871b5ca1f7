// A replay whose longer candles have a hole, and end before the others do.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "storage/reader.hpp"
#include "tools/botbox/engine_assembly.hpp"
#include "tools/botbox/replay_report.hpp"
#include "tools/botbox/virtual_run.hpp"
#include "tools/config/load_config.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

constexpr Timestamp kFirstRecorded{1'700'006'400'000};  // a full hour
constexpr Duration kFiveLong{300'000};
constexpr Duration kHourLong{3'600'000};
constexpr std::int64_t kHours = 30;
constexpr std::int64_t kHourMissing = 10;
constexpr std::int64_t kHoursRecorded = 20;

std::string strategy_text(std::string_view name, std::string_view rule) {
  return fmt::format(
      "[[strategy]]\nname = \"{}\"\ndescription = \"Never enters\"\n[strategy.long]\n"
      "threshold = 0.5\nexit = 'close < 1'\n[[strategy.long.factor]]\nname = \"never\"\n"
      "weight = 1\nwhen = '{}'\n",
      name, rule);
}

constexpr const char* kMarket = R"([[paper.symbol]]
symbol = "BTC/USDT"
price = 100
)";
constexpr const char* kBots = R"([bot_defaults]
symbol = "BTC/USDT"
timeframe = "5m"
check_interval = "5m"
stake_amount = 10
allocation = 100
[[bot]]
id = "short"
strategy = "short_sight"
[[bot]]
id = "long"
strategy = "long_sight"
)";

// Five-minute candles of all hours; hourly ones without one of them, and none of the last.
class Recording {
 public:
  Recording() {
    std::filesystem::create_directories(path_ / "candles");
    write_candles("5m", kFiveLong, kHours * 12, -1);
    write_candles("1h", kHourLong, kHoursRecorded, kHourMissing);
    std::ofstream(path_ / "bots.toml")
        << kMarket << strategy_text("short_sight", "close > 1000")
        << strategy_text("long_sight", "close(\"1h\") > 1000") << kBots;
  }
  ~Recording() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  std::string candles() const { return (path_ / "candles").string(); }
  std::string config() const { return (path_ / "bots.toml").string(); }

 private:
  void write_candles(const char* timeframe, Duration length, std::int64_t count,
                     std::int64_t missing) const {
    std::ofstream file(path_ / "candles" /
                       fmt::format("binance-spot_BTCUSDT_{}_2023-11_2023-11.csv", timeframe));
    file << "open_time_ms,open,high,low,close,volume\n";
    for (std::int64_t i = 0; i < count; ++i)
      if (i != missing)
        file << fmt::format("{},100,101,99,100,5\n", (kFirstRecorded + length * i).ms);
  }

  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / fmt::format("botbox-longer-{}", ::getpid());
};

struct Decided {
  std::map<std::string, std::vector<Timestamp>> candles;  // by bot, their closes
  nlohmann::ordered_json report;
};

Decided decided_over(const Recording& recording) {
  const auto config = config::load_config(recording.config(), {}, config::shipped_catalogue());
  REQUIRE_MESSAGE(config, (config ? "" : config::to_string(config.error())));
  const auto feed = recorded_feed(recording.candles(), config->bots);
  REQUIRE_MESSAGE(feed, (feed ? "" : to_string(feed.error())));
  const auto run = run_virtually(*config, {.from = kFirstRecorded + kHourLong * 2,
                                           .to = kFirstRecorded + kHourLong * kHours,
                                           .bots = config->bots,
                                           .feed = *feed,
                                           .data = {},
                                           .on_progress = {}});
  REQUIRE_MESSAGE(run, (run ? "" : to_string(run.error())));
  Decided decided;
  REQUIRE(storage::visit_records<DecisionTrace>(
      run->engine->store(), {.kind = storage::Kind::kTrace, .prefix = {}, .from = {}}, {},
      [&](std::string_view, DecisionTrace&& trace) {
        decided.candles[trace.bot.value].push_back(trace.candle_close);
        return true;
      }));
  const auto report = build_report(run->engine->store(), **feed, run->facts);
  REQUIRE_MESSAGE(report, (report ? "" : to_string(report.error())));
  decided.report = *report;
  return decided;
}

}  // namespace

TEST_CASE("no candle is left out because a longer one is not there, and the report says so") {
  const Recording recording;
  const Decided decided = decided_over(recording);
  for (const char* bot : {"short", "long"}) {
    CAPTURE(bot);
    const std::vector<Timestamp>& closes = decided.candles.at(bot);
    REQUIRE(closes.size() > 300);
    for (std::size_t i = 1; i < closes.size(); ++i) CHECK(closes[i] == closes[i - 1] + kFiveLong);
    CHECK(closes.back() >= kFirstRecorded + kHourLong * kHours - kFiveLong);
  }
  CHECK(decided.report.at("failed_checks") == 0);
  const nlohmann::ordered_json& lacking = decided.report.at("lacking_candles");
  REQUIRE(lacking.size() == 1);
  const std::string text = lacking.front().get<std::string>();
  CHECK(text.find("BTC/USDT 1h ends " + to_iso8601(kFirstRecorded + kHourLong * kHoursRecorded)) ==
        0);
  CHECK(report_text(decided.report).find("candles     " + text) != std::string::npos);
}

}  // namespace botbox::cli
