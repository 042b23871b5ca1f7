#include "tools/benchmarks/cycle/phases.hpp"

#include <dlfcn.h>
#include <malloc.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>

extern char** environ;

namespace botbox::bench {
namespace {

using nlohmann::json;

constexpr std::array kPhases{Phase::kWarm, Phase::kRestart, Phase::kDie, Phase::kRecover,
                             Phase::kMemory};

std::int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t all = 0;
  std::int64_t resident = 0;
  statm >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

json of(const StartTimes& times) {
  return {{"store_open_ms", times.store_open * 1e3},
          {"venue_open_ms", times.venue_open * 1e3},
          {"fleet_ready_ms", times.fleet_ready * 1e3},
          {"outbox_empty_ms", times.outbox_empty * 1e3},
          {"open_trades", times.open_trades}};
}

json of(const CycleTimes& times) {
  return {{"evaluated_ms", times.evaluated_ms},
          {"executed_ms", times.executed_ms},
          {"cpu_ms", times.cpu_ms},
          {"commits", times.commits},
          {"groups", times.groups},
          {"check_ms", times.check_ms},
          {"order_ms", times.order_ms}};
}

Result<json> warm(MeasuredEngine& engine, std::size_t cycles) {
  json result{{"start", of(engine.start_times())}};
  BOTBOX_ASSIGN(const CycleTimes first, engine.cycle());
  result["create"] = of(first);
  json& warm = result["warm"] = json::array();
  for (std::size_t i = 0; i < cycles; ++i) {
    BOTBOX_ASSIGN(const CycleTimes times, engine.cycle());
    warm.push_back(of(times));
  }
  result["clock_ms"] = engine.now().ms;
  BOTBOX_ASSIGN(result["single_check_ms"], engine.single_checks(200));
  return result;
}

Result<json> restart(MeasuredEngine& engine) {
  BOTBOX_ASSIGN(const CycleTimes times, engine.cycle());
  return json{
      {"start", of(engine.start_times())}, {"restart", of(times)}, {"clock_ms", engine.now().ms}};
}

// Heap that is free is given back first, by whichever allocator is linked: it is nobody's.
std::int64_t trimmed_bytes() {
  using Control = int(const char*, void*, std::size_t*, void*, std::size_t);
  auto* const jemalloc = reinterpret_cast<Control*>(::dlsym(RTLD_DEFAULT, "mallctl"));
  if (jemalloc != nullptr)
    jemalloc("arena.4096.purge", nullptr, nullptr, nullptr, 0);  // 4096: all arenas
  else
    ::malloc_trim(0);
  return resident_bytes();
}

Result<json> memory(MeasuredEngine& engine, std::size_t cycles) {
  json result{{"spawned_untrimmed", resident_bytes()}, {"spawned", trimmed_bytes()}};
  for (std::size_t i = 0; i < cycles; ++i) BOTBOX_TRY(engine.cycle());
  result["cycled"] = trimmed_bytes();
  return result;
}

}  // namespace

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::kWarm: return "warm";
    case Phase::kRestart: return "restart";
    case Phase::kDie: return "die";
    case Phase::kRecover: return "recover";
    case Phase::kMemory: return "memory";
  }
  return "?";
}

Result<Phase> parse_phase(std::string_view text) {
  for (const Phase phase : kPhases)
    if (text == to_string(phase)) return phase;
  return fail(ErrorCode::kInvalidInput, fmt::format("no phase is called '{}'", text));
}

Result<json> run_phase(const PhaseOptions& options) {
  BOTBOX_ASSIGN(const auto engine, MeasuredEngine::start(options.run));
  switch (options.phase) {
    case Phase::kWarm: return warm(*engine, options.cycles);
    case Phase::kRestart: return restart(*engine);
    case Phase::kDie:
      engine->venue().die_at_order(signals_per_cycle(options.run.bots) / 2);
      BOTBOX_TRY(engine->cycle());
      return fail(ErrorCode::kInvalidInput, "the process outlived its death");
    case Phase::kRecover: return json{{"start", of(engine->start_times())}};
    case Phase::kMemory: return memory(*engine, options.run.bots == 0 ? 0 : options.cycles);
  }
  return json{};
}

Result<json> spawn_phase(const PhaseOptions& options) {
  const std::filesystem::path file = options.run.directory.string() + ".result";
  std::filesystem::remove(file);
  std::vector<std::string> words{"botbox-bench",
                                 "--phase",
                                 std::string(to_string(options.phase)),
                                 "--directory",
                                 options.run.directory.string(),
                                 "--bots",
                                 std::to_string(options.run.bots),
                                 "--venue",
                                 options.run.venue == VenueKind::kHttp ? "http" : "paper",
                                 "--indicators",
                                 options.run.indicators == Indicators::kShared ? "shared" : "own",
                                 "--cycles",
                                 std::to_string(options.cycles),
                                 "--clock",
                                 std::to_string(options.run.start.ms),
                                 "--result",
                                 file.string()};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ) != 0)
    return fail(ErrorCode::kIo, "cannot start a process for the measurement");
  int status = 0;
  ::waitpid(child, &status, 0);
  if (options.phase == Phase::kDie) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return json{};
    return fail(ErrorCode::kInvalidInput, "the process that should be killed ended by itself");
  }
  std::ifstream in(file);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !in)
    return fail(ErrorCode::kInvalidInput, fmt::format("phase {} of {} bots failed",
                                                      to_string(options.phase), options.run.bots));
  json result = json::parse(in);
  std::filesystem::remove(file);
  return result;
}

}  // namespace botbox::bench
