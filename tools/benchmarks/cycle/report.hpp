// What a measurement says: medians and percentiles, beside the floors and the peers.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace botbox::bench {

// Of unordered values; 0 of none. `share` in [0, 1]: 0.5 is the median, 0 the least.
double percentile(std::vector<double> values, double share);

// One measurement (a fleet size, a venue, a way to compute indicators) out of the phases' results.
// `rest`: results of the phases restart, recover and memory, as far as they ran.
nlohmann::json summary(const nlohmann::json& warm, const nlohmann::json& rest, std::size_t bots);

// For people; `measurements` is an array of {"bots", "venue", "indicators", "summary"}.
std::string table(const nlohmann::json& measurements);

}  // namespace botbox::bench
