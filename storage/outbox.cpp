#include "storage/outbox.hpp"

#include "storage/codec_templates.hpp"

namespace botbox::storage {

template <>
inline constexpr RecordFormat kFormat<OutboxRow>{"outbox", 2};

namespace {
// Version 1 forgot what it had left out and not told: a zero at the end.
Result<std::string> outbox_1_to_2(std::string_view body) { return std::string(body) + '\0'; }
}  // namespace

template <>
struct Upgrades<OutboxRow> {
  static constexpr std::array<UpgradeStep, 1> kSteps{outbox_1_to_2};
};

void fields(auto& a, RecordOf<OutboxRow> auto& r) {
  a("next_event", r.next_event);
  a("next_update", r.next_update);
  a("delivered", r.delivered);
  a("left_out", r.left_out);
  a("changed_at", r.changed_at);
  a("untold", r.untold);
}

Key outbox_key(std::string_view target) { return {Kind::kOutbox, std::string(target)}; }

std::string encode_outbox(const OutboxRow& row) { return encode(row); }

Result<OutboxRow> decode_outbox(std::string_view bytes) { return decode<OutboxRow>(bytes); }

Result<std::optional<OutboxRow>> find_outbox(const Store& store, std::string_view target) {
  BOTBOX_ASSIGN(const std::optional<std::string> bytes, store.get(outbox_key(target)));
  if (!bytes) return std::optional<OutboxRow>{};
  BOTBOX_ASSIGN(const OutboxRow row, decode_outbox(*bytes));
  return std::optional(row);
}

}  // namespace botbox::storage
