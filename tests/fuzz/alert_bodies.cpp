// Fuzzes the reader of webhook bodies. The first byte says how (A and on), the rest is the body: as
// it is, with a source's mapping, or as JSON alone, which must then be JSON for another reader too.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "engine/assert.hpp"
#include "engine/webhook/alert.hpp"
#include "engine/webhook/alert_json.hpp"

namespace {

using namespace botbox;

void check_fields(const std::vector<AlertField>& fields) {
  ENGINE_ASSERT(fields.size() <= kAlertFieldsMax);
  std::vector<std::string_view> names;
  for (const AlertField& field : fields) {
    ENGINE_ASSERT(field.name.size() <= kAlertNameBytesMax);
    ENGINE_ASSERT(field.value.size() <= kAlertValueBytesMax);
    ENGINE_ASSERT(is_utf8(field.name) && is_utf8(field.value));
    names.push_back(field.name);
  }
  std::sort(names.begin(), names.end());
  ENGINE_ASSERT(std::adjacent_find(names.begin(), names.end()) == names.end());
}

void check_alert(std::string_view body, const AlertMapping& mapping) {
  if (const auto read = read_alert_fields(body)) check_fields(read->fields);
  const auto alert = parse_alert(body, mapping);
  if (!alert) {
    ENGINE_ASSERT(!to_string(alert.error()).empty() && is_utf8(to_string(alert.error())));
    return;
  }
  ENGINE_ASSERT(!alert->price || alert->price->is_positive());
  ENGINE_ASSERT(!alert->quantity || !alert->quantity->is_negative());
  ENGINE_ASSERT(alert->id.size() <= 128);
  ENGINE_ASSERT(alert->delay >= Duration{0});
  ENGINE_ASSERT(alert->execute_at.is_never() || alert->delay == Duration{0});
  if (!alert->secret.empty()) ENGINE_ASSERT(secret_in(body, mapping) == alert->secret);
  const Timestamp now{1'714'564'800'000};
  const Timestamp at = scheduled_time(*alert, now);
  ENGINE_ASSERT(alert->delay == Duration{0} || (at > Timestamp{} && at <= now + alert->delay));
  (void)direction_of(alert->action, MarketType::kSpot);
}

// Beyond JSON there are bounds of ours, so only what we take must be taken by both.
void check_json(std::string_view text) {
  if (!is_utf8(text)) return;
  const auto fields = read_alert_json(text);
  if (!fields) return;
  check_fields(*fields);
  try {
    ENGINE_ASSERT(nlohmann::json::parse(text).is_object());
  } catch (const nlohmann::json::out_of_range&) {
    // A number that no double holds; ours keeps its text.
  } catch (const nlohmann::json::parse_error&) {
    ENGINE_ASSERT(false);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  static const AlertMapping kMapping{{"action", "a"},          {"symbol", "data.what"},
                                     {"quantity", "n"},        {"price", "data.0"},
                                     {"secret", "auth.key"},   {"id", "0"},
                                     {"execute_at", "data.t"}, {"delay", "d"}};
  switch ((data[0] + 256 - 'A') % 3) {
    case 0: check_alert(body, {}); break;
    case 1: check_alert(body, kMapping); break;
    default: check_json(body); break;
  }
  return 0;
}
