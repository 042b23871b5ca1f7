// The program `botbox-bench`: one cycle of a fleet, from the trigger to the last order, beside
// others that do the same work. What is measured, and how to compare: tools/benchmarks/README.md.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tools/benchmarks/cycle/phases.hpp"
#include "tools/benchmarks/cycle/report.hpp"

namespace botbox::bench {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct Options {
  std::vector<std::size_t> bots{100, 1'000, 10'000, 100'000};
  std::vector<std::string> venues{"paper", "http"};
  std::vector<std::string> indicators{"shared", "own"};
  std::string directory = fs::temp_directory_path().string();
  std::string json_file;
  std::size_t cycles = 20;
  bool only_warm = false;
  // A phase in this process; set by spawn_phase().
  std::string phase;
  std::string result;
  std::int64_t clock = kStart.ms;
};

VenueKind venue_of(std::string_view name) {
  return name == "http" ? VenueKind::kHttp : VenueKind::kPaper;
}

Indicators indicators_of(std::string_view name) {
  return name == "own" ? Indicators::kPerBot : Indicators::kShared;
}

// A directory that goes with the measurement.
class Scratch {
 public:
  explicit Scratch(const fs::path& parent)
      : path_(parent / fmt::format("botbox-bench-{}", ::getpid())) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// The fleet against the same process with no bot at all. Over a directory of its own: the embedded
// paper exchange remembers every order that its directory has seen.
Result<json> memory(PhaseOptions options, const fs::path& parent) {
  options.phase = Phase::kMemory;
  const std::size_t bots = options.run.bots;
  options.run.start = kStart;
  options.run.directory = parent / "idle";
  options.cycles = 0;
  BOTBOX_TRY(spawn_phase(options));
  options.cycles = 2;
  BOTBOX_ASSIGN(const json with, spawn_phase(options));
  options.run.bots = 0;
  options.run.directory = parent / "empty";
  BOTBOX_ASSIGN(const json without, spawn_phase(options));
  const auto per_bot = [&](const char* name) {
    return (with.at(name).get<double>() - without.at(name).get<double>()) /
           static_cast<double>(bots);
  };
  return json{{"per_bot_spawned", per_bot("spawned")},
              {"per_bot_untrimmed", per_bot("spawned_untrimmed")},
              {"per_bot_cycled", per_bot("cycled")},
              {"process_mb", with.at("cycled").get<double>() / 1e6}};
}

Result<json> measure(const Options& options, std::size_t bots, const std::string& venue,
                     const std::string& indicators, bool is_full) {
  const Scratch scratch(options.directory);
  PhaseOptions phase;
  phase.run = {.directory = scratch.path() / "data",
               .bots = bots,
               .venue = venue_of(venue),
               .indicators = indicators_of(indicators)};
  phase.cycles = options.cycles;
  BOTBOX_ASSIGN(const json warm, spawn_phase(phase));
  json rest{{"restart", json::array()}};
  // Single checks moved the clock once more.
  phase.run.start = Timestamp{warm.at("clock_ms").get<std::int64_t>()} + kCycleLength;
  for (int i = 0; i < 3 && is_full; ++i) {
    phase.phase = Phase::kRestart;
    BOTBOX_ASSIGN(const json restarted, spawn_phase(phase));
    rest["restart"].push_back(restarted.at("restart"));
    phase.run.start = {restarted.at("clock_ms").get<std::int64_t>()};
  }
  if (is_full && phase.run.venue == VenueKind::kPaper) {
    BOTBOX_ASSIGN(rest["memory"], memory(phase, scratch.path()));
    phase.phase = Phase::kDie;
    BOTBOX_TRY(spawn_phase(phase));
    phase.run.start = phase.run.start + kCycleLength;
    phase.phase = Phase::kRecover;
    BOTBOX_ASSIGN(rest["recover"], spawn_phase(phase));
  }
  json measured{{"bots", bots}, {"venue", venue}, {"indicators", indicators}};
  measured["summary"] = summary(warm, rest, bots);
  return measured;
}

Result<void> measure_all(const Options& options) {
  json measurements = json::array();
  for (const std::size_t bots : options.bots)
    for (const std::string& venue : options.venues)
      for (const std::string& indicators : options.indicators) {
        // Indicators per bot are for comparison only: in the cheaper venue, and no more than warm.
        const bool compares = indicators == "own" && options.indicators.size() > 1;
        if (compares && venue != options.venues.front()) continue;
        fmt::print(stderr, "{} bots, {}, indicators {}\n", bots, venue, indicators);
        BOTBOX_ASSIGN(json measured,
                      measure(options, bots, venue, indicators, !compares && !options.only_warm));
        measurements.push_back(std::move(measured));
      }
  fmt::print("{}", table(measurements));
  if (options.json_file.empty()) return {};
  std::ofstream out(options.json_file);
  out << measurements.dump(2) << '\n';
  if (!out) return fail(ErrorCode::kIo, "cannot write the result", options.json_file);
  return {};
}

Result<void> run_here(const Options& options) {
  PhaseOptions phase;
  BOTBOX_ASSIGN(phase.phase, parse_phase(options.phase));
  phase.run = {.directory = options.directory,
               .bots = options.bots.front(),
               .venue = venue_of(options.venues.front()),
               .indicators = indicators_of(options.indicators.front()),
               .start = {options.clock}};
  phase.cycles = options.cycles;
  BOTBOX_ASSIGN(const json result, run_phase(phase));
  std::ofstream out(options.result);
  out << result.dump();
  if (!out) return fail(ErrorCode::kIo, "cannot write the result", options.result);
  return {};
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("One cycle of a fleet, measured", "botbox-bench");
  app.add_option("--bots", options.bots, "Fleet sizes")->delimiter(',');
  app.add_option("--venue", options.venues, "paper (embedded), http (loopback)")
      ->delimiter(',')
      ->check(CLI::IsMember({"paper", "http"}));
  app.add_option("--indicators", options.indicators,
                 "shared (per symbol, as the engine does), own (anew for each bot)")
      ->delimiter(',')
      ->check(CLI::IsMember({"shared", "own"}));
  app.add_option("--directory", options.directory, "Where the data go: on the disk to be measured");
  app.add_option("--cycles", options.cycles, "Warm cycles");
  app.add_option("--json", options.json_file, "Write all results there as well");
  app.add_flag("--only-warm", options.only_warm, "No restarts, no kill, no memory");
  app.add_option("--phase", options.phase)->group("");
  app.add_option("--result", options.result)->group("");
  app.add_option("--clock", options.clock)->group("");
  CLI11_PARSE(app, argc, argv);
  elapsed();
  const Result<void> done = options.phase.empty() ? measure_all(options) : run_here(options);
  if (done) return 0;
  fmt::print(stderr, "botbox-bench: {}\n", to_string(done.error()));
  return 1;
}

}  // namespace
}  // namespace botbox::bench

int main(int argc, char** argv) { return botbox::bench::run(argc, argv); }
