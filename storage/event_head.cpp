#include "storage/event_head.hpp"

#include <optional>
#include <utility>

#include "storage/binary.hpp"
#include "storage/reader.hpp"

namespace botbox::storage {
namespace {

// The first fields of storage/fields.hpp as they stand; nothing is copied. Gives up where the codec
// would refuse the row, and where it would have to upgrade it.
class HeadReader {
 public:
  explicit HeadReader(std::string_view bytes) : rest_(bytes) {}

  std::optional<EventHead> read() {
    if (rest_.empty() || static_cast<std::uint8_t>(rest_.front()) != kFormat<Event>.version)
      return std::nullopt;
    rest_.remove_prefix(1);
    EventHead head;
    head.at = {un_zig_zag(number())};
    head.kind = text();
    head.bot = text();
    head.subject = text();
    return is_broken_ ? std::nullopt : std::optional(head);
  }

 private:
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto next = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{next & 0x7FU} << shift;
      if ((next & 0x80U) == 0) return value;
    }
    is_broken_ = true;
    return 0;
  }
  std::string_view text() {
    const std::uint64_t size = number();
    if (size > rest_.size()) is_broken_ = true;
    if (is_broken_) return {};
    const std::string_view found = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return found;
  }

  std::string_view rest_;
  bool is_broken_ = false;
};

}  // namespace

Result<void> visit_events(const Store& store, const ScanRange& range,
                          const std::function<HeadVerdict(const EventHead&)>& look,
                          const std::function<bool(Event&&)>& visit) {
  std::optional<Error> problem;
  BOTBOX_TRY(store.scan(range, [&](std::string_view key, std::string_view value) {
    std::optional<EventHead> head;
    if (key.size() == 8) head = HeadReader(value).read();
    if (head) {
      head->sequence = from_big_endian(key);
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
