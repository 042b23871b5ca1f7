// The single examinations of `botbox doctor`. None changes anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/time.hpp"
#include "tools/config/load_config.hpp"

namespace botbox::cli {

enum class Health : std::uint8_t { kOk, kWarn, kFail };
constexpr std::string_view to_string(Health health) {
  switch (health) {
    case Health::kOk: return "OK";
    case Health::kWarn: return "WARN";
    case Health::kFail: return "FAIL";
  }
  return "?";
}

struct Diagnosis {
  std::string name;  // "data directory"
  Health health = Health::kOk;
  std::string detail;
  std::string fix;  // empty when there is nothing to do

  bool operator==(const Diagnosis&) const = default;
};

Diagnosis examine_config(const config::ConfigResult& config, const std::string& file);
// The clock against the years in which this program can be running.
Diagnosis examine_clock(Timestamp now);
// The files with secrets of servers, chats and webhooks: readable, and for their owner alone.
// Nothing where there is none.
std::vector<Diagnosis> examine_secrets(const config::EngineConfig& config);
// Only for an exchange that is reached over the network.
std::vector<Diagnosis> examine_exchange(const config::ExchangeSection& exchange);
// The directory, or where it would be made: writable, room, who holds it, whether it can be read.
// `disk_floor`: bytes, as configured; see DiskSpace (engine/gates/gates.hpp).
std::vector<Diagnosis> examine_data(const std::filesystem::path& directory,
                                    std::uint64_t disk_floor);

}  // namespace botbox::cli
