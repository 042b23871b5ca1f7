// `botbox replay` of ten bots over 48 recorded hours, as a user runs it, twice.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "storage/rocksdb_store.hpp"
#include "storage/rows.hpp"
#include "tests/process/program.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/recorded_candles.hpp"

namespace botbox::process {
namespace {

using Json = nlohmann::ordered_json;

// Without how long it took.
Json replayed(const std::filesystem::path& data) {
  const std::string report = data.string() + ".json";
  const Ended ended = run_program(
      "botbox", {"replay", "--config", std::string(BOTBOX_SOURCE_DIR) + "/tools/demo/replay.toml",
                 "--candles", testing::recorded_candles().string(), "--from", "2021-05-18", "--to",
                 "2021-05-20", "--data", data.string(), "--report", report});
  REQUIRE_MESSAGE(ended.exit_code == 0, ended.err);
  std::ifstream in(report);
  Json read = Json::parse(in, nullptr, false);
  REQUIRE(read.is_object());
  CHECK(read.at("timing").at("wall_seconds") > 0);
  read.erase("timing");
  return read;
}

// Every signal that the directory holds, and those of which a trace tells.
void check_traces(const std::filesystem::path& data) {
  const auto store = storage::RocksDbStore::open_secondary(data);
  REQUIRE(store.has_value());
  std::set<SignalId> signals;
  std::set<SignalId> told;
  const auto walked = storage::visit_all<Signal>(
      **store, storage::Kind::kSignal,
      [&](auto, Signal&& signal) { signals.insert(std::move(signal.id)); });
  REQUIRE(walked.has_value());
  const auto traced = storage::visit_all<DecisionTrace>(**store, storage::Kind::kTrace,
                                                        [&](auto, DecisionTrace&& trace) {
                                                          if (!trace.signal.empty())
                                                            told.insert(std::move(trace.signal));
                                                        });
  REQUIRE(traced.has_value());
  CHECK(signals.size() >= 50);
  CHECK(told == signals);
}

}  // namespace

TEST_CASE(
    "ten bots over 48 recorded hours: signals, no duplicate, every one with its trace, again") {
  if (!std::filesystem::exists(testing::recorded_candles() /
                               "binance-spot_BTCUSDT_1m_2021-04_2021-05.csv")) {
    MESSAGE("not looked at: there are no recorded candles in "
            << testing::recorded_candles().string());
    return;
  }
  const storage::test::TemporaryDirectory place;
  const std::filesystem::path first = place.path() / "first";
  const Json report = replayed(first);
  CHECK(report.at("bots") == 10);
  CHECK(report.at("virtual_seconds") == 48 * 3'600);
  CHECK(report.at("signals").at("generated") >= 50);
  CHECK(report.at("duplicates") == Json{{"signals", 0}, {"orders", 0}});
  CHECK(report.at("failed_checks") == 0);
  check_traces(first);
  const Ended why =
      run_program("botbox", {"why", "--data", first.string(), "--bot", "rsi-btcusdt-001"});
  CHECK_MESSAGE(why.exit_code == 0, why.err);
  const Ended verified = run_program("botbox", {"verify", "--data", first.string()});
  CHECK_MESSAGE(verified.exit_code == 0, verified.out << verified.err);
  CHECK(replayed(place.path() / "again").dump() == report.dump());
}

}  // namespace botbox::process
