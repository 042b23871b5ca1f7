#include "storage/codec.hpp"

#include "storage/codec_templates.hpp"

namespace botbox::storage {

Result<std::string> bot_snapshot_1_to_2(std::string_view body) {
  BOTBOX_ASSIGN(BotSnapshotV1 old, decode_body<BotSnapshotV1>(body, "bot snapshot v1"));
  BotSnapshot snapshot = std::move(old.common);
  for (PendingTradeV1& trade : old.pending)
    snapshot.pending.push_back({.id = std::move(trade.id),
                                .direction = trade.direction,
                                .position = std::move(trade.position),
                                .reserved = trade.reserved});
  return encode(snapshot).substr(1);
}

Result<std::string> booked_fill_1_to_2(std::string_view body) {
  BOTBOX_ASSIGN(Fill fill, decode_body<Fill>(body, "fill v1"));
  return encode(BookedFill{std::move(fill), 0}).substr(1);
}

#define BOTBOX_INSTANTIATE_CODEC(Record)                    \
  template std::string encode<Record>(const Record&);       \
  template Result<Record> decode<Record>(std::string_view); \
  template nlohmann::ordered_json to_json<Record>(const Record&);
BOTBOX_STORED_RECORDS(BOTBOX_INSTANTIATE_CODEC)

}  // namespace botbox::storage
