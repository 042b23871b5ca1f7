#include "actors/event_notice.hpp"

#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/reader.hpp"

namespace botbox::actors {
namespace {

template <class T>
std::optional<T> found(Result<std::optional<T>> read) {
  return read ? std::move(*read) : std::nullopt;
}

// One from outside stands under the time of its arrival; it is looked for among the newest.
Result<std::optional<std::string>> outside_signal(const storage::Store& store, const Event& event) {
  constexpr std::size_t kLookedThrough = 256;
  std::optional<std::string> found;
  BOTBOX_TRY(store.scan({.kind = storage::Kind::kSignal,
                         .prefix = storage::bot_prefix(event.bot),
                         .from = {},
                         .reverse = true,
                         .limit = kLookedThrough},
                        [&](std::string_view key, std::string_view value) {
                          if (!key.ends_with(event.subject)) return true;
                          found = std::string(value);
                          return false;
                        }));
  return found;
}

// Its row stands under the time of its birth, which the event of its decision has, unless it came
// from outside and was decided later.
std::optional<Signal> signal_of(const storage::Store& store, const Event& event) {
  auto bytes = store.get(storage::signal_key(event.bot, event.at, {event.subject}));
  if (bytes && !*bytes && !event.subject.empty()) bytes = outside_signal(store, event);
  if (!bytes || !*bytes) return std::nullopt;
  Result<Signal> signal = storage::decode<Signal>(**bytes);
  return signal ? std::optional(std::move(*signal)) : std::nullopt;
}

}  // namespace

Notice notice_of(const storage::Store& store, const Event& event) {
  NoticeFacts facts;
  if (event.kind.starts_with("trade.") && event.kind != "trade.dedup_skipped")
    facts.trade = found(storage::find_trade(store, {event.subject}));
  else if (event.kind.starts_with("position."))
    facts.position = found(storage::find_position(store, event.bot, {event.subject}));
  else if (event.kind.starts_with("signal.") || event.kind.ends_with(".dedup_skipped"))
    facts.signal = signal_of(store, event);
  return make_notice(event, facts);
}

}  // namespace botbox::actors
