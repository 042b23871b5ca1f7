#include "tools/botbox/drill.hpp"

#include <algorithm>

#include "actors/wall_clock.hpp"

namespace botbox::cli {
namespace {

constexpr Duration kFastestTick{20};
constexpr Duration kLongestDrill{7 * 86'400'000LL};  // of real time

bool is_paper(config::ExchangeKind kind) { return !config::is_real(kind); }

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

Result<void> allow_drill(const DrillOptions& drill, config::ExchangeKind kind) {
  if (!drill.is_on() || is_paper(kind)) return {};
  return fail(ErrorCode::kInvalidInput,
              fmt::format("a drill needs a paper exchange, not {}", to_string(kind)),
              "--time-scale");
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
}

}  // namespace botbox::cli
