// Rows of a store as records, one after the other, however many there are.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "storage/codec.hpp"
#include "storage/expiry.hpp"
#include "storage/keys.hpp"
#include "storage/reader.hpp"
#include "storage/store.hpp"

namespace botbox::storage {

// Calls `visit(key, record)` in the order of the range until it returns false. Rows that expired by
// `now` are left out; a row that cannot be read ends the walk with an error that names it.
template <class T, class Visit>
Result<void> visit_records(const Store& store, const ScanRange& range, Timestamp now, Visit visit) {
  std::optional<Error> problem;
  const auto stop = [&](Error error, std::string_view key) {
    error.place = error.place.empty() ? printable_key(range.kind, key)
                                      : printable_key(range.kind, key) + ", " + error.place;
    problem = std::move(error);
    return false;
  };
  BOTBOX_TRY(store.scan(range, [&](std::string_view key, std::string_view value) {
    if (is_expiring(range.kind)) {
      const Result<ExpiringValue> parts = strip_expiry(value);
      if (!parts) return stop(parts.error(), key);
      if (parts->is_expired(now)) return true;
      value = parts->value;
    }
    Result<T> record = decode<T>(value);
    if (!record) return stop(std::move(record).error(), key);
    return static_cast<bool>(visit(key, std::move(*record)));
  }));
  if (problem) return tl::unexpected<Error>(std::move(*problem));
  return {};
}

// All rows of a kind whose rows do not expire.
template <class T, class Visit>
Result<void> visit_all(const Store& store, Kind kind, Visit visit) {
  return visit_records<T>(store, {.kind = kind, .prefix = {}, .from = {}}, {},
                          [&](std::string_view key, T&& record) {
                            visit(key, std::move(record));
                            return true;
                          });
}

// Keys of fills are bot, position and execution, each ended by a zero byte but the last.
struct FillOwner {
  BotId bot;
  PositionId position;
};
inline FillOwner owner_of_fill(std::string_view key) {
  const std::size_t bot_end = key.find('\0');
  if (bot_end == key.npos) return {BotId{std::string(key)}, {}};
  const std::string_view rest = key.substr(bot_end + 1);
  return {BotId{std::string(key.substr(0, bot_end))},
          PositionId{std::string(rest.substr(0, rest.find('\0')))}};
}

}  // namespace botbox::storage
