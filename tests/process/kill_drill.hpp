// KillDrill: one data directory and an engine on it that is killed again and again.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/process/child_process.hpp"
#include "tests/process/drill.hpp"
#include "tests/storage/support.hpp"

namespace botbox::process {

constexpr const char* kReady = "fleet ready";

// A number of the environment, for longer or other runs.
std::uint64_t number_from(const char* variable, std::uint64_t otherwise);
std::vector<std::string> joined(std::vector<std::string> a, const std::vector<std::string>& b);
// The port of a program that says where it listens.
std::uint16_t port_of(ChildProcess& exchange);
bool contains_all(const std::map<ExecutionId, Fill>& all, const std::map<ExecutionId, Fill>& some);

// What happened over all lives.
struct Tally {
  std::uint64_t rounds = 0;
  std::uint64_t with_open_trades = 0;  // killed while a trade was not final
  std::uint64_t with_executing = 0;    // killed while the outcome of an order was not known
  std::uint64_t in_start = 0;          // killed before the fleet was ready
};
void report(const Tally& tally, std::size_t orders, double seconds);

class KillDrill {
 public:
  explicit KillDrill(std::uint64_t seed) : random_(seed), options_(drill_options()) {}

  std::filesystem::path data() const { return home_.path() / "data"; }
  const std::filesystem::path& home() const { return home_.path(); }
  const std::vector<std::string>& options() const { return options_; }
  const Tally& tally() const { return tally_; }

  std::unique_ptr<ChildProcess> start(const std::string& config);
  // One life: three of four are killed at work, the others wherever their start just is.
  void kill_round(const std::string& config);
  void kill_in_start(const std::string& config, Duration after);
  // What every moment must hold, when the engine does not run. Nothing: the first start was killed
  // before there was anything to look at, and `verify` says so.
  std::optional<EngineRecords> examine_if_any();
  EngineRecords examine();
  void end_gently(ChildProcess& engine);

 private:
  storage::test::TemporaryDirectory home_;
  std::mt19937_64 random_;
  std::vector<std::string> options_;
  Tally tally_;
  bool has_run_ = false;  // a start got as far as its fleet
};

}  // namespace botbox::process
