#include "storage/event_head.hpp"

#include <optional>
#include <utility>

#include "storage/binary.hpp"
#include "storage/reader.hpp"

namespace botbox::storage {
namespace {

// The first fields of storage/fields.hpp as they stand; nothing is copied. Gives up where the codec
// would refuse the row, and where it would have to upgrade it.
std::optional<EventHead> read_head(std::string_view key, std::string_view row) {
  if (key.size() != 8 || row.empty() ||
      static_cast<std::uint8_t>(row.front()) != kFormat<Event>.version)
    return std::nullopt;
  EventHead head{.sequence = from_big_endian(key), .at = {}, .kind = {}, .bot = {}, .subject = {}};
  BinaryReader reader(row.substr(1));
  reader("at", head.at);
  reader("kind", head.kind);
  reader("bot", head.bot);
  reader("subject", head.subject);
  return reader.ok() ? std::optional(head) : std::nullopt;
}

}  // namespace

Result<void> visit_events(const Store& store, const ScanRange& range,
                          const std::function<HeadVerdict(const EventHead&)>& look,
                          const std::function<bool(Event&&)>& visit) {
  std::optional<Error> problem;
  BOTBOX_TRY(store.scan(range, [&](std::string_view key, std::string_view value) {
    const std::optional<EventHead> head = read_head(key, value);
    if (head) {
      const HeadVerdict verdict = look(*head);
      if (verdict != HeadVerdict::kRead) return verdict == HeadVerdict::kSkip;
    }
    Result<Event> event = decode_event(key, value);
    if (!event) {
      problem = std::move(event).error();
      return false;
    }
    if (head) return visit(std::move(*event));
    const HeadVerdict verdict = look({.sequence = event->sequence,
                                      .at = event->at,
                                      .kind = event->kind,
                                      .bot = event->bot.value,
                                      .subject = event->subject});
    if (verdict != HeadVerdict::kRead) return verdict == HeadVerdict::kSkip;
    return visit(std::move(*event));
  }));
  if (problem) return tl::unexpected<Error>(std::move(*problem));
  return {};
}

}  // namespace botbox::storage
