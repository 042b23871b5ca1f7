#include "storage/codec.hpp"

#include "storage/codec_templates.hpp"

namespace botbox::storage {

Result<std::string> bot_config_1_to_2(std::string_view body) { return std::string(body) + '\0'; }
Result<std::string> bot_config_2_to_3(std::string_view body) { return std::string(body) + '\0'; }

Result<std::string> position_1_to_2(std::string_view body) { return std::string(body) + '\0'; }
Result<std::string> difference_1_to_2(std::string_view body) { return std::string(body) + '\0'; }

Result<std::string> instrument_1_to_2(std::string_view body) {
  BOTBOX_ASSIGN(const KeptInstrumentV1 old, decode_body<KeptInstrumentV1>(body, "instrument v1"));
  return encode(old.common).substr(1);
}

Result<std::string> bot_snapshot_1_to_2(std::string_view body) {
  BOTBOX_ASSIGN(BotSnapshotV1 old, decode_body<BotSnapshotV1>(body, "bot snapshot v1"));
  BotSnapshotV2 snapshot{std::move(old.common), std::move(old.open_positions), {}};
  for (PendingTradeV1& trade : old.pending)
    snapshot.pending.push_back({.common = std::move(trade)});
  return encode(snapshot).substr(1);
}

Result<std::string> bot_snapshot_2_to_3(std::string_view body) {
  BOTBOX_ASSIGN(BotSnapshotV2 old, decode_body<BotSnapshotV2>(body, "bot snapshot v2"));
  BotSnapshotV3 snapshot{std::move(old.common), std::move(old.open_positions), {}};
  for (PendingTradeV2& trade : old.pending)
    snapshot.pending.push_back({.common = std::move(trade)});
  return encode(snapshot).substr(1);
}

Result<std::string> bot_snapshot_3_to_4(std::string_view body) {
  BOTBOX_ASSIGN(BotSnapshotV3 old, decode_body<BotSnapshotV3>(body, "bot snapshot v3"));
  BotSnapshot snapshot = std::move(old.common);
  for (PositionV1& position : old.open_positions)
    snapshot.open_positions.push_back(std::move(position.common));
  for (PendingTradeV3& newest : old.pending) {
    PendingTradeV2& trade = newest.common;
    PendingTrade& pending = snapshot.pending.emplace_back();
    pending.id = std::move(trade.common.id);
    pending.direction = trade.common.direction;
    pending.position = std::move(trade.common.position);
    pending.reserved = trade.common.reserved;
    pending.stop_client_id = std::move(trade.stop_client_id);
    pending.take_profit_client_id = std::move(trade.take_profit_client_id);
    for (PositionV1& position : trade.closed) pending.closed.push_back(std::move(position.common));
    pending.reason = newest.reason;
  }
  return encode(snapshot).substr(1);
}

Result<std::string> signal_1_to_2(std::string_view body) { return std::string(body) + '\0'; }

Result<std::string> booked_fill_1_to_2(std::string_view body) { return std::string(body) + '\0'; }

// No coin, and nothing of it.
Result<std::string> engine_state_1_to_2(std::string_view body) {
  return std::string(body) + std::string(2, '\0');
}

Result<std::string> booked_fill_2_to_3(std::string_view body) {
  return std::string(body) + std::string(2, '\0');
}

Result<std::string> booked_fill_3_to_4(std::string_view body) { return std::string(body) + '\0'; }

#define BOTBOX_INSTANTIATE_CODEC(Record)                    \
  template std::string encode<Record>(const Record&);       \
  template Result<Record> decode<Record>(std::string_view); \
  template nlohmann::ordered_json to_json<Record>(const Record&);
BOTBOX_STORED_RECORDS(BOTBOX_INSTANTIATE_CODEC)

}  // namespace botbox::storage
