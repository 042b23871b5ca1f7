// test_simulation                                   the doctest cases
// test_simulation --first S --seeds N               N seeds, all of which must be clean
//   [--mutation NAME] [--events N] [--repeat]       with a mutation; events shown; each seed twice
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>

#include "tests/simulation/campaign.hpp"

namespace {

using namespace botbox;

// An assertion of the engine ends the process; the seed must be known even then.
extern "C" void tell_seed(int) {
  const std::string text =
      fmt::format("\nwhile simulating seed {}: test_simulation --first {} --seeds 1\n",
                  simulation::seed_under_way(), simulation::seed_under_way());
  const auto written = write(STDERR_FILENO, text.data(), text.size());
  static_cast<void>(written);
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGABRT, tell_seed);
  simulation::Campaign campaign;
  bool is_campaign = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "0";
    if (option == "--first") campaign.first = std::strtoull(value, nullptr, 10);
    if (option == "--seeds") campaign.seeds = std::strtoull(value, nullptr, 10);
    if (option == "--events") campaign.events = std::strtoull(value, nullptr, 10);
    if (option == "--repeat") campaign.repeat_every = 1;
    if (option == "--mutation" && !simulation::mutation_called(value, campaign.mutation)) {
      fmt::print(stderr, "no mutation is called '{}'\n", value);
      return 2;
    }
    is_campaign = is_campaign || option == "--seeds";
  }
  if (is_campaign) return simulation::run_campaign(campaign) ? 0 : 1;
  return doctest::Context(argc, argv).run();
}
