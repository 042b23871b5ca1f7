#include "tools/benchmarks/cycle/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace botbox::bench {
namespace {

using nlohmann::json;

// Medians in ms, evaluated and all executed, orders by HTTP POST, on 2 cores with append + fsync of
// 0.2 to 0.3 ms. Their table stands in README.md.
struct Peer {
  std::string_view name;
  std::size_t bots;
  double evaluated;
  double executed;
};
constexpr std::array kPeers{
    Peer{"documents' design, D1 tables", 100, 231, 261},
    Peer{"documents' design, D1 tables", 1'000, 2'531, 2'804},
    Peer{"documents' design, D1 tables", 5'000, 16'080, 17'586},
    Peer{"one durable object per bot", 100, 61, 69},
    Peer{"one durable object per bot", 1'000, 643, 697},
    Peer{"one durable object per bot", 5'000, 3'034, 3'307},
    Peer{"the same in two processes", 1'000, 466, 497},
    Peer{"the same in two processes", 5'000, 2'203, 2'280},
    Peer{"the same in two processes", 10'000, 4'512, 4'744},
    Peer{"8 objects of N/8 bots, grouped", 100, 20, 30},
    Peer{"8 objects of N/8 bots, grouped", 1'000, 45, 91},
    Peer{"8 objects of N/8 bots, grouped", 5'000, 110, 249},
    Peer{"8 objects of N/8 bots, grouped", 10'000, 186, 457},
    Peer{"cron + Redis (BullMQ)", 100, 136, 157},
    Peer{"cron + Redis (BullMQ)", 1'000, 349, 398},
    Peer{"cron + Redis (BullMQ)", 5'000, 1'793, 1'817},
    Peer{"cron + Redis (BullMQ)", 10'000, 2'669, 2'682},
};

// The whole cycle with all orders filled, ms on 2 cores.
std::optional<double> floor_ms(std::size_t bots) {
  switch (bots) {
    case 100: return 10;
    case 1'000: return 40;
    case 10'000: return 200;
    case 100'000: return 2'500;
    default: return std::nullopt;
  }
}

std::vector<double> column(const json& cycles, const char* name) {
  std::vector<double> values;
  for (const json& cycle : cycles) values.push_back(cycle.at(name).get<double>());
  return values;
}

std::vector<double> joined(const json& cycles, const char* name) {
  std::vector<double> values;
  for (const json& cycle : cycles)
    for (const json& value : cycle.at(name)) values.push_back(value.get<double>());
  return values;
}

json spread(const std::vector<double>& values) {
  return {{"median", percentile(values, 0.5)},
          {"min", percentile(values, 0)},
          {"max", percentile(values, 1)}};
}

json tail(const std::vector<double>& values) {
  return {{"p50", percentile(values, 0.5)}, {"p99", percentile(values, 0.99)}};
}

json state_of(const json& cycles) {
  return {{"evaluated_ms", spread(column(cycles, "evaluated_ms"))},
          {"executed_ms", spread(column(cycles, "executed_ms"))},
          {"cpu_ms", spread(column(cycles, "cpu_ms"))},
          {"commits", percentile(column(cycles, "commits"), 0.5)},
          {"groups", percentile(column(cycles, "groups"), 0.5)},
          {"cycles", cycles.size()}};
}

std::string cell(const json& spread_of) {
  return fmt::format("{:.1f} ({:.1f}-{:.1f})", spread_of.at("median").get<double>(),
                     spread_of.at("min").get<double>(), spread_of.at("max").get<double>());
}

std::string row(const json& measurement) {
  const json& s = measurement.at("summary");
  const json& warm = s.at("warm");
  const auto bots = measurement.at("bots").get<std::size_t>();
  const auto executed = warm.at("executed_ms").at("median").get<double>();
  const auto floor = floor_ms(bots);
  std::string line =
      fmt::format("{:>7} {:<6} {:<7} {:>20} {:>22} {:>8.1f} {:>9} {:>6.2f}", bots,
                  measurement.at("venue").get<std::string>(),
                  measurement.at("indicators").get<std::string>(), cell(warm.at("evaluated_ms")),
                  cell(warm.at("executed_ms")), warm.at("cpu_ms").at("median").get<double>(),
                  !floor ? "-" : fmt::format("{} {}", *floor, executed <= *floor ? "ok" : "MISS"),
                  warm.at("cpu_ms").at("median").get<double>() * 1e3 / static_cast<double>(bots));
  for (const char* state : {"create", "restart"})
    line +=
        !s.contains(state)
            ? fmt::format(" {:>15}", "-")
            : fmt::format(" {:>15}",
                          fmt::format("{:.1f} / {:.1f}",
                                      s.at(state).at("evaluated_ms").at("median").get<double>(),
                                      s.at(state).at("executed_ms").at("median").get<double>()));
  return line + "\n";
}

std::string details(const json& measurement) {
  const json& s = measurement.at("summary");
  std::string text = fmt::format(
      "{:>7} {:<6} {:<7} check {:.2f} / {:.2f}, order {:.2f} / {:.2f}, alone {:.2f} / {:.2f}; "
      "{:.0f} snapshots/s; {:.0f} commits in {:.0f} batches\n",
      measurement.at("bots").get<std::size_t>(), measurement.at("venue").get<std::string>(),
      measurement.at("indicators").get<std::string>(), s.at("check_ms").at("p50").get<double>(),
      s.at("check_ms").at("p99").get<double>(), s.at("order_ms").at("p50").get<double>(),
      s.at("order_ms").at("p99").get<double>(), s.at("single_check_ms").at("p50").get<double>(),
      s.at("single_check_ms").at("p99").get<double>(), s.at("snapshots_per_s").get<double>(),
      s.at("warm").at("commits").get<double>(), s.at("warm").at("groups").get<double>());
  if (s.contains("recover")) {
    const json& r = s.at("recover");
    text += fmt::format(
        "{:>23} after kill -9: store {:.0f}, paper exchange's memory {:.0f}, fleet ready {:.0f}, "
        "outbox empty {:.0f} ms ({} trades were open)\n",
        "", r.at("store_open_ms").get<double>(),
        r.at("venue_open_ms").get<double>() - r.at("store_open_ms").get<double>(),
        r.at("fleet_ready_ms").get<double>(), r.at("outbox_empty_ms").get<double>(),
        r.at("open_trades").get<std::size_t>());
  }
  if (s.contains("memory"))
    text += fmt::format(
        "{:>23} bytes per bot: {:.0f} spawned ({:.0f} before the heap is trimmed), "
        "{:.0f} after two cycles; process {:.0f} MB\n",
        "", s.at("memory").at("per_bot_spawned").get<double>(),
        s.at("memory").at("per_bot_untrimmed").get<double>(),
        s.at("memory").at("per_bot_cycled").get<double>(),
        s.at("memory").at("process_mb").get<double>());
  return text;
}

std::string ratios(const json& measurement) {
  const auto bots = measurement.at("bots").get<std::size_t>();
  const json& warm = measurement.at("summary").at("warm");
  std::string text;
  for (const Peer& peer : kPeers) {
    if (peer.bots != bots) continue;
    text += fmt::format("{:>7} {:<6} {:<7} {:<32} {:>8.1f} x {:>8.1f} x\n", bots,
                        measurement.at("venue").get<std::string>(),
                        measurement.at("indicators").get<std::string>(), peer.name,
                        peer.evaluated / warm.at("evaluated_ms").at("median").get<double>(),
                        peer.executed / warm.at("executed_ms").at("median").get<double>());
  }
  return text;
}

}  // namespace

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  const auto at = values.begin() +
                  static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(rank, 1, values.size()) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

json summary(const json& warm, const json& rest, std::size_t bots) {
  const json& cycles = warm.at("warm");
  json s{{"warm", state_of(cycles)},
         {"create", state_of(json::array({warm.at("create")}))},
         {"check_ms", tail(joined(cycles, "check_ms"))},
         {"order_ms", tail(joined(cycles, "order_ms"))},
         {"single_check_ms", tail(warm.at("single_check_ms").get<std::vector<double>>())},
         {"first_start", warm.at("start")}};
  s["snapshots_per_s"] =
      static_cast<double>(bots) * 1e3 / s.at("warm").at("evaluated_ms").at("median").get<double>();
  if (!rest.at("restart").empty()) s["restart"] = state_of(rest.at("restart"));
  if (rest.contains("recover")) s["recover"] = rest.at("recover").at("start");
  if (rest.contains("memory")) s["memory"] = rest.at("memory");
  return s;
}

std::string table(const json& measurements) {
  std::string text =
      fmt::format("{:>7} {:<6} {:<7} {:>20} {:>22} {:>8} {:>9} {:>6} {:>15} {:>15}\n", "bots",
                  "venue", "indic.", "evaluated ms", "all executed ms", "CPU ms", "floor", "us/bot",
                  "create", "restart");
  for (const json& m : measurements) text += row(m);
  text +=
      "\nlatencies in ms, p50 / p99: a check in the cycle, from it to the exchange's answer, "
      "a check alone\n";
  for (const json& m : measurements) text += details(m);
  text += "\npeers' median over ours: evaluated, all executed\n";
  for (const json& m : measurements) text += ratios(m);
  return text;
}

}  // namespace botbox::bench
