#include "tools/botbox/drill.hpp"

#include <algorithm>

#include "actors/wall_clock.hpp"

namespace botbox::cli {
namespace {

constexpr Duration kFastestTick{20};
constexpr Duration kLongestDrill{7 * 86'400'000LL};  // of real time

// A simulated venue on this machine lives in whatever time it is told.
bool is_local(const std::string& url) {
  return url.starts_with("http://127.0.0.1:") || url.starts_with("http://localhost:");
}

}  // namespace

Result<std::unique_ptr<Clock>> clock_of(const DrillOptions& drill) {
  auto wall = std::make_unique<actors::WallClock>();
  if (drill.time_scale == 0 || drill.time_scale > kTimeScaleMax)
    return fail(ErrorCode::kInvalidInput, fmt::format("must be from 1 to {}", kTimeScaleMax),
                "--time-scale");
  if (!drill.is_on()) return wall;
  const Timestamp origin{drill.time_origin_ms};
  const Duration since = wall->now() - origin;
  if (since < Duration{0} || since > kLongestDrill)
    return fail(ErrorCode::kInvalidInput, "must lie in the past, at most 7 days ago",
                "--time-origin", "give engine and exchange the time at which the drill began");
  return std::make_unique<actors::ScaledClock>(origin, drill.time_scale);
}

Result<void> allow_drill(const DrillOptions& drill, const config::ExchangeSection& exchange) {
  if (!drill.is_on() || !config::is_real(exchange.kind) || is_local(exchange.url)) return {};
  return fail(ErrorCode::kInvalidInput,
              fmt::format("a drill needs a paper exchange or a simulated venue, not {}",
                          to_string(exchange.kind)),
              "--time-scale", "start botbox-exchange and give its address as url");
}

void adapt(actors::EngineSettings& settings, const DrillOptions& drill) {
  if (!drill.is_on()) return;
  const auto faster = [&](Duration& period) {
    period = std::max(kFastestTick, period / drill.time_scale);
  };
  faster(settings.scheduler.tick);
  faster(settings.trade_queue.poll_interval);
  settings.scheduler.deadline *= drill.time_scale;
  settings.limiter_patience *= drill.time_scale;
  settings.limits.permit_life *= drill.time_scale;
}

actors::OperatorDeskSettings adapted(actors::OperatorDeskSettings settings,
                                     const DrillOptions& drill) {
  if (!drill.is_on()) return settings;
  settings.patience *= drill.time_scale;
  settings.check_patience *= drill.time_scale;
  return settings;
}

}  // namespace botbox::cli
