#include "tools/config/section_reader.hpp"
#include "tools/config/sections.hpp"

namespace botbox::config {
namespace {

// 0 is for ever. What is younger than an hour is never dropped, so a shorter time would say
// nothing.
void read_age(SectionReader& reader, std::string_view key, Duration& into) {
  constexpr Duration kAgeMin{3'600'000};
  constexpr Duration kAgeMax{3'650LL * 86'400'000};
  const auto age = reader.duration(key, {Duration{0}, kAgeMax});
  if (!age) return;
  into = *age;
  if (*age > Duration{0} && *age < kAgeMin)
    reader.problem(*reader.find(key), key, "is shorter than an hour",
                   "give 1h or more; 0s: for ever");
}

}  // namespace

RetentionSection read_retention(const ConfigNode& table, ReadContext& context) {
  constexpr IntegerRange kMib{0, 16'777'216};
  SectionReader reader(table, "retention", context.problems);
  RetentionSection retention;
  read_age(reader, "signals", retention.signals);
  read_age(reader, "events", retention.events);
  read_age(reader, "traces", retention.traces);
  read_age(reader, "cycles", retention.cycles);
  take_count(reader.integer("signals_max_mib", kMib), retention.signals_max_mib);
  take_count(reader.integer("events_max_mib", kMib), retention.events_max_mib);
  take_count(reader.integer("traces_max_mib", kMib), retention.traces_max_mib);
  reader.finish();
  return retention;
}

}  // namespace botbox::config
