#include "tools/config/alerts_section.hpp"

#include <fmt/format.h>

#include <cmath>

#include "tools/config/sections.hpp"

namespace botbox::config {
namespace {

std::optional<double> level(SectionReader& reader, std::string_view key, AlertUnit unit) {
  switch (unit) {
    case AlertUnit::kNothing: return std::nullopt;
    case AlertUnit::kDuration:
      if (const auto value = reader.duration(key, {Duration{1}, Duration{86'400'000}}))
        return static_cast<double>(value->count());
      return std::nullopt;
    case AlertUnit::kRatio:
      if (const auto value = reader.ratio(key, {.min = {}, .max = Decimal::from_int(1)}))
        return to_double_for_indicator(*value);
      return std::nullopt;
    case AlertUnit::kCount:
    case AlertUnit::kMib:
      if (const auto value = reader.integer(key, {1, 1'000'000'000}))
        return static_cast<double>(*value);
      return std::nullopt;
  }
  return std::nullopt;
}

// Where only `above` is said, the alert ends as far below it, in proportion, as the default does.
double clear_for(double above, const AlertThreshold& usual, AlertUnit unit) {
  const double share = usual.raise_above > 0 ? usual.clear_at / usual.raise_above : 0.9;
  return unit == AlertUnit::kRatio ? above * share : std::floor(above * share);
}

AlertThreshold read_one(const ConfigNode& table, const AlertSetting& setting,
                        const AlertThreshold& usual, ReadContext& context) {
  SectionReader reader(table, "alerts." + std::string(setting.name), context.problems);
  AlertThreshold threshold = usual;
  take(reader.duration("for", {Duration{0}, Duration{86'400'000}}), threshold.patience);
  const std::optional<double> above = level(reader, "above", setting.unit);
  const std::optional<double> clear = level(reader, "clear", setting.unit);
  threshold.raise_above = above.value_or(usual.raise_above);
  if (above) threshold.clear_at = clear_for(*above, usual, setting.unit);
  if (clear) threshold.clear_at = *clear;
  const auto enabled = reader.boolean("enabled");
  threshold.is_on = enabled.value_or(usual.is_on || above.has_value());
  if (clear && *clear > threshold.raise_above)
    reader.problem(*reader.find("clear"), "clear",
                   "is higher than above: the alert would end while its cause stands",
                   "make it at most above, better a fifth less");
  if (enabled == true && setting.unit == AlertUnit::kMib && threshold.raise_above == 0)
    reader.problem(*reader.find("enabled"), "enabled", "nothing says from where on",
                   "write above = 2048, in MiB");
  reader.finish();
  return threshold;
}

}  // namespace

AlertThresholds read_alerts(const ConfigNode& table, ReadContext& context) {
  AlertThresholds thresholds;
  SectionReader reader(table, "alerts", context.problems);
  for (const AlertSetting& setting : kAlertSettings)
    if (const ConfigNode* one = reader.table(setting.name))
      thresholds.*setting.threshold =
          read_one(*one, setting, thresholds.*setting.threshold, context);
  reader.finish();
  return thresholds;
}

}  // namespace botbox::config
