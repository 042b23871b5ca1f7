#include "tests/process/kill_drill.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <cstdlib>

#include "tests/process/program.hpp"

namespace botbox::process {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::vector<std::string> joined(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::uint16_t port_of(ChildProcess& exchange) {
  const std::string mark = "listening on http://127.0.0.1:";
  REQUIRE_MESSAGE(exchange.says(mark, kPatience), exchange.output());
  REQUIRE(exchange.says("\n", kPatience));
  const std::size_t at = exchange.output().find(mark) + mark.size();
  return static_cast<std::uint16_t>(std::stoul(exchange.output().substr(at)));
}

bool contains_all(const std::map<ExecutionId, Fill>& all, const std::map<ExecutionId, Fill>& some) {
  for (const auto& [id, fill] : some)
    if (!all.contains(id)) return false;
  return true;
}

void report(const Tally& tally, std::size_t orders, double seconds) {
  MESSAGE(tally.rounds << " kills (" << tally.in_start << " during the start), "
                       << tally.with_open_trades << " with open trades, " << tally.with_executing
                       << " with an order under way; " << orders << " orders; " << seconds << " s");
}

std::unique_ptr<ChildProcess> KillDrill::start(const std::string& config) {
  return std::make_unique<ChildProcess>(
      "botbox", joined({"run", "--config", config, "--data", data().string()}, options_));
}

void KillDrill::kill_round(const std::string& config) {
  const auto engine = start(config);
  const bool at_work = random_() % 4 != 0;
  if (at_work) REQUIRE_MESSAGE(engine->says(kReady, kPatience), engine->output());
  const auto ending = engine->wait(Duration{static_cast<std::int64_t>(random_() % 300)});
  REQUIRE_MESSAGE(!ending.has_value(), engine->output());
  engine->signal(SIGKILL);
  REQUIRE(engine->wait(kPatience)->signal == SIGKILL);
  ++tally_.rounds;
  if (engine->output().find(kReady) == std::string::npos) ++tally_.in_start;
  has_run_ = has_run_ || engine->output().find("engine 'drill' runs") != std::string::npos;
}

void KillDrill::kill_in_start(const std::string& config, Duration after) {
  const auto engine = start(config);
  REQUIRE_MESSAGE(!engine->wait(after).has_value(), engine->output());
}

std::optional<EngineRecords> KillDrill::examine_if_any() {
  if (has_run_) return examine();
  const Ended verified = run_program("botbox", {"verify", "--data", data().string()});
  CHECK_MESSAGE((verified.exit_code == 0 || verified.exit_code == 2), verified.out << verified.err);
  return std::nullopt;
}

EngineRecords KillDrill::examine() {
  const Ended verified = run_program("botbox", {"verify", "--data", data().string()});
  REQUIRE_MESSAGE(verified.exit_code == 0, verified.out << verified.err);
  EngineRecords records = read_records(data());
  if (records.open_trades > 0) ++tally_.with_open_trades;
  bool is_executing = false;
  for (const auto& [id, trade] : records.trades)
    is_executing = is_executing || trade.status == TradeStatus::kExecuting;
  if (is_executing) ++tally_.with_executing;
  return records;
}

void KillDrill::end_gently(ChildProcess& engine) {
  engine.signal(SIGTERM);
  const auto ending = engine.wait(kPatience);
  REQUIRE_MESSAGE(ending.has_value(), engine.output());
  CHECK_MESSAGE(ending->exit_code == 0, engine.output());
}

}  // namespace botbox::process
