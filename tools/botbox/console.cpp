#include "tools/botbox/console.hpp"

#include <spdlog/spdlog.h>

#include <caf/event_based_actor.hpp>
#include <cstdio>

#include "tools/botbox/output.hpp"

namespace botbox::cli {
namespace {

// What happened since the last line.
struct Counts {
  std::uint32_t signals = 0;
  std::uint32_t accepted = 0;
  std::uint32_t fills = 0;
  std::uint32_t opened = 0;
  std::uint32_t closed = 0;
};

class Console : public caf::event_based_actor {
 public:
  Console(caf::actor_config& config, const Clock& clock)
      : caf::event_based_actor(config), clock_(clock) {}

 protected:
  caf::behavior make_behavior() override {
    return {
        [this](const actors::CycleFinished& cycle) { line(cycle.record); },
        [this](const actors::SignalNoticed& signal) {
          ++counts_.signals;
          if (signal.outcome == CheckOutcome::kAccepted) ++counts_.accepted;
        },
        [this](const actors::FillsNoticed& fills) {
          counts_.fills += fills.fills;
          counts_.opened += fills.is_opened ? 1 : 0;
          counts_.closed += fills.is_closed ? 1 : 0;
          spdlog::debug("{}: {} fills on {}", fills.bot.value, fills.fills, fills.symbol.value);
        },
        [](const actors::FleetReady& ready) {
          spdlog::info("fleet ready: {} bots, {} in quarantine", ready.bots, ready.quarantined);
        },
        [](const actors::BotsEvicted&) {},
        [](const actors::RetentionSwept& swept) {
          for (const actors::KindSwept& one : swept.kinds)
            if (one.rows > 0)
              spdlog::info("{} old rows of kind {} were dropped", one.rows, to_string(one.kind));
        },
        [](const actors::AlertRaised& alert) { spdlog::warn("{}: {}", alert.kind, alert.text); },
        [](const actors::Drained&) {}};
  }

 private:
  void line(const CycleRecord& cycle) {
    // Not fmt::print: it throws when the reader is gone, and with this actor alerts would end too.
    const std::string text = fmt::format(
        "{}  cycle {}: {} bots checked{} in {} ms | signals {} ({} accepted) | fills {} | "
        "positions {} opened, {} closed\n",
        readable_time(Timestamp{clock_.now().ms / 1000 * 1000}), cycle.number, cycle.found,
        cycle.failed > 0 ? fmt::format(" ({} failed)", cycle.failed) : "", cycle.duration.count(),
        counts_.signals, counts_.accepted, counts_.fills, counts_.opened, counts_.closed);
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
    counts_ = {};
  }

  const Clock& clock_;
  Counts counts_;
};

}  // namespace

caf::actor spawn_console(caf::actor_system& system, const Clock& clock) {
  return system.spawn<Console>(std::cref(clock));
}

}  // namespace botbox::cli
