#include "tools/benchmarks/micro/floors.hpp"

#include <fmt/format.h>

#include <string_view>

namespace botbox::bench {
namespace {

constexpr double kRuleFloor = 2e6;  // candles per second and core
constexpr double kYearFloor = 2;    // seconds
constexpr double kMoreBots = 99;    // beside the first of a hundred
constexpr double kCandlesOfMonth = 365.0 * 288 / 12;

const Measured* measured_of(const MeasuredParts& parts, std::string_view name) {
  const auto found = parts.find(name);
  return found == parts.end() ? nullptr : &found->second;
}

std::string_view verdict(bool is_met) { return is_met ? "met" : "missed"; }

std::string rule_line(const MeasuredParts& parts) {
  const Measured* rule = measured_of(parts, "rule_run_four_indicators");
  if (rule == nullptr) return {};
  return fmt::format(
      "a rule of four indicators, one bot without storage: {:.2f} million candles/s "
      "(floor {:.0f}): {}\n",
      rule->per_second / 1e6, kRuleFloor / 1e6, verdict(rule->per_second >= kRuleFloor));
}

std::string year_line(const MeasuredParts& parts) {
  const Measured* year = measured_of(parts, "replay_of_a_year/rsi_reversion/1/1");
  if (year == nullptr) return {};
  return fmt::format(
      "a year of 5 m candles, one bot, whole actor system, memory store: {:.2f} s "
      "(floor {:.0f}): {}\n",
      year->wall_seconds, kYearFloor, verdict(year->wall_seconds < kYearFloor));
}

std::string rule_fleet_line(const MeasuredParts& parts, std::string_view kind) {
  const Measured* one = measured_of(parts, fmt::format("rules_of_a_fleet/{}/1", kind));
  const Measured* all = measured_of(parts, fmt::format("rules_of_a_fleet/{}/100", kind));
  if (one == nullptr || all == nullptr) return {};
  return fmt::format("one more bot of a hundred, its rules alone, {}: {:.0f} ns for each candle\n",
                     kind, (all->cpu_seconds - one->cpu_seconds) / kMoreBots * 1e9);
}

std::string whole_fleet_line(const MeasuredParts& parts) {
  const Measured* one = measured_of(parts, "replay_of_a_year/rsi_reversion/1/12");
  const Measured* before = measured_of(parts, "replay_of_a_year/rsi_reversion/99/12");
  const Measured* all = measured_of(parts, "replay_of_a_year/rsi_reversion/100/12");
  if (one == nullptr || before == nullptr || all == nullptr) return {};
  const auto each_check = [](double seconds) { return seconds / kCandlesOfMonth * 1e6; };
  return fmt::format(
      "the 100th bot on a symbol, whole actor system: {:.1f} us for each check; "
      "the second to the 100th in the mean {:.1f} us, the first {:.1f} us\n",
      each_check(all->cpu_seconds - before->cpu_seconds),
      each_check((all->cpu_seconds - one->cpu_seconds) / kMoreBots), each_check(one->cpu_seconds));
}

}  // namespace

std::string floors_text(const MeasuredParts& parts) {
  return rule_line(parts) + year_line(parts) + rule_fleet_line(parts, "same_rules") +
         rule_fleet_line(parts, "own_parameters") + whole_fleet_line(parts);
}

}  // namespace botbox::bench
