#include "tools/botbox/console.hpp"

#include <spdlog/spdlog.h>

#include <caf/event_based_actor.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "engine/notify/alert_ends.hpp"

namespace botbox::cli {
namespace {

std::string readable(const CycleLine& line) {
  const CycleRecord& cycle = line.cycle;
  return fmt::format(
      "{}  cycle {}: {} bots checked{} in {} ms | signals {} ({} accepted) | orders {} | "
      "fills {} | positions {} opened, {} closed\n",
      readable_time(Timestamp{line.at.ms / 1000 * 1000}), cycle.number, cycle.found,
      cycle.failed > 0 ? fmt::format(" ({} failed)", cycle.failed) : "", cycle.duration.count(),
      line.signals, line.accepted, line.orders, line.fills, line.opened, line.closed);
}

std::string json_of(const CycleLine& line) {
  const CycleRecord& cycle = line.cycle;
  const nlohmann::ordered_json object{{"at", to_iso8601(line.at)},
                                      {"cycle", cycle.number},
                                      {"checked", cycle.found},
                                      {"failed", cycle.failed},
                                      {"took_ms", cycle.duration.count()},
                                      {"signals", line.signals},
                                      {"accepted", line.accepted},
                                      {"orders", line.orders},
                                      {"fills", line.fills},
                                      {"positions_opened", line.opened},
                                      {"positions_closed", line.closed}};
  return object.dump() + "\n";
}

class Console : public caf::event_based_actor {
 public:
  Console(caf::actor_config& config, const Clock& clock, OutputFormat format)
      : caf::event_based_actor(config), clock_(clock), format_(format) {}

 protected:
  caf::behavior make_behavior() override {
    return {[this](const actors::CycleFinished& cycle) {
              log_failure(cycle);
              print(cycle.record);
            },
            [this](const actors::SignalNoticed& signal) {
              ++line_.signals;
              if (signal.outcome == CheckOutcome::kAccepted) ++line_.accepted;
            },
            [this](const actors::OrdersNoticed& orders) { line_.orders += orders.orders; },
            [this](const actors::FillsNoticed& fills) {
              line_.fills += fills.fills;
              line_.opened += fills.is_opened ? 1 : 0;
              line_.closed += fills.is_closed ? 1 : 0;
              spdlog::debug("{}: {} fills on {}", fills.bot.value, fills.fills, fills.symbol.value);
            },
            [](const actors::FleetReady& ready) {
              spdlog::info("fleet ready: {} bots, {} in quarantine", ready.bots, ready.quarantined);
            },
            [](const actors::BotsEvicted&) {},
            [](const actors::RetentionSwept& swept) {
              for (const actors::KindSwept& one : swept.kinds)
                if (one.rows > 0)
                  spdlog::info("{} old rows of kind {} were dropped", one.rows,
                               to_string(one.kind));
            },
            [](const actors::AlertRaised& alert) {
              const bool is_end = !alert_ended_by(alert.kind, alert.text).empty();
              spdlog::log(is_end ? spdlog::level::info : spdlog::level::warn, "{}: {}", alert.kind,
                          alert.text);
            },
            [](const actors::Drained&) {}};
  }

 private:
  // At most one line a minute: while an exchange is away every cycle has one.
  void log_failure(const actors::CycleFinished& cycle) {
    constexpr Duration kPause{60'000};
    const Timestamp now = clock_.now();
    if (cycle.failure.empty()) return;
    if (!failure_logged_at_.is_never() && now - failure_logged_at_ < kPause) return;
    failure_logged_at_ = now;
    spdlog::warn("cycle {}: {} of {} checks failed, the first of bot {}", cycle.record.number,
                 cycle.record.failed, cycle.record.found, cycle.failure);
  }

  void print(const CycleRecord& cycle) {
    line_.at = clock_.now();
    line_.cycle = cycle;
    // Not fmt::print: it throws when the reader is gone, and with this actor alerts would end too.
    const std::string text = to_text(line_, format_);
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
    line_ = {};
  }

  const Clock& clock_;
  OutputFormat format_;
  Timestamp failure_logged_at_;  // "never": none was
  CycleLine line_;               // the next one, as far as it is known
};

}  // namespace

std::string to_text(const CycleLine& line, OutputFormat format) {
  return format == OutputFormat::kJson ? json_of(line) : readable(line);
}

caf::actor spawn_console(caf::actor_system& system, const Clock& clock, OutputFormat format) {
  return system.spawn<Console>(std::cref(clock), format);
}

}  // namespace botbox::cli
