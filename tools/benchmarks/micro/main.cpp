// The program `botbox-micro`: Google Benchmark's lines, and below them how the floors were met.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <iostream>

#include "tools/benchmarks/micro/floors.hpp"

namespace botbox::bench {
namespace {

// Shows what the default reporter shows, and remembers what floors are held against.
class FloorReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override { return shown_.ReportContext(context); }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs)
      if (run.run_type == Run::RT_Iteration && !run.error_occurred) take(run);
    shown_.ReportRuns(runs);
  }

  void Finalize() override {
    shown_.Finalize();
    const std::string text = floors_text(parts_);
    if (text.empty()) return;
    // JSON and CSV stay what they are.
    const bool is_for_people = dynamic_cast<benchmark::ConsoleReporter*>(&shown_) != nullptr;
    (is_for_people ? std::cout : std::cerr) << '\n' << text << std::flush;
  }

 private:
  void take(const Run& run) {
    const auto rounds = static_cast<double>(std::max<std::int64_t>(run.iterations, 1));
    const auto items = run.counters.find("items_per_second");
    const Measured seen{.per_second = items == run.counters.end() ? 0 : items->second.value,
                        .wall_seconds = run.real_accumulated_time / rounds,
                        .cpu_seconds = run.cpu_accumulated_time / rounds};
    const auto [at, is_first] = parts_.emplace(run.run_name.str(), seen);
    if (is_first) return;
    at->second = {.per_second = std::max(at->second.per_second, seen.per_second),
                  .wall_seconds = std::min(at->second.wall_seconds, seen.wall_seconds),
                  .cpu_seconds = std::min(at->second.cpu_seconds, seen.cpu_seconds)};
  }

  // The library's own, of the format that was asked for.
  benchmark::BenchmarkReporter& shown_ = *benchmark::CreateDefaultDisplayReporter();
  MeasuredParts parts_;
};

int run_benchmarks(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  FloorReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::Shutdown();
  return 0;
}

}  // namespace
}  // namespace botbox::bench

int main(int argc, char** argv) { return botbox::bench::run_benchmarks(argc, argv); }
